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
/// Of each tuning seed.
const TUNED: u32 = 1_500;
/// Looked at only to report; `sim tune` has the others. Those up to 503 were looked at before.
const HOLD_OUT: [u64; 3] = [601, 602, 603];
const TUNING: [u64; 3] = [1, 2, 3];
const THREADS: u32 = 2;
/// What the cards are fitted to and placed by: whole users, the attacked ones of some more, and those of the third seed.
const WHOLE: u32 = 12_000;
const ATTACKED: u32 = 50_000;
const JUDGED: u32 = 20_000;

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
    let of = |seed, until| Population::new(seed, until);
    for (kind, wired) in [("wired", true), ("programs", false)] {
        for seed in [1, 2] {
            let whole = format!("{kind}-whole-{seed}");
            sim::rows::write(
                &of(seed, WHOLE),
                0,
                false,
                wired,
                (&mut to(&whole)?, &mut to(&format!("{whole}.truth"))?),
            )?;
            let more = format!("{kind}-attacked-{seed}");
            sim::rows::write(
                &of(seed, ATTACKED),
                WHOLE,
                true,
                wired,
                (&mut to(&more)?, &mut to(&format!("{more}.truth"))?),
            )?;
        }
    }
    let judged = (&mut to("wired-whole-3")?, &mut to("wired-whole-3.truth")?);
    sim::rows::write(&of(3, JUDGED), 0, false, true, judged)?;
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
        let of = measured(&TUNING, TUNED, sight, &Thresholds::usual());
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
