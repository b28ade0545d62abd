//! Floods: nothing that was asked is lost, nothing grows without bound, nothing untrue is told.

use crate::ends::stall;
use crate::world::{World, order, resting};
use kernel::command::Command;
use kernel::event::Event;
use kernel::working::Event as OrderEvent;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use store::{Fault, StoreError};
use tws::{Request, Response};

/// More cancels than one program may have waiting for the journal.
const MANY: i32 = 600;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_whose_cancels_wait_for_a_failing_journal_loses_none() {
    let (world, door) = World::trading().await;
    world.place(door.id, MANY).await;
    let mut raw = door.connect(1).await;
    let release = stall(&world);
    let cancel = |order_id| Request::CancelOrder { order_id, manual_time: String::new() };
    let bytes: Vec<u8> = (1..=MANY).flat_map(|id| raw.encoded(&cancel(id))).collect();
    raw.bytes(&bytes).await;
    // As many as may wait are waiting; the rest of the messages must wait their turn.
    world.until(|world| world.waiting() >= 512).await;
    world.store.fail_next(Fault::Before(StoreError::Full));
    drop(release);
    world.until(|world| world.actor.read(|state| state.book.orders.is_empty())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_beyond_the_rate_does_not_read_as_the_end_of_the_order() {
    let world = World::new().await;
    let door = world.credential(|new| new.limits.messages_per_second = None).await;
    let mut raw = door.connect(1).await;
    raw.say(&resting(1)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
    let bytes: Vec<u8> = (0..400).flat_map(|_| raw.encoded(&Request::ReqCurrentTime)).collect();
    let change = raw.encoded(&order(1, |order| order.lmt_price = Some(Decimal::from(101))));
    raw.bytes(&[bytes, change.clone(), change].concat()).await;
    let told = raw.until(|told| matches!(told, Response::Error { code: 2_190, text, .. } if text.contains("flood")));
    let told = told.await;
    let ends = |told: &Response| matches!(told, Response::Error { request_id: 1, .. });
    assert!(!told.iter().any(ends), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_order_beyond_the_rate_ends_in_the_program() {
    let world = World::new().await;
    let door = world.credential(|new| new.limits.messages_per_second = None).await;
    let mut raw = door.connect(1).await;
    let bytes: Vec<u8> = (0..400).flat_map(|_| raw.encoded(&Request::ReqCurrentTime)).collect();
    raw.bytes(&[bytes, raw.encoded(&resting(7))].concat()).await;
    let (code, text) = raw.refusal(7).await;
    assert!(code == 201 && text.contains("message_flood"), "{code} {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_states_more_messages_is_answered_more_of_them_from_then_on() {
    let world = World::new().await;
    let door = world.credential(|new| new.limits.messages_per_second = Some(60)).await;
    let mut raw = door.connect(1).await;
    for (per_second, answered, waits_ms) in [(60, 240, 0), (70, 280, 4_000), (10, 200, 4_000)] {
        let mut limits = world.actor.read(|state| state.customer.credential(door.id).unwrap().limits);
        limits.messages_per_second = Some(per_second);
        world.house(Command::SetCredentialLimits { id: door.id, limits, read: None }).await;
        world.clock.advance_ms(waits_ms);
        let bytes: Vec<u8> = (0..answered + 1).flat_map(|_| raw.encoded(&Request::ReqCurrentTime)).collect();
        raw.bytes(&bytes).await;
        let told = raw.until(|told| matches!(told, Response::Error { code: 100, .. })).await;
        let times = told.iter().filter(|told| matches!(told, Response::CurrentTime { .. })).count();
        assert_eq!(times, answered, "at {per_second} a second");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_tags_is_answered_once_for_each_tag_there_is() {
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let tags = ["$LEDGER:ALL,NetLiquidation,"; 2_000].concat();
    raw.say(&Request::ReqAccountSummary { request_id: 5, group: "All".to_owned(), tags }).await;
    let told = raw.until(|told| matches!(told, Response::AccountSummaryEnd { request_id: 5 })).await;
    assert!(told.len() < 200, "{} answers", told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_label_is_refused_and_not_written_down() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    raw.say(&order(1, |order| order.order_ref = "x".repeat(60_000))).await;
    let (code, text) = raw.refusal(1).await;
    assert!(code == 201 && text.contains("label_malformed"), "{code} {text}");
    let largest = world.journal().iter().map(|one| service::codec::encode(one).unwrap().body.len()).max();
    assert!(largest < Some(4_096), "{largest:?} bytes for one event");
}

#[tokio::test(flavor = "multi_thread")]
async fn giant_texts_in_any_field_leave_only_small_records() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let giant = "y".repeat(50_000);
    let changes: [fn(&mut tws::Order, String); 6] = [
        |order, text| order.action = text,
        |order, text| order.order_type = text,
        |order, text| order.tif = text,
        |order, text| order.account = text,
        |order, text| order.oca_group = text,
        |order, text| order.good_till_date = text,
    ];
    for (id, change) in (1..).zip(changes) {
        raw.say(&order(id, |order| change(order, giant.clone()))).await;
        assert_eq!(raw.refusal(id).await.0, 201);
    }
    let largest = world.journal().iter().map(|one| service::codec::encode(one).unwrap().body.len()).max();
    assert!(largest < Some(4_096), "{largest:?} bytes for one event");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_refused_orders_leave_few_records_and_each_is_answered() {
    let (world, door) = World::trading().await;
    let read_only = world.credential(|new| new.scopes = kernel::scope::Scopes::read_only()).await;
    for (door, change) in [(door, "MOC"), (read_only, "LMT")] {
        let mut refused = 0;
        for client_id in 1..=5 {
            let mut raw = door.connect(client_id).await;
            let wrong = |id| order(id, |order| order.order_type = change.to_owned());
            let wrong = |id| if change == "LMT" { resting(id) } else { wrong(id) };
            let bytes: Vec<u8> = (1..=200).flat_map(|id| raw.encoded(&wrong(id))).collect();
            raw.bytes(&bytes).await;
            let mut waiting: BTreeSet<i32> = (1..=200).collect();
            while !waiting.is_empty() {
                if let Some(Response::Error { request_id, code: 201, .. }) = raw.hear().await {
                    refused += i32::from(waiting.remove(&request_id));
                }
            }
        }
        assert_eq!(refused, 1_000);
    }
    let records =
        world.recorded(|event| matches!(event, Event::Order(OrderEvent::Refused { .. } | OrderEvent::Declined { .. })));
    assert!(records < 200, "{records} records");
}
