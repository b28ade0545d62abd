//! Sources: failures to come in, counted for each user, name and address, and durable before anything is answered.

use crate::clock::dice;
use crate::codec;
use crate::commit::{Commit, Failed, Room};
use kernel::actor::Actor;
use kernel::digest::Digest;
use kernel::event::{Event, Recorded, VERSION};
use kernel::id::{CorrelationId, DeviceId, UserId};
use kernel::source::{self, Command, Refusal, Source};
use kernel::time::Timestamp;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Append, Store};
use tokio::sync::oneshot;
use vault::index::{IndexKey, Name};

const PREFIX: &str = "source/";
/// Counters that are kept at hand; the others are read again when they are asked for.
const MOST: usize = 10_000;
/// How often it is counted again when another node moves the same counter.
const TRIES: usize = 16;
const LOAD: usize = 1_000;
const ENDED: &str = "the commit thread has ended";

/// Which counter. It tells neither a name nor an address to whoever reads the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Digest);

impl Key {
    /// Whatever name it was that led to them (invariant 12).
    pub fn of_user(user: UserId) -> Self {
        Self(Digest::of(&[b"portreeve/source/user", &user.bits().to_be_bytes()]))
    }

    /// Of what leads to nobody; however it is spelled, it is the same.
    pub fn of_name(blind: &Digest) -> Self {
        Self(Digest::of(&[b"portreeve/source/name", blind.bytes()]))
    }

    /// Whoever shows a confirmed device of a user has a counter of their own there: others do not delay it.
    pub fn of_device(device: DeviceId) -> Self {
        Self(Digest::of(&[b"portreeve/source/device", &device.bits().to_be_bytes()]))
    }

