//! One actor per customer: decides in arrival order on durable and pending state, tells once durable.

mod brake;
mod flight;
mod flood;
mod landing;
pub mod lookups;
mod market;
mod notices;
mod outbox;
mod preview;
mod starting;
mod tick;
mod torn;
mod versions;

pub use flood::COUNTED;
pub(crate) use outbox::{answered, verb};
pub use starting::{Starting, Told};

use crate::clock::{Clock, dice};
use crate::codec;
use crate::commit::Commit;
use crate::dispatch::Dispatch;
use crate::notice::{self, Notice, Notices};
use crate::notices::Outgoing;
use crate::outcome::{No, Outcome};
use crate::traces::Traces;
use flight::{Flight, Way};
use flood::Floods;
use kernel::actor::Actor as By;
use kernel::approval::Verdict;
use kernel::command::{Command, Report};
use kernel::effect::Effect;
use kernel::event::{Aggregate, Event, Recorded, VERSION};
use kernel::given::Given;
use kernel::id::{CorrelationId, CustomerId, OrderId};
use kernel::kill_switch::Engaged;
use kernel::state::{self, State};
use kernel::time::Timestamp;
use kernel::{decide, resting};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use store::{Append, SealedChange, Store};
use tick::Tick;
use tokio::sync::oneshot;
use torn::Torn;
use venue::Venue;
use versions::Versions;

pub const FIRM: &str = "firm";
const ENDED: &str = "the commit thread has ended";

/// What every actor shares.
#[derive(Clone)]
pub struct Shared {
    pub commit: Commit,
    pub dispatch: Arc<Dispatch>,
    pub venue: Arc<dyn Venue>,
    pub clock: Arc<dyn Clock>,
    /// How far the firm's stream is known to reach: whoever is behind looks again before the next decision.
    pub firm: Arc<AtomicU64>,
    pub outgoing: Arc<Outgoing>,
    /// To whoever follows all customers.
    pub notices: Arc<Notices>,
    pub traces: Traces,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("venue", &self.venue.name()).finish_non_exhaustive()
    }
}

/// Decided and applied, not yet durable.
struct Pending {
    flight: Flight,
    answer: Outcome,
    notices: Vec<Notice>,
    effects: Vec<Effect>,
    aggregate: Aggregate,
    /// Something is to be handed out.
    told: bool,
    /// Of the append, to ask what came of it.
    id: [u8; 16],
}

#[derive(Default)]
struct Inner {
    state: State,
    versions: Versions,
    last_at: Timestamp,
    pending: VecDeque<Pending>,
    failed: Vec<Flight>,
    /// Could not be written, and why: told so once the state no longer holds what was decided for them.
    unwritten: Vec<(Pending, String)>,
    /// The state in memory may differ from the journal: look before the next decision.
    doubtful: bool,
    /// Somebody looks, or is about to.
    looking: bool,
    /// Outbox rows that wait for a report, by order.
    rows: BTreeMap<OrderId, Vec<String>>,
    /// Kill switches that act although they could not be recorded yet, and who engaged them.
    unrecorded: Vec<(By, Engaged)>,
    /// What was taken back from dispatch for a kill switch, and could not be recorded yet.
    unenforced: Option<Vec<OrderId>>,
    floods: Floods,
    torn: Torn,
    turns: u64,
    /// A report in line could not be recorded: those behind it wait for it to be told again.
    line_broken: bool,
}

pub struct CustomerActor {
    pub id: CustomerId,
    streams: [String; 2],
    shared: Shared,
    inner: Mutex<Inner>,
    notices: Notices,
    tick: Tick,
}

impl std::fmt::Debug for CustomerActor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CustomerActor").field("id", &self.id).finish_non_exhaustive()
    }
}

impl CustomerActor {
    pub fn load(id: CustomerId, shared: Shared, store: &mut dyn Store) -> Result<Arc<Self>, String> {
        let actor = Self::empty(id, shared);
        let inner = actor.reload(store)?;
        Ok(actor.with(inner))
    }

    fn empty(id: CustomerId, shared: Shared) -> Self {
        let streams = [format!("customer/{id}"), format!("book/{id}")];
        let notices = Notices::default();
        Self { id, streams, shared, inner: Mutex::default(), notices, tick: Tick::default() }
    }

    fn with(self, inner: Inner) -> Arc<Self> {
        self.shared.firm.fetch_max(inner.versions.firm, Ordering::AcqRel);
        *self.hold() = inner;
        Arc::new(self)
    }

