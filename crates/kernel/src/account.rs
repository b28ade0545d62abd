//! Account: a brokerage account or sub-account, live or paper.

use crate::id::AccountId;
use crate::instrument::Selector;
use crate::limits::Limits;
use crate::money::Currency;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    Paper,
    Live,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    /// The number the venue knows it by.
    pub number: String,
    pub environment: Environment,
    pub base_currency: Currency,
    pub limits: Limits,
    pub restricted: Vec<Selector>,
}

impl Account {
    /// In observe mode a credential's own limits hold nothing back: of real money the account's do, or nothing does.
    pub const fn may_be_observed(&self) -> bool {
        match self.environment {
            Environment::Paper => true,
            Environment::Live => self.limits.order_value.is_some() && self.limits.day_value.is_some(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Opened(Account),
    LimitsSet { id: AccountId, limits: Limits },
    RestrictedSet { id: AccountId, restricted: Vec<Selector> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    NumberTaken,
    BadNumber,
    /// A live account waits for somebody who can sign for it.
    LiveNeedsOwner,
    NotFound,
}

pub fn open(accounts: &[Account], account: Account, owned: bool) -> Result<Event, Refusal> {
    if accounts.iter().any(|known| known.number == account.number) {
        return Err(Refusal::NumberTaken);
    }
    let plain = (1..=16).contains(&account.number.len()) && account.number.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain {
        return Err(Refusal::BadNumber);
    }
    match account.environment {
        Environment::Paper => Ok(Event::Opened(account)),
        Environment::Live if owned => Ok(Event::Opened(account)),
        Environment::Live => Err(Refusal::LiveNeedsOwner),
    }
}

/// Writes, never judges.
pub fn apply(accounts: &mut Vec<Account>, event: &Event) {
    match event {
        Event::Opened(account) => {
            // Most customers have one: no room for three more is kept for each of a million.
            accounts.reserve_exact(1);
            accounts.push(account.clone());
        }
        Event::LimitsSet { id, limits } => {
            if let Some(account) = accounts.iter_mut().find(|account| account.id == *id) {
                account.limits = *limits;
            }
        }
        Event::RestrictedSet { id, restricted } => {
            if let Some(account) = accounts.iter_mut().find(|account| account.id == *id) {
                account.restricted.clone_from(restricted);
            }
        }
    }
}
