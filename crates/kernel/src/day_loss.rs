//! Day loss: an account lost more in a day than is stated for it, or for whoever trades on it; then that is stopped.

use crate::id::AccountId;
use crate::kill_switch::Level;
use crate::money::Amount;
use crate::time::Timestamp;
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

/// From here on it may lose the limit: what was lost when it was released, or less, where the figure came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub level: Level,
    pub account: AccountId,
    pub loss: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Reached(Reached),
    Accepted(Accepted),
}

/// Of a level and an account that reached the limit once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub level: Level,
    pub account: AccountId,
    /// What it lost beside the limit that it may lose.
    pub base: Amount,
    /// Released then; what it had lost by then was not seen yet.
    pub released: Option<Timestamp>,
}

/// Whoever releases has seen what was lost until then, not what is lost until somebody looks again.
const SEEN_MS: i64 = 10_000;
/// How much of the limit the figure has to come back by until the allowance follows it.
const STEPS: i128 = 10;

/// What this loss asks for. A venue's day does not end when ours does: its figure itself says that it begins anew.
pub fn due(
    known: &[Known],
    (level, account): (Level, AccountId),
    loss: Amount,
    limit: Amount,
    now: Timestamp,
) -> Option<Event> {
    let one = known.iter().find(|one| (one.level, one.account) == (level, account));
    let base = one.map_or(Amount::ZERO, |one| one.base);
    let lost = loss.max(Amount::ZERO);
    let seen = one.and_then(|one| one.released).is_some_and(|at| now.since(at) <= SEEN_MS);
    let step = Amount::from_units(limit.units() / STEPS);
    let back = base.saturating_sub(lost);
    let came_back = back.is_positive() && (lost.is_zero() || back >= step);
    if came_back || (seen && lost > base) {
        return Some(Event::Accepted(Accepted { level, account, loss: lost }));
    }
    (loss > base.saturating_add(limit)).then_some(Event::Reached(Reached { level, account, loss, limit, at: now }))
}

/// Writes, never judges. One entry for each level and account.
pub fn apply(known: &mut Vec<Known>, event: &Event) {
    let (level, account, base) = match event {
        Event::Reached(reached) => (reached.level, reached.account, reached.loss),
        Event::Accepted(accepted) => (accepted.level, accepted.account, accepted.loss),
    };
    known.retain(|one| (one.level, one.account) != (level, account));
    known.push(Known { level, account, base, released: None });
}

/// Its kill switch was released.
pub fn released(known: &mut [Known], level: Level, at: Timestamp) {
    known.iter_mut().filter(|one| one.level == level).for_each(|one| one.released = Some(at));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }
    /// What is done about a loss: stopped, accepted, or nothing.
    fn told(known: &mut Vec<Known>, loss: &str, at: i64) -> &'static str {
        let of = (Level::Account(AccountId::new(1, 1)), AccountId::new(1, 1));
        let Some(event) = due(known, of, amount(loss), amount("500"), Timestamp(at)) else { return "nothing" };
        apply(known, &event);
        match event {
            Event::Reached(_) => "stopped",
            Event::Accepted(_) => "accepted",
        }
    }

    #[test]
    fn what_was_lost_when_it_was_released_is_accepted_and_the_limit_begins_there() {
        let mut known = Vec::new();
        assert_eq!(told(&mut known, "500", 0), "nothing");
        assert_eq!(told(&mut known, "500.01", 0), "stopped");
        released(&mut known, Level::Account(AccountId::new(1, 1)), Timestamp(1_000));
        assert_eq!(told(&mut known, "1100", 2_000), "accepted", "it went on losing while it was stopped");
        assert_eq!(told(&mut known, "1600", 3_000), "nothing");
        assert_eq!(told(&mut known, "1600.01", 3_000), "stopped");
        // Nobody looked for long: what was lost meanwhile nobody has seen.
        released(&mut known, Level::Account(AccountId::new(1, 1)), Timestamp(5_000));
        assert_eq!(told(&mut known, "2100.01", 5_001 + SEEN_MS), "nothing");
        assert_eq!(told(&mut known, "2100.02", 5_001 + SEEN_MS), "stopped");
    }

    #[test]
    fn what_was_accepted_ends_where_the_figure_came_back_whatever_the_hour() {
        let mut known = Vec::new();
        assert_eq!(told(&mut known, "1100", 0), "stopped");
        released(&mut known, Level::Account(AccountId::new(1, 1)), Timestamp(0));
        assert_eq!(told(&mut known, "1100", 1), "nothing");
        // Midnight UTC passes, and the venue tells yesterday's figure still.
        assert_eq!(told(&mut known, "1100", 200_000_000), "nothing");
        assert_eq!(told(&mut known, "1050.01", 200_000_000), "nothing");
        assert_eq!(told(&mut known, "1050", 200_000_000), "accepted");
        assert_eq!(told(&mut known, "1550", 200_000_000), "nothing");
        // It begins anew: with nothing, or a gain.
        assert_eq!(told(&mut known, "-20", 200_000_000), "accepted");
        assert_eq!(told(&mut known, "-30", 200_000_000), "nothing");
        assert_eq!(told(&mut known, "500.01", 200_000_000), "stopped");
    }

    #[test]
    fn one_level_and_account_has_nothing_to_do_with_another() {
        let (one, other) = (AccountId::new(1, 1), AccountId::new(1, 2));
        let (level, at, limit) = (Level::Account(one), Timestamp(0), amount("500"));
        let mut known = Vec::new();
        let more = due(&known, (level, one), amount("900"), limit, at).unwrap();
        apply(&mut known, &more);
        released(&mut known, Level::Account(other), at);
        assert_eq!(known, [Known { level, account: one, base: amount("900"), released: None }]);
        assert!(matches!(due(&known, (level, other), amount("501"), limit, at), Some(Event::Reached(_))));
    }
}
