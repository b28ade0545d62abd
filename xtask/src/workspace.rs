//! Where the workspace lies, what cargo knows of it, and how cargo is called.

use crate::child;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[derive(Debug)]
pub struct Workspace {
    pub root: PathBuf,
    /// Cargo's own answer, so that CARGO_TARGET_DIR and configuration files are respected.
    pub target: PathBuf,
    pub metadata: Value,
}

impl Workspace {
    pub fn find() -> Result<Workspace, String> {
        let mut ask = cargo(Path::new("."));
        ask.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
        let text = child::text(&mut ask, Duration::from_secs(60))?;
        let metadata: Value =
            serde_json::from_str(&text).map_err(|why| format!("cargo metadata is not JSON: {why}"))?;
        let directory = |name: &str| {
            metadata
                .get(name)
                .and_then(Value::as_str)
                .map(PathBuf::from)
                .ok_or_else(|| format!("cargo metadata names no {name}"))
        };
        Ok(Workspace { root: directory("workspace_root")?, target: directory("target_directory")?, metadata })
    }

    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = cargo(&self.root);
        command.args(arguments);
        command
    }

    pub fn release_binary(&self) -> PathBuf {
        self.target.join("release").join("portreeve")
    }
}

/// The cargo that started us, so that the toolchain file decides once.
fn cargo(directory: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(directory);
    command
}
