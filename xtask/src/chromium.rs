//! Debian's Chromium, Node, and the driver between them by a pinned version: installed where missing.

use crate::tools::apt_install;
use crate::workspace::Workspace;
use crate::{child, say};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

const DRIVER: &str = "playwright-core@1.65.1";
/// The driver needs this one or newer.
const OLDEST_NODE: u32 = 18;
/// Written last, so that an interrupted installation is begun again.
const STAMP: &str = "pins.txt";
const ASK_LIMIT: Duration = Duration::from_secs(60);
const NPM_LIMIT: Duration = Duration::from_secs(300);

pub fn home(workspace: &Workspace) -> PathBuf {
    workspace.target.join("browser")
}

pub fn ensure(workspace: &Workspace) -> Result<(), String> {
    let missing: Vec<&str> = ["chromium", "node", "npm"].into_iter().filter(|program| !is_there(program)).collect();
    if !missing.is_empty() {
        let packages: Vec<&str> = missing.iter().map(|name| if *name == "node" { "nodejs" } else { name }).collect();
        apt_install(&packages)?;
    }
    let node = child::text(Command::new("node").arg("--version"), ASK_LIMIT)?;
    if major(&node).is_none_or(|found| found < OLDEST_NODE) {
        return Err(format!("node is {}, the driver needs {OLDEST_NODE} or newer", node.trim()));
    }
    driver(workspace)
}

fn is_there(program: &str) -> bool {
    let mut ask = Command::new(program);
    ask.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    child::run(&mut ask, ASK_LIMIT).is_ok()
}

/// `v20.20.2` is 20.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// It has no dependencies, and none of its scripts is run: the browser is Debian's.
fn driver(workspace: &Workspace) -> Result<(), String> {
    let home = home(workspace);
    let stamp = home.join(STAMP);
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == DRIVER) {
        return Ok(());
    }
    say::line(format!("installing {DRIVER}"));
    let here = |why: std::io::Error| format!("{}: {why}", home.display());
    std::fs::create_dir_all(&home).map_err(here)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix"]);
    child::run(npm.arg(&home).arg(DRIVER), NPM_LIMIT)?;
    std::fs::write(&stamp, DRIVER).map_err(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_pinned_to_one_version() {
        assert!(DRIVER.rsplit_once('@').is_some_and(|(_, version)| version.split('.').count() == 3));
    }

    #[test]
    fn a_version_is_read_by_its_first_number() {
        assert_eq!((major("v20.20.2\n"), major("20.1"), major("")), (Some(20), None, None));
    }
}
