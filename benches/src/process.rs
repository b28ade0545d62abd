//! Processes that are measured, each ended by its own id when it is dropped; all of them listen on loopback only.

use crate::visitor::ORIGIN;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// Of the clock in which the system counts a process's time, a second.
const TICKS: u64 = 100;

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

    /// Of another maker, who says nothing: returns once somebody is let in.
    pub fn silent(command: &mut Command, port: u16) -> Self {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let running = Self { process: quiet.spawn().unwrap() };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{command:?} does not listen");
            std::thread::park_timeout(Duration::from_millis(5));
        }
        running
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

/// A server with a portal, behind a proxy that it believes: so that an attempt can come from any address.
#[derive(Debug)]
pub struct Server {
    running: Running,
    _home: Home,
    pub portal: u16,
    /// Where the first owner enrols.
    pub link: String,
}

impl Server {
    /// With its data on the disk of the temporary directory.
    pub fn start() -> Self {
        let (home, tws, portal) = (Home::new(&std::env::temp_dir()), free_port(), free_port());
        let (config, data) = (home.0.join("portreeve.toml"), home.0.join("data"));
        let proxied = format!(
            "[portal]\nlisten = \"127.0.0.1:{portal}\"\norigin = \"{ORIGIN}\"\ntrusted_proxies = [\"127.0.0.1\"]\n"
        );
        std::fs::write(&config, proxied).unwrap();
        let mut serve = portreeve();
        serve.args(["serve", "--tws", &format!("127.0.0.1:{tws}"), "--seed", "7", "--config"]).arg(&config);
        let running = Running::start(serve.arg("--data").arg(&data), "serving");
        let ended = portreeve().args(["owner", "enrol", "--json", "--data"]).arg(&data).output().unwrap();
        let told: Value = serde_json::from_slice(&ended.stdout).unwrap();
        let link = told["link"].as_str().and_then(|link| link.strip_prefix(ORIGIN)).unwrap().to_owned();
        Self { running, _home: home, portal, link }
    }

    pub fn id(&self) -> u32 {
        self.running.id()
    }
}

/// What a server of the benchmarks' own says when it listens.
pub const LISTENS: &str = "it listens";

/// Processor time of a process so far, its own and the system's for it.
pub fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // After the name, which may hold anything: the state is the first, utime the twelfth, stime the thirteenth.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 1_000 / TICKS)
}
