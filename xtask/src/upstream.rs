//! A paper broker in a process of its own, behind a TWS socket, as a TWS would be.

use crate::server::SEED;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(25);

#[derive(Debug)]
pub struct Upstream {
    process: Child,
    home: PathBuf,
    pub port: u16,
    /// The one that it opened at its first start.
    pub account: String,
}

impl Upstream {
    /// Starts it and waits until it says which account it has.
    pub fn start(binary: &Path, client: &str, port: u16) -> Result<Upstream, String> {
        let home = std::env::temp_dir().join(format!("portreeve-{}-{client}-venue", std::process::id()));
        let here = |why: std::io::Error| format!("{}: {why}", home.display());
        std::fs::create_dir_all(&home).map_err(here)?;
        let process = Command::new(binary)
            .args(["paper", "--listen", &format!("127.0.0.1:{port}"), "--seed", SEED, "--data"])
            .arg(home.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(home.join("stderr")).map_err(here)?)
            .spawn()
            .map_err(|why| format!("cannot start {}: {why}", binary.display()))?;
        let mut upstream = Upstream { process, home, port, account: String::new() };
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if let Some(account) = account(&upstream.said()) {
                upstream.account = account;
                return Ok(upstream);
            }
            thread::sleep(STEP);
        }
        Err(format!("the paper broker did not say its account:\n{}", upstream.said()))
    }

    pub fn said(&self) -> String {
        let text = std::fs::read(self.home.join("stderr")).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// What it logged as wrong; a run in which there was any was not a good one.
    pub fn faults(&self) -> Vec<String> {
        self.said().lines().filter(|line| line.contains("ERROR")).map(str::to_owned).collect()
    }
}

/// Nothing of a run outlives it.
impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// From the line that says that it listens, which may be coloured.
fn account(log: &str) -> Option<String> {
    let line = log.lines().find(|line| line.contains("the paper broker listens"))?;
    let (_, rest) = line.split_once("DU")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (digits.len() == 7).then(|| format!("DU{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_read_from_its_line_and_from_a_whole_one_only() {
        let line = "INFO portreeve: the paper broker listens listen=127.0.0.1:4002 account=DU0012345 data=/tmp/x";
        assert_eq!(account(line), Some("DU0012345".to_owned()));
        assert_eq!(account(&line.replace("0012345", "001")), None);
        assert_eq!(account("INFO portreeve: something else account=DU0012345"), None);
    }
}
