//! Day loss: an account lost more in a day than is stated for it, or for whoever trades on it; then that is stopped.

use crate::id::AccountId;
use crate::kill_switch::Level;
use crate::money::Amount;
use crate::time::{Day, Timestamp};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What was found, and over which figure: in the account's base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// What is stopped: the account, or one credential on it.
    pub level: Level,
    pub account: AccountId,
    /// Positive: so much was lost since the day began, as the venue says.
    pub loss: Amount,
    pub limit: Amount,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Reached(Reached),
}

/// From which loss on this level is stopped for this account on this day. Whoever released it on the same day has
/// accepted what was lost until then: it takes the limit once more.
pub fn above(known: &[Reached], level: Level, account: AccountId, limit: Amount, today: Day) -> Amount {
    let same = |one: &&Reached| one.level == level && one.account == account && one.at.day() == today;
    known.iter().find(same).map_or(limit, |one| one.loss.saturating_add(limit))
}

/// Writes, never judges. The latest of each level and account is kept.
pub fn apply(known: &mut Vec<Reached>, event: &Event) {
    let Event::Reached(reached) = event;
    known.retain(|one| (one.level, one.account) != (reached.level, reached.account));
    known.push(*reached);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn a_level_that_was_released_may_lose_the_limit_once_more_and_begins_anew_the_next_day() {
        let (account, other) = (AccountId::new(1, 1), AccountId::new(1, 2));
        let amount = |text| Amount::parse(text).unwrap();
        let (level, limit, at) = (Level::Account(account), amount("500"), Timestamp(DAY_MS * 3 + 7));
        let mut known = Vec::new();
        let above = |known: &[Reached], account, at: Timestamp| above(known, level, account, limit, at.day());
        assert_eq!(above(&known, account, at), limit);
        apply(&mut known, &Event::Reached(Reached { level, account, loss: amount("530"), limit, at }));
        assert_eq!(above(&known, account, at), amount("1030"));
        assert_eq!(above(&known, other, at), limit);
        assert_eq!(above(&known, account, Timestamp(DAY_MS * 4 - 1)), amount("1030"));
        assert_eq!(above(&known, account, Timestamp(DAY_MS * 4)), limit);
        apply(&mut known, &Event::Reached(Reached { level, account, loss: amount("1100"), limit, at }));
        assert_eq!((known.len(), above(&known, account, at)), (1, amount("1600")));
    }
}
