//! What an actor does because time has passed, or because it could not be written down before.

mod heard;
mod holdings;

use super::{CustomerActor, Way};
use crate::outcome::Outcome;
use heard::Heard;
use holdings::Differences;
use kernel::actor::Actor as By;
use kernel::attempt::Failed;
use kernel::command::Command;
use kernel::id::AccountId;
use kernel::people;
use kernel::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

/// So many failed sign-ins are kept until the next tick; more are only counted, where all are (`sources`).
const MOST_NOTED: usize = 64;
/// At most so often an account is marked, and a silence looked for.
const LOOK_MS: i64 = 1_000;
/// A venue that has just been connected is given so long to say it.
const SILENT_MS: i64 = 60_000;

/// How long after it the cancels of a switch are asked for again of which one was refused: a second, and each time
/// twice as long. A venue that cannot cancel now is not asked all day, nor forgotten.
const FIRST_PAUSE_MS: i64 = 1_000;
const LONGEST_PAUSE_MS: i64 = 300_000;

/// Cancels under a switch that the venue has refused.
#[derive(Debug, Default)]
struct RefusedCancels {
    due: Option<Timestamp>,
    pause_ms: i64,
    asked_at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Tick {
    refused: Mutex<RefusedCancels>,
    /// Accounts with a limit of which the venue does not say what they made: since when, and whether that was told.
    silent: Mutex<BTreeMap<AccountId, (Timestamp, bool)>>,
    /// What the clock asked for and was not answered yet.
    asked: Mutex<Vec<oneshot::Receiver<Outcome>>>,
    noted: Mutex<Vec<Failed>>,
    /// When it was last looked at what accounts made or lost, and at who is silent.
    looked_at: AtomicI64,
    differences: Mutex<Differences>,
    pub(super) heard: Heard,
}

impl Tick {
    /// A limit that cannot act is not passed over in silence.
    fn says(&self, account: AccountId, said: bool, now: Timestamp) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if said {
            silent.remove(&account);
            return;
        }
        let (since, told) = silent.entry(account).or_insert((now, false));
        if !*told && now.since(*since) >= SILENT_MS {
            *told = true;
            tracing::error!(%account, "the venue does not say what this account made or lost today: its day loss stops nothing");
        }
    }
}

impl CustomerActor {
    /// A sign-in failed: written down at the next tick, and the same again once, so that whoever waits for an answer
    /// does not learn from it whether there is such a user.
    pub fn note_failure(&self, failed: Failed) {
        let mut noted = self.tick.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < MOST_NOTED && !noted.contains(&failed) {
            noted.push(failed);
        }
    }

    /// The venue has refused a cancel while a switch is engaged: nobody but the house asks for it again.
    pub(super) fn enforce_later(&self, now: Timestamp) {
        let mut refused = self.tick.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.due.is_none() {
            let long_ago = now.since(refused.asked_at) > 2 * LONGEST_PAUSE_MS;
            let pause_ms = if long_ago { 0 } else { refused.pause_ms.saturating_mul(2) };
            refused.pause_ms = pause_ms.clamp(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
            refused.due = Some(now.plus_ms(refused.pause_ms));
        }
    }

    fn is_to_enforce(&self, now: Timestamp) -> bool {
        let mut refused = self.tick.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let due = refused.due.is_some_and(|at| at <= now);
        if due {
            (refused.due, refused.asked_at) = (None, now);
        }
        due
    }

    /// Once a second, by the clock itself: where the journal is ahead of it, time stands still for everything else.
    fn is_time_to_look(&self) -> bool {
        let clock = self.shared.clock.now();
        let since = clock.0.saturating_sub(self.tick.looked_at.load(Ordering::Relaxed));
        let due = !(0..LOOK_MS).contains(&since);
        if due {
            self.tick.looked_at.store(clock.0, Ordering::Relaxed);
        }
        due
    }

    /// What an account lost today, where somebody states a limit for it.
    fn marks(&self, now: Timestamp) -> Vec<Command> {
        let inner = self.hold();
        let result = |id: AccountId| {
            let account = inner.state.customer.account(id).ok()?;
            let daily = self.shared.venue.daily(&account.number, now);
            self.tick.says(id, daily.is_some(), now);
            let daily = daily?;
            let result = venue::exact::amount(daily).ok()?;
            kernel::decide::loss_due(&inner.state, id, result, now)?;
            Some(Command::Mark { account: id, result })
        };
        kernel::decide::watched(&inner.state).filter_map(result).collect()
    }

    /// Asked at every tick; while the journal does not answer, nothing more is asked of it.
    pub fn look_at_the_clock(self: &Arc<Self>) {
        self.brake_overdue();
        let mut asked = self.tick.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain_mut(|answer| matches!(answer.try_recv(), Err(TryRecvError::Empty)));
        if !asked.is_empty() {
            return;
        }
        self.write_counts();
        let noted = std::mem::take(&mut *self.tick.noted.lock().unwrap_or_else(PoisonError::into_inner));
        for failed in noted {
            asked.push(self.submit(By::House, Command::People(people::Command::NoteFailure(failed))));
        }
        let now = self.now();
        let (due, unrecorded, unenforced, behind, unusual) = {
            let mut inner = self.hold();
            let due = kernel::resting::next_wakeup(&inner.state.book).is_some_and(|at| at <= now);
            let unusual = !kernel::decide::due(&inner.state, now).is_empty();
            let behind = inner.versions.firm < self.shared.firm.load(Ordering::Acquire);
            (due, inner.unrecorded.clone(), inner.unenforced.take(), behind, unusual)
        };
        if due {
            asked.push(self.submit(By::House, Command::Expire));
        }
        if self.is_time_to_look() {
            let found = self.marks(now).into_iter().chain(self.silences());
            asked.extend(found.map(|found| self.submit(By::House, found)));
            let told = self.told_otherwise(now).into_iter();
            asked.extend(told.map(|told| self.submit(By::Venue, Command::Report(told))));
            if self.read(|state| kernel::decide::expiries_due(state, now).next().is_some()) {
                asked.push(self.submit(By::House, Command::TellExpiries));
            }
        }
        if unusual {
            asked.push(self.submit(By::House, Command::Watch));
        }
        for (by, switch) in unrecorded {
            let command = Command::Engage { level: switch.level, resting: switch.resting };
            asked.push(self.take_off(by, command, Way::Again, Vec::new(), None));
        }
        if let Some(voided) = unenforced {
            asked.push(self.take_off(By::House, Command::Enforce { voided }, Way::Again, Vec::new(), None));
        }
        if behind || self.is_to_enforce(now) {
            asked.push(self.submit(By::House, Command::Enforce { voided: Vec::new() }));
        }
    }
}
