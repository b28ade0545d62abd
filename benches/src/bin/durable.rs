//! Durable orders a second in process, beside what the disk and SQLite do alone in the same rounds, and the
//! transactions (each one sync) that 1,000 orders took. SQLite on the disk of the temporary directory.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::float_arithmetic)]

use benches::floor::{Disk, RawSqlite, Shape};
use benches::rounds::{self, Leg};
use benches::trader::{Desk, How};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

const ROUND: Duration = Duration::from_millis(1_000);
const ROUNDS: usize = 10;
/// Customers, and orders on the way at once.
const DESKS: [(usize, usize); 5] = [(1, 1), (1, 64), (64, 64), (1, 256), (64, 256)];
const GOAL: f64 = 100_000.0;

enum Way {
    Disk(Disk),
    Sqlite(RawSqlite, usize),
    Desk { desk: usize, at_once: usize },
}

/// What a desk has done in all rounds.
#[derive(Default)]
struct Done {
    orders: u64,
    syncs: u64,
}

fn under(home: &Path, name: &str) -> PathBuf {
    let directory = home.join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

async fn round(way: &mut Way, desks: &[Desk], done: &mut Done) -> f64 {
    match way {
        Way::Disk(disk) => disk.syncs(ROUND, usize::MAX).len() as f64 / ROUND.as_secs_f64(),
        Way::Sqlite(sqlite, batch) => sqlite.rows(ROUND, *batch),
        Way::Desk { desk, at_once } => {
            let desk = &desks[*desk];
            let before = desk.transactions.load(Ordering::Relaxed);
            let (orders, took) = desk.trade(*at_once, How::Ended, ROUND, u64::MAX).await;
            done.orders += orders;
            done.syncs += desk.transactions.load(Ordering::Relaxed) - before;
            orders as f64 / took.as_secs_f64()
        }
    }
}

#[tokio::main]
async fn main() {
    let rounds = std::env::args().nth(1).map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    println!("{}", benches::machine());
    let home = std::env::temp_dir().join(format!("prb-durable-{}", std::process::id()));
    let mut desks = Vec::new();
    let mut ways = vec![
        (Leg::named("fdatasync alone, in place"), Way::Disk(Disk::open(&under(&home, "one"), Shape::InPlace))),
        (Leg::named("fdatasync alone, again"), Way::Disk(Disk::open(&under(&home, "two"), Shape::InPlace))),
        (Leg::named("raw SQLite, 1 row a commit"), Way::Sqlite(RawSqlite::open(&under(&home, "raw-1")), 1)),
        (Leg::named("raw SQLite, 256 rows a commit"), Way::Sqlite(RawSqlite::open(&under(&home, "raw-256")), 256)),
    ];
    let floors = ways.len();
    for (desk, (customers, at_once)) in DESKS.into_iter().enumerate() {
        desks.push(Desk::open(&under(&home, &format!("desk-{desk}")), customers).await);
        let name = format!("orders (customers {customers}, at once {at_once})");
        ways.push((Leg::named(name), Way::Desk { desk, at_once }));
    }
    let mut done: Vec<Done> = ways.iter().map(|_| Done::default()).collect();
    for nth in 0..rounds {
        for leg in rounds::order(ways.len(), nth) {
            let (figures, way) = &mut ways[leg];
            figures.rounds.push(round(way, &desks, &mut done[leg]).await);
        }
    }
    told(&ways.iter().map(|(leg, _)| leg).collect::<Vec<_>>(), &done, floors);
    desks.into_iter().for_each(Desk::close);
    std::fs::remove_dir_all(&home).unwrap();
}

fn told(legs: &[&Leg], done: &[Done], floors: usize) {
    println!(
        "\n| In process | A second | To fdatasync alone | Syncs per 1,000 orders | Rounds |\n|---|---|---|---|---|"
    );
    for (leg, Done { orders, syncs }) in legs.iter().zip(done) {
        let syncs = if *orders == 0 { String::new() } else { (syncs * 1_000 / orders).to_string() };
        let ratio = leg.ratio(legs[0]);
        println!("| {} | {:.0} | {ratio:.2} | {syncs} | {} |", leg.name, leg.middle(), leg.listed());
    }
    // An order here is two records: admitted, and ended by the venue.
    let most = legs[floors..].iter().map(|leg| leg.middle() * 2.0).fold(0.0, f64::max);
    println!("\nG4 in process: at most {most:.0} durable records a second; the goal is {GOAL:.0}");
    println!("{}\n{}", rounds::control(legs[0], legs[1]), benches::machine());
}
