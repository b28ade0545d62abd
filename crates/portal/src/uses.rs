//! Uses: what each API credential did on each day, what observe mode would have refused, what was refused today.

use kernel::actor::Actor;
use kernel::event::{Event, Recorded};
use kernel::id::CredentialId;
use kernel::reason::Reason;
use kernel::time::{Day, Timestamp};
use kernel::{connection, working};
use std::collections::{BTreeMap, VecDeque};

pub const DAYS: i64 = 30;
/// Orders refused today that are kept to be listed; the activity has them all.
const REFUSED: usize = 50;
/// Different codes of one credential's report.
const CODES: usize = 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    pub orders: u32,
    pub refusals: u32,
}

/// What the guard would have refused, by one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Would {
    /// As it was the last time.
    pub reason: Reason,
    pub times: u32,
    pub last: Timestamp,
}

#[derive(Clone, Debug, Default)]
pub struct Uses {
    days: BTreeMap<CredentialId, BTreeMap<Day, Use>>,
    observed: BTreeMap<CredentialId, BTreeMap<String, Would>>,
    refused: VecDeque<Recorded>,
    /// When it was last heard of: its record notes that once a day only.
    last: BTreeMap<CredentialId, Timestamp>,
}

impl Uses {
    pub fn see(&mut self, recorded: &Recorded) {
        use working::Event as E;
        if let Actor::Credential(id) = recorded.actor {
            self.last.insert(id, recorded.at);
        }
        if let Event::Connection(connection::Event::Read(reads)) = &recorded.event {
            self.last.insert(reads.credential, recorded.at);
        }
        let (credential, refused) = match &recorded.event {
            Event::Order(E::Admitted { ask, observed, approval, .. }) => {
                if let Some(reason) = observed {
                    self.observe(ask.credential, reason, recorded.at);
                }
                // One that was held was counted then.
                if approval.is_some() {
                    return;
                }
                (ask.credential, false)
            }
            Event::Order(E::Held { ask, .. }) => (ask.credential, false),
            Event::Order(E::Refused { ask, .. }) => {
                self.keep(recorded);
                (ask.credential, true)
            }
            Event::Order(E::Declined { credential, .. })
            | Event::Connection(connection::Event::Refused { credential, .. }) => (*credential, true),
            _ => return,
        };
        let day = recorded.at.day();
        let days = self.days.entry(credential).or_default();
        let on = days.entry(day).or_default();
        let count = if refused { &mut on.refusals } else { &mut on.orders };
        *count = count.saturating_add(1);
        days.retain(|one, _| one.0 > day.0.saturating_sub(DAYS));
    }

    fn observe(&mut self, credential: CredentialId, reason: &Reason, at: Timestamp) {
        let codes = self.observed.entry(credential).or_default();
        if codes.len() >= CODES && !codes.contains_key(&reason.code) {
            return;
        }
        let would =
            codes.entry(reason.code.clone()).or_insert_with(|| Would { reason: reason.clone(), times: 0, last: at });
        would.times = would.times.saturating_add(1);
        (would.reason, would.last) = (reason.clone(), at);
    }

    fn keep(&mut self, recorded: &Recorded) {
        self.refused.retain(|one| one.at.day() == recorded.at.day());
        if self.refused.len() >= REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(recorded.clone());
    }

    /// The last thirty days up to today, the oldest first.
    pub fn of(&self, credential: CredentialId, today: Day) -> Vec<(Day, Use)> {
        let days = self.days.get(&credential);
        let one = |back: i64| {
            let day = Day(today.0.saturating_sub(back));
            (day, days.and_then(|days| days.get(&day)).copied().unwrap_or_default())
        };
        (0..DAYS).rev().map(one).collect()
    }

    /// By the code, the most frequent first.
    pub fn observed(&self, credential: CredentialId) -> Vec<&Would> {
        let mut all: Vec<&Would> = self.observed.get(&credential).into_iter().flat_map(BTreeMap::values).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.times));
        all
    }

    pub fn last(&self, credential: CredentialId) -> Option<Timestamp> {
        self.last.get(&credential).copied()
    }

    /// The newest first.
    pub fn refused(&self, today: Day) -> impl Iterator<Item = &Recorded> {
        self.refused.iter().rev().filter(move |one| one.at.day() == today)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use kernel::id::CorrelationId;
    use kernel::reason::Category;

    const DAY_MS: i64 = 86_400_000;
    const NOW: Timestamp = Timestamp(20_000 * DAY_MS);

    fn turned_away(credential: CredentialId, at: Timestamp) -> Recorded {
        let why = Reason { category: Category::Identity, code: "secret_wrong".to_owned(), facts: Vec::new() };
        let event = Event::Connection(connection::Event::Refused { credential, why, secret_elsewhere: false });
        Recorded { at, actor: Actor::House, correlation: CorrelationId::new(1, 1), event, v: 1 }
    }

    #[test]
    fn a_day_older_than_thirty_is_left_out() {
        let (mine, other) = (CredentialId::new(1, 1), CredentialId::new(1, 2));
        let mut uses = Uses::default();
        for at in [NOW.minus_ms(30 * DAY_MS), NOW.minus_ms(29 * DAY_MS), NOW, NOW] {
            uses.see(&turned_away(mine, at));
        }
        let days = uses.of(mine, NOW.day());
        assert_eq!(days.len(), 30);
        assert_eq!((days[0].1.refusals, days[29].1.refusals), (1, 2));
        assert_eq!(days.iter().map(|(_, one)| one.refusals).sum::<u32>(), 3);
        assert!(uses.of(other, NOW.day()).iter().all(|(_, one)| *one == Use::default()));
    }

    #[test]
    fn one_that_was_used_on_its_first_day_is_not_told_as_unused() {
        let id = CredentialId::new(1, 1);
        let mut uses = Uses::default();
        uses.see(&turned_away(id, NOW));
        assert_eq!(uses.last(id), None);
        let reads = connection::Reads { credential: id, client_id: 1, minute: NOW, counts: Vec::new() };
        uses.see(&Recorded { event: Event::Connection(connection::Event::Read(reads)), ..turned_away(id, NOW) });
        assert_eq!(uses.last(id), Some(NOW));
    }

    #[test]
    fn what_would_have_been_refused_is_counted_by_its_code() {
        let id = CredentialId::new(1, 1);
        let reason = |code: &str, limit: &str| Reason {
            category: Category::Guard,
            code: code.to_owned(),
            facts: vec![("limit".to_owned(), limit.to_owned())],
        };
        let mut uses = Uses::default();
        uses.observe(id, &reason("day_count", "1"), NOW);
        uses.observe(id, &reason("order_value", "1"), NOW);
        uses.observe(id, &reason("order_value", "2"), NOW.plus_ms(5));
        let told: Vec<_> = uses.observed(id).iter().map(|one| (one.reason.code.as_str(), one.times)).collect();
        assert_eq!(told, [("order_value", 2), ("day_count", 1)]);
        let last = uses.observed(id)[0];
        assert_eq!((last.reason.facts[0].1.as_str(), last.last), ("2", NOW.plus_ms(5)));
    }
}
