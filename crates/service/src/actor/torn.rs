//! Torn families: where a part could not be taken, the others do not leave without it, whatever became of the record.

use super::flood::COUNTED;
use super::{CustomerActor, Flight, Inner, Way};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::id::CredentialId;
use kernel::order::ClientRef;
use kernel::reason::{Category, Reason};
use kernel::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A parked order waits for half of this; nobody asks any more then.
const LASTS_MS: i64 = 10_000;

/// Whose families, by credential and client id: the part that was lost, and when.
#[derive(Debug, Default)]
pub(super) struct Torn(BTreeMap<(CredentialId, i32), (ClientRef, Timestamp)>);

impl Torn {
    /// Nothing of this is in the journal. Of a record of what is torn: it is torn still.
    pub(super) fn note(&mut self, by: By, command: &Command, now: Timestamp) {
        self.0.retain(|_, (_, since)| now.since(*since) < LASTS_MS);
        let (By::Credential(credential), Some(part)) = (by, lost(command)) else { return };
        self.0.insert((credential, part.client_id), (part, now));
    }

    fn take(&mut self, by: By, command: &Command, now: Timestamp) -> Option<ClientRef> {
        let (By::Credential(credential), Command::Place { client_ref, terms }) = (by, command) else { return None };
        terms.ties.parent?;
        let lost = self.0.remove(&(credential, client_ref.client_id));
        lost.filter(|(_, since)| now.since(*since) < LASTS_MS).map(|(part, _)| part)
    }
}

fn lost(command: &Command) -> Option<ClientRef> {
    match command {
        Command::Place { client_ref, terms } if terms.ties.parent.is_some() => Some(*client_ref),
        // A count of refusals is no part of anything.
        Command::Decline { client_ref, reason } if reason.code != COUNTED => Some(*client_ref),
        _ => None,
    }
}

impl CustomerActor {
    /// Before the next part is decided on: what was lost is a refusal like any other, and breaks the family.
    pub(super) fn record_torn(self: &Arc<Self>, inner: &mut Inner, flight: &Flight) {
        let now = self.shared.clock.now().max(inner.last_at);
        let Some(client_ref) = inner.torn.take(flight.by, &flight.command, now) else { return };
        let reason = Reason { category: Category::Guard, code: "family_broken".to_owned(), facts: Vec::new() };
        let (reply, _) = oneshot::channel();
        self.run(inner, Flight::new(flight.by, Command::Decline { client_ref, reason }, reply, Way::Asked));
    }
}
