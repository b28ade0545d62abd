//! Webhooks, as the library of Standard Webhooks verifies them.

use crate::receiver::{Certificate, NOW, Receiver, parcel};
use notify::{Carrier, NotSent, SecretFrom, Webhook, WebhookSettings};
use std::ffi::OsString;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn hook(url: String, ca: Option<&str>) -> Webhook {
    let secret = SecretFrom::Env("HOOK".into());
    let settings = WebhookSettings { name: "ops".into(), url, secret, ca: ca.map(Into::into), fills: false };
    Webhook::open(&settings, |_| Some(OsString::from(SECRET))).unwrap()
}

#[tokio::test]
async fn a_notice_is_verified_by_the_standards_own_library_and_a_repeated_one_has_the_same_id() {
    let mut server = Receiver::start(&["webhook", "--secret", SECRET, "--busy", "1"]);
    let hook = hook(format!("http://127.0.0.1:{}/in?a=1", server.port), None);
    let busy = hook.send("", &parcel(1), server.now).await;
    assert_eq!(busy, Err(NotSent::Later("it answered 503".into())));
    hook.send("", &parcel(1), server.now).await.unwrap();
    hook.send("", &parcel(1), server.now).await.unwrap();
    let (busy, first, again) = (server.next(), server.next(), server.next());
    assert_eq!(first["path"], "/in?a=1");
    assert_eq!(first["event"]["type"], "sign_in");
    assert_eq!(first["event"]["timestamp"], "2026-11-18T11:05:40Z");
    assert_eq!(first["event"]["data"]["customer"], "cus_1");
    assert!([&busy, &first, &again].iter().all(|came| came["id"] == parcel(1).id));
    // One whose time is long past is not verified: it may be a copy.
    let stale = hook.send("", &parcel(2), NOW.plus_ms(-86_400_000)).await;
    assert_eq!(stale, Err(NotSent::Later("it answered 401".into())));
    assert!(server.next()["forged"].is_string());
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_gone_is_gone() {
    let mut server = Receiver::start(&["webhook", "--secret", SECRET]);
    let at = |path: &str| hook(format!("http://localhost:{}{path}", server.port), None);
    let (elsewhere, gone) = (at("/elsewhere"), at("/gone"));
    assert!(matches!(elsewhere.send("", &parcel(1), server.now).await, Err(NotSent::Later(_))));
    assert!(matches!(gone.send("", &parcel(1), server.now).await, Err(NotSent::Never(_))));
    assert_eq!([server.next(), server.next()].map(|came| came["path"].clone()), ["/elsewhere", "/gone"]);
    drop(server);
    assert!(matches!(gone.send("", &parcel(1), NOW).await, Err(NotSent::Later(_))));
}

#[tokio::test]
async fn with_tls_only_the_receiver_that_was_meant_gets_it() {
    let own = Certificate::make("hook");
    let mut server =
        Receiver::start(&["webhook", "--secret", SECRET, "--certificate", &own.certificate, "--key", &own.key]);
    let url = format!("https://localhost:{}/in", server.port);
    assert!(matches!(hook(url.clone(), None).send("", &parcel(1), server.now).await, Err(NotSent::Later(_))));
    hook(url, Some(&own.certificate)).send("", &parcel(1), server.now).await.unwrap();
    assert_eq!(server.next()["status"], 204);
}
