//! Reason: a refusal as it is recorded and shown: category, code and the figures behind it.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The four kinds of no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    Identity,
    Entitlement,
    DeviceSession,
    Guard,
}

impl Category {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Entitlement => "entitlement",
            Self::DeviceSession => "device-session",
            Self::Guard => "guard",
        }
    }
}

/// Codes are stable; the words for people are found by the code, elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub category: Category,
    pub code: String,
    /// Named figures, as text, in the order in which they are told.
    pub facts: Vec<(String, String)>,
}
