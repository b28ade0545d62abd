//! Firm: what all customers share: the firm-wide kill switch, and whether the journal was copied back from a backup.

use crate::kill_switch::{self, Engaged};
use crate::restore::{self, Restored};
use crate::time::Timestamp;
use alloc::vec::Vec;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firm {
    pub kills: Vec<Engaged>,
    /// The last time.
    pub restored: Option<Restored>,
}

/// Writes, never judges.
pub fn apply(firm: &mut Firm, event: &kill_switch::Event) {
    kill_switch::apply(&mut firm.kills, event);
}

/// Writes, never judges.
pub fn restored(firm: &mut Firm, event: &restore::Event, at: Timestamp) {
    let restore::Event::Restored(backup) = event;
    firm.restored = Some(Restored { at, made_at: backup.made_at });
}
