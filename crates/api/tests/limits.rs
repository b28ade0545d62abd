//! `/v1/credentials/{name}/limits` and `/v1/accounts/{number}/limits`.

use crate::world::{ACCOUNT, World, refused};
use serde_json::json;
use service::No;

#[tokio::test]
async fn one_limit_changes_and_the_others_stay() {
    let world = World::new().await;
    world.trader("bot", json!({ "day_count": 9 })).await;
    let changed = world.ask("PATCH", "/v1/credentials/bot/limits", r#"{"order_value":"5.5","day_count":null}"#).await;
    let wanted = json!({ "order_value": "5.5", "day_value": "1000000" });
    assert_eq!(changed, (200, wanted.clone()));
    assert_eq!(world.get("/v1/credentials/bot/limits").await, (200, wanted));
}

/// Two programs that read the same limits and change them: the second is told, and nothing of it is done.
#[tokio::test]
async fn whoever_says_what_they_read_changes_nothing_where_it_says_something_else_now() {
    let world = World::new().await;
    world.trader("bot", json!({ "day_count": 9 })).await;
    let path = "/v1/credentials/bot/limits";
    let (_, read, _) = world.ask_of("GET", path, "", "*").await;
    let (status, now, _) = world.ask_of("PATCH", path, r#"{"day_count":8}"#, &read).await;
    assert!(status == 200 && now != read && !read.is_empty(), "{status} {now} {read}");
    for method in ["PATCH", "PUT"] {
        let (status, _, told) = world.ask_of(method, path, r#"{"day_count":7}"#, &read).await;
        refused(&(status, told), 409, "changed_meanwhile");
    }
    assert_eq!(world.get(path).await.1["day_count"], 8);
    let (status, last, told) = world.ask_of("PATCH", path, r#"{"day_count":7}"#, &now).await;
    assert_eq!((status, &told["day_count"]), (200, &json!(7)));
    assert_eq!(world.ask_of("GET", path, "", "*").await.1, last);
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
    for body in [r#"{"gearing":"2"}"#, r#"{"order_value":1e308}"#, r#"{"day_count":-1}"#, r#"{"order_value":"NaN"}"#] {
        for method in ["PUT", "PATCH"] {
            refused(&world.ask(method, "/v1/credentials/bot/limits", body).await, 400, "request_malformed");
        }
    }
    assert_eq!(world.get("/v1/credentials/bot/limits").await, before);
    refused(&world.get("/v1/credentials/none/limits").await, 404, "credential_not_found");
}

#[tokio::test]
async fn an_accounts_limits_bind_every_credential_on_it() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    let limits = format!("/v1/accounts/{ACCOUNT}/limits");
    assert_eq!(world.get(&limits).await, (200, json!({})));
    let set = world.ask("PATCH", &limits, r#"{"order_value":"1000","day_count":9}"#).await;
    assert_eq!(set, (200, json!({ "order_value": "1000", "day_count": 9 })));
    let no = world.place(bot, 1, "10", true).await.unwrap_err();
    assert!(matches!(no, No::Refused { refusal, .. } if refusal.code() == "order_value"));
    assert_eq!(world.ask("PUT", &limits, r#"{"day_count":9}"#).await, (200, json!({ "day_count": 9 })));
    assert!(world.place(bot, 2, "10", true).await.is_ok());
    // What the credential itself states is another matter.
    assert!(world.get("/v1/credentials/bot/limits").await.1.get("day_count").is_none());
    let (_, told) = world.get("/v1/journal/tail?from=0").await;
    let set = told.as_array().unwrap().iter().find(|event| event["tag"] == "account.limits_set").unwrap();
    let text = format!("limits of account {ACCOUNT} were set: day count 9, order value 1,000");
    assert_eq!(set["text"], text);
}

#[tokio::test]
async fn limits_of_an_account_that_is_none_are_refused() {
    let world = World::new().await;
    let limits = "/v1/accounts/DU9/limits";
    refused(&world.get(limits).await, 404, "account_not_found");
    refused(&world.ask("PATCH", limits, r#"{"day_count":9}"#).await, 404, "account_not_found");
    let own = format!("/v1/accounts/{ACCOUNT}/limits");
    refused(&world.ask("PATCH", &own, r#"{"day_count":-9}"#).await, 400, "request_malformed");
    assert_eq!(world.get(&own).await, (200, json!({})));
}

#[tokio::test]
async fn of_two_changes_at_once_neither_is_lost() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    for round in 1..=20_u32 {
        let value = json!({ "order_value": round.to_string() }).to_string();
        let count = json!({ "day_count": round }).to_string();
        let path = "/v1/credentials/bot/limits";
        tokio::join!(world.ask("PATCH", path, &value), world.ask("PATCH", path, &count));
        let wanted = json!({ "order_value": round.to_string(), "day_value": "1000000", "day_count": round });
        assert_eq!(world.get(path).await, (200, wanted));
    }
}
