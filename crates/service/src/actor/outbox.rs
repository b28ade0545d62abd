//! What an event puts into the outbox, and which waiting rows it answers.

use super::{CustomerActor, Inner};
use kernel::effect::{self, Effect};
use kernel::event::Event;
use kernel::id::OrderId;
use store::OutboxChange;

impl CustomerActor {
    /// The event's effect goes into the outbox; a report takes out what it answers.
    pub(super) fn outbox(
        &self,
        inner: &mut Inner,
        event: &Event,
        version: u64,
        changes: &mut Vec<OutboxChange>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(effect) = effect::of(&inner.state, event)
            && let Ok(body) = serde_json::to_vec(&effect)
        {
            let id = format!("{}:{}:{version}", effect.order(), verb(&effect));
            inner.rows.entry(effect.order()).or_default().push(id.clone());
            changes.push(OutboxChange::Put { id, venue: self.shared.venue.name().to_owned(), body });
            effects.push(effect);
        }
        let Some((order, answered)) = answered(event) else { return };
        let stopped = !(inner.state.customer.kills.is_empty() && inner.state.firm.kills.is_empty());
        if stopped && answered == Some("cancel") {
            self.enforce_later(self.shared.clock.now());
        }
        let Some(rows) = inner.rows.get_mut(&order) else { return };
        let (ids, rest): (Vec<String>, Vec<String>) =
            rows.drain(..).partition(|id| answered.is_none_or(|verb| id.split(':').nth(1) == Some(verb)));
        *rows = rest;
        if rows.is_empty() {
            inner.rows.remove(&order);
        }
        if !ids.is_empty() {
            changes.push(OutboxChange::Void { ids });
        }
    }
}

pub(crate) const fn verb(effect: &Effect) -> &'static str {
    match effect {
        Effect::Submit { .. } => "submit",
        Effect::Replace { .. } => "replace",
        Effect::Cancel { .. } => "cancel",
    }
}

/// Which outbox rows an event answers: those of one verb, or all of the order.
pub(crate) fn answered(event: &Event) -> Option<(OrderId, Option<&'static str>)> {
    use kernel::working::Event as E;
    let Event::Order(event) = event else { return None };
    match event {
        E::Acknowledged { id, .. } => Some((*id, Some("submit"))),
        E::Filled { execution } => execution.order.map(|id| (id, Some("submit"))),
        E::Replaced { id } | E::ReplaceRejected { id, .. } => Some((*id, Some("replace"))),
        E::CancelRejected { id, .. } => Some((*id, Some("cancel"))),
        E::Ended { id, .. } => Some((*id, None)),
        _ => None,
    }
}
