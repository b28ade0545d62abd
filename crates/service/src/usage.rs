//! Usage: what an API credential did in a stretch of the journal, at most, and what the guard said or would have said no to.

use kernel::event::{Event, Recorded};
use kernel::id::{CredentialId, OrderId};
use kernel::limits::Limits;
use kernel::meter::{Charge, REPEATED_MS};
use kernel::money::{Amount, Quantity};
use kernel::order::Side;
use kernel::reason::Reason;
use kernel::time::{Day, Timestamp};
use kernel::working::{Ask, Event as E};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const SECOND_MS: i64 = 1_000;
/// Different codes and instruments that are told; a program that asks for more is not told of each.
const MOST_TOLD: usize = 64;
/// Two digits, so that a limit reads like one that a person has set.
const DIGITS: u32 = 2;

/// How often one code was met, and when the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    pub times: u32,
    pub last: Timestamp,
}

/// An order that is not done: its last fill is no event of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    value: Amount,
    order_qty: Quantity,
    filled: Quantity,
}

/// One credential's, folded from the events of the book in their order.
#[derive(Clone, Debug)]
pub struct Usage {
    of: CredentialId,
    /// Orders that were admitted; changes are not counted as orders.
    pub orders: u32,
    /// What was used of each limit at most. Messages are in the journal as counts by the minute, so their rate is not known.
    pub most: Limits,
    pub instruments: BTreeSet<String>,
    pub refused: BTreeMap<String, Met>,
    /// By the guard, in observe mode: told, and not stopped.
    pub observed: BTreeMap<String, Met>,
    today: Option<(Day, Amount, u32)>,
    open: BTreeMap<OrderId, Open>,
    second: VecDeque<Timestamp>,
    fills: BTreeMap<(i64, Side), VecDeque<Timestamp>>,
}

impl Usage {
    pub const fn of(credential: CredentialId) -> Self {
        Self {
            of: credential,
            orders: 0,
            most: Limits::NONE,
            instruments: BTreeSet::new(),
            refused: BTreeMap::new(),
            observed: BTreeMap::new(),
            today: None,
            open: BTreeMap::new(),
            second: VecDeque::new(),
            fills: BTreeMap::new(),
        }
    }

    pub fn see(&mut self, recorded: &Recorded) {
        let Event::Order(event) = &recorded.event else { return };
        let at = recorded.at;
        match event {
            E::Held { ask, charge, .. } if ask.credential == self.of => self.opened(ask, charge),
            E::Admitted { ask, charge, observed, approval, .. } if ask.credential == self.of => {
                self.opened(ask, charge);
                self.charged(charge.added, at, true);
                // What was held was asked for then, not now.
                if approval.is_none() {
                    self.asked(at);
                }
                observed.iter().for_each(|reason| met(&mut self.observed, reason, at));
            }
            E::ReplaceAdmitted { id, terms, charge, .. } if self.open.contains_key(id) => {
                raise(&mut self.most.order_value, charge.value);
                raise(&mut self.most.order_quantity, terms.order_qty);
                let order_qty = terms.order_qty;
                self.open.entry(*id).and_modify(|open| (open.value, open.order_qty) = (charge.value, order_qty));
                self.counted();
                self.charged(charge.added, at, false);
            }
            E::Refused { ask, reason } if ask.credential == self.of => met(&mut self.refused, reason, at),
            E::Declined { credential, reason, .. } if *credential == self.of => met(&mut self.refused, reason, at),
            E::ReplaceRefused { id, reason } if self.open.contains_key(id) => met(&mut self.refused, reason, at),
            E::Filled { execution } if execution.order.is_some_and(|id| self.open.contains_key(&id)) => {
                let within = self.fills.entry((execution.contract_id, execution.side)).or_default();
                raise(&mut self.most.repeated_fills, latest(within, at, REPEATED_MS));
                if let Some(id) = execution.order {
                    self.filled(id, execution.quantity);
                }
            }
            E::Ended { id, .. } => drop(self.open.remove(id)),
            _ => {}
        }
    }

