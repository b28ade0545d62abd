//! Notices: what became durable, told to the doors in the order of the journal.

use kernel::event::{Event, Recorded};
use kernel::id::CustomerId;
use kernel::state::State;
use kernel::working::{self, Order};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Told further than this behind, a door looks at everything again.
const BEHIND: usize = 8_192;

/// To all who listen; and how many there were, for those who began to listen later than they looked. Each has a queue
/// that takes room as it fills: of many customers whom nobody watches none costs more than this.
#[derive(Debug, Default)]
pub struct Notices {
    hearings: Mutex<Vec<Sender<Heard>>>,
    told: AtomicU64,
}

/// Nothing stands for what there was no room for: from there on something is missing.
type Heard = Option<Arc<Notice>>;

impl Notices {
    pub fn tell(&self, notice: &Arc<Notice>) {
        // Counted first: whoever listens by now is told, and whoever does not sees that there was more.
        self.told.fetch_add(1, Ordering::AcqRel);
        self.hold().retain(|hearing| {
            // Only this tells, so room can but grow meanwhile.
            let heard = match hearing.capacity() {
                // The gap is at the end of what waits there: whoever comes to it looks at what stands by then.
                0 => return !hearing.is_closed(),
                1 => None,
                _ => Some(Arc::clone(notice)),
            };
            hearing.try_send(heard).is_ok()
        });
    }

    pub fn subscribe(&self) -> Hearing {
        let (sender, receiver) = mpsc::channel(BEHIND);
        let mut hearings = self.hold();
        hearings.retain(|hearing| !hearing.is_closed());
        hearings.push(sender);
        Hearing(receiver)
    }

    pub fn told(&self) -> u64 {
        self.told.load(Ordering::Acquire)
    }

    fn hold(&self) -> MutexGuard<'_, Vec<Sender<Heard>>> {
        self.hearings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who listens, from when they began to until this is dropped.
#[derive(Debug)]
pub struct Hearing(Receiver<Heard>);

/// Why there is no notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// Some were missed here, nobody says which: everything may have changed.
    Behind,
    /// Nobody tells any more.
    Over,
}

impl Hearing {
    /// Whoever stops waiting has missed nothing.
    pub async fn recv(&mut self) -> Result<Arc<Notice>, Unheard> {
        if self.0.len() >= BEHIND {
            // What was missed came after all of these: nobody has to go through them first.
            (0..BEHIND).for_each(|_| drop(self.0.try_recv()));
            return Err(Unheard::Behind);
        }
        self.0.recv().await.ok_or(Unheard::Over)?.ok_or(Unheard::Behind)
    }

    /// What waits already.
    pub fn try_recv(&mut self) -> Option<Result<Arc<Notice>, Unheard>> {
        self.0.try_recv().ok().map(|heard| heard.ok_or(Unheard::Behind))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kernel::actor::Actor;
    use kernel::event::VERSION;
    use kernel::id::CorrelationId;
    use kernel::time::Timestamp;
    use std::sync::atomic::AtomicI64;

    const MANY: i64 = BEHIND as i64;

    fn notice(number: i64) -> Arc<Notice> {
        let customer = CustomerId::new(0, 1);
        let event = Event::Customer(kernel::customer::Event::Opened { id: customer, name: String::new() });
        let correlation = CorrelationId::new(0, 1);
        let recorded = Recorded { at: Timestamp(number), actor: Actor::House, correlation, event, v: VERSION };
        Arc::new(Notice { customer, recorded, order: None })
    }

    fn heard(hearing: &mut Hearing) -> Vec<Result<i64, Unheard>> {
        std::iter::from_fn(|| hearing.try_recv()).map(|told| told.map(|notice| notice.recorded.at.0)).collect()
    }

    #[test]
    fn each_who_listens_is_told_all_from_when_they_began() {
        let notices = Notices::default();
        notices.tell(&notice(0));
        let mut early = notices.subscribe();
        (1..100).for_each(|number| notices.tell(&notice(number)));
        let mut late = notices.subscribe();
        notices.tell(&notice(100));
        assert_eq!(heard(&mut early), (1..=100).map(Ok).collect::<Vec<_>>());
        assert_eq!(heard(&mut late), [Ok(100)]);
        assert_eq!(notices.told(), 101);
    }

    #[test]
    fn a_gap_is_told_where_it_is() {
        let notices = Notices::default();
        let mut hearing = notices.subscribe();
        (0..MANY + 5).for_each(|number| notices.tell(&notice(number)));
        let first = hearing.try_recv().unwrap().unwrap();
        assert_eq!(first.recorded.at.0, 0);
        let rest = heard(&mut hearing);
        assert_eq!((rest.len() as i64, rest.last()), (MANY - 1, Some(&Err(Unheard::Behind))));
        assert!(rest.iter().rev().skip(1).all(Result::is_ok));
        notices.tell(&notice(9));
        assert_eq!(heard(&mut hearing), [Ok(9)]);
    }

    #[tokio::test]
    async fn whoever_waits_finds_out_at_once_that_it_is_too_late() {
        let notices = Notices::default();
        let mut hearing = notices.subscribe();
        (0..2 * MANY).for_each(|number| notices.tell(&notice(number)));
        assert_eq!(hearing.recv().await.unwrap_err(), Unheard::Behind);
        notices.tell(&notice(7));
        assert_eq!(hearing.recv().await.unwrap().recorded.at.0, 7);
        drop(notices);
        assert_eq!(hearing.recv().await.unwrap_err(), Unheard::Over);
    }

    #[test]
    fn whoever_has_gone_is_forgotten_and_nobody_costs_next_to_nothing() {
        let notices = Notices::default();
        for _ in 0..3 {
            drop(notices.subscribe());
        }
        assert_eq!(notices.hold().len(), 1, "the last is forgotten with the next");
        notices.tell(&notice(0));
        assert_eq!(notices.hold().len(), 0);
        let left = notices.subscribe();
        (0..MANY + 1).for_each(|number| notices.tell(&notice(number)));
        drop(left);
        notices.tell(&notice(0));
        assert_eq!(notices.hold().len(), 0, "one that is full, too");
        assert!(size_of::<Notices>() <= 48);
    }

    /// What is told is in the state before it is told; so whoever looks at the state at each gap knows it all.
    #[test]
    fn nothing_is_missed_unsaid_however_the_two_interleave() {
        let (notices, state, last) = (Notices::default(), AtomicI64::new(0), 40 * MANY);
        let mut hearing = notices.subscribe();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1..=last {
                    state.store(number, Ordering::Release);
                    notices.tell(&notice(number));
                }
            });
            let (mut known, mut gaps) = (0, 0);
            while known < last {
                match hearing.try_recv() {
                    Some(Ok(told)) => {
                        let number = told.recorded.at.0;
                        assert!(number <= known + 1, "between {known} and {number} something is missing");
                        known = known.max(number);
                    }
                    Some(Err(_)) => (known, gaps) = (known.max(state.load(Ordering::Acquire)), gaps + 1),
                    None => std::thread::yield_now(),
                }
            }
            assert!(gaps < last);
        });
    }
}
