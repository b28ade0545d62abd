//! One Python environment a client, by pinned version: the two ibapi releases cannot share one.

use crate::tools::Python;
use crate::workspace::Workspace;
use crate::{child, say};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// An unmodified trading client: its name, its scenario under `clients/`, all packages it needs.
#[derive(Debug)]
pub struct Client {
    pub name: &'static str,
    pub scenario: &'static str,
    pins: &'static [&'static str],
    /// Of a client that is no Python: its program among those of `clients/rust`.
    pub program: Option<&'static str>,
}

pub const CLIENTS: [Client; 7] = [
    python("ib_async", "scenario_ib_async.py", PINS_IB_ASYNC),
    python("ib_insync", "scenario_ib_insync.py", PINS_IB_INSYNC),
    python("ibapi-9.81", "scenario_ibapi.py", &["ibapi==9.81.1.post1"]),
    python("ibapi-10.50", "scenario_ibapi.py", PINS_IBAPI),
    python("ibapi-10.50-protobuf", "scenario_ibapi_protobuf.py", PINS_IBAPI),
    rust("rust-2.12", "ibapi-text"),
    rust("rust-5.5-protobuf", "ibapi-protobuf"),
];

const fn python(name: &'static str, scenario: &'static str, pins: &'static [&'static str]) -> Client {
    Client { name, scenario, pins, program: None }
}

const fn rust(name: &'static str, program: &'static str) -> Client {
    Client { name, scenario: "scenario_rust.py", pins: &[], program: Some(program) }
}

/// Asks an HTTP API everything that its description allows, and much that it does not.
pub const SCHEMATHESIS: Client = python("schemathesis", "api.py", PINS_SCHEMATHESIS);

/// What notices are sent to: a real SMTP server and the library of Standard Webhooks.
pub const CARRIERS: Client = python("carriers", "carriers.py", PINS_CARRIERS);

/// What `examples/verify_dossier.py` needs: the signatures are checked by others than us.
pub const VERIFIER: Client = python("verifier", "verify_dossier.py", PINS_VERIFIER);

const PINS_VERIFIER: &[&str] = &["cryptography==50.0.2", "cffi==2.1.1", "pycparser==3.12"];
const PINS_CARRIERS: &[&str] = &[
    "aiosmtpd==1.4.6",
    "atpublic==9.0.0",
    "attrs==26.1.0",
    "cffi==2.1.1",
    "cryptography==50.0.2",
    "http_ece==1.2.1",
    "opentelemetry-proto==1.45.2",
    "protobuf==7.36.2",
    "pycparser==3.12",
    "PyJWT==2.15.1",
    "standardwebhooks==1.1.0",
];
const PINS_SCHEMATHESIS: &[&str] = &[
    "schemathesis==4.32.5",
    "anyio==4.16.0",
    "certifi==2026.10.18",
    "charset-normalizer==3.5.2",
    "click==8.5.1",
    "graphql-core==3.3.2",
    "harfile==0.6.0",
    "hypothesis==6.170.15",
    "hypothesis-graphql==0.13.5",
    "idna==3.20",
    "iniconfig==2.3.1",
    "jsonschema_rs==0.60.3",
    "markdown-it-py==4.3.0",
    "MarkupSafe==3.0.4",
    "mdurl==0.1.2",
    "packaging==26.3",
    "pluggy==1.7.0",
    "Pygments==2.21.0",
    "pyrate-limiter==4.5.1",
    "pytest==9.2.0",
    "PyYAML==6.0.3",
    "requests==2.34.2",
    "rich==15.0.0",
    "sortedcontainers==2.4.0",
    "typing_extensions==4.16.0",
    "urllib3==2.8.0",
    "Werkzeug==3.1.9",
];
const PINS_IBAPI: &[&str] = &["ibapi-stable==10.50.2", "protobuf==7.36.2"];
const PINS_IB_ASYNC: &[&str] =
    &["ib_async==2.1.0", "aeventkit==2.1.0", "nest_asyncio==1.6.0", "numpy==2.2.6", "tzdata==2025.3"];
const PINS_IB_INSYNC: &[&str] =
    &["ib_insync==0.9.86", "eventkit==1.0.3", "nest_asyncio==1.6.0", "numpy==2.2.6", "tzdata==2025.3"];

/// Written last, so that an interrupted installation is begun again.
const STAMP: &str = "pins.txt";
const VENV_LIMIT: Duration = Duration::from_secs(120);
const PIP_LIMIT: Duration = Duration::from_secs(600);

impl Client {
    pub fn home(&self, workspace: &Workspace) -> PathBuf {
        workspace.target.join("clients").join(self.name)
    }

    pub fn python(&self, workspace: &Workspace) -> PathBuf {
        self.home(workspace).join("bin").join("python")
    }

    fn stamp(&self, python: &Python) -> String {
        let (major, minor) = python.version;
        format!("{} {major}.{minor}\n{}\n", python.program, self.pins.join("\n"))
    }
}

/// Installs a client unless the same pins stand there already.
pub fn ensure(workspace: &Workspace, client: &Client, python: &Python) -> Result<(), String> {
    let home = client.home(workspace);
    let stamp = home.join(STAMP);
    let wanted = client.stamp(python);
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    say::line(format!("installing {} {}", client.name, client.pins.join(" ")));
    let here = |why: std::io::Error| format!("{}: {why}", home.display());
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(here)?;
    }
    std::fs::create_dir_all(&home).map_err(here)?;
    let mut create = Command::new(python.program);
    create.args(["-m", "venv"]).arg(&home);
    child::run(&mut create, VENV_LIMIT)?;
    if !client.pins.is_empty() {
        let mut pip = Command::new(client.python(workspace));
        // Every dependency is pinned above; none is resolved.
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]).args(client.pins);
        child::run(&mut pip, PIP_LIMIT)?;
    }
    std::fs::write(&stamp, wanted).map_err(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_to_one_version() {
        for client in CLIENTS.iter().chain([&SCHEMATHESIS, &CARRIERS, &VERIFIER]) {
            assert_eq!(client.pins.is_empty(), client.program.is_some(), "{}", client.name);
            for pin in client.pins {
                assert!(pin.split_once("==").is_some_and(|(_, version)| !version.is_empty()), "{pin}");
            }
        }
    }

    #[test]
    fn another_python_or_another_pin_makes_another_stamp() {
        let old = Python { program: "python3", version: (3, 11) };
        let new = Python { program: "python3", version: (3, 12) };
        for (one, other) in CLIENTS.iter().flat_map(|one| CLIENTS.iter().map(move |other| (one, other))) {
            assert_ne!(one.stamp(&old), other.stamp(&new), "{} {}", one.name, other.name);
            assert_eq!(one.stamp(&old) == other.stamp(&old), one.pins == other.pins, "{} {}", one.name, other.name);
        }
    }
}
