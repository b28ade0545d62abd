//! `/v1/credentials` and what hangs below it.

use crate::world::{ACCOUNT, World, refused};
use api::{AfterChange, Closed};
use kernel::actor::Actor;
use kernel::digest::Digest;
use serde_json::{Value, json};
use service::credential::{self, Wanted};
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_new_credential_has_its_listener_when_the_answer_comes() {
    let world = World::new().await;
    world.trader("bot", json!({ "day_count": 9 })).await;
    assert_eq!(world.synced.load(Ordering::SeqCst), 1);
    let (status, shown) = world.get("/v1/credentials/bot").await;
    assert_eq!(status, 200);
    assert_eq!(shown["accounts"], json!([ACCOUNT]));
    assert_eq!(shown["instruments"], json!(["stock"]));
    assert_eq!(shown["scopes"], json!(["account:read", "market:read", "order:submit", "order:cancel"]));
    assert_eq!(shown["limits"], json!({ "order_value": "100000", "day_value": "1000000", "day_count": 9 }));
    assert_eq!(
        (&shown["state"], &shown["kill"], &shown["allow"]),
        (&json!("active"), &json!(false), &json!(["market"]))
    );
    assert_eq!(shown["used"], json!({ "day_value": "0", "day_count": 0 }));
    let port: u16 = shown["listen"].as_str().unwrap().strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!(port >= 4_102);
    let (_, all) = world.get("/v1/credentials").await;
    assert_eq!(all, json!([shown]));
    let (_, by_id) = world.get(&format!("/v1/credentials/{}", shown["id"].as_str().unwrap())).await;
    assert_eq!(by_id, shown);
}

#[tokio::test]
async fn a_trading_credential_without_an_expiry_lives_ninety_days_less_a_minute() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    let (lives, now) = world.actor.read(|state| {
        let credential = &state.customer.credentials[0];
        (credential.expires_at.unwrap(), credential.created_at)
    });
    assert_eq!(lives.since(now), 90 * 86_400_000 - 60_000);
    let (status, made) = world.post("/v1/credentials", json!({ "name": "reader" })).await;
    assert_eq!(
        (status, &made["expires_at"], &made["scopes"]),
        (201, &Value::Null, &json!(["account:read", "market:read"]))
    );
}

#[tokio::test]
async fn a_secret_is_shown_once_and_only_its_hash_is_kept() {
    let world = World::new().await;
    let (_, made) = world.post("/v1/credentials", json!({ "name": "reader", "secret": true })).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert_eq!((secret.len(), &made["needs_secret"]), (64, &json!(true)));
    let kept = world.actor.read(|state| state.customer.credentials[0].secrets.clone());
    assert_eq!(kept[0].sha256, Digest::of(&[secret.as_bytes()]));
    let (_, rotated) = world.post("/v1/credentials/reader/rotate", Value::Null).await;
    assert_ne!(rotated["secret"], made["secret"]);
    assert_eq!(world.actor.read(|state| state.customer.credentials[0].secrets.len()), 2);
    let (_, shown) = world.get("/v1/credentials/reader").await;
    let (_, told) = world.get("/v1/journal/tail?from=0").await;
    assert!(shown.get("secret").is_none() && !told.to_string().contains(&secret));
}

#[tokio::test]
async fn a_credential_that_nobody_can_reach_is_taken_back() {
    let world = World::new().await;
    world.no_listener.store(true, Ordering::SeqCst);
    refused(&world.post("/v1/credentials", json!({ "name": "reader" })).await, 409, "listener_taken");
    let (_, shown) = world.get("/v1/credentials/reader").await;
    assert_eq!(shown["state"], "revoked");
}

/// Two gates of one machine that look at the same moment would find the same one.
#[tokio::test]
async fn nobody_takes_a_port_between_the_look_and_the_opening() {
    let world = World::new().await;
    let bind = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port));
    let after: AfterChange = Box::new(move |actor| {
        let port = actor.read(|state| state.customer.credentials[0].port);
        assert!(bind(port).is_err(), "it is kept");
        assert!(service::ports::open(port).is_ok(), "for whoever opens its listener");
        Box::pin(async { Closed::new() })
    });
    let wanted = Wanted { name: "reader".to_owned(), ..Wanted::default() };
    credential::create(&world.actor, Actor::House, &wanted, 0, &after).await.unwrap();
}

