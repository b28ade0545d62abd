//! Alert: something was far from what is usual: what was seen, what was done about it, and what a person said to it.
//!
//! Kept: those that nobody has answered, and the latest that somebody did; of each subject the last of both, or what was
//! said about it would be asked again. All of them are in the journal.

use crate::id::{AlertId, CredentialId, UserId};
use crate::time::Timestamp;
use crate::watch::{STANDS_MS, Signal, Step};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Answered ones that are remembered, and those that nobody answers: more than a customer has users and credentials.
const KEPT: usize = 100;
const MOST_OPEN: usize = 100;

/// Whose doing is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    User(UserId),
    Credential(CredentialId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    pub signal: Signal,
    /// In sixteenths of a bit.
    pub bits: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    pub subject: Subject,
    /// What was done.
    pub step: Step,
    /// The heaviest first.
    pub signs: Vec<Sign>,
    pub raised_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub at: Timestamp,
    /// "This was me."
    pub mine: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A new one, or one that stands and asks for a harder step: then it has the same id.
    Raised(Alert),
    Answered {
        id: AlertId,
        subject: Subject,
        answered: Answered,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotOpen,
}

/// The one that stands for what goes on: told already, and not answered.
pub fn standing(known: &[Alert], subject: Subject, now: Timestamp) -> Option<&Alert> {
    let stands = |one: &&Alert| one.answered.is_none() && now.since(one.raised_at) < STANDS_MS;
    known.iter().rev().filter(|one| one.subject == subject).find(stands)
}

/// When a person last answered about it: what was seen before then is not held against it any more.
pub fn answered_at(known: &[Alert], subject: Subject) -> Option<Timestamp> {
    known.iter().filter(|one| one.subject == subject).filter_map(|one| one.answered.map(|said| said.at)).max()
}

pub fn open(known: &[Alert]) -> impl DoubleEndedIterator<Item = &Alert> {
    known.iter().filter(|one| one.answered.is_none())
}

/// Writes, never judges.
pub fn apply(known: &mut Vec<Alert>, event: &Event) {
    match event {
        Event::Raised(alert) => {
            known.retain(|one| one.id != alert.id);
            known.push(alert.clone());
            drop_oldest(known, |one| one.answered.is_none(), MOST_OPEN);
        }
        Event::Answered { id, answered, .. } => {
            known.iter_mut().filter(|one| one.id == *id).for_each(|one| one.answered = Some(*answered));
            drop_oldest(known, |one| one.answered.is_some(), KEPT);
        }
    }
}

/// First one that a later one of the same subject follows.
fn drop_oldest(known: &mut Vec<Alert>, of: impl Fn(&Alert) -> bool, most: usize) {
    let kind: Vec<(usize, Subject)> =
        known.iter().enumerate().filter(|(_, one)| of(one)).map(|(at, one)| (at, one.subject)).collect();
    if kind.len() <= most {
        return;
    }
    let followed = |(at, subject): &&(usize, Subject)| kind.iter().any(|(later, one)| later > at && one == subject);
    if let Some((at, _)) = kind.iter().find(followed).or(kind.first()) {
        known.remove(*at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn alert(n: u128, of: u128) -> Alert {
        let subject = Subject::Credential(CredentialId::new(0, of));
        Alert { id: AlertId::new(0, n), subject, step: Step::Notify, signs: Vec::new(), raised_at: NOW, answered: None }
    }

    fn answer(known: &mut Vec<Alert>, of: &Alert, ms: i64) {
        let answered = Answered { at: NOW.plus_ms(ms), mine: true };
        apply(known, &Event::Answered { id: of.id, subject: of.subject, answered });
    }

    #[test]
    fn what_was_said_of_a_subject_is_kept_whatever_is_said_of_others() {
        let mut known = Vec::new();
        let quiet = alert(1, 1);
        apply(&mut known, &Event::Raised(quiet.clone()));
        answer(&mut known, &quiet, 1);
        for n in 2..500 {
            let loud = alert(n, 2 + n % 70);
            apply(&mut known, &Event::Raised(loud.clone()));
            assert!(known.len() <= KEPT + MOST_OPEN);
            answer(&mut known, &loud, 2);
        }
        assert_eq!(answered_at(&known, quiet.subject), Some(NOW.plus_ms(1)));
        assert_eq!(known.len(), KEPT);
    }

    #[test]
    fn the_alerts_of_as_many_as_there_can_be_stand_all_at_once() {
        let mut known = Vec::new();
        for n in 1..=84 {
            apply(&mut known, &Event::Raised(alert(n, n)));
        }
        for n in 85..500 {
            apply(&mut known, &Event::Raised(alert(n, 84)));
        }
        assert!((1..=84).all(|n| standing(&known, Subject::Credential(CredentialId::new(0, n)), NOW).is_some()));
        assert_eq!(known.len(), MOST_OPEN);
    }
}
