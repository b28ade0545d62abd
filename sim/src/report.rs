//! The figures of a run, in plain lines.

use crate::measure::{Measured, OWNER_MS, Tally};
use std::fmt::Write;

/// Thousandths, as a number with two places.
fn milli(number: u64) -> String {
    format!("{}.{:02}", number / 1_000, number % 1_000 / 10)
}

fn long(ms: Option<i64>) -> String {
    match ms {
        None => "-".to_owned(),
        Some(ms) if ms < 120_000 => format!("{} s", ms / 1_000),
        Some(ms) if ms < 7_200_000 => format!("{} min", ms / 60_000),
        Some(ms) => format!("{} h", ms / 3_600_000),
    }
}

fn line(out: &mut String, name: &str, one: &Tally) {
    let (rest, of) = (one.with * 1_000 / one.without.max(1), one.without / 1_000);
    let spent = if one.without == 0 { "-".to_owned() } else { format!("{}.{} % of {of}k", rest / 10, rest % 10) };
    let (median, late) = (long(one.at(50)), long(one.at(95)));
    let _ = writeln!(
        out,
        "{name:<34} {:>5} {:>7} % {median:>9} {late:>9}   {spent}",
        one.attacks,
        milli(one.percent_milli()),
    );
}

/// The first lines only.
pub fn short(measured: &Measured) -> String {
    text(measured).lines().take(8).collect::<Vec<_>>().join("\n")
}

pub fn text(measured: &Measured) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} users, {} observations, {} false alarms in {} honest user-days: {} a user-year ({} steps that did more than tell)",
        measured.users,
        measured.observations,
        measured.false_alarms,
        measured.honest_days,
        milli(measured.false_alarms_a_user_year_milli()),
        measured.false_steps,
    );
    let _ = writeln!(
        out,
        "contained: by a step, or {} min after an alert, when its owner is taken to answer",
        OWNER_MS / 60_000
    );
    let _ = writeln!(
        out,
        "{:<34} {:>5} {:>9} {:>9} {:>9}   admitted until contained",
        "", "count", "detected", "median", "95 of 100"
    );
    line(&mut out, "all attacks", &measured.all);
    for ((evasive, fast), one) in &measured.by_manner {
        line(&mut out, &format!("  {}", manner(*evasive, *fast)), one);
    }
    for (kind, one) in &measured.by_kind {
        line(&mut out, kind.as_str(), one);
        for ((_, evasive, fast), one) in measured.by_variant.iter().filter(|((of, _, _), _)| of == kind) {
            line(&mut out, &format!("  {}", manner(*evasive, *fast)), one);
        }
    }
    let _ = writeln!(out, "false alarms by what weighed most:");
    for (signal, times) in &measured.by_signal {
        let _ = writeln!(out, "  {signal:?} {times}");
    }
    out
}

fn manner(evasive: bool, fast: bool) -> String {
    let pace = if fast { "fast" } else { "slow" };
    let how = if evasive { "evasive" } else { "plain" };
    format!("{how}, {pace}")
}
