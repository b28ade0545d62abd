//! The HTTP API of the owner's socket under schemathesis: a server of its own, with orders in it.

use crate::matrix::{self, Report};
use crate::server::Server;
use crate::venv::{CLIENTS, SCHEMATHESIS};
use crate::workspace::Workspace;
use crate::{child, ports, say};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);

pub fn run(workspace: &Workspace) -> Result<(), String> {
    let port = ports::free_pairs(1)?.first().copied().ok_or("no port is free")?;
    let binary = workspace.release_binary();
    let server = Server::start(&binary, SCHEMATHESIS.name, port)?;
    let bots = CLIENTS.first().map_or_else(PathBuf::new, |client| client.python(workspace));
    let mut script = Command::new(SCHEMATHESIS.python(workspace));
    script
        .arg(workspace.root.join("clients").join(SCHEMATHESIS.scenario))
        .arg("--binary")
        .arg(&binary)
        .arg("--data")
        .arg(&server.data)
        .args(["--port", &server.port.to_string()])
        .arg("--bots")
        .arg(bots)
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let mut report = Report::new(SCHEMATHESIS.name);
    let ended = child::lines(&mut script, LIMIT, |line| {
        report.read(line);
        say::line(line);
    });
    report.close(ended.is_ok());
    if let Err(why) = ended {
        say::line(format!("{why}\n{}", server.last_words()));
    }
    if let Err(why) = server.stop() {
        report.trouble(&why);
    }
    say::line(matrix::list(std::slice::from_ref(&report)));
    let faults = report.faults();
    for fault in &faults {
        say::line(fault);
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{} faults in what the API answered", faults.len())) }
}
