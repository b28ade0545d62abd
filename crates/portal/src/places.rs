//! Places: connections that are open at once, in all and from one source, so that no source takes them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Browsers hold a handful each, and one for their event stream.
pub const MOST: usize = 256;
/// A household behind one address.
const MOST_OF_ONE_SOURCE: usize = 64;

#[derive(Debug, Default)]
pub struct Places {
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// Given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    source: IpAddr,
}

impl Places {
    /// A proxy and a tunnel speak for many: `one_person` is false for them.
    pub fn take(self: &Arc<Self>, source: IpAddr, one_person: bool) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, own) = (taken.values().sum::<usize>(), taken.get(&source).copied().unwrap_or_default());
        if all >= MOST || (one_person && own >= MOST_OF_ONE_SOURCE) {
            return None;
        }
        taken.insert(source, own.saturating_add(1));
        Some(Place { places: Arc::clone(self), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = taken.get(&self.source).map_or(0, |own| own.saturating_sub(1));
        if left == 0 {
            taken.remove(&self.source);
        } else {
            taken.insert(self.source, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_does_not_take_all_places_and_each_comes_back() {
        let places = Arc::new(Places::default());
        let (one, other) = (IpAddr::from([203, 0, 113, 9]), IpAddr::from([203, 0, 113, 10]));
        let held: Vec<Place> = (0..MOST).filter_map(|_| places.take(one, true)).collect();
        assert_eq!(held.len(), MOST_OF_ONE_SOURCE);
        let proxied: Vec<Place> = (0..MOST).filter_map(|_| places.take(other, false)).collect();
        assert_eq!(proxied.len(), MOST - MOST_OF_ONE_SOURCE);
        drop(held);
        assert!(places.take(one, true).is_some());
        drop(proxied);
        assert!(places.taken.lock().is_ok_and(|taken| taken.is_empty()));
    }
}