#[tokio::test]
async fn the_status_tells_which_listeners_are_not_up_and_why() {
    let world = World::new().await;
    let (_, made) = world.post("/v1/credentials", json!({ "name": "reader" })).await;
    let (_, shown) = world.get("/v1/status").await;
    assert_eq!(shown["closed_listeners"], json!([]));
    world.no_listener.store(true, Ordering::SeqCst);
    let (_, shown) = world.get("/v1/status").await;
    let told = json!([{ "credential": "reader", "listen": made["listen"], "why": "taken" }]);
    assert_eq!(shown["closed_listeners"], told);
}

#[tokio::test]
async fn a_port_of_another_program_or_credential_is_refused() {
    let world = World::new().await;
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = other.local_addr().unwrap().to_string();
    refused(&world.post("/v1/credentials", json!({ "name": "a", "listen": listen })).await, 409, "listener_taken");
    drop(other);
    let (status, made) = world.post("/v1/credentials", json!({ "name": "a", "listen": listen })).await;
    assert_eq!((status, made["listen"].as_str()), (201, Some(listen.as_str())));
    refused(&world.post("/v1/credentials", json!({ "name": "b", "listen": listen })).await, 409, "listener_taken");
    for listen in ["0.0.0.0:4200", "192.0.2.1:4200", "127.0.0.1:0", "0", "here", "65536"] {
        let answer = world.post("/v1/credentials", json!({ "name": "b", "listen": listen })).await;
        refused(&answer, 400, "request_malformed");
    }
}

#[tokio::test]
async fn what_a_trading_credential_must_state_is_asked_for_by_name() {
    let world = World::new().await;
    let whole = json!({
        "name": "bot", "accounts": [ACCOUNT], "instruments": ["stock"], "scopes": ["order:submit"],
        "limits": { "order_value": "1", "day_value": "1" },
    });
    for (member, value, status, code) in [
        ("accounts", json!([]), 409, "trading_needs_accounts"),
        ("accounts", json!(["DU9"]), 404, "account_not_found"),
        ("instruments", json!([]), 409, "trading_needs_instruments"),
        ("instruments", json!(["bonds"]), 400, "request_malformed"),
        ("limits", json!({ "order_value": "1" }), 409, "trading_needs_limits"),
        ("limits", json!({ "order_value": 1.5 }), 400, "request_malformed"),
        ("limits", json!({ "gearing": "1" }), 400, "request_malformed"),
        ("scopes", json!(["order:all"]), 400, "request_malformed"),
        ("allow", json!(["everything"]), 400, "request_malformed"),
        ("expires_at", json!("2099-01-01T00:00:00Z"), 409, "expiry_too_far"),
        ("expires_at", json!("tomorrow"), 400, "request_malformed"),
        ("name", json!("a b"), 422, "credential_name_malformed"),
    ] {
        let mut body = whole.clone();
        body[member] = value;
        refused(&world.post("/v1/credentials", body).await, status, code);
    }
    assert_eq!(world.post("/v1/credentials", whole.clone()).await.0, 201);
    refused(&world.post("/v1/credentials", whole).await, 409, "credential_name_taken");
}

#[tokio::test]
async fn what_is_revoked_never_comes_alive_again() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    for (verb, state) in [("suspend", "suspended"), ("resume", "active"), ("revoke", "revoked")] {
        let (status, shown) = world.post(&format!("/v1/credentials/bot/{verb}"), Value::Null).await;
        assert_eq!((status, shown["state"].as_str()), (200, Some(state)));
    }
    for verb in ["suspend", "resume", "revoke", "rotate"] {
        refused(&world.post(&format!("/v1/credentials/bot/{verb}"), Value::Null).await, 409, "credential_revoked");
    }
    refused(&world.get("/v1/credentials/Bot").await, 404, "credential_not_found");
    world.trader("bot", json!({})).await;
    assert_eq!(world.get("/v1/credentials/bot").await.1["state"], "active");
}

#[tokio::test]
async fn one_whose_time_is_over_is_shown_as_expired() {
    let world = World::new().await;
    world.trader("bot", json!({})).await;
    world.clock.advance_ms(90 * 86_400_000 - 60_000);
    assert_eq!(world.get("/v1/credentials/bot").await.1["state"], "expired");
}

