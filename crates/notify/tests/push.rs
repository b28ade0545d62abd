//! Push, as a push service and a browser read it: decrypted, and its token verified, by libraries that are not ours.

use crate::receiver::{Certificate, NOW, Receiver, parcel};
use notify::{Carrier, NotSent, Parcel, Push, PushSettings, VapidKey};

struct Service {
    server: Receiver,
    own: Certificate,
    push: Push,
}

fn opened(port: u16, ca: Option<&str>) -> Push {
    let hosts = vec![format!("localhost:{port}")];
    let settings = PushSettings { contact: "mailto:ops@trade.example".into(), hosts, ca: ca.map(Into::into) };
    let push = Push::open(&settings).unwrap();
    push.sign_with(VapidKey::read(&VapidKey::generate().unwrap()).unwrap());
    push
}

impl Service {
    fn start(name: &str, busy: &str) -> Self {
        let own = Certificate::make(name);
        let server = Receiver::start(&["push", "--certificate", &own.certificate, "--key", &own.key, "--busy", busy]);
        let push = opened(server.port, Some(&own.certificate));
        Self { server, own, push }
    }

    fn browser(&self, path: &str) -> String {
        let endpoint = format!("https://localhost:{}{path}", self.server.port);
        let key = |name: &str| self.server.first[name].as_str().unwrap();
        self.push.subscription(&endpoint, key("p256dh"), key("auth")).unwrap().text().to_string()
    }
}

fn approval(nth: u32) -> Parcel {
    Parcel { kind: "approval".into(), until: Some(NOW.plus_ms(119_900)), ..parcel(nth) }
}

#[tokio::test]
async fn a_browser_reads_one_word_and_an_id_and_a_repeated_one_has_the_same_topic() {
    let mut service = Service::start("push", "0");
    let browser = service.browser("/secret");
    service.push.send(&browser, &approval(1), NOW).await.unwrap();
    service.push.send(&browser, &approval(1), NOW).await.unwrap();
    let security = Parcel { kind: "security".into(), ..parcel(2) };
    service.push.send(&browser, &security, NOW).await.unwrap();
    let (first, again, other) = (service.server.next(), service.server.next(), service.server.next());
    assert_eq!(first["said"], serde_json::json!({ "v": 1, "kind": "approval", "id": parcel(1).id }), "{first}");
    assert_eq!(other["said"]["kind"], "security");
    assert_eq!((&first["topic"], &first["said"]), (&again["topic"], &again["said"]));
    assert_ne!(first["topic"], other["topic"]);
    assert_ne!(first["body"], again["body"], "with a key of its own each time");
    assert_eq!(first["length"], other["length"], "its length says nothing");
    let vapid = &first["vapid"];
    assert_eq!(vapid["aud"], format!("https://localhost:{}", service.server.port));
    assert_eq!(vapid["sub"], "mailto:ops@trade.example");
    assert_eq!(vapid["exp"], NOW.0 / 1_000 + 12 * 3_600);
    assert_eq!(vapid["key"], service.push.public_key().unwrap());
    assert_eq!((&first["ttl"], &first["urgency"]), (&"119".into(), &"high".into()));
    assert_eq!((&other["ttl"], &first["content-encoding"]), (&"86400".into(), &"aes128gcm".into()));
}

#[tokio::test]
async fn what_is_busy_says_when_what_is_gone_is_gone_and_a_redirect_is_not_followed() {
    let mut service = Service::start("push-answers", "1");
    let (busy, gone) = (service.browser("/secret"), service.browser("/gone"));
    let put_off = service.push.send(&busy, &approval(1), NOW).await.unwrap_err();
    assert_eq!(put_off, NotSent::Wait { why: "localhost answered 429".into(), ms: 30_000 });
    service.push.send(&busy, &approval(1), NOW).await.unwrap();
    let over = service.push.send(&gone, &approval(1), NOW).await;
    assert_eq!(over, Err(NotSent::Gone("localhost answered 410".into())));
    let elsewhere = service.push.send(&service.browser("/elsewhere"), &approval(1), NOW).await;
    assert!(matches!(elsewhere, Err(NotSent::Later(_))), "{elsewhere:?}");
    let large = service.push.send(&service.browser("/large"), &approval(1), NOW).await;
    assert!(matches!(large, Err(NotSent::Never(_))), "{large:?}");
    let paths: Vec<_> = (0..5).map(|_| service.server.next()["path"].clone()).collect();
    assert_eq!(paths, ["/secret", "/secret", "/gone", "/elsewhere", "/large"]);
    let Service { server, push, own } = service;
    drop(server);
    let down = push.send(&busy, &approval(1), NOW).await.unwrap_err();
    assert!(matches!(&down, NotSent::Later(why) if !why.contains("secret")), "{down:?}");
    drop(own);
}

#[tokio::test]
async fn only_the_push_service_that_was_meant_and_is_still_allowed_gets_anything() {
    let mut service = Service::start("push-tls", "0");
    let browser = service.browser("/secret");
    let stranger = opened(service.server.port, None).send(&browser, &approval(1), NOW).await;
    assert!(matches!(stranger, Err(NotSent::Later(_))), "a certificate that nobody vouches for: {stranger:?}");
    let elsewhere = opened(9, Some(&service.own.certificate)).send(&browser, &approval(1), NOW).await;
    assert!(matches!(elsewhere, Err(NotSent::Never(_))), "its host is allowed no more: {elsewhere:?}");
    let unknown = service.push.send(&browser, &parcel(1), NOW).await;
    assert!(matches!(unknown, Err(NotSent::Never(_))), "what is not one of the words is not said: {unknown:?}");
    service.push.send(&browser, &approval(7), NOW).await.unwrap();
    assert_eq!(service.server.next()["said"]["id"], parcel(7).id, "and nothing else came");
}
