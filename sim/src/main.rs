//! `sim detection FILE`: measures the detector on the hold-out seeds and draws the trade-off of its threshold into FILE.
#![forbid(unsafe_code)]

use kernel::watch::{BIT, Thresholds};
use range::Population;
use sim::measure::{Measured, population};
use sim::picture::Point;
use sim::replayed::Sight;
use std::io::Write;

const USERS: u32 = 10_000;
/// Looked at only to report; `sim tune` has the others.
const HOLD_OUT: [u64; 3] = [101, 102, 103];
const TUNING: [u64; 3] = [1, 2, 3];
const THREADS: u32 = 2;

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tune"] => {
            writeln!(out, "{}", sim::report::text(&measured(&TUNING, 1_000, Sight::All, &Thresholds::usual())))
        }
        ["detection", file] => detection(&mut out, file),
        _ => Err(std::io::Error::other("usage: sim detection FILE | sim tune")),
    }
}

fn measured(seeds: &[u64], users: u32, sight: Sight, thresholds: &Thresholds) -> Measured {
    let mut all = Measured::default();
    for seed in seeds {
        all.join(population(&Population::new(*seed, users), sight, thresholds, THREADS));
    }
    all
}

fn detection(out: &mut impl Write, file: &str) -> std::io::Result<()> {
    let usual = Thresholds::usual();
    writeln!(out, "# hold-out seeds 101, 102, 103, with a country database")?;
    writeln!(out, "{}", sim::report::text(&measured(&HOLD_OUT, USERS, Sight::All, &usual)))?;
    let without = measured(&HOLD_OUT, USERS, Sight::NoCountries, &usual);
    writeln!(out, "# without one\n{}", sim::report::short(&without))?;
    let wired = measured(&HOLD_OUT, USERS, Sight::Wired, &usual);
    writeln!(out, "# what the service has events of\n{}", sim::report::short(&wired))?;
    writeln!(out, "# the threshold, on seed 101")?;
    let mut points = Vec::new();
    for eighths in [40, 48, 56, 64, 71, 80, 88, 104, 120] {
        let one = measured(&[101], USERS, Sight::All, &Thresholds::around(eighths * BIT / 8));
        let point = Point {
            eighths,
            detected_milli: one.all.percent_milli(),
            alarms_milli: one.false_alarms_a_user_year_milli(),
            usual: Thresholds::around(eighths * BIT / 8) == usual,
        };
        writeln!(out, "{}", point.text())?;
        points.push(point);
    }
    std::fs::write(file, sim::picture::svg(&points))
}
