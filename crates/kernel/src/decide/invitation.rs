//! Decisions on who else is a user: an invitation, its link, and that somebody is one no more.

use crate::actor::Actor;
use crate::api_credential;
use crate::decide::change;
use crate::digest::Digest;
use crate::event;
use crate::given::Given;
use crate::id::{InvitationId, UserId};
use crate::invitation::{self, Invitation};
use crate::people::{Event, People, Refusal};
use crate::state::State;
use crate::time::Timestamp;
use crate::user::{self, Role};
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

/// What a signature over it makes: nothing that anybody could come in by, until a link is made.
pub(super) fn made(
    people: &People,
    (role, label): (Role, &str),
    by: UserId,
    given: &Given,
) -> Result<event::Event, Refusal> {
    invitation::check(label, role)?;
    let living = invitation::living(&people.invitations, given.now).count();
    if living >= invitation::MAX_OPEN || people.users.len().saturating_add(living) >= invitation::MAX_USERS {
        return Err(invitation::Refusal::TooMany.into());
    }
    let made = Invitation {
        id: InvitationId::new(given.now.0, given.dice[0]),
        role,
        label: label.to_string(),
        by,
        made_at: given.now,
        expires_at: given.now.plus_ms(invitation::LIFETIME_MS),
        link: None,
    };
    Ok(event::Event::People(Event::Invitation(invitation::Event::Made(made))))
}

pub(super) fn link(
    people: &People,
    actor: &Actor,
    id: InvitationId,
    sha256: Digest,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let one = invitation::find(&people.invitations, id, given.now)?;
    // A link that another owner knows would outlive their removal.
    if !matches!(actor, Actor::User { user, .. } if *user == one.by) {
        return Err(invitation::Refusal::NotYours.into());
    }
    Ok(vec![Event::Invitation(invitation::Event::LinkMade { id, sha256 })])
}

pub(super) fn revoke(people: &People, id: InvitationId, given: &Given) -> Result<Vec<Event>, Refusal> {
    invitation::find(&people.invitations, id, given.now)?;
    Ok(vec![Event::Invitation(invitation::Event::Revoked { id })])
}

/// What they came in by goes with them; so does what they hold and what they asked for. Orders that rest stay, as
/// with an API credential that is revoked, and what is held is granted no more.
pub(super) fn remove(state: &State, id: UserId) -> Result<Vec<event::Event>, Refusal> {
    let customer = &state.customer;
    stays(&customer.people, id)?;
    let mut events = vec![event::Event::People(Event::User(user::Event::Removed { id }))];
    let ticket = customer.ticket(id).filter(|one| one.state != api_credential::State::Revoked);
    events.extend(ticket.map(|one| event::Event::Credential(api_credential::Event::Revoked { id: one.id })));
    let asked = customer.changes.iter().filter(|(_, asked)| asked.user == id);
    events.extend(asked.flat_map(|(id, _)| change::drop(*id)));
    Ok(events)
}

/// Of whoever is no owner another command tells, and other words are signed.
pub(super) fn remove_owner(state: &State, id: UserId) -> Result<Vec<event::Event>, Refusal> {
    state.customer.people.user(id).filter(|one| one.role.may_move()).ok_or(user::Refusal::NotFound)?;
    remove(state, id)
}

/// Somebody has to be there who may sign.
fn stays(people: &People, id: UserId) -> Result<(), user::Refusal> {
    let gone = people.user(id).ok_or(user::Refusal::NotFound)?;
    let owners = people.users.iter().filter(|one| one.role.may_move()).count();
    if gone.role.may_move() && owners <= 1 { Err(user::Refusal::LastOwner) } else { Ok(()) }
}

/// Whether whoever asks may remove them, were the window open. For pages that say so beforehand.
pub fn may_remove(state: &State, actor: &Actor, id: UserId, now: Timestamp) -> Result<(), crate::refusal::Refusal> {
    change::may_ask(state, actor, now)?;
    Ok(stays(&state.customer.people, id).map_err(Refusal::from)?)
}
