//! Types: what a program sends as a trailing stop, an order at the close or fill-or-kill, in both encodings.

use crate::world::{Raw, World, order};
use kernel::guard::Allowances;
use kernel::order::{Kind, Terms, TimeInForce, Trail};
use rust_decimal::Decimal;
use tws::{OpenOrder, Request, Response};

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn opened(raw: &mut Raw, request: &Request) -> OpenOrder {
    raw.say(request).await;
    match raw.until(|told| matches!(told, Response::OpenOrder(_))).await.pop() {
        Some(Response::OpenOrder(order)) => *order,
        other => panic!("{other:?}"),
    }
}

fn terms(world: &World) -> Terms {
    world.actor.read(|state| state.book.orders.values().next_back().unwrap().terms.clone())
}

/// Each type as it is sent, and what it is read as and told as.
#[tokio::test(flavor = "multi_thread")]
async fn each_type_is_read_as_what_it_is_and_told_as_it_was_sent() {
    let world = World::new().await;
    let door = world.credential(|new| new.allowances = Allowances::ALL).await;
    for protobuf in [false, true] {
        let mut raw = if protobuf { door.connect_in_protobuf(2).await } else { door.connect(1).await };
        let trail = order(1, |order| {
            (order.order_type, order.lmt_price) = ("TRAIL".to_owned(), None);
            (order.aux_price, order.trail_stop_price) = (Some(number("50")), Some(number("900")));
        });
        world.clock.advance_ms(3_000);
        let told = opened(&mut raw, &trail).await.order;
        let by = |terms: &Terms| terms.kind.trail().map(|(trail, _)| trail);
        assert!(matches!(by(&terms(&world)), Some(Trail::Amount(_))));
        assert_eq!((told.order_type.as_str(), told.aux_price), ("TRAIL", Some(number("50"))));
        assert_eq!((told.trail_stop_price, told.trailing_percent), (Some(number("900")), None));

        world.clock.advance_ms(3_000);
        let percent = order(2, |order| {
            (order.order_type, order.lmt_price) = ("TRAIL LIMIT".to_owned(), None);
            (order.trailing_percent, order.lmt_price_offset) = (Some(number("2.5")), Some(number("0.25")));
        });
        let told = opened(&mut raw, &percent).await.order;
        assert!(matches!(by(&terms(&world)), Some(Trail::Percent(_))));
        assert_eq!((told.order_type.as_str(), told.trailing_percent), ("TRAIL LIMIT", Some(number("2.5"))));
        assert_eq!(told.lmt_price_offset, Some(number("0.25")));

        world.clock.advance_ms(3_000);
        let close = order(3, |order| (order.order_type, order.tif) = ("LOC".to_owned(), "DAY".to_owned()));
        let told = opened(&mut raw, &close).await.order;
        assert_eq!(terms(&world).time_in_force, TimeInForce::AtTheClose);
        assert_eq!((told.order_type.as_str(), told.tif.as_str()), ("LOC", "DAY"));

        world.clock.advance_ms(3_000);
        let kill = order(4, |order| order.tif = "FOK".to_owned());
        let told = opened(&mut raw, &kill).await.order;
        assert_eq!((told.order_type.as_str(), told.tif.as_str()), ("LMT", "FOK"));
        // It ends at once, and the order before it is the last that is open again.
        world.until(|world| terms(world).time_in_force == TimeInForce::AtTheClose).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trailing_stop_limit_may_say_its_limit_instead_of_how_far_that_is() {
    let world = World::new().await;
    let door = world.credential(|new| new.allowances = Allowances::ALL).await;
    let mut raw = door.connect(1).await;
    let said = order(1, |order| {
        order.order_type = "TRAIL LIMIT".to_owned();
        (order.aux_price, order.trail_stop_price) = (Some(number("5")), Some(number("800")));
        order.lmt_price = Some(number("801.5"));
    });
    opened(&mut raw, &said).await;
    let Kind::TrailingStopLimit { offset, .. } = terms(&world).kind else { panic!() };
    assert_eq!(offset.to_string(), "1.5");
    let plain: [fn(&mut tws::Order); 3] = [
        |order| order.trail_stop_price = Some(Decimal::ONE),
        |order| order.trailing_percent = Some(Decimal::ONE),
        |order| order.lmt_price_offset = Some(Decimal::ONE),
    ];
    for (id, change) in (12..).zip(plain) {
        world.clock.advance_ms(3_000);
        raw.say(&order(id, change)).await;
        assert!(raw.refusal(id).await.1.contains("field_not_understood"), "{id}");
    }
    for (id, change) in [
        (22, (|order| order.trail_stop_price = None) as fn(&mut tws::Order)),
        (23, |order| order.lmt_price_offset = Some(Decimal::ONE)),
        (24, |order| order.trailing_percent = Some(Decimal::ONE)),
    ] {
        world.clock.advance_ms(3_000);
        let wrong = order(id, |order| {
            order.order_type = "TRAIL LIMIT".to_owned();
            (order.aux_price, order.trail_stop_price) = (Some(number("5")), Some(number("800")));
            order.lmt_price = Some(number("801.5"));
            change(order);
        });
        raw.say(&wrong).await;
        assert!(raw.refusal(id).await.1.contains("field_not_understood"), "{id}");
    }
}
