//! Restore: a journal that was copied back from a backup is made safe to serve, in one append, before anybody serves it.
//!
//! What the backup has as waiting may have been done since. So notices, cancels and what waits for a person are void;
//! orders of which the venue may know stay in the outbox: the next start asks for them, and the kill switch that is
//! engaged here keeps every one of them from being told.

use crate::actor::FIRM;
use crate::codec;
use crate::notices::is_notice;
use crate::rotation::Asked;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::decide;
use kernel::effect::Effect;
use kernel::event::{Event, Recorded, VERSION};
use kernel::given::{Given, Market};
use kernel::id::{CorrelationId, CustomerId, OrderId};
use kernel::resting;
use kernel::restore::{Backup, Command as Part};
use kernel::state::{self, State};
use kernel::time::Timestamp;
use kernel::working::Status;
use std::collections::BTreeSet;
use store::{Append, OutboxChange, Store, StoreError};

#[derive(Debug, thiserror::Error)]
pub enum NotRestored {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("what is in it cannot be read: {0}")]
    Unreadable(String),
    #[error("its consequences were not taken: {0}")]
    NotTaken(String),
}

/// What was taken away, and what is left to ask about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Orders that waited for a person or for the rest of their family: they ended.
    pub ended: usize,
    /// Cancels that may have been told: they are not told again.
    pub cancels: usize,
    pub notices: usize,
    /// Orders and changes that may have been sent: the venue is asked.
    pub doubtful: usize,
    /// Open orders of which the venue had told.
    pub open: usize,
    pub suspended: usize,
}

/// One stream as it stands, and what is written to it.
struct Stream {
    name: String,
    version: u64,
    events: Vec<Event>,
    wakeup: Option<Option<i64>>,
}

struct Customer {
    state: State,
    customer: Stream,
    book: Stream,
}

/// All of it or nothing: whoever finds this journal afterwards finds it safe.
pub fn restored(store: &mut dyn Store, backup: Backup, suspend: bool, asked: &Asked) -> Result<Restored, NotRestored> {
    let (mut customers, mut firm, last_at) = load(store)?;
    let at = asked.at.max(last_at);
    let given = Given {
        now: at,
        dice: [asked.dice, asked.dice.wrapping_add(1)],
        correlation: CorrelationId::new(at.0, asked.dice),
        market: Market::default(),
        venue_lost: true,
    };
    firm.events = decided(&State::default(), Part::Firm(backup), &given)?;
    for one in &mut customers {
        one.customer.events = decided(&one.state, Part::Customer { suspend }, &given)?;
        one.book.events = decided(&one.state, Part::Book, &given)?;
        for event in one.customer.events.iter().chain(&one.book.events) {
            state::apply(&mut one.state, &recorded(asked.by, &given, event.clone()));
        }
        one.book.wakeup = Some(resting::next_wakeup(&one.state.book).map(|at| at.0));
    }
    let mut told = counted(&customers);
    let void = OutboxChange::Void { ids: void(store, &customers, &mut told)? };
    let mut streams = vec![firm];
    streams.extend(customers.into_iter().flat_map(|one| [one.customer, one.book]));
    write(store, streams, void, (asked, &given))?;
    Ok(told)
}

fn decided(state: &State, part: Part, given: &Given) -> Result<Vec<Event>, NotRestored> {
    let events = decide::decide(state, &Actor::House, &Command::Restore(part), given);
    events.map_err(|refusal| NotRestored::NotTaken(refusal.code().to_owned()))
}

fn recorded(by: Actor, given: &Given, event: Event) -> Recorded {
    Recorded { at: given.now, actor: by, correlation: given.correlation, event, v: VERSION }
}

/// Every customer with what the firm's record says, and when anything was last written.
fn load(store: &mut dyn Store) -> Result<(Vec<Customer>, Stream, Timestamp), NotRestored> {
    let stream = |name: &str| Stream { name: name.to_owned(), version: 0, events: Vec::new(), wakeup: None };
    let (mut customers, mut firm, mut last_at) = (Vec::new(), stream(FIRM), Timestamp::default());
    firm.version = store.streams(FIRM)?.into_iter().find(|(name, _)| name == FIRM).map_or(0, |(_, version)| version);
    for (name, _) in store.streams("customer/")? {
        let id = name.strip_prefix("customer/").and_then(|id| CustomerId::parse(id).ok());
        let id = id.ok_or_else(|| NotRestored::Unreadable(format!("a stream is named {name}")))?;
        let (mut state, mut customer, mut book) = (State::default(), stream(&name), stream(&format!("book/{id}")));
        for stream in [&mut customer, &mut book, &mut firm] {
            let version = &mut stream.version;
            let folded = codec::each(store, &stream.name, |recorded, reached| {
                state::apply(&mut state, recorded);
                last_at = last_at.max(recorded.at);
                *version = reached;
            });
            folded.map_err(NotRestored::Unreadable)?;
        }
        customers.push(Customer { state, customer, book });
    }
    Ok((customers, firm, last_at))
}

fn counted(customers: &[Customer]) -> Restored {
    use kernel::working::Event as E;
    let mut told = Restored::default();
    for event in customers.iter().flat_map(|one| one.customer.events.iter().chain(&one.book.events)) {
        match event {
            Event::Order(E::Ended { .. }) => told.ended += 1,
            Event::Order(E::CancelRejected { .. }) => told.cancels += 1,
            Event::Credential(_) => told.suspended += 1,
            _ => {}
        }
    }
    let orders = customers.iter().flat_map(|one| one.state.book.orders.values());
    told.open = orders.filter(|order| order.status == Status::Acknowledged).count();
    told
}

/// Everything but what the venue is to be asked about.
fn void(store: &mut dyn Store, customers: &[Customer], told: &mut Restored) -> Result<Vec<String>, NotRestored> {
    let open: BTreeSet<OrderId> = customers.iter().flat_map(|one| one.state.book.orders.keys().copied()).collect();
    let mut void = Vec::new();
    for row in store.outbox(None)? {
        if is_notice(&row) {
            told.notices += 1;
            void.push(row.id);
            continue;
        }
        let effect: Effect =
            serde_json::from_slice(&row.body).map_err(|error| NotRestored::Unreadable(error.to_string()))?;
        if effect.is_cancel() || !open.contains(&effect.order()) {
            void.push(row.id);
        } else {
            told.doubtful += 1;
        }
    }
    Ok(void)
}

fn write(
    store: &mut dyn Store,
    streams: Vec<Stream>,
    void: OutboxChange,
    (asked, given): (&Asked, &Given),
) -> Result<(), NotRestored> {
    let mut batch = Vec::new();
    for (n, stream) in (0_u128..).zip(streams) {
        let rows = stream.events.into_iter().map(|event| codec::encode(&recorded(asked.by, given, event)));
        let events = rows.collect::<Result<_, _>>().map_err(|error| NotRestored::NotTaken(error.to_string()))?;
        batch.push(Append {
            id: asked.dice.wrapping_add(n).to_be_bytes(),
            stream: stream.name,
            expected: stream.version,
            events,
            wakeup: stream.wakeup,
            ..Append::default()
        });
    }
    if let Some(first) = batch.first_mut() {
        first.outbox = vec![void];
    }
    for taken in store.append(&batch)? {
        taken.map_err(|refused| NotRestored::NotTaken(refused.to_string()))?;
    }
    Ok(())
}
