//! Verified replay: every event of a journal read, checked (canonical form, hash links, tree), decoded and applied,
//! on one core; beside it each of those steps alone.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::float_arithmetic)]

use benches::rounds::{self, Leg};
use benches::rows::pages;
use benches::trader::{Desk, How};
use journal::link::{self, Entry};
use journal::{Frontier, Hash, Verified, Verifier, tree};
use kernel::event::Recorded;
use kernel::state::{State, apply};
use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use store::StoredEvent;

const EVENTS: u64 = 210_000;
const CUSTOMERS: usize = 64;
const ROUNDS: usize = 10;
const LIMIT: Duration = Duration::from_secs(120);

/// A journal written by the real actors, until it is long enough.
fn made(directory: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let desk = Desk::open(directory, CUSTOMERS).await;
        // An order is 3.5 records in the middle: admitted, acknowledged, ended or filled and charged for.
        let (orders, took) = desk.trade(256, How::Lived, LIMIT, EVENTS * 2 / 7).await;
        println!("a journal of {orders} orders, made in {:.0} s", took.as_secs_f64());
        desk.close();
    });
}

/// One state for each customer, as a node has them. A state is found by the part of the stream's name after `/`.
fn fold(states: &mut HashMap<String, State>, stream: &str, recorded: &Recorded) {
    let whose = stream.split_once('/').map_or(stream, |(_, whose)| whose);
    if !states.contains_key(whose) {
        states.insert(whose.to_owned(), State::default());
    }
    states.get_mut(whose).into_iter().for_each(|state| apply(state, recorded));
}

/// All of it: what a start that trusts nothing does.
fn verified(path: &Path) -> (Verified, HashMap<String, State>) {
    let (mut verifier, mut states) = (Verifier::new(), HashMap::new());
    let head = pages(path, |stored| {
        // As `journal verify` does: decoding compares every byte of ours, the links hold what is a venue's.
        if service::codec::is_ours(&stored) {
            verifier.record_of_compared(&stored.record()).unwrap();
        } else {
            verifier.record(&stored.record()).unwrap();
        }
        fold(&mut states, &stored.stream, &service::codec::decode(&stored).unwrap());
    });
    let verified = verifier.finish();
    assert_eq!((verified.size, verified.root), (head.size, head.root), "the events are those that the head states");
    (verified, states)
}

/// The floor of any verification: SHA-256 over the same bytes, and the tree.
fn hashed(events: &[StoredEvent]) -> Hash {
    let (mut links, mut frontier) = (HashMap::<&str, Hash>::new(), Frontier::new());
    for event in events {
        let last = links.entry(&event.stream).or_insert(link::GENESIS);
        let (stream, version, tag) = (event.stream.as_str(), event.version, event.tag.as_str());
        *last = link::next(last, &Entry { stream, version, tag, at: event.at, body: &event.body });
        frontier.push(tree::leaf(last));
    }
    frontier.root()
}

struct Steps {
    name: &'static str,
    run: Box<dyn Fn()>,
}

fn steps(path: &Path) -> Vec<Steps> {
    let mut events: Vec<StoredEvent> = Vec::new();
    let head = pages(path, |event| events.push(event));
    assert_eq!(hashed(&events), head.root, "the floor hashes what was written");
    let decoded: Vec<Recorded> = events.iter().map(|event| service::codec::decode(event).unwrap()).collect();
    let (events, path) = (std::rc::Rc::new(events), path.to_owned());
    let own = |run: fn(&[StoredEvent])| {
        let events = std::rc::Rc::clone(&events);
        Box::new(move || run(&events))
    };
    let again = path.clone();
    let rows = path.clone();
    let streams = std::rc::Rc::clone(&events);
    vec![
        Steps { name: "verified replay, all of it", run: Box::new(move || drop(black_box(verified(&path)))) },
        Steps { name: "verified replay, again", run: Box::new(move || drop(black_box(verified(&again)))) },
        Steps {
            name: "rows read from SQLite",
            run: Box::new(move || {
                pages(&rows, |row| drop(black_box(row)));
            }),
        },
        Steps {
            name: "hash links and tree",
            run: own(|events| {
                black_box(hashed(events));
            }),
        },
        Steps {
            name: "canonical form checked",
            run: own(|events| events.iter().for_each(|each| journal::canonical::validate(&each.body).unwrap())),
        },
        Steps {
            name: "parsed",
            run: own(|events| {
                events.iter().for_each(|each| drop(black_box(serde_json::from_slice::<Recorded>(&each.body).unwrap())));
            }),
        },
        Steps {
            name: "decoded: parsed, written again, compared",
            run: own(|events| events.iter().for_each(|each| drop(black_box(service::codec::decode(each).unwrap())))),
        },
        Steps {
            name: "applied",
            run: Box::new(move || {
                let mut states = HashMap::new();
                streams.iter().zip(&decoded).for_each(|(event, one)| fold(&mut states, &event.stream, one));
                drop(black_box(states));
            }),
        },
    ]
}

fn main() {
    let rounds = std::env::args().nth(1).map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    println!("{}", benches::machine());
    let directory = std::env::temp_dir().join(format!("prb-replay-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    made(&directory);
    let path = directory.join("portreeve.db");
    let (found, states) = verified(&path);
    let orders: usize = states.values().map(|state| state.book.orders.len()).sum();
    println!("{} events in {} streams; {orders} orders open at its end\n", found.size, found.streams);
    assert!(found.size >= EVENTS * 20 / 21, "long enough");
    let steps = steps(&path);
    let mut legs: Vec<Leg> = steps.iter().map(|step| Leg::named(step.name)).collect();
    for round in 0..rounds {
        for leg in rounds::order(steps.len(), round) {
            let start = Instant::now();
            (steps[leg].run)();
            legs[leg].rounds.push(found.size as f64 / start.elapsed().as_secs_f64() / 1_000.0);
        }
    }
    println!("| One core | Thousand events a second | To the rows alone | To the hashes alone | Rounds |");
    println!("|---|---|---|---|---|");
    for leg in &legs {
        let (rows, hashes) = (leg.ratio(&legs[2]), leg.ratio(&legs[3]));
        println!("| {} | {:.0} | {rows:.2} | {hashes:.2} | {} |", leg.name, leg.middle(), leg.listed());
    }
    println!("\n{}\n{}", rounds::control(&legs[0], &legs[1]), benches::machine());
    std::fs::remove_dir_all(&directory).unwrap();
}
