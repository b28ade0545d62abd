//! Names: what moments, kernel words, accounts and API credentials go by outside the kernel.

use jiff::Timestamp as Instant;
use kernel::id::{AccountId, CredentialId};
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

pub fn credential_name(state: &State, id: CredentialId) -> String {
    state.customer.credential(id).map_or_else(|_| id.to_string(), |credential| credential.name.clone())
}
