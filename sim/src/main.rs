//! `sim detection FILE`: measures the detector on the hold-out seeds and draws the trade-off of its threshold into FILE.
//! `sim rows DIRECTORY`: what the cards are fitted to (`fit/`).
#![forbid(unsafe_code)]

use kernel::watch::{BIT, Thresholds};
use range::Population;
use sim::measure::{Measured, population};
use sim::picture::Point;
use sim::replayed::Sight;
use std::io::Write;

const USERS: u32 = 10_000;
/// Looked at only to report; `sim tune` has the others. Those up to 603 were looked at before.
const HOLD_OUT: [u64; 3] = [701, 702, 703];
const TUNING: [u64; 3] = [1, 2, 3];
const THREADS: u32 = 2;
/// What the cards are fitted to, of each tuning seed: whole users, and the attacked ones of many more.
const WHOLE: u32 = 60_000;
const ATTACKED: u32 = 300_000;

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tune"] => tune(&mut out),
        ["detection", file] => detection(&mut out, file),
        ["rows", directory] => rows(directory),
        _ => Err(std::io::Error::other("usage: sim detection FILE | sim tune | sim rows DIRECTORY")),
    }
}

/// As wired, and of programs as if their listeners were not on loopback.
fn rows(directory: &str) -> std::io::Result<()> {
    let to = |name: &str| std::fs::File::create(format!("{directory}/{name}")).map(std::io::BufWriter::new);
    writeln!(to("signals")?, "{}", sim::rows::names())?;
    for (kind, wired) in [("wired", true), ("programs", false)] {
        for seed in TUNING {
            for (which, from, until, attacked) in [("whole", 0, WHOLE, false), ("attacked", WHOLE, ATTACKED, true)] {
                let name = format!("{kind}-{which}-{seed}");
                let (mut out, mut truth) = (to(&name)?, to(&format!("{name}.truth"))?);
                sim::rows::write(&Population::new(seed, until), from, attacked, wired, (&mut out, &mut truth))?;
            }
        }
    }
    Ok(())
}

fn measured(seeds: &[u64], users: u32, sight: Sight, thresholds: &Thresholds) -> Measured {
    let mut all = Measured::default();
    for seed in seeds {
        all.join(population(&Population::new(*seed, users), sight, thresholds, THREADS));
    }
    all
}

fn tune(out: &mut impl Write) -> std::io::Result<()> {
    for (name, sight) in [("all", Sight::ALL), ("wired", Sight { wired: true, ..Sight::ALL })] {
        let of = measured(&TUNING, USERS, sight, &Thresholds::usual());
        writeln!(out, "# tuning seeds, {name}\n{}", sim::report::text(&of))?;
    }
    Ok(())
}

fn detection(out: &mut impl Write, file: &str) -> std::io::Result<()> {
    let usual = Thresholds::usual();
    let [first, ..] = HOLD_OUT;
    writeln!(out, "# hold-out seeds {HOLD_OUT:?}, with a country database: all that the range shows")?;
    writeln!(out, "{}", sim::report::text(&measured(&HOLD_OUT, USERS, Sight::ALL, &usual)))?;
    let wired = Sight { wired: true, ..Sight::ALL };
    writeln!(
        out,
        "# what the service has events of\n{}",
        sim::report::text(&measured(&HOLD_OUT, USERS, wired, &usual))
    )?;
    let blind = Sight { countries: false, ..Sight::ALL };
    writeln!(out, "# without one\n{}", sim::report::short(&measured(&HOLD_OUT, USERS, blind, &usual)))?;
    let dark = Sight { countries: false, ..wired };
    writeln!(
        out,
        "# the same, without a country database\n{}",
        sim::report::short(&measured(&HOLD_OUT, USERS, dark, &usual))
    )?;
    writeln!(out, "# the threshold, on seed {first}")?;
    let mut points = Vec::new();
    for eighths in [40, 48, 56, 64, 69, 74, 80, 88, 104] {
        let one = measured(&[first], USERS, Sight::ALL, &Thresholds::around(eighths * BIT / 8));
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
