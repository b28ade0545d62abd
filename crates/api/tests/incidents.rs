//! `/v1/incidents`.

use crate::world::{World, refused, until};
use serde_json::json;
use store::{Fault, StoreError};

#[tokio::test]
async fn an_incident_of_a_credential_stops_it_cancels_its_orders_and_is_listed_until_it_is_closed_and_after() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.place(bot, 1, "1", true).await.unwrap();
    let (status, opened) = world.post("/v1/incidents", json!({ "credential": "bot" })).await;
    assert_eq!((status, &opened["durable"]), (200, &json!(true)));
    until(async || world.open().is_empty()).await;
    assert_eq!(world.get("/v1/credentials/bot").await.1["state"], "suspended");
    assert_eq!(world.place(bot, 2, "1", true).await.unwrap_err().code(), "credential_suspended");
    let again = world.post("/v1/incidents", json!({ "credential": "bot" })).await.1;
    assert_eq!(again["id"], opened["id"], "one suspect, one incident");
    let listed = world.get("/v1/incidents").await.1;
    assert_eq!(
        (listed[0]["id"].clone(), &listed[0]["suspect"], listed.as_array().unwrap().len()),
        (opened["id"].clone(), &json!("bot"), 1)
    );
    let path = format!("/v1/incidents/{}/close", opened["id"].as_str().unwrap());
    assert_eq!(world.post(&path, json!(null)).await, (200, json!({ "closed": true })));
    refused(&world.post(&path, json!(null)).await, 409, "incident_not_open");
    assert!(world.get("/v1/incidents").await.1[0]["closed_at"].is_string());
    // Closing released nothing.
    assert_eq!(world.get("/v1/credentials/bot").await.1["kill"], true);
}

#[tokio::test]
async fn what_nobody_can_be_suspected_of_opens_none() {
    let world = World::new().await;
    for (body, status, code) in [
        (json!({}), 400, "request_malformed"),
        (json!({ "credential": "nobody" }), 404, "credential_not_found"),
        (json!({ "user": "x" }), 400, "request_malformed"),
    ] {
        refused(&world.post("/v1/incidents", body).await, status, code);
    }
    refused(&world.post("/v1/incidents/x/close", json!(null)).await, 400, "request_malformed");
    assert_eq!(world.get("/v1/incidents").await.1, json!([]));
    assert_eq!(world.get("/v1/alerts").await.1, json!([]));
}

#[tokio::test]
async fn one_that_cannot_be_recorded_stops_orders_all_the_same_and_says_so() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.store.fail_next(Fault::Before(StoreError::ReadOnly));
    let opened = world.post("/v1/incidents", json!({ "credential": "bot" })).await;
    assert_eq!(opened, (200, json!({ "id": null, "durable": false })));
    assert_eq!(world.place(bot, 1, "1", true).await.unwrap_err().code(), "kill_switch_engaged");
}
