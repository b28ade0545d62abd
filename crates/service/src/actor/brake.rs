//! The brakes: what only takes risk away is done even when it cannot be recorded.

use super::CustomerActor;
use crate::commit::Room;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::decide;
use kernel::effect::{self, Effect};
use kernel::given::{Given, Market};
use kernel::id::{CorrelationId, OrderId};
use kernel::kill_switch::{self, Engaged};
use std::collections::BTreeMap;

impl CustomerActor {
    /// What the journal cannot hold now is done all the same, if it only takes risk away.
    pub fn brake(&self, by: By, command: &Command) -> Vec<Effect> {
        let mut inner = self.hold();
        let mut braked = inner.state.clone();
        // Cancels that were asked for and not written are still in memory as asked: told again, not passed over.
        braked.book.orders.values_mut().for_each(|order| order.cancel_requested = false);
        let now = self.shared.clock.now().max(inner.last_at);
        let given = Given { now, dice: [0, 0], correlation: CorrelationId::new(now.0, 0), market: Market::default() };
        let command = match command {
            Command::Engage { level, resting } => {
                let switch = Engaged { level: *level, resting: *resting, at: now };
                if !inner.unrecorded.iter().any(|known| known.level == switch.level) {
                    inner.unrecorded.push(switch);
                }
                kill_switch::apply(&mut braked.customer.kills, &kill_switch::Event::Engaged(switch));
                Command::Enforce { voided: self.withhold(&braked, switch) }
            }
            other => other.clone(),
        };
        let events = decide::decide(&braked, &by, &command, &given).unwrap_or_default();
        let effects: Vec<Effect> = events.iter().filter_map(|event| effect::of(&braked, event)).collect();
        let cancels: Vec<Effect> = effects.into_iter().filter(Effect::is_cancel).collect();
        cancels.iter().cloned().for_each(|effect| self.shared.dispatch.push(effect));
        cancels
    }

    /// Kill switches that still have to be written down.
    pub fn unrecorded(&self) -> Vec<Engaged> {
        self.hold().unrecorded.clone()
    }

    /// Effects that were durable when the node ended, and that no report has answered.
    pub fn unanswered(&self) -> BTreeMap<OrderId, Vec<String>> {
        self.hold().rows.clone()
    }
}

/// What takes risk away and what the venue says may use the space kept for it.
pub(super) const fn room(command: &Command) -> Room {
    match command {
        Command::Engage { .. }
        | Command::Cancel { .. }
        | Command::CancelAll
        | Command::CancelOrder { .. }
        | Command::Enforce { .. }
        | Command::Expire
        | Command::Disconnected { .. }
        | Command::SuspendCredential { .. }
        | Command::RevokeCredential { .. }
        | Command::Report(_) => Room::Reserve,
        _ => Room::Ordinary,
    }
}
