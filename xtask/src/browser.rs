//! Real pages in a real browser, against the release build: each scenario with a server and a profile of its own.

use crate::matrix::{self, Report};
use crate::server::Server;
use crate::venv::{CARRIERS, CLIENTS, VERIFIER};
use crate::workspace::Workspace;
use crate::{child, chromium, ports, say};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const SCENARIOS: &str = "browser/scenarios";
const SETTINGS: &str = "browser/settings";
const SCENARIO_LIMIT: Duration = Duration::from_secs(400);
/// A scenario waits for its browser most of the time, and a browser keeps a core busy.
const AT_ONCE: usize = 2;

pub fn run(workspace: &Workspace) -> Result<(), String> {
    chromium::ensure(workspace)?;
    let names = scenarios(&workspace.root.join(SCENARIOS))?;
    let screens = chromium::home(workspace).join("screens");
    if screens.exists() {
        std::fs::remove_dir_all(&screens).map_err(|why| format!("{}: {why}", screens.display()))?;
    }
    let ports = ports::free_pairs(names.len())?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let (Some(name), Some(port)) = (names.get(turn), ports.get(turn)) else { return done };
            done.push((turn, one(workspace, name, *port)));
        }
    };
    let mut reports: Vec<(usize, Report)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    reports.sort_by_key(|(turn, _)| *turn);
    let reports: Vec<Report> = reports.into_iter().map(|(_, report)| report).collect();
    say::line(matrix::list(&reports));
    let mut faults: Vec<String> = reports.iter().flat_map(Report::faults).collect();
    if reports.len() != names.len() {
        faults.push(format!("{} of {} scenarios ran to their end", reports.len(), names.len()));
    }
    say::line(format!("screens: {}", screens.display()));
    match faults.len() {
        0 => Ok(()),
        count => Err(format!("{count} faults in the browser's run\n{}", faults.join("\n"))),
    }
}

/// Every file there is a scenario: none is forgotten.
fn scenarios(place: &Path) -> Result<Vec<String>, String> {
    let here = |why: std::io::Error| format!("{}: {why}", place.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place).map_err(here)? {
        let path = entry.map_err(here)?.path();
        match (path.extension().and_then(|end| end.to_str()), path.file_stem().and_then(|name| name.to_str())) {
            (Some("mjs"), Some(name)) => names.push(name.to_owned()),
            _ => return Err(format!("{} is no scenario", path.display())),
        }
    }
    names.sort();
    if names.is_empty() { Err(format!("{}: no scenarios", place.display())) } else { Ok(names) }
}

fn one(workspace: &Workspace, name: &str, port: u16) -> Report {
    let binary = workspace.release_binary();
    // Where a scenario's gate has a configuration of its own.
    let settings = std::fs::read_to_string(workspace.root.join(SETTINGS).join(format!("{name}.toml"))).ok();
    let server = match Server::start_with(&binary, name, port, settings.as_deref()) {
        Ok(server) => server,
        Err(why) => return Report::broken(name, &why),
    };
    let mut report = Report::new(name);
    let ended = child::lines(&mut script(workspace, &binary, name, &server), SCENARIO_LIMIT, |line| {
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

fn script(workspace: &Workspace, binary: &Path, name: &str, server: &Server) -> Command {
    let modules = chromium::home(workspace);
    let python = CLIENTS.first().map_or_else(PathBuf::new, |client| client.python(workspace));
    let mut script = Command::new("node");
    script
        .arg(workspace.root.join(SCENARIOS).join(format!("{name}.mjs")))
        .arg("--binary")
        .arg(binary)
        .arg("--home")
        .arg(&server.home)
        .args(["--port", &server.port.to_string(), "--portal", &ports::portal(server.port).to_string()])
        .arg("--python")
        .arg(python)
        .arg("--verifier")
        .arg(VERIFIER.python(workspace))
        .args(["--mail", &ports::mail(server.port).to_string(), "--carriers"])
        .arg(CARRIERS.python(workspace))
        .arg("--modules")
        .arg(&modules)
        .arg("--out")
        .arg(modules.join("screens"))
        .arg("--root")
        .arg(&workspace.root);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_scenario_and_says_in_its_first_line_what_it_is() {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(SCENARIOS);
        let names = scenarios(&place).unwrap_or_default();
        assert!(names.contains(&"enrol".to_owned()), "{names:?}");
        for name in names {
            let text = std::fs::read_to_string(place.join(format!("{name}.mjs"))).unwrap_or_default();
            assert!(text.starts_with("// "), "{name}");
        }
    }
}
