//! Closed listeners: which credential cannot be reached, why, and when its port is tried again.

use kernel::id::{CredentialId, CustomerId};
use kernel::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The first pause; each further one is twice as long, up to the longest.
const FIRST_MS: i64 = 1_000;
const LONGEST_MS: i64 = 60_000;

/// A credential whose listener should be open and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    pub credential: CredentialId,
    pub customer: CustomerId,
    pub name: String,
    pub port: u16,
    pub why: String,
    pub since: Timestamp,
}

#[derive(Debug)]
struct Waiting {
    closed: Closed,
    tried: Timestamp,
    pause_ms: i64,
}

#[derive(Debug, Default)]
pub(crate) struct ClosedListeners(BTreeMap<CredentialId, Waiting>);

impl ClosedListeners {
    /// It was tried in vain at this moment; true when that is news.
    pub(crate) fn failed(&mut self, closed: Closed) -> bool {
        let now = closed.since;
        match self.0.get_mut(&closed.credential) {
            Some(known) if known.closed.port == closed.port => {
                known.pause_ms = known.pause_ms.saturating_mul(2).min(LONGEST_MS);
                known.tried = now;
                known.closed.why = closed.why;
                false
            }
            _ => {
                self.0.insert(closed.credential, Waiting { closed, tried: now, pause_ms: FIRST_MS });
                true
            }
        }
    }

    /// True when it was closed before.
    pub(crate) fn opened(&mut self, credential: CredentialId) -> bool {
        self.0.remove(&credential).is_some()
    }

    /// Of this customer only those stay that still should be open.
    pub(crate) fn keep(&mut self, customer: CustomerId, wanted: impl Fn(CredentialId) -> bool) {
        self.0.retain(|credential, waiting| waiting.closed.customer != customer || wanted(*credential));
    }

    pub(crate) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whose should be tried again now. A clock that went back is no reason to wait longer.
    pub(crate) fn due(&self, now: Timestamp) -> BTreeSet<CustomerId> {
        let due = |waiting: &&Waiting| !(0..waiting.pause_ms).contains(&now.since(waiting.tried));
        self.0.values().filter(due).map(|waiting| waiting.closed.customer).collect()
    }

    pub(crate) fn all(&self) -> Vec<Closed> {
        self.0.values().map(|waiting| waiting.closed.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_790_000_000_000);

    fn closed(port: u16, since: Timestamp) -> Closed {
        let (credential, customer) = (CredentialId::new(0, 1), CustomerId::new(0, 1));
        Closed { credential, customer, name: "bot".to_owned(), port, why: "taken".to_owned(), since }
    }

    #[test]
    fn pauses_double_up_to_a_minute_and_start_anew_once_it_was_open() {
        let mut all = ClosedListeners::default();
        assert!(all.failed(closed(4_100, START)));
        let mut now = START;
        for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] {
            assert!(all.due(now.plus_ms(pause - 1)).is_empty(), "not before {pause} ms");
            now = now.plus_ms(pause);
            assert!(!all.due(now).is_empty(), "after {pause} ms");
            assert!(!all.failed(closed(4_100, now)), "said once");
        }
        assert!(all.opened(CredentialId::new(0, 1)));
        assert!(!all.opened(CredentialId::new(0, 1)));
        assert!(!all.any() && all.due(now.plus_ms(3_600_000)).is_empty());
        assert!(all.failed(closed(4_100, now)));
        assert!(!all.due(now.plus_ms(1_000)).is_empty());
    }

    #[test]
    fn another_port_is_news_and_begins_anew() {
        let mut all = ClosedListeners::default();
        assert!(all.failed(closed(4_100, START)));
        assert!(all.failed(closed(4_200, START.plus_ms(1))));
        assert_eq!(all.all(), [closed(4_200, START.plus_ms(1))]);
    }

    #[test]
    fn a_clock_that_goes_back_delays_nothing() {
        let mut all = ClosedListeners::default();
        all.failed(closed(4_100, START));
        assert!(!all.due(START.minus_ms(3_600_000)).is_empty());
    }

    #[test]
    fn each_customer_waits_for_its_own() {
        let (mut all, one, other) = (ClosedListeners::default(), CustomerId::new(0, 1), CustomerId::new(0, 2));
        all.failed(closed(4_100, START));
        let theirs = Closed { credential: CredentialId::new(0, 2), customer: other, ..closed(4_200, START) };
        all.failed(Closed { since: START.plus_ms(500), ..theirs });
        assert_eq!(all.due(START.plus_ms(1_000)), BTreeSet::from([one]));
        assert_eq!(all.due(START.plus_ms(1_500)), BTreeSet::from([one, other]));
        all.keep(other, |_| false);
        assert_eq!(all.all(), [closed(4_100, START)]);
        all.keep(one, |_| false);
        assert!(!all.any());
    }
}
