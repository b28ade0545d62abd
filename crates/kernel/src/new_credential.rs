//! New credential: what is stated when an API credential is made, before it is a record.

use crate::allowances::Allowances;
use crate::api_credential::{ApiCredential, Dormancy, SecretHash, State};
use crate::digest::Digest;
use crate::id::{AccountId, CredentialId};
use crate::instrument::Selector;
use crate::limits::Limits;
use crate::scope::Scopes;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCredential {
    pub name: String,
    pub scopes: Scopes,
    pub accounts: Vec<AccountId>,
    pub instruments: Vec<Selector>,
    pub port: u16,
    pub peer_uid: u32,
    /// Of the listener's secret: its hash, as in the record.
    pub secret: Option<Digest>,
    pub expires_at: Option<Timestamp>,
    pub dormancy: Dormancy,
    pub limits: Limits,
    pub allowances: Allowances,
    pub cancel_on_disconnect: bool,
    pub observe: bool,
}

impl NewCredential {
    pub(crate) fn record(self, id: CredentialId, now: Timestamp) -> ApiCredential {
        ApiCredential {
            id,
            name: self.name,
            state: State::Active,
            scopes: self.scopes,
            accounts: self.accounts,
            instruments: self.instruments,
            port: self.port,
            peer_uid: self.peer_uid,
            secrets: self.secret.into_iter().map(|sha256| SecretHash { sha256, until: None }).collect(),
            created_at: now,
            expires_at: self.expires_at,
            last_used_at: now,
            dormancy: self.dormancy,
            limits: self.limits,
            allowances: self.allowances,
            cancel_on_disconnect: self.cancel_on_disconnect,
            observe: self.observe,
            holder: None,
        }
    }
}
