//! Carrier: the contract of e-mail, webhook and push alike: one parcel to one address, at least once, with an id that stays.

use async_trait::async_trait;
use kernel::time::Timestamp;
use std::fmt;

/// One notice on its way to one address.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The same at every attempt: who gets it twice can tell. Letters, digits, `_` and `-`.
    pub id: String,
    /// When it happened, not when it is sent.
    pub at: Timestamp,
    /// Of a question: when it is over, and nobody needs to be told any more.
    pub until: Option<Timestamp>,
    /// The word of its kind, for programs.
    pub kind: String,
    /// Of no customer: it is about the house.
    pub customer: Option<String>,
    pub subject: String,
    pub text: String,
    /// Pages of the portal; none of them does anything by being opened.
    pub links: Vec<Link>,
    /// What is to be kept as it is, byte for byte.
    pub attached: Option<Attached>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// In a webhook of the member; in a letter the file has it, with `.txt`.
    pub name: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub words: String,
    pub url: String,
}

/// What it says is between the house and whoever gets it.
impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// It may go the next time.
    #[error("{0}")]
    Later(String),
    /// The same, and not before so long.
    #[error("{why}")]
    Wait { why: String, ms: i64 },
    /// The other side has said that it never will.
    #[error("{0}")]
    Never(String),
    /// The same of all that will ever be sent to this address.
    #[error("{0}")]
    Gone(String),
}

#[async_trait]
pub trait Carrier: Send + Sync {
    /// Ends within a minute, whatever the other side does. When it fails, the parcel may have arrived all the same.
    async fn send(&self, to: &str, parcel: &Parcel, now: Timestamp) -> Result<(), NotSent>;
}

/// What another machine said, as much as belongs into a log: one short line.
pub(crate) fn told(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_becomes_one_short_line() {
        assert_eq!(told("550 no\r\nsuch user"), "550 no  such user");
        assert_eq!(told(&"x".repeat(1_000)).len(), 200);
    }
}