    /// Whoever has one address of the sixth version has all of its network; on this machine all are one's own.
    pub fn of_address(index: &IndexKey, address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            here if here.is_loopback() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V4(four) => IpAddr::V4(four),
            IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
        };
        let blind = Name::parse(&network.to_string()).map(|name| index.blind(&name));
        // An address always is a name; were it none, all such would share one counter.
        let blind = blind.unwrap_or_else(|_| Digest::plain(b""));
        Self(Digest::of(&[b"portreeve/source/address", blind.bytes()]))
    }

    fn stream(self) -> String {
        format!("{PREFIX}{}", self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTried {
    #[error("too many attempts have failed")]
    Throttled { until: Timestamp },
    /// What cannot be counted is not tried.
    #[error("the attempt could not be counted: {0}")]
    NotCounted(String),
}

#[derive(Debug, Default)]
struct Counter {
    /// With the version of its stream; `None` where the journal has to be asked.
    known: Option<(Source, u64)>,
    under_way: usize,
}

#[derive(Debug)]
pub struct Sources {
    commit: Commit,
    counters: Mutex<BTreeMap<Key, Counter>>,
}

/// Who is tried, from where, and on which confirmed device of theirs, where one was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    pub who: Key,
    pub from: Key,
    pub device: Option<Key>,
}

impl Tried {
    fn counted(self) -> impl Iterator<Item = Key> + Clone {
        [self.who, self.from].into_iter().chain(self.device)
    }

    /// What others do, to this user or from this address, does not delay a device that was confirmed.
    fn judged(self) -> impl Iterator<Item = Key> + Clone {
        let strangers = if self.device.is_none() { [Some(self.who), Some(self.from)] } else { [None, None] };
        strangers.into_iter().flatten().chain(self.device)
    }
}

/// One try to come in. Let go without a result, it was none: nothing was checked.
#[derive(Debug)]
#[must_use]
pub struct Attempt {
    sources: Arc<Sources>,
    tried: Tried,
    now: Timestamp,
}

impl Sources {
    pub fn new(commit: Commit) -> Arc<Self> {
        Arc::new(Self { commit, counters: Mutex::default() })
    }

    /// May it be tried now? Until the attempt has ended, it counts as if it had failed.
    pub async fn attempt(self: &Arc<Self>, tried: Tried, now: Timestamp) -> Result<Attempt, NotTried> {
        let all: Vec<Key> = tried.counted().collect();
        for _ in 0..TRIES {
            self.load(&all).await.map_err(NotTried::NotCounted)?;
            let mut counters = self.hold();
            let may = |key: Key| {
                let counter = counters.get(&key)?;
                let (source, _) = counter.known.as_ref()?;
                Some(source::may_try(source, counter.under_way, now))
            };
            // Which is not at hand is read again.
            let Some(judged) = tried.judged().map(may).collect::<Option<Vec<_>>>() else { continue };
            for may in judged {
                may.map_err(|Refusal::Throttled { until }| NotTried::Throttled { until })?;
            }
            for key in &all {
                counters.entry(*key).or_default().under_way += 1;
            }
            drop(counters);
            return Ok(Attempt { sources: Arc::clone(self), tried, now });
        }
        Err(NotTried::NotCounted("others move it too fast".to_owned()))
    }

    /// What was tried under this key is disabled: what is bound next is counted anew.
    pub async fn disabled(&self, who: Key, now: Timestamp) -> Result<(), String> {
        self.record(who, Command::Disable, now).await.map(|_| ())
    }

    /// The row of failures is over for whoever was meant: what was counted before it was known was none.
    pub async fn succeeded(&self, who: Key, now: Timestamp) -> Result<(), String> {
        self.record(who, Command::Succeed, now).await.map(|_| ())
    }

    /// Writes one thing down, and says where the counter stands then.
    async fn record(&self, key: Key, command: Command, now: Timestamp) -> Result<Source, String> {
        for _ in 0..TRIES {
            self.load(&[key]).await?;
            let Some((source, landed)) = self.write(key, command, now)? else { continue };
            let Some(landed) = landed else { return Ok(source) };
            match landed.await {
                Ok(Ok(())) => return Ok(source),
                Ok(Err(Failed::Conflict)) => self.forget(key),
                Ok(Err(Failed::Store(why))) => {
                    self.forget(key);
                    return Err(why);
                }
                Err(_) => return Err(ENDED.to_owned()),
            }
        }
        Err("others move it too fast".to_owned())
    }

    /// Counted at once and handed to the commit thread in the same order; `None` where the counter is not at hand.
    fn write(&self, key: Key, command: Command, now: Timestamp) -> Result<Option<Written>, String> {
        let mut counters = self.hold();
        let Some((known, version)) = counters.get_mut(&key).and_then(|counter| counter.known.as_mut()) else {
            return Ok(None);
        };
        let now = known.recent.last().map_or(now, |last| now.max(*last));
        let events = source::decide(known, command, now);
        if events.is_empty() {
            return Ok(Some((known.clone(), None)));
        }
        if !self.commit.has_room() {
            return Err("too much is waiting".to_owned());
        }
        let correlation = CorrelationId::new(now.0, dice().map_err(|error| error.to_string())?);
        let record = |event: &source::Event| {
            let event = Event::Source(*event);
            codec::encode(&Recorded { at: now, actor: Actor::Visitor, correlation, event, v: VERSION })
        };
        let rows = events.iter().map(record).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let (id, stream) = (correlation.bits().to_be_bytes(), key.stream());
        let append = Append { id, stream, expected: *version, events: rows, ..Append::default() };
        events.iter().for_each(|event| source::apply(known, event));
        *version += events.len() as u64;
        let counted = known.clone();
        let (reply, landed) = oneshot::channel();
        let done =
            move |_: &mut dyn Store, result: Result<store::Receipt, Failed>| drop(reply.send(result.map(|_| ())));
        if !self.commit.append(append, Room::Ordinary, Box::new(done)) {
            drop(counters);
            self.forget(key);
            return Err(ENDED.to_owned());
        }
        Ok(Some((counted, Some(landed))))
    }

    /// Reads those that are not at hand, in one turn of the commit thread, whether they were ever written or not.
    async fn load(&self, keys: &[Key]) -> Result<(), String> {
        let missing: Vec<Key> = {
            let counters = self.hold();
            let known = |key: &&Key| counters.get(key).is_none_or(|counter| counter.known.is_none());
            keys.iter().filter(known).copied().collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        let (reply, answer) = oneshot::channel();
        self.commit.read(Box::new(move |store| {
            let read: Result<Vec<_>, String> = missing.into_iter().map(|key| Ok((key, folded(store, key)?))).collect();
            drop(reply.send(read));
        }));
        let read = answer.await.map_err(|_| ENDED.to_owned())??;
        let mut counters = self.hold();
        if counters.len() + read.len() > MOST {
            counters.retain(|_, counter| counter.under_way > 0);
        }
        for (key, found) in read {
            // Whoever was faster has counted on: theirs stays.
            counters.entry(key).or_default().known.get_or_insert(found);
        }
        Ok(())
    }

    fn forget(&self, key: Key) {
        if let Some(counter) = self.hold().get_mut(&key) {
            counter.known = None;
        }
    }

    fn hold(&self) -> MutexGuard<'_, BTreeMap<Key, Counter>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the counter stands, and what says that it is durable: nothing, where nothing had to be written.
type Written = (Source, Option<oneshot::Receiver<Result<(), Failed>>>);

fn folded(store: &mut dyn Store, key: Key) -> Result<(Source, u64), String> {
    let (stream, mut source, mut version) = (key.stream(), Source::default(), 0);
    loop {
        let events = store.load(&stream, version, LOAD).map_err(|error| error.to_string())?;
        if events.is_empty() {
            return Ok((source, version));
        }
        for stored in &events {
            let recorded = codec::decode(stored).map_err(|error| error.to_string())?;
            if let Event::Source(event) = &recorded.event {
                source::apply(&mut source, event);
            }
            version = stored.version;
        }
    }
}

impl Attempt {
    /// Counted for all of them, durably. True where it was one too many in a row, wherever the others came from: what
    /// was tried is to be disabled.
    pub async fn failed(self) -> Result<bool, String> {
        let Tried { who, from, device } = self.tried;
        let count = |key| self.sources.record(key, Command::Fail, self.now);
        let (who, from, device) = tokio::join!(count(who), count(from), self.of_device(device, Command::Fail));
        from.and(device)?;
        Ok(source::disables(&who?))
    }

    /// The row of failures is over for who it was. The address is not forgiven: one who may come in could try others.
    pub async fn succeeded(self) -> Result<(), String> {
        let Tried { who, device, .. } = self.tried;
        let who = self.sources.record(who, Command::Succeed, self.now);
        let (who, device) = tokio::join!(who, self.of_device(device, Command::Succeed));
        device.and(who).map(|_| ())
    }

    async fn of_device(&self, device: Option<Key>, command: Command) -> Result<Source, String> {
        match device {
            Some(key) => self.sources.record(key, command, self.now).await,
            None => Ok(Source::default()),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut counters = self.sources.hold();
        for key in self.tried.counted() {
            if let Some(counter) = counters.get_mut(&key) {
                counter.under_way = counter.under_way.saturating_sub(1);
            }
        }
    }
}
