//! A cold start of many customers, each with an account and an API credential: how long until all of them are there and
//! how much memory each takes, beside the rows of the same journal read alone. `start`, or `start CUSTOMERS ROUNDS`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::float_arithmetic)]

use benches::live::{Live, live, resident};
use benches::rounds::{self, Leg};
use benches::rows::pages;
use benches::sink::Sink;
use benches::trader::Desk;
use service::{Commit, Node, SystemClock};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;
use store::SqliteStore;

#[global_allocator]
static ALLOCATOR: Live = Live;

const CUSTOMERS: usize = 100_000;
const ROUNDS: usize = 5;

fn journal(directory: &Path) -> std::path::PathBuf {
    directory.join("portreeve.db")
}

/// A process of its own each time, so that no start finds another's memory: seconds, and megabytes allocated and given.
async fn start(directory: &Path) {
    let (before, given, begun) = (live(), resident(), Instant::now());
    let store = Box::new(SqliteStore::open(&journal(directory)).unwrap());
    let (commit, _thread) = Commit::start(store, Box::new(|| false)).unwrap();
    let node = Node::start(commit, Arc::new(Sink::default()), Arc::new(SystemClock)).await.unwrap();
    let (took, customers) = (begun.elapsed().as_secs_f64(), node.actors().len());
    println!("{took} {customers} {} {}", live() - before, resident() - given);
}

fn started(directory: &Path, customers: usize) -> (f64, f64, f64) {
    let ended = Command::new(std::env::current_exe().unwrap()).arg("--on").arg(directory).output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    let numbers: Vec<f64> = told.split_whitespace().map(|word| word.parse().unwrap()).collect();
    assert_eq!(numbers[1] as usize, customers, "all of them are there");
    (numbers[0], numbers[2], numbers[3])
}

fn rows_alone(directory: &Path) -> (f64, u64) {
    let (begun, mut count) = (Instant::now(), 0);
    pages(&journal(directory), |event| {
        std::hint::black_box(event);
        count += 1;
    });
    (begun.elapsed().as_secs_f64(), count)
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [on, directory] = &words[..]
        && on == "--on"
    {
        return start(Path::new(directory)).await;
    }
    let number = |at: usize, default: usize| words.get(at).map_or(default, |word| word.parse().unwrap());
    let (customers, rounds) = (number(0, CUSTOMERS), number(1, ROUNDS));
    println!("{}", benches::machine());
    let directory = std::env::temp_dir().join(format!("prb-start-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let begun = Instant::now();
    Desk::open(&directory, customers).await.close();
    let mut legs = ["start", "start, again", "rows read alone"].map(Leg::named);
    let (mut events, mut kept, mut given) = (0, Leg::default(), Leg::default());
    println!("{customers} customers made in {:.0} s", begun.elapsed().as_secs_f64());
    for round in 0..rounds {
        for leg in rounds::order(legs.len(), round) {
            let seconds = if leg < 2 {
                let (seconds, allocated, resident) = started(&directory, customers);
                kept.rounds.push(allocated);
                given.rounds.push(resident);
                seconds
            } else {
                let (seconds, count) = rows_alone(&directory);
                events = count;
                seconds
            };
            legs[leg].rounds.push(seconds * 1_000.0);
        }
    }
    let each = |megabytes: f64| megabytes * f64::from(1 << 20) / customers as f64;
    println!(
        "\n{customers} customers, {events} events\n\n| Milliseconds | Middle | To the rows alone | Rounds |\n|---|---|---|---|"
    );
    for leg in &legs {
        println!("| {} | {:.0} | {:.2} | {} |", leg.name, leg.middle(), leg.ratio(&legs[2]), leg.listed());
    }
    println!(
        "\na customer: {:.0} bytes allocated, {:.0} given by the system",
        each(kept.middle()),
        each(given.middle())
    );
    println!("{}\n{}", rounds::control(&legs[0], &legs[1]), benches::machine());
    std::fs::remove_dir_all(&directory).unwrap();
}
