//! Places: a real disk for what is to be durable, and memory for what is not to be measured.

use std::path::{Path, PathBuf};

/// Where Linux keeps files in memory: a sync there returns at once.
const MEMORY: &str = "/dev/shm";
/// Names another directory for the durable legs than the temporary one.
const DISK: &str = "PORTREEVE_BENCH_DISK";

#[derive(Debug)]
pub struct Places {
    pub disk: PathBuf,
    pub memory: PathBuf,
}

impl Places {
    pub fn find() -> Self {
        let disk = std::env::var_os(DISK).map_or_else(std::env::temp_dir, PathBuf::from);
        let (memory, kind) = (PathBuf::from(MEMORY), kind(&disk));
        assert_eq!(self::kind(&memory), "tmpfs", "the paper broker's journal needs files in memory");
        assert!(kind != "tmpfs", "{} is memory, not a disk: name another with {DISK}", disk.display());
        Self { disk, memory }
    }

    pub fn told(&self) -> String {
        format!("durable on {}; the paper broker's journal, and `gate, memory`, on tmpfs", kind(&self.disk))
    }
}

/// The file system that a directory lies on.
fn kind(directory: &Path) -> String {
    let directory = directory.canonicalize().unwrap();
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    let parse = |line: &str| {
        let mut words = line.split(' ').skip(1);
        Some((PathBuf::from(words.next()?), words.next()?.to_owned()))
    };
    let holding = mounts.lines().filter_map(parse).filter(|(at, _)| directory.starts_with(at));
    holding.max_by_key(|(at, _)| at.components().count()).map(|(_, kind)| kind).unwrap_or_default()
}
