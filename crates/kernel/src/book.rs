//! Book: a customer's activity: working orders, held orders, positions, meters, and today's record.

use crate::actor::Actor;
use crate::approval::Pending;
use crate::group::{self, Groups};
use crate::id::{AccountId, CredentialId, OrderId};
use crate::instrument::Instrument;
use crate::meter::Charge;
use crate::meter::Likeness;
use crate::money::{Amount, Quantity};
use crate::notice::{COUNTED, Told};
use crate::order::{ClientRef, Terms};
use crate::standing::Standing;
use crate::ticket::Sent;
use crate::time::{Day, Timestamp};
use crate::watch::Flow;
use crate::working::{Ask, Commission, Ended, Event, Execution, Order, Orders, Replacing, Status};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Client ids remembered one by one for each credential; older ones share a floor.
const CLIENT_IDS: usize = 256;
/// Ended orders and executions of the day that are kept for programs that reconnect: at most so many, the newest.
const DAY_RECORD: usize = 10_000;
/// So many of the oldest go at once, so that a long day does not move the whole record for each order.
const FORGOTTEN: usize = DAY_RECORD / 10;
/// Numbers above are refused and not counted: one of them must not use up all that are left.
pub const MAX_ORDER_NUMBER: i32 = 2_000_000_000;
/// Execution ids are remembered this long, for venues that tell them again.
const EXECUTION_DAYS: i64 = 8;

/// Whose net position it is, and which credential opened which part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub instrument: Option<Instrument>,
    pub net: Quantity,
    pub parts: BTreeMap<CredentialId, Quantity>,
}

/// The highest order number each program has used: a number is never used twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    highest: BTreeMap<i32, (i32, Timestamp)>,
    floor: i32,
}

impl References {
    pub fn highest(&self, client_id: i32) -> i32 {
        self.highest.get(&client_id).map_or(self.floor, |(highest, _)| *highest)
    }
    fn note(&mut self, client_id: i32, order_id: i32, now: Timestamp) {
        let highest = self.highest(client_id).max(order_id);
        self.highest.insert(client_id, (highest, now));
        if self.highest.len() > CLIENT_IDS
            && let Some(oldest) = self.highest.iter().min_by_key(|(_, (_, at))| *at).map(|(id, _)| *id)
            && let Some((highest, _)) = self.highest.remove(&oldest)
        {
            self.floor = self.floor.max(highest);
        }
    }
}

/// What is told to a program that reconnects the same day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayRecord {
    day: Day,
    /// Of the last day on which anything happened: a fill may be told after midnight.
    before: Vec<(Order, Ended)>,
    pub ended: Vec<(Order, Ended)>,
    pub executions: Vec<Executed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    pub execution: Execution,
    pub order: Option<Order>,
    pub commission: Option<Commission>,
}

/// What every order needs comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Book {
    pub orders: Orders,
    pub positions: BTreeMap<(AccountId, i64), Position>,
    /// Of open orders.
    pub groups: Groups,
    pub pending: Pending,
    pub references: BTreeMap<CredentialId, References>,
    pub day: DayRecord,
    /// By people, at their tickets.
    pub sent: Sent,
    pub told: Told,
    /// What usually goes through each credential.
    pub flows: BTreeMap<CredentialId, Flow>,
    executions: BTreeMap<String, Day>,
}

impl DayRecord {
    /// A record stays until the next event turns the day: the orders of another day are not told as today's.
    pub fn ended_on(&self, day: Day) -> &[(Order, Ended)] {
        if self.day == day { &self.ended } else { &[] }
    }
}

impl Book {
    #[inline]
    pub fn position(&self, account: AccountId, contract_id: i64, credential: CredentialId) -> (Quantity, Quantity) {
        self.positions.get(&(account, contract_id)).map_or((Quantity::ZERO, Quantity::ZERO), |position| {
            (position.parts.get(&credential).copied().unwrap_or_default(), position.net)
        })
    }
    pub fn knows_execution(&self, exec_id: &str) -> bool {
        self.executions.contains_key(exec_id)
    }
    pub fn highest_reference(&self, credential: CredentialId, client_id: i32) -> i32 {
        self.references.get(&credential).map_or(0, |references| references.highest(client_id))
    }
    fn turn_day(&mut self, now: Timestamp) {
        if self.day.day != now.day() {
            let before = core::mem::take(&mut self.day.ended);
            self.day = DayRecord { day: now.day(), before, ..DayRecord::default() };
            let oldest = Day(now.day().0.saturating_sub(EXECUTION_DAYS));
            self.executions.retain(|_, day| *day >= oldest);
        }
    }

    fn ask(&mut self, ask: &Ask, now: Timestamp) {
        if !(1..=MAX_ORDER_NUMBER).contains(&ask.client_ref.order_id) {
            return;
        }
        let references = self.references.entry(ask.credential).or_default();
        references.note(ask.client_ref.client_id, ask.client_ref.order_id, now);
    }

