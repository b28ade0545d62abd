//! Two: of an order that one approver does not grant, who has signed and who may, by their names.

use crate::page::approvals::Two;
use crate::person::Person;
use crate::prove;
use crate::route::framed::name_of;
use crate::world::World;
use kernel::decide;
use kernel::id::{ApprovalId, UserId};

/// `None` where one approver is enough.
pub async fn of(world: &World, person: &Person, id: ApprovalId) -> Option<Two> {
    let now = person.actor.now();
    let (outlook, trades) = person.actor.read(|state| {
        let trades = state.customer.people.user(person.user).is_some_and(|user| user.role.may_trade());
        decide::outlook(state, id, now).map(|outlook| (outlook, trades))
    })?;
    let reachable = outlook.is_reachable();
    let mut two = Two { signed: None, may: Vec::new(), alone: Vec::new(), reachable };
    if let Some(user) = outlook.signed {
        two.signed = Some(named(world, person, user).await);
    }
    for user in outlook.may {
        two.may.push(named(world, person, user).await);
    }
    // Whose key is worth stealing is nothing for whoever only looks.
    for user in outlook.alone.into_iter().filter(|_| trades) {
        two.alone.push(named(world, person, user).await);
    }
    Some(two)
}

/// Of whoever is no one of two: the keys that are enough by themselves.
pub fn keys(person: &Person, id: ApprovalId) -> Option<Vec<Vec<u8>>> {
    let now = person.actor.now();
    let outlook = person.actor.read(|state| decide::outlook(state, id, now))?;
    (!outlook.may.contains(&person.user)).then(|| prove::device_bound(&person.actor, person.user))
}

async fn named(world: &World, person: &Person, user: UserId) -> String {
    if user == person.user { "you".to_owned() } else { name_of(world, person, user).await }
}
