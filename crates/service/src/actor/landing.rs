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
use store::{Receipt, Store};
use tokio::sync::oneshot;

/// How often a command is decided again when others move what it was decided on.
pub(super) const TRIES: u8 = 16;
const LOAD: usize = 1_000;

impl CustomerActor {
    /// On the commit thread, in the order of the journal.
    pub(super) fn landed(self: &Arc<Self>, store: &mut dyn Store, result: Result<Receipt, Failed>) {
        let mut inner = self.hold();
        let Some(mut pending) = inner.pending.pop_front() else { return };
        let mut enforce = None;
        match result {
            Ok(receipt) => enforce = self.tell(&mut inner, pending, receipt),
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
                    drop(pending.flight.reply.send(Err(No::Busy)));
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
            self.notices.tell(notice);
        }
        drop(pending.flight.reply.send(pending.answer));
        enforce
    }

    pub(super) fn withhold(&self, state: &State, switch: Engaged) -> Vec<OrderId> {
        self.shared.dispatch.withhold(|id| {
            let order = state.book.orders.get(&id);
            order.is_some_and(|o| kill_switch::stops(&[switch], o.credential, o.terms.account).is_some())
        })
    }

    /// Reads the journal again and decides anew what had to wait, in arrival order.
    pub(super) fn look_again(self: &Arc<Self>, store: &mut dyn Store) {
        let mut inner = self.hold();
        if !inner.pending.is_empty() {
            return;
        }
        let mut waiting = std::mem::take(&mut inner.failed);
        waiting.sort_by_key(|flight| flight.turn);
        let unwritten = std::mem::take(&mut inner.unwritten);
        let mut enforce = Vec::new();
        match self.reload(store) {
            Ok(fresh) => {
                enforce.extend(self.engaged_meanwhile(&inner.state, &fresh.state));
                let kept = std::mem::take(&mut *inner);
                let (mut unrecorded, unenforced, floods) = (kept.unrecorded, kept.unenforced, kept.floods);
                unrecorded.retain(|(_, switch)| !holds(&fresh.state, switch));
                let (turns, line_broken) = (kept.turns, kept.line_broken);
                *inner = Inner { unrecorded, unenforced, floods, turns, line_broken, ..fresh };
                for (pending, why) in unwritten {
                    // Nobody could say a moment ago; the journal can.
                    match store.outcome(&pending.id) {
                        Ok(Some(receipt)) => enforce.extend(self.tell(&mut inner, pending, receipt)),
                        Ok(None) | Err(_) => self.fail(&mut inner, pending.flight, &why),
                    }
                }
            }
            Err(why) => {
                inner.doubtful = true;
                for (pending, why) in unwritten {
                    forget(&mut inner.state, &pending.notices);
                    self.fail(&mut inner, pending.flight, &why);
                }
                waiting.drain(..).for_each(|flight| self.fail(&mut inner, flight, &why));
            }
        }
        for voided in enforce {
            let (reply, _) = oneshot::channel();
            let command = Command::Enforce { voided };
            self.run(&mut inner, Flight::new(By::House, command, reply, Way::Asked));
        }
        waiting.into_iter().for_each(|flight| self.run(&mut inner, flight));
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
            loop {
                let after = *inner.versions.of(aggregate);
                let events = store.load(name, after, LOAD).map_err(|error| error.to_string())?;
                if events.is_empty() {
                    break;
                }
                for stored in &events {
                    let recorded = codec::decode(stored).map_err(|error| error.to_string())?;
                    state::apply(&mut inner.state, &recorded);
                    inner.last_at = inner.last_at.max(recorded.at);
                    *inner.versions.of(aggregate) = stored.version;
                }
            }
        }
        self.shared.firm.fetch_max(inner.versions.firm, Ordering::AcqRel);
        for row in store.outbox(None).map_err(|error| error.to_string())? {
            if row.stream == *book
                && let Some(order) = row.id.split(':').next().and_then(|id| OrderId::parse(id).ok())
            {
                inner.rows.entry(order).or_default().push(row.id);
            }
        }
        Ok(inner)
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
