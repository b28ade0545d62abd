//! Trace: what is known of one way so far; it is told once, when nobody holds it any more, whatever became of it.

use super::Recorder;
use crate::clock::dice;
use crate::outcome::{No, Outcome};
use kernel::actor::Actor as By;
use kernel::approval::Event as Approval;
use kernel::command::Command;
use kernel::event::Event;
use kernel::id::{CorrelationId, CredentialId, CustomerId, OrderId};
use kernel::working::Event as OrderEvent;
use notify::otlp::{Kind, Span, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Step = (Instant, Option<Instant>);

#[derive(Debug)]
pub(crate) struct Trace {
    recorder: Arc<Recorder>,
    name: &'static str,
    door: &'static str,
    customer: CustomerId,
    credential: Option<CredentialId>,
    heard: Instant,
    decide: Option<Step>,
    commit: Option<Step>,
    /// Of the transaction that it was written in.
    store: Option<Duration>,
    send: Option<Step>,
    /// The same in the journal, whichever door asks for it.
    correlation: u128,
    order: Option<OrderId>,
    outcome: Option<(&'static str, Option<&'static str>)>,
    venue: Option<&'static str>,
    tries: i64,
}

/// What the way is called of what is asked; of most things none is told.
pub(super) const fn name(command: &Command) -> Option<&'static str> {
    match command {
        Command::Place { .. } | Command::PlaceAtTicket { .. } => Some("order"),
        Command::Cancel { .. } | Command::CancelOrder { .. } | Command::CancelAll => Some("cancel"),
        Command::Answer { .. } | Command::Grant { .. } => Some("approval"),
        Command::Engage { .. } => Some("kill"),
        _ => None,
    }
}

/// What the venue said.
pub(super) const fn answer(event: &OrderEvent) -> &'static str {
    match event {
        OrderEvent::Acknowledged { .. } => "acknowledged",
        OrderEvent::Filled { .. } => "filled",
        OrderEvent::Replaced { .. } => "replaced",
        OrderEvent::ReplaceRejected { .. } | OrderEvent::CancelRejected { .. } => "rejected",
        OrderEvent::MarkedUnknown { .. } => "unknown",
        _ => "ended",
    }
}

const fn outcome(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::Order(OrderEvent::Admitted { .. }) => "admitted",
        Event::Order(OrderEvent::ReplaceAdmitted { .. }) => "change_admitted",
        Event::Order(OrderEvent::Held { .. }) => "held",
        Event::Order(OrderEvent::CancelRequested { .. }) => "cancel_requested",
        Event::Order(OrderEvent::Ended { .. }) => "ended",
        Event::Approval(Approval::Settled { .. }) => "answered",
        Event::KillSwitch(_) => "engaged",
        _ => return None,
    })
}

impl Trace {
    pub(super) fn begin(
        recorder: Arc<Recorder>,
        name: &'static str,
        customer: CustomerId,
        by: By,
        heard: Option<Instant>,
    ) -> Self {
        let (door, credential) = match by {
            By::Credential(id) => ("gateway", Some(id)),
            By::User { .. } | By::Visitor => ("portal", None),
            By::Local { .. } => ("local", None),
            By::Venue | By::House => ("house", None),
        };
        Self {
            recorder,
            name,
            door,
            customer,
            credential,
            heard: heard.unwrap_or_else(Instant::now),
            decide: None,
            commit: None,
            store: None,
            send: None,
            correlation: 0,
            order: None,
            outcome: None,
            venue: None,
            tries: 0,
        }
    }

    pub(super) const fn heard(&self) -> Instant {
        self.heard
    }

    pub(super) const fn order(&self) -> Option<OrderId> {
        self.order
    }

    pub(super) fn concerns(&mut self, order: OrderId) {
        self.order = Some(order);
    }

    /// It is its turn; again, where others have moved what it was decided on.
    pub(crate) fn decides(&mut self, correlation: CorrelationId) {
        self.correlation = correlation.bits();
        self.tries = self.tries.saturating_add(1);
        (self.decide, self.commit, self.store) = (Some((Instant::now(), None)), None, None);
    }

    pub(crate) fn decided(&mut self) {
        end(&mut self.decide, Instant::now());
    }

    /// The commit thread has it.
    pub(crate) fn waits(&mut self) {
        self.commit = Some((Instant::now(), None));
    }

