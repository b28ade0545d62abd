//! A thousand connections that misbehave at other doors: the program of a credential is answered as fast as before.

use crate::crash::program::{Program, Told, answers, percent, place};
use crate::served::{Home, Served, two_free_ports};
use rust_decimal::Decimal;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tws::Request;

const CROWD: usize = 1_000;
/// So many connections instead, in the soak.
const MORE: &str = "PORTREEVE_CROWD";
const ROUNDS: usize = 5;
const ORDERS: i32 = 500;
/// What another credential's slowest of a hundred may take, of what it takes when it is quiet.
const WITHIN: f64 = 2.0;

struct Crowd {
    process: Child,
    told: BufReader<ChildStdout>,
}

impl Crowd {
    fn gather(count: usize, ports: [u16; 2]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/crowd.py");
        let ports = ports.map(|port| port.to_string()).join(" ");
        let line = format!("ulimit -n {} && exec nice -n 19 python3 {} {count} {ports}", count + 100, script.display());
        let mut process =
            Command::new("sh").args(["-c", &line]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let told = BufReader::new(process.stdout.take().unwrap());
        let mut crowd = Self { process, told };
        assert_eq!(crowd.line(), "ready");
        crowd
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// How many connections it opened, and how many of them were ended by the gate.
    fn leave(mut self) -> (usize, usize) {
        drop(self.process.stdin.take());
        let line = self.line();
        let mut counts = line.split(' ').map(|count| count.parse::<usize>().unwrap());
        let counts = (counts.next().unwrap(), counts.next().unwrap());
        assert!(self.process.wait().unwrap().success());
        counts
    }
}

/// How long orders that rest take until they are acknowledged; each is cancelled before the next.
fn orders(program: &mut Program, bid: Decimal) -> Vec<Duration> {
    let mut took = Vec::new();
    for _ in 0..ORDERS {
        let number = program.next_number;
        program.next_number += 1;
        let began = Instant::now();
        // Two alike within two seconds are a duplicate, and a quick machine comes round to the same price.
        let quantity = i64::from(1 + number / 900 % 5);
        program.ask(&[place(number, "BUY", quantity, percent(bid, 92, number % 900), "DAY")]).unwrap();
        let told = |wanted: &'static str| {
            move |told: &tws::Response| match answers(told).filter(|(about, _)| *about == number)?.1 {
                Told::Status(status) if status == wanted => Some(()),
                Told::Status(_) => None,
                Told::Error(202, _) => None,
                Told::Error(code, text) => panic!("{code} {text}"),
            }
        };
        program.until(told("Submitted")).unwrap();
        took.push(began.elapsed());
        program.ask(&[Request::CancelOrder { order_id: number, manual_time: String::new() }]).unwrap();
        program.until(told("Cancelled")).unwrap();
    }
    took
}

/// So long the fastest 99 of a hundred take.
fn p99(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

/// A credential that the guard holds back in nothing that is measured here, and where it listens.
fn wide(served: &Served) -> u16 {
    let port = two_free_ports();
    let words = format!(
        "credential create --name measured --account {} --listen 127.0.0.1:{port} --instrument AAPL/USD \
         --scope account:read,market:read,order:submit,order:cancel --limit orders_per_second=10000 \
         --limit messages_per_second=10000 --limit day_count=1000000 --limit day_value=1000000000 \
         --limit order_value=100000 --limit collar_bps=1000",
        served.account()
    );
    let made = served.ask(&words.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(made.code, 0, "{made:?}");
    port
}

#[test]
#[allow(clippy::print_stdout)]
fn a_crowd_that_is_slow_half_open_and_deaf_at_other_doors_slows_no_program() {
    let count = std::env::var(MORE).map_or(CROWD, |count| count.parse().unwrap());
    let home = Home::new();
    let served = Served::start(home.data());
    let own = wide(&served);
    let mut program = Program::connect(own, 1).unwrap();
    let bid = program.bid();
    orders(&mut program, bid);
    // Each round is compared with itself, and the middle one counts: a crowd that slows anything does so in every
    // round, while what else a busy machine does for a second falls on one of them.
    let (mut rounds, mut opened, mut ended) = (Vec::new(), 0, 0);
    for _ in 0..ROUNDS {
        let quiet = p99(orders(&mut program, bid));
        let crowd = Crowd::gather(count, [served.port, served.port + 80]);
        let crowded = p99(orders(&mut program, bid));
        println!("p99 quiet {quiet:?}, among {count} bad connections {crowded:?}");
        rounds.push(crowded.as_secs_f64() / quiet.as_secs_f64());
        let counts = crowd.leave();
        (opened, ended) = (opened + counts.0, ended + counts.1);
    }
    assert!(opened >= ROUNDS * count && ended > count, "the crowd came and was turned away: {opened}, {ended}");
    rounds.sort_unstable_by(f64::total_cmp);
    println!("of the quiet p99 it is {rounds:.2?}; {opened} opened, {ended} ended");
    assert!(rounds[ROUNDS / 2] <= WITHIN, "{rounds:.2?} of what it takes when it is quiet");
    assert!(rounds[ROUNDS - 1] <= 10.0 * WITHIN, "{rounds:.2?}: in one of them it stood still");
    assert!(Program::connect(own, 2).is_ok(), "and others still come in");
}
