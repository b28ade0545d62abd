//! Memory: what the portal keeps between two requests and never writes down: bounded, and gone with a restart.

use kernel::id::{DeviceId, SessionId};
use kernel::people::Confirm;
use kernel::time::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use vault::codes::DeviceCode;
use vault::token::Token;
use vault::totp::Secret;

/// Of each kind; the oldest gives way.
const MOST: usize = 1024;
/// Wrong codes that a session may type before it is over.
pub const TRIALS: u8 = 5;
/// For bringing the secret into an app and typing the code that it shows.
const APP_MS: i64 = 10 * 60_000;

#[derive(Default)]
pub struct Memory {
    tried: Kept<SessionId, u8>,
    codes: Kept<DeviceId, DeviceCode>,
    links: Kept<SessionId, Token>,
    apps: Kept<SessionId, App>,
    confirmations: Kept<SessionId, Confirm>,
    addresses: Kept<SessionId, IpAddr>,
}

/// Its codes and secrets are nobody's to print.
impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

/// A code generator that is being set up.
#[derive(Clone)]
struct App {
    ceremony: String,
    secret: Secret,
    until: Timestamp,
}

impl Memory {
    /// Counted before the code is looked at, so that many at once are no more than one after another.
    pub fn may_try(&self, session: SessionId) -> bool {
        self.tried.change(session, |tried| {
            let before = tried.copied().unwrap_or_default();
            (before.saturating_add(1), before < TRIALS)
        })
    }
    /// Whether the last trial is used up.
    pub fn is_last(&self, session: SessionId) -> bool {
        self.tried.get(&session).is_some_and(|tried| tried >= TRIALS)
    }
    /// The code was not wrong.
    pub fn forgive(&self, session: SessionId) {
        self.tried.take(&session);
    }

    /// A code was right, and what it needs besides is asked next. The kernel judges it again then.
    pub fn begin_confirmation(&self, session: SessionId, by: Confirm) {
        self.confirmations.put(session, by);
    }
    pub fn confirmation(&self, session: SessionId) -> Option<Confirm> {
        self.confirmations.get(&session)
    }
    pub fn end_confirmation(&self, session: SessionId) {
        self.confirmations.take(&session);
    }

    /// The code that is shown for a device that waits.
    pub fn show_code(&self, device: DeviceId, code: DeviceCode) {
        self.codes.put(device, code);
    }
    pub fn code(&self, device: DeviceId) -> Option<DeviceCode> {
        self.codes.get(&device)
    }

    /// The link that a phone is paired by: shown again to the page that shows it.
    pub fn show_link(&self, session: SessionId, code: Token) {
        self.links.put(session, code);
    }
    pub fn link(&self, session: SessionId) -> Option<Token> {
        self.links.get(&session)
    }

    /// One at a time for each session: the one before is void.
    pub fn begin_app(&self, session: SessionId, ceremony: String, secret: Secret, now: Timestamp) {
        self.apps.put(session, App { ceremony, secret, until: now.plus_ms(APP_MS) });
    }
    pub fn app(&self, session: SessionId, ceremony: &str, now: Timestamp) -> Option<Secret> {
        let app = self.apps.get(&session)?;
        (app.ceremony == ceremony && now < app.until).then_some(app.secret)
    }
    pub fn end_app(&self, session: SessionId) {
        self.apps.take(&session);
    }

    /// From where a session was last used.
    pub fn see(&self, session: SessionId, address: IpAddr) {
        self.addresses.put(session, address);
    }
    pub fn address(&self, session: SessionId) -> Option<IpAddr> {
        self.addresses.get(&session)
    }
}

/// Ids begin with their time: the first is the oldest.
struct Kept<K, V>(Mutex<BTreeMap<K, V>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl<K: Ord, V: Clone> Kept<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        self.hold().get(key).cloned()
    }
    fn put(&self, key: K, value: V) {
        self.change(key, |_| (value, ()));
    }
    fn take(&self, key: &K) {
        self.hold().remove(key);
    }
    fn change<T>(&self, key: K, change: impl FnOnce(Option<&V>) -> (V, T)) -> T {
        let mut held = self.hold();
        let (value, answer) = change(held.get(&key));
        held.insert(key, value);
        if held.len() > MOST {
            held.pop_first();
        }
        answer
    }
    fn hold(&self) -> std::sync::MutexGuard<'_, BTreeMap<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn a_session_tries_five_codes_and_another_has_its_own() {
        let (memory, one, other) = (Memory::default(), SessionId::new(1, 1), SessionId::new(1, 2));
        let tried: Vec<(bool, bool)> = (0..6).map(|_| (memory.may_try(one), memory.is_last(one))).collect();
        assert_eq!(tried.iter().filter(|(may, _)| *may).count(), usize::from(TRIALS));
        assert_eq!(tried.iter().position(|(_, last)| *last), Some(usize::from(TRIALS) - 1));
        assert!(memory.may_try(other) && !memory.is_last(other));
        memory.forgive(one);
        assert!(memory.may_try(one));
    }

    #[test]
    fn an_app_is_confirmed_within_ten_minutes_by_the_page_that_shows_it() {
        let (memory, session) = (Memory::default(), SessionId::new(1, 1));
        memory.begin_app(session, "first".to_owned(), Secret::random().unwrap(), NOW);
        memory.begin_app(session, "second".to_owned(), Secret::random().unwrap(), NOW);
        let known = |session, ceremony, ms| memory.app(session, ceremony, NOW.plus_ms(ms)).is_some();
        assert!(known(session, "second", APP_MS - 1));
        assert!(!known(session, "second", APP_MS), "it never ends");
        assert!(!known(session, "first", 0), "a second one leaves the first standing");
        assert!(!known(SessionId::new(1, 2), "second", 0), "another session confirms it");
        memory.end_app(session);
        assert!(!known(session, "second", 0));
    }

    #[test]
    fn however_many_come_the_oldest_give_way() {
        let kept: Kept<SessionId, usize> = Kept::default();
        (0..2 * MOST).for_each(|n| kept.put(SessionId::new(i64::try_from(n).unwrap(), 1), n));
        assert_eq!(kept.hold().len(), MOST);
        assert_eq!(kept.hold().first_key_value().map(|(_, n)| *n), Some(MOST));
    }

    #[test]
    fn its_debug_shows_nothing() {
        let memory = Memory::default();
        memory.show_code(DeviceId::new(1, 1), DeviceCode::random().unwrap());
        assert_eq!(format!("{memory:?}"), "Memory");
    }
}
