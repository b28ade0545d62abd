//! A program that speaks protobuf is answered in it, and nothing else about it is different.

use crate::messages::{fate, is_built};
use crate::world::{Raw, World, order, resting};
use rust_decimal::Decimal;
use tws::{Class, Request, Response, frame};

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_which_is_settled_by_the_versions_and_by_what_the_program_asks_for() {
    let (_world, door) = World::trading().await;
    for (min, max, options, version) in [
        (213, 226, "", Some(213)),
        (100, 226, "", Some(178)),
        (100, 226, "protocol=auto", Some(178)),
        (100, 226, "protocol=protobuf", Some(213)),
        (100, 226, "secret=of-nobody,protocol=protobuf", Some(213)),
        (100, 226, "protocol=text", Some(178)),
        (100, 157, "protocol=protobuf", None),
        (213, 226, "protocol=text", None),
        (214, 226, "", None),
        (179, 212, "", None),
        (100, 226, "protocol=", None),
        (100, 226, "protocol=xml", None),
    ] {
        let answered = door.greet_from(min, max, options).await.map(|raw| raw.version().get());
        assert_eq!(answered, version, "v{min}..{max} {options}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_means_the_same_in_text_and_in_protobuf() {
    let (world, door) = World::trading().await;
    let mut terms = Vec::new();
    for mut raw in [door.connect(1).await, door.connect_in_protobuf(2).await] {
        // Alike within two seconds would be a duplicate.
        world.clock.advance_ms(3_000);
        let sent = order(7, |order| {
            order.lmt_price = Some(Decimal::new(10_007, 2));
            order.order_ref = "one".to_owned();
            order.tif = "GTC".to_owned();
            order.outside_rth = false;
        });
        raw.say(&sent).await;
        let told = raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
        let Some(Response::OpenOrder(open)) = told.last() else { panic!("{told:?}") };
        assert_eq!((open.order_id, open.order.lmt_price), (7, Some(Decimal::new(10_007, 2))));
        terms.extend(world.actor.read(|state| state.book.orders.values().last().map(|order| order.terms.clone())));
        raw.say(&Request::CancelOrder { order_id: 7, manual_time: String::new() }).await;
        assert_eq!(raw.refusal(7).await.0, 202);
    }
    assert_eq!(terms.len(), 2);
    assert_eq!(terms[0], terms[1]);
}

/// An order of 42 in protobuf, with something added to its order or behind it.
async fn spoilt(raw: &mut Raw, change: impl FnOnce(&mut tws::Order), within: &[u8], behind: &[u8]) -> (i32, String) {
    let plain = raw.encoded(&order(42, change));
    // Three messages: the request, in it the contract, then the order, whose length is one byte or two.
    let body = &plain[4..];
    let at = 4 + 2 + 2 + usize::from(body[7]);
    assert_eq!((body[6], body[at]), (0x12, 0x1a), "{body:?}");
    assert!(body[at + 1] < 0x80, "a short order");
    let inner = [&body[at + 2..], within].concat();
    let length = u8::try_from(inner.len()).unwrap();
    raw.bytes(&frame(&[&body[..at], &[0x1a, length], &inner[..], behind].concat())).await;
    raw.refusal(42).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_in_protobuf_is_refused_by_its_own_name_and_recorded() {
    let (world, door) = World::trading().await;
    let nan = [&[0x49][..], &f64::NAN.to_le_bytes()].concat();
    for (what, within, behind, code) in [
        ("deactivate", &[0xd0, 0x08, 0x01][..], &[][..], "field_not_understood"),
        ("postOnly", &[0xd8, 0x08, 0x01], &[], "field_not_understood"),
        ("attachedOrders.slOrderId", &[], &[0x22, 0x02, 0x08, 0x07], "field_not_understood"),
        ("146", &[0x90, 0x09, 0x01], &[], "message_malformed"),
        ("9", &[], &[0x48, 0x01], "message_malformed"),
        ("action", &[0x2a, 0x04, b'S', b'E', b'L', b'L'], &[], "message_malformed"),
        ("order", &[], &[0x1a, 0x00], "message_malformed"),
        ("auxPrice", &[0x51, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], &[], "message_malformed"),
        ("not a protobuf", &[], &[0x1a, 0x7f], "message_malformed"),
    ] {
        world.clock.advance_ms(3_000);
        let mut raw = door.connect_in_protobuf(1).await;
        let (number, text) = spoilt(&mut raw, |_| {}, within, behind).await;
        assert!(number == 201 && text.contains(code) && text.contains(what), "{what}: {number} {text}");
    }
    world.clock.advance_ms(3_000);
    let mut raw = door.connect_in_protobuf(1).await;
    let (number, text) = spoilt(&mut raw, |order| order.lmt_price = None, &nan, &[]).await;
    assert!(number == 201 && text.contains("lmtPrice"), "{number} {text}");
    assert!(world.actor.read(|state| state.book.orders.is_empty()));
    // The connection lives on, and a good order is taken.
    world.clock.advance_ms(3_000);
    raw.say(&resting(43)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_that_is_refused_by_name_or_denied_is_so_in_protobuf_too() {
    let (_world, door) = World::trading().await;
    let ids = tws::request_table::ids().map(|id| (id, fate(id, is_built(id), tws::class(id))));
    let mut refused = 0;
    for (id, fate) in ids.filter(|(_, fate)| matches!(*fate, "denied" | "refused by name")) {
        let name = tws::request_table::name(id).unwrap();
        let mut raw = door.connect_in_protobuf(1).await;
        raw.bytes(&frame(&[&(200 + id).to_be_bytes()[..], &[0x08, 0x01]].concat())).await;
        let wanted = if fate == "denied" { "message_denied" } else { "message_not_built" };
        let told =
            raw.until(|told| matches!(told, Response::Error { code: 321, text, .. } if text.contains(name))).await;
        assert!(format!("{told:?}").contains(wanted), "{id} {name}: {told:?}");
        refused += 1;
    }
    assert!(refused > 40, "{refused}");
    assert_eq!(tws::class(109), Class::Deny);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_on_a_connection_that_speaks_protobuf_does_nothing() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect_in_protobuf(1).await;
    let mut text = 3_u32.to_be_bytes().to_vec();
    text.extend_from_slice(b"42\0");
    raw.bytes(&frame(&text)).await;
    assert!(raw.refusal(-1).await.1.contains("says that it is text"));
    assert!(world.actor.read(|state| state.book.orders.is_empty()));
}
