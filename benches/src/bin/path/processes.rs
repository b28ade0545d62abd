//! The processes of the path: the paper broker, a raw copy proxy, and gates in front of the same broker.

use benches::process::{Home, LISTENS, Running, free_port, portreeve};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// A gate lets so many programs in on one credential; with four of them there is room for 64.
pub const CREDENTIALS: usize = 4;
/// The venue of every leg. Its own journal lies where a sync costs nothing, so that only the gate's is measured.
#[derive(Debug)]
pub struct Paper {
    _running: Running,
    pub port: u16,
    _home: Home,
}

impl Paper {
    pub fn start(memory: &Path) -> Self {
        let (home, port) = (Home::new(memory), free_port());
        let mut command = portreeve();
        command.args(["paper", "--seed", "7", "--listen", &format!("127.0.0.1:{port}"), "--data"]).arg(&home.0);
        Self { _running: Running::start(&mut command, "the paper broker listens"), port, _home: home }
    }
}

/// `tokio::io::copy_bidirectional` and nothing else, as a process of its own.
#[derive(Debug)]
pub struct Proxy {
    _running: Running,
    pub port: u16,
}

impl Proxy {
    pub fn start(to: u16) -> Self {
        let port = free_port();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["proxy", &port.to_string(), &to.to_string()]);
        Self { _running: Running::start(&mut command, LISTENS), port }
    }
}

/// HAProxy as its package has it, passing bytes on and nothing else.
#[derive(Debug)]
pub struct HaProxy {
    _running: Running,
    pub port: u16,
    _home: Home,
}

impl HaProxy {
    pub fn start(to: u16, memory: &Path) -> Self {
        let (home, port) = (Home::new(memory), free_port());
        let settings = home.0.join("haproxy.cfg");
        let text = format!(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n\
             listen path\n bind 127.0.0.1:{port}\n server venue 127.0.0.1:{to}\n"
        );
        std::fs::write(&settings, text).unwrap();
        let mut command = Command::new("haproxy");
        Self { _running: Running::silent(command.arg("-db").arg("-f").arg(&settings), port), port, _home: home }
    }
}

/// The program under test in front of a venue, with credentials that the guard holds back in nothing.
#[derive(Debug)]
pub struct Gate {
    running: Running,
    pub ports: Vec<u16>,
    home: Home,
}

impl Gate {
    pub fn start(under: &Path, venue: u16) -> Self {
        Self::start_as(portreeve(), under, venue)
    }

    /// With something before it on the command line, such as a counter of system calls.
    pub fn start_as(mut command: Command, under: &Path, venue: u16) -> Self {
        let home = Home::new(under);
        let (listen, venue) = (format!("127.0.0.1:{}", free_port()), format!("tws://127.0.0.1:{venue}"));
        command.args(["serve", "--tws", &listen, "--venue", &venue, "--data"]).arg(&home.0);
        let mut gate = Self { running: Running::start(&mut command, "serving"), ports: Vec::new(), home };
        gate.ports = (0..CREDENTIALS).map(|n| gate.wide_credential(&format!("load-{n}"))).collect();
        gate
    }

    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// How many events the journal holds, once it has been verified from its first one.
    pub fn verified_events(&self) -> u64 {
        self.ask("journal verify")["size"].as_u64().unwrap()
    }

    fn ask(&self, words: &str) -> Value {
        let mut command = portreeve();
        let ended = command.args(words.split(' ')).arg("--data").arg(&self.home.0).arg("--json").output().unwrap();
        assert!(ended.status.success(), "{words}: {}", String::from_utf8_lossy(&ended.stderr));
        serde_json::from_slice(&ended.stdout).unwrap()
    }

    fn wide_credential(&self, name: &str) -> u16 {
        let account = self.ask("status")["accounts"][0]["number"].as_str().unwrap().to_owned();
        let port = free_port();
        let mut words = format!(
            "credential create --name {name} --account {account} --listen 127.0.0.1:{port} --allow market \
             --scope account:read,market:read,order:submit,order:cancel --instrument stock --instrument etf"
        );
        for limit in [
            "order_value=1000000",
            "day_value=1000000000000",
            "day_count=1000000000",
            "open_orders=100000",
            "messages_per_second=1000000",
            "orders_per_second=1000000",
            "repeated_fills=1000000",
            "collar_bps=2000",
        ] {
            write!(words, " --limit {limit}").unwrap();
        }
        let made = self.ask(&words);
        assert_eq!(made["listen"], format!("127.0.0.1:{port}"), "{made}");
        port
    }
}
