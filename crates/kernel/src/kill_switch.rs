//! Kill switch: stops risk-increasing orders and cancels open ones, until released by an approval.

use crate::id::{AccountId, CredentialId};
use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Credential(CredentialId),
    Account(AccountId),
    Customer,
    Firm,
}

/// What happens to orders that rest: those that only reduce a position are kept unless all are to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resting {
    KeepProtective,
    CancelAll,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engaged {
    pub level: Level,
    pub resting: Resting,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Engaged(Engaged),
    Released { level: Level },
}

impl Event {
    pub const fn level(&self) -> Level {
        match self {
            Self::Engaged(switch) => switch.level,
            Self::Released { level } => *level,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    NotEngaged,
}

/// Engaging is never refused: a second tap only records that it was tapped, and may widen what is cancelled.
pub const fn engage(level: Level, resting: Resting, now: Timestamp) -> Event {
    Event::Engaged(Engaged { level, resting, at: now })
}

pub fn release(engaged: &[Engaged], level: Level) -> Result<Event, Refusal> {
    if engaged.iter().any(|switch| switch.level == level) {
        Ok(Event::Released { level })
    } else {
        Err(Refusal::NotEngaged)
    }
}

/// The switch that stops this credential on this account, if any.
#[inline]
pub fn stops(engaged: &[Engaged], credential: CredentialId, account: AccountId) -> Option<&Engaged> {
    engaged.iter().find(|switch| match switch.level {
        Level::Credential(id) => id == credential,
        Level::Account(id) => id == account,
        Level::Customer | Level::Firm => true,
    })
}

/// Writes, never judges.
pub fn apply(engaged: &mut Vec<Engaged>, event: &Event) {
    match event {
        Event::Engaged(switch) => {
            match engaged.iter_mut().find(|known| known.level == switch.level) {
                Some(known) if switch.resting == Resting::CancelAll => known.resting = Resting::CancelAll,
                Some(_) => {}
                None => engaged.push(*switch),
            };
        }
        Event::Released { level } => engaged.retain(|known| known.level != *level),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_stops_its_own_level_and_what_lies_below() {
        let (mine, other) = (CredentialId::new(1, 1), CredentialId::new(1, 2));
        let (account, elsewhere) = (AccountId::new(1, 1), AccountId::new(1, 2));
        let cases = [
            (Level::Credential(mine), true, false),
            (Level::Account(account), true, false),
            (Level::Customer, true, true),
            (Level::Firm, true, true),
        ];
        for (level, stops_mine, stops_other) in cases {
            let mut engaged = Vec::new();
            apply(&mut engaged, &engage(level, Resting::KeepProtective, Timestamp(1)));
            assert_eq!(stops(&engaged, mine, account).is_some(), stops_mine);
            assert_eq!(stops(&engaged, other, elsewhere).is_some(), stops_other);
        }
    }

    #[test]
    fn a_second_tap_can_widen_and_never_narrow() {
        let mut engaged = Vec::new();
        apply(&mut engaged, &engage(Level::Customer, Resting::CancelAll, Timestamp(1)));
        apply(&mut engaged, &engage(Level::Customer, Resting::KeepProtective, Timestamp(2)));
        assert_eq!(engaged, [Engaged { level: Level::Customer, resting: Resting::CancelAll, at: Timestamp(1) }]);
    }

    #[test]
    fn releasing_what_is_not_engaged_is_refused() {
        assert_eq!(release(&[], Level::Firm), Err(Refusal::NotEngaged));
    }
}
