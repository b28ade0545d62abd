//! Subject: what a dossier is about, in one line.

use kernel::id::{ApprovalId, OrderId};
use kernel::time::Timestamp;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Order(OrderId),
    Approval(ApprovalId),
    /// From the first moment on, up to the second and without it.
    Period {
        from: Timestamp,
        to: Timestamp,
    },
}

impl Subject {
    /// Reads what `Display` writes, and no other spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let at = |text: &str| text.parse().ok().map(Timestamp);
        let subject = match words.as_slice() {
            ["order", id] => OrderId::parse(id).ok().map(Self::Order),
            ["approval", id] => ApprovalId::parse(id).ok().map(Self::Approval),
            ["period", from, to] => Some(Self::Period { from: at(from)?, to: at(to)? }),
            _ => None,
        };
        subject.filter(|subject| subject.to_string() == text)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(id) => write!(f, "order {id}"),
            Self::Approval(id) => write!(f, "approval {id}"),
            Self::Period { from, to } => write!(f, "period {} {}", from.0, to.0),
        }
    }
}
