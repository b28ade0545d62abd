//! Landing: what the journal made of a decision is told; when it came otherwise, the journal is read again.

use super::{CustomerActor, FIRM, Flight, Inner, Pending, Way};
use crate::codec;
use crate::commit::Failed;
use crate::notice::Notice;
use crate::outcome::No;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::event::{Aggregate, Event, Recorded};
use kernel::id::{CredentialId, OrderId};
use kernel::kill_switch::{self, Engaged, Resting};
use kernel::state::{self, State};
use kernel::working::{self, Ended};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{OutboxRow, Receipt, Store};
use tokio::sync::oneshot;

/// How often a command is decided again when others move what it was decided on.
pub(super) const TRIES: u8 = 16;

impl CustomerActor {
    /// On the commit thread, in the order of the journal.
    pub(super) fn landed(self: &Arc<Self>, store: &mut dyn Store, result: Result<Receipt, Failed>) {
        let mut inner = self.hold();
        let Some(mut pending) = inner.pending.pop_front() else { return };
        let mut enforce = None;
        match result {
            Ok(receipt) => {
                let took = self.shared.commit.tally().took();
                pending.flight.trace.iter_mut().for_each(|trace| trace.landed(took));
                enforce = self.tell(&mut inner, pending, receipt);
            }
            Err(Failed::Conflict) => {
                inner.doubtful = true;
                pending.flight.tries += 1;
                if pending.flight.way == Way::Before {
                    // What came behind it does not hold either, and says so.
                } else if pending.flight.tries <= TRIES {
                    inner.failed.push(pending.flight);
                } else if super::brake::restricts(&pending.flight.command) {
                    inner.unwritten.push((pending, "others move it too fast".to_owned()));
                } else {
                    inner.line_broken |= pending.flight.way == Way::InLine;
                    let now = inner.last_at;
                    inner.torn.note(pending.flight.by, &pending.flight.command, now);
                    pending.flight.answer(Err(No::Busy));
                }
            }
            Err(Failed::Store(why)) => {
                inner.doubtful = true;
                tracing::error!(%why, "the journal could not be written");
                inner.unwritten.push((pending, why));
            }
        }
        let look = inner.pending.is_empty() && inner.doubtful;
        drop(inner);
        if look {
            self.look_again(store);
        }
        if let Some(voided) = enforce {
            drop(self.submit(By::House, Command::Enforce { voided }));
        }
    }

    /// It is durable: effects go out, doors and whoever asked are told. What a kill took back is still to be recorded.
    fn tell(&self, inner: &mut Inner, mut pending: Pending, receipt: Receipt) -> Option<Vec<OrderId>> {
        let travels = pending.flight.trace.take_if(|_| !pending.effects.is_empty());
        if let Some(mut trace) = travels {
            trace.came_to(&pending.answer);
            self.shared.traces.travels(trace, &pending.effects);
        }
        pending.effects.drain(..).for_each(|effect| self.shared.dispatch.push(effect));
        if pending.told {
            self.shared.outgoing.arrived();
        }
        if pending.aggregate == Aggregate::Firm {
            tracing::warn!(customer = %self.id, "the firm's record has changed");
            self.shared.firm.fetch_max(receipt.version, Ordering::AcqRel);
        }
        let mut enforce = engaged(&pending.notices).map(|switch| {
            inner.unrecorded.retain(|(_, waiting)| waiting.level != switch.level);
            self.withhold(&inner.state, switch)
        });
        let ended = ended(&pending.notices);
        if !ended.is_empty() {
            // What it was let do a moment ago and the venue has not heard of yet is not done any more.
            let orders = &inner.state.book.orders;
            let own = |id| orders.get(&id).is_some_and(|order| ended.contains(&order.credential));
            enforce.get_or_insert_default().extend(self.shared.dispatch.withhold(own));
        }
        for notice in pending.notices {
            self.shared.commit.tally().see(&notice.recorded.event);
            self.shared.traces.answered(&notice.recorded.event);
            self.announce(notice);
        }
        pending.flight.answer(pending.answer);
        enforce
    }

    pub(super) fn withhold(&self, state: &State, switch: Engaged) -> Vec<OrderId> {
        self.shared.dispatch.withhold(|id| {
            let order = state.book.orders.get(&id);
            order.is_some_and(|o| kill_switch::stops(&[switch], o.credential, o.terms.account).is_some())
        })
    }

