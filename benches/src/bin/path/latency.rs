//! One connection, one order at a time: how long until the venue's acknowledgement is read, how long until the
//! order has left the gate, and what a lone sync of the same disk takes in the same rounds.

use crate::places::Places;
use crate::proxy::Tap;
use crate::stand::{Stand, Way};
use benches::floor::{Disk, Shape};
use benches::process::Home;
use benches::program::Program;
use benches::rounds::{self, Leg, middle, within};
use std::time::{Duration, Instant};

const ROUND: Duration = Duration::from_millis(600);
const WARM: usize = 50;
/// A round goes on until it has so many, however slow the machine is.
const LEAST: usize = 20;
/// A journal of a few thousand orders is enough; a way without a sync would fill its round with ten thousand.
const MOST: usize = 4_000;
const WAYS: [Way; 8] = [
    Way::Direct,
    Way::DirectAgain,
    Way::Proxy,
    Way::HaProxy,
    Way::GateInMemory,
    Way::GateDurable,
    Way::Tap,
    Way::GateThenTap,
];
/// From here on the way leads through the tap.
const TAPPED: usize = 6;

/// p50 and p99 of each round.
struct Pair {
    p50: Leg,
    p99: Leg,
}

impl Pair {
    fn named(name: &str) -> Self {
        Self { p50: Leg::named(name), p99: Leg::named(name) }
    }

    fn take(&mut self, samples: &[Duration]) {
        assert!(!samples.is_empty(), "{}: a round without a sample", self.p50.name);
        self.p50.rounds.push(within(samples, 500));
        self.p99.rounds.push(within(samples, 990));
    }

    fn row(&self, floor: &Pair) -> String {
        format!(
            "| {} | {:.0} | {:.0} | {:.2} | {} |",
            self.p50.name,
            self.p50.middle(),
            self.p99.middle(),
            self.p50.ratio(&floor.p50),
            self.p50.listed()
        )
    }
}

/// One way, in all rounds.
struct Measured {
    way: Way,
    acknowledged: Pair,
    /// Only where the order passes a tap.
    forwarded: Pair,
}

impl Measured {
    async fn round(&mut self, places: &Places, tap: &Tap) {
        let stand = Stand::start(self.way, places, tap);
        let mut program = Program::connect(stand.ports[0], 1).await;
        for _ in 0..WARM {
            program.rest().await;
        }
        let (begun, mut took, mut passed) = (Instant::now(), Vec::new(), Vec::new());
        while took.len() < LEAST || (begun.elapsed() < ROUND && took.len() < MOST) {
            tap.arm();
            let (start, until_told) = program.rest().await;
            took.push(until_told);
            passed.extend(tap.since(start));
        }
        self.acknowledged.take(&took);
        if matches!(self.way, Way::Tap | Way::GateThenTap) {
            assert_eq!(passed.len(), took.len(), "every order passes the tap");
            self.forwarded.take(&passed);
        }
        stand.check(took.len() as u64);
    }
}

pub async fn run(places: &Places, rounds: usize) {
    let tap = Tap::start();
    let named = |way: Way| Measured { way, acknowledged: Pair::named(way.name()), forwarded: Pair::named(way.name()) };
    let mut ways = WAYS.map(named);
    let disk = Home::new(&places.disk);
    let mut floors = [
        (Disk::open(&disk.0, Shape::Append), Pair::named("fdatasync, file grows")),
        (Disk::open(&disk.0, Shape::InPlace), Pair::named("fdatasync, in place")),
    ];
    for round in 0..rounds {
        for leg in rounds::order(ways.len() + floors.len(), round) {
            match leg.checked_sub(ways.len()) {
                None => ways[leg].round(places, &tap).await,
                Some(floor) => {
                    let (disk, pair) = &mut floors[floor];
                    pair.take(&disk.syncs(ROUND, MOST));
                }
            }
        }
    }
    told(&ways, &[&floors[0].1, &floors[1].1]);
}

fn told(ways: &[Measured], floors: &[&Pair]) {
    println!("\n1 connection, a limit order that rests; microseconds, medians of the rounds' own p50 and p99\n");
    println!("| Until the acknowledgement is read | p50 | p99 | p50 to direct, median of rounds | p50 by round |");
    println!("|---|---|---|---|---|");
    let direct = &ways[0].acknowledged;
    for measured in &ways[..TAPPED] {
        println!("{}", measured.acknowledged.row(direct));
    }
    println!("\n| Until the order has left for the venue | p50 | p99 | p50 to the tap alone | p50 by round |");
    println!("|---|---|---|---|---|");
    let forwarded = [TAPPED, TAPPED + 1].map(|n| &ways[n].forwarded);
    for pair in forwarded {
        println!("{}", pair.row(forwarded[0]));
    }
    println!("\n| A lone sync | p50 | p99 | to the first | p50 by round |\n|---|---|---|---|---|");
    for floor in floors {
        println!("{}", floor.row(floors[0]));
    }
    let [direct, proxy, haproxy, memory, durable] = [0, 2, 3, 4, 5].map(|n| &ways[n].acknowledged);
    println!();
    added("G2: added by the raw copy proxy", proxy, direct);
    added("G2: added by HAProxy", haproxy, direct);
    added("G2: added by the gate without a sync (tmpfs)", memory, direct);
    added("G3: added by the durable gate over the proxy, until the acknowledgement", durable, proxy);
    added("G3: added by the durable gate until the order has left", forwarded[1], forwarded[0]);
    for floor in floors {
        println!(
            "G3 allows over the {}: p50 {:.0}, p99 {:.0}",
            floor.p50.name,
            floor.p50.middle() * 1.25 + 30.0,
            floor.p99.middle() * 2.0
        );
    }
    println!("{}", rounds::control(&ways[0].acknowledged.p50, &ways[1].acknowledged.p50));
}

fn added(what: &str, own: &Pair, floor: &Pair) {
    let (p50, p99) = (middle(&own.p50.added(&floor.p50)), middle(&own.p99.added(&floor.p99)));
    println!("{what}: p50 {p50:.0}, p99 {p99:.0}");
}
