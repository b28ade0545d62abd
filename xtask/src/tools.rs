//! What the test command installs when it is missing: a Python, clients, ext4, PostgreSQL, ACME, cargo-deny.

use crate::workspace::Workspace;
use crate::{child, say, venv};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

const OLDEST_PYTHON: (u32, u32) = (3, 10);
/// Those the pinned clients are known to run on come first, whatever the system has comes last.
const PYTHONS: [&str; 5] = ["python3.11", "python3.12", "python3.13", "python3.10", "python3"];
const APT_LIMIT: Duration = Duration::from_secs(600);
const ASK_LIMIT: Duration = Duration::from_secs(30);
/// A minute on two idle cores, four and more beside other builds.
const DENY_LIMIT: Duration = Duration::from_secs(30 * 60);
/// Half a minute on two idle cores.
const RUST_LIMIT: Duration = Duration::from_secs(10 * 60);
const DENY: &str = "0.20.2";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    pub program: &'static str,
    pub version: (u32, u32),
}

pub fn install(workspace: &Workspace) -> Result<(), String> {
    let python = match find_python() {
        Some(python) => python,
        None => {
            apt_install(&["python3", "python3-venv"])?;
            find_python().ok_or_else(|| {
                format!(
                    "no Python {}.{} or newer with venv and ensurepip was found (tried {}); install one and run again",
                    OLDEST_PYTHON.0,
                    OLDEST_PYTHON.1,
                    PYTHONS.join(", ")
                )
            })?
        }
    };
    say::line(format!("{} is Python {}.{}", python.program, python.version.0, python.version.1));
    for client in venv::CLIENTS.iter().chain([&venv::SCHEMATHESIS, &venv::CARRIERS, &venv::VERIFIER]) {
        venv::ensure(workspace, client, &python)?;
    }
    rust_clients(workspace)?;
    ext4()?;
    postgresql()?;
    over_tls()
}

/// The clients that are Rust, a workspace of their own: what we ship depends on nothing of theirs.
fn rust_clients(workspace: &Workspace) -> Result<(), String> {
    let mut build = workspace.cargo(&["build", "--quiet", "--locked", "--manifest-path", "clients/rust/Cargo.toml"]);
    child::run(build.env("CARGO_TARGET_DIR", rust_target(workspace)), RUST_LIMIT)
}

fn rust_target(workspace: &Workspace) -> PathBuf {
    workspace.target.join("clients").join("rust")
}

/// Where a client of `clients/rust` stands once it is built.
pub fn rust_client(workspace: &Workspace, program: &str) -> PathBuf {
    rust_target(workspace).join("debug").join(program)
}

/// What the portal is reached with over TLS: two clients, an ACME server, and the store of a browser's CAs.
fn over_tls() -> Result<(), String> {
    const NEEDED: [(&str, &str); 4] =
        [("curl", "curl"), ("openssl", "openssl"), ("pebble", "pebble"), ("certutil", "libnss3-tools")];
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|(program, _)| !is_in_path(program)).map(|(_, package)| package).collect();
    if missing.is_empty() { Ok(()) } else { apt_install(&missing) }
}

/// Some of them have no word that only asks who they are.
fn is_in_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// A disk that turns read-only under a running server is an ext4 on a loop device.
fn ext4() -> Result<(), String> {
    let mut ask = Command::new("mkfs.ext4");
    ask.arg("-V").stdout(Stdio::null()).stderr(Stdio::null());
    if child::run(&mut ask, ASK_LIMIT).is_ok() {
        return Ok(());
    }
    apt_install(&["e2fsprogs"])
}

/// The store's tests start a cluster of their own; Debian keeps the programs for that beside the path.
fn postgresql() -> Result<(), String> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut folders = versions.map(|version| version.path().join("bin"));
    if folders.any(|folder| folder.join("initdb").is_file()) || is_in_path("initdb") {
        return Ok(());
    }
    apt_install(&["postgresql"])
}

/// What the gate's latency stands beside.
pub fn haproxy() -> Result<(), String> {
    if child::text(Command::new("haproxy").arg("-v"), Duration::from_secs(60)).is_ok() {
        return Ok(());
    }
    apt_install(&["haproxy"])
}

/// Counts instructions for the benchmarks.
pub fn valgrind() -> Result<(), String> {
    if child::text(Command::new("valgrind").arg("--version"), Duration::from_secs(60)).is_ok() {
        return Ok(());
    }
    apt_install(&["valgrind"])
}

/// Where cargo-deny of the pinned version stands; it is built here once, without optimisation: it runs a second.
pub fn deny(workspace: &Workspace) -> Result<PathBuf, String> {
    let root = workspace.target.join("tools").join(format!("cargo-deny-{DENY}"));
    let program = root.join("bin").join("cargo-deny");
    if !program.exists() {
        say::line(format!("installing cargo-deny {DENY}"));
        let mut install =
            workspace.cargo(&["install", "cargo-deny", "--version", DENY, "--locked", "--debug", "--root"]);
        // Its objects go to a directory that cargo removes again, not among ours.
        child::run(install.arg(&root).env_remove("CARGO_TARGET_DIR"), DENY_LIMIT)?;
    }
    Ok(program)
}

/// Debian splits `ensurepip` into python3-venv, so a Python counts only with both modules.
fn find_python() -> Option<Python> {
    const ASK: &str = "import sys, venv, ensurepip; print(*sys.version_info[:2])";
    PYTHONS.into_iter().find_map(|program| {
        let mut ask = Command::new(program);
        ask.args(["-c", ASK]).stderr(std::process::Stdio::null());
        let version = read_version(&child::text(&mut ask, ASK_LIMIT).ok()?)?;
        (version >= OLDEST_PYTHON).then_some(Python { program, version })
    })
}

fn read_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Old package lists are tried first; only when they fail are new ones fetched.
pub fn apt_install(packages: &[&str]) -> Result<(), String> {
    say::line(format!("installing {}", packages.join(" ")));
    let install = || {
        let mut command = apt_get()?;
        command.args(["install", "-y", "--no-install-recommends"]).args(packages);
        child::run(&mut command, APT_LIMIT)
    };
    install().or_else(|_| {
        child::run(apt_get()?.arg("update"), APT_LIMIT)?;
        install()
    })
}

fn apt_get() -> Result<Command, String> {
    let user = child::text(Command::new("id").arg("-u"), ASK_LIMIT)?;
    let mut command = if user.trim() == "0" {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        // Never ask for a password: nobody may be there to give it.
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers_and_not_as_text() {
        assert_eq!(read_version("3 9\n"), Some((3, 9)));
        assert!(read_version("3 9").is_some_and(|found| found < OLDEST_PYTHON));
        assert!(read_version("3 11").is_some_and(|found| found > OLDEST_PYTHON));
        assert_eq!(read_version("pyenv: no such version"), None);
    }
}
