//! Health, readiness and metrics: what is told is what was done, to the last one, and names nobody.

use crate::backup::refused;
use crate::served::{Home, PATIENCE, Served, ask, portreeve, two_free_ports};
use crate::upstream::{self, Program, below};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// Status, headers and body of one answer.
pub fn get(port: u16, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let asked = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

/// Of every sample its value, by its whole name; anything that OpenMetrics does not allow is a failure.
fn parsed(text: &str) -> BTreeMap<String, f64> {
    let (mut samples, mut kinds, mut over) = (BTreeMap::new(), BTreeMap::new(), false);
    let mut family = String::new();
    let name_ok = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.starts_with("portreeve_")
            && !name.is_empty()
    };
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in text.lines() {
        assert!(!over, "something comes after the end: {line}");
        if line == "# EOF" {
            over = true;
        } else if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            let (what, name, value) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
            assert!(name_ok(name), "{line}");
            match what {
                "HELP" => {
                    assert!(!kinds.contains_key(name) && !value.is_empty(), "one family twice: {line}");
                    family = name.to_owned();
                }
                "TYPE" => {
                    assert!(name == family && ["counter", "gauge", "histogram", "info"].contains(&value), "{line}");
                    assert!(kinds.insert(name.to_owned(), value.to_owned()).is_none(), "{line}");
                }
                other => panic!("{other}: {line}"),
            }
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let (bare, labels) = name
                .split_once('{')
                .map_or((name, ""), |(bare, rest)| (bare, rest.strip_suffix('}').unwrap_or_else(|| panic!("{line}"))));
            let suffix = bare.strip_prefix(&family).unwrap_or_else(|| panic!("{line} is not of {family}"));
            let allowed: &[&str] = match kinds[&family].as_str() {
                "counter" => &["_total"],
                "gauge" => &[""],
                "histogram" => &["_sum", "_count", "_bucket"],
                _ => &["_info"],
            };
            assert!(allowed.contains(&suffix), "{line}");
            for label in labels.split(',').filter(|label| !label.is_empty()) {
                let (key, quoted) = label.split_once('=').unwrap();
                let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
                assert!(
                    !inside.contains(['"', '\\', '\n'])
                        && ["code", "of", "level", "listener", "le", "version"].contains(&key),
                    "{line}"
                );
            }
            assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line} comes twice");
        }
    }
    samples
}

