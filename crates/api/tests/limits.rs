//! `/v1/credentials/{name}/limits`.

use crate::world::{World, refused};
use serde_json::json;

#[tokio::test]
async fn one_limit_changes_and_the_others_stay() {
    let world = World::new().await;
    world.trader("bot", json!({ "day_count": 9 })).await;
    let changed = world.ask("PATCH", "/v1/credentials/bot/limits", r#"{"order_value":"5.5","day_count":null}"#).await;
    let wanted = json!({ "order_value": "5.5", "day_value": "1000000" });
    assert_eq!(changed, (200, wanted.clone()));
    assert_eq!(world.get("/v1/credentials/bot/limits").await, (200, wanted));
}

#[tokio::test]
async fn limits_are_replaced_as_a_whole() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    let replaced = world.ask("PUT", "/v1/credentials/bot/limits", r#"{"order_value":"7"}"#).await;
    assert_eq!(replaced, (200, json!({ "order_value": "7" })));
}

#[tokio::test]
async fn what_is_no_limit_changes_nothing() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    let before = world.get("/v1/credentials/bot/limits").await;
    for body in [r#"{"leverage":"2"}"#, r#"{"order_value":1e308}"#, r#"{"day_count":-1}"#, r#"{"order_value":"NaN"}"#] {
        for method in ["PUT", "PATCH"] {
            refused(&world.ask(method, "/v1/credentials/bot/limits", body).await, 400, "request_malformed");
        }
    }
    assert_eq!(world.get("/v1/credentials/bot/limits").await, before);
    refused(&world.get("/v1/credentials/none/limits").await, 404, "credential_not_found");
}
