//! How many times the gate syncs for 1,000 orders: counted by the kernel's own tracing, in a run of its own.

use crate::places::Places;
use crate::processes::{Gate, Paper};
use crate::throughput;
use benches::process::{Home, portreeve};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LASTING: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn run(places: &Places) {
    let known = Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !known.is_ok_and(|ended| ended.success()) {
        println!("\nsyncs are not counted: there is no strace here");
        return;
    }
    println!("\nfdatasync and fsync of the gate, by strace (which slows it down), its start and end included\n");
    println!("| Connections | Orders | Syncs | Syncs per 1,000 orders |\n|---|---|---|---|");
    for connections in [1, 64] {
        let (paper, files) = (Paper::start(&places.memory), Home::new(&places.disk));
        let counts = files.0.join("counts");
        let mut command = Command::new("strace");
        command.args(["-f", "-c", "--seccomp-bpf", "-e", "trace=fdatasync,fsync", "-o"]).arg(&counts);
        command.arg(portreeve().get_program());
        let gate = Gate::start_as(command, &places.disk, paper.port);
        let counted = Counted { gate: traced(gate.id()) };
        let (orders, _) = throughput::orders(&gate.ports, connections, LASTING).await;
        drop(counted);
        let syncs = read(&counts);
        println!("| {connections} | {orders} | {syncs} | {} |", syncs * 1_000 / orders.max(1));
    }
}

/// The gate is the only child of the one who counts.
fn traced(counter: u32) -> u32 {
    let children = std::fs::read_to_string(format!("/proc/{counter}/task/{counter}/children")).unwrap();
    children.split_whitespace().next().expect("the gate runs").parse().unwrap()
}

/// Asked to end when this is dropped, so that the counts are written: ending the one who counts would leave it behind.
struct Counted {
    gate: u32,
}

impl Drop for Counted {
    fn drop(&mut self) {
        drop(Command::new("sh").args(["-c", "kill -s TERM \"$1\"", "sh", &self.gate.to_string()]).status());
    }
}

/// The counts, as soon as they are whole: the line of the total is the last one.
fn read(counts: &Path) -> u64 {
    let begun = Instant::now();
    loop {
        let text = std::fs::read_to_string(counts).unwrap_or_default();
        if let Some(total) = text.lines().find(|line| line.split_whitespace().last() == Some("total")) {
            return total.split_whitespace().nth(3).unwrap().parse().unwrap();
        }
        assert!(begun.elapsed() < PATIENCE, "the counts of the syncs do not come:\n{text}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