/// Once they stand still: while the journal is written its own figures are left out, or move between two lines.
fn metrics(port: u16) -> (BTreeMap<String, f64>, String) {
    let (begun, mut before) = (Instant::now(), String::new());
    loop {
        let (status, head, body) = get(port, "/metrics");
        assert!(status == 200 && head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
        let told = parsed(&body);
        if body == before && told.contains_key("portreeve_journal_events") {
            return (told, body);
        }
        assert!(begun.elapsed() < PATIENCE, "{body}");
        before = body;
    }
}

/// Until it answers so.
fn ready(port: u16, wanted: (u16, &str)) {
    let begun = Instant::now();
    loop {
        let (status, _, body) = get(port, "/readyz");
        if (status, body.as_str()) == wanted {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{status} {body}");
        std::thread::yield_now();
    }
}

/// What of these has moved, and by how much.
#[allow(clippy::float_arithmetic)]
fn moved(before: &BTreeMap<String, f64>, after: &BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let counted = |name: &str| name.contains("_total") && !name.contains("append");
    let change = |(name, value): (&String, &f64)| (name.clone(), value - before.get(name).copied().unwrap_or(0.0));
    after.iter().filter(|(name, _)| counted(name)).map(change).filter(|(_, change)| *change != 0.0).collect()
}

#[test]
fn counters_move_by_what_was_done_and_no_name_is_told() {
    let (home, port) = (Home::new(), two_free_ports());
    let served = Served::told(home.data(), &["--metrics", &format!("127.0.0.1:{port}")]);
    assert_eq!(get(port, "/healthz").0, 200);
    ready(port, (200, "ready\n"));
    assert_eq!(get(port, "/").0, 404);
    let (before, _) = metrics(port);
    assert_eq!(before["portreeve_connections_open{listener=\"tws\"}"], 0.0);
    let mut program = Program::connect(served.port, 1);
    let number = program.next_number;
    program.place(number, 2, None);
    program.status(number, &["Filled"]);
    let price = below(program.bid());
    program.place(number + 1, 1, Some(price));
    program.status(number + 1, &["Submitted"]);
    // Held: above what a person must approve; refused: above the order's limit.
    program.place(number + 2, 1_200_000 / price, Some(price));
    program.status(number + 2, &["PreSubmitted"]);
    for n in 3..5 {
        program.place(number + n, 4_000_000 / price, Some(price));
        refused(&mut program, number + n);
    }
    program.ask(&tws::Request::CancelOrder { order_id: number + 1, manual_time: String::new() });
    program.status(number + 1, &["Cancelled"]);
    let (after, body) = metrics(port);
    let expected = [
        ("cancels_total", 1.0),
        ("fills_total", 1.0),
        ("orders_admitted_total", 2.0),
        ("orders_held_total", 1.0),
        ("orders_refused_total{code=\"order_value\"}", 2.0),
    ];
    let expected: BTreeMap<String, f64> =
        expected.into_iter().map(|(name, by)| (format!("portreeve_{name}"), by)).collect();
    assert_eq!(moved(&before, &after), expected);
    let gauge = |name: &str| after[&format!("portreeve_{name}")];
    assert_eq!(gauge("connections_open{listener=\"tws\"}"), 1.0);
    assert_eq!((gauge("approvals_pending"), gauge("orders_open"), gauge("venue_connected")), (1.0, 1.0, 1.0));
    assert_eq!(gauge("append_batch_size_count"), gauge("append_duration_seconds_count"));
    assert!(gauge("append_batch_size_sum") >= gauge("append_batch_size_count"));
    assert!(gauge("journal_events") > before["portreeve_journal_events"]);
    assert_eq!(gauge("append_batch_size_bucket{le=\"+Inf\"}"), gauge("append_batch_size_count"));
    let account = served.account();
    for secret in [account.as_str(), "demo", "AAPL", "cus_", "cred_"] {
        assert!(!body.contains(secret), "{secret} is told:\n{body}");
    }
    served.ask("kill --firm");
    served.ask("kill --credential demo");
    let (after, _) = metrics(port);
    let levels = |level: &str| after[&format!("portreeve_kill_switches_engaged{{level=\"{level}\"}}")];
    assert_eq!([levels("firm"), levels("credential"), levels("customer"), levels("account")], [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(after["portreeve_approvals_pending"], 0.0);
    let names: BTreeSet<&str> = after.keys().map(|name| name.split('{').next().unwrap()).collect();
    let told = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md")).unwrap();
    for name in names {
        let family = ["_total", "_info", "_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let family = family.unwrap_or(name);
        assert!(told.contains(family), "docs/operations.md does not name {family}");
    }
}

#[test]
fn a_gate_whose_venue_is_lost_lives_and_is_not_ready() {
    let home = upstream::Home::new("ready");
    let (paper_port, port, watched) = (upstream::free_port(), upstream::free_port(), upstream::free_port());
    let mut paper = upstream::paper(&home, paper_port);
    let metrics_at = format!("127.0.0.1:{watched}");
    let _gate = upstream::gate(&home, port, paper_port, &["--metrics", &metrics_at]);
    ready(watched, (200, "ready\n"));
    paper.kill();
    ready(watched, (503, "not ready: venue\n"));
    let (told, _) = metrics(watched);
    assert_eq!((told["portreeve_venue_connected"], told["portreeve_venue_losses_total"]), (0.0, 1.0));
    assert_eq!(get(watched, "/healthz").0, 200, "to start it again would help nobody");
    let _paper = upstream::paper(&home, paper_port);
    ready(watched, (200, "ready\n"));
}

#[test]
fn metrics_are_off_unless_asked_for_and_on_loopback_alone() {
    let home = Home::new();
    let data = home.data().display().to_string();
    for address in ["0.0.0.0:9464", "192.0.2.1:9464", "[::]:9464", "127.0.0.1:0", "9464"] {
        let no = portreeve(&["serve", "--data", &data, "--metrics", address]);
        assert!(no.code == 2 && no.err.contains(address), "{address}: {no:?}");
        let file = home.file("metrics.toml", &format!("metrics = \"{address}\"\n"));
        assert_ne!(portreeve(&["config", "check", &file]).code, 0, "{address}");
    }
    let file = home.file("metrics.toml", "metrics = \"127.0.0.1:9464\"\n");
    assert!(portreeve(&["config", "check", &file]).out.contains("127.0.0.1:9464"));
    let (served, port) = (Served::start(home.data()), two_free_ports());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    let taken = Home::new();
    let no = portreeve(&[
        "serve",
        "--data",
        &taken.data().display().to_string(),
        "--tws",
        &format!("127.0.0.1:{port}"),
        "--metrics",
        &format!("127.0.0.1:{}", served.port),
    ]);
    assert!(no.code == 1 && no.err.contains("metrics"), "{no:?}");
    assert_eq!(ask(&home.data(), "status").code, 0);
}
