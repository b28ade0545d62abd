//! Processes that are measured: the server of our own build, and what it is compared with.

use crate::visitor::ORIGIN;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);
/// Of the clock in which the system counts a process's time, a second.
const TICKS: u64 = 100;

#[derive(Debug)]
pub struct Server {
    process: Child,
    home: PathBuf,
    pub portal: u16,
    /// Where the first owner enrols.
    pub link: String,
}

fn beside(name: &str) -> PathBuf {
    std::env::current_exe().unwrap().with_file_name(name)
}

/// Free now; what else takes it meanwhile makes the run fail.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

impl Server {
    /// `portreeve serve` with its data on the disk of the temporary directory.
    pub fn start() -> Self {
        let home = std::env::temp_dir().join(format!("prb-people-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let (tws, portal) = (free_port(), free_port());
        let config = home.join("portreeve.toml");
        let proxied = format!(
            "[portal]\nlisten = \"127.0.0.1:{portal}\"\norigin = \"{ORIGIN}\"\ntrusted_proxies = [\"127.0.0.1\"]\n"
        );
        std::fs::write(&config, proxied).unwrap();
        let mut process = Command::new(beside("portreeve"))
            .args(["serve", "--tws", &format!("127.0.0.1:{tws}"), "--seed", "7", "--config"])
            .arg(&config)
            .arg("--data")
            .arg(home.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let link = lines.find_map(|line| line.find("/enrol/").map(|at| line[at..].trim().to_owned())).unwrap();
        // Whatever else it says is read, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, home, portal, link }.opened()
    }

    /// This same program as a bare server.
    pub fn floor(bytes: usize) -> Self {
        let portal = free_port();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let process = command.args(["floor", &portal.to_string(), &bytes.to_string()]).spawn().unwrap();
        Self { process, home: PathBuf::new(), portal, link: String::new() }.opened()
    }

    fn opened(self) -> Self {
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.portal)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "port {} does not open", self.portal);
            std::thread::sleep(Duration::from_millis(20));
        }
        self
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if self.home.as_os_str().is_empty() {
            return;
        }
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// Processor time of a process so far, its own and the system's for it.
pub fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // After the name, which may hold anything: the state is the first, utime the twelfth, stime the thirteenth.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 1_000 / TICKS)
}
