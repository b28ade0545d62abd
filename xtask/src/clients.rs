//! Real, unmodified trading clients against the release build, each with a server of its own.

use crate::matrix::{self, Report};
use crate::server::Server;
use crate::venv::{CLIENTS, Client};
use crate::workspace::Workspace;
use crate::{child, ports, say, tools};
use std::ffi::OsStr;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// Most of a run is one approval that nobody answers: it takes its two minutes.
const SCENARIO_LIMIT: Duration = Duration::from_secs(420);

/// All clients run at once, because each spends most of its time waiting.
pub fn run(workspace: &Workspace) -> Result<(), String> {
    let ports = ports::free_pairs(CLIENTS.len())?;
    let reports: Vec<Report> = thread::scope(|scope| {
        let runs: Vec<_> = CLIENTS
            .iter()
            .zip(ports)
            .map(|(client, port)| scope.spawn(move || one(workspace, client, port, &[])))
            .collect();
        runs.into_iter()
            .zip(&CLIENTS)
            .map(|(run, client)| run.join().unwrap_or_else(|_| Report::broken(client.name, "its run panicked")))
            .collect()
    });
    say::line(matrix::table(&reports));
    let faults = matrix::faults(&reports);
    for fault in &faults {
        say::line(fault);
    }
    match faults.len() {
        0 => Ok(()),
        count => Err(format!("{count} faults in the real clients' run")),
    }
}

/// One of them, with a server of its own; `more` is what its scenario takes besides.
pub fn one(workspace: &Workspace, client: &Client, port: u16, more: &[&OsStr]) -> Report {
    let binary = workspace.release_binary();
    let server = match Server::start(&binary, client.name, port) {
        Ok(server) => server,
        Err(why) => return Report::broken(client.name, &why),
    };
    let mut script = Command::new(client.python(workspace));
    script
        .arg(workspace.root.join("clients").join(client.scenario))
        .arg("--binary")
        .arg(&binary)
        .arg("--data")
        .arg(&server.data)
        .args(["--port", &server.port.to_string()])
        .args(more)
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(program) = client.program {
        script.env("CLIENTS_RUST", tools::rust_client(workspace, program));
    }
    let mut report = Report::new(client.name);
    let ended = child::lines(&mut script, SCENARIO_LIMIT, |line| {
        report.read(line);
        say::line(format!("[{}] {line}", client.name));
    });
    report.close(ended.is_ok());
    if let Err(why) = ended {
        say::line(format!("[{}] {why}\n{}", client.name, server.last_words()));
    }
    if let Err(why) = server.stop() {
        report.trouble(&why);
    }
    report
}
