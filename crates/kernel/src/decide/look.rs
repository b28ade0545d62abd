//! Looking: what a user may know of the others. How somebody comes in is their own affair, and an owner's.

use crate::actor::Actor;
use crate::alert::{self, Alert, Subject};
use crate::event::{self, Recorded};
use crate::id::UserId;
use crate::people::{Event, Refusal};
use crate::state::State;
use crate::time::Timestamp;
use crate::{attempt, authenticator, device, push, session};

/// Whether whoever asks may see how another user comes in: their devices, authenticators, invitations.
pub fn may_look(state: &State, actor: &Actor, of: UserId, now: Timestamp) -> Result<(), Refusal> {
    let Actor::User { session, .. } = *actor else { return Err(Refusal::NotProven) };
    let user = state.customer.people.signed_in(session, now)?.user;
    if user.id == of || user.role.may_move() { Ok(()) } else { Err(Refusal::RoleMissing { role: user.role }) }
}

/// What is unusual about how another user comes in is theirs and an owner's too; of a program it is everybody's.
pub fn may_look_at(state: &State, actor: &Actor, subject: Subject, now: Timestamp) -> bool {
    match subject {
        Subject::User(user) => may_look(state, actor, user, now).is_ok(),
        Subject::Credential(_) => true,
    }
}

/// Whether they may be told of this event. Whose it is, is looked for in the event and its actor: in doubt it is another's.
pub fn may_read(state: &State, actor: &Actor, recorded: &Recorded, now: Timestamp) -> bool {
    if let event::Event::Alert(alert::Event::Raised(Alert { subject, .. }) | alert::Event::Answered { subject, .. }) =
        &recorded.event
    {
        return may_look_at(state, actor, *subject, now);
    }
    let event::Event::People(told) = &recorded.event else { return true };
    let whose = match told {
        // Who is a user is no secret among users.
        Event::User(_) | Event::Enrolment(_) => return true,
        Event::Session(session::Event::Begun(one)) => Some(one.user),
        Event::Device(device::Event::Bound(one)) => Some(one.user),
        Event::Authenticator(authenticator::Event::Bound(one)) => Some(one.user),
        Event::Push(push::Event::On(push::Push { user, .. }) | push::Event::Off { user, .. }) => Some(*user),
        Event::Attempt(attempt::Event::Failed(one)) => Some(one.user),
        Event::Pairing(_)
        | Event::Session(_)
        | Event::Device(_)
        | Event::Authenticator(_)
        | Event::Notice(_)
        | Event::Invitation(_) => match recorded.actor {
            Actor::User { user, .. } => Some(user),
            Actor::Credential(_) | Actor::Visitor | Actor::Local { .. } | Actor::Venue | Actor::House => None,
        },
    };
    // Nobody is this user: only an owner passes.
    may_look(state, actor, whose.unwrap_or(UserId::from_bits(0)), now).is_ok()
}
