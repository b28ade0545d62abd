//! Deciding on notices: one's own e-mail address and wishes, and what could not be delivered.

use crate::actor::Actor;
use crate::digest::Digest;
use crate::id::{NoticeId, UserId};
use crate::notice::{Dead, Event as Notice, Group, Refusal as NoRefusal};
use crate::people::{Event, People, Refusal};
use alloc::vec::Vec;

fn own(actor: &Actor) -> Result<UserId, Refusal> {
    match actor {
        Actor::User { user, .. } => Ok(*user),
        Actor::Visitor | Actor::Local { .. } | Actor::Credential(_) | Actor::Venue | Actor::House => {
            Err(Refusal::NotProven)
        }
    }
}

fn told(event: Notice) -> Vec<Event> {
    [Event::Notice(event)].into()
}

pub(super) fn set_email(people: &People, actor: &Actor, sha256: Digest) -> Result<Vec<Event>, Refusal> {
    let user = own(actor)?;
    Ok(told(Notice::EmailSet { user, sha256, former: people.notices.email(user) }))
}

pub(super) fn remove_email(people: &People, actor: &Actor) -> Result<Vec<Event>, Refusal> {
    let user = own(actor)?;
    let former = people.notices.email(user).ok_or(NoRefusal::NoEmail)?;
    Ok(told(Notice::EmailRemoved { user, former }))
}

pub(super) fn set_group(people: &People, actor: &Actor, group: Group, on: bool) -> Result<Vec<Event>, Refusal> {
    let user = own(actor)?;
    let same = people.notices.wants(user, group) == on;
    Ok(if same { Vec::new() } else { told(Notice::GroupSet { user, group, on }) })
}

pub(super) fn give_up(dead: &Dead) -> Vec<Event> {
    told(Notice::Dead(dead.clone()))
}

pub(super) fn retry(people: &People, id: NoticeId) -> Result<Vec<Event>, Refusal> {
    let known = people.notices.dead.iter().any(|one| one.id == id);
    if known { Ok(told(Notice::Retried { id })) } else { Err(NoRefusal::NotFound.into()) }
}
