//! Invitation: that somebody may come in as a user of a role: signed by an owner, used once by a link.

use crate::digest::Digest;
use crate::id::{InvitationId, UserId};
use crate::time::Timestamp;
use crate::user::Role;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// From the signature on: the link that is made of it lives no longer.
pub const LIFETIME_MS: i64 = 24 * 60 * 60_000;
pub const MAX_OPEN: usize = 5;
/// Users of a customer, with those who are invited.
pub const MAX_USERS: usize = 20;
const MAX_LABEL: usize = 40;

/// There is no link until one is made, and only the hash of its token is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    pub role: Role,
    /// A word by which the owner tells it from others; no name.
    pub label: String,
    /// The owner who asked for it: void when they are gone.
    pub by: UserId,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Digest>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Made(Invitation),
    /// The link before it is void.
    LinkMade {
        id: InvitationId,
        sha256: Digest,
    },
    Revoked {
        id: InvitationId,
    },
    Used {
        id: InvitationId,
        user: UserId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    /// Only whoever asked for it hands out its link.
    NotYours,
    RoleNotBuilt,
    BadLabel,
    TooMany,
}

/// Letters, digits, dots and dashes: it stands in a text that is signed, and adds no line to it.
pub fn check(label: &str, role: Role) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !(1..=MAX_LABEL).contains(&label.len()) || !label.bytes().all(plain) {
        return Err(Refusal::BadLabel);
    }
    match role {
        Role::Owner | Role::Trader | Role::Viewer => Ok(()),
        Role::Advisor => Err(Refusal::RoleNotBuilt),
    }
}

/// Those that may still be used.
pub fn living(known: &[Invitation], now: Timestamp) -> impl Iterator<Item = &Invitation> {
    known.iter().filter(move |one| now < one.expires_at)
}

pub fn find(known: &[Invitation], id: InvitationId, now: Timestamp) -> Result<&Invitation, Refusal> {
    living(known, now).find(|one| one.id == id).ok_or(Refusal::NotFound)
}

/// The invitation whose link has this token.
pub fn open<'a>(known: &'a [Invitation], token: &Digest, now: Timestamp) -> Option<&'a Invitation> {
    living(known, now).find(|one| one.link.as_ref() == Some(token))
}

/// Writes, never judges.
pub fn apply(known: &mut Vec<Invitation>, event: &Event) {
    match event {
        Event::Made(invitation) => {
            // What nobody has used in time leaves nothing behind.
            known.retain(|one| invitation.made_at < one.expires_at);
            known.push(invitation.clone());
        }
        Event::LinkMade { id, sha256 } => {
            known.iter_mut().filter(|one| one.id == *id).for_each(|one| one.link = Some(*sha256));
        }
        Event::Revoked { id } | Event::Used { id, .. } => known.retain(|one| one.id != *id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_plain_word_and_an_advisor_is_not_invited() {
        for good in ["ana", "a", "desk-2.b_C", &"x".repeat(40)] {
            assert_eq!(check(good, Role::Trader), Ok(()), "{good}");
        }
        for bad in ["", " ", "a b", "a\nb", "é", "a/b", "\u{202e}a", &"x".repeat(41)] {
            assert_eq!(check(bad, Role::Trader), Err(Refusal::BadLabel), "{bad:?}");
        }
        let roles = Role::ALL.map(|role| check("a", role).is_ok());
        assert_eq!(roles, [true, true, false, true]);
    }
}
