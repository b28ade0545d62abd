//! Places: how many connections there may be at once, and who gives way when all are taken.

use service::in_hand::InHand;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout};

/// Connections that are open at once; more wait for one that is asking nothing.
const MOST_CONNECTIONS: usize = 64;
/// Whoever comes has so long to ask before it may have to give way.
const GRACE: Duration = Duration::from_millis(100);
/// How often it is looked who could give way.
const LOOK: Duration = Duration::from_millis(10);

/// A connection's own: it is to end once `leave` is answered.
#[derive(Debug)]
pub(crate) struct Place {
    pub in_hand: InHand,
    pub leave: oneshot::Receiver<()>,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Holder {
    since: Instant,
    in_hand: InHand,
    /// Dropped, it tells the connection to leave.
    stay: oneshot::Sender<()>,
}

#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    /// The oldest first.
    taken: Mutex<VecDeque<Holder>>,
}

impl Places {
    pub fn new() -> Self {
        Self { free: Arc::new(Semaphore::new(MOST_CONNECTIONS)), taken: Mutex::default() }
    }

    /// Waits only while everybody is being answered, or has only just come.
    pub async fn take(&self) -> std::io::Result<Place> {
        loop {
            if self.free.available_permits() == 0 {
                self.give_way();
            }
            if let Ok(permit) = timeout(LOOK, Arc::clone(&self.free).acquire_owned()).await {
                return Ok(self.taken_with(permit.map_err(std::io::Error::other)?));
            }
        }
    }

    fn taken_with(&self, permit: OwnedSemaphorePermit) -> Place {
        let (stay, leave) = oneshot::channel();
        let in_hand = InHand::default();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|holder| !holder.stay.is_closed());
        taken.push_back(Holder { since: Instant::now(), in_hand: in_hand.clone(), stay });
        Place { in_hand, leave, _permit: permit }
    }

    fn give_way(&self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|holder| !holder.stay.is_closed());
        let idle = |holder: &Holder| holder.in_hand.is_idle() && holder.since.elapsed() >= GRACE;
        if let Some(oldest) = taken.iter().position(idle) {
            drop(taken.remove(oldest));
            tracing::warn!("the control socket is crowded: the oldest connection that asks nothing is closed");
        }
    }
}
