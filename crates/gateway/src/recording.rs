//! Recording: what programs read goes to the journal as counts; what cannot go there is said in the log.
//!
//! The open minute belongs to the credential and the client id, not to the connection: one event for each, however
//! often it comes and goes.

use crate::gate::Gate;
use crate::program::Program;
use crate::reads::{Minute, Reads};
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::connection;
use kernel::id::CredentialId;
use kernel::time::Timestamp;
use service::actor::CustomerActor;
use service::node::answer;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tws::{Class, Request};

/// How often it is looked whether a minute is over.
const TICK: Duration = Duration::from_millis(250);
/// Client ids of one credential whose reads are kept in one minute: so many events it may cause.
const MOST_READERS: usize = 64;

/// What was read in the minute that is still open, by whoever read it, connected or not.
#[derive(Debug, Default)]
pub(crate) struct OpenMinutes(BTreeMap<(CredentialId, i32), (Arc<CustomerActor>, Reads)>);

/// A minute to be written down.
#[derive(Debug)]
pub(crate) struct Over {
    actor: Arc<CustomerActor>,
    credential: CredentialId,
    client_id: i32,
    minute: Minute,
}

impl OpenMinutes {
    /// False where no more readers can be written down in this minute: then nothing may be read.
    fn note(&mut self, program: &Program, name: &'static str) -> (bool, Option<Over>) {
        let (credential, client_id) = (program.credential, program.client_id);
        let known = self.0.contains_key(&(credential, client_id));
        let readers = self.0.range((credential, i32::MIN)..=(credential, i32::MAX)).count();
        if !known && readers >= MOST_READERS {
            return (false, None);
        }
        let actor = &program.actor;
        let (_, reads) = self.0.entry((credential, client_id)).or_insert_with(|| (Arc::clone(actor), Reads::default()));
        let over = reads.note(program.clock(), name);
        (true, over.map(|minute| Over { actor: Arc::clone(actor), credential, client_id, minute }))
    }

    fn due(&mut self, now: Timestamp) -> Vec<Over> {
        self.taken(|reads| reads.due(now))
    }

    fn end(&mut self) -> Vec<Over> {
        self.taken(Reads::end)
    }

    fn taken(&mut self, mut take: impl FnMut(&mut Reads) -> Option<Minute>) -> Vec<Over> {
        let mut over = Vec::new();
        self.0.retain(|(credential, client_id), (actor, reads)| {
            let taken = take(reads);
            let stays = taken.is_none();
            let (credential, client_id) = (*credential, *client_id);
            over.extend(taken.map(|minute| Over { actor: Arc::clone(actor), credential, client_id, minute }));
            stays
        });
        over
    }
}

impl Over {
    /// Asked when this is called, not when it is first waited for.
    fn write(self) -> impl Future<Output = ()> + Send + use<> {
        let Self { actor, credential, client_id, minute } = self;
        let counts = minute.counts.into_iter().map(|(name, times)| (name.to_owned(), times)).collect();
        let reads = connection::Reads { credential, client_id, minute: minute.began, counts };
        let command = Command::Connection(connection::Command::CountReads(reads.clone()));
        let asked = actor.submit(By::Credential(credential), command);
        async move {
            if let Err(no) = answer(asked).await {
                let (minute, counts) = (reads.minute.0, &reads.counts);
                tracing::error!(%credential, client_id, minute, ?counts, %no, "what a program read is not in the journal");
            }
        }
    }
}

impl Gate {
    /// Writes down each minute once it is over, also of those who have gone.
    pub(crate) fn count_reads(self: &Arc<Self>) {
        let gate = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(gate) = gate.upgrade() else { return };
                let over = gate.minutes().due(gate.node.clock().now());
                for one in over {
                    tokio::spawn(one.write());
                }
            }
        });
    }

    /// The server ends: whatever is noted.
    pub(crate) async fn last_reads(&self) {
        let last = self.minutes().end();
        let asked: Vec<_> = last.into_iter().map(Over::write).collect();
        for one in asked {
            one.await;
        }
    }
}

impl Program {
    /// It is answered from here on, if this says so. What is not built reads nothing, and neither does the end of a
    /// subscription.
    pub(crate) fn note_read(&self, request: &Request) -> bool {
        let reads = matches!(request.class(), Class::Account | Class::Market);
        if !reads || matches!(request, Request::Other { .. }) || request.name().starts_with("CANCEL_") {
            return true;
        }
        self.note(request.name())
    }

    /// Counted under this name.
    pub(crate) fn note(&self, name: &'static str) -> bool {
        let (noted, over) = self.gate.minutes().note(self, name);
        if let Some(over) = over {
            tokio::spawn(over.write());
        }
        noted
    }
}
