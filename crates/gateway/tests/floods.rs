//! Floods: nothing that was asked is lost, nothing grows without bound, nothing untrue is told.

use crate::ends::stall;
use crate::world::{World, order, resting};
use rust_decimal::Decimal;
use tws::{Request, Response};

/// More than one program may have waiting for the journal.
const MANY: i32 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_whose_orders_wait_for_the_journal_loses_no_message() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let release = stall(&world);
    // Declined ones and cancels, which are not limited by the message rate.
    let wrong = |id| order(id, |order| order.order_type = "MOC".to_owned());
    let mut bytes: Vec<u8> = (1..=190).flat_map(|id| raw.encoded(&wrong(id))).collect();
    for id in 191..=MANY {
        bytes.extend(raw.encoded(&Request::CancelOrder { order_id: id, manual_time: String::new() }));
    }
    raw.bytes(&bytes).await;
    world.until(|world| format!("{:?}", world.node.commit()).contains("190")).await;
    drop(release);
    let mut missing: std::collections::BTreeSet<i32> = (1..=MANY).collect();
    while !missing.is_empty() {
        if let Some(Response::Error { request_id, .. }) = raw.hear().await {
            missing.remove(&request_id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_beyond_the_rate_does_not_read_as_the_end_of_the_order() {
    let (_world, door) = World::trading().await;
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
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let bytes: Vec<u8> = (0..400).flat_map(|_| raw.encoded(&Request::ReqCurrentTime)).collect();
    raw.bytes(&[bytes, raw.encoded(&resting(7))].concat()).await;
    let (code, text) = raw.refusal(7).await;
    assert!(code == 201 && text.contains("message_flood"), "{code} {text}");
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
