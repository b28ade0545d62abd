//! Orders a second with 1 and with 64 connections, each with one order at a time that the venue ends at once.

use crate::places::Places;
use crate::proxy::Tap;
use crate::stand::{Stand, Way};
use benches::program::Program;
use benches::rounds::{self, Leg};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ROUND: Duration = Duration::from_millis(1_000);

const WAYS: [Way; 6] = [Way::Direct, Way::DirectAgain, Way::Proxy, Way::HaProxy, Way::GateInMemory, Way::GateDurable];

/// Orders that were ended by the venue, and in which time. Each program has sent one before the clock starts.
pub async fn orders(ports: &[u16], connections: usize, lasting: Duration) -> (u64, Duration) {
    let mut programs = Vec::new();
    for n in 0..connections {
        let client_id = i32::try_from(n + 1).unwrap();
        let mut program = Program::connect(ports[n % ports.len()], client_id).await;
        program.end_at_once().await;
        programs.push(program);
    }
    let (done, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut trading = Vec::new();
    for mut program in programs {
        let done = Arc::clone(&done);
        trading.push(tokio::spawn(async move {
            while start.elapsed() < lasting {
                program.end_at_once().await;
                done.fetch_add(1, Ordering::Relaxed);
            }
            program
        }));
    }
    // Nobody hangs up while others still trade: the gate records that, and it would be measured.
    let mut programs = Vec::new();
    for program in trading {
        programs.push(program.await.unwrap());
    }
    let took = start.elapsed();
    drop(programs);
    (done.load(Ordering::Relaxed), took)
}

pub async fn run(places: &Places, rounds: usize) {
    let tap = Tap::start();
    for connections in [1, 64] {
        let mut legs = WAYS.map(|way| Leg::named(way.name()));
        for round in 0..rounds {
            for leg in rounds::order(legs.len(), round) {
                let stand = Stand::start(WAYS[leg], places, &tap);
                let (orders, took) = orders(&stand.ports, connections, ROUND).await;
                stand.check(orders);
                legs[leg].rounds.push(orders as f64 / took.as_secs_f64());
            }
        }
        told(&legs, connections);
    }
}

fn told(legs: &[Leg], connections: usize) {
    let [direct, proxy] = [&legs[0], &legs[2]];
    println!("\nConnections: {connections}. Orders a second, counted at their end\n");
    println!("| Way | Orders a second | To direct | To the proxy | Rounds |\n|---|---|---|---|---|");
    for leg in legs {
        println!(
            "| {} | {:.0} | {:.2} | {:.2} | {} |",
            leg.name,
            leg.middle(),
            leg.ratio(direct),
            leg.ratio(proxy),
            leg.listed()
        );
    }
    println!("\n{}", rounds::control(direct, &legs[1]));
}
