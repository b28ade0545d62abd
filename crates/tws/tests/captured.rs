//! Reads the messages that real clients were seen to write.
//!
//! A file holds what one client writes at one server version: a line per message, its name, then
//! its fields, each with a `|` in the place of its terminator.
use tws::ServerVersion;

const FILES: &[(&str, u32, &str)] = &[
    ("ib_async 2.1.0", 157, include_str!("fixtures/ib_async-157.txt")),
    ("ib_async 2.1.0", 178, include_str!("fixtures/ib_async-178.txt")),
    ("ib_insync 0.9.86", 157, include_str!("fixtures/ib_insync-157.txt")),
    ("ib_insync 0.9.86", 176, include_str!("fixtures/ib_insync-176.txt")),
    ("ibapi 9.81.1", 157, include_str!("fixtures/ibapi_9.81-157.txt")),
    ("ibapi 10.50.2", 178, include_str!("fixtures/ibapi_10.50-178.txt")),
];

#[derive(Debug)]
pub struct Captured {
    pub client: &'static str,
    pub version: ServerVersion,
    pub name: &'static str,
    pub payload: Vec<u8>,
}

impl Captured {
    pub fn at(&self) -> String {
        format!("{} at {}: {}", self.client, self.version, self.name)
    }

    pub fn fields(&self) -> usize {
        self.payload.iter().filter(|byte| **byte == 0).count()
    }
}

pub fn all() -> Vec<Captured> {
    let mut all = Vec::new();
    for (client, version, text) in FILES {
        for line in text.lines() {
            let (name, fields) = line.split_once(' ').unwrap();
            all.push(Captured { client, version: version_of(*version), name, payload: payload(fields) });
        }
    }
    assert!(all.len() > 150);
    all
}

pub fn version_of(number: u32) -> ServerVersion {
    ServerVersion::new(number).unwrap()
}

/// Fields as tests write them, each followed by `|`.
pub fn payload(fields: &str) -> Vec<u8> {
    fields.replace('|', "\0").into_bytes()
}

pub fn shown(payload: &[u8]) -> String {
    String::from_utf8(payload.to_vec()).unwrap().replace('\0', "|")
}

/// The messages of ibapi 10.50 in protobuf: each line a name and the payload in hexadecimal.
pub fn protobuf() -> Vec<Captured> {
    let line = |line: &'static str| {
        let (name, payload) = line.split_once(' ').unwrap();
        let (client, version) = ("ibapi 10.50.2", ServerVersion::PROTOBUF);
        Captured { client, version, name, payload: bytes(payload) }
    };
    let all: Vec<_> = include_str!("fixtures/ibapi_10.50-213.txt").lines().map(line).collect();
    assert!(all.len() > 40);
    all
}

pub fn bytes(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len()).step_by(2).map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap()).collect()
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
