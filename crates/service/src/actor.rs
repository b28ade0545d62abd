//! One actor per customer: decides in arrival order on durable and pending state, tells once durable.

mod brake;
mod flood;
mod outbox;

pub use flood::COUNTED;

use crate::clock::{Clock, dice};
use crate::codec;
use crate::commit::{Commit, Failed};
use crate::dispatch::Dispatch;
use crate::notice::{self, Notice};
use crate::outcome::{No, Outcome};
use flood::Floods;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::effect::Effect;
use kernel::event::{Aggregate, Event, Recorded, VERSION};
use kernel::given::{Given, Market};
use kernel::id::{CorrelationId, CustomerId, OrderId};
use kernel::kill_switch::{self, Engaged};
use kernel::state::{self, State};
use kernel::time::Timestamp;
use kernel::{book, decide, needs};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Append, Receipt, Store};
use tokio::sync::{broadcast, oneshot};
use venue::Venue;

pub const FIRM: &str = "firm";
/// Notices kept for a door that is slow to take them; beyond this it is told that it lost some.
const NOTICES: usize = 8_192;
/// How often a command is decided again when others move what it was decided on.
const TRIES: u8 = 16;
const LOAD: usize = 1_000;

/// What every actor shares.
#[derive(Clone)]
pub struct Shared {
    pub commit: Commit,
    pub dispatch: Arc<Dispatch>,
    pub venue: Arc<dyn Venue>,
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("venue", &self.venue.name()).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Flight {
    by: By,
    command: Command,
    reply: oneshot::Sender<Outcome>,
    tries: u8,
}

/// Decided and applied, not yet durable.
struct Pending {
    flight: Flight,
    answer: Outcome,
    notices: Vec<Notice>,
    effects: Vec<Effect>,
    aggregate: Aggregate,
}

#[derive(Default)]
struct Versions {
    customer: u64,
    book: u64,
    firm: u64,
}

#[derive(Default)]
struct Inner {
    state: State,
    versions: Versions,
    last_at: Timestamp,
    pending: VecDeque<Pending>,
    failed: Vec<Flight>,
    /// Could not be written: told so once the state no longer holds what was decided for them.
    unwritten: Vec<(oneshot::Sender<Outcome>, String)>,
    /// The state in memory may differ from the journal: look before the next decision.
    doubtful: bool,
    /// Outbox rows that wait for a report, by order.
    rows: BTreeMap<OrderId, Vec<String>>,
    /// Kill switches that act although they could not be recorded yet.
    unrecorded: Vec<Engaged>,
    floods: Floods,
}

pub struct CustomerActor {
    pub id: CustomerId,
    streams: [String; 2],
    shared: Shared,
    inner: Mutex<Inner>,
    notices: broadcast::Sender<Arc<Notice>>,
}

impl std::fmt::Debug for CustomerActor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CustomerActor").field("id", &self.id).finish_non_exhaustive()
    }
}

impl CustomerActor {
    pub fn load(id: CustomerId, shared: Shared, store: &mut dyn Store) -> Result<Arc<Self>, String> {
        let streams = [format!("customer/{id}"), format!("book/{id}")];
        let actor = Self { id, streams, shared, inner: Mutex::default(), notices: broadcast::channel(NOTICES).0 };
        let inner = actor.reload(store)?;
        *actor.hold() = inner;
        Ok(Arc::new(actor))
    }

    fn hold(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.notices.subscribe()
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
        let (reply, answer) = oneshot::channel();
        let flight = Flight { by, command, reply, tries: 0 };
        if matches!(flight.command, Command::Place { .. }) && !self.shared.commit.has_room() {
            drop(flight.reply.send(Err(No::Busy)));
            return answer;
        }
        let mut inner = self.hold();
        if inner.failed.is_empty() && !inner.doubtful {
            self.run(&mut inner, flight);
            return answer;
        }
        // What was asked earlier is decided again first.
        inner.failed.push(flight);
        if inner.pending.is_empty() {
            let this = Arc::clone(self);
            self.shared.commit.read(Box::new(move |store| this.look_again(store)));
        }
        answer
    }

