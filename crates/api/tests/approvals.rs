//! `/v1/approvals`: held orders and the answers to them.

use crate::world::{World, refused};
use kernel::id::CredentialId;
use serde_json::{Value, json};

async fn held(world: &World) -> (CredentialId, String) {
    let credential = world.trader("bot", json!({ "approve_above": "100" })).await;
    world.place(credential, 1, "10", true).await.unwrap();
    let (_, waiting) = world.get("/v1/approvals").await;
    (credential, waiting[0]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_held_order_is_shown_granted_and_goes_to_the_venue() {
    let world = World::new().await;
    let (_, id) = held(&world).await;
    let (_, shown) = world.get(&format!("/v1/approvals/{id}")).await;
    assert_eq!(
        (&shown["state"], &shown["credential"], &shown["symbol"]),
        (&json!("pending"), &json!("bot"), &json!("AAPL"))
    );
    assert!(shown["text"].as_str().unwrap().starts_with("buy 10 AAPL at "), "{shown}");
    assert_eq!(shown["request"].as_str().unwrap().len(), 64);
    let (status, answer) = world.post(&format!("/v1/approvals/{id}/grant"), Value::Null).await;
    assert_eq!((status, &answer["state"], &answer["order_status"]), (200, &json!("granted"), &json!("admitted")));
    assert!(answer["by"].as_str().unwrap().starts_with("local("));
    assert_eq!(world.get("/v1/approvals").await.1, json!([]));
    assert_eq!(world.get(&format!("/v1/approvals/{id}")).await.1["state"], "granted");
    refused(&world.post(&format!("/v1/approvals/{id}/grant"), Value::Null).await, 409, "approval_not_pending");
    assert_eq!(world.open().len(), 1);
}

#[tokio::test]
async fn a_refused_one_ends() {
    let world = World::new().await;
    let (_, id) = held(&world).await;
    let (status, answer) = world.post(&format!("/v1/approvals/{id}/refuse"), Value::Null).await;
    assert_eq!(
        (status, &answer["state"], &answer["order_status"]),
        (200, &json!("refused"), &json!("approval_refused"))
    );
    assert!(world.open().is_empty());
    let (_, shown) = world.get(&format!("/v1/approvals/{id}")).await;
    assert_eq!((&shown["state"], &shown["order_qty"]), (&json!("refused"), &json!("10")));
}

#[tokio::test]
async fn one_that_nobody_answered_in_time_cannot_be_answered_any_more() {
    let world = World::new().await;
    let (_, id) = held(&world).await;
    world.clock.advance_ms(120_000);
    assert_eq!(world.get("/v1/approvals").await.1, json!([]));
    refused(&world.post(&format!("/v1/approvals/{id}/grant"), Value::Null).await, 409, "approval_not_pending");
}

#[tokio::test]
async fn a_grant_is_decided_again_and_the_guards_no_is_the_answer() {
    let world = World::new().await;
    let (_, id) = held(&world).await;
    world.ask("PATCH", "/v1/credentials/bot/limits", r#"{"order_value":"100"}"#).await;
    let answer = world.post(&format!("/v1/approvals/{id}/grant"), Value::Null).await;
    refused(&answer, 409, "order_value");
    assert!(!answer.1["detail"].as_str().unwrap().contains('{'));
    assert!(world.open().is_empty());
}

#[tokio::test]
async fn an_id_that_is_none_is_refused() {
    let world = World::new().await;
    for id in ["x", "apr_00000000000000000000000000", "ord_00000000000000000000000000"] {
        refused(&world.get(&format!("/v1/approvals/{id}")).await, 409, "approval_not_pending");
        refused(&world.post(&format!("/v1/approvals/{id}/refuse"), Value::Null).await, 409, "approval_not_pending");
    }
}
