//! State: the fold of a customer's streams and the firm's.

use crate::book::{self, Book};
use crate::bounds::Bounds;
use crate::change::Change;
use crate::customer::{self, Customer};
use crate::event::{Aggregate, Event, Recorded};
use crate::firm::{self, Firm};
use crate::meter::{self, Meter};
use crate::standing::Standing;
use crate::time::Timestamp;
use crate::{
    account, alert, api_credential, approval, change, connection, day_loss, dead_man, expiry, incident, kill_switch,
    notice, people, watching, working,
};

/// In the order in which memory is best read: what every order needs comes first, in whole pairs of lines; what
/// else an order may need (kill switches, open orders, positions) lies where customer, firm and book meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C, align(128))]
pub struct State {
    pub standing: Standing,
    pub customer: Customer,
    pub firm: Firm,
    pub book: Book,
}

/// Writes, never judges.
pub fn apply(state: &mut State, recorded: &Recorded) {
    match &recorded.event {
        Event::Customer(event) => customer::apply(&mut state.customer, event),
        Event::Account(event) => {
            account::apply(&mut state.customer.accounts, event);
            for record in &state.customer.accounts {
                state.standing.accounts.bind(record.id, Bounds::of_account(record));
            }
            void_changes(&mut state.customer);
        }
        Event::Credential(event) => {
            api_credential::apply(&mut state.customer.credentials, event);
            resumed_or_not(&mut state.customer, event, recorded.at);
            for record in &state.customer.credentials {
                state.standing.credentials.bind(record.id, Bounds::of_credential(record));
            }
            void_changes(&mut state.customer);
        }
        Event::KillSwitch(event) => match recorded.event.aggregate() {
            Aggregate::Firm => {
                firm::apply(&mut state.firm, event);
                let asked = Change::Release { level: event.level() };
                let before = |one: &change::Asked| one.change == asked && one.asked_at <= recorded.at;
                state.customer.changes.retain(|_, one| !before(one));
            }
            Aggregate::Customer | Aggregate::Book | Aggregate::Source => {
                kill_switch::apply(&mut state.customer.kills, event);
                // What was asked about a switch before it was engaged, or released, is not asked any more.
                let level = event.level();
                let released = Change::Release { level };
                state.customer.changes.retain(|_, one| one.change != released);
                if let kill_switch::Event::Released { .. } = event {
                    day_loss::released(&mut state.customer.losses, level, recorded.at);
                }
            }
        },
        Event::Approval(event) => of_approval(state, event),
        Event::Order(event) => of_order(state, recorded, event),
        Event::Meter(meter::Event::Rearmed { credential }) => {
            state.standing.credentials.meter(*credential, Meter::rearm);
        }
        Event::People(event) => of_people(state, event, recorded.at),
        Event::Incident(event) => {
            incident::apply(&mut state.customer.incidents, event);
            if let incident::Event::Opened(opened) = event {
                // Whoever is alone waits from here, however long the switch was on before.
                let own = state.customer.kills.iter_mut().filter(|kill| kill.level == opened.suspect.level());
                own.for_each(|kill| kill.at = opened.opened_at);
            }
        }
        Event::Alert(event) => alert::apply(&mut state.customer.alerts, event),
        Event::DayLoss(event) => day_loss::apply(&mut state.customer.losses, event),
        Event::DeadMan(dead_man::Event::Reached(one)) => state.book.told.silent(one.credential, recorded.at),
        Event::Change(event) => of_change(state, event, recorded.at),
        Event::Restore(event) => firm::restored(&mut state.firm, event, recorded.at),
        Event::Connection(connection::Event::Refused { credential, why, .. }) => {
            state.book.told.refused(*credential, why, recorded.at);
        }
        // For whoever reads the journal: no decision looks back at it. Sources are folded by themselves.
        Event::Connection(_) | Event::Seal(_) | Event::Source(_) => {}
    }
    watching::fold(&mut state.customer, &mut state.book, recorded);
    // Last, whatever happened: the rows say what the rest of the state says now.
    let nothing_engaged = state.customer.kills.is_empty() && state.firm.kills.is_empty();
    let nothing_open = state.book.orders.is_empty() && state.book.positions.is_empty();
    state.standing.settle(nothing_engaged, nothing_open);
}

fn of_people(state: &mut State, event: &people::Event, at: Timestamp) {
    people::apply(&mut state.customer.people, event);
    if let people::Event::Notice(notice::Event::GroupSet { user, .. }) = event {
        state.book.told.wished(*user, at);
    }
}

fn of_order(state: &mut State, recorded: &Recorded, event: &working::Event) {
    book::apply(&mut state.book, &mut state.standing, &recorded.actor, event, recorded.at);
    if let working::Event::Declined { credential, reason, .. } = event {
        state.book.told.refused(*credential, reason, recorded.at);
    }
}

fn of_approval(state: &mut State, event: &approval::Event) {
    approval::apply(&mut state.book.pending, event);
    state.book.told.approval(event);
}

fn of_change(state: &mut State, event: &change::Event, at: Timestamp) {
    change::apply(&mut state.customer.changes, event);
    state.book.told.change(event, at);
}

/// Its days are counted anew from when it was resumed; what was asked before it was suspended is not asked any more.
fn resumed_or_not(customer: &mut Customer, event: &api_credential::Event, at: Timestamp) {
    match event {
        api_credential::Event::Resumed { id } => {
            let own = customer.credentials.iter_mut().filter(|one| one.id == *id);
            own.for_each(|one| one.last_used_at = at);
        }
        api_credential::Event::Suspended { id } => {
            customer.changes.retain(|_, one| one.change != Change::Resume { id: *id });
        }
        api_credential::Event::Created(_)
        | api_credential::Event::Rotated { .. }
        | api_credential::Event::Revoked { .. }
        | api_credential::Event::LimitsSet { .. }
        | api_credential::Event::TicketStated { .. }
        | api_credential::Event::Used { .. } => {}
        api_credential::Event::Expiry(told) => expiry::apply(&mut customer.expiries, told),
    }
}

/// Any edit of what a change was asked over voids it.
fn void_changes(customer: &mut Customer) {
    let mut changes = core::mem::take(&mut customer.changes);
    changes.retain(|_, asked| customer.stands(&asked.change));
    customer.changes = changes;
}
