//! Rows for `fit/`: the bits of every subject, day by day, with the labels that no detector has.

use crate::replayed::{Watched, subject_of};
use kernel::watch::{BIT, Signal};
use range::{By, DAY_MS, Population, User};
use std::collections::BTreeMap;
use std::io::Write;

const SIGNALS: usize = Signal::ALL.len();
/// Of each signal, then of the pace of orders, of sign-ins, and the days that the subject is known.
type Bits = [i32; SIGNALS + 3];

/// What is kept of a subject at its most: until a bit fades, or the day or the phase is another. Before (0), during (1)
/// or after (2) the attack.
#[derive(Clone, Debug)]
struct Row {
    day: i64,
    phase: u8,
    at: i64,
    theirs: bool,
    bits: Bits,
}

/// Users from one number on and up to another; `attacked`: of these only those who are. Rows go into `out`, what is true
/// of each user into `truth`.
pub fn write(
    of: &Population,
    from: u32,
    attacked: bool,
    wired: bool,
    (out, truth): (&mut impl Write, &mut impl Write),
) -> std::io::Result<()> {
    for number in from..of.users() {
        let user = of.user(number);
        if attacked && user.attack.is_none() {
            continue;
        }
        writeln!(truth, "{}", labels(&user))?;
        let rows =
            rows(&user, wired).into_iter().flat_map(|(subject, rows)| rows.into_iter().map(move |row| (subject, row)));
        for (subject, row) in rows.filter(|(subject, _)| wired || *subject > 0) {
            for word in [number.into(), subject.into(), row.day, row.phase.into(), i64::from(row.theirs), row.at] {
                out.write_all(&word.to_le_bytes())?;
            }
            for bits in row.bits {
                out.write_all(&i16::try_from(bits).unwrap_or(i16::MAX).to_le_bytes())?;
            }
        }
    }
    Ok(())
}

pub fn names() -> String {
    let signals: Vec<String> = Signal::ALL.iter().map(|signal| format!("{signal:?}")).collect();
    format!("{} {BIT}", signals.join(" "))
}

fn labels(user: &User) -> String {
    let Some(attack) = user.attack else { return format!("{} -1 0 0 0 0 0", user.number) };
    let kind = range::Kind::ALL.iter().position(|kind| *kind == attack.kind).unwrap_or(0);
    let (fast, evasive) = (u8::from(attack.fast), u8::from(attack.evasive));
    let goal = attack.goal as u8;
    format!("{} {kind} {goal} {fast} {evasive} {} {}", user.number, attack.starts_at, attack.ends_at)
}

fn rows(user: &User, wired: bool) -> BTreeMap<u32, Vec<Row>> {
    let mut watched = Watched::default();
    let mut rows: BTreeMap<u32, Vec<Row>> = BTreeMap::new();
    for seen in &user.seen {
        let subject = subject_of(&seen.deed).unwrap_or(0);
        let sight = crate::replayed::Sight { countries: true, wired };
        let phase = match user.attack {
            Some(attack) if seen.at > attack.ends_at + DAY_MS => 2,
            Some(attack) if seen.at >= attack.starts_at => 1,
            _before => 0,
        };
        let (heats, paces) = watched.after(seen, sight);
        let mut bits = [0; SIGNALS + 3];
        for (one, signal) in bits.iter_mut().zip(Signal::ALL) {
            *one = heats.iter().map(|heat| heat.of(signal)).max().unwrap_or(0);
        }
        bits[SIGNALS..].copy_from_slice(&paces);
        let now = Row { day: seen.at.div_euclid(DAY_MS), phase, at: seen.at, theirs: seen.by == By::Attacker, bits };
        let of = rows.entry(subject).or_default();
        match of.last_mut().filter(|last| last.goes_on(&now)) {
            Some(last) => *last = Row { theirs: last.theirs || now.theirs, ..now },
            None => of.push(now),
        }
    }
    rows
}

impl Row {
    /// Nothing of it has faded since.
    fn goes_on(&self, now: &Self) -> bool {
        let kept = self.bits.iter().zip(now.bits).take(SIGNALS).all(|(before, now)| now >= *before);
        (self.day, self.phase) == (now.day, now.phase) && kept
    }
}
