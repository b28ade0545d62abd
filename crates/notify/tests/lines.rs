//! What a receiver says, line by line, heard by a thread of its own: what does not come fails by name, and hangs no test.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::ChildStdout;
use std::sync::mpsc;
use std::time::Duration;

/// Only what fails waits so long.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Lines(mpsc::Receiver<String>);

impl Lines {
    pub fn of(from: ChildStdout) -> Self {
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| send.send(line)).unwrap_or_default();
        });
        Self(lines)
    }

    pub fn next(&self) -> Value {
        serde_json::from_str(&self.0.recv_timeout(PATIENCE).expect("something comes in time")).unwrap()
    }
}
