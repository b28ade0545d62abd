//! Check: two journals that share no code, side by side, once nothing is on the way any more.

use super::gate::Gate;
use super::history::{History, Tally};
use super::seen::PREVIEW;
use super::upstream::{CONTRACT, OTHER_CONTRACT};
use kernel::book::Book;
use kernel::event::{Event, Recorded};
use kernel::order::Side;
use kernel::working::{Ended, Event as OrderEvent, Execution, Status};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use store::{FaultyStore, Store};
use venue::exact;
use venue::paper::{Broker, OrderState};

macro_rules! hold {
    ($so:expr, $($words:tt)*) => {
        if !$so {
            return Err(format!($($words)*));
        }
    };
}

fn journal(store: &mut FaultyStore) -> Vec<Recorded> {
    let mut all = Vec::new();
    for (stream, _) in store.streams("book/").unwrap() {
        let mut after = 0;
        loop {
            let events = store.load(&stream, after, 1_000).unwrap();
            let Some(last) = events.last() else { break };
            after = last.version;
            all.extend(events.iter().map(|stored| service::codec::decode(stored).unwrap()));
        }
    }
    all
}

/// What the records say of orders and fills, without the kernel's fold.
#[derive(Debug, Default)]
struct Story {
    admitted: BTreeMap<String, Decimal>,
    ended: BTreeMap<String, Ended>,
    filled: BTreeMap<String, Decimal>,
    executions: BTreeMap<String, Execution>,
}

fn story(recorded: &[Recorded]) -> Result<Story, String> {
    let mut story = Story::default();
    for one in recorded {
        match &one.event {
            Event::Order(OrderEvent::Admitted { ask, .. }) => {
                let told = story.admitted.insert(ask.id.to_string(), exact::from_quantity(ask.terms.order_qty));
                hold!(told.is_none(), "{} is admitted twice", ask.id);
            }
            Event::Order(OrderEvent::Ended { id, how, .. }) => {
                story.ended.insert(id.to_string(), *how);
            }
            Event::Order(OrderEvent::Filled { execution }) => {
                if let Some(id) = execution.order {
                    *story.filled.entry(id.to_string()).or_default() += exact::from_quantity(execution.quantity);
                }
                let told = story.executions.insert(execution.exec_id.clone(), execution.clone());
                hold!(told.is_none(), "the fill {} is recorded twice", execution.exec_id);
            }
            _ => {}
        }
    }
    Ok(story)
}

pub fn all(history: &mut History, gate: &Gate) -> Result<(), String> {
    let recorded = journal(&mut history.store);
    if super::traced() {
        recorded.iter().for_each(|one| eprintln!("{} {:?}", one.at.0, one.event));
    }
    let story = story(&recorded)?;
    let venue = history.upstream.broker().ok_or("the broker is down")?;
    venue.look(|broker| {
        none_forgotten(gate, &story, broker)?;
        as_the_broker_has_them(history, gate, broker)?;
        same_fills(history, &story, broker)?;
        same_positions(gate, broker)
    })
}

fn orders_of(broker: &Broker) -> Result<BTreeMap<String, OrderState>, String> {
    let mut all = BTreeMap::new();
    for state in broker.open_orders().chain(broker.ended_orders()) {
        if state.order.label == PREVIEW {
            // Nobody asked for it: it was cancelled, unless it was filled at once.
            hold!(!state.is_open(), "an order that was made of a preview is open: {state:?}");
        } else if !state.order.label.is_empty() {
            let told = all.insert(state.order.label.clone(), state.clone());
            hold!(told.is_none(), "{} is at the broker twice", state.order.label);
        }
    }
    Ok(all)
}

fn none_forgotten(gate: &Gate, story: &Story, broker: &Broker) -> Result<(), String> {
    let orders = orders_of(broker)?;
    for reference in orders.keys() {
        hold!(story.admitted.contains_key(reference), "{reference} is at the broker and was never admitted");
    }
    let open: BTreeSet<String> = gate.actor.read(|state| state.book.orders.keys().map(ToString::to_string).collect());
    for reference in story.admitted.keys() {
        let at_broker = orders.get(reference);
        let ended = story.ended.get(reference);
        let filled = story.filled.get(reference).copied().unwrap_or_default();
        match (open.contains(reference), at_broker.map(OrderState::is_open)) {
            (true, Some(false)) => {
                let state = at_broker.map(|state| (state.status, state.filled));
                return Err(format!("{reference} has ended at the broker ({state:?}), and is open here"));
            }
            (false, Some(true)) => {
                return Err(format!(
                    "{reference} is open at the broker, and has ended here: {ended:?}, filled {filled}"
                ));
            }
            (false, Some(false)) => {
                let there = at_broker.map(|state| state.filled).unwrap_or_default();
                hold!(filled == there, "{reference}: {filled} filled here, {there} there");
                let whole = at_broker.is_some_and(|state| state.remaining().is_zero());
                hold!(ended.is_some() || whole, "{reference} has ended without a reason");
            }
            (true, Some(true) | None) => {}
            // Voided by a kill, or rejected: never there.
            (false, None) => hold!(ended.is_some(), "{reference} is nowhere, and has not ended"),
        }
    }
    Ok(())
}

