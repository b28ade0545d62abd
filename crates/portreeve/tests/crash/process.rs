//! The two processes of a crash test: the paper broker and the gate in front of it, each in a directory of its own.

use super::wire::Wire;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Generous, because other work shares the machine; only a failure ever waits so long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until there is something to see. The only place in which these tests wait.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(seen) => return seen,
            Err(why) => assert!(begun.elapsed() < PATIENCE, "{what}: {why}"),
        }
        // Not to wait for something, only to leave the processor to those who do the work.
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Ports that nothing else takes meanwhile: below where the system hands them out by itself.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::SeqCst);
        let own = u16::try_from(std::process::id() % 20_000).unwrap();
        let port = 11_000 + (own + step * 7) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A started `portreeve`; killed without warning when it is dropped.
pub struct Running {
    process: Child,
}

impl Running {
    /// Returns once it says that it is ready.
    pub fn start(words: &[&str], data: &Path, ready: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(words)
            .arg("--data")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, lines) = channel();
        let log = BufReader::new(process.stderr.take().unwrap());
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(told.send(line))));
        let running = Self { process };
        let mut said = String::new();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(ready) => return running,
                Ok(line) => writeln!(said, "{line}").unwrap(),
                Err(why) => panic!("{words:?} does not say {ready:?}: {why}\n{said}"),
            }
        }
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The gate, the paper broker behind it, and where each keeps its journal.
pub struct World {
    pub gate: Running,
    /// Lives through the whole test.
    _paper: Running,
    pub wire: Wire,
    pub gate_data: PathBuf,
    pub paper_data: PathBuf,
    gate_port: u16,
    upstream_port: u16,
}

const SEED: &str = "7";

impl World {
    pub fn start(home: &Path, gate_data: PathBuf) -> Self {
        Self::told(home, gate_data, &[])
    }

    /// With more words at the gate's first start; later ones remember.
    pub fn told(home: &Path, gate_data: PathBuf, words: &[&str]) -> Self {
        let paper_data = home.join("paper");
        let (gate_port, paper_port, upstream_port) = (free_port(), free_port(), free_port());
        let listen = format!("127.0.0.1:{paper_port}");
        let paper =
            Running::start(&["paper", "--seed", SEED, "--listen", &listen], &paper_data, "the paper broker listens");
        let wire = Wire::start(upstream_port, paper_port);
        let gate = serve(&gate_data, gate_port, upstream_port, words);
        Self { gate, _paper: paper, wire, gate_data, paper_data, gate_port, upstream_port }
    }

    pub fn restart_gate(&mut self) {
        self.gate = serve(&self.gate_data, self.gate_port, self.upstream_port, &[]);
    }

    /// A verb of the command line, which must succeed; its answer.
    pub fn ask(&self, words: &str) -> Value {
        let ended = crate::served::ask(&self.gate_data, words);
        assert_eq!(ended.code, 0, "{words}: {ended:?}");
        ended.json()
    }

    /// A credential that the guard holds back in nothing this load does, and where it listens.
    pub fn wide_credential(&self, name: &str) -> u16 {
        let account = self.ask("status")["accounts"][0]["number"].as_str().unwrap().to_owned();
        let port = free_port();
        let mut words = format!(
            "credential create --name {name} --account {account} --listen 127.0.0.1:{port} --allow market \
             --scope account:read,market:read,order:submit,order:cancel --instrument stock --instrument etf"
        );
        for limit in [
            "order_value=1000000",
            "day_value=1000000000",
            "day_count=1000000",
            "open_orders=100000",
            "messages_per_second=10000",
            "orders_per_second=10000",
            "repeated_fills=100000",
            "collar_bps=1000",
        ] {
            write!(words, " --limit {limit}").unwrap();
        }
        let made = self.ask(&words);
        assert_eq!(made["listen"], format!("127.0.0.1:{port}"), "{made}");
        port
    }
}

fn serve(data: &Path, port: u16, upstream: u16, words: &[&str]) -> Running {
    let (listen, venue) = (format!("127.0.0.1:{port}"), format!("tws://127.0.0.1:{upstream}"));
    Running::start(&[&["serve", "--tws", &listen, "--venue", &venue], words].concat(), data, "serving")
}
