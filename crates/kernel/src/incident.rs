//! Incident: a contained emergency: what was stopped at once, because of whom, until a person closes it.
//!
//! Kept: those that are open, and the latest that were closed. All of them are in the journal.

use crate::alert::Subject;
use crate::id::{ApprovalId, CredentialId, IncidentId, UserId};
use crate::kill_switch::Level;
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Closed ones that are remembered.
const KEPT: usize = 20;

/// Whose doing it may be: what they could do is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspect {
    /// A program with a stolen credential.
    Credential(CredentialId),
    /// Whoever comes in as this user.
    User(UserId),
}

impl From<Subject> for Suspect {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::User(user) => Self::User(user),
            Subject::Credential(credential) => Self::Credential(credential),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// "This was not me", said of what was asked for.
    NotMe { approval: Option<ApprovalId> },
    /// By a person who has seen something.
    Declared,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: IncidentId,
    pub suspect: Suspect,
    pub why: Why,
    pub opened_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Opened(Incident),
    /// What it stopped stays stopped until that is released by itself.
    Closed {
        id: IncidentId,
        at: Timestamp,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotOpen,
}

impl Suspect {
    /// Of a user that is everything: their ticket and every credential of the customer.
    pub const fn level(&self) -> Level {
        match self {
            Self::Credential(id) => Level::Credential(*id),
            Self::User(_) => Level::Customer,
        }
    }
}

pub fn open(known: &[Incident], suspect: Suspect) -> Option<&Incident> {
    known.iter().find(|one| one.closed_at.is_none() && one.suspect == suspect)
}

pub fn close(known: &[Incident], id: IncidentId, now: Timestamp) -> Result<Event, Refusal> {
    let open = known.iter().any(|one| one.id == id && one.closed_at.is_none());
    if open { Ok(Event::Closed { id, at: now }) } else { Err(Refusal::NotOpen) }
}

/// Writes, never judges.
pub fn apply(known: &mut Vec<Incident>, event: &Event) {
    match event {
        Event::Opened(incident) => known.push(*incident),
        Event::Closed { id, at } => {
            known.iter_mut().filter(|one| one.id == *id).for_each(|one| one.closed_at = Some(*at));
            let closed = known.iter().filter(|one| one.closed_at.is_some()).count();
            let mut over = closed.saturating_sub(KEPT);
            known.retain(|one| {
                let goes = over > 0 && one.closed_at.is_some();
                over -= usize::from(goes);
                !goes
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident(n: u128) -> Incident {
        let suspect = Suspect::Credential(CredentialId::new(1, n));
        let (id, why, opened_at) = (IncidentId::new(1, n), Why::Declared, Timestamp(0));
        Incident { id, suspect, why, opened_at, closed_at: None }
    }

    #[test]
    fn it_is_closed_once_and_open_ones_are_never_forgotten() {
        let mut known = Vec::new();
        apply(&mut known, &Event::Opened(incident(0)));
        for n in 1..=30 {
            let one = incident(n);
            apply(&mut known, &Event::Opened(one));
            assert_eq!(open(&known, one.suspect), Some(&one));
            let closed = close(&known, one.id, Timestamp(1));
            assert_eq!(closed, Ok(Event::Closed { id: one.id, at: Timestamp(1) }));
            apply(&mut known, &Event::Closed { id: one.id, at: Timestamp(1) });
            assert_eq!(close(&known, one.id, Timestamp(2)), Err(Refusal::NotOpen));
            assert_eq!(open(&known, one.suspect), None);
        }
        assert_eq!(known.len(), KEPT + 1);
        assert_eq!(open(&known, incident(0).suspect), Some(&incident(0)));
    }
}