    fn run(self: &Arc<Self>, inner: &mut Inner, flight: Flight) {
        let (Ok(first), Ok(second)) = (dice(), dice()) else {
            drop(flight.reply.send(Err(No::NotRecorded { why: "no randomness to be had".to_owned() })));
            return;
        };
        let now = self.shared.clock.now().max(inner.last_at);
        let market = self.market(&inner.state, &flight.command, now);
        let correlation = CorrelationId::new(now.0, first);
        let given = Given { now, dice: [first, second], correlation, market };
        let stopped = !inner.unrecorded.is_empty();
        let decided = if stopped && matches!(flight.command, Command::Place { .. } | Command::Answer { .. }) {
            Err(kernel::guard::Refusal::KillSwitch.into())
        } else {
            decide::decide(&inner.state, &flight.by, &flight.command, &given)
        };
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
            drop(flight.reply.send(answer));
            return;
        }
        if events.is_empty() {
            drop(flight.reply.send(answer));
            return;
        }
        self.write(inner, flight, events, answer, &given);
    }

    fn market(&self, state: &State, command: &Command, now: Timestamp) -> Market {
        let Some(needs) = needs::needs(state, command) else { return Market::default() };
        let contract_id = needs.instrument.contract_id;
        Market {
            quote: self.shared.venue.quote(contract_id, now),
            rate: self.shared.venue.rate(needs.instrument.currency, needs.base, now),
            session: self.shared.venue.session(contract_id, now),
        }
    }

    /// Applies the events and hands one append to the commit thread.
    fn write(self: &Arc<Self>, inner: &mut Inner, flight: Flight, events: Vec<Event>, answer: Outcome, given: &Given) {
        let aggregate = events.first().map_or(Aggregate::Book, Event::aggregate);
        let (stream, expected) = self.stream(aggregate, &inner.versions);
        let mut append = Append { id: given.correlation.bits().to_be_bytes(), stream, expected, ..Append::default() };
        append.witnesses = self.witnesses(aggregate, &inner.versions);
        let (mut notices, mut effects, mut recorded) = (Vec::new(), Vec::new(), Vec::new());
        for event in events {
            let one = Recorded { at: given.now, actor: flight.by, correlation: given.correlation, event, v: VERSION };
            let row = match codec::encode(&one) {
                Ok(row) => row,
                Err(error) => {
                    // Nothing was sent; what was applied so far is looked up again.
                    inner.doubtful = true;
                    drop(flight.reply.send(Err(No::NotRecorded { why: error.to_string() })));
                    return;
                }
            };
            append.events.push(row);
            state::apply(&mut inner.state, &one);
            let order = notice::order_after(&inner.state, &one.event);
            self.outbox(inner, &one.event, expected, &mut append.outbox, &mut effects);
            notices.push(Notice { customer: self.id, recorded: one.clone(), order });
            recorded.push(one);
        }
        let written = append.events.len() as u64;
        *inner.versions.of(aggregate) += written;
        inner.last_at = given.now;
        if aggregate == Aggregate::Book {
            append.wakeup = Some(book::next_wakeup(&inner.state.book).map(|at| at.0));
        }
        let answer = answer.map(|_| recorded);
        let room = brake::room(&flight.command);
        inner.pending.push_back(Pending { flight, answer, notices, effects, aggregate });
        let this = Arc::clone(self);
        self.shared.commit.append(append, room, Box::new(move |store, result| this.landed(store, result)));
    }

    fn stream(&self, aggregate: Aggregate, versions: &Versions) -> (String, u64) {
        let [customer, book] = &self.streams;
        match aggregate {
            Aggregate::Customer => (customer.clone(), versions.customer),
            Aggregate::Book => (book.clone(), versions.book),
            Aggregate::Firm => (FIRM.to_owned(), versions.firm),
        }
    }

    /// A decision on the book holds only while authority stands still.
    fn witnesses(&self, aggregate: Aggregate, versions: &Versions) -> Vec<(String, u64)> {
        let [customer, _] = &self.streams;
        match aggregate {
            Aggregate::Book => vec![(customer.clone(), versions.customer), (FIRM.to_owned(), versions.firm)],
            Aggregate::Customer | Aggregate::Firm => Vec::new(),
        }
    }

    /// On the commit thread, in the order of the journal.
    fn landed(self: &Arc<Self>, store: &mut dyn Store, result: Result<Receipt, Failed>) {
        let mut inner = self.hold();
        let Some(mut pending) = inner.pending.pop_front() else { return };
        let mut enforce = None;
        match result {
            Ok(_) => {
                pending.effects.drain(..).for_each(|effect| self.shared.dispatch.push(effect));
                if let Some(switch) = engaged(&pending.notices) {
                    enforce = Some(self.withhold(&inner.state, switch));
                    inner.unrecorded.retain(|waiting| waiting.level != switch.level);
                }
                for notice in pending.notices {
                    drop(self.notices.send(Arc::new(notice)));
                }
                drop(pending.flight.reply.send(pending.answer));
                if pending.aggregate == Aggregate::Firm {
                    tracing::warn!(customer = %self.id, "the firm's record has changed");
                }
            }
            Err(Failed::Conflict) => {
                inner.doubtful = true;
                pending.flight.tries += 1;
                if pending.flight.tries > TRIES {
                    drop(pending.flight.reply.send(Err(No::Busy)));
                } else {
                    inner.failed.push(pending.flight);
                }
            }
            Err(Failed::Store(why)) => {
                inner.doubtful = true;
                tracing::error!(%why, "the journal could not be written");
                inner.unwritten.push((pending.flight.reply, why));
            }
        }
        let look = inner.pending.is_empty() && inner.doubtful;
        drop(inner);
        if look {
            self.look_again(store);
        }
        if let Some(voided) = enforce {
            drop(self.submit(By::House, Command::Enforce { voided }));
        }
    }

    fn withhold(&self, state: &State, switch: Engaged) -> Vec<OrderId> {
        self.shared.dispatch.withhold(|id| {
            let order = state.book.orders.get(&id);
            order.is_some_and(|o| kill_switch::stops(&[switch], o.credential, o.terms.account).is_some())
        })
    }

    /// Reads the journal again and decides anew what had to wait, in arrival order.
    fn look_again(self: &Arc<Self>, store: &mut dyn Store) {
        let mut inner = self.hold();
        if !inner.pending.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut inner.failed);
        let unwritten = std::mem::take(&mut inner.unwritten);
        match self.reload(store) {
            Ok(fresh) => {
                let unrecorded = std::mem::take(&mut inner.unrecorded);
                let floods = std::mem::take(&mut inner.floods);
                *inner = Inner { unrecorded, floods, ..fresh };
                for flight in waiting {
                    self.run(&mut inner, flight);
                }
            }
            Err(why) => {
                inner.doubtful = true;
                for flight in waiting {
                    drop(flight.reply.send(Err(No::NotRecorded { why: why.clone() })));
                }
            }
        }
        drop(inner);
        for (reply, why) in unwritten {
            drop(reply.send(Err(No::NotRecorded { why })));
        }
    }

    fn reload(&self, store: &mut dyn Store) -> Result<Inner, String> {
        let mut inner = Inner::default();
        let [customer, book] = &self.streams;
        for (name, aggregate) in
            [(FIRM, Aggregate::Firm), (customer.as_str(), Aggregate::Customer), (book.as_str(), Aggregate::Book)]
        {
            loop {
                let after = *inner.versions.of(aggregate);
                let events = store.load(name, after, LOAD).map_err(|error| error.to_string())?;
                if events.is_empty() {
                    break;
                }
                for stored in &events {
                    let recorded = codec::decode(stored).map_err(|error| error.to_string())?;
                    state::apply(&mut inner.state, &recorded);
                    inner.last_at = inner.last_at.max(recorded.at);
                    *inner.versions.of(aggregate) = stored.version;
                }
            }
        }
        for row in store.outbox(None).map_err(|error| error.to_string())? {
            if row.stream == *book
                && let Some(order) = row.id.split(':').next().and_then(|id| OrderId::parse(id).ok())
            {
                inner.rows.entry(order).or_default().push(row.id);
            }
        }
        Ok(inner)
    }
}

impl Versions {
    fn of(&mut self, aggregate: Aggregate) -> &mut u64 {
        match aggregate {
            Aggregate::Customer => &mut self.customer,
            Aggregate::Book => &mut self.book,
            Aggregate::Firm => &mut self.firm,
        }
    }
}

fn engaged(notices: &[Notice]) -> Option<Engaged> {
    notices.iter().find_map(|notice| match &notice.recorded.event {
        Event::KillSwitch(kill_switch::Event::Engaged(switch)) => Some(*switch),
        _ => None,
    })
}
