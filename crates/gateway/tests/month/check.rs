//! Check: each evening both books side by side; at the end, what the TWS was told and did against what was allowed.

use super::bots::{FUNDS, SHARED};
use super::broker::{ACCOUNT, Told};
use super::script::Month;
use super::story::Story;
use jiff::civil::Date;
use kernel::id::CredentialId;
use kernel::limits::Limits;
use kernel::money::Amount;
use kernel::time::{Day, Timestamp};
use paper::Event;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use venue::{Venue, exact};

fn contract(symbol: &str) -> &'static paper::instrument::Instrument {
    paper::instrument::all().iter().find(|each| each.symbol == symbol).unwrap()
}

fn shares(month: &Month, symbol: &str) -> Decimal {
    let contract = contract(symbol);
    month.tws.look(|broker| {
        let position = broker.account(ACCOUNT).unwrap().positions.get(&contract.con_id);
        position.map_or(Decimal::ZERO, |position| position.quantity)
    })
}

/// What a program is told of its account two seconds after it has traded.
pub fn minute(month: &Month) {
    let venue = &month.house.venue;
    if venue.reach().lost {
        return;
    }
    let view = venue.account(ACCOUNT, month.house.actor.now()).expect("the account is told");
    for symbol in FUNDS {
        let contract_id = i64::from(contract(symbol).con_id);
        let told = view.positions.iter().find(|position| position.contract_id == contract_id);
        let told = told.map_or(Decimal::ZERO, |position| position.quantity);
        assert_eq!(told, shares(month, symbol), "{symbol} as a program is told");
    }
}

/// What the gate has, the TWS has, and each bot thinks it has.
pub fn evening(month: &Month, day: Date) {
    let account = month.house.account();
    let mut told = BTreeSet::new();
    for symbol in FUNDS {
        let there = shares(month, symbol);
        let (net, parts) = month.house.actor.read(|state| {
            let mut positions = state.book.positions.iter();
            let of = positions.find(|((of, _), position)| {
                *of == account && position.instrument.as_ref().is_some_and(|one| one.symbol == symbol)
            });
            of.map_or_else(Default::default, |(_, position)| (position.net, position.parts.clone()))
        });
        let part = |id: CredentialId| parts.get(&id).copied().map_or(Decimal::ZERO, exact::from_quantity);
        assert_eq!(exact::from_quantity(net), there, "{day}: {symbol} here and at the TWS");
        let sum: Decimal = parts.values().map(|part| exact::from_quantity(*part)).sum();
        assert_eq!(sum, there, "{day}: the parts of {symbol}: {parts:?}");
        assert_eq!(part(month.slow_id), month.slow.client.held(symbol), "{day}: {symbol} of the rebalancer");
        assert_eq!(part(month.quick_id), month.quick.client.held(symbol), "{day}: {symbol} of the reverter");
    }
    let (left, refused) = (month.quick.client.held(SHARED), month.quick.client.refused.last());
    assert!(left.is_zero(), "{day}: the reverter holds {left} over night: {refused:?}");
    for client in [&month.slow.client, &month.quick.client] {
        assert!(!client.lost, "{day}: a bot has been told 1100 last");
    }
    let open: BTreeSet<String> =
        month.house.actor.read(|state| state.book.orders.keys().map(ToString::to_string).collect());
    month.tws.look(|broker| {
        for state in broker.open_orders() {
            assert!(told.insert(state.order.label.clone()), "{day}: {} is there twice", state.order.label);
        }
    });
    assert_eq!(open, told, "{day}: what is open here and at the TWS");
}

/// Each order once, under one number, with what it came to.
pub fn orders(story: &Story, told: &[Told], events: &[Event]) {
    let mut numbers = BTreeMap::new();
    for one in told {
        assert!(story.of.contains_key(&one.reference), "an order that nobody admitted: {one:?}");
        assert!(numbers.insert(one.reference.clone(), one.number).is_none(), "told twice: {one:?}");
    }
    let distinct: BTreeSet<i32> = numbers.values().copied().collect();
    assert_eq!(distinct.len(), numbers.len(), "a number was given twice");
    let mut filled: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut labels = BTreeMap::new();
    for event in events {
        match event {
            Event::Accepted { order, .. } | Event::Rejected { order, .. } => {
                let twice = labels.insert(order.reference.clone(), order.label.clone());
                assert_eq!(twice, None, "{} is there twice", order.label);
            }
            Event::Filled { execution } => {
                *filled.entry(labels[&execution.reference].clone()).or_default() += execution.quantity;
            }
            _ => {}
        }
    }
    let arrived: BTreeSet<&String> = labels.values().collect();
    assert_eq!(arrived.len(), labels.len(), "an order is at the TWS under two numbers");
    assert_eq!(filled, story.filled, "what was filled there and here");
    for id in story.of.keys() {
        assert!(arrived.contains(id) || story.ended.contains(id), "{id} is nowhere, and has not ended");
    }
}

