//! The list of commands: everything that can be asked of a customer's actor.

use crate::api_credential::{ApiCredential, Dormancy};
use crate::approval::Verdict;
use crate::connection;
use crate::digest::Digest;
use crate::guard::{Allowances, Limits};
use crate::id::{AccountId, ApprovalId, CredentialId, CustomerId, FormId, OrderId};
use crate::instrument::Selector;
use crate::kill_switch::{Level, Resting};
use crate::money::Currency;
use crate::order::{ClientRef, Terms};
use crate::people;
use crate::reason::Reason;
use crate::scope::Scopes;
use crate::signature::Signature;
use crate::ticket::Stated;
use crate::time::Timestamp;
use crate::working::{Commission, Ended, Execution};
use alloc::string::String;
use alloc::vec::Vec;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    OpenCustomer {
        id: CustomerId,
        name: String,
    },
    OpenAccount {
        number: String,
        base_currency: Currency,
    },
    SetAccountLimits {
        id: AccountId,
        limits: Limits,
        /// What whoever asks has read: refused where that is not what is stated any more.
        read: Option<Digest>,
    },
    SetRestricted {
        id: AccountId,
        restricted: Vec<Selector>,
    },
    CreateCredential(NewCredential),
    RotateCredential {
        id: CredentialId,
        sha256: Digest,
    },
    SuspendCredential {
        id: CredentialId,
    },
    ResumeCredential {
        id: CredentialId,
    },
    RevokeCredential {
        id: CredentialId,
    },
    SetCredentialLimits {
        id: CredentialId,
        limits: Limits,
        /// As with an account.
        read: Option<Digest>,
    },
    /// A program connects through its listener.
    UseCredential {
        id: CredentialId,
        peer_uid: u32,
        secret: Option<Digest>,
    },
    Rearm {
        credential: CredentialId,
    },
    Engage {
        level: Level,
        resting: Resting,
    },
    Release {
        level: Level,
    },
    /// A new order, or a change of the open one that has the same number.
    Place {
        client_ref: ClientRef,
        terms: Terms,
    },
    /// A person opens their own ticket; it is there for good, and only closes until more is stated.
    OpenTicket,
    /// What a ticket may do besides closing.
    SetTicket {
        id: CredentialId,
        stated: Stated,
    },
    /// A person's order. A form that was sent twice places one.
    PlaceAtTicket {
        form: FormId,
        terms: Terms,
        /// It was asked for to close a position: it does nothing else, whatever the ticket may.
        closes: bool,
    },
    /// A program asked for something that no order can be made of; the door says what it did not understand.
    Decline {
        client_ref: ClientRef,
        reason: Reason,
    },
    Cancel {
        client_ref: ClientRef,
    },
    /// All open orders of the credential that asks, and of no other.
    CancelAll,
    /// By a person, whoever's order it is.
    CancelOrder {
        id: OrderId,
    },
    Answer {
        id: ApprovalId,
        verdict: Verdict,
    },
    /// A held order is granted by a person's signature over it.
    Grant {
        id: ApprovalId,
        signature: Signature,
    },
    /// A person asks to release a kill switch; it happens when it is signed.
    AskRelease {
        level: Level,
    },
    SignChange {
        id: ApprovalId,
        signature: Signature,
    },
    People(people::Command),
    /// Time has passed: what is due is settled.
    Expire,
    /// Kill switches are carried out on what is open; `voided` was never sent.
    Enforce {
        voided: Vec<OrderId>,
    },
    /// The program's connection ended, or the node did.
    Disconnected {
        credential: CredentialId,
        client_id: Option<i32>,
    },
    /// What the door saw: nothing is asked, it is only to be written down.
    Connection(connection::Command),
    Report(Report),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    pub name: String,
    pub scopes: Scopes,
    pub accounts: Vec<AccountId>,
    pub instruments: Vec<Selector>,
    pub port: u16,
    pub peer_uid: u32,
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
            state: crate::api_credential::State::Active,
            scopes: self.scopes,
            accounts: self.accounts,
            instruments: self.instruments,
            port: self.port,
            peer_uid: self.peer_uid,
            secrets: self
                .secret
                .into_iter()
                .map(|sha256| crate::api_credential::SecretHash { sha256, until: None })
                .collect(),
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

/// What the venue says happened: facts, never refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    Acknowledged {
        id: OrderId,
        venue_ref: String,
    },
    Replaced {
        id: OrderId,
    },
    ReplaceRejected {
        id: OrderId,
        text: String,
    },
    CancelRejected {
        id: OrderId,
        text: String,
    },
    Filled(Execution),
    Commissioned(Commission),
    Ended {
        id: OrderId,
        how: Ended,
        text: String,
    },
    /// Sent perhaps, and the venue cannot say.
    Unknown {
        id: OrderId,
    },
}
