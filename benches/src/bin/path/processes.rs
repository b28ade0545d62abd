//! The processes of the path: the paper broker, a raw copy proxy, and gates in front of the same broker.
//! Each is ended by its own id when it is dropped; all of them listen on loopback only.

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
/// A gate lets so many programs in on one credential; with four of them there is room for 64.
pub const CREDENTIALS: usize = 4;
pub const READY: &str = "the proxy listens";

#[derive(Debug)]
pub struct Running {
    process: Child,
}

impl Running {
    /// Returns once it says that it is ready.
    pub fn start(command: &mut Command, ready: &str) -> Self {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut running = Self { process: quiet.spawn().unwrap() };
        let log = BufReader::new(running.process.stderr.take().unwrap());
        let (told, lines) = channel();
        // Read to its end, so that the process never waits for a reader of its log.
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(told.send(line))));
        let mut said = String::new();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(ready) => return running,
                Ok(line) => writeln!(said, "{line}").unwrap(),
                Err(why) => panic!("{command:?} does not say {ready:?}: {why}\n{said}"),
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The program under test stands beside this one.
pub fn portreeve() -> Command {
    let own = std::env::current_exe().unwrap();
    let program = own.with_file_name("portreeve");
    assert!(program.exists(), "build it first: cargo build --release -p portreeve");
    Command::new(program)
}

/// Two ports in a row, below where the system hands them out by itself.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 20_000).unwrap();
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let port = 11_000 + (own + NEXT.fetch_add(1, Ordering::SeqCst) * 7) % 20_000;
        if free(port) && free(port + 1) {
            return port;
        }
    }
}

/// A directory that goes away with the benchmark. Its name is short: a Unix socket lives in it.
#[derive(Debug)]
pub struct Home(pub PathBuf);

impl Home {
    pub fn new(under: &Path) -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let name = format!("prb-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = under.join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

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
        Self { _running: Running::start(&mut command, READY), port }
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