fn as_the_broker_has_them(history: &History, gate: &Gate, broker: &Broker) -> Result<(), String> {
    let orders = orders_of(broker)?;
    let open = gate.actor.read(|state| state.book.orders.clone());
    for (id, order) in &open {
        let there = orders.get(&id.to_string());
        match order.status {
            Status::Admitted | Status::Parked | Status::Held => {
                return Err(format!("{id} still waits to be sent: {:?}", order.status));
            }
            Status::Unknown => hold!(there.is_none(), "{id} is unknown here, and the broker has it: {there:?}"),
            Status::Acknowledged => {
                let Some(there) = there else {
                    // Upstream has said that it works: it stays charged.
                    let lied = history.upstream.hold().seen.lied_about.contains(&id.to_string());
                    hold!(lied, "{id} is open here, and was never at the broker");
                    continue;
                };
                let own = exact::from_quantity(order.terms.order_qty);
                hold!(there.order.quantity == own, "{id}: {own} here, {} there", there.order.quantity);
                let limit = order.terms.kind.price().map(exact::from_price);
                hold!(there.order.kind.limit() == limit, "{id}: {limit:?} here, {:?} there", there.order.kind);
                let filled = exact::from_quantity(order.filled);
                hold!(there.filled == filled, "{id}: {filled} filled here, {} there", there.filled);
                hold!(order.replacing.is_none(), "{id}: its change is on its way for ever");
                hold!(!order.cancel_requested, "{id}: its cancel did not get in");
                // Since then one that only reduces is let through, also under a switch.
                let reduces = order.terms.side == Side::Sell && !history.rested.contains(id);
                hold!(!history.killed || reduces, "{id} rests under a kill switch that cancels all");
            }
        }
    }
    Ok(())
}

fn same_fills(history: &History, story: &Story, broker: &Broker) -> Result<(), String> {
    let lies = history.upstream.hold().seen.lies.clone();
    for (exec_id, execution) in &story.executions {
        let quantity = exact::from_quantity(execution.quantity);
        hold!(quantity > Decimal::ZERO, "{exec_id}: a fill of {quantity}");
        let price = exact::from_price(execution.price);
        hold!(price > Decimal::ZERO, "{exec_id}: a fill at {price}");
        if let Some(lie) = lies.get(exec_id) {
            hold!(quantity == lie.quantity, "{exec_id}: {quantity} here, told {}", lie.quantity);
            let ours = execution.order.filter(|id| story.admitted.contains_key(&id.to_string()));
            hold!(ours.is_none(), "{exec_id} was taken for a fill of {:?}", execution.order);
            continue;
        }
        let there = broker.executions().iter().find(|fill| fill.exec_id == *exec_id);
        let Some(there) = there else { return Err(format!("{exec_id} is no fill of the broker")) };
        hold!(there.quantity == quantity && there.price == price, "{exec_id}: {execution:?} here, {there:?} there");
    }
    let known = &story.executions;
    let missing = broker.executions().iter().find(|fill| !known.contains_key(&fill.exec_id));
    hold!(missing.is_none(), "a fill of the broker is not recorded: {missing:?}");
    Ok(())
}

/// Whatever was made up or kept back: what upstream holds is known by now.
fn same_positions(gate: &Gate, broker: &Broker) -> Result<(), String> {
    for contract_id in [CONTRACT, OTHER_CONTRACT] {
        let there: Decimal = broker
            .accounts()
            .filter_map(|account| account.positions.get(&u32::try_from(contract_id).unwrap()))
            .map(|position| position.quantity)
            .sum();
        let account = gate.account();
        let here = gate.actor.read(|state| {
            let position = state.book.positions.get(&(account, i64::from(contract_id)));
            position.map_or(Decimal::ZERO, |position| exact::from_quantity(position.net))
        });
        hold!(here == there, "{contract_id}: {here} here, {there} there");
    }
    Ok(())
}

/// Folded from zero, as the next process would.
pub fn same_when_read_again(gate: &Gate, store: &mut FaultyStore, before: &Book) -> Result<(), String> {
    let mut state = kernel::state::State::default();
    for prefix in ["customer/", "book/"] {
        for (stream, _) in store.streams(prefix).unwrap() {
            let mut after = 0;
            loop {
                let events = store.load(&stream, after, 1_000).unwrap();
                let Some(last) = events.last() else { break };
                after = last.version;
                for stored in &events {
                    kernel::state::apply(&mut state, &service::codec::decode(stored).unwrap());
                }
            }
        }
    }
    let standing = gate.actor.read(|now| now.standing.clone());
    hold!(state.book == *before, "the book read again is another one");
    hold!(state.standing == standing, "what is used up is another figure when it is read again");
    Ok(())
}

pub fn count(history: &History, tally: &mut Tally) {
    let mut store = history.store.clone();
    let recorded = journal(&mut store);
    tally.executions = story(&recorded).map(|story| story.executions.len()).unwrap_or_default();
    let unknown = |one: &&Recorded| matches!(one.event, Event::Order(OrderEvent::MarkedUnknown { .. }));
    tally.unknown = recorded.iter().filter(unknown).count();
}
