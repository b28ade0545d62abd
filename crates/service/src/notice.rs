//! Notices: what became durable, told to the doors in the order of the journal.

use kernel::event::{Event, Recorded};
use kernel::id::CustomerId;
use kernel::state::State;
use kernel::working::{self, Order};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::broadcast;

/// Told further than this behind, a door looks at everything again.
const BEHIND: usize = 8_192;

/// To all who listen; and how many there were, for those who began to listen later than they looked.
#[derive(Debug)]
pub struct Notices {
    sender: broadcast::Sender<Arc<Notice>>,
    told: AtomicU64,
}

impl Default for Notices {
    fn default() -> Self {
        Self { sender: broadcast::channel(BEHIND).0, told: AtomicU64::new(0) }
    }
}

impl Notices {
    pub fn tell(&self, notice: Notice) {
        // Counted first: whoever listens by now is told, and whoever does not sees that there was more.
        self.told.fetch_add(1, Ordering::AcqRel);
        drop(self.sender.send(Arc::new(notice)));
    }
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.sender.subscribe()
    }
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::Acquire)
    }
}

#[derive(Clone, Debug)]
pub struct Notice {
    pub customer: CustomerId,
    pub recorded: Recorded,
    /// The order it is about, as it stands after the event (or stood when it ended).
    pub order: Option<Order>,
}

/// The order after the event that was just applied. One that has ended by it is the newest of its record, however
/// long the day; a late fill carries the order that it belongs to.
pub fn order_after(state: &State, event: &Event) -> Option<Order> {
    let day = &state.book.day;
    let executed = |exec_id: &str| day.executions.iter().rev().find(|executed| executed.execution.exec_id == exec_id);
    let id = match event {
        Event::Order(working::Event::Commissioned { commission }) => {
            return executed(&commission.exec_id)?.order.clone();
        }
        Event::Order(working::Event::Filled { execution }) => return executed(&execution.exec_id)?.order.clone(),
        // Refused orders are in no book.
        Event::Order(working::Event::Refused { .. }) => return None,
        Event::Order(other) => other.order()?,
        _ => return None,
    };
    let just_ended = || day.ended.last().map(|(order, _)| order).filter(|order| order.id == id);
    state.book.orders.get(&id).or_else(just_ended).cloned()
}
