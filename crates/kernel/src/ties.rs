//! Ties: what binds an order to others of its program: a parent whose fills it closes, and a group of which one trades.

use crate::id::{CredentialId, OrderId};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Longest name of a group.
pub const MAX_NAME: usize = 64;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ties {
    /// The number that its program gave the parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<i32>,
    /// It waits here, and is sent with the last part of its family.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub parked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
}

/// One cancels the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// As its program calls it; it means nothing to any other.
    pub name: String,
    pub fills: Fills,
}

/// What a fill of one does to the others, and whether two of them can fill at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fills {
    /// They are cancelled; one at a time is in the market.
    CancelBlocked,
    /// They are reduced by as much; one at a time is in the market.
    ReduceBlocked,
    /// They are reduced by as much, and all are in the market.
    Reduce,
}

impl Fills {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CancelBlocked => "cancel_blocked",
            Self::ReduceBlocked => "reduce_blocked",
            Self::Reduce => "reduce",
        }
    }
    /// Whether no two of them ever trade more than the largest could alone.
    pub const fn blocked(self) -> bool {
        match self {
            Self::CancelBlocked | Self::ReduceBlocked => true,
            Self::Reduce => false,
        }
    }
}

/// Which group an order is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The children of this order.
    Family(OrderId),
    /// What this API credential calls by that name.
    Named(CredentialId, String),
}

impl Ties {
    pub const fn is_none(&self) -> bool {
        self.parent.is_none() && !self.parked && self.group.is_none()
    }

    pub fn is_well_formed(&self) -> bool {
        let plain = |name: &str| name.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        self.group.as_ref().is_none_or(|group| (1..=MAX_NAME).contains(&group.name.len()) && plain(&group.name))
    }

    /// Its lines of the bytes that an approval commits to.
    pub fn canonical(&self) -> String {
        let parent = self.parent.map_or_else(String::new, |parent| alloc::format!("{parent}"));
        let (name, fills) = self.group.as_ref().map_or(("", ""), |group| (&group.name, group.fills.as_str()));
        alloc::format!("parent={parent}\nparked={}\ngroup={name}\nfills={fills}\n", self.parked)
    }
}
