//! Who answers: the server and its listeners, what was given up, and the TWS that orders go to.

use super::{Found, State, found};
use crate::cli::Common;
use crate::cli::client::Client;
use crate::cli::say::text;
use crate::cli::status::venue;
use crate::serve::{Options, VenueChoice};
use crate::upstream_check::greeted;
use serde_json::Value;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3);

/// What was found, and whether a server answers.
pub(super) fn server(common: &Common) -> (Vec<Found>, bool) {
    let what = "server";
    let client = Client::new(common);
    let Ok(status) = client.as_ref().map_or(Err(()), |client| client.get("/v1/status").map_err(drop)) else {
        return (vec![found(what, State::Look, "none answers here")], false);
    };
    let lost = status.get("venue_lost") == Some(&Value::Bool(true));
    let state = if lost { State::Look } else { State::Good };
    let mut all = vec![found(what, state, format!("it answers; orders go to {}", venue(&status)))];
    for one in status.get("closed_listeners").and_then(Value::as_array).into_iter().flatten() {
        let told = format!("{} at {}: {}", text(one, "credential"), text(one, "listen"), text(one, "why"));
        all.push(found("listener", State::Wrong, told));
    }
    let dead = client.ok().and_then(|client| client.get("/v1/notices/dead").ok());
    all.push(match dead.as_ref().and_then(Value::as_array).map(Vec::len) {
        Some(0) => found("notices", State::Good, "none was given up"),
        Some(n) => found("notices", State::Look, format!("{n} were given up: portreeve notices dead")),
        None => found("notices", State::Look, "the server does not say whether some were given up"),
    });
    (all, true)
}

/// Whether a server has them, or, where none runs, whether one could.
pub(super) fn ports(options: &Options, served: bool) -> Vec<Found> {
    let near = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let demo = [("demo listener", near(options.port)), ("demo-read listener", near(options.port.saturating_add(1)))];
    let others = [("portal", Some(options.portal.listen)), ("metrics", options.metrics)];
    let others = others.into_iter().filter_map(|(what, at)| Some((what, at?)));
    // A server that runs says itself which of its programs' listeners are closed.
    let own = demo.into_iter().filter(|_| !served);
    own.chain(others).map(|(what, at)| if served { held(what, at) } else { free(what, at) }).collect()
}

fn held(what: &'static str, at: SocketAddr) -> Found {
    let to = if at.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], at.port())) } else { at };
    match TcpStream::connect_timeout(&to, PATIENCE) {
        Ok(_) => found(what, State::Good, format!("{at} is listened on")),
        Err(why) => {
            found(what, State::Wrong, format!("{at} is not listened on ({why}): was it started with these words?"))
        }
    }
}

fn free(what: &'static str, at: SocketAddr) -> Found {
    match TcpListener::bind(at) {
        Ok(_) => found(what, State::Good, format!("{at} is free")),
        Err(why) if why.kind() == ErrorKind::AddrInUse => {
            let told = format!("{at} is taken by another program: who it is says ss -ltnp 'sport = :{}'", at.port());
            found(what, State::Wrong, told)
        }
        Err(why) => found(what, State::Wrong, format!("{at} cannot be listened on: {why}")),
    }
}

/// That a TWS answers, at this machine's own address, and at no other.
pub(super) fn upstream(options: &Options) -> Vec<Found> {
    let what = "upstream";
    let VenueChoice::Tws(address) = options.venue else { return Vec::new() };
    if !address.ip().to_canonical().is_loopback() {
        let told = format!("{address} is not on this machine: a TWS is reached on loopback only (docs/upstream.md)");
        return vec![found(what, State::Wrong, told)];
    }
    let mut all = vec![match greeted(address, PATIENCE) {
        Ok(version @ 157..) => found(what, State::Good, format!("{address} answers, server version {version}")),
        Ok(version) => found(what, State::Wrong, format!("{address} speaks version {version}, which is too old")),
        Err(why) => {
            let told = format!("{address}: {why}; start TWS or IB Gateway, turn its API on, compare the port");
            found(what, State::Wrong, told)
        }
    }];
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| std::fs::read_to_string(path).unwrap_or_default());
    if tables.iter().any(|table| is_public(table, address.port())) {
        let told = format!(
            "port {} is listened on for other machines, too: who reaches it trades without the guard; in TWS: allow \
             connections from localhost only",
            address.port()
        );
        all.push(found("upstream's address", State::Wrong, told));
    }
    all
}

/// Whether a table of the kernel's sockets has one that listens on that port at another address than loopback.
fn is_public(table: &str, port: u16) -> bool {
    const LISTENS: &str = "0A";
    table.lines().skip(1).any(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (Some(local), Some(state)) = (words.next(), words.nth(1)) else { return false };
        let Some((address, at)) = local.split_once(':') else { return false };
        let listens = state == LISTENS && u16::from_str_radix(at, 16) == Ok(port);
        // Words of four bytes, each written as a little-endian machine has it.
        let four = |text: &str| text.len() == 8 && text.ends_with("7F");
        let near = match address.split_at_checked(24) {
            None => four(address),
            Some((first, "01000000")) => first.chars().all(|c| c == '0'),
            Some(("0000000000000000FFFF0000", last)) => four(last),
            Some(_) => false,
        };
        listens && !near
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_other_machines_reach_is_told_from_one_on_loopback() {
        let table = |local: &str, state: &str| {
            format!("  sl  local_address rem_address   st\n   0: {local}:0FA2 00000000:0000 {state} 00000000:0 1\n")
        };
        for (local, public) in [
            ("0100007F", false),
            ("0200007F", false),
            ("00000000", true),
            ("0101A8C0", true),
            ("00000000000000000000000001000000", false),
            ("0000000000000000FFFF00000100007F", false),
            ("0000000000000000FFFF00000101A8C0", true),
            ("00000000000000000000000000000000", true),
            ("B80D0120000000000000000001000000", true),
        ] {
            assert_eq!(is_public(&table(local, "0A"), 4_002), public, "{local}");
            assert!(!is_public(&table(local, "01"), 4_002), "it is connected, and does not listen");
            assert!(!is_public(&table(local, "0A"), 4_001), "another port");
        }
        for wild in ["", "\n\n", "a\nb c d e\n", "h\n0: é:0FA2 x 0A\n", "h\n0: 7F:0FA2 x 0A"] {
            let _any = is_public(wild, 4_002);
        }
    }
}
