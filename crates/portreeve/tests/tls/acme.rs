//! ACME against a test server that really comes back and asks: Pebble, with a small name server beside it.

use super::authority::Authority;
use super::clients::{both_get, curl};
use super::{HOST, Portal};
use crate::served::{Home, PATIENCE, Served, two_free_ports};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

struct Pebble {
    _server: Running,
    _names: Running,
    acme: u16,
    /// What it is to be trusted by, and what it signs with.
    root: String,
    issuer: String,
}

fn run(program: &str, words: &[&str]) -> Running {
    let mut command = Command::new(program);
    // Neither waits by chance nor loses one nonce in twenty; what it is asked to validate it validates.
    command.args(words).env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "0");
    command.env_remove("PEBBLE_VA_ALWAYS_VALID").stdout(Stdio::null()).stderr(Stdio::null());
    Running(command.spawn().unwrap_or_else(|why| panic!("{program}: {why} (cargo xtask test installs it)")))
}

fn opened(port: u16) {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < PATIENCE, "port {port} opens in time");
    }
}

/// Free for names over both protocols.
fn free_for_names() -> u16 {
    loop {
        let port = two_free_ports();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Pebble {
    /// Validates at that port, under any name: each leads to this machine.
    fn start(home: &Home, validates_at: u16) -> Self {
        let (acme, management, names) = (two_free_ports(), two_free_ports(), free_for_names());
        let own = Authority::new("of the test server");
        let (certificate, key) = own.leaf("localhost", 2090);
        let root = home.file("acme-root.pem", &own.pem());
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{acme}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": home.file("acme.pem", &certificate),
            "privateKey": home.file("acme.key", &key),
            "httpPort": validates_at,
            "tlsPort": validates_at,
        }});
        let config = home.file("pebble.json", &config.to_string());
        let name_server = format!("127.0.0.1:{names}");
        let told = format!("127.0.0.1:{}", two_free_ports());
        let off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", &told];
        let only = ["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", &name_server];
        let names_run = run("pebble-challtestsrv", &[&off[..], &only].concat());
        opened(names);
        let server = run("pebble", &["-config", &config, "-strict", "-dnsserver", &name_server]);
        opened(acme);
        opened(management);
        let issuer = fetched(&root, management, "/roots/0");
        let issuer = home.file("issuer.pem", &issuer);
        Self { _server: server, _names: names_run, acme, root, issuer }
    }

    fn keys(&self) -> String {
        format!(
            "[portal.tls.acme]\ndirectory = \"https://localhost:{}/dir\"\ncontact = [\"mailto:owner@{HOST}\"]\nroot = \"{}\"",
            self.acme, self.root
        )
    }
}

fn fetched(ca: &str, port: u16, path: &str) -> String {
    let url = format!("https://localhost:{port}{path}");
    let ended = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--cacert", ca, &url])
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn a_certificate_comes_from_an_acme_server_that_has_asked_for_the_name_and_is_kept() {
    let home = Home::new();
    let port = two_free_ports();
    let pebble = Pebble::start(&home, port);
    let file = home.file("acme.toml", &super::table(port, HOST, &pebble.keys()));
    let served = Served::told(home.data(), &["--config", &file]);
    served.says("a certificate came from the ACME server");
    both_get(&pebble.issuer, HOST, port);
    assert!(curl(&pebble.root, HOST, port, "/origins").is_refused_for(&["unable to get local issuer"]));
    served.kill();
    let kept = home.data().join("portal/acme");
    let files: Vec<_> = std::fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    for entry in files {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
    // The next start asks nobody: the server is gone.
    let keys = pebble.keys();
    let issuer = pebble.issuer.clone();
    drop(pebble);
    let file = home.file("again.toml", &super::table(port, HOST, &keys));
    let again = Served::told(home.data(), &["--config", &file]);
    again.says("the certificate that was kept is served");
    both_get(&issuer, HOST, port);
}

#[test]
fn whoever_does_not_hold_the_name_gets_no_certificate_and_shows_none() {
    let home = Home::new();
    // What answers at the port where the server asks is another program.
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let pebble = Pebble::start(&home, elsewhere.local_addr().unwrap().port());
    drop(elsewhere);
    let portal = Portal::start(&home, "data", HOST, &pebble.keys());
    portal.served.says("no certificate from the ACME server; it is asked again");
    let mut ask = Command::new("curl");
    ask.args([
        "--silent",
        "--insecure",
        "--noproxy",
        "*",
        "--max-time",
        "20",
        "--resolve",
        &format!("{HOST}:{}:127.0.0.1", portal.port),
    ]);
    let ended = ask.arg(format!("https://{HOST}:{}/origins", portal.port)).output().unwrap();
    assert!(!ended.status.success() && ended.stdout.is_empty());
}
