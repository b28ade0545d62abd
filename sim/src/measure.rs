//! What the alarms come to: attacks detected, false alarms, and what was admitted until an attack was contained.

use crate::replayed::{Alarm, Sight, run};
use kernel::watch::{Signal, Step, Thresholds};
use range::{Attack, By, DAY_MS, DAYS, Kind, Population, User};
use std::collections::BTreeMap;

/// An alarm counts for an attack from its first deed until so long after its last.
const AFTER_MS: i64 = DAY_MS;
/// What the owner is taken to need to answer an alert that does nothing by itself.
pub const OWNER_MS: i64 = 3_600_000;

/// Of attacks of one sort.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub attacks: u32,
    pub detected: u32,
    /// Milliseconds from the first deed until it was contained: by a step, or by the owner's answer.
    pub contained: Vec<i64>,
    /// Admitted and not reducing: all of it, and up to there.
    pub without: u128,
    pub with: u128,
}

#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub users: u32,
    pub observations: u64,
    /// Days of users on which there was no attack, nor one before.
    pub honest_days: u64,
    pub false_alarms: u64,
    /// Of those: steps that did more than tell.
    pub false_steps: u64,
    pub by_signal: BTreeMap<Signal, u64>,
    pub all: Tally,
    pub by_kind: BTreeMap<Kind, Tally>,
    /// Evasive and fast.
    pub by_manner: BTreeMap<(bool, bool), Tally>,
    pub by_variant: BTreeMap<(Kind, bool, bool), Tally>,
}

impl Tally {
    pub fn percent_milli(&self) -> u64 {
        u64::from(self.detected) * 100_000 / u64::from(self.attacks.max(1))
    }

    /// The value below which so many of a hundred lie.
    pub fn at(&self, percent: usize) -> Option<i64> {
        let mut sorted = self.contained.clone();
        sorted.sort_unstable();
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
    }

    fn add(&mut self, attack: &Attack, detected: bool, contained: Option<i64>, with: u128) {
        self.attacks += 1;
        self.detected += u32::from(detected);
        self.contained.extend(contained.map(|at| at - attack.starts_at));
        self.without += u128::from(attack.notional);
        self.with += with;
    }

    fn join(&mut self, other: Self) {
        self.attacks += other.attacks;
        self.detected += other.detected;
        self.contained.extend(other.contained);
        self.without += other.without;
        self.with += other.with;
    }
}

impl Measured {
    /// In thousandths.
    pub fn false_alarms_a_user_year_milli(&self) -> u64 {
        self.false_alarms * 365_000 / self.honest_days.max(1)
    }

    pub fn join(&mut self, other: Self) {
        self.users += other.users;
        self.observations += other.observations;
        self.honest_days += other.honest_days;
        self.false_alarms += other.false_alarms;
        self.false_steps += other.false_steps;
        other.by_signal.into_iter().for_each(|(signal, n)| *self.by_signal.entry(signal).or_default() += n);
        self.all.join(other.all);
        other.by_kind.into_iter().for_each(|(key, one)| self.by_kind.entry(key).or_default().join(one));
        other.by_manner.into_iter().for_each(|(key, one)| self.by_manner.entry(key).or_default().join(one));
        other.by_variant.into_iter().for_each(|(key, one)| self.by_variant.entry(key).or_default().join(one));
    }

    fn user(&mut self, user: &User, alarms: &[Alarm]) {
        self.users += 1;
        self.observations += user.seen.len() as u64;
        let until = user.attack.map_or(i64::MAX, |attack| attack.starts_at);
        let days = user.attack.map_or(i64::from(DAYS), |attack| (attack.starts_at - range::BEGINS_AT) / DAY_MS);
        self.honest_days += u64::try_from(days).unwrap_or(0);
        for alarm in alarms.iter().filter(|alarm| alarm.at < until) {
            self.false_alarms += u64::from(alarm.opens);
            self.false_steps += u64::from(alarm.step > Step::Notify);
            if let (true, Some(signal)) = (alarm.opens, alarm.why[0]) {
                *self.by_signal.entry(signal).or_default() += 1;
            }
        }
        let Some(attack) = user.attack else {
            return;
        };
        let during = || {
            let (from, to) = (attack.starts_at, attack.ends_at + AFTER_MS);
            alarms.iter().filter(move |alarm| (from..=to).contains(&alarm.at))
        };
        let contained = during().map(|alarm| contained_at(&attack, alarm)).min();
        let with = admitted(user, contained.unwrap_or(i64::MAX));
        let detected = during().next().is_some();
        let Attack { kind, evasive, fast, .. } = attack;
        self.all.add(&attack, detected, contained, with);
        self.by_kind.entry(kind).or_default().add(&attack, detected, contained, with);
        self.by_manner.entry((evasive, fast)).or_default().add(&attack, detected, contained, with);
        self.by_variant.entry((kind, evasive, fast)).or_default().add(&attack, detected, contained, with);
    }
}

/// A step that only tells, or that asks for a proof which the thief of an unlocked phone can give, waits for the owner.
fn contained_at(attack: &Attack, alarm: &Alarm) -> i64 {
    let acts = match alarm.step {
        Step::Notify => false,
        Step::StepUp => attack.kind != Kind::LostPhone && attack.kind != Kind::Pump,
        Step::ReduceOnly | Step::Kill => true,
    };
    if acts { alarm.at } else { alarm.at + OWNER_MS }
}

fn admitted(user: &User, until: i64) -> u128 {
    let theirs = user.seen.iter().filter(|seen| seen.by == By::Attacker && seen.at <= until);
    theirs.map(|seen| u128::from(seen.deed.risk())).sum()
}

/// All users of a population, on so many threads.
pub fn population(of: &Population, sight: Sight, thresholds: &Thresholds, threads: u32) -> Measured {
    let mut all = Measured::default();
    std::thread::scope(|scope| {
        let part = |first: u32| {
            let mut measured = Measured::default();
            let numbers = (first..of.users()).step_by(usize::try_from(threads).unwrap_or(1));
            for number in numbers {
                let user = of.user(number);
                let alarms = run(&user, sight, thresholds);
                measured.user(&user, &alarms);
            }
            measured
        };
        let running: Vec<_> = (0..threads.max(1)).map(|first| scope.spawn(move || part(first))).collect();
        for one in running {
            if let Ok(measured) = one.join() {
                all.join(measured);
            }
        }
    });
    all
}
