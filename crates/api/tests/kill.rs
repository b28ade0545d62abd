//! `/v1/kill` and `/v1/release`.

use crate::world::{ACCOUNT, World, refused, until};
use serde_json::{Value, json};
use store::{Fault, StoreError};

fn levels() -> [Value; 4] {
    [
        json!({ "level": "credential", "target": "bot" }),
        json!({ "level": "account", "target": ACCOUNT }),
        json!({ "level": "customer" }),
        json!({ "level": "firm" }),
    ]
}

#[tokio::test]
async fn every_level_stops_the_next_order_until_it_is_released() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    for (number, level) in (1..).zip(levels()) {
        assert_eq!(world.post("/v1/kill", level.clone()).await, (200, json!({ "engaged": true, "durable": true })));
        assert_eq!(world.get("/v1/credentials/bot").await.1["kill"], true);
        let stopped = world.place(bot, number, "1", true).await;
        assert_eq!(stopped.unwrap_err().code(), "kill_switch_engaged");
        assert_eq!(
            world.post("/v1/release", level.clone()).await,
            (200, json!({ "released": true, "rearmed": false }))
        );
        refused(&world.post("/v1/release", level).await, 409, "kill_switch_not_engaged");
    }
    assert_eq!(world.get("/v1/credentials/bot").await.1["kill"], false);
    world.place(bot, 9, "1", true).await.unwrap();
}

#[tokio::test]
async fn open_orders_are_cancelled() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.place(bot, 1, "1", true).await.unwrap();
    world.post("/v1/kill", json!({ "level": "credential", "target": "bot", "all": true })).await;
    until(async || world.open().is_empty()).await;
}

#[tokio::test]
async fn a_kill_that_cannot_be_recorded_acts_and_says_so() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    world.store.fail_next(Fault::Before(StoreError::ReadOnly));
    let killed = world.post("/v1/kill", json!({ "level": "customer" })).await;
    assert_eq!(killed, (200, json!({ "engaged": true, "durable": false })));
    let stopped = world.place(bot, 1, "1", true).await;
    assert_eq!(stopped.unwrap_err().code(), "kill_switch_engaged");
}

#[tokio::test]
async fn a_release_also_arms_what_repeated_execution_disarmed() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({ "repeated_fills": 1 })).await;
    world.place(bot, 1, "1", false).await.unwrap();
    until(async || world.get("/v1/credentials/bot").await.1["disarmed"] == true).await;
    assert_eq!(world.place(bot, 2, "2", false).await.unwrap_err().code(), "repeated_execution");
    let released = world.post("/v1/release", json!({ "level": "credential", "target": "bot" })).await;
    assert_eq!(released, (200, json!({ "released": false, "rearmed": true })));
    world.place(bot, 3, "3", false).await.unwrap();
}

#[tokio::test]
async fn a_level_without_its_target_or_with_a_wrong_one_engages_nothing() {
    let world = World::new().await;
    for (body, status, code) in [
        (json!({ "level": "credential" }), 400, "request_malformed"),
        (json!({ "level": "firm", "target": "x" }), 400, "request_malformed"),
        (json!({ "level": "user" }), 400, "request_malformed"),
        (json!({ "level": "credential", "target": "nobody" }), 404, "credential_not_found"),
        (json!({ "level": "account", "target": "DU9" }), 404, "account_not_found"),
    ] {
        refused(&world.post("/v1/kill", body.clone()).await, status, code);
        refused(&world.post("/v1/release", body).await, status, code);
    }
    assert!(world.actor.read(|state| state.customer.kills.is_empty() && state.firm.kills.is_empty()));
}