/// The most that was open, or spent in a day, at any moment.
#[derive(Default)]
struct Used {
    day: Option<Day>,
    value: Decimal,
    count: u32,
    /// Purchases that rest, by what they are worth; sales here only reduce, and no value binds them.
    open: BTreeMap<String, Decimal>,
}

impl Used {
    fn told(&mut self, one: &Told, limits: &Limits, whose: &str) {
        if self.day != Some(one.at.day()) {
            (self.day, self.value, self.count) = (Some(one.at.day()), Decimal::ZERO, 0);
        }
        let worth = if one.sell { Decimal::ZERO } else { one.quantity * one.limit };
        self.value += worth;
        self.count += 1;
        self.open.insert(one.reference.clone(), worth);
        let within = |figure: Decimal, limit: Option<Amount>, name: &str| {
            let inside = limit.is_none_or(|limit| figure <= exact::from_amount(limit));
            assert!(inside, "{whose}: {name} came to {figure}, {limit:?} is stated: {one:?}");
        };
        within(worth, limits.order_value, "order value");
        within(self.value, limits.day_value, "day value");
        within(self.open.values().sum(), limits.open_value, "open value");
        let few = |figure: usize, limit: Option<u32>, name: &str| {
            let inside = limit.is_none_or(|limit| figure <= usize::try_from(limit).unwrap());
            assert!(inside, "{whose}: {name} came to {figure}, {limit:?} is stated: {one:?}");
        };
        few(usize::try_from(self.count).unwrap(), limits.day_count, "day count");
        few(self.open.len(), limits.open_orders, "open orders");
        let most = limits.order_quantity.map(exact::from_quantity);
        assert!(one.sell || most.is_none_or(|most| one.quantity <= most), "{whose}: {one:?}");
    }
}

/// What the TWS could have executed of all that it was told, at each moment, against what was stated then.
pub fn limits(story: &Story, told: &[Told], events: &[Event]) {
    let mut labels = BTreeMap::new();
    let mut left: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut ends: Vec<(Timestamp, String)> = Vec::new();
    for event in events {
        match event {
            Event::Accepted { order, .. } => {
                labels.insert(order.reference.clone(), order.label.clone());
                left.insert(order.reference.clone(), order.quantity);
            }
            Event::Filled { execution } => {
                let left = left.get_mut(&execution.reference).unwrap();
                *left -= execution.quantity;
                if left.is_zero() {
                    ends.push((Timestamp(execution.at), labels[&execution.reference].clone()));
                }
            }
            Event::Rejected { order, at, .. } => ends.push((Timestamp(*at), order.label.clone())),
            Event::Cancelled { reference, at, .. } | Event::Expired { reference, at } => {
                ends.push((Timestamp(*at), labels[reference].clone()));
            }
            _ => {}
        }
    }
    let mut ends = ends.into_iter().peekable();
    let (mut each, mut account): (BTreeMap<CredentialId, Used>, Used) = Default::default();
    let mut over = BTreeSet::new();
    for one in told {
        over.extend(std::iter::from_fn(|| ends.next_if(|(at, _)| *at <= one.at)).map(|(_, label)| label));
        // Also what had ended in the moment in which it was told.
        for used in each.values_mut().chain([&mut account]) {
            used.open.retain(|label, _| !over.contains(label));
        }
        let whose = story.of[&one.reference];
        let (limits, observe) = story.limits_of(whose, one.at);
        if !observe {
            each.entry(whose).or_default().told(one, &limits, "an API credential");
        }
        account.told(one, &story.limits_of_account(one.at), "the account");
    }
    assert!(each.len() > 1, "both bots were held to limits");
}
