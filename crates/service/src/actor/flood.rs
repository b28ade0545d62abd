//! Floods: of refusals that come too fast the first are written down one by one, then how many there were.

use super::{CustomerActor, Flight, Inner};
use crate::notice::{self, Notice};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::connection;
use kernel::event::{Event, Recorded, VERSION};
use kernel::given::Given;
use kernel::id::CredentialId;
use kernel::order::ClientRef;
use kernel::reason::{Category, Reason};
use kernel::state::State;
use kernel::time::Timestamp;
use kernel::working::{Event as OrderEvent, Order, Status};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many refusals of one credential are written down one by one in a window.
const FIRST: u32 = 20;
const WINDOW_MS: i64 = 10_000;
/// The code of a record that counts: its facts are the codes, and how often each was told.
pub use kernel::notice::COUNTED;

#[derive(Debug)]
struct Flood {
    since: Timestamp,
    written: u32,
    counted: BTreeMap<String, u64>,
}

/// A stranger who knocks all the time hides none of the refusals of a credential's own orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    Orders,
    Connections,
}

#[derive(Debug, Default)]
pub(super) struct Floods(BTreeMap<(CredentialId, Of), Flood>);

impl Floods {
    /// Whether this refusal is only counted: it is answered like any other, and not written down.
    pub(super) fn counts(&mut self, state: &State, event: &Event, now: Timestamp) -> bool {
        let Some((credential, of, reason)) = refusal(state, event) else { return false };
        if breaks(state, event) {
            return false;
        }
        let fresh = || Flood { since: now, written: 0, counted: BTreeMap::new() };
        let flood = self.0.entry((credential, of)).or_insert_with(fresh);
        if over(flood, now) && flood.counted.is_empty() {
            *flood = fresh();
        }
        if flood.written < FIRST {
            flood.written = flood.written.saturating_add(1);
            return false;
        }
        let count = flood.counted.entry(reason.code.clone()).or_default();
        *count = count.saturating_add(1);
        true
    }

    /// What was counted in the windows that are over; it is handed out once.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<(CredentialId, Of, Reason)> {
        let mut due = Vec::new();
        self.0.retain(|(credential, of), flood| {
            let ended = over(flood, now);
            if ended && !flood.counted.is_empty() {
                let facts = std::mem::take(&mut flood.counted).into_iter();
                let facts = facts.map(|(code, count)| (code, count.to_string())).collect();
                due.push((*credential, *of, Reason { category: Category::Guard, code: COUNTED.to_owned(), facts }));
            }
            !ended
        });
        due
    }
}

fn over(flood: &Flood, now: Timestamp) -> bool {
    now.since(flood.since) >= WINDOW_MS
}

/// A part of a family that waits: without a record the others would leave without it. There is one for each family.
fn breaks(state: &State, event: &Event) -> bool {
    let (credential, client_id) = match event {
        Event::Order(OrderEvent::Refused { ask, .. }) if ask.terms.ties.parent.is_some() => {
            (ask.credential, ask.client_ref.client_id)
        }
        Event::Order(OrderEvent::Declined { credential, client_ref, .. }) => (*credential, client_ref.client_id),
        _ => return false,
    };
    let waits = |order: &Order| order.status == Status::Parked && !order.broken;
    let own = |order: &Order| order.credential == credential && order.client_ref.client_id == client_id;
    state.book.orders.values().any(|order| own(order) && waits(order))
}

/// The counts themselves are always written down.
fn refusal<'a>(state: &State, event: &'a Event) -> Option<(CredentialId, Of, &'a Reason)> {
    let (credential, of, reason) = match event {
        Event::Order(OrderEvent::Refused { ask, reason }) => (ask.credential, Of::Orders, reason),
        Event::Order(OrderEvent::Declined { credential, reason, .. }) => (*credential, Of::Orders, reason),
        Event::Order(OrderEvent::ReplaceRefused { id, reason }) => {
            (state.book.orders.get(id)?.credential, Of::Orders, reason)
        }
        // Said once, and lost in no flood: that the secret is out.
        Event::Connection(connection::Event::Refused { secret_elsewhere: true, .. }) => return None,
        Event::Connection(connection::Event::Refused { credential, why, .. }) => (*credential, Of::Connections, why),
        _ => return None,
    };
    (reason.code != COUNTED).then_some((credential, of, reason))
}

