//! Families: brackets and groups as programs send them, and previews, in both encodings.

use crate::world::{Raw, World, order};
use kernel::guard::Allowances;
use kernel::state::State;
use kernel::working::Status;
use rust_decimal::Decimal;
use tws::{OpenOrder, Request, Response};

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// What ibapi's and ib_async's `bracketOrder` make: the entry at the market, so that it fills at once.
fn bracket(first: i32) -> [Request; 3] {
    [
        order(first, |order| {
            (order.order_type, order.lmt_price) = ("MKT".to_owned(), None);
            order.transmit = false;
        }),
        order(first + 1, |order| {
            (order.action, order.lmt_price) = ("SELL".to_owned(), Some(number("5000")));
            (order.parent_id, order.transmit) = (first, false);
        }),
        order(first + 2, |order| {
            (order.action, order.order_type, order.lmt_price) = ("SELL".to_owned(), "STP".to_owned(), None);
            (order.aux_price, order.parent_id) = (Some(Decimal::ONE), first);
        }),
    ]
}

async fn connect(world: &World, protobuf: bool, client_id: i32) -> Raw {
    let door = world.credential(|new| new.allowances = Allowances { short_sale: false, ..Allowances::ALL }).await;
    if protobuf { door.connect_in_protobuf(client_id).await } else { door.connect(client_id).await }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bracket_fills_its_entry_and_leaves_both_children_working() {
    for protobuf in [false, true] {
        let world = World::new().await;
        let mut raw = connect(&world, protobuf, 1).await;
        for part in bracket(1) {
            raw.say(&part).await;
        }
        let filled =
            |told: &Response| matches!(told, Response::OrderStatus(one) if one.order_id == 1 && one.status == "Filled");
        let told = raw.until(filled).await;
        let child = told.iter().find_map(|told| match told {
            Response::OpenOrder(one) if one.order_id == 2 => Some(one.order.parent_id),
            _ => None,
        });
        assert_eq!(child, Some(1));
        let statuses = |state: &State| state.book.orders.values().map(|order| order.status).collect::<Vec<_>>();
        world.until(|world| world.actor.read(statuses) == [Status::Acknowledged; 2]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bracket_of_which_the_stop_is_refused_sends_nothing() {
    let world = World::new().await;
    let mut raw = connect(&world, false, 1).await;
    let [entry, profit, _] = bracket(1);
    raw.say(&entry).await;
    let stop = order(2, |order| {
        (order.action, order.order_type, order.hidden) = ("SELL".to_owned(), "STP".to_owned(), true);
        (order.aux_price, order.parent_id, order.transmit) = (Some(Decimal::ONE), 1, false);
    });
    raw.say(&stop).await;
    assert!(raw.refusal(2).await.1.contains("field_not_understood"));
    let Request::PlaceOrder(mut last) = profit else { panic!() };
    (last.order_id, last.order.transmit) = (3, true);
    raw.say(&Request::PlaceOrder(last)).await;
    assert!(raw.refusal(3).await.1.contains("family_broken"));
    drop(raw);
    assert!(world.venue.look(|broker| broker.open_orders().next().is_none() && broker.executions().is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_group_fills_and_the_other_is_cancelled() {
    let world = World::new().await;
    let mut raw = connect(&world, true, 1).await;
    let grouped = |id, far: bool| {
        order(id, move |order| {
            (order.oca_group, order.oca_type) = ("entry".to_owned(), 1);
            order.lmt_price = Some(if far { number("1.00") } else { number("100") });
            if !far {
                (order.order_type, order.lmt_price) = ("MKT".to_owned(), None);
            }
        })
    };
    raw.say(&grouped(1, true)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(one) if one.order_id == 1 && one.order.oca_type == 1)).await;
    raw.say(&grouped(2, false)).await;
    assert_eq!(raw.refusal(1).await.0, 202);
    assert!(world.actor.read(|state| state.book.orders.is_empty() && state.book.groups.is_empty()));
}

async fn previewed(raw: &mut Raw, id: i32, change: impl FnOnce(&mut tws::Order)) -> OpenOrder {
    raw.say(&order(id, |order| {
        order.what_if = true;
        change(order);
    }))
    .await;
    match raw.until(|told| matches!(told, Response::OpenOrder(one) if one.order_id == id)).await.pop() {
        Some(Response::OpenOrder(order)) => *order,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_margin_and_commission_and_leaves_nothing_behind() {
    for protobuf in [false, true] {
        let world = World::new().await;
        let mut raw = connect(&world, protobuf, 1).await;
        let told = previewed(&mut raw, 1, |_| {}).await;
        assert!(told.order.what_if);
        assert_eq!(told.state.commission, Some(Decimal::ONE));
        let (opened, kept) = (told.state.init_margin_change.unwrap(), told.state.maint_margin_change.unwrap());
        assert!((opened - kept * Decimal::TWO).abs() <= number("0.02") && kept > Decimal::ZERO, "{opened} {kept}");
        // What the guard refuses it refuses here, in words.
        raw.say(&order(2, |order| (order.what_if, order.lmt_price) = (true, Some(number("90000"))))).await;
        let (code, text) = raw.refusal(2).await;
        assert!(code == 201 && text.contains("price_collar"), "{code} {text}");
        raw.say(&order(3, |order| (order.what_if, order.hidden) = (true, true))).await;
        assert!(raw.refusal(3).await.1.contains("field_not_understood"));
        let traces = world
            .actor
            .read(|state| (state.book.orders.len(), state.book.highest_reference(state.customer.credentials[0].id, 1)));
        assert_eq!(traces, (0, 0), "no order, and no number used");
        assert!(world.venue.look(|broker| broker.open_orders().next().is_none()));
        assert!(world.actor.read(|state| state.book.pending.is_empty()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_never_becomes_an_order_in_any_version() {
    let world = World::new().await;
    let mut spoken = 0;
    for version in 157..=178 {
        let door = world.credential(|_| {}).await;
        let Some(raw) = door.greet_from(version, version, "").await else { continue };
        let mut raw = raw.begin(1).await;
        spoken += 1;
        world.clock.advance_ms(3_000);
        previewed(&mut raw, 1, |_| {}).await;
    }
    assert!(spoken > 10, "{spoken} versions");
    assert!(world.actor.read(|state| state.book.orders.is_empty()));
    assert!(world.venue.look(|broker| broker.open_orders().next().is_none() && broker.ended_orders().next().is_none()));
}
