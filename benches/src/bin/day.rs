//! A day of four programs on a clock that is turned by hand: what the gate keeps in memory when it is over, beside
//! what a gate keeps that has just been started on the same journal. With a directory as its argument it is that one.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::float_arithmetic)]

use benches::house::House;
use benches::live::{Live, live, resident};
use benches::process::free_port;
use benches::program::Program;
use benches::world::NOW;
use kernel::time::Timestamp;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: Live = Live;

const STEP_MS: i64 = 5_000;
const HOUR_MS: i64 = 3_600_000;
const HOURS: i64 = 24;
/// What four connected programs may take beside the state, and of the state.
const BESIDE: f64 = 1.0;
const OF_STATE: f64 = 1.05;

struct Bots {
    maker: Program,
    resting: Option<i32>,
    taker: Program,
    bought: bool,
    sniper: Program,
    reader: Program,
    orders: u64,
}

impl Bots {
    async fn connect(house: &House) -> Self {
        let mut programs = Vec::new();
        for (client_id, name) in (1..).zip(["maker", "taker", "sniper", "reader"]) {
            let port = house.program(name, free_port()).await;
            programs.push(Program::connect(port, client_id).await);
        }
        let [maker, taker, sniper, reader] = programs.try_into().unwrap();
        Self { maker, resting: None, taker, bought: false, sniper, reader, orders: 0 }
    }

    /// Every five seconds an order that ends at once, every ten a quote in place of the last one, every minute one
    /// share in or out, every half a minute a look at everything.
    async fn step(&mut self, number: i64) {
        let Self { maker, resting, taker, bought, sniper, reader, orders } = self;
        *orders += 1;
        if number % 12 == 0 {
            maker.look_at_the_price().await;
            sniper.look_at_the_price().await;
        }
        let quotes = async {
            if number % 2 == 0 {
                if let Some(last) = resting.take() {
                    maker.cancel(last).await;
                }
                *resting = Some(maker.quote().await);
                1
            } else {
                0
            }
        };
        let takes = async {
            if number % 12 == 0 {
                taker.trade(if *bought { "SELL" } else { "BUY" }, 1).await;
                *bought = !*bought;
                1
            } else {
                0
            }
        };
        let looks = async {
            if number % 6 == 0 {
                reader.look().await;
            }
        };
        let (quoted, taken, (), ()) = tokio::join!(quotes, takes, looks, sniper.end_at_once());
        *orders += quoted + taken;
    }
}

async fn size(house: &House) -> u64 {
    house.node.with_reader(|reader| reader.head()).await.unwrap().unwrap().size
}

/// Started on the journal of another, with the same clock; its programs are not connected.
async fn fresh(directory: &Path, now: i64) {
    let before = live();
    let _house = House::open(directory, Timestamp(now)).await;
    println!("{}", live() - before);
}

fn hour(at: i64, orders: u64, events: u64, kept: f64) {
    println!("| {at} | {orders} | {events} | {kept:.2} | {:.1} |", resident());
}

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [directory, now] = &words[..] {
        fresh(Path::new(directory), now.parse().unwrap()).await;
        return ExitCode::SUCCESS;
    }
    let hours = words.first().map_or(HOURS, |hours| hours.parse().unwrap());
    println!("{}", benches::machine());
    let directory = std::env::temp_dir().join(format!("prb-day-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (before, begun) = (live(), Instant::now());
    let house = House::open(&directory, NOW).await;
    let mut bots = Bots::connect(&house).await;
    println!("\n| hour | orders | events | kept, MB | resident, MB |\n|---|---|---|---|---|");
    hour(0, bots.orders, size(&house).await, live() - before);
    for step in 0..hours * HOUR_MS / STEP_MS {
        house.clock.advance_ms(STEP_MS);
        bots.step(step).await;
        let passed = (step + 1) * STEP_MS;
        if passed % (2 * HOUR_MS) == 0 {
            hour(passed / HOUR_MS, bots.orders, size(&house).await, live() - before);
        }
    }
    let (kept, now) = (live() - before, house.actor.now().0);
    house.close();
    let again = Command::new(std::env::current_exe().unwrap()).arg(&directory).arg(now.to_string()).output().unwrap();
    let state: f64 = String::from_utf8(again.stdout).unwrap().trim().parse().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    println!("\n{hours} hours in {:.0} s: kept {kept:.2} MB, state {state:.2} MB", begun.elapsed().as_secs_f64());
    if kept <= state * OF_STATE + BESIDE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
