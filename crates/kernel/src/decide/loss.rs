//! What the venue says an account made or lost today, against what is stated: it stops, and a person releases it.

use super::watch;
use crate::api_credential;
use crate::day_loss;
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
    let on = state.customer.credentials.iter().filter(active).filter(move |one| one.may_use(account).is_ok());
    own.chain(on.filter_map(|one| Some((Level::Credential(one.id), one.limits.day_loss?))))
}

/// What this result asks for, of the first level that is not stopped already.
pub fn loss_due(state: &State, account: AccountId, result: Amount, now: Timestamp) -> Option<day_loss::Event> {
    let loss = result.saturating_neg();
    let goes_on = stated(state, account).filter(|(level, _)| !watch::is_stopped(state, *level));
    let mut due =
        goes_on.filter_map(|(level, limit)| day_loss::due(&state.customer.losses, (level, account), loss, limit, now));
    due.next()
}

/// One record of one of them: whoever carries out a switch looks at one. The rest is due still.
pub(super) fn mark(state: &State, account: AccountId, result: Amount, given: &Given) -> Vec<Event> {
    let Some(due) = loss_due(state, account, result, given.now) else { return Vec::new() };
    let stopped = match &due {
        day_loss::Event::Reached(reached) => watch::stopped(state, reached.level, given),
        day_loss::Event::Accepted(_) => None,
    };
    core::iter::once(Event::DayLoss(due)).chain(stopped).collect()
}
