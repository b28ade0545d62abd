//! Decisions after the journal was copied back: only what takes away. What was sent since, the venue is asked.

use super::{device, restrict};
use crate::change;
use crate::event::Event;
use crate::given::Given;
use crate::invitation;
use crate::kill_switch::{self, Level, Resting};
use crate::people;
use crate::restore::{self, Backup, Command};
use crate::state::State;
use crate::user;
use crate::working::{self, Order, Status};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// Told of an order whose cancel was on its way when the backup was made.
const ASKED: &str = "the journal was restored from a backup: whether it was cancelled is asked at the venue";

pub(super) fn restored(state: &State, asked: &Command, given: &Given) -> Vec<Event> {
    match asked {
        Command::Firm(backup) => firm(*backup, given),
        Command::Customer { suspend } => customer(state, *suspend, given),
        Command::Book => state.book.orders.values().flat_map(of_order).collect(),
    }
}

/// What protects a position stays at the venue.
fn firm(backup: Backup, given: &Given) -> Vec<Event> {
    let engaged = kill_switch::engage(Level::Firm, Resting::KeepProtective, given.now);
    vec![Event::Restore(restore::Event::Restored(backup)), Event::KillSwitch(engaged)]
}

/// Whoever was put out since comes in no more than they could have: sessions, codes and links are void for everybody.
fn customer(state: &State, suspend: bool, given: &Given) -> Vec<Event> {
    let people = &state.customer.people;
    let out = people.users.iter().map(|user| user::Event::LoggedOutEverywhere { id: user.id, at: given.now });
    let mut events: Vec<Event> = out.map(|event| Event::People(people::Event::User(event))).collect();
    let invited = invitation::living(&people.invitations, given.now);
    let revoked = invited.map(|one| people::Event::Invitation(invitation::Event::Revoked { id: one.id }));
    events.extend(revoked.map(Event::People));
    events.extend(state.customer.changes.keys().map(|id| Event::Change(change::Event::Dropped { id: *id })));
    if suspend {
        events.extend(device::suspend_all(state));
    }
    events
}

/// A held order may have been granted since, and sent: granted here once more it would be sent twice.
fn of_order(order: &Order) -> Vec<Event> {
    match order.status {
        Status::Held | Status::Parked => restrict::cancel_one(order),
        Status::Admitted | Status::Acknowledged | Status::Unknown if order.cancel_requested => {
            vec![Event::Order(working::Event::CancelRejected { id: order.id, text: String::from(ASKED) })]
        }
        Status::Admitted | Status::Acknowledged | Status::Unknown => Vec::new(),
    }
}