#[tokio::test]
async fn who_suspends_or_revokes_is_told_what_is_still_open_and_how_it_is_cancelled() {
    let world = World::new().await;
    let bot = world.trader("bot", json!({})).await;
    let other = world.trader("other", json!({})).await;
    let (_, shown) = world.post("/v1/credentials/bot/suspend", Value::Null).await;
    assert_eq!((&shown["open_orders"], shown.get("cancel_with")), (&json!(0), None));
    world.post("/v1/credentials/bot/resume", Value::Null).await;
    world.place(bot, 1, "1", true).await.unwrap();
    world.place(bot, 2, "2", true).await.unwrap();
    world.place(other, 1, "3", true).await.unwrap();
    for verb in ["suspend", "revoke"] {
        let (_, shown) = world.post(&format!("/v1/credentials/bot/{verb}"), Value::Null).await;
        assert_eq!(
            (&shown["open_orders"], &shown["cancel_with"]),
            (&json!(2), &json!("portreeve kill --credential bot"))
        );
    }
    let kill = json!({ "level": "credential", "target": "bot" });
    assert_eq!(world.post("/v1/kill", kill).await, (200, json!({ "engaged": true, "durable": true })));
    let left = world.actor.read(|state| state.book.orders.values().filter(|order| !order.cancel_requested).count());
    assert_eq!(left, 1, "the other's");
}

#[tokio::test]
async fn what_a_credential_used_at_most_is_told_with_limits_that_have_room_for_twice() {
    let world = World::new().await;
    let day = |days: i64| world.clock.advance_ms(days * 86_400_000);
    let id = world.trader("bot", json!({ "order_quantity": "30" })).await;
    let mut other = world.trader("other", json!({})).await;
    // Long ago, and another's: neither counts.
    world.place(id, 1, "29", true).await.unwrap();
    world.place(other, 1, "25", true).await.unwrap();
    assert_eq!(world.post("/v1/kill", json!({ "level": "credential", "target": "bot" })).await.0, 200);
    assert_eq!(world.post("/v1/release", json!({ "level": "credential", "target": "bot" })).await.0, 200);
    day(20);
    other = world.trader("third", json!({})).await;
    world.place(other, 1, "25", true).await.unwrap();
    for (number, quantity) in [(2, "10"), (3, "20")] {
        world.place(id, number, quantity, true).await.unwrap();
    }
    day(1);
    world.place(id, 4, "5", true).await.unwrap();
    world.place(id, 5, "31", true).await.unwrap_err();
    let mut open: Vec<f64> = world.actor.read(|state| {
        let own = state.book.orders.values().filter(|order| order.credential == id);
        own.map(|order| order.charge.value.to_string().parse().unwrap()).collect()
    });
    // Of 5, 10 and 20 shares.
    open.sort_by(f64::total_cmp);
    let (status, told) = world.get("/v1/credentials/bot/usage?days=10").await;
    assert_eq!(status, 200, "{told}");
    assert_eq!((&told["orders"], &told["instruments"]), (&json!(3), &json!(["AAPL/USD"])));
    let most = |name: &str| told["most"][name].as_str().unwrap().parse::<f64>().unwrap();
    assert_eq!(told["most"]["order_quantity"], "20");
    assert_eq!(most("order_value"), open[2], "{open:?}");
    assert!((most("open_value") - open.iter().sum::<f64>()).abs() < 1e-6, "{open:?} {told}");
    assert!((most("day_value") - open[1] - open[2]).abs() < 1e-6, "{told}");
    assert_eq!((&told["most"]["day_count"], &told["most"]["open_orders"]), (&json!(2), &json!(3)));
    assert_eq!((&told["most"]["orders_per_second"], &told["twice"]["orders_per_second"]), (&json!(2), &json!(4)));
    assert_eq!((&told["twice"]["order_quantity"], &told["twice"]["open_orders"]), (&json!("40"), &json!(6)));
    let twice = told["twice"]["order_value"].as_str().unwrap();
    assert!(twice.parse::<f64>().unwrap() >= 2.0 * open[2] && twice.trim_end_matches('0').len() <= 2, "{twice}");
    assert_eq!((&told["refused"]["order_quantity"]["times"], &told["would_refuse"]), (&json!(1), &json!({})));
    // What is filled is not open any more.
    world.place(id, 6, "1", false).await.unwrap();
    crate::world::until(async || world.open().len() == 5).await;
    world.place(id, 7, "6", true).await.unwrap();
    let (_, told) = world.get("/v1/credentials/bot/usage?days=10").await;
    assert_eq!((&told["most"]["open_orders"], &told["most"]["repeated_fills"]), (&json!(4), &json!(1)), "{told}");
    assert_eq!(told["twice"]["repeated_fills"], 3, "the fill that reaches it disarms: two fit below three");
    let (_, today) = world.get("/v1/credentials/bot/usage?days=1").await;
    assert_eq!((&today["orders"], &today["most"]["order_quantity"]), (&json!(3), &json!("6")));
    for wrong in ["0", "91", "-1", "x"] {
        refused(&world.get(&format!("/v1/credentials/bot/usage?days={wrong}")).await, 400, "request_malformed");
    }
    refused(&world.get("/v1/credentials/nobody/usage").await, 404, "credential_not_found");
}
