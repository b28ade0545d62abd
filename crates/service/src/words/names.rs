//! Names: what moments, kernel words, accounts and API credentials go by outside the kernel.

use jiff::Timestamp as Instant;
use kernel::id::{AccountId, CredentialId, DeviceId, UserId};
use kernel::state::State;
use kernel::time::Timestamp;

/// RFC 3339, in UTC.
pub fn moment(at: Timestamp) -> String {
    Instant::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |instant| instant.to_string())
}

/// The word a kernel enum goes by in JSON.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

pub fn account_number(state: &State, id: AccountId) -> String {
    state.customer.account(id).map_or_else(|_| id.to_string(), |account| account.number.clone())
}

/// A person's ticket goes by whose it is.
pub fn credential_name(state: &State, id: CredentialId) -> String {
    match state.customer.credential(id) {
        Ok(known) => {
            known.holder.map_or_else(|| known.name.clone(), |holder| format!("{}'s ticket", user(state, holder)))
        }
        Err(_) => id.to_string(),
    }
}

/// What it says it is; two that say the same are told apart by their ids.
pub fn device(state: &State, id: DeviceId) -> String {
    let known = state.customer.people.device(id);
    known.map_or_else(|_| id.to_string(), |known| format!("{} ({id})", known.label))
}

/// Names are sealed: a user goes by role, and by id where two have the same.
pub fn user(state: &State, id: UserId) -> String {
    let people = &state.customer.people;
    let Some(user) = people.user(id) else { return id.to_string() };
    let alone = people.users.iter().filter(|one| one.role == user.role).count() == 1;
    if alone { format!("the {}", user.role.as_str()) } else { format!("the {} {id}", user.role.as_str()) }
}
