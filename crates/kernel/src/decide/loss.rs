//! What the venue says an account made or lost today, against what is stated: it stops, and a person releases it.

use super::watch;
use crate::api_credential;
use crate::day_loss::{self, Reached};
use crate::event::Event;
use crate::given::Given;
use crate::id::AccountId;
use crate::kill_switch::Level;
use crate::money::Amount;
use crate::state::State;
use crate::time::Timestamp;
use alloc::vec::Vec;

/// Accounts whose result of the day somebody states a limit for.
pub fn watched(state: &State) -> impl Iterator<Item = AccountId> {
    let accounts = state.customer.accounts.iter().map(|account| account.id);
    accounts.filter(|account| stated(state, *account).next().is_some())
}

/// Each level that states a limit for this account: the account itself, and who may trade on it.
fn stated(state: &State, account: AccountId) -> impl Iterator<Item = (Level, Amount)> {
    let own = state.customer.accounts.iter().filter(move |one| one.id == account);
    let own = own.filter_map(|one| Some((Level::Account(one.id), one.limits.day_loss?)));
    let active = |one: &&api_credential::ApiCredential| one.state == api_credential::State::Active;
    let on = state.customer.credentials.iter().filter(active).filter(move |one| one.accounts.contains(&account));
    own.chain(on.filter_map(|one| Some((Level::Credential(one.id), one.limits.day_loss?))))
}

/// The first level that this result stops and that is not stopped already.
pub fn loss_due(state: &State, account: AccountId, result: Amount, now: Timestamp) -> Option<Reached> {
    let loss = result.saturating_neg();
    stated(state, account).find_map(|(level, limit)| {
        let on = watch::is_stopped(state, level);
        let beyond = loss > day_loss::above(&state.customer.losses, level, account, limit, now.day());
        (!on && beyond).then_some(Reached { level, account, loss, limit, at: now })
    })
}

/// One record of one of them: whoever carries out a switch looks at one. The rest is due still.
pub(super) fn mark(state: &State, account: AccountId, result: Amount, given: &Given) -> Vec<Event> {
    let Some(reached) = loss_due(state, account, result, given.now) else { return Vec::new() };
    let told = Event::DayLoss(day_loss::Event::Reached(reached));
    core::iter::once(told).chain(watch::stopped(state, reached.level, given)).collect()
}
