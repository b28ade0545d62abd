//! Enrolment: the one-time link by which the first owner comes in. Others come by an invitation.

use crate::digest::Digest;
use crate::id::EnrolmentId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

pub const LIFETIME_MS: i64 = 30 * 60_000;

/// Only the hash of the link's token is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    pub id: EnrolmentId,
    pub sha256: Digest,
    pub expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The link before it is void.
    Offered(Enrolment),
    Used {
        id: EnrolmentId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is an owner: whoever else comes in is let in by them.
    OwnerEnrolled,
    /// Never offered, used, replaced by a later one, or too old.
    LinkVoid,
    /// Somebody of this customer signs in by it.
    NameTaken,
}

/// The link that this token opens now.
pub fn open(offered: Option<&Enrolment>, sha256: &Digest, now: Timestamp) -> Result<EnrolmentId, Refusal> {
    let fits = |offered: &&Enrolment| offered.sha256 == *sha256 && now < offered.expires_at;
    offered.filter(fits).map(|offered| offered.id).ok_or(Refusal::LinkVoid)
}

/// Writes, never judges.
pub fn apply(offered: &mut Option<Enrolment>, event: &Event) {
    match event {
        Event::Offered(enrolment) => *offered = Some(*enrolment),
        Event::Used { id } => *offered = offered.take().filter(|one| one.id != *id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_once_in_time_and_only_the_latest() {
        let (token, now) = (Digest::plain(b"a"), Timestamp(0));
        let one =
            |n: u128, sha256| Enrolment { id: EnrolmentId::new(0, n), sha256, expires_at: Timestamp(LIFETIME_MS) };
        let mut offered = None;
        assert_eq!(open(offered.as_ref(), &token, now), Err(Refusal::LinkVoid));
        apply(&mut offered, &Event::Offered(one(1, token)));
        assert_eq!(open(offered.as_ref(), &token, Timestamp(LIFETIME_MS - 1)), Ok(EnrolmentId::new(0, 1)));
        assert_eq!(open(offered.as_ref(), &token, Timestamp(LIFETIME_MS)), Err(Refusal::LinkVoid));
        assert_eq!(open(offered.as_ref(), &Digest::plain(b"b"), now), Err(Refusal::LinkVoid));
        apply(&mut offered, &Event::Offered(one(2, Digest::plain(b"c"))));
        assert_eq!(open(offered.as_ref(), &token, now), Err(Refusal::LinkVoid));
        apply(&mut offered, &Event::Used { id: EnrolmentId::new(0, 2) });
        assert_eq!(open(offered.as_ref(), &Digest::plain(b"c"), now), Err(Refusal::LinkVoid));
    }
}