    fn opened(&mut self, ask: &Ask, charge: &Charge) {
        raise(&mut self.most.order_value, charge.value);
        raise(&mut self.most.order_quantity, ask.terms.order_qty);
        if self.instruments.len() < MOST_TOLD {
            let instrument = &ask.terms.instrument;
            // As a list would name it: a future or an option by its contract.
            self.instruments.insert(match instrument.class.is_derived() {
                true => format!("#{}", instrument.contract_id),
                false => format!("{}/{}", instrument.symbol, instrument.currency.as_str()),
            });
        }
        let open = Open { value: charge.value, order_qty: ask.terms.order_qty, filled: Quantity::ZERO };
        self.open.entry(ask.id).or_insert(open);
        self.counted();
    }

    fn filled(&mut self, id: OrderId, quantity: Quantity) {
        let Some(open) = self.open.get_mut(&id) else { return };
        open.filled = open.filled.saturating_add(quantity);
        if open.filled >= open.order_qty {
            self.open.remove(&id);
        }
    }

    fn counted(&mut self) {
        let value = self.open.values().fold(Amount::ZERO, |sum, open| sum.saturating_add(open.value));
        raise(&mut self.most.open_value, value);
        raise(&mut self.most.open_orders, u32::try_from(self.open.len()).unwrap_or(u32::MAX));
    }

    fn charged(&mut self, added: Amount, at: Timestamp, order: bool) {
        let (day, value, count) =
            self.today.filter(|(day, ..)| *day == at.day()).unwrap_or((at.day(), Amount::ZERO, 0));
        let (value, count) = (value.saturating_add(added), count.saturating_add(u32::from(order)));
        self.today = Some((day, value, count));
        self.orders = self.orders.saturating_add(u32::from(order));
        raise(&mut self.most.day_value, value);
        raise(&mut self.most.day_count, count);
    }

    fn asked(&mut self, at: Timestamp) {
        raise(&mut self.most.orders_per_second, latest(&mut self.second, at, SECOND_MS));
    }

    /// Limits with room for twice of what was used, in round figures.
    pub fn twice(&self) -> Limits {
        let amount = |used: Option<Amount>| used.map(|used| Amount::from_units(rounded(used.units())));
        let count = |used: Option<u32>| used.map(|used| u32::try_from(rounded(i128::from(used))).unwrap_or(u32::MAX));
        let quantity =
            |used: Quantity| Quantity::from_units(i64::try_from(rounded(used.units().into())).unwrap_or(i64::MAX));
        Limits {
            order_value: amount(self.most.order_value),
            order_quantity: self.most.order_quantity.map(quantity),
            day_value: amount(self.most.day_value),
            day_count: count(self.most.day_count),
            open_orders: count(self.most.open_orders),
            open_value: amount(self.most.open_value),
            orders_per_second: count(self.most.orders_per_second),
            // The fill that reaches it disarms: it takes one more.
            repeated_fills: count(self.most.repeated_fills).map(|twice| twice.saturating_add(1)),
            ..Limits::NONE
        }
    }
}

fn raise<T: Ord>(most: &mut Option<T>, one: T) {
    if most.as_ref().is_none_or(|most| one > *most) {
        *most = Some(one);
    }
}

/// How many there were within so long, with this one.
fn latest(within: &mut VecDeque<Timestamp>, at: Timestamp, ms: i64) -> u32 {
    within.push_back(at);
    while within.front().is_some_and(|first| at.since(*first) >= ms) {
        within.pop_front();
    }
    u32::try_from(within.len()).unwrap_or(u32::MAX)
}

fn met(codes: &mut BTreeMap<String, Met>, reason: &Reason, at: Timestamp) {
    if codes.len() >= MOST_TOLD && !codes.contains_key(&reason.code) {
        return;
    }
    let met = codes.entry(reason.code.clone()).or_insert(Met { times: 0, last: at });
    (met.times, met.last) = (met.times.saturating_add(1), at);
}

/// Twice as much, rounded up to two digits.
fn rounded(used: i128) -> i128 {
    let twice = used.saturating_mul(2).max(0);
    let digits = twice.checked_ilog10().map_or(0, |log| log + 1);
    let Some(step) = 10_i128.checked_pow(digits.saturating_sub(DIGITS)) else { return twice };
    twice.checked_add(step - 1).map_or(twice, |up| up / step * step)
}
