//! What is told of an event: to people through the outbox, in the event's own transaction, and to the doors once it is
//! durable. What was given up leaves the outbox.

use super::{CustomerActor, Inner};
use crate::notice::{Hearing, Notice};
use crate::notices::{NOTIFY, Row, Told, place};
use kernel::event::{Event, Recorded};
use kernel::notice::{self, Kind};
use kernel::people::Event as People;
use kernel::telling;
use std::sync::Arc;
use store::OutboxChange;

impl CustomerActor {
    pub fn subscribe(&self) -> Hearing {
        self.notices.subscribe()
    }

    /// How many notices there were so far, since this node started.
    pub fn told(&self) -> u64 {
        self.notices.told()
    }

    /// To the doors: of this customer, and those that follow all.
    pub(super) fn announce(&self, notice: Notice) {
        let notice = Arc::new(notice);
        self.shared.notices.tell(&notice);
        self.notices.tell(&notice);
    }

    /// `inner` does not hold the event yet. Whether anything is to be handed out once it is durable.
    pub(super) fn notices(
        &self,
        inner: &Inner,
        recorded: &Recorded,
        (stream, version): (&str, u64),
        changes: &mut Vec<OutboxChange>,
    ) -> bool {
        match &recorded.event {
            Event::People(People::Notice(notice::Event::Dead(dead))) => {
                changes.push(OutboxChange::Void { ids: vec![Row::name(dead.id)] });
            }
            Event::People(People::Notice(notice::Event::Retried { id })) => {
                let dead = inner.state.customer.people.notices.dead.iter().find(|one| one.id == *id);
                let row = dead.map(|dead| Row::again(self.id, dead, recorded.at));
                let body = row.as_ref().and_then(|row| serde_json::to_vec(row).ok());
                if let (Some(row), Some(body)) = (row, body) {
                    changes.push(OutboxChange::Put { id: Row::name(row.id), venue: place(&row.carrier), body });
                    return true;
                }
            }
            _ => {}
        }
        let outgoing = &self.shared.outgoing;
        if !outgoing.is_on() {
            return false;
        }
        let Some(told) = telling::of(&inner.state, recorded) else { return false };
        // Of each fill only those are told who want it.
        if told.kind == Kind::Fill && told.users.is_empty() && !outgoing.tells_fills() {
            return false;
        }
        let telling::Notice { kind, users, former, silenced } = told;
        let (customer, at) = (self.id, recorded.at);
        let told = Told { customer, stream: stream.to_owned(), version, at, kind, users, former, silenced };
        let Ok(body) = serde_json::to_vec(&told) else { return false };
        changes.push(OutboxChange::Put { id: Told::id(stream, version), venue: NOTIFY.to_owned(), body });
        true
    }
}
