//! Heard: when each program last sent a message. Kept in memory: a sign of life is no event, the want of one is.

use crate::actor::CustomerActor;
use kernel::command::Command;
use kernel::decide;
use kernel::id::CredentialId;
use kernel::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Of one client id, for its connection to set at every message: the clock's own time, which no journal pushes ahead.
#[derive(Clone, Debug)]
pub struct Life(Arc<AtomicI64>);

impl Life {
    fn new(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }
    pub fn sign(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::Relaxed);
    }
    /// A clock that was set back since starts the silence anew.
    fn silent_ms(&self, now: Timestamp) -> i64 {
        let at = self.0.fetch_min(now.0, Ordering::Relaxed);
        now.0.saturating_sub(at).max(0)
    }
}

#[derive(Debug, Default)]
pub(in crate::actor) struct Heard(Mutex<BTreeMap<(CredentialId, i32), Life>>);

impl Heard {
    fn hold(&self) -> MutexGuard<'_, BTreeMap<(CredentialId, i32), Life>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CustomerActor {
    /// Of a program that connects now, which is its first sign of life.
    pub fn life(&self, credential: CredentialId, client_id: i32) -> Life {
        let now = self.shared.clock.now();
        let life = self.tick.heard.hold().entry((credential, client_id)).or_insert_with(|| Life::new(now)).clone();
        life.sign(now);
        life
    }

    /// Those whose orders nobody has minded for longer than is stated. Whose orders a restart found has until then to
    /// come back, counted from the first look; and what could not be cancelled is asked again after as long.
    pub(in crate::actor) fn silences(&self) -> Vec<Command> {
        let now = self.shared.clock.now();
        let mut heard = self.tick.heard.hold();
        let due = self.read(|state| {
            let minded = decide::minded(state);
            // Whoever is connected holds its own; of the others only those with open orders are kept.
            heard.retain(|whose, life| minded.contains(whose) || Arc::strong_count(&life.0) > 1);
            let silent = minded.into_iter().filter_map(|whose| {
                let life = heard.entry(whose).or_insert_with(|| Life::new(now));
                let silent_ms = life.silent_ms(now);
                decide::silence_due(state, whose, silent_ms).map(|_| (whose, silent_ms))
            });
            silent.collect::<Vec<_>>()
        });
        for (whose, _) in &due {
            heard.get(whose).into_iter().for_each(|life| life.sign(now));
        }
        let command = |((credential, client_id), silent_ms)| Command::Silence { credential, client_id, silent_ms };
        due.into_iter().map(command).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_counted_from_the_last_sign_and_a_clock_that_goes_back_counts_anew() {
        let at = |ms: i64| Timestamp(1_790_000_000_000 + ms);
        let life = Life::new(at(0));
        assert_eq!([0, 1, 5_001].map(|ms| life.silent_ms(at(ms))), [0, 1, 5_001]);
        life.sign(at(6_000));
        assert_eq!(life.silent_ms(at(6_000)), 0);
        assert_eq!(life.silent_ms(at(-60_000)), 0);
        assert_eq!(life.silent_ms(at(-50_000)), 10_000, "and is not waited for until it has caught up");
    }
}
