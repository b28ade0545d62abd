//! Record: both journals read from zero, verified and folded, and the naive sums that the fold is held against.

use journal::Verifier;
use kernel::event::{Event, Recorded};
use kernel::id::{CredentialId, OrderId};
use kernel::money::Amount;
use kernel::state::{self, State};
use kernel::time::Day;
use kernel::working::{self, Ask, Commission, Ended, Execution};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use store::contract::Frozen;
use store::postgres::Disk;
use store::{PostgresReader, SqliteReader, StoredEvent};

const PAGE: usize = 1_000;

/// What the gate has written down.
#[derive(Debug, Default)]
pub struct Ours {
    pub state: State,
    pub admitted: BTreeMap<OrderId, Ask>,
    /// Credential, client id and number of every order that was decided on.
    pub decided: BTreeSet<(CredentialId, i32, i32)>,
    /// The venue has said something about it.
    pub reported: BTreeSet<OrderId>,
    pub unknown: BTreeSet<OrderId>,
    pub ended: BTreeMap<OrderId, Ended>,
    pub fills: BTreeMap<String, Execution>,
    pub commissions: BTreeMap<String, Commission>,
    /// What was charged on each day, summed without the kernel.
    pub charged: BTreeMap<(CredentialId, Day), (Amount, u32)>,
    pub events: u64,
}

/// Where the data directory says that its journal is.
fn reader(data: &Path) -> Box<dyn Frozen> {
    match std::fs::read_to_string(data.join("journal.place")) {
        Ok(place) => Box::new(PostgresReader::open(&place.trim().parse().unwrap(), Disk::MayLose).unwrap()),
        Err(_) => Box::new(SqliteReader::open(&data.join("portreeve.db")).unwrap()),
    }
}

/// Every event of a journal; each link, the head that counts them and its root are verified.
fn verified(data: &Path) -> Vec<StoredEvent> {
    let mut reader = reader(data);
    let head = reader.freeze().unwrap();
    let mut verifier = Verifier::new();
    let mut all = Vec::new();
    loop {
        let events = reader.tail(verifier.size(), PAGE).unwrap();
        if events.is_empty() {
            break;
        }
        events.iter().for_each(|event| verifier.record(&event.record()).expect("the journal verifies"));
        all.extend(events);
    }
    let verified = verifier.finish();
    reader.check_head().expect("the head counts the events");
    assert_eq!((verified.size, verified.root), (head.size, head.root), "the head states this journal");
    all
}

impl Ours {
    pub fn read(data: &Path) -> Self {
        let mut ours = Self::default();
        for stored in verified(data) {
            let recorded: Recorded = serde_json::from_slice(&stored.body).unwrap();
            state::apply(&mut ours.state, &recorded);
            if let Event::Order(event) = &recorded.event {
                ours.order(event, recorded.at.day());
            }
            ours.events += 1;
        }
        ours
    }

    fn order(&mut self, event: &working::Event, day: Day) {
        use working::Event as E;
        match event {
            E::Admitted { ask, charge, .. } => {
                let charged = self.charged.entry((ask.credential, day)).or_default();
                *charged = (charged.0.checked_add(charge.added).unwrap(), charged.1 + 1);
                self.decide(ask);
                let twice = self.admitted.insert(ask.id, ask.clone());
                assert_eq!(twice, None, "an order is admitted once");
            }
            E::Held { ask, .. } | E::Refused { ask, .. } => self.decide(ask),
            E::Acknowledged { id, .. } => drop(self.reported.insert(*id)),
            E::MarkedUnknown { id } => drop(self.unknown.insert(*id)),
            E::Ended { id, how, .. } => {
                self.reported.insert(*id);
                let twice = self.ended.insert(*id, *how);
                assert_eq!(twice, None, "order {id} ends once");
            }
            E::Filled { execution } => {
                self.reported.extend(execution.order);
                let twice = self.fills.insert(execution.exec_id.clone(), execution.clone());
                assert_eq!(twice, None, "a fill is recorded once");
            }
            E::Commissioned { commission } => {
                let twice = self.commissions.insert(commission.exec_id.clone(), commission.clone());
                assert_eq!(twice, None, "a commission is recorded once");
            }
            _ => {}
        }
    }

    fn decide(&mut self, ask: &Ask) {
        self.decided.insert((ask.credential, ask.client_ref.client_id, ask.client_ref.order_id));
    }

    pub fn filled(&self, id: OrderId) -> Decimal {
        let own = self.fills.values().filter(|fill| fill.order == Some(id));
        own.map(|fill| decimal(&fill.quantity)).sum()
    }

    /// Open, ended with a reason, or filled whole: an order that was admitted is one of them for ever.
    pub fn is_kept(&self, id: OrderId) -> bool {
        let whole = |ask: &Ask| self.filled(id) == decimal(&ask.terms.order_qty);
        self.state.book.orders.contains_key(&id) || self.ended.contains_key(&id) || whole(&self.admitted[&id])
    }
}

/// What the paper broker has written down, in its own process and its own journal.
#[derive(Debug)]
pub struct Theirs {
    pub broker: paper::Broker,
    /// How often an order of ours was submitted there, by the label that carries our id.
    pub submitted: BTreeMap<OrderId, usize>,
    pub open: BTreeSet<OrderId>,
    pub cancelled: BTreeSet<OrderId>,
}

impl Theirs {
    pub fn read(data: &Path) -> Self {
        let mut broker = paper::Broker::new();
        let mut submitted = BTreeMap::new();
        for stored in verified(data) {
            let event: paper::Event = serde_json::from_slice(&stored.body).unwrap();
            if let paper::Event::Accepted { order, .. } | paper::Event::Rejected { order, .. } = &event {
                *submitted.entry(label(order)).or_insert(0) += 1;
            }
            assert!(!matches!(event, paper::Event::DuplicateReference { .. }), "a number is used twice: {event:?}");
            paper::apply(&mut broker, &event);
        }
        let open = broker.open_orders().map(|state| label(&state.order)).collect();
        let cancelled = broker.ended_orders().filter(|state| state.status == paper::Status::Cancelled);
        let cancelled = cancelled.map(|state| label(&state.order)).collect();
        Self { broker, submitted, open, cancelled }
    }

    /// Fills by their id: our order, signed quantity, price and commission.
    pub fn fills(&self) -> BTreeMap<String, (OrderId, Decimal, Decimal, Decimal)> {
        let fill = |fill: &paper::Execution| {
            let order = self.broker.order(&fill.reference).expect("a fill has an order");
            let quantity = if fill.side == paper::Side::Buy { fill.quantity } else { -fill.quantity };
            (fill.exec_id.clone(), (label(&order.order), quantity, fill.price.normalize(), fill.commission.normalize()))
        };
        self.broker.executions().iter().map(fill).collect()
    }
}

fn label(order: &paper::Order) -> OrderId {
    OrderId::parse(&order.label).unwrap_or_else(|_| panic!("the broker has an order that is not ours: {order:?}"))
}

pub fn decimal(figure: &impl std::fmt::Display) -> Decimal {
    figure.to_string().parse::<Decimal>().unwrap().normalize()
}
