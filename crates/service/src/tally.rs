//! Tally: what was done since the start, for whoever watches the process: counts and codes, and nobody's name.

use kernel::connection;
use kernel::event::Event;
use kernel::reason::Reason;
use kernel::working::Event as OrderEvent;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Appends of one transaction; the last bound is the most there are.
const SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// Of one transaction and its sync, in seconds.
const SECONDS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

type Codes = Family<[(&'static str, String); 1], Counter>;

/// Counted once it is durable; a refusal of a flood, which is not written down one by one, when it is told.
#[derive(Clone, Debug)]
pub struct Tally {
    admitted: Counter,
    held: Counter,
    refused: Codes,
    changes: Counter,
    cancels: Counter,
    fills: Counter,
    turned_away: Codes,
    batches: Histogram,
    seconds: Histogram,
    failed: Counter,
    /// The last transaction was written, or none was tried yet.
    writing: Arc<AtomicBool>,
    /// By the last transaction, in nanoseconds.
    took: Arc<AtomicU64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            admitted: Counter::default(),
            held: Counter::default(),
            refused: Codes::default(),
            changes: Counter::default(),
            cancels: Counter::default(),
            fills: Counter::default(),
            turned_away: Codes::default(),
            batches: Histogram::new(SIZES),
            seconds: Histogram::new(SECONDS),
            failed: Counter::default(),
            writing: Arc::new(AtomicBool::new(true)),
            took: Arc::default(),
        }
    }
}

impl Tally {
    pub(crate) fn see(&self, event: &Event) {
        match event {
            Event::Order(OrderEvent::Admitted { .. }) => {
                self.admitted.inc();
            }
            Event::Order(OrderEvent::Held { .. }) => {
                self.held.inc();
            }
            Event::Order(OrderEvent::ReplaceAdmitted { .. }) => {
                self.changes.inc();
            }
            Event::Order(OrderEvent::CancelRequested { .. }) => {
                self.cancels.inc();
            }
            Event::Order(OrderEvent::Filled { .. }) => {
                self.fills.inc();
            }
            Event::Order(
                OrderEvent::Refused { reason, .. }
                | OrderEvent::Declined { reason, .. }
                | OrderEvent::ReplaceRefused { reason, .. },
            ) => count(&self.refused, reason),
            Event::Connection(connection::Event::Refused { why, .. }) => count(&self.turned_away, why),
            _ => {}
        }
    }

    /// One transaction of so many appends.
    pub(crate) fn written(&self, appends: usize, took: Duration, whole: bool) {
        self.batches.observe(u32::try_from(appends).map_or(f64::MAX, f64::from));
        self.seconds.observe(took.as_secs_f64());
        if !whole {
            self.failed.inc();
        }
        self.writing.store(whole, Ordering::Release);
        self.took.store(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Release);
    }

    /// By the last transaction: for whoever is told of it on the commit thread, their own.
    pub(crate) fn took(&self) -> Duration {
        Duration::from_nanos(self.took.load(Ordering::Acquire))
    }

    pub fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Acquire)
    }

    /// What is registered goes on counting.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("orders_admitted", "New orders that the guard admitted", self.admitted.clone());
        registry.register("orders_held", "New orders that were held for an approval", self.held.clone());
        let refused = "Orders and changes that were not taken, by the code of the refusal";
        registry.register("orders_refused", refused, self.refused.clone());
        registry.register("order_changes_admitted", "Changes of orders that the guard admitted", self.changes.clone());
        registry.register("cancels", "Cancels that were asked for, by whoever asked", self.cancels.clone());
        registry.register("fills", "Fills that the venue told of", self.fills.clone());
        let turned_away = "Programs that were turned away at a listener, by the code of the refusal";
        registry.register("connections_refused", turned_away, self.turned_away.clone());
        registry.register("append_batch_size", "Appends of one transaction of the journal", self.batches.clone());
        let seconds = "Time of one transaction of the journal with its sync, in seconds";
        registry.register("append_duration_seconds", seconds, self.seconds.clone());
        registry.register("append_failures", "Transactions of the journal that failed", self.failed.clone());
    }
}

/// The record that says how many were not written down counts none of them again.
fn count(codes: &Codes, reason: &Reason) {
    if reason.code != kernel::notice::COUNTED {
        codes.get_or_create(&[("code", reason.code.clone())]).inc();
    }
}
