//! Traces of a real server at a collector that reads them by the messages that OpenTelemetry publishes; and orders that
//! go on while there is none.

use crate::metrics::get;
use crate::notices::Receiver;
use crate::served::{Home, PATIENCE, Served, portreeve, two_free_ports};
use crate::upstream::{Program, below};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

fn configured(home: &Home, port: u64, path: &str) -> String {
    home.file("traces.toml", &format!("[traces]\nendpoint = \"http://127.0.0.1:{port}{path}\"\n"))
}

/// The spans of the ways that were whole by then, by their names, until there are so many.
fn ways(collector: &mut Receiver, many: usize) -> Vec<(Value, BTreeMap<String, Value>)> {
    let (mut steps, mut whole) = (BTreeMap::<String, BTreeMap<String, Value>>::new(), Vec::new());
    while whole.len() < many {
        let came = collector.next();
        assert_eq!((&came["status"], &came["unknown"]), (&200.into(), &false.into()), "{came}");
        for span in came["spans"].as_array().unwrap() {
            let trace = span["trace"].as_str().unwrap().to_owned();
            let name = span["name"].as_str().unwrap().to_owned();
            if span["parent"] == "" {
                whole.push((span.clone(), steps.remove(&trace).unwrap_or_default()));
            } else {
                steps.entry(trace).or_default().insert(name, span.clone());
            }
        }
    }
    whole
}

fn of(port: u16, name: &str) -> u64 {
    let (_, _, body) = get(port, "/metrics");
    let line = body.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {body}"));
    line.trim().parse().unwrap()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

/// Asked to end, as a supervisor does.
fn end(served: Served) -> String {
    let ended = Command::new("kill").args(["-TERM", &served.process_id().to_string()]).status().unwrap();
    assert!(ended.success());
    served.ended()
}

#[test]
fn the_way_of_each_order_comes_to_the_collector_and_the_last_ones_with_the_end() {
    let (home, mut collector, near) = (Home::new(), Receiver::told(&["collector"]), two_free_ports());
    let config = configured(&home, collector.port, "/v1/traces?token=7");
    let told = portreeve(&["config", "check", &config]);
    assert!(told.out.contains(&format!("to 127.0.0.1:{}", collector.port)) && !told.out.contains("token"), "{told:?}");
    let metrics = format!("127.0.0.1:{near}");
    let served = Served::told(home.data(), &["--config", &config, "--metrics", &metrics]);
    let mut program = Program::connect(served.port, 1);
    let number = program.next_number;
    program.place(number, 2, None);
    program.status(number, &["Filled"]);
    let price = below(program.bid());
    program.place(number + 1, 4_000_000 / price, Some(price));
    crate::backup::refused(&mut program, number + 1);
    let (mut sent, mut refused) = (None, None);
    for (whole, steps) in ways(&mut collector, 2) {
        let place = if whole["said"]["portreeve.outcome"] == "refused" { &mut refused } else { &mut sent };
        *place = Some((whole, steps));
    }
    let (whole, steps) = sent.unwrap();
    assert_eq!((&whole["name"], &whole["said"]["portreeve.door"]), (&"order".into(), &"gateway".into()));
    assert_eq!(steps.keys().collect::<Vec<_>>(), ["commit", "decide", "send", "venue"]);
    assert!(steps["commit"]["said"]["portreeve.store_us"].as_u64().is_some());
    let (whole, steps) = refused.unwrap();
    assert_eq!(whole["said"]["portreeve.refusal"], "order_value");
    assert_eq!(steps.keys().collect::<Vec<_>>(), ["commit", "decide"]);
    // The number of the trace is the one that the journal has, in its own letters.
    assert!(whole["trace"].as_str().is_some_and(|trace| trace.len() == 32));
    until("all are counted", || of(near, "portreeve_trace_spans_exported_total ") >= 8);
    assert_eq!(of(near, "portreeve_trace_spans_dropped_total "), 0);
    assert_eq!(of(near, "portreeve_trace_collector_failing "), 0);
    // It rests, and the server is asked to end before anybody would have collected what comes of it.
    program.place(number + 2, 1, Some(price));
    program.status(number + 2, &["Submitted"]);
    end(served);
    let (whole, _) = ways(&mut collector, 1).remove(0);
    assert_eq!(whole["said"]["portreeve.venue"], "acknowledged");
}

#[test]
fn a_collector_that_is_not_there_or_never_answers_slows_no_order_and_is_told_once() {
    let (home, near, nowhere) = (Home::new(), two_free_ports(), two_free_ports());
    let config = configured(&home, nowhere.into(), "/v1/traces");
    let metrics = format!("127.0.0.1:{near}");
    let served = Served::told(home.data(), &["--config", &config, "--metrics", &metrics]);
    let mut program = Program::connect(served.port, 1);
    let number = program.next_number;
    let mut collector = Receiver::held(&["collector", "--port", &nowhere.to_string()], || {
        program.place(number, 1, None);
        program.status(number, &["Filled"]);
        served.says("the collector of traces takes nothing; orders go on");
        assert_eq!(of(near, "portreeve_trace_collector_failing "), 1);
        program.place(number + 1, 2, None);
        program.status(number + 1, &["Filled"]);
    });
    // It has come, and gets what waited.
    assert_eq!(ways(&mut collector, 2).len(), 2);
    served.says("the collector of traces takes spans again");
    assert!(!served.log_until_now().contains("takes nothing"), "said once");
    // One that takes the connection and says nothing: the end does not wait for it either.
    drop((collector, program));
    let _silent = TcpListener::bind(("127.0.0.1", nowhere)).unwrap();
    let mut program = Program::connect(served.port, 1);
    let number = program.next_number;
    program.place(number, 3, None);
    program.status(number, &["Filled"]);
    let begun = Instant::now();
    end(served);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn without_a_word_of_them_nothing_is_traced_and_a_place_that_is_none_is_no_start() {
    let home = Home::new();
    let data = home.data().display().to_string();
    for endpoint in ["http://192.0.2.1:4318/v1/traces", "127.0.0.1:4318", "https://a:b@c.example/"] {
        let file = home.file("wrong.toml", &format!("[traces]\nendpoint = \"{endpoint}\"\n"));
        portreeve(&["config", "check", &file, "--json"]).refused(3, "traces_misconfigured");
        assert_ne!(portreeve(&["serve", "--data", &data, "--config", &file]).code, 0, "{endpoint}");
    }
    let file = home.file("wrong.toml", "[traces]\nca = \"/etc/ca.pem\"\n");
    assert_ne!(portreeve(&["config", "check", &file]).code, 0, "nowhere is no place");
    let near = two_free_ports();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")];
    let served = Served::with(home.data(), &["--metrics", &format!("127.0.0.1:{near}")], &variables);
    let mut program = Program::connect(served.port, 1);
    let number = program.next_number;
    program.place(number, 1, None);
    program.status(number, &["Filled"]);
    assert!(!get(near, "/metrics").2.contains("trace"));
}
