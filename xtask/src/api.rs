//! The HTTP API of the owner's socket under schemathesis: a server of its own, with orders in it.

use crate::venv::{CLIENTS, SCHEMATHESIS};
use crate::workspace::Workspace;
use crate::{clients, matrix, ports, say};
use std::ffi::OsStr;
use std::path::PathBuf;

pub fn run(workspace: &Workspace) -> Result<(), String> {
    let port = ports::free_pairs(1)?.first().copied().ok_or("no port is free")?;
    // The programs whose orders it finds.
    let bots = CLIENTS.first().map_or_else(PathBuf::new, |client| client.python(workspace));
    let report = clients::one(workspace, &SCHEMATHESIS, port, &[OsStr::new("--bots"), bots.as_os_str()]);
    say::line(matrix::list(std::slice::from_ref(&report)));
    let faults = report.faults();
    for fault in &faults {
        say::line(fault);
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{} faults in what the API answered", faults.len())) }
}