impl CustomerActor {
    /// One of a flood of refusals: the door tells it as it would if it had been written down.
    pub(super) fn tell_unrecorded(&self, inner: &Inner, flight: &Flight, event: &Event, given: &Given) {
        let event = event.clone();
        let recorded = Recorded { at: given.now, actor: flight.by, correlation: given.correlation, event, v: VERSION };
        let order = notice::order_after(&inner.state, &recorded.event);
        self.shared.commit.tally().see(&recorded.event);
        self.announce(Notice { customer: self.id, recorded, order });
    }

    /// Writes down how many refusals were only counted, once their window is over.
    pub fn write_counts(self: &Arc<Self>) {
        let now = self.now();
        let due = self.hold().floods.due(now);
        for (credential, of, reason) in due {
            tracing::warn!(%credential, ?of, counts = ?reason.facts, "a flood of refusals");
            let command = match of {
                Of::Orders => Command::Decline { client_ref: ClientRef { client_id: 0, order_id: 0 }, reason },
                Of::Connections => Command::Connection(connection::Command::TurnAway { credential, why: reason }),
            };
            drop(self.submit(By::Credential(credential), command));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn declined(credential: CredentialId, code: &str) -> Event {
        let reason = Reason { category: Category::Guard, code: code.to_owned(), facts: Vec::new() };
        let client_ref = ClientRef { client_id: 1, order_id: 1 };
        Event::Order(OrderEvent::Declined { credential, client_ref, reason })
    }

    #[test]
    fn the_first_are_written_the_rest_counted_and_each_credential_by_itself() {
        let (state, mut floods, now) = (State::default(), Floods::default(), Timestamp(1_000));
        let (one, other) = (CredentialId::new(0, 1), CredentialId::new(0, 2));
        for nth in 0..50 {
            assert_eq!(floods.counts(&state, &declined(one, "busy"), now), nth >= 20);
        }
        assert!(!floods.counts(&state, &declined(other, "busy"), now));
        assert!(!floods.counts(&state, &declined(one, COUNTED), now), "a count is never counted");
        assert!(floods.due(now.plus_ms(9_999)).is_empty());
        let due = floods.due(now.plus_ms(10_000));
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].2.facts, [("busy".to_owned(), "30".to_owned())]);
        assert!(floods.due(now.plus_ms(20_000)).is_empty());
        assert!(!floods.counts(&state, &declined(one, "busy"), now.plus_ms(10_001)));
    }

    #[test]
    fn a_flood_at_the_door_hides_no_refused_order() {
        let (state, mut floods, now) = (State::default(), Floods::default(), Timestamp(1_000));
        let one = CredentialId::new(0, 1);
        let why = |code: &str| Reason { category: Category::Identity, code: code.to_owned(), facts: Vec::new() };
        let turned_away = |code| {
            Event::Connection(connection::Event::Refused { credential: one, why: why(code), secret_elsewhere: false })
        };
        for nth in 0..50 {
            assert_eq!(floods.counts(&state, &turned_away("secret_wrong"), now), nth >= 20);
        }
        assert!(!floods.counts(&state, &turned_away(COUNTED), now), "a count is never counted");
        let out = connection::Event::Refused { credential: one, why: why("peer_wrong"), secret_elsewhere: true };
        assert!(!floods.counts(&state, &Event::Connection(out), now), "that a secret is out is lost in no flood");
        assert!(!floods.counts(&state, &declined(one, "busy"), now));
        let due = floods.due(now.plus_ms(10_000));
        assert_eq!(due, [(one, Of::Connections, due[0].2.clone())]);
        assert_eq!(due[0].2.facts, [("secret_wrong".to_owned(), "30".to_owned())]);
    }

    #[test]
    fn refusals_that_come_slowly_are_all_written_down() {
        let (state, mut floods) = (State::default(), Floods::default());
        for nth in 0..200 {
            let now = Timestamp(nth * 600);
            assert!(!floods.counts(&state, &declined(CredentialId::new(0, 1), "busy"), now));
        }
    }
}
