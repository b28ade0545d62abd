//! Spans at a collector that reads them by the messages that OpenTelemetry publishes.

use crate::receiver::{Certificate, Receiver};
use notify::otlp::{Kind, Span, Value, encode};
use notify::{Collector, CollectorSettings, NotSent};
use serde_json::json;

fn collector(endpoint: String, ca: Option<&str>) -> Collector {
    Collector::open(&CollectorSettings { endpoint, ca: ca.map(Into::into) }).unwrap()
}

fn spans() -> Vec<Span> {
    let order = Span {
        trace: 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10,
        id: 0x1112_1314_1516_1718,
        parent: None,
        name: "order",
        kind: Kind::Server,
        start: 1_795_000_000_000_000_000,
        end: u64::MAX,
        said: vec![
            ("portreeve.outcome", Value::Text("refused \u{201c}é\u{201d}".to_owned())),
            ("portreeve.tries", Value::Whole(i64::MIN)),
            ("portreeve.empty", Value::Text(String::new())),
            ("portreeve.nought", Value::Whole(0)),
        ],
        failed: true,
    };
    let step = |id, name, kind| Span {
        id,
        parent: Some(order.id),
        name,
        kind,
        end: order.start + 1,
        said: Vec::new(),
        failed: false,
        ..order.clone()
    };
    vec![step(1, "decide", Kind::Internal), step(u64::MAX, "send", Kind::Client), order]
}

#[tokio::test]
async fn what_is_sent_is_read_by_the_published_messages_to_the_last_field() {
    let mut server = Receiver::start(&["collector"]);
    let collector = collector(format!("http://127.0.0.1:{}/v1/traces?a=1", server.port), None);
    collector.take(encode("portreeve", "1.2.3", &spans())).await.unwrap();
    let came = server.next();
    assert_eq!((&came["path"], &came["type"]), (&json!("/v1/traces?a=1"), &json!("application/x-protobuf")));
    assert_eq!((&came["unknown"], &came["scope"]), (&json!(false), &json!("portreeve")));
    assert_eq!(came["resource"], json!({ "service.name": "portreeve", "service.version": "1.2.3" }));
    let step = |id: &str, name: &str, kind: &str| {
        json!({
            "trace": "0102030405060708090a0b0c0d0e0f10", "span": id, "parent": "1112131415161718", "name": name,
            "kind": kind, "start": 1_795_000_000_000_000_000_u64, "end": 1_795_000_000_000_000_001_u64, "said": {},
            "status": "STATUS_CODE_UNSET",
        })
    };
    let order = json!({
        "trace": "0102030405060708090a0b0c0d0e0f10", "span": "1112131415161718", "parent": "", "name": "order",
        "kind": "SPAN_KIND_SERVER", "start": 1_795_000_000_000_000_000_u64, "end": u64::MAX,
        "said": {
            "portreeve.outcome": "refused \u{201c}é\u{201d}", "portreeve.tries": i64::MIN, "portreeve.empty": "",
            "portreeve.nought": 0,
        },
        "status": "STATUS_CODE_ERROR",
    });
    let decide = step("0000000000000001", "decide", "SPAN_KIND_INTERNAL");
    let send = step("ffffffffffffffff", "send", "SPAN_KIND_CLIENT");
    assert_eq!(came["spans"], json!([decide, send, order]));
}

#[tokio::test]
async fn what_may_be_tried_again_is_what_the_protocol_says() {
    for (status, again) in
        [(429, true), (502, true), (503, true), (504, true), (500, false), (400, false), (302, false)]
    {
        let server = Receiver::start(&["collector", "--busy", "1", "--status", &status.to_string()]);
        let collector = collector(format!("http://localhost:{}/", server.port), None);
        let first = collector.take(encode("portreeve", "1", &spans())).await;
        let told = format!("it answered {status}");
        assert_eq!(first, Err(if again { NotSent::Later(told) } else { NotSent::Never(told) }));
        collector.take(encode("portreeve", "1", &spans())).await.unwrap();
        drop(server);
        assert!(matches!(collector.take(Vec::new()).await, Err(NotSent::Later(_))), "nobody is there");
    }
}

#[tokio::test]
async fn with_tls_only_the_collector_that_was_meant_gets_them() {
    let own = Certificate::make("collector");
    let mut server = Receiver::start(&["collector", "--certificate", &own.certificate, "--key", &own.key]);
    let url = format!("https://localhost:{}/v1/traces", server.port);
    assert!(matches!(collector(url.clone(), None).take(Vec::new()).await, Err(NotSent::Later(_))));
    collector(url, Some(&own.certificate)).take(encode("portreeve", "1", &spans())).await.unwrap();
    assert_eq!(server.next()["status"], 200);
}

#[test]
fn an_endpoint_is_https_or_on_this_machine_and_holds_no_secret() {
    let settings = |endpoint: &str| CollectorSettings { endpoint: endpoint.to_owned(), ca: None };
    for good in ["http://127.0.0.1:4318/v1/traces", "http://[::1]:4318/", "https://otlp.example/v1/traces"] {
        assert!(settings(good).check().is_ok(), "{good}");
    }
    for wrong in
        ["", "127.0.0.1:4318", "http://otlp.example/v1/traces", "https://a:b@otlp.example/", "grpc://localhost/"]
    {
        assert!(settings(wrong).check().is_err(), "{wrong}");
    }
    let shown = collector("https://otlp.example/v1?token=1".to_owned(), None);
    assert_eq!(format!("{shown:?}"), "Collector { host: \"otlp.example\", .. }");
}
