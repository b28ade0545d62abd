//! Lookups: the rows by which a name or a passkey finds its user, written with the events that they follow from.

use kernel::authenticator::{self, Authenticator, Kind};
use kernel::event::Event;
use kernel::id::{CustomerId, UserId};
use kernel::people::Event as People;
use kernel::state::State;
use kernel::user;
use store::LookupChange;

/// From the blind key of a name to `customer/user`.
pub const NAME: &str = "name";
/// From the id of a passkey to `customer/user/authenticator`.
pub const PASSKEY: &str = "passkey";

/// `state` does not hold the event yet.
pub fn of(state: &State, customer: CustomerId, event: &Event) -> Vec<LookupChange> {
    match event {
        Event::People(People::User(user::Event::Removed { id })) => removed(state, *id),
        Event::People(event) => one(state, customer, event).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Nobody is found any more by the name or a passkey of whoever was removed.
fn removed(state: &State, user: UserId) -> Vec<LookupChange> {
    let people = &state.customer.people;
    let name = people.user(user).map(|one| (NAME, one.name_key.to_string()));
    let passkeys = people.active(user).filter_map(credential_id).map(|id| (PASSKEY, id.to_owned()));
    let gone = name.into_iter().chain(passkeys);
    gone.map(|(kind, key)| LookupChange::Remove { kind: kind.to_owned(), key }).collect()
}

fn one(state: &State, customer: CustomerId, event: &People) -> Option<LookupChange> {
    match event {
        People::User(user::Event::Created(user)) => Some(LookupChange::Put {
            kind: NAME.to_owned(),
            key: user.name_key.to_string(),
            value: format!("{customer}/{}", user.id),
        }),
        People::Authenticator(authenticator::Event::Bound(bound)) => Some(LookupChange::Put {
            kind: PASSKEY.to_owned(),
            key: credential_id(bound)?.to_owned(),
            value: format!("{customer}/{}/{}", bound.user, bound.id),
        }),
        People::Authenticator(authenticator::Event::Removed { id }) => {
            let known = state.customer.people.authenticator(*id).ok()?;
            Some(LookupChange::Remove { kind: PASSKEY.to_owned(), key: credential_id(known)?.to_owned() })
        }
        People::User(user::Event::LoggedOutEverywhere { .. } | user::Event::Removed { .. })
        | People::Attempt(_)
        | People::Invitation(_)
        | People::Authenticator(_)
        | People::Enrolment(_)
        | People::Device(_)
        | People::Session(_)
        | People::Notice(_)
        | People::Push(_)
        | People::Pairing(_) => None,
    }
}

fn credential_id(authenticator: &Authenticator) -> Option<&str> {
    match &authenticator.kind {
        Kind::Passkey(passkey) => Some(&passkey.credential_id),
        Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => None,
    }
}
