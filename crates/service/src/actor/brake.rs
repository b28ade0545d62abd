//! The brakes: what only takes risk away is done even when it cannot be recorded.

use super::{CustomerActor, Flight, Inner, Way};
use crate::commit::Room;
use crate::outcome::No;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::decide;
use kernel::effect::{self, Effect};
use kernel::given::{Given, Market};
use kernel::id::{CorrelationId, OrderId};
use kernel::kill_switch::{self, Engaged, Level, Resting};
use kernel::people;
use kernel::state::State;
use std::collections::BTreeMap;

/// So long it waits at most, by the clock.
const PROMPT_MS: i64 = 1_000;

impl CustomerActor {
    /// What the journal cannot hold now is done all the same, if it only takes risk away.
    pub fn brake(&self, by: By, command: &Command) -> Vec<Effect> {
        self.brake_held(&mut self.hold(), by, command)
    }

    /// What takes risk away waits a second for its record. Then it is done, and the record may come still.
    pub(super) fn brake_overdue(&self) {
        let clock = self.shared.clock.now();
        let mut held = self.hold();
        let inner = &mut *held;
        let mut overdue = Vec::new();
        for flight in inner.pending.iter_mut().map(|pending| &mut pending.flight).chain(&mut inner.failed) {
            if flight.asked_at.is_some_and(|at| clock.since(at) >= PROMPT_MS) {
                flight.asked_at = None;
                let first = flight.way != Way::Again;
                if first && restricts(&flight.command) && may_stop(&inner.state, flight.by) {
                    overdue.push((flight.by, flight.command.clone()));
                }
            }
        }
        for (by, command) in overdue {
            let cancels = self.brake_held(inner, by, &command).len();
            tracing::error!(customer = %self.id, cancels, "the journal does not answer: what takes risk away is done meanwhile");
        }
    }

    /// Nothing of it is in the journal. Whoever asked may be gone by now: that changes nothing.
    pub(super) fn fail(&self, inner: &mut Inner, flight: Flight, why: &str) {
        if restricts(&flight.command) && flight.way != Way::Again && may_stop(&inner.state, flight.by) {
            let cancels = self.brake_held(inner, flight.by, &flight.command).len();
            tracing::error!(customer = %self.id, cancels, %why, "what takes risk away is done without a record");
        }
        let now = inner.last_at;
        inner.torn.note(flight.by, &flight.command, now);
        if let Command::Enforce { voided } = &flight.command {
            inner.unenforced.get_or_insert_default().extend(voided);
        }
        inner.line_broken |= flight.way == Way::InLine;
        flight.answer(Err(No::NotRecorded { why: why.to_owned() }));
    }

    fn brake_held(&self, inner: &mut Inner, by: By, command: &Command) -> Vec<Effect> {
        let mut braked = inner.state.clone();
        // Cancels that were asked for and not written are still in memory as asked: told again, not passed over.
        braked.book.orders.values_mut().for_each(|order| order.cancel_requested = false);
        let now = self.shared.clock.now().max(inner.last_at);
        let given = Given {
            now,
            dice: [0, 0],
            correlation: CorrelationId::new(now.0, 0),
            market: Market::default(),
            venue_lost: false,
        };
        let (by, command) = match switched(command) {
            Some((level, resting)) => {
                let switch = Engaged { level, resting, at: now };
                match inner.unrecorded.iter_mut().find(|(_, known)| known.level == switch.level) {
                    Some((_, known)) if switch.resting == Resting::CancelAll => known.resting = Resting::CancelAll,
                    Some(_) => {}
                    None => inner.unrecorded.push((by, switch)),
                }
                kill_switch::apply(&mut braked.customer.kills, &kill_switch::Event::Engaged(switch));
                // What follows from it is the house's to do.
                (By::House, Command::Enforce { voided: self.withhold(&braked, switch) })
            }
            None => (by, command.clone()),
        };
        let events = decide::decide(&braked, &by, &command, &given).unwrap_or_default();
        let effects: Vec<Effect> = events.iter().filter_map(|event| effect::of(&braked, event)).collect();
        let cancels: Vec<Effect> = effects.into_iter().filter(Effect::is_cancel).collect();
        cancels.iter().cloned().for_each(|effect| self.shared.dispatch.push(effect));
        cancels
    }

    /// Kill switches that still have to be written down, and who engaged them.
    pub fn unrecorded(&self) -> Vec<(By, Engaged)> {
        self.hold().unrecorded.clone()
    }

    /// Effects that were durable when the node ended, and that no report has answered.
    pub fn unanswered(&self) -> BTreeMap<OrderId, Vec<String>> {
        self.hold().rows.clone()
    }
}

/// Without a decision, and without a session to look at: whoever only looks, or was removed, stops nothing this way
/// either.
fn may_stop(state: &State, by: By) -> bool {
    let By::User { user, .. } = by else { return true };
    state.customer.people.user(user).is_some_and(|user| user.role.may_trade())
}

/// The switch that a command engages: an incident also does the rest, which has to be recorded first.
const fn switched(command: &Command) -> Option<(Level, Resting)> {
    match command {
        Command::Engage { level, resting } => Some((*level, *resting)),
        Command::OpenIncident { suspect, .. } => Some((suspect.level(), Resting::CancelAll)),
        _ => None,
    }
}

/// What makes cancels go out: it is done even when it cannot be recorded.
pub(super) const fn restricts(command: &Command) -> bool {
    matches!(
        command,
        Command::Engage { .. }
            | Command::OpenIncident { .. }
            | Command::Cancel { .. }
            | Command::CancelAll
            | Command::CancelOrder { .. }
            | Command::Enforce { .. }
            | Command::Disconnected { .. }
            | Command::Silence { .. }
    )
}

/// What takes risk away and what the venue says may use the space kept for it.
pub(super) const fn room(command: &Command) -> Room {
    match command {
        Command::Engage { .. }
        | Command::OpenIncident { .. }
        | Command::Cancel { .. }
        | Command::CancelAll
        | Command::CancelOrder { .. }
        | Command::Enforce { .. }
        | Command::Expire
        | Command::Disconnected { .. }
        | Command::Silence { .. }
        | Command::SuspendCredential { .. }
        | Command::RevokeCredential { .. }
        // Whoever comes to stop something has to come in first.
        | Command::People(
            people::Command::LogOutEverywhere { .. }
            | people::Command::RevokeDevice { .. }
            | people::Command::SignIn(_)
            | people::Command::See
            | people::Command::EndSession { .. },
        )
        | Command::Report(_) => Room::Reserve,
        _ => Room::Ordinary,
    }
}
