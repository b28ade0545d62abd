//! The path of an order: the same program straight to the paper broker, through a raw copy proxy, HAProxy, and
//! through the gate. `path latency`, `path throughput` or `path syncs`, and how many rounds; without words, all three.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, clippy::float_arithmetic)]

mod latency;
mod places;
mod processes;
mod proxy;
mod stand;
mod syncs;
mod throughput;

use places::Places;

const ROUNDS: usize = 10;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["proxy", listen, to] = words.as_slice() {
        proxy::run(listen.parse().unwrap(), to.parse().unwrap());
        return;
    }
    let rounds = words.get(1).map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let places = Places::find();
    println!("{}\n{}", benches::machine(), places.told());
    // Light for the cores: the program and its 64 connections are one thread.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match words.first() {
        None => {
            runtime.block_on(latency::run(&places, rounds));
            runtime.block_on(throughput::run(&places, rounds));
            runtime.block_on(syncs::run(&places));
        }
        Some(&"latency") => runtime.block_on(latency::run(&places, rounds)),
        Some(&"throughput") => runtime.block_on(throughput::run(&places, rounds)),
        Some(&"syncs") => runtime.block_on(syncs::run(&places)),
        Some(other) => panic!("there is no part {other}: latency, throughput, syncs"),
    }
    println!("{}", benches::machine());
}
