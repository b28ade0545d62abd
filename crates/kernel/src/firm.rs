//! Firm: what all customers share: for now the firm-wide kill switch.

use crate::kill_switch::{self, Engaged};
use alloc::vec::Vec;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firm {
    pub kills: Vec<Engaged>,
}

/// Writes, never judges.
pub fn apply(firm: &mut Firm, event: &kill_switch::Event) {
    kill_switch::apply(&mut firm.kills, event);
}
