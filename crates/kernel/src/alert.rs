//! Alert: something was far from what is usual: what was seen, what was done about it, and what a person said to it.
//!
//! Kept: those that nobody has answered, and the latest that somebody did. All of them are in the journal.

use crate::id::{AlertId, CredentialId, UserId};
use crate::time::Timestamp;
use crate::watch::{STANDS_MS, Signal, Step};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Answered ones that are remembered, and those that nobody answers.
const KEPT: usize = 20;
const MOST_OPEN: usize = 50;

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

fn drop_oldest(known: &mut Vec<Alert>, of: impl Fn(&Alert) -> bool, most: usize) {
    let mut over = known.iter().filter(|one| of(one)).count().saturating_sub(most);
    known.retain(|one| {
        let goes = over > 0 && of(one);
        over -= usize::from(goes);
        !goes
    });
}