    fn insert(
        &mut self,
        ask: &Ask,
        charge: &Charge,
        status: Status,
        approval: Option<crate::id::ApprovalId>,
        now: Timestamp,
    ) {
        let order = Order {
            id: ask.id,
            credential: ask.credential,
            client_ref: ask.client_ref,
            terms: ask.terms.clone(),
            status,
            charge: *charge,
            approval,
            replacing: None,
            cancel_requested: false,
            venue_ref: None,
            filled: Quantity::ZERO,
            paid: Amount::ZERO,
            since: now,
            group: group::key(&ask.terms, ask.credential, self.parent(ask)),
            broken: false,
        };
        group::join(&mut self.groups, &order);
        self.orders.insert(ask.id, order);
    }

    /// The open order that its program calls by the number of the parent.
    fn parent(&self, ask: &Ask) -> Option<OrderId> {
        let parent = ClientRef { order_id: ask.terms.ties.parent?, ..ask.client_ref };
        self.own(ask.credential, parent).map(|order| order.id)
    }
    /// By the number that its program gave it.
    pub fn own(&self, credential: CredentialId, client_ref: ClientRef) -> Option<&Order> {
        self.orders.values().find(|order| order.credential == credential && order.client_ref == client_ref)
    }
    /// A part was refused: what is parked and belongs to it is never sent. Where it is not known to what the part
    /// belonged, that is all that its program has parked.
    fn break_families(&mut self, credential: CredentialId, client_id: i32, parent: Option<i32>) {
        for order in self.orders.values_mut().filter(|order| order.status == Status::Parked) {
            let meant = parent.is_none_or(|parent| order.client_ref.order_id == parent);
            order.broken |= meant && order.credential == credential && order.client_ref.client_id == client_id;
        }
    }

    fn break_family(&mut self, ask: &Ask) {
        if ask.terms.ties.parent.is_some() {
            self.break_families(ask.credential, ask.client_ref.client_id, ask.terms.ties.parent);
        }
    }

    fn end(&mut self, id: OrderId, how: Ended) {
        if let Some(order) = self.orders.remove(&id) {
            group::leave(&mut self.groups, &order);
            keep(&mut self.day.ended, (order, how));
        }
    }

    /// Open, or ended today or on the last day on which anything happened.
    pub fn order_of_day(&self, id: OrderId) -> Option<&Order> {
        let mut ended = self.day.ended.iter().chain(&self.day.before).map(|(order, _)| order);
        self.orders.get(&id).or_else(|| ended.find(|order| order.id == id))
    }

    /// The order a fill belongs to; a late one may belong to an order that ended.
    fn order_of(&mut self, execution: &Execution) -> Option<&mut Order> {
        let id = execution.order?;
        if self.orders.contains_key(&id) {
            return self.orders.get_mut(&id);
        }
        self.day.ended.iter_mut().chain(&mut self.day.before).map(|(order, _)| order).find(|order| order.id == id)
    }

    fn fill(&mut self, standing: &mut Standing, execution: &Execution, now: Timestamp) {
        if self.executions.insert(execution.exec_id.clone(), now.day()).is_some() {
            return;
        }
        let cost = execution.quantity.times(execution.price).unwrap_or(Amount::ZERO);
        let order = self.order_of(execution).map(|order| {
            order.filled = order.filled.saturating_add(execution.quantity);
            order.paid = order.paid.saturating_add(cost);
            if order.status == Status::Admitted || order.status == Status::Unknown {
                order.status = Status::Acknowledged;
            }
            order.clone()
        });
        if let Some(order) = &order {
            group::traded(&mut self.groups, order, execution.quantity);
        }
        self.move_position(execution, order.as_ref());
        if let Some(order) = &order {
            let most = order.charge.pace.repeated_fills;
            let fill = (execution.contract_id, execution.side);
            standing.credentials.meter(order.credential, |meter| meter.filled(now, fill.0, fill.1, most));
        }
        keep(&mut self.day.executions, Executed { execution: execution.clone(), order, commission: None });
        if let Some(id) = execution.order {
            self.end_if_done(id);
        }
    }

    fn replaced(&mut self, id: OrderId) {
        if let Some(order) = self.orders.get_mut(&id) {
            if let Some(new) = order.replacing.take() {
                order.terms = new.terms;
                order.charge.value = new.value;
            }
            group::changed(&mut self.groups, order);
        }
        self.end_if_done(id);
    }
    fn end_if_done(&mut self, id: OrderId) {
        if self.orders.get(&id).is_some_and(|order| !order.remaining().is_positive()) {
            self.end(id, Ended::Filled);
        }
    }
    fn move_position(&mut self, execution: &Execution, order: Option<&Order>) {
        let change = execution.side.signed(execution.quantity);
        let key = (execution.account, execution.contract_id);
        let position = self.positions.entry(key).or_default();
        position.net = position.net.saturating_add(change);
        if let Some(order) = order {
            let part = position.parts.entry(order.credential).or_default();
            *part = part.saturating_add(change);
            if part.is_zero() {
                position.parts.remove(&order.credential);
            }
            position.instrument.get_or_insert_with(|| order.terms.instrument.clone());
        }
        self.forget(key);
    }
    fn forget(&mut self, key: (AccountId, i64)) {
        if self.positions.get(&key).is_some_and(|held| held.net.is_zero() && held.parts.is_empty()) {
            self.positions.remove(&key);
        }
    }
    /// Whose it was nobody says: the parts stay what was traded for each credential.
    fn told(&mut self, key: (AccountId, i64), net: Quantity) {
        self.positions.entry(key).or_default().net = net;
        self.forget(key);
    }
}

