//! What an actor does because time has passed, or because it could not be written down before.

use super::{CustomerActor, Way};
use kernel::actor::Actor as By;
use kernel::command::Command;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use tokio::sync::oneshot::error::TryRecvError;

impl CustomerActor {
    /// Asked at every tick; while the journal does not answer, nothing more is asked of it.
    pub fn look_at_the_clock(self: &Arc<Self>) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain_mut(|answer| matches!(answer.try_recv(), Err(TryRecvError::Empty)));
        if !asked.is_empty() {
            return;
        }
        self.write_counts();
        let now = self.now();
        let (due, unrecorded, unenforced, behind, unusual) = {
            let mut inner = self.hold();
            let due = kernel::book::next_wakeup(&inner.state.book).is_some_and(|at| at <= now);
            let unusual = !kernel::decide::due(&inner.state, now).is_empty();
            let behind = inner.versions.firm < self.shared.firm.load(Ordering::Acquire);
            (due, inner.unrecorded.clone(), inner.unenforced.take(), behind, unusual)
        };
        if due {
            asked.push(self.submit(By::House, Command::Expire));
        }
        if unusual {
            asked.push(self.submit(By::House, Command::Watch));
        }
        for (by, switch) in unrecorded {
            let command = Command::Engage { level: switch.level, resting: switch.resting };
            asked.push(self.take_off(by, command, Way::Again, Vec::new()));
        }
        if let Some(voided) = unenforced {
            asked.push(self.take_off(By::House, Command::Enforce { voided }, Way::Again, Vec::new()));
        }
        if behind {
            asked.push(self.submit(By::House, Command::Enforce { voided: Vec::new() }));
        }
    }
}
