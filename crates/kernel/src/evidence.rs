//! Evidence: that an authenticator was checked: which, how and when. Made by the vault, judged here.

use crate::digest::Digest;
use crate::id::AuthenticatorId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Evidence older than this proves nothing any more.
pub const FRESH_MS: i64 = 5 * 60_000;

/// What was shown, and what of it the next check needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A WebAuthn assertion over this challenge.
    Assertion {
        challenge: Digest,
        user_verified: bool,
        backed_up: bool,
        sign_count: u32,
    },
    Password,
    /// The time step of the code: each is used at most once.
    Totp {
        step: i64,
    },
    /// Which of the saved codes: each is used at most once.
    RecoveryCode {
        index: u8,
    },
    /// Typed as it came by SMS: restricted.
    SmsCode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub authenticator: AuthenticatorId,
    /// The authenticator as it was when it was checked: one that was changed since must be shown again.
    pub revision: u32,
    pub at: Timestamp,
    pub proof: Proof,
}

/// How sure the house is who is there (NIST SP 800-63B-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    Aal1,
    Aal2,
}

/// What a session may do; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    View,
    Trade,
    /// Money, security settings, permissions, limits.
    Move,
}

impl Capability {
    pub const ALL: [Self; 3] = [Self::View, Self::Trade, Self::Move];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Trade => "trade",
            Self::Move => "move",
        }
    }
}

impl Evidence {
    /// Made lately and not ahead of time.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        (0..FRESH_MS).contains(&now.since(self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_lasts_five_minutes_and_never_comes_from_the_future() {
        let at = Timestamp(1_000_000);
        let evidence = Evidence { authenticator: AuthenticatorId::new(1, 1), revision: 1, at, proof: Proof::Password };
        for (later, fresh) in [(-1, false), (0, true), (FRESH_MS - 1, true), (FRESH_MS, false)] {
            assert_eq!(evidence.is_fresh(at.plus_ms(later)), fresh, "{later}");
        }
    }
}
