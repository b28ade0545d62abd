//! Later: what the venue is asked for a program while its connection goes on, so that no cancel waits behind a question.

use std::collections::BTreeMap;
use tokio::task::{AbortHandle, JoinSet};
use tws::Response;

/// Questions of one program that wait for the venue.
const MOST: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Later {
    asked: JoinSet<Vec<Response>>,
    /// Those that their program may call off.
    by_number: BTreeMap<i32, AbortHandle>,
}

impl Later {
    pub(crate) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.asked.len() >= MOST
    }

    pub(crate) fn begin(&mut self, answer: impl Future<Output = Vec<Response>> + Send + 'static) -> AbortHandle {
        self.by_number.retain(|_, asked| !asked.is_finished());
        self.asked.spawn(answer)
    }

    /// The same under a number. False when another question has it: that one goes on.
    pub(crate) fn begin_as(
        &mut self,
        number: i32,
        answer: impl Future<Output = Vec<Response>> + Send + 'static,
    ) -> bool {
        if self.by_number.get(&number).is_some_and(|asked| !asked.is_finished()) {
            return false;
        }
        let asked = self.begin(answer);
        self.by_number.insert(number, asked);
        true
    }

    pub(crate) fn call_off(&mut self, number: i32) {
        if let Some(asked) = self.by_number.remove(&number) {
            asked.abort();
        }
    }

    /// What the next one is answered; of one that was called off, nothing.
    pub(crate) async fn next(&mut self) -> Vec<Response> {
        match self.asked.join_next().await {
            Some(Ok(told)) => told,
            Some(Err(_)) | None => Vec::new(),
        }
    }
}
