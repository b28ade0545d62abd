//! Check: what must hold between the gate's journal, what it shows, and the broker's journal after a crash.

use super::process::World;
use super::record::{Ours, Theirs, decimal};
use kernel::id::OrderId;
use kernel::time::Timestamp;
use kernel::working::Status;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const PLAY_MONEY: i64 = 1_000_000;

/// True, or what is not so. What may never be so panics at once.
type Holds = Result<(), String>;

fn holds(truth: bool, why: impl FnOnce() -> String) -> Holds {
    if truth { Ok(()) } else { Err(why()) }
}

/// Everything at once; `before` was admitted when the gate was killed.
pub fn all(world: &World, before: &BTreeSet<OrderId>) -> Result<(), String> {
    let (ours, theirs) = (Ours::read(&world.gate_data), Theirs::read(&world.paper_data));
    never(world, &ours, &theirs, before);
    settled(world, &ours, &theirs)?;
    money(&ours, &theirs)?;
    shown(world, &ours)
}

/// Not even for a moment.
fn never(world: &World, ours: &Ours, theirs: &Theirs, before: &BTreeSet<OrderId>) {
    let twice: Vec<_> = world.wire.told().into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "orders were told twice: {twice:?}");
    let twice: Vec<_> = theirs.submitted.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "orders reached the broker twice: {twice:?}");
    let unheard: Vec<_> = theirs.submitted.keys().filter(|id| !ours.admitted.contains_key(id)).collect();
    assert!(unheard.is_empty(), "the broker has orders that the gate never admitted: {unheard:?}");
    let gone: Vec<_> = before.iter().filter(|id| !ours.admitted.contains_key(id)).collect();
    assert!(gone.is_empty(), "admitted before the crash and no longer in the journal: {gone:?}");
    let lost: Vec<_> = ours.admitted.keys().filter(|id| !ours.is_kept(**id)).collect();
    assert!(lost.is_empty(), "admitted, and neither open nor ended with a reason: {lost:?}");
}

/// Nothing is on its way any more: of each order either the venue has spoken, or it is marked unknown.
fn settled(world: &World, ours: &Ours, theirs: &Theirs) -> Holds {
    let with = |status: Status| {
        let orders = ours.state.book.orders.values();
        orders.filter(|order| order.status == status).map(|order| order.id).collect::<BTreeSet<_>>()
    };
    let waiting = with(Status::Admitted);
    holds(waiting.is_empty(), || format!("still on their way: {waiting:?}"))?;
    let unknown = with(Status::Unknown);
    let known: Vec<_> = unknown.iter().filter(|id| theirs.submitted.contains_key(id)).collect();
    holds(known.is_empty(), || format!("unknown, though the broker has them: {known:?}"))?;
    let working = with(Status::Acknowledged);
    holds(working == theirs.open, || {
        let (here, there) = (working.difference(&theirs.open), theirs.open.difference(&working));
        format!("open here only {:?}, there only {:?}", here.collect::<Vec<_>>(), there.collect::<Vec<_>>())
    })?;
    let told = world.wire.told();
    let late: Vec<_> = told.keys().filter(|id| !theirs.submitted.contains_key(id)).collect();
    holds(late.is_empty(), || format!("told, and not yet at the broker: {late:?}"))?;
    let never_sent = ours.admitted.keys().filter(|id| !theirs.submitted.contains_key(id));
    let silent: Vec<_> = never_sent.filter(|id| !unknown.contains(id) && !ours.ended.contains_key(id)).collect();
    holds(silent.is_empty(), || format!("not at the broker, and nobody is told: {silent:?}"))
}

/// Fills, commissions, positions and cash: the same in both journals, each folded from zero.
fn money(ours: &Ours, theirs: &Theirs) -> Holds {
    let fill = |fill: &kernel::working::Execution| {
        let commission = ours.commissions.get(&fill.exec_id)?;
        let signed = fill.side.signed(fill.quantity);
        Some((fill.order?, decimal(&signed), decimal(&fill.price), decimal(&commission.amount)))
    };
    let here: BTreeMap<_, _> =
        ours.fills.iter().filter_map(|(id, one)| fill(one).map(|told| (id.clone(), told))).collect();
    let there = theirs.fills();
    holds(here.len() == ours.fills.len() && here == there, || {
        format!("{} fills with commission of {}, the broker has {}", here.len(), ours.fills.len(), there.len())
    })?;
    let account = theirs.broker.accounts().next().expect("the broker has one account");
    let positions = |contract_id: &i64| {
        let own = ours.state.book.positions.iter().filter(|((_, id), _)| id == contract_id);
        own.map(|(_, position)| decimal(&position.net)).sum::<Decimal>()
    };
    for (con_id, position) in &account.positions {
        let own = positions(&i64::from(*con_id));
        holds(own == position.quantity, || format!("position {own}, at the broker {}", position.quantity))?;
    }
    let paid: Decimal = here.values().map(|(_, quantity, price, commission)| quantity * price + commission).sum();
    let (own, cash) = (Decimal::from(PLAY_MONEY) - paid, account.cash_in("USD"));
    holds(own == cash, || format!("the fills leave {own} in cash, the broker has {cash}"))
}

/// The running gate shows what its journal says.
fn shown(world: &World, ours: &Ours) -> Holds {
    let listed = world.ask("order list");
    let order = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        (text("id"), text("status"), text("value"))
    };
    let listed: BTreeSet<_> = listed.as_array().unwrap().iter().map(order).collect();
    let word = |status: Status| serde_json::to_value(status).unwrap().as_str().unwrap().to_owned();
    let open = ours.state.book.orders.values();
    let folded: BTreeSet<_> =
        open.map(|order| (order.id.to_string(), word(order.status), order.value().to_string())).collect();
    holds(listed == folded, || format!("{} orders are listed, the journal has {}", listed.len(), folded.len()))?;
    let uncharged: Vec<_> = listed.iter().filter(|(_, status, value)| status == "unknown" && value == "0").collect();
    assert!(uncharged.is_empty(), "unknown, and not charged: {uncharged:?}");
    for credential in &ours.state.customer.credentials {
        let shown = world.ask(&format!("credential show {}", credential.name))["used"].clone();
        let now = Timestamp(jiff::Timestamp::now().as_millisecond());
        let meter = ours.state.standing.credentials.get(credential.id).map(|row| &row.meter);
        let folded = meter.map(|meter| (meter.day_value(now), meter.day_count(now))).unwrap_or_default();
        let summed = ours.charged.get(&(credential.id, now.day())).copied().unwrap_or_default();
        holds(folded == summed, || format!("{}: folded {folded:?}, summed {summed:?}", credential.name))?;
        let used = (shown["day_value"].as_str().unwrap_or_default().to_owned(), shown["day_count"].as_u64());
        let same = used == (folded.0.to_string(), Some(u64::from(folded.1)));
        holds(same, || format!("{} shows {shown}, the journal says {folded:?}", credential.name))?;
    }
    Ok(())
}
