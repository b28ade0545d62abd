//! Ceremonies that were answered with a valid signature: each is good for one answer. Nobody else fills this memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::refusal::NotProven;

/// Of one credential, within the lifetime of a ceremony. A person signs far less.
const MOST_EACH: usize = 64;
/// All together: so many credentials at once, each with a valid signature.
const MOST: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Used(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    /// Until when, and which credential has signed: it fills its own places and nobody else's.
    ids: HashMap<[u8; 16], (i64, [u8; 32])>,
    each: HashMap<[u8; 32], usize>,
}

impl Used {
    /// Remembered until it would have expired anyway.
    pub(super) fn take(&self, by: [u8; 32], id: [u8; 16], ends_ms: i64, now_ms: i64) -> Result<(), NotProven> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.ids.contains_key(&id) {
            return Err(NotProven::Used);
        }
        if held.is_full(by) {
            held.forget(now_ms);
        }
        if held.is_full(by) {
            return Err(NotProven::TooMany);
        }
        held.ids.insert(id, (ends_ms, by));
        *held.each.entry(by).or_default() += 1;
        Ok(())
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ids.len()
    }
}

impl Held {
    fn is_full(&self, by: [u8; 32]) -> bool {
        self.ids.len() >= MOST || self.each.get(&by).is_some_and(|own| *own >= MOST_EACH)
    }

    fn forget(&mut self, now_ms: i64) {
        self.ids.retain(|_, (ends_ms, _)| now_ms < *ends_ms);
        self.each.clear();
        for (_, by) in self.ids.values() {
            *self.each.entry(*by).or_default() += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn id(n: usize) -> [u8; 16] {
        (n as u128).to_be_bytes()
    }

    #[test]
    fn one_is_taken_once_by_whomever() {
        let used = Used::default();
        assert_eq!(used.take([1; 32], id(1), 100, 0), Ok(()));
        assert_eq!(used.take([1; 32], id(1), 100, 0), Err(NotProven::Used));
        assert_eq!(used.take([2; 32], id(1), 100, 0), Err(NotProven::Used));
        assert_eq!(used.take([1; 32], id(2), 100, 0), Ok(()));
    }

    #[test]
    fn whoever_signs_too_often_waits_and_nobody_else_does() {
        let used = Used::default();
        (0..MOST_EACH).for_each(|n| used.take([1; 32], id(n), 100, 0).unwrap());
        assert_eq!(used.take([1; 32], id(MOST_EACH), 100, 99), Err(NotProven::TooMany));
        assert_eq!(used.take([2; 32], id(MOST_EACH), 200, 99), Ok(()));
        assert_eq!(used.take([1; 32], id(MOST_EACH + 1), 200, 100), Ok(()));
        assert_eq!(used.count(), 2, "what has expired stays");
    }
}
