//! Orders: every bad input gets its own refusal, and nobody reaches another's orders.

use crate::world::{OTHER_ACCOUNT, World, order, resting};
use kernel::actor::Actor as By;
use kernel::command::{Command, Report};
use kernel::guard::Allowances;
use kernel::id::OrderId;
use kernel::money::Price;
use kernel::scope::{Scope, Scopes};
use kernel::working::Execution;
use service::node::answer;
use std::sync::atomic::Ordering;
use tws::{ExecutionFilter, Request, Response};

/// Field of PLACE_ORDER, its index on the wire at version 178, a bad value, and the code it is refused with.
const BAD: &[(&str, usize, &str, &str)] = &[
    ("quantity", 17, "-1", "quantity_malformed"),
    ("quantity", 17, "0", "quantity_malformed"),
    ("quantity", 17, "", "quantity_malformed"),
    ("quantity", 17, "NaN", "message_malformed"),
    ("quantity", 17, "Infinity", "message_malformed"),
    ("quantity", 17, "-inf", "message_malformed"),
    ("quantity", 17, "1e400", "message_malformed"),
    ("quantity", 17, "1.7976931348623157e308", "quantity_malformed"),
    ("quantity", 17, "9999999999999999999999999999", "quantity_malformed"),
    ("quantity", 17, "0x10", "message_malformed"),
    ("price", 19, "-100", "price_malformed"),
    ("price", 19, "0", "price_malformed"),
    ("price", 19, "", "price_malformed"),
    ("price", 19, "NaN", "message_malformed"),
    ("price", 19, "1.7976931348623157e308", "price_malformed"),
    ("price", 19, "9999999999999999999999999999", "price_malformed"),
    ("price", 19, "0.0000000000000000001", "price_malformed"),
    // Nine decimals are no noise of a double.
    ("price", 19, "100.000000001", "price_malformed"),
    ("price", 19, "2147483647", "price_collar"),
    ("action", 16, "HOLD", "field_not_understood"),
    ("action", 16, "buy", "field_not_understood"),
    ("action", 16, "SSHORT", "field_not_understood"),
    ("orderType", 18, "MIT", "field_not_understood"),
    ("orderType", 18, "MOC", "order_type_not_allowed"),
    ("orderType", 18, "TRAIL", "price_malformed"),
    ("orderType", 18, "", "field_not_understood"),
    ("tif", 21, "OPG", "field_not_understood"),
    ("ocaGroup", 22, "g", "field_not_understood"),
    ("account", 23, "DU9999999", "account_not_allowed"),
    ("account", 23, OTHER_ACCOUNT, "account_not_allowed"),
    ("account", 23, "All", "account_not_allowed"),
    ("openClose", 24, "C", "field_not_understood"),
    ("origin", 25, "1", "field_not_understood"),
    ("transmit", 27, "2", "message_malformed"),
    ("parentId", 28, "1", "parent_not_waiting"),
    ("blockOrder", 29, "1", "field_not_understood"),
    ("displaySize", 31, "1", "field_not_understood"),
    ("hidden", 34, "1", "field_not_understood"),
    ("symbol", 3, "NOPE", "contract_not_found"),
    ("secType", 4, "BAG", "message_malformed"),
    ("conId", 2, "2147483648", "message_malformed"),
    ("exchange", 9, "\u{1}", "message_malformed"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_value_is_refused_by_its_own_name_and_ends_in_the_program() {
    let (world, door) = World::trading().await;
    let mut wrong = Vec::new();
    for (id, (field, index, value, code)) in (1..).zip(BAD) {
        // A credential's own rate is a refusal too: each on a fresh second.
        world.clock.advance_ms(3_000);
        let mut raw = door.connect(id).await;
        let plain = raw.encoded(&resting(id));
        let text = String::from_utf8(plain[4..].to_vec()).unwrap();
        let mut fields: Vec<&str> = text.split_terminator('\0').collect();
        fields[*index] = value;
        raw.fields(&fields).await;
        let (number, text) = raw.refusal(id).await;
        if number != 201 || !text.contains(code) {
            wrong.push(format!("{field} = {value:?}: {number} {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(world.actor.read(|state| state.book.orders.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_a_program_computed_in_doubles_is_the_price_it_meant() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    for (id, said) in [(1, 7.0 * 14.3), (2, 100.0 * 1.005)] {
        let text = f64::to_string(&said);
        assert!(text.len() > 12, "{text} is not what such a program says");
        let plain = raw.encoded(&resting(id));
        let fields = String::from_utf8(plain[4..].to_vec()).unwrap();
        let mut fields: Vec<&str> = fields.split_terminator('\0').collect();
        fields[19] = &text;
        raw.fields(&fields).await;
        let submitted = |told: &Response| matches!(told, Response::OrderStatus(now) if now.order_id == id && now.status == "Submitted");
        raw.until(submitted).await;
    }
    let mut prices =
        world.actor.read(|state| state.book.orders.values().map(|one| one.terms.kind.price()).collect::<Vec<_>>());
    prices.sort_unstable();
    let meant = ["100.1", "100.5"].map(|text| Some(Price::parse(text).unwrap()));
    assert_eq!(prices, meant);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_number_is_never_used_twice_not_on_another_connection_either() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    raw.say(&resting(5)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
    raw.say(&Request::CancelOrder { order_id: 5, manual_time: String::new() }).await;
    raw.refusal(5).await;
    drop(raw);
    let mut raw = door.connect(1).await;
    world.clock.advance_ms(5_000);
    for (id, code, name) in [
        (5, 103, "order_number_used"),
        (4, 103, "order_number_used"),
        (0, 201, "order_number_out_of_range"),
        (-1, 201, "order_number_out_of_range"),
        (i32::MAX - 1, 201, "order_number_out_of_range"),
    ] {
        raw.say(&resting(id)).await;
        let (number, text) = raw.refusal(id).await;
        assert!(number == code && text.contains(name), "{id}: {number} {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_if_and_a_short_message_and_a_long_one_place_nothing() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    raw.say(&order(1, |order| order.what_if = true)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(order) if order.order.what_if)).await;
    let text = String::from_utf8(raw.encoded(&resting(2))[4..].to_vec()).unwrap();
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    raw.fields(&fields[..fields.len() - 1]).await;
    assert!(raw.refusal(2).await.1.contains("message_malformed"));
    raw.fields(&[fields.as_slice(), &["1"]].concat()).await;
    assert!(raw.refusal(2).await.1.contains("message_malformed"));
    assert!(world.actor.read(|state| state.book.orders.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_credentials_orders_are_neither_seen_nor_changed_nor_cancelled() {
    let (world, door) = World::trading().await;
    let thief = world.credential(|_| {}).await;
    let mut raw = door.connect(1).await;
    raw.say(&resting(1)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
    raw.say(&order(2, |order| {
        order.order_type = "MKT".to_owned();
        order.lmt_price = None;
    }))
    .await;
    raw.until(|told| matches!(told, Response::ExecutionDetails(_))).await;
    let mut other = thief.connect(1).await;
    other.say(&Request::CancelOrder { order_id: 1, manual_time: String::new() }).await;
    assert_eq!(other.refusal(1).await.0, 10_147);
    other.say(&Request::ReqGlobalCancel).await;
    other.say(&Request::ReqAllOpenOrders).await;
    let told = other.until(|told| matches!(told, Response::OpenOrderEnd)).await;
    assert!(!told.iter().any(|told| matches!(told, Response::OpenOrder(_) | Response::OrderStatus(_))), "{told:?}");
    other.say(&Request::ReqExecutions { request_id: 9, filter: ExecutionFilter::default() }).await;
    let told = other.until(|told| matches!(told, Response::ExecutionDetailsEnd { .. })).await;
    assert!(!told.iter().any(|told| matches!(told, Response::ExecutionDetails(_))), "{told:?}");
    other.say(&Request::ReqCompletedOrders { api_only: false }).await;
    let told = other.until(|told| matches!(told, Response::CompletedOrdersEnd)).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(world.actor.read(|state| state.book.orders.values().filter(|order| !order.cancel_requested).count()), 1);
}

/// The venue corrects an execution of an order that nobody's day remembers: whose it was is not known, and not told.
#[tokio::test(flavor = "multi_thread")]
async fn an_execution_of_an_order_that_is_forgotten_moves_a_position_and_is_told_to_nobody() {
    let world = World::new().await;
    let door = world.credential(|new| new.allowances = Allowances::ALL).await;
    let mut raw = door.connect(1).await;
    raw.say(&order(1, |order| order.order_type = "MKT".to_owned())).await;
    raw.until(|told| matches!(told, Response::OrderStatus(now) if now.status == "Filled")).await;
    raw.say(&Request::ReqPositions).await;
    raw.until(|told| matches!(told, Response::PositionEnd)).await;
    let last = world.actor.read(|state| state.book.day.executions.last().unwrap().execution.clone());
    for (exec_id, order) in [("elsewhere", None), ("forgotten", Some(OrderId::new(1, 1)))] {
        let fill = Execution { exec_id: exec_id.to_owned(), order, ..last.clone() };
        answer(world.actor.submit(By::Venue, Command::Report(Report::Filled(fill)))).await.unwrap();
        let told = raw.until(|told| matches!(told, Response::Position { .. })).await;
        let executions = told.iter().filter(|told| matches!(told, Response::ExecutionDetails(_))).count();
        assert_eq!(executions, usize::from(order.is_none()), "{exec_id}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_are_told_whole_in_order_and_nothing_twice() {
    let (world, door) = World::trading().await;
    let stranger = world.credential(|_| {}).await;
    world.place(door.id, 300).await;
    world.place(stranger.id, 1).await;
    // Another client id: what becomes of the orders meanwhile is told to theirs.
    let mut raw = door.connect(2).await;
    raw.say(&Request::ReqAllOpenOrders).await;
    let told = raw.until(|told| matches!(told, Response::OpenOrderEnd)).await;
    let mut open: Vec<i32> = told
        .iter()
        .filter_map(|told| if let Response::OpenOrder(open) = told { Some(open.order_id) } else { None })
        .collect();
    open.sort_unstable();
    assert_eq!(open, (1..=300).collect::<Vec<_>>());
    raw.say(&Request::ReqGlobalCancel).await;
    world.until(|world| world.actor.read(|state| state.book.day.ended.len() == 300)).await;
    raw.say(&Request::ReqCompletedOrders { api_only: false }).await;
    let told = raw.until(|told| matches!(told, Response::CompletedOrdersEnd)).await;
    assert_eq!(told.iter().filter(|told| matches!(told, Response::CompletedOrder(_))).count(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_is_not_told_of() {
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let (account, model) = (OTHER_ACCOUNT.to_owned(), String::new());
    raw.say(&Request::ReqAccountUpdates { subscribe: true, account: account.clone() }).await;
    assert!(raw.refusal(-1).await.1.contains("account_not_allowed"));
    raw.say(&Request::ReqPnl { request_id: 3, account: account.clone(), model: model.clone() }).await;
    assert!(raw.refusal(3).await.1.contains("account_not_allowed"));
    raw.say(&Request::ReqAccountSummary { request_id: 4, group: account, tags: "NetLiquidation".to_owned() }).await;
    let told = raw.until(|told| matches!(told, Response::AccountSummaryEnd { .. })).await;
    assert!(!told.iter().any(|told| matches!(told, Response::AccountSummary { .. })), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_credential_places_and_cancels_nothing() {
    let world = World::new().await;
    let door = world.credential(|new| new.scopes = Scopes::of(&[Scope::AccountRead, Scope::MarketRead])).await;
    let mut raw = door.connect(1).await;
    raw.say(&resting(1)).await;
    assert!(raw.refusal(1).await.1.contains("scope_missing"));
    raw.say(&Request::CancelOrder { order_id: 1, manual_time: String::new() }).await;
    assert!(raw.refusal(1).await.1.contains("scope_missing"));
    raw.say(&Request::ReqGlobalCancel).await;
    assert!(raw.refusal(-1).await.1.contains("scope_missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_regulatory_snapshot_costs_money_and_is_refused() {
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let contract = tws::Contract { symbol: "AAPL".to_owned(), sec_type: "STK".to_owned(), ..tws::Contract::default() };
    let (generic_ticks, snapshot) = (String::new(), true);
    raw.say(&Request::ReqMarketData { request_id: 8, contract, generic_ticks, snapshot, regulatory_snapshot: true })
        .await;
    assert!(raw.refusal(8).await.1.contains("regulatory"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_venue_is_asked_nothing_for_an_order_that_its_credential_may_not_place() {
    let world = World::new().await;
    let reader = world.credential(|new| new.scopes = Scopes::of(&[Scope::AccountRead, Scope::MarketRead])).await;
    let mut raw = reader.connect(1).await;
    for id in 1..=5 {
        raw.say(&resting(id)).await;
        assert!(raw.refusal(id).await.1.contains("scope_missing"));
    }
    // Its scope is looked at before its account, as everywhere.
    raw.say(&order(6, |order| order.account = OTHER_ACCOUNT.to_owned())).await;
    assert!(raw.refusal(6).await.1.contains("scope_missing"));
    let trader = world.credential(|_| {}).await;
    let mut raw = trader.connect(1).await;
    raw.say(&order(1, |order| order.account = OTHER_ACCOUNT.to_owned())).await;
    assert!(raw.refusal(1).await.1.contains("account_not_allowed"));
    let id = trader.id;
    world.house(Command::SuspendCredential { id }).await;
    raw.say(&resting(2)).await;
    raw.rest().await;
    assert_eq!(world.asked.load(Ordering::SeqCst), 0);
    world.house(Command::ResumeCredential { id }).await;
    let mut raw = trader.connect(1).await;
    raw.say(&resting(3)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
    assert_eq!(world.asked.load(Ordering::SeqCst), 2, "its contract, and its quotes");
}
