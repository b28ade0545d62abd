//! Turns: requests that are worked on at once, in all and of one source, so that nobody takes all of them.

use crate::source::{network, site};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests that are worked on at once; event streams are counted by themselves.
const MOST: usize = 64;
/// A browser asks for six things at once, and a source is as a rule a household.
const MOST_OF_STRANGERS: usize = 8;
const MOST_OF_KNOWN: usize = 32;

#[derive(Clone, Debug)]
pub struct Turns {
    of_one: usize,
    taken: Arc<Mutex<Vec<IpAddr>>>,
}

/// One request's, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    source: IpAddr,
    turns: Turns,
}

impl Turns {
    pub fn of_strangers() -> Self {
        Self { of_one: MOST_OF_STRANGERS, taken: Arc::default() }
    }
    /// For requests of sessions that live.
    pub fn of_known() -> Self {
        Self { of_one: MOST_OF_KNOWN, taken: Arc::default() }
    }

    /// Many programs, and whoever comes through a tunnel, are 127.0.0.1: it is bounded by the total alone.
    pub fn take(&self, source: IpAddr) -> Option<Turn> {
        let source = source.to_canonical();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let near = taken.iter().filter(|one| network(**one) == network(source)).count();
        let wide = taken.iter().filter(|one| site(**one) == site(source)).count();
        let crowded = near >= self.of_one || wide >= self.of_one.saturating_mul(2);
        if taken.len() >= MOST || (crowded && !source.is_loopback()) {
            return None;
        }
        taken.push(source);
        Some(Turn { source, turns: self.clone() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = taken.iter().position(|one| *one == self.source) {
            taken.swap_remove(at);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn all(turns: &Turns, source: impl Fn(usize) -> String) -> Vec<Turn> {
        (0..100).map_while(|number| turns.take(source(number).parse().unwrap())).collect()
    }

    #[test]
    fn one_source_leaves_turns_to_the_others_and_a_turn_that_ends_is_another_one_s() {
        let turns = Turns::of_strangers();
        let one = all(&turns, |_| "203.0.113.9".to_owned());
        assert_eq!(one.len(), MOST_OF_STRANGERS);
        let same = all(&turns, |_| "::ffff:203.0.113.9".to_owned());
        assert!(same.is_empty());
        assert!(turns.take("203.0.113.10".parse().unwrap()).is_some());
        drop(one);
        assert_eq!(all(&turns, |_| "203.0.113.9".to_owned()).len(), MOST_OF_STRANGERS);
    }

    #[test]
    fn half_of_an_ipv6_address_is_one_source_and_48_bits_are_two() {
        let turns = Turns::of_strangers();
        let near = all(&turns, |number| format!("2001:db8:1:2::{number:x}"));
        assert_eq!(near.len(), MOST_OF_STRANGERS);
        let wide = all(&turns, |number| format!("2001:db8:1:{:x}::1", number + 10));
        assert_eq!(wide.len(), MOST_OF_STRANGERS);
        assert!(turns.take("2001:db8:2::1".parse().unwrap()).is_some());
    }

    #[test]
    fn there_is_a_bound_in_all() {
        let turns = Turns::of_known();
        let here = all(&turns, |_| "127.0.0.1".to_owned());
        assert_eq!(here.len(), MOST);
        assert!(turns.take("203.0.113.10".parse().unwrap()).is_none());
    }
}
