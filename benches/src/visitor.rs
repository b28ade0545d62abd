//! A browser in miniature: one kept connection to the portal, its cookies, and a security key.

use crate::authenticator::Authenticator;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// As behind a proxy that ends TLS: so that an attempt can come from any address.
pub const ORIGIN: &str = "https://trade.example";
const HOST: &str = "trade.example";
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    cookies: Vec<String>,
}

#[derive(Debug)]
pub struct Visitor {
    stream: BufReader<TcpStream>,
    pub cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub fn new(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::new(stream), cookies: BTreeMap::new() }
    }

    pub fn with(mut self, cookies: &[(String, String)]) -> Self {
        self.cookies.extend(cookies.iter().cloned());
        self
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub fn post(&mut self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        self.ask("POST", path, headers, &body.join("&"))
    }

    fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {}\r\n", cookies.join("; "));
        // The proxy says whose request it is; ours is that of somebody at the machine itself.
        let here = [("X-Forwarded-For", "127.0.0.1")];
        for (name, value) in if headers.is_empty() { &here[..] } else { headers } {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            text.push_str(&format!("Origin: {ORIGIN}\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
        let answer = self.read();
        for set in &answer.cookies {
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    fn read(&mut self) -> Answer {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status =
            line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{line:?}"));
        let (mut length, mut cookies) = (0, Vec::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "set-cookie" => cookies.push(value.to_owned()),
                _other => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        Answer { status, body: String::from_utf8(body).unwrap(), cookies }
    }

    /// The first owner, from the one-time link.
    pub fn enrol(&mut self, path: &str) -> Authenticator {
        let page = self.get(path);
        let (ceremony, options) = ceremony(&page.body);
        let (authenticator, response) = Authenticator::create(ORIGIN, &options);
        let form = [("name", "Mara"), ("ceremony", &ceremony), ("response", &response.to_string())];
        let answer = self.post(path, &form, &[]);
        assert_eq!(answer.status, 303, "{}", answer.body);
        authenticator
    }

    /// From the page that is read to the session that has begun.
    pub fn sign_in(&mut self, authenticator: &Authenticator) {
        self.cookies.retain(|name, _| name.ends_with("-device"));
        let page = self.get("/sign-in");
        let (ceremony, options) = ceremony(&page.body);
        let response = authenticator.get(&options).to_string();
        let answer = self.post("/sign-in/passkey", &[("ceremony", &ceremony), ("response", &response)], &[]);
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
}

/// What the page's form would be signed with.
fn ceremony(page: &str) -> (String, Value) {
    let between = |before: &str| {
        let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}")).1;
        let value = rest.split_once('"').unwrap().0;
        value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    };
    let options: Value = serde_json::from_str(&between("data-options=\"")).unwrap();
    let options = options.get("publicKey").cloned().unwrap_or(options);
    (between("name=\"ceremony\" value=\""), options)
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _other => format!("%{byte:02X}"),
        })
        .collect()
}
