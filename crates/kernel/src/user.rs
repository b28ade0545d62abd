//! User: a human who signs in.

use crate::digest::Digest;
use crate::id::UserId;
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Trader,
    Advisor,
    Viewer,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Trader, Self::Advisor, Self::Viewer];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Trader => "trader",
            Self::Advisor => "advisor",
            Self::Viewer => "viewer",
        }
    }
    /// Orders: to place, to answer for, to stop.
    pub const fn may_trade(self) -> bool {
        match self {
            Self::Owner | Self::Trader | Self::Advisor => true,
            Self::Viewer => false,
        }
    }
    /// Orders of one's own, at the ticket. An advisor places through the accounts of their own clients.
    pub const fn may_place(self) -> bool {
        match self {
            Self::Owner | Self::Trader => true,
            Self::Advisor | Self::Viewer => false,
        }
    }
    /// Limits, API credentials, kill switches that are released.
    pub const fn may_move(self) -> bool {
        match self {
            Self::Owner => true,
            Self::Trader | Self::Advisor | Self::Viewer => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub role: Role,
    /// Of the sealed row that holds the name.
    pub name_sha256: Digest,
    /// Under this blind key the user is found by name.
    pub name_key: Digest,
    pub created_at: Timestamp,
    /// Sessions that began no later than this are over.
    pub logged_out_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Created(User),
    LoggedOutEverywhere {
        id: UserId,
        at: Timestamp,
    },
    /// With all that they came in by: sessions, devices, authenticators, codes.
    Removed {
        id: UserId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    /// Somebody has to be there who may sign.
    LastOwner,
}

/// Writes, never judges.
pub fn apply(users: &mut Vec<User>, event: &Event) {
    match event {
        Event::Created(user) => users.push(*user),
        Event::LoggedOutEverywhere { id, at } => {
            users.iter_mut().filter(|user| user.id == *id).for_each(|user| user.logged_out_at = Some(*at));
        }
        Event::Removed { id } => users.retain(|user| user.id != *id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_only_looks_and_only_an_owner_widens() {
        let may = Role::ALL.map(|role| (role.as_str(), role.may_trade(), role.may_place(), role.may_move()));
        let expected = [
            ("owner", true, true, true),
            ("trader", true, true, false),
            ("advisor", true, false, false),
            ("viewer", false, false, false),
        ];
        assert_eq!(may, expected);
    }

    #[test]
    fn logging_out_is_ones_own() {
        let of = |n| User {
            id: UserId::new(1, n),
            role: Role::Viewer,
            name_sha256: Digest::plain(b"n"),
            name_key: Digest::plain(b"k"),
            created_at: Timestamp(0),
            logged_out_at: None,
        };
        let mut users = Vec::new();
        [1, 2].into_iter().for_each(|n| apply(&mut users, &Event::Created(of(n))));
        apply(&mut users, &Event::LoggedOutEverywhere { id: UserId::new(1, 2), at: Timestamp(5) });
        let out: Vec<Option<Timestamp>> = users.iter().map(|user| user.logged_out_at).collect();
        assert_eq!(out, [None, Some(Timestamp(5))]);
    }
}
