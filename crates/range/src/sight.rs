//! What can be seen of a user, plainly: who did what, where, and whether it was the owner.

use crate::place::Place;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Milliseconds since 1970.
    pub at: i64,
    pub deed: Deed,
    /// The truth, for whoever counts; nothing a detector may read.
    pub by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Owner,
    Attacker,
}

/// Devices, sessions and credentials are numbered for each user from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A sign-in that failed; the device is given where the browser showed one of the user's.
    Failed {
        place: Place,
        device: Option<u32>,
        step: Step,
    },
    /// `resistant`: by a passkey, not by what can be relayed.
    SignedIn {
        place: Place,
        device: u32,
        session: u32,
        resistant: bool,
        shared: bool,
    },
    /// A session is in use; noted at most every few minutes, and at once when its network changes.
    InUse {
        place: Place,
        session: u32,
    },
    DeviceBound {
        place: Place,
        device: u32,
    },
    AuthenticatorAdded {
        place: Place,
        session: u32,
    },
    LimitRaised {
        place: Place,
        session: u32,
    },
    CredentialMade {
        place: Place,
        session: u32,
        credential: u32,
    },
    /// Somebody who is not signed in yet, or a session, asks a device of the user for a yes.
    Asked {
        place: Place,
    },
    /// `client`: a digest of what the program says it is.
    Connected {
        place: Place,
        credential: u32,
        client: u32,
    },
    /// With the credential's secret wrong, old or missing.
    ConnectRefused {
        place: Place,
        credential: u32,
    },
    /// `value` in whole units of the account's currency.
    Ordered {
        route: Route,
        instrument: u32,
        value: u64,
        reduces: bool,
        outcome: Outcome,
    },
}

/// How far a sign-in came that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Password,
    /// The password was right, the second factor was not, or was never shown.
    Second,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Session(u32),
    Credential(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Admitted,
    /// By the guard, before it left.
    Refused,
    /// By the venue.
    Rejected,
}

impl Deed {
    /// What an admitted order adds that does not reduce; a loss is counted in it.
    pub const fn risk(&self) -> u64 {
        match self {
            Self::Ordered { value, reduces: false, outcome: Outcome::Admitted, .. } => *value,
            _ => 0,
        }
    }
}
