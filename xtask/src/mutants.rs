//! Planted mutants of the guard: each is put into a copy of the kernel, and its tests must notice.
//!
//! The list was written before the tests were tuned. A survivor is never struck off: the tests grow.

use crate::workspace::Workspace;
use crate::{child, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

mod orders;
mod people;

/// One fault: what to look for in which file of the kernel, and what to put there.
struct Mutant {
    control: &'static str,
    file: &'static str,
    original: &'static str,
    mutated: &'static str,
}

const fn fault(control: &'static str, file: &'static str, original: &'static str, mutated: &'static str) -> Mutant {
    Mutant { control, file, original, mutated }
}

const LIMIT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Caught,
    Survived,
}

/// All of them, or those whose control contains `only`.
pub fn run(only: Option<&str>) -> ExitCode {
    match Workspace::find().and_then(|workspace| hunt(&workspace, only)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            say::aside(&why);
            ExitCode::FAILURE
        }
    }
}

fn hunt(workspace: &Workspace, only: Option<&str>) -> Result<bool, String> {
    let copy = Copy::of(workspace)?;
    let wanted: Vec<&Mutant> = orders::ALL
        .iter()
        .chain(people::ALL)
        .filter(|mutant| only.is_none_or(|only| mutant.control.contains(only)))
        .collect();
    for mutant in &wanted {
        copy.mutated(mutant)?;
    }
    say::line(format!("{} mutants; first the kernel as it is", wanted.len()));
    if copy.test()? == Fate::Survived {
        say::line("the tests pass without a mutant");
    } else {
        return Err("the tests fail without any mutant".into());
    }
    let mut fates = Vec::new();
    for (n, mutant) in wanted.iter().enumerate() {
        let began = Instant::now();
        let original = copy.read(mutant.file)?;
        copy.write(mutant.file, &copy.mutated(mutant)?)?;
        let fate = copy.test();
        copy.write(mutant.file, &original)?;
        let fate = fate.map_err(|why| format!("{}: {}: {why}", mutant.control, mutant.mutated))?;
        let word = if fate == Fate::Caught { "caught" } else { "SURVIVED" };
        let seconds = began.elapsed().as_secs();
        say::line(format!(
            "{:>3} {word:<8} {seconds:>3} s  {:<22} {}",
            n + 1,
            mutant.control,
            one_line(mutant.mutated)
        ));
        fates.push((mutant.control, fate));
    }
    Ok(report(&fates))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line a control, and whether all were caught.
fn report(fates: &[(&'static str, Fate)]) -> bool {
    let mut controls: Vec<&str> = Vec::new();
    for (control, _) in fates {
        if !controls.contains(control) {
            controls.push(control);
        }
    }
    say::line("\n| control | mutants | caught |\n|---|---|---|");
    for control in controls {
        let of_it: Vec<Fate> = fates.iter().filter(|(name, _)| *name == control).map(|(_, fate)| *fate).collect();
        let caught = of_it.iter().filter(|fate| **fate == Fate::Caught).count();
        say::line(format!("| {control} | {} | {caught} |", of_it.len()));
    }
    let caught = fates.iter().filter(|(_, fate)| *fate == Fate::Caught).count();
    say::line(format!("| all | {} | {caught} |", fates.len()));
    caught == fates.len()
}

/// The kernel alone in a workspace of its own, under the target directory.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn of(workspace: &Workspace) -> Result<Self, String> {
        let root = workspace.target.join("mutants").join("work");
        if root.exists() {
            fs::remove_dir_all(&root).map_err(|why| format!("{}: {why}", root.display()))?;
        }
        copy_tree(&workspace.root.join("crates/kernel"), &root.join("crates/kernel"))?;
        for file in ["Cargo.lock", "rust-toolchain.toml"] {
            copy_file(&workspace.root.join(file), &root.join(file))?;
        }
        let manifest = text_of(&workspace.root.join("Cargo.toml"))?;
        let alone: Vec<&str> = manifest
            .lines()
            .filter(|line| !line.starts_with("default-members"))
            .map(|line| if line.starts_with("members") { "members = [\"crates/kernel\"]" } else { line })
            .collect();
        let copy = Self { root };
        copy.write_at(&copy.root.join("Cargo.toml"), &alone.join("\n"))?;
        Ok(copy)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root.join("crates/kernel/src").join(file)
    }
    fn read(&self, file: &str) -> Result<String, String> {
        text_of(&self.path(file))
    }
    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        self.write_at(&self.path(file), text)
    }
    fn write_at(&self, path: &Path, text: &str) -> Result<(), String> {
        fs::write(path, text).map_err(|why| format!("{}: {why}", path.display()))
    }

    /// A mutant that fits nowhere, or in two places, is an error: the list must be kept up.
    fn mutated(&self, mutant: &Mutant) -> Result<String, String> {
        let text = self.read(mutant.file)?;
        match text.matches(mutant.original).count() {
            1 => Ok(text.replacen(mutant.original, mutant.mutated, 1)),
            found => Err(format!(
                "{} ({}): not applicable, its text is there {found} times: {}",
                mutant.control, mutant.file, mutant.original
            )),
        }
    }

    /// Built first, so that a mutant that does not build is an error and not a catch.
    fn test(&self) -> Result<Fate, String> {
        child::run(&mut self.cargo(&["test", "--offline", "--no-run"]), LIMIT)
            .map_err(|why| format!("does not build: {why}"))?;
        match child::run(&mut self.cargo(&["test", "--offline", "--tests"]), LIMIT) {
            Ok(()) => Ok(Fate::Survived),
            Err(_) => Ok(Fate::Caught),
        }
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .current_dir(&self.root)
            .args(arguments)
            .env("CARGO_TARGET_DIR", self.root.with_file_name("target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("RUST_BACKTRACE", "0")
            .env("PROPTEST_CASES", "32")
            .env("PROPTEST_FAILURE_PERSISTENCE", "off")
            .env("PORTREEVE_ORACLE_STEPS", "20000")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

fn copy_file(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map(|_| ()).map_err(|why| format!("{}: {why}", from.display()))
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), String> {
    let wrong = |why: std::io::Error| format!("{}: {why}", from.display());
    fs::create_dir_all(to).map_err(wrong)?;
    for entry in fs::read_dir(from).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy_tree(&path, &target)? } else { copy_file(&path, &target)? }
    }
    Ok(())
}
