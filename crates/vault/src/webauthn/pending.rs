//! Ceremonies under way: few enough to count, each for five minutes, each taken once.

use core::fmt;
use core::str::FromStr;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::refusal::{NotProven, Refused};
use crate::base64url;

/// WA-02.
pub(super) const LIVES_MS: i64 = 5 * 60 * 1000;

/// 128 random bits. Nothing else that a browser sends selects what its response is held to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CeremonyId([u8; 16]);

impl fmt::Debug for CeremonyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CeremonyId(..)")
    }
}

/// 22 characters of base64url.
impl fmt::Display for CeremonyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&base64url::encode(&self.0))
    }
}

impl FromStr for CeremonyId {
    type Err = NotProven;

    fn from_str(text: &str) -> Result<CeremonyId, NotProven> {
        let bytes = base64url::decode(text, 16).and_then(|bytes| bytes.try_into().ok());
        bytes.map(CeremonyId).ok_or(NotProven::Unknown)
    }
}

/// At most so many of one kind at once.
#[derive(Debug)]
pub(super) struct Pending<T> {
    most: usize,
    held: Mutex<HashMap<CeremonyId, Held<T>>>,
}

#[derive(Debug)]
struct Held<T> {
    ends_ms: i64,
    what: T,
}

impl<T> Pending<T> {
    pub(super) fn new(most: usize) -> Pending<T> {
        Pending { most, held: Mutex::new(HashMap::new()) }
    }

    /// When full the expired go; when all are alive, this one is refused and none of the others suffers.
    pub(super) fn put(&self, what: T, now_ms: i64) -> Result<CeremonyId, Refused> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| Refused::NoRandomness)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= self.most {
            held.retain(|_, ceremony| now_ms < ceremony.ends_ms);
        }
        if held.len() >= self.most {
            return Err(Refused::Full);
        }
        held.insert(CeremonyId(id), Held { ends_ms: now_ms.saturating_add(LIVES_MS), what });
        Ok(CeremonyId(id))
    }

    /// Gone at the first try, whatever comes of it.
    pub(super) fn take(&self, id: &CeremonyId, now_ms: i64) -> Result<T, NotProven> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let ceremony = held.remove(id).ok_or(NotProven::Unknown)?;
        if now_ms < ceremony.ends_ms { Ok(ceremony.what) } else { Err(NotProven::Expired) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn a_ceremony_is_taken_once_and_within_five_minutes() {
        let pending = Pending::new(4);
        let id = pending.put("a", 1_000).unwrap();
        assert_eq!(pending.take(&id, 1_000 + LIVES_MS - 1), Ok("a"));
        assert_eq!(pending.take(&id, 1_001), Err(NotProven::Unknown));
        let late = pending.put("b", 1_000).unwrap();
        assert_eq!(pending.take(&late, 1_000 + LIVES_MS), Err(NotProven::Expired));
        assert_eq!(pending.take(&late, 1_000), Err(NotProven::Unknown), "an expired one is gone too");
    }

    #[test]
    fn when_full_the_expired_make_room_and_the_living_stay() {
        let pending = Pending::new(2);
        let first = pending.put(1, 0).unwrap();
        let second = pending.put(2, 10).unwrap();
        assert_eq!(pending.put(3, 20), Err(Refused::Full));
        assert!(pending.put(4, LIVES_MS).is_ok(), "the first has expired");
        assert_eq!(pending.take(&first, 0), Err(NotProven::Unknown));
        assert_eq!(pending.take(&second, 20), Ok(2));
    }

    #[test]
    fn an_id_has_one_spelling_and_its_debug_shows_nothing() {
        let id = Pending::new(1).put((), 0).unwrap();
        let text = id.to_string();
        assert_eq!((text.len(), text.parse()), (22, Ok(id)));
        assert_eq!(format!("{id:?}"), "CeremonyId(..)");
        for bad in ["", "AAAA", &format!("{text}A"), &format!("{text}=="), &text.replace(&text[21..], "B")] {
            assert_eq!(bad.parse::<CeremonyId>(), Err(NotProven::Unknown), "{bad}");
        }
    }
}
