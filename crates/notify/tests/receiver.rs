//! A receiver: the process that takes what is sent, and tells line by line what came.

use crate::lines::Lines;
use kernel::time::Timestamp;
use notify::{Link, Parcel};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// Of the environment that the tools step installs, beside the build.
fn python() -> PathBuf {
    let built = std::env::current_exe().unwrap();
    let target = built.ancestors().nth(3).unwrap();
    target.join("clients").join("carriers").join("bin").join("python")
}

pub struct Receiver {
    child: Child,
    lines: Lines,
    pub port: u16,
    /// By the clock of whoever verifies.
    pub now: Timestamp,
    /// All that it said of itself at first.
    pub first: Value,
}

impl Receiver {
    pub fn start(arguments: &[&str]) -> Self {
        let python = python();
        assert!(python.exists(), "install the receivers first, with `cargo xtask test tools`: {}", python.display());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients/carriers.py");
        let mut child = Command::new(python)
            .arg(script)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = Lines::of(child.stdout.take().unwrap());
        let first = lines.next();
        let port = first["port"].as_u64().unwrap().try_into().unwrap();
        let now = Timestamp(first["now"].as_i64().unwrap());
        Self { child, lines, port, now, first }
    }

    /// The next thing that came; waits for it.
    pub fn next(&mut self) -> Value {
        self.lines.next()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub fn parcel(nth: u32) -> Parcel {
    Parcel {
        id: format!("ntc_{nth:032x}"),
        at: Timestamp(NOW.0 - 60_000),
        until: None,
        kind: "sign_in".into(),
        customer: Some("cus_1".into()),
        subject: "A sign-in".into(),
        text: "The owner signed in: \u{201c}Firefox on Linux\u{201d}.\n\nIf that was you, there is nothing to do."
            .into(),
        links: vec![Link { words: "This was not me".into(), url: "https://trade.example/devices".into() }],
        attached: None,
    }
}

/// A certificate for localhost in files, and its own authority.
pub struct Certificate {
    pub certificate: String,
    pub key: String,
}

impl Certificate {
    pub fn make(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let place = std::env::temp_dir().join(format!("portreeve-{name}-{}", std::process::id()));
        let path = |end: &str| place.with_extension(end).display().to_string();
        let (certificate, key) = (path("pem"), path("key"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.key_pair.serialize_pem()).unwrap();
        Self { certificate, key }
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.certificate));
        drop(std::fs::remove_file(&self.key));
    }
}