/// The newest is always kept: whoever is told of it, and the commission that follows a fill, find it there.
fn keep<T>(record: &mut Vec<T>, newest: T) {
    if record.len() >= DAY_RECORD {
        record.drain(..FORGOTTEN);
    }
    record.push(newest);
}

/// A message the program sent and the guard let through.
fn message(
    standing: &mut Standing,
    credential: CredentialId,
    charge: &Charge,
    terms: &Terms,
    new: bool,
    now: Timestamp,
) {
    standing.credentials.meter(credential, |meter| {
        meter.take(now, terms.account, &charge.pace, new);
        if new {
            meter.remember(now, Likeness::of(terms));
        }
    });
}

/// What was let through is charged to its credential and to the account.
fn add(
    standing: &mut Standing,
    credential: CredentialId,
    account: AccountId,
    added: Amount,
    orders: u32,
    now: Timestamp,
) {
    standing.credentials.meter(credential, |meter| meter.charge(now, added, orders));
    standing.accounts.meter(account, |meter| meter.charge(now, added, orders));
}

/// What a person asks for is asked for once; what one grants was asked for before.
fn by_a_person(book: &mut Book, by: &Actor, event: &Event, now: Timestamp) {
    let (Event::Held { ask, .. } | Event::Admitted { ask, approval: None, .. } | Event::Refused { ask, .. }) = event
    else {
        return;
    };
    if matches!(by, Actor::User { .. }) {
        book.sent.note(ask.id, now);
    }
}

/// Writes, never judges. Total: whatever was recorded can always be applied.
pub fn apply(book: &mut Book, standing: &mut Standing, by: &Actor, event: &Event, now: Timestamp) {
    book.turn_day(now);
    by_a_person(book, by, event, now);
    match event {
        Event::Held { ask, charge, approval, .. } => {
            book.ask(ask, now);
            message(standing, ask.credential, charge, &ask.terms, true, now);
            book.insert(ask, charge, Status::Held, Some(*approval), now);
        }
        Event::Admitted { ask, charge, approval, .. } => {
            book.ask(ask, now);
            // A granted order was metered when it was asked for.
            if approval.is_none() {
                message(standing, ask.credential, charge, &ask.terms, true, now);
            }
            add(standing, ask.credential, ask.terms.account, charge.added, 1, now);
            let status = if ask.terms.ties.parked { Status::Parked } else { Status::Admitted };
            book.insert(ask, charge, status, *approval, now);
        }
        Event::Refused { ask, .. } => {
            book.ask(ask, now);
            book.break_family(ask);
        }
        // A count of refusals names no client id: each of them was one.
        Event::Declined { credential, client_ref, reason } if reason.code != COUNTED => {
            book.break_families(*credential, client_ref.client_id, None);
        }
        Event::Released { id } => with(book, *id, |order| order.status = Status::Admitted),
        Event::ReplaceAdmitted { id, terms, charge, .. } => {
            let Some(order) = book.orders.get_mut(id) else {
                return;
            };
            order.replacing = Some(Replacing { terms: terms.clone(), value: charge.value });
            group::changed(&mut book.groups, order);
            let (credential, account) = (order.credential, order.terms.account);
            message(standing, credential, charge, terms, false, now);
            add(standing, credential, account, charge.added, 0, now);
        }
        Event::Declined { .. } | Event::ReplaceRefused { .. } => {}
        // It may be asked for again: a cancel is never used up.
        Event::CancelRejected { id, .. } => with(book, *id, |order| order.cancel_requested = false),
        Event::CancelRequested { id } => with(book, *id, |order| order.cancel_requested = true),
        Event::Acknowledged { id, venue_ref } => with(book, *id, |order| {
            order.status = Status::Acknowledged;
            order.venue_ref = Some(venue_ref.clone());
        }),
        Event::Replaced { id } => book.replaced(*id),
        Event::ReplaceRejected { id, .. } => {
            with(book, *id, |order| order.replacing = None);
            book.end_if_done(*id);
        }
        Event::Filled { execution } => book.fill(standing, execution, now),
        Event::Commissioned { commission } => {
            let executed = book.day.executions.iter_mut().rev().find(|e| e.execution.exec_id == commission.exec_id);
            if let Some(executed) = executed {
                executed.commission = Some(commission.clone());
            }
        }
        Event::Ended { id, how, .. } => book.end(*id, *how),
        Event::MarkedUnknown { id } => with(book, *id, |order| order.status = Status::Unknown),
        Event::PositionTold { account, contract_id, net, .. } => book.told((*account, *contract_id), *net),
    }
}

fn with(book: &mut Book, id: OrderId, change: impl FnOnce(&mut Order)) {
    if let Some(order) = book.orders.get_mut(&id) {
        change(order);
    }
}
