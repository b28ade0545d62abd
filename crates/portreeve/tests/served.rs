//! A served data directory, and the command line on it.

use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Only what fails waits so long: on a machine that others use too, everything takes its time.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A directory that goes away with its test.
pub struct Home(pub PathBuf);

impl Home {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // Short, because a Unix socket lives in it and its path may not be long.
        let name = format!("portreeve-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// How a verb ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }
    /// A refusal in both languages: one document for programs, and words for a person.
    pub fn refused(&self, exit: i32, code: &str) -> Value {
        let told = self.json();
        assert_eq!((self.code, told["code"].as_str()), (exit, Some(code)), "{self:?}");
        for member in ["category", "remedy", "correlation_id"] {
            assert!(told[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {told}");
        }
        assert!(self.err.contains(&format!("/{code})")) && self.err.contains("what to do: "), "{self:?}");
        told
    }
}

pub fn portreeve(words: &[&str]) -> Ended {
    ended(Command::new(env!("CARGO_BIN_EXE_portreeve")).args(words))
}

/// Run to its end.
pub fn ended(command: &mut Command) -> Ended {
    let ended = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: ended.status.code().unwrap(), out: text(ended.stdout), err: text(ended.stderr) }
}

/// The verb on a data directory, with its answer in JSON.
pub fn ask(data: &Path, words: &str) -> Ended {
    let data = data.display().to_string();
    portreeve(&words.split(' ').chain(["--data", data.as_str(), "--json"]).collect::<Vec<_>>())
}

/// The same, in words for a person.
pub fn tell(data: &Path, words: &str) -> Ended {
    let data = data.display().to_string();
    portreeve(&words.split(' ').chain(["--data", data.as_str()]).collect::<Vec<_>>())
}

pub struct Served {
    process: Child,
    pub data: PathBuf,
    pub port: u16,
    /// What it logs, line by line.
    lines: Receiver<String>,
    /// Those until it served, that nobody has looked at yet.
    early: Mutex<VecDeque<String>>,
    /// What it printed up to now, at its end.
    printed: std::thread::JoinHandle<String>,
}

impl Served {
    pub fn start(data: PathBuf) -> Self {
        Self::with(data, &[], &[])
    }

    /// The same, with more words on its command line.
    pub fn told(data: PathBuf, words: &[&str]) -> Self {
        Self::with(data, words, &[])
    }

    /// With these variables, as a service of systemd has them; otherwise with none of them, whoever runs the test.
    pub fn with(data: PathBuf, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let port = two_free_ports();
        let mut process = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .env_remove("INVOCATION_ID")
            .env_remove("JOURNAL_STREAM")
            .envs(variables.iter().copied())
            .args(["serve", "--seed", "7", "--tws", &format!("127.0.0.1:{port}"), "--data"])
            .arg(&data)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, lines) = channel();
        let err = BufReader::new(process.stderr.take().unwrap());
        // Read to its end, so that the server never waits for a reader of its log.
        std::thread::spawn(move || err.lines().map_while(Result::ok).for_each(|line| drop(told.send(line))));
        let mut out = process.stdout.take().unwrap();
        let printed = std::thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).unwrap();
            text
        });
        let served = Self { process, data, port, lines, early: Mutex::default(), printed };
        let mut early = VecDeque::new();
        while !early.back().is_some_and(|line: &String| line.contains("serving")) {
            early.push_back(served.lines.recv_timeout(PATIENCE).expect("it says that it serves, in time"));
        }
        *served.early.lock().unwrap() = early;
        served
    }

    /// Waits until it logs that; each line is looked at once.
    pub fn says(&self, text: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let early = self.early.lock().unwrap().pop_front();
            match early.map_or_else(|| self.lines.recv_timeout(left), Ok) {
                Ok(line) if line.contains(text) => return,
                Ok(_) => {}
                Err(why) => panic!("it never said {text:?}: {why}"),
            }
        }
    }

    /// What it has logged and nobody has looked at.
    pub fn log_until_now(&self) -> String {
        let mut early = self.early.lock().unwrap();
        let lines: Vec<String> = early.drain(..).chain(self.lines.try_iter()).collect();
        lines.join("\n")
    }

    pub fn ask(&self, words: &str) -> Ended {
        ask(&self.data, words)
    }

    pub fn tell(&self, words: &str) -> Ended {
        tell(&self.data, words)
    }

    pub fn account(&self) -> String {
        self.ask("status").json()["accounts"][0]["number"].as_str().unwrap().to_owned()
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Once it has ended by itself; what it had printed.
    pub fn ended(mut self) -> String {
        self.process.wait().unwrap();
        let printed = std::mem::replace(&mut self.printed, std::thread::spawn(String::new));
        printed.join().unwrap()
    }

    /// Ends it without warning; what it had printed.
    pub fn kill(mut self) -> String {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let printed = std::mem::replace(&mut self.printed, std::thread::spawn(String::new));
        printed.join().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The second one is for the read-only demo; the portal's is 80 above.
pub fn two_free_ports() -> u16 {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // Below where the system hands out ports by itself, nobody takes it meanwhile.
        let port = 10_000 + first % 20_000;
        let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 1) && free(port + 80) {
            return port;
        }
    }
}
