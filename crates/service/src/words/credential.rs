//! Of an API credential in words: where it stands, what is allowed by name, in which currency its limits are.

use kernel::account::Account;
use kernel::api_credential::{ApiCredential, Refusal};
use kernel::guard::Allowances;
use kernel::kill_switch;
use kernel::scope::Scope;
use kernel::state::State;
use kernel::time::Timestamp;

/// The names by which something is allowed, at every door.
pub const ALLOWANCES: [&str; 8] =
    ["market", "stop", "trailing", "auction", "short_sale", "option_writing", "outside_hours", "close_any"];

/// The place of the one that goes by this name.
pub fn allowance<'a>(allow: &'a mut Allowances, name: &str) -> Option<&'a mut bool> {
    match name {
        "market" => Some(&mut allow.market),
        "stop" => Some(&mut allow.stop),
        "trailing" => Some(&mut allow.trailing),
        "auction" => Some(&mut allow.auction),
        "short_sale" => Some(&mut allow.short_sale),
        "option_writing" => Some(&mut allow.option_writing),
        "outside_hours" => Some(&mut allow.outside_hours),
        "close_any" => Some(&mut allow.close_any),
        _other => None,
    }
}

pub fn allowed(mut allow: Allowances) -> Vec<&'static str> {
    ALLOWANCES.into_iter().filter(|name| allowance(&mut allow, name).is_some_and(|on| *on)).collect()
}

/// What its record and the clock together make of it.
pub fn standing(credential: &ApiCredential, now: Timestamp) -> &'static str {
    match credential.alive(now) {
        // It only reads until it is resumed.
        Ok(()) if credential.dormant(now) && credential.scopes.has(Scope::OrderSubmit) => "suspended",
        Ok(()) => "active",
        Err(Refusal::Suspended) => "suspended",
        Err(Refusal::Revoked) => "revoked",
        Err(Refusal::Dormant) => "dormant",
        Err(_) => "expired",
    }
}

/// Those that it may use: of a person's ticket, every one.
pub fn accounts<'a>(state: &'a State, credential: &'a ApiCredential) -> impl Iterator<Item = &'a Account> {
    state.customer.accounts.iter().filter(|account| credential.may_use(account.id).is_ok())
}

/// Of its values and limits, where its accounts have one in common.
pub fn base_currency(state: &State, credential: &ApiCredential) -> Option<String> {
    let mut all = accounts(state, credential);
    let first = all.next()?.base_currency;
    all.all(|account| account.base_currency == first).then(|| first.to_string())
}

/// A switch at its own level or above; one of an account stops it only there, and is shown all the same.
pub fn killed(state: &State, credential: &ApiCredential) -> bool {
    [&state.customer.kills, &state.firm.kills].into_iter().flatten().any(|switch| match switch.level {
        kill_switch::Level::Credential(id) => id == credential.id,
        kill_switch::Level::Account(id) => credential.may_use(id).is_ok(),
        kill_switch::Level::Customer | kill_switch::Level::Firm => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_allows_one_thing_and_no_other_does() {
        for name in ALLOWANCES {
            let mut allow = Allowances::default();
            if let Some(place) = allowance(&mut allow, name) {
                *place = true;
            }
            assert_eq!(allowed(allow), [name]);
        }
        assert!(allowance(&mut Allowances::default(), "everything").is_none());
    }
}