    fn hold(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|poisoned| {
            // Somebody panicked half way: what is in memory is not to be decided on before the journal was read again.
            self.inner.clear_poison();
            let mut inner = poisoned.into_inner();
            (inner.doubtful, inner.line_broken) = (true, true);
            inner
        })
    }

    /// Reads what is durable or about to be.
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.hold().state)
    }

    pub fn now(&self) -> Timestamp {
        self.shared.clock.now().max(self.hold().last_at)
    }

    /// The answer comes once it is durable.
    pub fn submit(self: &Arc<Self>, by: By, command: Command) -> oneshot::Receiver<Outcome> {
        self.take_off(by, command, Way::Asked, Vec::new(), None)
    }

    /// The same, where the door knows when it was asked.
    pub fn submit_heard(self: &Arc<Self>, by: By, command: Command, heard: Instant) -> oneshot::Receiver<Outcome> {
        self.take_off(by, command, Way::Asked, Vec::new(), Some(heard))
    }

    /// The same, with sealed rows that the events name by their hash: both are written, or neither is.
    pub fn submit_sealed(
        self: &Arc<Self>,
        by: By,
        command: Command,
        sealed: Vec<SealedChange>,
    ) -> oneshot::Receiver<Outcome> {
        self.take_off(by, command, Way::Asked, sealed, None)
    }

    pub fn book(&self) -> &str {
        let [_, book] = &self.streams;
        book
    }

    /// The owner of this customer's sealed rows.
    pub fn stream(&self) -> &str {
        let [customer, _] = &self.streams;
        customer
    }

    /// Reports may be asked for without waiting for those before them: when one is not recorded, none is that came
    /// after it, until `line_again`.
    pub fn report(self: &Arc<Self>, fact: Report) -> oneshot::Receiver<Outcome> {
        self.take_off(By::Venue, Command::Report(fact), Way::InLine, Vec::new(), None)
    }

    /// Whoever told the reports begins again with the first that was not recorded, and awaits no other.
    pub fn line_again(&self) {
        self.hold().line_broken = false;
    }

    fn take_off(
        self: &Arc<Self>,
        by: By,
        command: Command,
        way: Way,
        sealed: Vec<SealedChange>,
        heard: Option<Instant>,
    ) -> oneshot::Receiver<Outcome> {
        let (reply, answer) = oneshot::channel();
        let trace = self.shared.traces.begin(self.id, by, &command, heard);
        let asked_at = Some(self.shared.clock.now());
        let mut flight = Flight { sealed, asked_at, trace, ..Flight::new(by, command, reply, way) };
        if admits(&flight.command) && !(self.shared.commit.has_room() && self.shared.dispatch.has_room()) {
            let mut inner = self.hold();
            let now = inner.last_at;
            inner.torn.note(flight.by, &flight.command, now);
            flight.answer(Err(No::Busy));
            return answer;
        }
        let mut inner = self.hold();
        inner.turns = inner.turns.saturating_add(1);
        flight.turn = inner.turns;
        inner.doubtful |= inner.versions.firm < self.shared.firm.load(Ordering::Acquire);
        if inner.failed.is_empty() && !inner.doubtful {
            self.run(&mut inner, flight);
            return answer;
        }
        // What was asked earlier is decided again first.
        inner.failed.push(flight);
        if inner.pending.is_empty() && !inner.looking {
            let this = Arc::clone(self);
            inner.looking = true;
            if !self.shared.commit.surely_read(Box::new(move |store| this.look_again(store))) {
                inner.looking = false;
                let waiting = std::mem::take(&mut inner.failed);
                waiting.into_iter().for_each(|flight| self.fail(&mut inner, flight, ENDED));
            }
        }
        answer
    }

    fn run(self: &Arc<Self>, inner: &mut Inner, mut flight: Flight) {
        if flight.way == Way::InLine && inner.line_broken {
            self.fail(inner, flight, "a report before it could not be recorded");
            return;
        }
        self.record_torn(inner, &flight);
        let (Ok(first), Ok(second)) = (dice(), dice()) else {
            self.fail(inner, flight, "no randomness to be had");
            return;
        };
        let now = self.shared.clock.now().max(inner.last_at);
        let (correlation, venue_lost) = (CorrelationId::new(now.0, first), self.shared.venue.reach().lost);
        flight.trace.iter_mut().for_each(|trace| trace.decides(correlation));
        let market = self.market(&inner.state, &flight.by, &flight.command, now);
        let given = Given { now, dice: [first, second], correlation, market, venue_lost };
        let stopped = !inner.unrecorded.is_empty();
        let decided = if stopped && admits(&flight.command) {
            Err(kernel::guard::Refusal::KillSwitch.into())
        } else {
            // Whoever asked may be signed out by the time that it is asked again: it was allowed the first time.
            let by = if flight.way == Way::Again { By::House } else { flight.by };
            decide::decide(&inner.state, &by, &flight.command, &given)
        };
        flight.trace.iter_mut().for_each(|trace| trace.decided());
        let (events, answer) = match decided {
            Ok(events) => (events, Ok(Vec::new())),
            Err(refusal) => {
                let recorded = decide::refused(&inner.state, &flight.by, &flight.command, &refusal, &given);
                (recorded.into_iter().collect(), Err(No::Refused { refusal, correlation }))
            }
        };
        if let [refused] = events.as_slice()
            && inner.floods.counts(&inner.state, refused, now)
        {
            self.tell_unrecorded(inner, &flight, refused, &given);
            flight.answer(answer);
            return;
        }
        if events.is_empty() {
            flight.answer(answer);
            return;
        }
        self.write_all(inner, flight, events, answer, &given);
    }

    /// What belongs to another stream is written before the rest, which holds only where that is written.
    fn write_all(
        self: &Arc<Self>,
        inner: &mut Inner,
        mut flight: Flight,
        mut events: Vec<Event>,
        answer: Outcome,
        given: &Given,
    ) {
        let first = events.first().map(Event::aggregate);
        if let Some(at) = events.iter().position(|event| Some(event.aggregate()) != first) {
            let rest = events.split_off(at);
            let before = Flight::new(flight.by, flight.command.clone(), oneshot::channel().0, Way::Before);
            self.write(inner, before, std::mem::replace(&mut events, rest), Ok(Vec::new()), given);
            // The signature is used from then on: whoever gave it is asked for another one.
            flight.tries = landing::TRIES;
        }
        self.write(inner, flight, events, answer, given);
    }

    /// Applies the events and hands one append to the commit thread.
    fn write(
        self: &Arc<Self>,
        inner: &mut Inner,
        mut flight: Flight,
        events: Vec<Event>,
        answer: Outcome,
        given: &Given,
    ) {
        let aggregate = events.first().map_or(Aggregate::Book, Event::aggregate);
        let (stream, expected) = self.written(aggregate, &inner.versions);
        let id = match flight.way {
            Way::Before => CorrelationId::new(given.now.0, given.dice[1]),
            Way::Asked | Way::Again | Way::InLine => given.correlation,
        };
        let mut append = Append { id: id.bits().to_be_bytes(), stream, expected, ..Append::default() };
        append.witnesses = self.witnesses(aggregate, &inner.versions);
        let record =
            |event| Recorded { at: given.now, actor: flight.by, correlation: given.correlation, event, v: VERSION };
        let recorded: Vec<Recorded> = events.into_iter().map(record).collect();
        // All is written down before any of it is applied: what cannot be, leaves nothing behind.
        match recorded.iter().map(codec::encode).collect() {
            Ok(rows) => append.events = rows,
            Err(error) => {
                self.fail(inner, flight, &error.to_string());
                return;
            }
        }
        let (mut notices, mut effects) = (Vec::new(), Vec::new());
        if answer.is_ok() {
            append.sealed.clone_from(&flight.sealed);
        }
        let mut told = false;
        for (one, version) in recorded.iter().zip(expected + 1..) {
            told |= self.notices(inner, one, (&append.stream, version), &mut append.outbox);
            append.lookups.extend(lookups::of(&inner.state, self.id, &one.event));
            state::apply(&mut inner.state, one);
            let order = notice::order_after(&inner.state, &one.event);
            self.outbox(inner, &one.event, expected, &mut append.outbox, &mut effects);
            notices.push(Notice { customer: self.id, recorded: one.clone(), order });
        }
        *inner.versions.of(aggregate) += append.events.len() as u64;
        inner.last_at = given.now;
        if aggregate == Aggregate::Book {
            append.wakeup = Some(resting::next_wakeup(&inner.state.book).map(|at| at.0));
        }
        let answer = answer.map(|_| recorded);
        let (room, id) = (brake::room(&flight.command), append.id);
        flight.trace.iter_mut().for_each(|trace| trace.waits());
        inner.pending.push_back(Pending { flight, answer, notices, effects, aggregate, told, id });
        let this = Arc::clone(self);
        if self.shared.commit.append(append, room, Box::new(move |store, result| this.landed(store, result))) {
            return;
        }
        inner.doubtful = true;
        if let Some(pending) = inner.pending.pop_back() {
            self.fail(inner, pending.flight, ENDED);
        }
    }
}

/// What could add risk waits its turn; what takes it away or reports always gets in.
const fn admits(command: &Command) -> bool {
    matches!(
        command,
        Command::Place { .. }
            | Command::PlaceAtTicket { .. }
            | Command::Grant { .. }
            | Command::Answer { verdict: Verdict::Grant, .. }
    )
}
