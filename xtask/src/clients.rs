//! Real, unmodified trading clients against the release build: at its own paper broker, and in front of another process.

use crate::matrix::{self, Report};
use crate::server::Server;
use crate::upstream::Upstream;
use crate::venv::{CLIENTS, Client};
use crate::workspace::Workspace;
use crate::{child, ports, say, tools};
use std::ffi::OsStr;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// Most of a run is one approval that nobody answers: it takes its two minutes.
const SCENARIO_LIMIT: Duration = Duration::from_secs(420);

/// Where orders go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The paper broker in the same process.
    Embedded,
    /// A paper broker in a process of its own, reached as a TWS is.
    Upstream,
}

impl Place {
    fn name(self, client: &str) -> String {
        match self {
            Place::Embedded => client.to_owned(),
            Place::Upstream => format!("up-{client}"),
        }
    }
}

/// The same checks in both places.
pub fn run(workspace: &Workspace) -> Result<(), String> {
    let mut faults = Vec::new();
    for (place, title) in [(Place::Embedded, "at the embedded paper broker"), (Place::Upstream, "over tws://")] {
        say::line(format!("\n-- seven clients {title}"));
        let reports = all(workspace, place)?;
        say::line(matrix::table(&reports));
        faults.extend(matrix::faults(&reports));
    }
    match faults.len() {
        0 => Ok(()),
        count => Err(format!("{count} faults in the real clients' run\n{}", faults.join("\n"))),
    }
}

/// All clients run at once, because each spends most of its time waiting.
fn all(workspace: &Workspace, place: Place) -> Result<Vec<Report>, String> {
    let ports = ports::free_pairs(2 * CLIENTS.len())?;
    let (gates, venues) = ports.split_at(CLIENTS.len());
    Ok(thread::scope(|scope| {
        let runs: Vec<_> = CLIENTS
            .iter()
            .zip(gates.iter().zip(venues))
            .map(|(client, (port, venue))| {
                scope.spawn(move || match place {
                    Place::Embedded => one(workspace, client, *port, &[]),
                    Place::Upstream => before(workspace, client, *port, *venue),
                })
            })
            .collect();
        let name = |client: &Client| place.name(client.name);
        let broken = |client| Report::broken(&name(client), "its run panicked");
        runs.into_iter().zip(&CLIENTS).map(|(run, client)| run.join().unwrap_or_else(|_| broken(client))).collect()
    }))
}

/// One of them, with a server of its own; `more` is what its scenario takes besides.
pub fn one(workspace: &Workspace, client: &Client, port: u16, more: &[&OsStr]) -> Report {
    match Server::start(&workspace.release_binary(), client.name, port) {
        Ok(server) => scenario(workspace, client, client.name, server, more),
        Err(why) => Report::broken(client.name, &why),
    }
}

/// One of them, with a server and a venue of its own.
fn before(workspace: &Workspace, client: &Client, port: u16, venue: u16) -> Report {
    let (binary, name) = (workspace.release_binary(), Place::Upstream.name(client.name));
    let started = Upstream::start(&binary, &name, venue)
        .and_then(|upstream| Server::start_before(&binary, &name, port, &upstream).map(|server| (upstream, server)));
    let (upstream, server) = match started {
        Ok(started) => started,
        Err(why) => return Report::broken(&name, &why),
    };
    let mut report = scenario(workspace, client, &name, server, &[OsStr::new("--upstream")]);
    for fault in upstream.faults() {
        report.trouble(&format!("its venue logged {fault}"));
    }
    report
}

fn scenario(workspace: &Workspace, client: &Client, name: &str, server: Server, more: &[&OsStr]) -> Report {
    let mut script = Command::new(client.python(workspace));
    script
        .arg(workspace.root.join("clients").join(client.scenario))
        .arg("--binary")
        .arg(workspace.release_binary())
        .arg("--data")
        .arg(&server.data)
        .args(["--port", &server.port.to_string()])
        .args(more)
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(program) = client.program {
        script.env("CLIENTS_RUST", tools::rust_client(workspace, program));
    }
    let mut report = Report::new(name);
    let ended = child::lines(&mut script, SCENARIO_LIMIT, |line| {
        report.read(line);
        say::line(format!("[{name}] {line}"));
    });
    report.close(ended.is_ok());
    if let Err(why) = ended {
        say::line(format!("[{name}] {why}\n{}\n{}", report.faults().join("\n"), server.last_words()));
    }
    if let Err(why) = server.stop() {
        report.trouble(&why);
    }
    report
}
