//! Which files tidy reads: what git tracks or would track; without git, everything but build output.

use super::source::Source;
use crate::child;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Larger files are data, not prose or code.
const LARGEST: u64 = 2_000_000;

pub fn read(root: &Path) -> Result<Vec<Source>, String> {
    let mut names = listed_by_git(root).or_else(|_| walked(root))?;
    names.sort();
    names.dedup();
    Ok(names.iter().filter_map(|name| text_of(root, name)).collect())
}

fn listed_by_git(root: &Path) -> Result<Vec<String>, String> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["-c", "core.quotepath=off", "ls-files", "-co", "--exclude-standard"])
        .stderr(std::process::Stdio::null());
    let text = child::text(&mut git, Duration::from_secs(60))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn walked(root: &Path) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        let here = |why: std::io::Error| format!("{}: {why}", directory.display());
        for entry in std::fs::read_dir(&directory).map_err(here)? {
            let entry = entry.map_err(here)?;
            let kind = entry.file_type().map_err(here)?;
            let skipped = matches!(entry.file_name().to_str(), Some(".git" | "target") | None);
            if kind.is_dir() && !skipped {
                open.push(entry.path());
            } else if kind.is_file() && !skipped {
                let path = entry.path();
                let name = path.strip_prefix(root).unwrap_or(&path);
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    Ok(names)
}

/// Files that are gone from the work tree or are not text are passed over, and so are lock files,
/// which tools write.
fn text_of(root: &Path, name: &str) -> Option<Source> {
    if name.ends_with("Cargo.lock") {
        return None;
    }
    let path = root.join(name);
    if !path.is_file() || path.metadata().ok()?.len() > LARGEST {
        return None;
    }
    let text = String::from_utf8(std::fs::read(&path).ok()?).ok()?;
    (!text.contains('\0')).then(|| Source::new(name, text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn without_git_build_output_and_lock_files_are_passed_over() {
        let root = std::env::temp_dir().join(format!("xtask-files-{}", std::process::id()));
        for directory in ["crates/kernel/src", "target/debug", ".git"] {
            std::fs::create_dir_all(root.join(directory)).unwrap();
        }
        for name in ["crates/kernel/src/lib.rs", "target/debug/out.rs", ".git/config", "Cargo.lock"] {
            std::fs::write(root.join(name), "text").unwrap();
        }
        std::fs::write(root.join("picture.png"), [0xff, 0x00, 0x01]).unwrap();
        let mut names = walked(&root).unwrap();
        names.sort();
        assert_eq!(names, ["Cargo.lock", "crates/kernel/src/lib.rs", "picture.png"]);
        let read: Vec<String> =
            names.iter().filter_map(|name| text_of(&root, name)).map(|source| source.path).collect();
        assert_eq!(read, ["crates/kernel/src/lib.rs"]);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
