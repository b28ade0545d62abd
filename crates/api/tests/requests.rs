//! What every route refuses: what it cannot read, what is too large, what is not there.

use crate::world::{World, refused};
use serde_json::json;

#[tokio::test]
async fn a_body_with_an_unknown_field_is_refused() {
    let world = World::new().await;
    let answer = world.post("/v1/credentials", json!({ "name": "bot", "gearing": 3 })).await;
    refused(&answer, 400, "request_malformed");
    assert!(answer.1["detail"].as_str().unwrap().contains("gearing"));
    refused(&world.post("/v1/kill", json!({ "level": "firm", "hard": true })).await, 400, "request_malformed");
    refused(&world.get("/v1/orders?everything=true").await, 400, "request_malformed");
    assert!(world.actor.read(|state| state.customer.credentials.is_empty() && state.firm.kills.is_empty()));
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let world = World::new().await;
    for body in ["", "{", "[]", "{\"level\":\"world\"}", "\u{0}"] {
        refused(&world.ask("POST", "/v1/kill", body).await, 400, "request_malformed");
    }
}

/// A list of `null` would state no limit at all.
#[tokio::test]
async fn a_list_in_place_of_an_object_is_refused() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    let before = world.get("/v1/credentials/bot/limits").await;
    for body in ["[null, null]", "[]", "null", "\"1\""] {
        refused(&world.ask("PUT", "/v1/credentials/bot/limits", body).await, 400, "request_malformed");
    }
    refused(&world.post("/v1/credentials", json!({ "name": "b", "limits": ["1"] })).await, 400, "request_malformed");
    refused(&world.post("/v1/release", json!(["firm", null])).await, 400, "request_malformed");
    assert_eq!(world.get("/v1/credentials/bot/limits").await, before);
}

#[tokio::test]
async fn a_body_above_64_kib_is_refused() {
    let world = World::new().await;
    let body = |size: usize| format!("{{\"name\":\"{}\"}}", "x".repeat(size - 11));
    refused(&world.ask("POST", "/v1/credentials", &body(64 * 1024 + 1)).await, 413, "request_too_large");
    let fits = world.ask("POST", "/v1/credentials", &body(64 * 1024)).await;
    refused(&fits, 422, "credential_name_malformed");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let world = World::new().await;
    refused(&world.get("/v1/credential").await, 404, "route_not_found");
    refused(&world.get("/").await, 404, "route_not_found");
    refused(&world.ask("DELETE", "/v1/credentials", "").await, 405, "method_not_allowed");
    refused(&world.get("/v1/credentials/%FF").await, 400, "request_malformed");
}

#[tokio::test]
async fn the_status_shows_what_stands() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    world.post("/v1/kill", json!({ "level": "credential", "target": "bot" })).await;
    let (status, body) = world.get("/v1/status").await;
    assert_eq!(status, 200);
    assert_eq!(body["accounts"][0]["number"], "DU0000001");
    assert_eq!(body["kill_switches"][0]["target"], "bot");
    assert_eq!((&body["venue"], &body["venue_lost"]), (&json!("paper"), &json!(false)));
    assert_eq!(body["credentials"], 1);
}

#[test]
fn every_route_stands_in_the_docs() {
    let routes = include_str!("../src/routes.rs");
    let docs = include_str!("../../../docs/api.md");
    let described = include_str!("../openapi.yaml");
    let named: Vec<&str> = routes.split('"').filter(|text| text.starts_with("/v1/")).collect();
    assert!(named.len() > 20, "{named:?}");
    for route in named {
        assert!(docs.contains(&format!("`{route}`")), "{route} is not in docs/api.md");
        assert!(described.contains(&format!("\n  {route}:\n")), "{route} is not in openapi.yaml");
    }
}
