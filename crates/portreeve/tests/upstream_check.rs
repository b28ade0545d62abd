//! What is said of a venue before anything is traded through it, and which venue is no start.

use crate::served::portreeve;
use crate::upstream::{Home, free_port, gate, paper};
use serde_json::Value;

fn outcomes(report: &Value) -> Vec<(String, String)> {
    let steps = report["steps"].as_array().unwrap();
    let text = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
    steps.iter().map(|step| (text(step, "step"), text(step, "outcome"))).collect()
}

#[test]
fn a_venue_is_checked_step_by_step_and_the_report_names_no_account_no_balance_and_no_order() {
    let home = Home::new("check");
    let port = free_port();
    let _paper = paper(&home, port);
    let (venue, out) = (format!("tws://127.0.0.1:{port}"), home.0.join("report.json").display().to_string());
    let told = portreeve(&["upstream", "check", "--venue", &venue, "--out", &out]);
    assert_eq!(told.code, 0, "{told:?}");
    let written = std::fs::read_to_string(&out).unwrap();
    let report: Value = serde_json::from_str(&written).unwrap();
    let all = outcomes(&report);
    let untried: Vec<_> = all.iter().filter(|(_, outcome)| outcome != "ok").collect();
    assert!(untried.is_empty(), "{untried:?}");
    for step in ["connect", "bars", "what-if", "place", "change", "cancel", "executions", "completed orders"] {
        assert!(all.contains(&(step.to_owned(), "ok".to_owned())), "{step}: {all:?}");
    }
    for shown in [&written, &told.out] {
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
        assert!(!shown.split("DU").skip(1).any(|rest| digits(rest.get(..7).unwrap_or_default()) == 7), "{shown}");
        assert!(!["1000000", "portreeve-check", "127.0.0.1"].iter().any(|canary| shown.contains(canary)), "{shown}");
    }
    // What is there is not written over.
    assert_eq!(portreeve(&["upstream", "check", "--venue", &venue, "--out", &out]).code, 1);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), written);
}

#[test]
fn where_nothing_listens_everything_else_is_not_tried() {
    let venue = format!("tws://127.0.0.1:{}", free_port());
    let told = portreeve(&["upstream", "check", "--venue", &venue]);
    assert_eq!(told.code, 1, "{told:?}");
    let lines: Vec<&str> = told.out.lines().collect();
    assert!(lines[0].starts_with("connect") && lines[0].contains("failed"), "{told:?}");
    assert!(lines[1..].iter().all(|line| line.contains("not tried")), "{told:?}");
    assert_eq!(portreeve(&["upstream", "check", "--venue", "paper"]).code, 2);
}

#[test]
fn an_account_that_the_venue_does_not_have_and_a_venue_that_somebody_else_trades_on_are_no_start() {
    let home = Home::new("lease");
    let (paper_port, gate_port) = (free_port(), free_port());
    let _paper = paper(&home, paper_port);
    let venue = format!("tws://127.0.0.1:{paper_port}");
    let other = home.0.join("other").display().to_string();
    let wrong = ["serve", "--json", "--data", &other, "--venue", &venue, "--account", "DU9"];
    let refusal = portreeve(&wrong).refused(1, "not_done");
    assert!(refusal["text"].as_str().unwrap().contains("it has no account DU9"), "{refusal}");
    let _gate = gate(&home, gate_port, paper_port, &[]);
    let second = ["serve", "--json", "--data", &other, "--venue", &venue];
    let refusal = portreeve(&second).refused(1, "not_done");
    assert!(refusal["text"].as_str().unwrap().contains("client id 7300 is in use"), "{refusal}");
    assert_eq!(portreeve(&["serve", "--data", &other, "--account", "DU9"]).code, 2);
    // One data directory serves one account: a second is not passed over in silence.
    let two = portreeve(&["serve", "--data", &other, "--venue", &venue, "--account", "DU9", "--account", "DU8"]);
    assert!(two.code == 2 && two.err.contains("--account"), "{two:?}");
}
