//! What can be asked about people: coming in, proving, devices, sessions.

use crate::attempt::Failed;
use crate::authenticator::Kind;
use crate::digest::Digest;
use crate::evidence::{Capability, Evidence};
use crate::id::{AuthenticatorId, DeviceId, InvitationId, NoticeId, SessionId, UserId};
use crate::network::Network;
use crate::notice::{Dead, Group};
use crate::session::Interface;
use crate::signature::Signature;
use alloc::string::String;
use alloc::vec::Vec;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A link for the first owner; only its token's hash is told.
    OfferEnrolment {
        sha256: Digest,
    },
    Enrol(Enrol),
    SignIn(SignIn),
    /// Opens the windows of the session that asks, no further than it wants.
    StepUp {
        evidence: Vec<Evidence>,
        up_to: Capability,
    },
    /// The session that asks is in use.
    See,
    /// Where the session that asks is used from.
    NoteNetwork {
        network: Network,
    },
    /// A sign-in failed.
    NoteFailure(Failed),
    EndSession {
        id: SessionId,
    },
    LogOutEverywhere {
        user: UserId,
        suspend_credentials: bool,
    },
    /// To be typed on a new device; shown on the one that asks.
    OfferDeviceCode {
        sha256: Digest,
    },
    ConfirmDevice {
        id: DeviceId,
        by: Confirm,
        replaces: Option<DeviceId>,
    },
    /// A link to pair a phone by, for whoever asks; only its code's hash is told.
    OfferPairing {
        sha256: Digest,
        /// Whose place the phone takes, where all are taken.
        replaces: Option<DeviceId>,
    },
    Pair(Pair),
    RevokeDevice {
        id: DeviceId,
        not_me: bool,
    },
    BindAuthenticator(NewAuthenticator),
    RemoveAuthenticator {
        id: AuthenticatorId,
    },
    /// Too many failures in a row.
    DisableAuthenticator {
        id: AuthenticatorId,
    },
    /// One's own, once a code that was sent there came back.
    SetEmail {
        sha256: Digest,
    },
    RemoveEmail,
    /// What one is told besides security.
    SetNotices {
        group: Group,
        on: bool,
    },
    /// It could not be delivered.
    GiveUpNotice(Dead),
    RetryNotice {
        id: NoticeId,
    },
    /// Turned on it is by a change that is signed.
    TurnPushOff {
        device: DeviceId,
        /// Only what this sealed row says: where another has taken its place, that one stays.
        only: Option<Digest>,
    },
    /// Of an invitation that was signed; the link before it is void. Only its token's hash is told.
    MakeInvitationLink {
        id: InvitationId,
        sha256: Digest,
    },
    RevokeInvitation {
        id: InvitationId,
    },
    /// Out, with all that they came in by.
    RemoveUser {
        id: UserId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuthenticator {
    pub kind: Kind,
    pub sealed_sha256: Option<Digest>,
}

/// A browser that has no device of ours yet gets this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    pub sha256: Digest,
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrol {
    /// Chosen before, because the passkey was made for it.
    pub user: UserId,
    /// Of the link's token.
    pub link: Digest,
    pub name_sha256: Digest,
    pub name_key: Digest,
    pub passkey: NewAuthenticator,
    pub device: NewDevice,
    /// Of the session's secret.
    pub session: Digest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub user: UserId,
    pub evidence: Vec<Evidence>,
    pub interface: Interface,
    /// What the browser says it is, by the secret it keeps.
    pub known: Option<(DeviceId, Digest)>,
    pub fresh: NewDevice,
    pub shared: bool,
    pub session: Digest,
    /// Where it comes from, as the door saw it.
    pub network: Option<Network>,
}

/// On the phone, by whoever has the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Of the link.
    pub code: Digest,
    pub by: PairBy,
    /// What the browser says it is already, by the secret it keeps.
    pub known: Option<(DeviceId, Digest)>,
    pub device: NewDevice,
    /// Of the session's secret.
    pub session: Digest,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairBy {
    /// A passkey that was made on the phone.
    Made(NewAuthenticator),
    /// One that was there already: kept by a provider, or a key.
    Shown(Evidence),
}

/// How a new device is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// On a device that was confirmed before.
    Tap(Signature),
    /// Typed here, shown there.
    Code(Digest),
    RecoveryCode(Evidence),
}
