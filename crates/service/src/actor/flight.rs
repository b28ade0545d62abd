//! Flight: a command on its way through an actor, from whoever asked to the answer.

use crate::outcome::Outcome;
use crate::traces::Trace;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::time::Timestamp;
use store::SealedChange;
use tokio::sync::oneshot;

#[derive(Debug)]
pub(super) struct Flight {
    pub by: By,
    pub command: Command,
    pub reply: oneshot::Sender<Outcome>,
    pub tries: u8,
    pub way: Way,
    /// When it came, among all: whatever has to be decided again is, in this order.
    pub turn: u64,
    /// Written with the events, or not at all.
    pub sealed: Vec<SealedChange>,
    /// When somebody asked for it who waits; none once it was done without waiting any longer.
    pub asked_at: Option<Timestamp>,
    /// Where somebody collects them, of what its way is told.
    pub trace: Option<Box<Trace>>,
}

impl Flight {
    pub fn new(by: By, command: Command, reply: oneshot::Sender<Outcome>, way: Way) -> Self {
        Self { by, command, reply, tries: 0, way, turn: 0, sealed: Vec::new(), asked_at: None, trace: None }
    }

    pub fn answer(mut self, answer: Outcome) {
        self.trace.iter_mut().for_each(|trace| trace.came_to(&answer));
        drop(self.reply.send(answer));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Asked,
    /// Asked once more by the clock: what can be done without a record was done the first time.
    Again,
    /// A report of the venue, with others behind it: when it is not recorded, none of them is.
    InLine,
    /// Written before the rest of its decision, to another stream: by itself it is never decided again.
    Before,
}