    /// It is in the journal, by a transaction that took so long.
    pub(crate) fn landed(&mut self, store: Duration) {
        end(&mut self.commit, Instant::now());
        self.store = Some(store);
    }

    /// What whoever asked is told.
    pub(crate) fn came_to(&mut self, answer: &Outcome) {
        match answer {
            Ok(recorded) => {
                let events = || recorded.iter().map(|one| &one.event);
                let word = events().find_map(outcome);
                self.outcome = Some((word.unwrap_or("nothing_to_do"), None));
                self.order = events().find_map(|event| match event {
                    Event::Order(event) => event.order(),
                    _ => None,
                });
            }
            Err(no @ No::Refused { .. }) => self.outcome = Some(("refused", Some(no.code()))),
            Err(no @ (No::NotRecorded { .. } | No::Busy)) => self.outcome = Some((no.code(), None)),
        }
    }

    /// Once more, where the venue did not take it the first time.
    pub(super) fn leaves(&mut self) {
        self.send = Some((Instant::now(), None));
    }

    pub(super) fn handed(&mut self) {
        end(&mut self.send, Instant::now());
    }

    pub(super) fn answered(&mut self, word: &'static str) {
        self.venue = Some(word);
    }

    fn said(&self) -> Vec<(&'static str, Value)> {
        let text = |key, text: &str| (key, Value::Text(text.to_owned()));
        let mut said = vec![text("portreeve.door", self.door), text("portreeve.customer", &self.customer.to_string())];
        said.extend(self.credential.map(|id| text("portreeve.credential", &id.to_string())));
        said.extend(self.order.map(|id| text("portreeve.order", &id.to_string())));
        let (outcome, refusal) = self.outcome.unwrap_or(("unanswered", None));
        said.push(text("portreeve.outcome", outcome));
        said.extend(refusal.map(|code| text("portreeve.refusal", code)));
        let told = self.venue.or(self.send.map(|_| "unanswered"));
        said.extend(told.map(|word| text("portreeve.venue", word)));
        said.extend((self.tries > 1).then_some(("portreeve.tries", Value::Whole(self.tries))));
        said
    }
}

/// What was begun and not ended ends now.
fn end(step: &mut Option<Step>, now: Instant) {
    if let Some((_, end @ None)) = step {
        *end = Some(now);
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let (now, recorder) = (Instant::now(), &self.recorder);
        // What was never decided has no correlation; without randomness it has no trace either.
        let trace = if self.correlation == 0 { dice().unwrap_or_default() } else { self.correlation };
        if trace == 0 {
            recorder.dropped.inc();
            return;
        }
        let own = u64::try_from(trace & u128::from(u64::MAX)).unwrap_or_default();
        let id = |nth: u64| own.wrapping_add(nth).max(1);
        let told = |at| recorder.told(at);
        let venue = self.send.and_then(|(_, handed)| handed).map(|handed| (handed, None));
        let store = self.store.map(|took| ("portreeve.store_us", micros(took)));
        let steps = [
            ("decide", Kind::Internal, self.decide, None),
            ("commit", Kind::Internal, self.commit, store),
            ("send", Kind::Client, self.send, None),
            ("venue", Kind::Client, venue, None),
        ];
        for ((name, kind, step, said), nth) in steps.into_iter().zip(1..) {
            let Some((start, ended)) = step else { continue };
            let (start, end, parent) = (told(start), told(ended.unwrap_or(now)), Some(id(0)));
            let said = said.into_iter().collect();
            recorder.export(Span { trace, id: id(nth), parent, name, kind, start, end, said, failed: false });
        }
        // A refusal is no failure: that nothing could be recorded is one.
        let failed = self.failed();
        let (start, end, kind) = (told(self.heard), told(now), Kind::Server);
        let (name, said) = (self.name, self.said());
        recorder.export(Span { trace, id: id(0), parent: None, name, kind, start, end, said, failed });
    }
}

impl Trace {
    fn failed(&self) -> bool {
        let unrecorded = matches!(self.outcome, None | Some(("not_recorded" | "busy", _)));
        unrecorded || self.venue == Some("unknown")
    }
}

fn micros(took: Duration) -> Value {
    Value::Whole(i64::try_from(took.as_micros()).unwrap_or(i64::MAX))
}
