//! The list of commands: everything that can be asked of a customer's actor.

use crate::approval::Verdict;
use crate::change::Change;
use crate::connection;
use crate::digest::Digest;
use crate::evidence::Evidence;
use crate::guard::Limits;
use crate::id::{AccountId, AlertId, ApprovalId, CredentialId, CustomerId, FormId, IncidentId, OrderId};
use crate::incident::{Suspect, Why};
use crate::instrument::Selector;
use crate::kill_switch::{Level, Resting};
use crate::money::{Amount, Currency, Quantity};
pub use crate::new_credential::NewCredential;
use crate::order::{ClientRef, Terms};
use crate::people;
use crate::reason::Reason;
use crate::restore;
use crate::signature::Signature;
use crate::ticket::Stated;
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
        /// Real money, by what the venue says of it.
        live: bool,
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
        /// As with an account, of all that is stated.
        read: Option<Digest>,
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
    /// A person asks for what widens authority; it happens when it is signed.
    AskChange(Change),
    SignChange {
        id: ApprovalId,
        signature: Signature,
    },
    /// What was brought as a signature for it is none; after a few the question is over.
    MissSignature {
        id: ApprovalId,
    },
    /// Everything that the suspect could do is stopped: orders, sessions, credentials.
    OpenIncident {
        suspect: Suspect,
        why: Why,
    },
    CloseIncident {
        id: IncidentId,
    },
    /// What the venue says an account made or lost since the day began, in its base currency.
    Mark {
        account: AccountId,
        result: Amount,
    },
    /// A program has sent nothing for so long, as the door's clock says: each client id by itself.
    Silence {
        credential: CredentialId,
        client_id: i32,
        silent_ms: i64,
    },
    /// An API credential expires soon, or has expired: people are to be told.
    TellExpiries,
    /// Something is unusual: who is to be told is told, and what that takes away is taken away.
    Watch,
    AnswerAlert {
        id: AlertId,
        /// "This was me."
        mine: bool,
        /// Where no window is open, as on a phone: the authenticator that is shown for this one answer.
        shown: Vec<Evidence>,
    },
    People(people::Command),
    /// The journal was copied back from a backup.
    Restore(restore::Command),
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
    /// So much is held, where what was known here is `was`.
    PositionTold {
        account: AccountId,
        contract_id: i64,
        net: Quantity,
        was: Quantity,
    },
}
