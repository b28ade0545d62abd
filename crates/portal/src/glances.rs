//! Glances: instruments that somebody looks up on the page of quotes: a few for each session and in all, for as long as
//! the page is open.

use crate::world::Shared;
use kernel::id::SessionId;
use kernel::time::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines to the market are scarce: programs trade by them.
const MOST_EACH: usize = 3;
const MOST: usize = 12;
/// A page that is open reads itself anew every few seconds.
const LEFT_MS: i64 = 60_000;
const SWEEP: Duration = Duration::from_secs(15);

/// What was asked for, and what it was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    pub asked: String,
    pub contract_id: i64,
    pub instrument: String,
    pub name: String,
}

#[derive(Debug, Default)]
pub struct Glances(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// The one that was read longest ago first.
    open: VecDeque<(SessionId, Timestamp, Glance)>,
    sweeping: bool,
}

impl Glances {
    /// What this session has asked for so, where the page was not left since.
    pub fn again(&self, session: SessionId, asked: &str, now: Timestamp) -> Option<Glance> {
        let mut held = self.hold();
        let own = |one: &(SessionId, Timestamp, Glance)| one.0 == session && one.2.asked == asked;
        let at = held.open.iter().position(own)?;
        let (_, _, glance) = held.open.remove(at)?;
        held.open.push_back((session, now, glance.clone()));
        Some(glance)
    }

    /// Looks at one more; says which contracts nobody looks at any more.
    fn look(&self, session: SessionId, glance: Glance, now: Timestamp) -> Vec<i64> {
        let mut held = self.hold();
        held.open.push_back((session, now, glance));
        let own = held.open.iter().filter(|one| one.0 == session).count();
        let oldest = if own > MOST_EACH {
            held.open.iter().position(|one| one.0 == session)
        } else {
            (held.open.len() > MOST).then_some(0)
        };
        let gone = oldest.and_then(|at| held.open.remove(at));
        held.unseen(gone)
    }

    /// Says which contracts nobody looks at any more.
    fn sweep(&self, now: Timestamp) -> Vec<i64> {
        let mut held = self.hold();
        let (open, left) = held.open.drain(..).partition(|(_, seen, _)| now.since(*seen) < LEFT_MS);
        held.open = open;
        let left: VecDeque<_> = left;
        held.unseen(left)
    }

    fn hold(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn unseen(&self, gone: impl IntoIterator<Item = (SessionId, Timestamp, Glance)>) -> Vec<i64> {
        let seen = |id: i64| self.open.iter().any(|(_, _, open)| open.contract_id == id);
        gone.into_iter().map(|(_, _, glance)| glance.contract_id).filter(|id| !seen(*id)).collect()
    }
}

/// Looks at one more on the venue, and sees to it that it ends.
pub fn look(world: &Shared, session: SessionId, glance: Glance, now: Timestamp) {
    world.node.venue().glance(glance.contract_id);
    for contract_id in world.glances.look(session, glance, now) {
        world.node.venue().look_away(contract_id);
    }
    let first = !std::mem::replace(&mut world.glances.hold().sweeping, true);
    if first {
        tokio::spawn(sweep(Arc::clone(world)));
    }
}

/// Ends when nobody looks at anything.
async fn sweep(world: Shared) {
    loop {
        tokio::time::sleep(SWEEP).await;
        for contract_id in world.glances.sweep(world.now()) {
            world.node.venue().look_away(contract_id);
        }
        let mut held = world.glances.hold();
        if held.open.is_empty() {
            held.sweeping = false;
            return;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn glance(id: i64) -> Glance {
        Glance { asked: format!("#{id}"), contract_id: id, instrument: String::new(), name: String::new() }
    }

    #[test]
    fn a_session_looks_at_three_and_all_of_them_at_twelve_and_the_oldest_go() {
        let glances = Glances::default();
        let session = |n: i64| SessionId::new(n, 1);
        let gone: Vec<i64> = (1..=5).flat_map(|id| glances.look(session(1), glance(id), NOW)).collect();
        assert_eq!(gone, [1, 2]);
        // One that is read again is not the oldest any more.
        assert_eq!(glances.again(session(1), "#3", NOW), Some(glance(3)));
        assert_eq!(glances.again(session(2), "#3", NOW), None, "another session's");
        assert_eq!(glances.look(session(1), glance(6), NOW), [4]);
        for n in 2..=4 {
            (0..3).for_each(|id| assert!(glances.look(session(n), glance(10 * n + id), NOW).is_empty()));
        }
        assert_eq!(glances.look(session(5), glance(50), NOW), [5]);
        assert_eq!(glances.hold().open.len(), MOST);
    }

    #[test]
    fn what_two_look_at_ends_with_the_second_and_a_page_that_is_left_for_a_minute_with_itself() {
        let glances = Glances::default();
        glances.look(SessionId::new(1, 1), glance(7), NOW);
        glances.look(SessionId::new(2, 1), glance(7), NOW.plus_ms(30_000));
        assert!(glances.sweep(NOW.plus_ms(LEFT_MS - 1)).is_empty());
        assert!(glances.sweep(NOW.plus_ms(LEFT_MS)).is_empty(), "the other still looks");
        assert_eq!(glances.sweep(NOW.plus_ms(30_000 + LEFT_MS)), [7]);
        assert!(glances.hold().open.is_empty());
    }
}
