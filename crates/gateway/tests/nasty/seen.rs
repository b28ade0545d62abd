//! What was seen on the wire to the venue, and what the venue could have executed because of it. Nothing here
//! asks the gate: it is the other side of the comparison.

use kernel::id::OrderId;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use tws::{Contract, PlaceOrder};
use venue::paper::{Broker, OrderState};

pub const ORDER_VALUE: i64 = 6_000;
pub const OPEN_VALUE: i64 = 20_000;
pub const DAY_VALUE: i64 = 60_000;
pub const OPEN_ORDERS: usize = 8;
/// What the adapter writes on previews.
pub const PREVIEW: &str = "portreeve-preview";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub sell: bool,
    pub quantity: Decimal,
    /// Nothing, of one that has none.
    pub limit: Decimal,
    pub trail: Option<Decimal>,
}

impl Told {
    fn value(&self) -> Decimal {
        self.quantity * self.limit
    }
}

#[derive(Debug)]
pub struct Sent {
    pub number: i32,
    pub contract: Contract,
    /// It sells what its parent buys, and no more: the broker sees to that.
    pub child: bool,
    /// Everything that was ever told under this reference.
    pub told: Vec<Told>,
    /// Read from the gate, and not yet with the broker.
    pub on_the_way: Vec<Told>,
}

/// An execution that never was.
#[derive(Clone, Debug)]
pub struct Lie {
    pub quantity: Decimal,
    pub sell: bool,
    pub contract_id: i32,
}

#[derive(Debug, Default)]
pub struct Seen {
    pub orders: BTreeMap<String, Sent>,
    pub lies: BTreeMap<String, Lie>,
    /// Orders of which something was said that is not so.
    pub lied_about: BTreeSet<String>,
    pub faults: BTreeMap<&'static str, u64>,
    /// Positions were sold by hand: then the gate cannot know in time what is left to sell.
    pub sold_by_hand: bool,
    pub wrong: Vec<String>,
}

fn told(place: &PlaceOrder) -> Told {
    Told {
        sell: place.order.action == "SELL",
        quantity: place.order.total_quantity.unwrap(),
        limit: place.order.lmt_price.unwrap_or_default(),
        trail: place.order.aux_price,
    }
}

impl Seen {
    pub fn fault(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
    }

    /// The gate has written it.
    pub fn read(&mut self, place: &PlaceOrder, broker: &Broker) {
        let (reference, now) = (place.order.order_ref.clone(), told(place));
        if OrderId::parse(&reference).is_err() {
            self.wrong.push(format!("an order without our reference: {reference:?}"));
        }
        let there: BTreeSet<&str> =
            broker.open_orders().chain(broker.ended_orders()).map(|state| state.order.label.as_str()).collect();
        // A number that was lost with its connection was never used.
        let used = |other: &str, sent: &Sent| !sent.on_the_way.is_empty() || there.contains(other);
        let mut others = self.orders.iter().filter(|(other, sent)| **other != reference && used(other, sent));
        if others.any(|(_, sent)| sent.number == place.order_id) {
            self.wrong.push(format!("{reference} has the number of another order: {}", place.order_id));
        }
        let (number, contract, child) = (place.order_id, place.contract.clone(), place.order.parent_id != 0);
        let new = Sent { number, contract, child, told: vec![], on_the_way: vec![] };
        let sent = self.orders.entry(reference.clone()).or_insert(new);
        if sent.number != place.order_id {
            self.wrong.push(format!("{reference} was told as {} and as {}", sent.number, place.order_id));
        } else if sent.told.contains(&now) {
            self.wrong.push(format!("{reference} was told twice: {now:?}"));
        }
        sent.told.push(now.clone());
        sent.on_the_way.push(now);
        self.within_limits(broker);
    }

    /// Not an order, and with nothing of one's.
    pub fn preview(&mut self, place: &PlaceOrder) {
        let (number, reference) = (place.order_id, &place.order.order_ref);
        if reference != PREVIEW || place.order.parent_id != 0 || !place.order.transmit {
            self.wrong.push(format!("a preview is told as {place:?}"));
        }
        if self.orders.values().any(|sent| sent.number == number && !sent.on_the_way.is_empty()) {
            self.wrong.push(format!("a preview has the number of an order: {number}"));
        }
    }

    pub fn arrived(&mut self, place: &PlaceOrder) {
        self.lost(place);
    }

    pub fn lost(&mut self, place: &PlaceOrder) {
        let gone = told(place);
        if let Some(sent) = self.orders.get_mut(&place.order.order_ref)
            && let Some(at) = sent.on_the_way.iter().position(|one| *one == gone)
        {
            sent.on_the_way.remove(at);
        }
    }

    /// The most that the venue could do with all it was told.
    fn within_limits(&mut self, broker: &Broker) {
        let at_broker: BTreeMap<&str, &OrderState> = broker
            .open_orders()
            .chain(broker.ended_orders())
            .map(|state| (state.order.label.as_str(), state))
            .collect();
        let (mut open, mut value, mut day, mut selling) = (0, Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        for (reference, sent) in &self.orders {
            // What only reduces is exempt from limits of value: of the other side alone the sums must hold.
            let buys = |told: &&Told| !told.sell;
            let most = sent.told.iter().filter(buys).map(Told::value).max().unwrap_or_default();
            day += most;
            if most > ORDER_VALUE.into() {
                self.wrong.push(format!("{reference} counts {most}: above the limit of one order"));
            }
            let known = at_broker.get(reference.as_str());
            if known.is_some_and(|state| !state.is_open()) {
                continue;
            }
            let resting = known.map(|state| state.order.quantity * state.order.kind.limit().unwrap_or_default());
            let Some(worth) = sent.on_the_way.iter().map(Told::value).chain(resting).max() else { continue };
            open += 1;
            if sent.told.iter().any(|told| !told.sell) {
                value += worth;
            } else if !sent.child {
                let left = known.map(|state| state.order.quantity - state.filled);
                selling += sent.on_the_way.iter().map(|told| told.quantity).chain(left).max().unwrap_or_default();
            }
        }
        let held = |account: &_| position(account);
        let held = broker.accounts().map(held).sum::<Decimal>() + self.lied();
        let mut no = |what: String| self.wrong.push(what);
        if open > OPEN_ORDERS {
            no(format!("{open} orders could be open"));
        }
        if value > OPEN_VALUE.into() {
            no(format!("orders worth {value} could be open"));
        }
        if day > DAY_VALUE.into() {
            no(format!("orders worth {day} in one day"));
        }
        if selling > held && selling > Decimal::ZERO && !self.sold_by_hand {
            no(format!("{selling} could be sold, {held} are held"));
        }
    }

    /// What executions that never were would add.
    fn lied(&self) -> Decimal {
        self.lies
            .values()
            .filter(|lie| !lie.sell && lie.contract_id == super::upstream::CONTRACT)
            .map(|lie| lie.quantity)
            .sum()
    }
}

pub fn position(account: &paper::Account) -> Decimal {
    account.positions.values().map(|position| position.quantity).sum()
}
