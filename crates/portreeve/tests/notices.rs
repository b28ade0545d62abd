//! Notices of a real server to a real receiver of Standard Webhooks, killed at the wrong moment.

use crate::lines::Lines;
use crate::served::{Home, PATIENCE, Served, portreeve};
use serde_json::Value;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub struct Receiver {
    child: Child,
    lines: Lines,
    pub port: u64,
}

impl Receiver {
    /// From the environment that the tools step installs, beside the build.
    fn start(busy: &str) -> Self {
        Self::told(&["webhook", "--secret", SECRET, "--busy", busy])
    }

    pub fn told(words: &[&str]) -> Self {
        Self::held(words, || {})
    }

    /// It is up, and listens once `meanwhile` has been done.
    pub fn held(words: &[&str], meanwhile: impl FnOnce()) -> Self {
        let built = std::env::current_exe().unwrap();
        let python = built.ancestors().nth(3).unwrap().join("clients/carriers/bin/python");
        assert!(python.exists(), "install the receivers first, with `cargo xtask test tools`: {}", python.display());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients/carriers.py");
        let mut command = Command::new(python);
        command.arg(script).args(words).arg("--hold").stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = Lines::of(child.stdout.take().unwrap());
        assert_eq!(lines.next()["held"], true);
        meanwhile();
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        let first = lines.next();
        let port = first["port"].as_u64().unwrap();
        Self { child, lines, port }
    }
    /// The next thing that came; a first start is told, too.
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

fn configured(home: &Home, port: u64, path: &str) -> String {
    let text = format!(
        "[[notify.webhook]]\nname = \"ops\"\nurl = \"http://127.0.0.1:{port}{path}\"\nsecret = {{ env = \"HOOK\" }}\n"
    );
    home.file("notify.toml", &text)
}

fn serve(home: &Home, file: &str) -> Served {
    Served::with(home.data(), &["--config", file], &[("HOOK", SECRET)])
}

#[test]
fn a_server_that_is_killed_while_it_sends_sends_again_under_the_same_id() {
    let home = Home::new();
    let mut ops = Receiver::start("1");
    let file = configured(&home, ops.port, "/in");
    let served = serve(&home, &file);
    // The first that is told is put off; then the server ends without warning.
    let put_off = ops.next();
    assert_eq!(put_off["status"], 503);
    served.kill();
    let served = serve(&home, &file);
    let mut came = Vec::new();
    while !came.iter().any(|one: &Value| one["id"] == put_off["id"]) {
        came.push(ops.next());
    }
    assert_eq!(served.tell("kill --customer").code, 0);
    loop {
        let next = ops.next();
        assert_eq!(next["status"], 204, "{next}");
        if next["event"]["type"] == "kill_switch_engaged" {
            assert!(next["event"]["data"]["text"].as_str().unwrap().contains("kill switch of the customer"));
            break;
        }
    }
}

#[test]
fn what_is_refused_for_good_is_listed_and_tried_once_more_on_request() {
    let home = Home::new();
    let mut ops = Receiver::start("0");
    let file = configured(&home, ops.port, "/gone");
    let served = serve(&home, &file);
    assert_eq!(ops.next()["status"], 410);
    let begun = Instant::now();
    let dead = loop {
        let dead = served.ask("notices dead").json();
        if dead[0]["id"].is_string() {
            break dead[0].clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{dead}");
    };
    assert_eq!((&dead["carrier"], &dead["why"]), (&"webhook:ops".into(), &"refused".into()));
    let id = dead["id"].as_str().unwrap();
    assert_eq!(served.tell(&format!("notices retry {id}")).code, 0);
    while ops.next()["id"] != dead["id"] {}
    served.ask("notices retry ntc_00000000000000000000000000").refused(3, "notice_not_found");
}

#[test]
fn a_configuration_that_cannot_tell_anybody_is_no_start() {
    let home = Home::new();
    let file = configured(&home, 9, "/in");
    let checked = portreeve(&["config", "check", &file, "--json"]).json();
    assert_eq!(checked["config"]["notify"][0], "webhook ops at 127.0.0.1");
    let data = home.data().display().to_string();
    let served = portreeve(&["serve", "--data", &data, "--config", &file]);
    assert!(served.code == 1 && served.err.contains("the secret HOOK"), "{served:?}");
    let off = home.file(
        "off.toml",
        "[[notify.webhook]]\nname = \"ops\"\nurl = \"http://ops.example/\"\nsecret = { env = \"H\" }\n",
    );
    portreeve(&["config", "check", &off, "--json"]).refused(3, "notify_misconfigured");
}
