//! `/v1/orders` and `/v1/diagnose`.

use crate::world::{World, refused, until};
use serde_json::{Value, json};
use service::No;
use store::{Fault, StoreError};

#[tokio::test]
async fn an_open_order_is_listed_shown_and_cancelled() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.place(bot, 1, "10", true).await.unwrap();
    let id = world.open()[0].to_string();
    let (status, all) = world.get("/v1/orders").await;
    let one = &all[0];
    assert_eq!((status, one["id"].as_str()), (200, Some(id.as_str())));
    assert_eq!((&one["credential"], &one["side"], &one["order_qty"]), (&json!("bot"), &json!("buy"), &json!("10")));
    assert_eq!((&one["ord_type"], &one["client_id"], &one["order_id"]), (&json!("limit"), &json!(1), &json!(1)));
    assert_eq!(world.get(&format!("/v1/orders/{id}")).await.1["id"], one["id"]);
    let cancelled = world.post(&format!("/v1/orders/{id}/cancel"), Value::Null).await;
    assert_eq!(cancelled, (200, json!({ "id": id, "cancel_requested": true, "durable": true })));
    until(async || world.open().is_empty()).await;
    assert_eq!(world.get("/v1/orders").await.1, json!([]));
    assert_eq!(world.get("/v1/orders?all=true").await.1[0]["status"], "cancelled");
    refused(&world.post(&format!("/v1/orders/{id}/cancel"), Value::Null).await, 409, "order_not_open");
}

#[tokio::test]
async fn a_cancel_that_cannot_be_recorded_goes_out_and_says_so() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.place(bot, 1, "10", true).await.unwrap();
    let id = world.open()[0];
    until(async || world.get(&format!("/v1/orders/{id}")).await.1["status"] == "acknowledged").await;
    world.store.fail_next(Fault::Before(StoreError::ReadOnly));
    let cancelled = world.post(&format!("/v1/orders/{id}/cancel"), Value::Null).await;
    assert_eq!(cancelled.1, json!({ "id": id.to_string(), "cancel_requested": true, "durable": false }));
    until(async || world.open().is_empty()).await;
}

#[tokio::test]
async fn an_order_of_days_ago_is_found_in_the_journal() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.place(bot, 1, "1", false).await.unwrap();
    let id = world.open().first().map(ToString::to_string);
    until(async || world.open().is_empty()).await;
    let (_, all) = world.get("/v1/orders?all=true").await;
    let id = id.unwrap_or_else(|| all[0]["id"].as_str().unwrap().to_owned());
    assert_eq!(all[0]["status"], "filled");
    world.clock.advance_ms(3 * 86_400_000);
    world.place(bot, 2, "2", false).await.unwrap();
    let (status, old) = world.get(&format!("/v1/orders/{id}")).await;
    assert_eq!((status, &old["status"], &old["symbol"]), (200, &json!("filled"), &json!("AAPL")));
}

#[tokio::test]
async fn an_order_that_is_none_is_refused() {
    let world = World::new().await;
    for id in ["x", "ord_00000000000000000000000000"] {
        refused(&world.get(&format!("/v1/orders/{id}")).await, 409, "order_not_open");
        refused(&world.post(&format!("/v1/orders/{id}/cancel"), Value::Null).await, 409, "order_not_open");
    }
}

#[tokio::test]
async fn a_refused_order_is_told_in_plain_words_by_its_correlation_id() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({ "order_value": "100" })).await;
    let Err(No::Refused { correlation, .. }) = world.place(bot, 1, "10", true).await else {
        panic!("it was not refused")
    };
    let (status, story) = world.get(&format!("/v1/diagnose/{correlation}")).await;
    assert_eq!((status, &story["kind"]), (200, &json!("correlation")));
    let text = story["events"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("asked to buy 10 AAPL") && text.contains("(guard/order_value)"), "{text}");
    assert!(text.contains("above the limit of 100"), "{text}");
}

#[tokio::test]
async fn the_story_of_an_order_goes_from_its_admission_to_its_end() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.place(bot, 1, "1", false).await.unwrap();
    until(async || world.open().is_empty()).await;
    let (_, all) = world.get("/v1/orders?all=true").await;
    let (_, story) = world.get(&format!("/v1/diagnose/{}", all[0]["id"].as_str().unwrap())).await;
    let tags: Vec<&str> = story["events"].as_array().unwrap().iter().map(|one| one["tag"].as_str().unwrap()).collect();
    assert_eq!(tags[..3], ["order.admitted", "order.acknowledged", "order.filled"]);
    let (_, of_bot) = world.get("/v1/diagnose/bot").await;
    assert_eq!((&of_bot["kind"], &of_bot["events"][0]["tag"]), (&json!("credential"), &json!("credential.created")));
    refused(&world.get("/v1/diagnose/nothing").await, 404, "nothing_recorded");
    refused(&world.get("/v1/diagnose/cor_00000000000000000000000000").await, 404, "nothing_recorded");
}
