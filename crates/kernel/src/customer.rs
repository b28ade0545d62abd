//! Customer: authority: people, accounts, API credentials, kill switches.

use crate::account::{self, Account, Environment};
use crate::alert::Alert;
use crate::api_credential::{self, ApiCredential};
use crate::canonical;
use crate::change::{self, Change};
use crate::day_loss;
use crate::digest::Digest;
use crate::expiry;
use crate::id::{AccountId, CredentialId, CustomerId, UserId};
use crate::incident::Incident;
use crate::instrument::Selector;
use crate::kill_switch::Engaged;
use crate::people::People;
use crate::ticket::Stated;
use crate::watch;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What every order needs comes last, beside what follows in the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Customer {
    pub people: People,
    pub changes: change::Pending,
    pub incidents: Vec<Incident>,
    pub alerts: Vec<Alert>,
    /// What each user usually does.
    pub watch: BTreeMap<UserId, watch::Person>,
    /// What was stopped because too much was lost in a day: the latest of each.
    pub losses: Vec<day_loss::Known>,
    /// Which expiries were told of: the latest of each API credential.
    pub expiries: Vec<expiry::Told>,
    pub opened: Option<(CustomerId, String)>,
    pub accounts: Vec<Account>,
    pub credentials: Vec<ApiCredential>,
    pub kills: Vec<Engaged>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Opened { id: CustomerId, name: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    AlreadyOpen,
    NotOpen,
}

impl Customer {
    /// Whether any real money is behind it.
    pub fn is_live(&self) -> bool {
        self.accounts.iter().any(|account| account.environment == Environment::Live)
    }
    pub fn credential(&self, id: CredentialId) -> Result<&ApiCredential, api_credential::Refusal> {
        self.credentials.iter().find(|credential| credential.id == id).ok_or(api_credential::Refusal::NotFound)
    }
    /// The same, of a program: nothing that comes from a listener is a person's ticket.
    pub fn program(&self, id: CredentialId) -> Result<&ApiCredential, api_credential::Refusal> {
        let known = self.credential(id)?;
        if known.holder.is_none() { Ok(known) } else { Err(api_credential::Refusal::IsTicket) }
    }
    /// A user's own ticket, once it was opened.
    pub fn ticket(&self, holder: UserId) -> Option<&ApiCredential> {
        self.credentials.iter().find(|credential| credential.holder == Some(holder))
    }
    /// Those of programs.
    pub fn programs(&self) -> impl DoubleEndedIterator<Item = &ApiCredential> {
        self.credentials.iter().filter(|credential| credential.holder.is_none())
    }
    /// Whether what it was asked over stands still. What has no figures of its own is judged when it is done.
    pub fn stands(&self, change: &Change) -> bool {
        match change {
            Change::AccountLimits { id, over, .. } => self.account(*id).is_ok_and(|one| one.limits.digest() == *over),
            Change::Restricted { id, over, .. } => {
                self.account(*id).is_ok_and(|one| over_restricted(&one.restricted) == *over)
            }
            Change::CredentialLimits { id, over, .. } => {
                self.credential(*id).is_ok_and(|one| one.limits.digest() == *over)
            }
            Change::Ticket { id, over, .. } => {
                self.credential(*id).is_ok_and(|one| over_stated(&Stated::of(one)) == *over)
            }
            Change::Release { .. } | Change::Resume { .. } | Change::Credential(_) => true,
            Change::Push { .. } | Change::Invite { .. } | Change::RemoveOwner { .. } => true,
        }
    }
    pub fn account(&self, id: AccountId) -> Result<&Account, account::Refusal> {
        self.accounts.iter().find(|account| account.id == id).ok_or(account::Refusal::NotFound)
    }
}

/// By which a change says what stood when it was asked: of an account's restricted list.
pub fn over_restricted(restricted: &[Selector]) -> Digest {
    Digest::plain(&canonical::bytes("portreeve/restricted/v1", &restricted))
}

/// The same, of what a ticket may do.
pub fn over_stated(stated: &Stated) -> Digest {
    Digest::plain(&canonical::bytes("portreeve/stated/v1", stated))
}

pub fn open(customer: &Customer, id: CustomerId, name: String) -> Result<Event, Refusal> {
    if customer.opened.is_some() { Err(Refusal::AlreadyOpen) } else { Ok(Event::Opened { id, name }) }
}

/// Writes, never judges.
pub fn apply(customer: &mut Customer, event: &Event) {
    match event {
        Event::Opened { id, name } => customer.opened = Some((*id, name.clone())),
    }
}
