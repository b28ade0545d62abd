//! Decisions on incidents: everything that the suspect could do is stopped in one record.

use crate::actor::Actor;
use crate::api_credential::{self, ApiCredential};
use crate::change::{self, Change};
use crate::event::Event;
use crate::given::Given;
use crate::id::{IncidentId, UserId};
use crate::incident::{self, Incident, Suspect, Why};
use crate::invitation;
use crate::kill_switch::{self, Level, Resting};
use crate::people;
use crate::refusal::Refusal;
use crate::session::{self, Ending};
use crate::state::State;
use alloc::vec;
use alloc::vec::Vec;

/// Never refused because it is open already: what it stops is stopped again.
pub(super) fn open(
    state: &State,
    actor: &Actor,
    suspect: Suspect,
    why: Why,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let mut events = stopped(state, suspect, why, given);
    match suspect {
        Suspect::Credential(id) => drop(state.customer.program(id)?),
        Suspect::User(user) => {
            // Whoever was removed may have left orders of their ticket behind.
            if state.customer.people.user(user).is_none() && state.customer.ticket(user).is_none() {
                return Err(people::Refusal::NotProven.into());
            }
            events.extend(out(state, actor, user, given)?);
        }
    }
    Ok(events)
}

/// The switch, the record of it, and what of theirs is suspended or not asked any more.
pub(super) fn stopped(state: &State, suspect: Suspect, why: Why, given: &Given) -> Vec<Event> {
    let customer = &state.customer;
    let mut events = vec![Event::KillSwitch(kill_switch::engage(suspect.level(), Resting::CancelAll, given.now))];
    if incident::open(&customer.incidents, suspect).is_none() {
        let id = IncidentId::new(given.now.0, given.dice[0]);
        let opened = Incident { id, suspect, why, opened_at: given.now, closed_at: None };
        events.push(Event::Incident(incident::Event::Opened(opened)));
    }
    let theirs = |one: &&ApiCredential| match suspect {
        Suspect::Credential(id) => one.id == id,
        Suspect::User(_) => true,
    };
    let active = customer.credentials.iter().filter(|one| one.state == api_credential::State::Active).filter(theirs);
    events.extend(active.map(|one| Event::Credential(api_credential::Event::Suspended { id: one.id })));
    // Whoever asked: what widens is asked for anew, after somebody has looked.
    let about = |change: &Change| match (suspect, change) {
        (Suspect::User(_), _) => true,
        (Suspect::Credential(of), Change::CredentialLimits { id, .. } | Change::Resume { id }) => of == *id,
        (Suspect::Credential(of), Change::Release { level }) => *level == Level::Credential(of),
        (
            Suspect::Credential(_),
            Change::AccountLimits { .. }
            | Change::Restricted { .. }
            | Change::Ticket { .. }
            | Change::Credential(_)
            | Change::Push { .. }
            | Change::Invite { .. }
            | Change::RemoveOwner { .. },
        ) => false,
    };
    let asked = customer.changes.iter().filter(|(_, asked)| about(&asked.change));
    events.extend(asked.map(|(id, _)| Event::Change(change::Event::Dropped { id: *id })));
    // Whoever comes in as an owner may have invited: nobody comes in by it.
    if let Suspect::User(_) = suspect {
        let invited = invitation::living(&customer.people.invitations, given.now);
        events.extend(
            invited.map(|one| Event::People(people::Event::Invitation(invitation::Event::Revoked { id: one.id }))),
        );
    }
    events
}

/// Every session of theirs but the one that says so: from there the person goes on, and shows again that it is them.
/// Of another user only an owner ends them.
fn out(state: &State, actor: &Actor, user: UserId, given: &Given) -> Result<Vec<Event>, Refusal> {
    let people = &state.customer.people;
    let own = match actor {
        Actor::User { user: says, session } => {
            let others = people.signed_in(*session, given.now)?.user.role.may_move();
            if *says != user && !others {
                return Ok(Vec::new());
            }
            Some(*session)
        }
        Actor::Local { .. } | Actor::Credential(_) | Actor::Visitor | Actor::Venue | Actor::House => None,
    };
    let theirs = people.sessions.iter().filter(|one| one.user == user);
    let living = theirs.filter(|one| people.living(one.id, given.now).is_ok());
    let over = living.map(|one| match Some(one.id) == own {
        true => session::Event::Lowered { id: one.id },
        false => session::Event::Ended { id: one.id, why: Ending::Ended },
    });
    Ok(over.map(|event| Event::People(people::Event::Session(event))).collect())
}

pub(super) fn close(state: &State, id: IncidentId, given: &Given) -> Result<Vec<Event>, Refusal> {
    Ok(vec![Event::Incident(incident::close(&state.customer.incidents, id, given.now)?)])
}
