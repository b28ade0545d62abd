//! Streams: how many pages are live at once: a few for each session, where the oldest gives way, and so many in all.

use kernel::id::SessionId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

const MOST: usize = 64;
/// As many as a browser holds connections to one server.
pub const MOST_EACH: usize = 6;

#[derive(Debug)]
pub struct Streams {
    places: Arc<Semaphore>,
    open: Mutex<BTreeMap<SessionId, VecDeque<Arc<Notify>>>>,
}

/// One page that is live; free again when it is closed.
#[derive(Debug)]
pub struct Place {
    streams: Arc<Streams>,
    session: SessionId,
    gives_way: Arc<Notify>,
    _place: OwnedSemaphorePermit,
}

impl Streams {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { places: Arc::new(Semaphore::new(MOST)), open: Mutex::default() })
    }

    /// `None` when all places of all sessions are taken.
    pub fn open(self: &Arc<Self>, session: SessionId) -> Option<Place> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let gives_way = Arc::new(Notify::new());
        let mut open = self.hold();
        let own = open.entry(session).or_default();
        own.push_back(Arc::clone(&gives_way));
        if own.len() > MOST_EACH
            && let Some(oldest) = own.pop_front()
        {
            oldest.notify_one();
        }
        drop(open);
        Some(Place { streams: Arc::clone(self), session, gives_way, _place: place })
    }

    fn hold(&self) -> MutexGuard<'_, BTreeMap<SessionId, VecDeque<Arc<Notify>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Returns when another page of the session has taken its place.
    pub async fn gives_way(&self) {
        self.gives_way.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.hold();
        if let Some(own) = open.get_mut(&self.session) {
            own.retain(|one| !Arc::ptr_eq(one, &self.gives_way));
            if own.is_empty() {
                open.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn all_places_taken_is_all_places_taken_and_a_page_that_is_closed_leaves_its_own() {
        let streams = Streams::new();
        let mut open: Vec<Place> = (0..).map_while(|n| streams.open(SessionId::new(n, 1))).take(100).collect();
        assert_eq!(open.len(), MOST);
        open.pop();
        assert!(streams.open(SessionId::new(1, 1)).is_some());
        drop(open);
        assert!(streams.hold().is_empty());
    }
}