    /// Reads the journal again and decides anew what had to wait, in arrival order. It may take its time: whoever reads
    /// the state, or engages a switch, does not wait for it.
    pub(super) fn look_again(self: &Arc<Self>, store: &mut dyn Store) {
        let unwritten = {
            let mut inner = self.hold();
            // What is on its way looks when it lands; and somebody may have looked already.
            if !inner.pending.is_empty() || (!inner.doubtful && inner.failed.is_empty()) {
                inner.looking = false;
                return;
            }
            // Until this is done nothing is decided: what is asked meanwhile waits with the rest.
            (inner.doubtful, inner.looking) = (true, true);
            std::mem::take(&mut inner.unwritten)
        };
        let fresh = self.reload(store);
        // Nobody could say a moment ago; the journal can.
        let came_to = |id| if fresh.is_ok() { store.outcome(id).map_err(drop) } else { Err(()) };
        let outcomes: Vec<_> = unwritten.iter().map(|(pending, _)| &pending.id).map(came_to).collect();
        let mut inner = self.hold();
        inner.looking = false;
        let mut waiting = std::mem::take(&mut inner.failed);
        waiting.sort_by_key(|flight| flight.turn);
        let mut enforce = Vec::new();
        let known = fresh.map(|fresh| {
            enforce.extend(self.engaged_meanwhile(&inner.state, &fresh.state));
            let kept = std::mem::take(&mut *inner);
            // What was disowned ends before anything more is decided on it.
            enforce.extend(kept.unenforced);
            let (mut unrecorded, floods) = (kept.unrecorded, kept.floods);
            unrecorded.retain(|(_, switch)| !holds(&fresh.state, switch));
            let (turns, line_broken, torn) = (kept.turns, kept.line_broken, kept.torn);
            *inner = Inner { unrecorded, floods, turns, line_broken, torn, ..fresh };
        });
        for ((pending, why), outcome) in unwritten.into_iter().zip(outcomes) {
            match outcome {
                Ok(Some(receipt)) => enforce.extend(self.tell(&mut inner, pending, receipt)),
                Ok(None) => self.fail(&mut inner, pending.flight, &why),
                Err(()) => {
                    if known.is_err() {
                        forget(&mut inner.state, &pending.notices);
                    }
                    self.disown(&mut inner, &pending.notices);
                    self.fail(&mut inner, pending.flight, &why);
                }
            }
        }
        if let Err(why) = known {
            inner.doubtful = true;
            waiting.drain(..).for_each(|flight| self.fail(&mut inner, flight, &why));
        }
        for voided in enforce {
            let (reply, _) = oneshot::channel();
            let command = Command::Enforce { voided };
            self.run(&mut inner, Flight::new(By::House, command, reply, Way::Asked));
        }
        waiting.into_iter().for_each(|flight| self.run(&mut inner, flight));
    }

    /// Nobody can say whether this is in the journal, and whoever asked is told that it is not: where it turns up, it
    /// was never sent and never will be.
    fn disown(&self, inner: &mut Inner, notices: &[Notice]) {
        let sent = notices.iter().filter_map(|notice| match &notice.recorded.event {
            Event::Order(working::Event::Admitted { ask, .. }) => Some(ask.id),
            Event::Order(working::Event::Released { id }) => Some(*id),
            _ => None,
        });
        let sent: Vec<OrderId> = sent.collect();
        if !sent.is_empty() {
            inner.unenforced.get_or_insert_default().extend(sent);
        }
    }

    /// Another customer's actor has engaged a switch of the firm: what it stops here and is unsent is taken back.
    fn engaged_meanwhile(&self, before: &State, now: &State) -> Option<Vec<OrderId>> {
        let known = |switch: &&Engaged| !before.firm.kills.contains(switch);
        let fresh: Vec<&Engaged> = now.firm.kills.iter().filter(known).collect();
        (!fresh.is_empty()).then(|| fresh.into_iter().flat_map(|switch| self.withhold(now, *switch)).collect())
    }

    pub(super) fn reload(&self, store: &mut dyn Store) -> Result<Inner, String> {
        let mut inner = Inner::default();
        let [customer, book] = &self.streams;
        // The firm's last: what was signed there answers what was asked here.
        for (name, aggregate) in
            [(customer.as_str(), Aggregate::Customer), (book.as_str(), Aggregate::Book), (FIRM, Aggregate::Firm)]
        {
            codec::each(store, name, |recorded, version| inner.fold(aggregate, recorded, version))?;
        }
        self.shared.firm.fetch_max(inner.versions.firm, Ordering::AcqRel);
        let rows = store.outbox(None).map_err(|error| error.to_string())?;
        inner.waits(rows.iter().filter(|row| row.stream == *book));
        Ok(inner)
    }
}

impl Inner {
    /// One event of the journal, in the order of its stream.
    pub(super) fn fold(&mut self, aggregate: Aggregate, recorded: &Recorded, version: u64) {
        state::apply(&mut self.state, recorded);
        self.last_at = self.last_at.max(recorded.at);
        *self.versions.of(aggregate) = version;
    }

    /// What the book's appends have put into the outbox and no report has answered.
    pub(super) fn waits<'a>(&mut self, rows: impl Iterator<Item = &'a OutboxRow>) {
        for row in rows {
            if let Some(order) = row.id.split(':').next().and_then(|id| OrderId::parse(id).ok()) {
                self.rows.entry(order).or_default().push(row.id.clone());
            }
        }
    }
}

/// What was admitted and could not be written does not stand for whoever asks, where the journal cannot even be read.
/// Nothing is decided on this state: the journal is read first.
fn forget(state: &mut State, notices: &[Notice]) {
    for notice in notices {
        if let Event::Order(working::Event::Admitted { ask, .. } | working::Event::Held { ask, .. }) =
            &notice.recorded.event
        {
            let ended = working::Event::Ended { id: ask.id, how: Ended::Voided, text: String::new() };
            state::apply(state, &Recorded { event: Event::Order(ended), ..notice.recorded.clone() });
        }
    }
}

/// The record has the switch, as wide or wider.
fn holds(state: &State, switch: &Engaged) -> bool {
    let mut known = state.customer.kills.iter().chain(&state.firm.kills);
    known.any(|known| known.level == switch.level && [Resting::CancelAll, switch.resting].contains(&known.resting))
}

/// The credential that may not trade from here on.
fn ended(notices: &[Notice]) -> Vec<CredentialId> {
    use kernel::api_credential::Event as Credential;
    let ended = notices.iter().filter_map(|notice| match &notice.recorded.event {
        Event::Credential(Credential::Revoked { id } | Credential::Suspended { id }) => Some(*id),
        _ => None,
    });
    ended.collect()
}

fn engaged(notices: &[Notice]) -> Option<Engaged> {
    notices.iter().find_map(|notice| match &notice.recorded.event {
        Event::KillSwitch(kill_switch::Event::Engaged(switch)) => Some(*switch),
        _ => None,
    })
}
