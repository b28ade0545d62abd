//! Recording: what a program read goes to the journal as counts; what cannot go there is said in the log.

use crate::program::Program;
use crate::reads::Minute;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::connection;
use service::node::answer;
use tws::{Class, Request};

impl Program {
    /// It is answered from here on. What is not built reads nothing, and neither does the end of a subscription.
    pub(crate) fn note_read(&mut self, request: &Request) {
        let reads = matches!(request.class(), Class::Account | Class::Market);
        if !reads || matches!(request, Request::Other { .. }) || request.name().starts_with("CANCEL_") {
            return;
        }
        if let Some(over) = self.reads.note(self.clock(), request.name()) {
            tokio::spawn(self.count(over));
        }
    }

    /// Time has passed: a minute that is over is written down.
    pub(crate) fn count_reads(&mut self) {
        if let Some(over) = self.reads.due(self.clock()) {
            tokio::spawn(self.count(over));
        }
    }

    /// The connection ends; asked when this is called, not when it is first waited for.
    pub(crate) fn last_reads(&mut self) -> impl Future<Output = ()> + Send + use<> {
        let last = self.reads.end().map(|last| self.count(last));
        async move {
            if let Some(last) = last {
                last.await;
            }
        }
    }

    fn count(&self, minute: Minute) -> impl Future<Output = ()> + Send + use<> {
        let counts = minute.counts.into_iter().map(|(name, times)| (name.to_owned(), times)).collect();
        let (credential, client_id) = (self.credential, self.client_id);
        let reads = connection::Reads { credential, client_id, minute: minute.began, counts };
        let command = Command::Connection(connection::Command::CountReads(reads.clone()));
        let asked = self.actor.submit(By::Credential(credential), command);
        async move {
            if let Err(no) = answer(asked).await {
                let (minute, counts) = (reads.minute.0, &reads.counts);
                tracing::error!(%credential, client_id, minute, ?counts, %no, "what a program read is not in the journal");
            }
        }
    }
}
