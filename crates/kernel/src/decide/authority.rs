//! Decisions on the customer's authority: accounts, API credentials, kill switches.

use crate::account::Environment;
use crate::actor::Actor;
use crate::api_credential::{self, ApiCredential};
use crate::command::NewCredential;
use crate::customer::over_stated;
use crate::digest::Digest;
use crate::event::Event;
use crate::given::Given;
use crate::guard::Limits;
use crate::id::{AccountId, CredentialId};
use crate::instrument::Selector;
use crate::kill_switch::{self, Level, Resting};
use crate::money::Currency;
use crate::refusal::Refusal;
use crate::state::State;
use crate::ticket::{self, Stated};
use crate::{account, meter};
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn open_account(
    state: &State,
    number: &str,
    (base_currency, live): (Currency, bool),
    given: &Given,
) -> Result<Event, Refusal> {
    let account = account::Account {
        id: AccountId::new(given.now.0, given.dice[0]),
        number: String::from(number),
        environment: if live { Environment::Live } else { Environment::Paper },
        base_currency,
        limits: Limits::default(),
        restricted: Vec::new(),
    };
    let owned = state.customer.people.owner().is_some();
    Ok(Event::Account(account::open(&state.customer.accounts, account, owned)?))
}

pub(super) fn set_account_limits(
    state: &State,
    id: AccountId,
    limits: Limits,
    read: Option<&Digest>,
) -> Result<Event, Refusal> {
    as_read(state.customer.account(id)?.limits.digest(), read)?;
    limits.check()?;
    Ok(Event::Account(account::Event::LimitsSet { id, limits }))
}

pub(super) fn set_restricted(state: &State, id: AccountId, restricted: &[Selector]) -> Result<Event, Refusal> {
    state.customer.account(id)?;
    Ok(Event::Account(account::Event::RestrictedSet { id, restricted: restricted.to_vec() }))
}

pub(super) fn engage(state: &State, level: Level, resting: Resting, given: &Given) -> Result<Event, Refusal> {
    match level {
        Level::Credential(id) => state.customer.credential(id).map(|_| ())?,
        Level::Account(id) => state.customer.account(id).map(|_| ())?,
        Level::Customer | Level::Firm => {}
    }
    Ok(Event::KillSwitch(kill_switch::engage(level, resting, given.now)))
}

pub(super) fn release(state: &State, level: Level) -> Result<Event, Refusal> {
    let engaged = match level {
        Level::Firm => &state.firm.kills,
        Level::Credential(_) | Level::Account(_) | Level::Customer => &state.customer.kills,
    };
    Ok(Event::KillSwitch(kill_switch::release(engaged, level)?))
}

pub(super) fn rearm(state: &State, credential: CredentialId) -> Result<Event, Refusal> {
    state.customer.credential(credential)?;
    Ok(Event::Meter(meter::Event::Rearmed { credential }))
}

pub(super) fn create(state: &State, new: &NewCredential, given: &Given) -> Result<Event, Refusal> {
    for account in &new.accounts {
        let account = state.customer.account(*account)?;
        if new.observe && !account.may_be_observed() {
            return Err(api_credential::Refusal::ObserveNeedsAccountLimits.into());
        }
    }
    new.limits.check()?;
    let record = new.clone().record(CredentialId::new(given.now.0, given.dice[0]), given.now);
    Ok(Event::Credential(api_credential::create(&state.customer.credentials, record, given.now)?))
}

pub(super) fn rotate(state: &State, id: CredentialId, sha256: Digest, given: &Given) -> Result<Event, Refusal> {
    let id = program(state, id)?.id;
    let old_until = given.now.plus_ms(api_credential::ROTATION_OVERLAP_MS);
    Ok(Event::Credential(api_credential::Event::Rotated { id, sha256, old_until }))
}

pub(super) fn suspend(state: &State, id: CredentialId) -> Result<Event, Refusal> {
    Ok(Event::Credential(api_credential::Event::Suspended { id: unrevoked(state, id)?.id }))
}

pub(super) fn resume(state: &State, id: CredentialId) -> Result<Event, Refusal> {
    Ok(Event::Credential(api_credential::Event::Resumed { id: unrevoked(state, id)?.id }))
}

pub(super) fn revoke(state: &State, id: CredentialId) -> Result<Event, Refusal> {
    Ok(Event::Credential(api_credential::Event::Revoked { id: program(state, id)?.id }))
}

pub(super) fn set_limits(
    state: &State,
    id: CredentialId,
    limits: Limits,
    read: Option<&Digest>,
) -> Result<Event, Refusal> {
    let credential = program(state, id)?;
    as_read(credential.limits.digest(), read)?;
    limits.check()?;
    Ok(Event::Credential(api_credential::Event::LimitsSet { id: credential.id, limits }))
}

/// Of two changes at once the second one is made again, by whoever has seen the first.
pub(super) fn as_read(stated: Digest, read: Option<&Digest>) -> Result<(), Refusal> {
    match read {
        Some(read) if *read != stated => Err(Refusal::ChangedMeanwhile),
        Some(_) | None => Ok(()),
    }
}

/// A program connects: whether its listener opens to what it shows.
pub(super) fn connect(
    state: &State,
    actor: &Actor,
    id: CredentialId,
    shown: (u32, Option<&Digest>),
    given: &Given,
) -> Result<Option<Event>, Refusal> {
    if *actor != Actor::Credential(id) {
        return Err(Refusal::NotYours);
    }
    let credential = state.customer.program(id)?;
    credential.alive(given.now)?;
    credential.opens(shown.0, shown.1, given.now)?;
    Ok(api_credential::used(credential, given.now).map(Event::Credential))
}

/// Already open, it stays as it is.
pub(super) fn open_ticket(state: &State, actor: &Actor, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, .. } = *actor else { return Err(Refusal::NotYours) };
    if state.customer.ticket(user).is_some() {
        return Ok(Vec::new());
    }
    let record = ticket::open(CredentialId::new(given.now.0, given.dice[0]), user, given.now);
    Ok([Event::Credential(api_credential::Event::Created(record))].into())
}

pub(super) fn set_ticket(
    state: &State,
    id: CredentialId,
    (stated, read): (&Stated, Option<&Digest>),
    given: &Given,
) -> Result<Event, Refusal> {
    let own = unrevoked(state, id)?;
    own.holder.ok_or(ticket::Refusal::NotOpen)?;
    as_read(over_stated(&Stated::of(own)), read)?;
    stated.check(given.now)?;
    if stated.limits.dead_man_seconds.is_some() {
        return Err(ticket::Refusal::NoTimer.into());
    }
    Ok(Event::Credential(api_credential::Event::TicketStated { id, stated: stated.clone().closing() }))
}

/// Its secret, its end and its limits by themselves are a program's; a ticket is stated as a whole and never ends.
fn program(state: &State, id: CredentialId) -> Result<&ApiCredential, Refusal> {
    unrevoked(state, state.customer.program(id)?.id)
}

/// What is revoked never comes alive again.
fn unrevoked(state: &State, id: CredentialId) -> Result<&ApiCredential, Refusal> {
    let credential = state.customer.credential(id)?;
    match credential.state {
        api_credential::State::Revoked => Err(api_credential::Refusal::Revoked.into()),
        api_credential::State::Active | api_credential::State::Suspended => Ok(credential),
    }
}
