//! The console: a bell for each approval that is asked for, where there is a console, and unless it is said otherwise.

use crate::crash::program::{Program, Told, answers, place};
use crate::served::{Home, Served, two_free_ports};
use std::io::Read;
use std::process::{Child, Command, Stdio};

const BELL: u8 = 7;

/// `serve` in a terminal of its own, which util-linux makes; what it writes there comes to us.
struct Console {
    terminal: Child,
    port: u16,
    seen: Vec<u8>,
}

impl Console {
    fn start(home: &Home, more: &str) -> Self {
        let (binary, data, port) = (env!("CARGO_BIN_EXE_portreeve"), home.data(), two_free_ports());
        let serve = format!("exec {binary} serve --seed 7 --tws 127.0.0.1:{port} --data {} {more}", data.display());
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--flush", "--command", &serve, "/dev/null"]);
        let pipes = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut console = Self { terminal: pipes.spawn().unwrap(), port, seen: Vec::new() };
        console.until(|seen| String::from_utf8_lossy(seen).contains("serving"));
        console
    }

    fn read(&mut self) -> bool {
        let mut bytes = [0; 1_024];
        let count = self.terminal.stdout.as_mut().unwrap().read(&mut bytes).unwrap();
        self.seen.extend_from_slice(&bytes[..count]);
        count > 0
    }

    fn until(&mut self, holds: impl Fn(&[u8]) -> bool) {
        while !holds(&self.seen) {
            assert!(self.read(), "it ended: {}", String::from_utf8_lossy(&self.seen));
        }
    }

    /// Ended as by Ctrl-C in it; how often it rang.
    fn end(mut self) -> usize {
        use std::io::Write;
        self.terminal.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
        while self.read() {}
        self.terminal.wait().unwrap();
        bells(&self.seen)
    }
}

fn bells(seen: &[u8]) -> usize {
    seen.iter().filter(|byte| **byte == BELL).count()
}

/// One order that is held, when its program was told so, and one that is not.
fn trade(port: u16) {
    let mut program = Program::connect(port, 1).unwrap();
    let (bid, first) = (program.bid(), program.next_number);
    for (number, quantity, status) in [(first, 1, "Submitted"), (first + 1, 70, "PreSubmitted")] {
        let price = (bid * rust_decimal::Decimal::new(99, 2)).round_dp(2);
        program.ask(&[place(number, "BUY", quantity, price, "DAY")]).unwrap();
        let told = program.until(|told| answers(told).filter(|(about, _)| *about == number).map(|(_, told)| told));
        assert_eq!(told.unwrap(), Told::Status(status.to_owned()));
    }
}

#[test]
fn an_approval_that_is_asked_for_rings_once_in_a_console() {
    let home = Home::new();
    let mut console = Console::start(&home, "");
    assert_eq!(bells(&console.seen), 0, "nothing was asked for yet");
    trade(console.port);
    console.until(|seen| bells(seen) == 1);
    assert_eq!(console.end(), 1);
}

#[test]
fn without_a_console_and_where_it_is_not_wanted_nothing_rings() {
    let home = Home::new();
    let served = Served::start(home.data());
    trade(served.port);
    assert_eq!(bells(served.kill().as_bytes()), 0);
    let quiet = Home::new();
    let config = quiet.file("quiet.toml", "[notify]\nbell = false\n");
    let console = Console::start(&quiet, &format!("--config {config}"));
    trade(console.port);
    assert_eq!(console.end(), 0);
}
