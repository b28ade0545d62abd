//! A freshly started `portreeve serve` of our own build, on a data directory and a port of its own.

use crate::upstream::Upstream;
use crate::{child, ports};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub const SEED: &str = "7";
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(25);

#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Its data, and what it prints and logs.
    pub home: PathBuf,
    pub data: PathBuf,
    pub port: u16,
}

impl Server {
    /// Starts it and waits until its door opens.
    pub fn start(binary: &Path, client: &str, port: u16) -> Result<Server, String> {
        Server::start_with(binary, client, port, None)
    }

    /// The same in front of another process.
    pub fn start_before(binary: &Path, client: &str, port: u16, upstream: &Upstream) -> Result<Server, String> {
        let venue = format!("tws://127.0.0.1:{}", upstream.port);
        Server::launch(binary, client, port, None, &["--venue", &venue, "--account", &upstream.account])
    }

    /// The same, on a configuration of its own, in which `{home}` is where its data and its log are,
    /// and `{mail}` the port of its test's mail server.
    pub fn start_with(binary: &Path, client: &str, port: u16, settings: Option<&str>) -> Result<Server, String> {
        Server::launch(binary, client, port, settings, &["--seed", SEED])
    }

    fn launch(binary: &Path, client: &str, port: u16, settings: Option<&str>, more: &[&str]) -> Result<Server, String> {
        // Short, because a Unix socket lives in the data directory and its path may not be long.
        let home = std::env::temp_dir().join(format!("portreeve-{}-{client}", std::process::id()));
        let data = home.join("data");
        std::fs::create_dir_all(&data).map_err(|why| format!("{}: {why}", data.display()))?;
        let log = |name: &str| File::create(home.join(name)).map_err(|why| format!("{}: {why}", home.display()));
        let mut command = Command::new(binary);
        // A test that runs under systemd still wants the link printed.
        command.env_remove("INVOCATION_ID").env_remove("JOURNAL_STREAM").arg("serve");
        if let Some(settings) = settings {
            let file = home.join("settings.toml");
            let mail = ports::mail(port).to_string();
            let text = settings.replace("{home}", &home.display().to_string()).replace("{mail}", &mail);
            std::fs::write(&file, text).map_err(|why| format!("{}: {why}", file.display()))?;
            command.arg("--config").arg(file);
        }
        let process = command
            .arg("--data")
            .arg(&data)
            .args(["--tws", &format!("127.0.0.1:{port}")])
            .args(more)
            .stdin(Stdio::null())
            .stdout(log("stdout")?)
            .stderr(log("stderr")?)
            .spawn()
            .map_err(|why| format!("cannot start {}: {why}", binary.display()))?;
        let mut server = Server { process, home, data, port };
        match server.wait_until_open() {
            Ok(()) => Ok(server),
            Err(why) => Err(format!("{why}\n{}", server.last_words())),
        }
    }

    fn wait_until_open(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + START_LIMIT;
        let door = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("serve ended at once: {status}"));
            }
            if TcpStream::connect_timeout(&door, STEP).is_ok() {
                return Ok(());
            }
            thread::sleep(STEP);
        }
        Err(format!("serve opened no door at port {} in {} s", self.port, START_LIMIT.as_secs()))
    }

    /// Asks it to end, as a service manager does. Having to use force is a defect of the server.
    pub fn stop(mut self) -> Result<(), String> {
        if let Ok(Some(status)) = self.process.try_wait() {
            return Err(format!("serve had ended by itself: {status}\n{}", self.last_words()));
        }
        child::signal("TERM", i64::from(self.process.id()));
        let deadline = Instant::now() + STOP_LIMIT;
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.process.try_wait() {
                return Ok(());
            }
            thread::sleep(STEP);
        }
        Err(format!("serve did not end within {} s of SIGTERM", STOP_LIMIT.as_secs()))
    }

    /// The end of what it printed, for the reader of a failure.
    pub fn last_words(&self) -> String {
        let mut words = String::new();
        for name in ["stdout", "stderr"] {
            let text = std::fs::read(self.home.join(name)).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines.get(lines.len().saturating_sub(30)..).unwrap_or_default();
            words.push_str(&format!("-- serve, end of {name}:\n{}\n", tail.join("\n")));
        }
        words
    }
}

/// Nothing of a run outlives it: neither the process nor its data.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}
