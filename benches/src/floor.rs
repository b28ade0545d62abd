//! What the disk and SQLite do alone: the floors that durable figures are compared with, in the same run.

use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a record weighs in these floors: about an event of an order with its row.
const RECORD: usize = 600;
const PREALLOCATED: u64 = 16 * 1024 * 1024;

/// How a lone record reaches the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// At the end of a file that grows: its length is written as well.
    Append,
    /// Over what stands there, as a write-ahead log does once it has its size. The stricter floor.
    InPlace,
}

/// One file and nothing else: a record, then fdatasync.
#[derive(Debug)]
pub struct Disk {
    file: File,
    shape: Shape,
    at: u64,
}

impl Disk {
    pub fn open(directory: &Path, shape: Shape) -> Self {
        let path = directory.join(format!("floor-{shape:?}"));
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(path).unwrap();
        if shape == Shape::InPlace {
            let block = vec![0; 64 * 1024];
            for at in (0..PREALLOCATED).step_by(block.len()) {
                file.write_all_at(&block, at).unwrap();
            }
            file.sync_all().unwrap();
        }
        Self { file, shape, at: 0 }
    }

    /// How long each sync took, one after the other on a thread with the same short slice as the
    /// server's commit thread.
    pub fn syncs(&mut self, lasting: Duration, most: usize) -> Vec<Duration> {
        alone(|| {
            let (begun, mut samples) = (Instant::now(), Vec::new());
            while begun.elapsed() < lasting && samples.len() < most {
                let start = Instant::now();
                self.file.write_all_at(&[7; RECORD], self.at).unwrap();
                self.file.sync_data().unwrap();
                samples.push(start.elapsed());
                self.at += RECORD as u64;
                if self.shape == Shape::InPlace && self.at + RECORD as u64 > PREALLOCATED {
                    self.at = 0;
                }
            }
            samples
        })
    }
}

/// SQLite with the settings of the journal's file, one table, and no checks, hashes or indexes.
#[derive(Debug)]
pub struct RawSqlite {
    db: Connection,
}

impl RawSqlite {
    pub fn open(directory: &Path) -> Self {
        let db = Connection::open(directory.join("floor.db")).unwrap();
        db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        db.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE record (position INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;",
        )
        .unwrap();
        Self { db }
    }

    /// Rows a second, so many to a commit, on a thread with the same short slice.
    pub fn rows(&mut self, lasting: Duration, batch: usize) -> f64 {
        let db = &mut self.db;
        alone(move || {
            let (begun, mut rows) = (Instant::now(), 0_u32);
            while begun.elapsed() < lasting {
                db.execute_batch("BEGIN IMMEDIATE").unwrap();
                let mut insert = db.prepare_cached("INSERT INTO record (body) VALUES (?1)").unwrap();
                for _ in 0..batch {
                    insert.execute([&[7_u8; RECORD][..]]).unwrap();
                    rows += 1;
                }
                drop(insert);
                db.execute_batch("COMMIT").unwrap();
            }
            f64::from(rows) / begun.elapsed().as_secs_f64()
        })
    }
}

/// On a thread of its own: the slice is a property of the thread and must not stay with the caller's.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            store::short_slice();
            work()
        });
        thread.join().unwrap()
    })
}
