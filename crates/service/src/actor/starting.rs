//! Starting: the actors of all customers, from one pass over their streams in order; nothing is read once for each.

use super::{CustomerActor, FIRM, Inner, Shared};
use crate::codec;
use crate::notices::is_notice;
use kernel::effect::Effect;
use kernel::event::{Aggregate, Recorded};
use kernel::id::CustomerId;
use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use store::{OutboxRow, Store, StoredEvent};

/// Events that are read at once.
const PAGE: usize = 1_000;

/// An instruction to the venue, and the row of the outbox that holds it.
pub type Told = (String, Effect);

/// Customers are asked for in the order of their streams.
pub struct Starting {
    customers: Sweep,
    books: Sweep,
    firm: Vec<(Recorded, u64)>,
    /// By the stream whose append put them.
    rows: BTreeMap<String, Vec<OutboxRow>>,
}

impl std::fmt::Debug for Starting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Starting").field("firm", &self.firm.len()).finish_non_exhaustive()
    }
}

impl Starting {
    pub fn begin(store: &mut dyn Store) -> Result<Self, String> {
        let (mut firm, mut rows) = (Vec::new(), BTreeMap::<String, Vec<OutboxRow>>::new());
        codec::each(store, FIRM, |recorded, version| firm.push((recorded.clone(), version)))?;
        for row in store.outbox(None).map_err(|error| error.to_string())? {
            rows.entry(row.stream.clone()).or_default().push(row);
        }
        Ok(Self { customers: Sweep::over("customer/"), books: Sweep::over("book/"), firm, rows })
    }

    pub fn actor(
        &mut self,
        id: CustomerId,
        shared: Shared,
        store: &mut dyn Store,
    ) -> Result<Arc<CustomerActor>, String> {
        let actor = CustomerActor::empty(id, shared);
        let [customer, book] = &actor.streams;
        let mut inner = Inner::default();
        self.customers.take(store, customer, |one, version| inner.fold(Aggregate::Customer, one, version))?;
        self.books.take(store, book, |one, version| inner.fold(Aggregate::Book, one, version))?;
        self.firm.iter().for_each(|(one, version)| inner.fold(Aggregate::Firm, one, *version));
        inner.waits(self.rows.get(book).into_iter().flatten());
        Ok(actor.with(inner))
    }

    /// What waits for the venue, by the stream whose append put it. One that cannot be read stops the start.
    pub fn told_venue(self) -> Result<BTreeMap<String, Vec<Told>>, String> {
        let mut told = BTreeMap::<String, Vec<Told>>::new();
        for row in self.rows.into_values().flatten().filter(|row| !is_notice(row)) {
            let effect = serde_json::from_slice(&row.body).map_err(|error| error.to_string())?;
            told.entry(row.stream).or_default().push((row.id, effect));
        }
        Ok(told)
    }
}

/// The events of streams that begin alike, page by page.
struct Sweep {
    prefix: &'static str,
    page: VecDeque<StoredEvent>,
    after: (String, u64),
    ended: bool,
}

impl Sweep {
    fn over(prefix: &'static str) -> Self {
        Self { prefix, page: VecDeque::new(), after: (String::new(), 0), ended: false }
    }

    /// Every event of this stream, with its version. Of streams before it that nobody asked for nothing is read.
    fn take(
        &mut self,
        store: &mut dyn Store,
        stream: &str,
        mut take: impl FnMut(&Recorded, u64),
    ) -> Result<(), String> {
        loop {
            while let Some(next) = self.page.front() {
                match next.stream.as_str().cmp(stream) {
                    Ordering::Less => {}
                    Ordering::Equal => take(&codec::decode(next).map_err(|error| error.to_string())?, next.version),
                    Ordering::Greater => return Ok(()),
                }
                self.page.pop_front();
            }
            if self.ended {
                return Ok(());
            }
            let (name, version) = &self.after;
            let page = store.sweep(self.prefix, (name, *version), PAGE).map_err(|error| error.to_string())?;
            self.ended = page.len() < PAGE;
            if let Some(last) = page.last() {
                self.after = (last.stream.clone(), last.version);
            }
            self.page = page.into();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kernel::event::{Event, VERSION};
    use kernel::id::CorrelationId;
    use kernel::time::Timestamp;
    use store::{Append, MemoryStore};

    fn recorded(number: u64) -> Recorded {
        let event = Event::Customer(kernel::customer::Event::Opened {
            id: CustomerId::new(0, u128::from(number)),
            name: number.to_string(),
        });
        let (at, actor, correlation) = (Timestamp(7), kernel::actor::Actor::House, CorrelationId::new(0, 1));
        Recorded { at, actor, correlation, event, v: VERSION }
    }

    /// Streams of many lengths, of which some fill a page and some end with one.
    fn journal() -> (MemoryStore, Vec<(String, u64)>) {
        let mut store = MemoryStore::new();
        let lengths = [1, 3, 999, 1_000, 1_001, 2_500, 1, 1, 4];
        let mut streams = Vec::new();
        for (nth, length) in lengths.into_iter().enumerate() {
            for prefix in ["customer", "source"] {
                let stream = format!("{prefix}/{nth}");
                let events = (0..length).map(|number| codec::encode(&recorded(number)).unwrap()).collect();
                let mut id = [0; 16];
                id[..8].copy_from_slice(&(nth as u64).to_be_bytes());
                id[8] = u8::from(prefix == "source");
                let append = Append { id, stream: stream.clone(), events, ..Append::default() };
                store.append(&[append]).unwrap().remove(0).unwrap();
                if prefix == "customer" {
                    streams.push((stream, length));
                }
            }
        }
        (store, streams)
    }

    #[test]
    fn a_sweep_gives_each_stream_what_reading_it_alone_gives() {
        let (mut store, streams) = journal();
        // All of them; and every other one, so that some are passed over.
        for step in [1, 2, 3] {
            let mut sweep = Sweep::over("customer/");
            for (stream, length) in streams.iter().step_by(step) {
                let (mut swept, mut alone) = (Vec::new(), Vec::new());
                sweep.take(&mut store, stream, |one, version| swept.push((one.clone(), version))).unwrap();
                codec::each(&mut store, stream, |one, version| alone.push((one.clone(), version))).unwrap();
                assert_eq!(swept, alone);
                assert_eq!(swept.len() as u64, *length);
            }
        }
    }

    #[test]
    fn a_stream_that_is_not_there_has_nothing_and_the_next_is_whole() {
        let (mut store, _) = journal();
        let mut sweep = Sweep::over("customer/");
        sweep.take(&mut store, "customer/10", |_, _| unreachable!()).unwrap();
        let mut count = 0;
        sweep.take(&mut store, "customer/4", |_, _| count += 1).unwrap();
        sweep.take(&mut store, "customer/9", |_, _| unreachable!()).unwrap();
        assert_eq!(count, 1_001);
    }
}
