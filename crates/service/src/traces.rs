//! Traces: the way of each order from the door to the venue, step by step, for whoever collects them. Ids and codes: no
//! name, account number, address, price or quantity is in them.

mod export;
mod trace;

pub use export::Spans;
pub(crate) use trace::Trace;

use crate::actor::{answered, verb};
use export::Item;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::effect::Effect;
use kernel::event::Event;
use kernel::id::{CustomerId, OrderId};
use kernel::working::Event as OrderEvent;
use notify::otlp::Span;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot};

/// Spans that wait for the collector; more are dropped, and counted.
const WAITING: usize = 8_192;
/// Instructions at the venue whose answer is waited for; then the oldest is told without it.
const UNANSWERED: usize = 8_192;
/// So long an answer of the venue belongs to the way of its order.
const PATIENCE: Duration = Duration::from_secs(60);

/// Off unless somebody asks for them; then nothing is made and nothing is kept.
#[derive(Clone, Debug, Default)]
pub struct Traces(Option<Arc<Recorder>>);

#[derive(Debug)]
pub(crate) struct Recorder {
    queue: mpsc::Sender<Item>,
    /// At the venue, or on their way there: which instruction, about which order.
    open: Mutex<BTreeMap<(OrderId, &'static str), Box<Trace>>>,
    /// One moment by both clocks: spans are told in the time of day, and measured by the other.
    born: (Instant, Duration),
    exported: Counter,
    dropped: Counter,
    failing: Gauge,
}

impl Recorder {
    /// Nanoseconds since 1970.
    fn told(&self, at: Instant) -> u64 {
        let (born, day) = self.born;
        let told = match at.checked_duration_since(born) {
            Some(since) => day.saturating_add(since),
            None => day.saturating_sub(born.duration_since(at)),
        };
        u64::try_from(told.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Never waits: an order is not slower because nobody takes its trace.
    fn export(&self, span: Span) {
        if self.queue.try_send(Item::Span(Box::new(span))).is_err() {
            self.dropped.inc();
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<(OrderId, &'static str), Box<Trace>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who waits for the venue since before then is told without its answer.
    fn give_up(&self, before: Option<Instant>) {
        let late = |trace: &Trace| before.is_none_or(|before| trace.heard() < before);
        let given_up: Vec<_> = self.open().extract_if(.., |_, trace| late(trace)).collect();
        drop(given_up);
    }
}

impl Traces {
    /// What is recorded comes out of the spans, in the order in which it ended.
    pub fn recorded() -> (Self, Spans) {
        let (queue, items) = mpsc::channel(WAITING);
        let recorder = Arc::new(Recorder {
            queue,
            open: Mutex::default(),
            born: (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
            exported: Counter::default(),
            dropped: Counter::default(),
            failing: Gauge::default(),
        });
        (Self(Some(Arc::clone(&recorder))), Spans::of(recorder, items))
    }

    /// Somebody asks for something whose way is told.
    pub(crate) fn begin(
        &self,
        customer: CustomerId,
        by: By,
        command: &Command,
        heard: Option<Instant>,
    ) -> Option<Box<Trace>> {
        let recorder = self.0.as_ref()?;
        let name = trace::name(command)?;
        Some(Box::new(Trace::begin(Arc::clone(recorder), name, customer, by, heard)))
    }

    /// It is durable and goes on to the venue: with the instruction about its own order, or else with the first.
    pub(crate) fn travels(&self, mut trace: Box<Trace>, effects: &[Effect]) {
        let own = effects.iter().find(|effect| trace.order() == Some(effect.order()));
        let (Some(recorder), Some(effect)) = (&self.0, own.or(effects.first())) else { return };
        trace.concerns(effect.order());
        let mut open = recorder.open();
        let oldest = if open.len() >= UNANSWERED { open.pop_first() } else { None };
        let before = open.insert((effect.order(), verb(effect)), trace);
        drop(open);
        drop((oldest, before));
    }

    /// The instruction is handed to the venue now.
    pub(crate) fn leaves(&self, effect: &Effect) {
        self.about(effect, Trace::leaves);
    }

    /// The venue has it.
    pub(crate) fn handed(&self, effect: &Effect) {
        self.about(effect, Trace::handed);
    }

    fn about(&self, effect: &Effect, note: impl FnOnce(&mut Trace)) {
        if let Some(recorder) = &self.0
            && let Some(trace) = recorder.open().get_mut(&(effect.order(), verb(effect)))
        {
            note(trace);
        }
    }

    /// What the venue said is durable: the way of what it answers ends here.
    pub(crate) fn answered(&self, event: &Event) {
        let (Some(recorder), Event::Order(of_order)) = (&self.0, event) else { return };
        let unknown = match of_order {
            OrderEvent::MarkedUnknown { id } => Some((*id, None)),
            _ => None,
        };
        let Some((order, verb)) = answered(event).or(unknown) else { return };
        let word = trace::answer(of_order);
        let mut open = recorder.open();
        let ended: Vec<_> = match verb {
            Some(verb) => open.remove(&(order, verb)).into_iter().collect(),
            None => open.extract_if((order, "").., |(id, _), _| *id == order).map(|(_, trace)| trace).collect(),
        };
        drop(open);
        for mut trace in ended {
            trace.answered(word);
        }
    }

    /// What was recorded so far is given to the collector, if it takes it within so long.
    pub async fn close(&self, within: Duration) {
        let Some(recorder) = &self.0 else { return };
        recorder.give_up(None);
        let (reply, done) = oneshot::channel();
        let flushed = async { recorder.queue.send(Item::Flush(reply)).await.is_ok() && done.await.is_ok() };
        if !tokio::time::timeout(within, flushed).await.unwrap_or(false) {
            tracing::warn!("the last spans did not get to the collector of traces");
        }
    }

    pub fn register(&self, registry: &mut Registry) {
        let Some(recorder) = &self.0 else { return };
        let exported = "Spans that the collector of traces has taken";
        registry.register("trace_spans_exported", exported, recorder.exported.clone());
        let dropped = "Spans that were dropped because the collector of traces did not take them in time";
        registry.register("trace_spans_dropped", dropped, recorder.dropped.clone());
        let failing = "Whether the collector of traces takes nothing now";
        registry.register("trace_collector_failing", failing, recorder.failing.clone());
    }
}
