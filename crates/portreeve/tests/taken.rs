//! A start whose ports are taken: it says so, serves everything else, and takes them when they are free.

use crate::served::{Home, PATIENCE, Served};
use serde_json::json;
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

#[test]
fn a_taken_port_ends_no_start_and_is_taken_over_when_it_is_free() {
    let home = Home::new();
    let first = Served::start(home.data());
    let port = first.port;
    first.kill();
    let squatter = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let second = Served::start(home.data());
    let told = second.ask("status").json();
    let listen = format!("127.0.0.1:{port}");
    let closed = told["closed_listeners"].as_array().unwrap();
    assert_eq!(closed.len(), 1, "{told}");
    assert_eq!((&closed[0]["credential"], &closed[0]["listen"]), (&json!("demo"), &json!(listen)));
    assert!(TcpStream::connect(("127.0.0.1", port + 1)).is_ok(), "the other credential has its listener");
    assert_eq!(second.ask("kill --customer").code, 0);
    drop(squatter);
    let began = Instant::now();
    while second.ask("status").json()["closed_listeners"] != json!([]) {
        assert!(began.elapsed() < PATIENCE, "it is tried again");
    }
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    let printed = second.kill();
    assert!(printed.contains(&format!("The credential demo cannot be reached: {listen}")), "{printed}");
}

/// A link in a log would let in whoever reads the log.
#[test]
fn a_first_start_prints_the_link_of_the_owner_but_not_into_a_log() {
    let variables = [("INVOCATION_ID", "0123456789abcdef0123456789abcdef"), ("JOURNAL_STREAM", "8:1")];
    for variable in [None, Some(variables[0]), Some(variables[1])] {
        let home = Home::new();
        let printed = Served::with(home.data(), &[], variable.as_slice()).kill();
        assert_eq!(printed.contains("/enrol/"), variable.is_none(), "{printed}");
        assert!(printed.contains("portreeve owner enrol"), "{printed}");
    }
}
