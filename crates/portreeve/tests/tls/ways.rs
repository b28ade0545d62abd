//! The ways to the portal: which are refused at a start, what plain HTTP gets, who is believed, and who keeps whom out.

use super::clients::both_get;
use super::{HOST, Portal};
use crate::served::{Home, Served, portreeve, two_free_ports};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LOCAL: &str = "[portal.tls]\nlocal_ca = true";

/// The whole answer to a request that says what it says, byte for byte.
fn said(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    // Where a browser may break a line nothing is said.
    String::from_utf8_lossy(&answer).replace("<wbr>", "")
}

fn get(port: u16, host: &str, path: &str, headers: &str) -> String {
    said(port, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"))
}

#[test]
fn a_portal_that_others_can_reach_without_tls_is_refused_at_the_start_by_name() {
    let home = Home::new();
    let data = home.data().display().to_string();
    for (listen, file) in [("0.0.0.0:4180", "portal = \"0.0.0.0:4180\""), ("[::]:4180", "portal = \"[::]:4180\"")] {
        let file = home.file("open.toml", file);
        for words in [
            &["serve", "--data", &data, "--json", "--portal", listen][..],
            &["serve", "--data", &data, "--json", "--config", &file],
            &["config", "check", "--json", &file],
        ] {
            let refusal = portreeve(words).refused(3, "portal_needs_tls");
            assert!(refusal["text"].as_str().unwrap().contains(listen), "{refusal}");
        }
    }
    let file = home.file("odd.toml", "[portal]\norigin = \"https://trade.example\"\n");
    portreeve(&["serve", "--data", &data, "--json", "--config", &file]).refused(3, "portal_misconfigured");
    assert!(!home.data().exists());
}

#[test]
fn plain_localhost_is_served_as_ever_and_binds_no_other_port_to_tls() {
    let home = Home::new();
    let port = two_free_ports();
    let _served = Served::told(home.data(), &["--portal", &format!("127.0.0.1:{port}")]);
    let page = get(port, &format!("localhost:{port}"), "/origins", "");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains(&format!("http://localhost:{port}")), "{page}");
    assert!(!page.to_lowercase().contains("strict-transport-security"), "{page}");
}

#[test]
fn plain_http_at_a_tls_port_gets_a_short_no_and_silence_keeps_nobody_out() {
    let home = Home::new();
    let portal = Portal::start(&home, "data", HOST, LOCAL);
    let ca = home.0.join("data/portal/local-ca").join(HOST).join("ca.pem").display().to_string();
    let answer = get(portal.port, HOST, "/", "");
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("TLS"), "{answer}");
    assert!(said(portal.port, "\u{16}\u{3}\u{1}\u{0}\u{5}nonsense that is no handshake").len() < 100);
    // More than all places there are: some silent, some half-way through the first record.
    let silent: Vec<TcpStream> = (0..400_usize)
        .map(|number| {
            let mut stream = TcpStream::connect(("127.0.0.1", portal.port)).unwrap();
            if number % 2 == 0 {
                stream.write_all(&[22, 3, 1, 2, 0]).unwrap();
            }
            stream
        })
        .collect();
    both_get(&ca, HOST, portal.port);
    drop(silent);
    let after = SilentAfter::start(&ca, portal.port, 400);
    both_get(&ca, HOST, portal.port);
    drop(after);
}

/// Connections that shake hands and then say nothing: more than all places there are.
struct SilentAfter(Child);

impl SilentAfter {
    fn start(ca: &str, port: u16, count: usize) -> Self {
        const SILENT: &str = r#"
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
held = []
for _ in range(int(sys.argv[4])):
    plain = socket.create_connection(("127.0.0.1", int(sys.argv[3])), timeout=20)
    held.append(context.wrap_socket(plain, server_hostname=sys.argv[2]))
print("silent", flush=True)
sys.stdin.read()
"#;
        let mut python = Command::new("python3")
            .args(["-c", SILENT, ca, HOST, &port.to_string(), &count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = String::new();
        BufReader::new(python.stdout.take().unwrap()).read_line(&mut told).unwrap();
        assert_eq!(told, "silent\n");
        Self(python)
    }
}

impl Drop for SilentAfter {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_listed_proxy_is_believed_about_its_client_and_nobody_else_is() {
    let home = Home::new();
    let of = |listed: &str| format!("trusted_proxies = [\"{listed}\"]");
    let status = |portal: &Portal, path: &str, headers: &str| {
        let answer = get(portal.port, &format!("{HOST}:{}", portal.port), path, headers);
        // The proxy's side is TLS, so what is said over plain HTTP here is meant for https.
        assert!(answer.to_lowercase().contains("strict-transport-security"), "{answer}");
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    // The link opens on this machine alone, so it tells where a request is held to come from.
    let link = |portal: &Portal| {
        let told = portal.served.ask("owner enrol").json();
        let link = told["link"].as_str().unwrap().to_owned();
        link.strip_prefix(&format!("https://{HOST}:{}", portal.port)).unwrap().to_owned()
    };
    let listed = Portal::start(&home, "listed", HOST, &of("127.0.0.1"));
    let path = link(&listed);
    for (headers, expected) in [
        ("X-Forwarded-For: 127.0.0.1\r\n", 200),
        ("X-Forwarded-For: 127.0.0.1, 203.0.113.9\r\n", 410),
        ("X-Forwarded-For: 203.0.113.9\r\n", 410),
        ("X-Forwarded-For: nonsense\r\n", 400),
        ("Forwarded: for=127.0.0.1\r\n", 410),
        ("", 410),
    ] {
        assert_eq!(status(&listed, &path, headers), expected, "{headers}");
    }
    let other = Portal::start(&home, "other", HOST, &of("203.0.113.1"));
    let path = link(&other);
    for (headers, expected) in [
        ("", 200),
        ("X-Forwarded-For: 127.0.0.1\r\n", 410),
        ("Forwarded: for=127.0.0.1;host=evil.test;proto=http\r\n", 410),
        ("X-Forwarded-For: 203.0.113.9\r\n", 410),
    ] {
        assert_eq!(status(&other, &path, headers), expected, "{headers}");
    }
    // Neither is believed about the host or the scheme.
    let elsewhere = get(other.port, "localhost", "/origins", &format!("X-Forwarded-Host: {HOST}\r\n"));
    assert!(elsewhere.starts_with("HTTP/1.1 421 "), "{elsewhere}");
    let page = get(other.port, &format!("{HOST}:{}", other.port), "/origins", "X-Forwarded-Host: evil.test\r\n");
    assert!(page.contains(&format!("https://{HOST}:{}", other.port)) && !page.contains("evil.test"), "{page}");
}
