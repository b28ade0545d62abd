//! Watch: what a user and a credential usually do, how far what they do now is from it, and what follows from that.
//!
//! Every signal is worth so many *bits*: one more for each time it is twice as rare in the subject's own history. Bits
//! of one signal are capped and fade by half within a day. What they count is said by cards, one for each way in which a
//! user or a credential is misused; on each the counts add up, and the fullest card decides on a step. All of it is
//! integers over memory of a fixed size, folded from events: whoever replays them gets the same.

mod assess;
mod cards;
mod flow;
mod heat;
mod person;
mod signal;
mod sitting;
mod usual;

pub use assess::{Assessed, Whose, assess, on_each_card};
pub use flow::Flow;
pub use heat::{BIT, Heat, STANDS_MS, Step, Telling, Thresholds, Told};
pub use person::Person;
pub use signal::{Class, Signal};

use crate::time::Timestamp;

/// Something that was seen. Networks, devices, sessions and instruments are given by keys: a digest's first bytes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    pub at: Timestamp,
    pub deed: Deed,
}

/// Where from, as far as it is known; the country only where the operator gives a country database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub network: Option<u64>,
    pub country: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A sign-in failed; `second`: its password had been right. `known`: in a browser that is one of the user's.
    Failed {
        place: Place,
        known: bool,
        second: bool,
    },
    SignedIn {
        place: Place,
        device: u64,
        session: u64,
        resistant: bool,
        shared: bool,
    },
    InUse {
        place: Place,
        session: u64,
    },
    DeviceBound {
        place: Place,
        device: u64,
    },
    /// Authority grew: an authenticator, a limit, a credential.
    Widened {
        session: u64,
    },
    /// Somebody asks a device of the user for a yes.
    Asked {
        place: Place,
    },
    Connected {
        place: Place,
        client: u64,
    },
    ConnectRefused {
        place: Place,
    },
    /// The right secret, shown where the credential is not at home.
    SecretElsewhere,
    /// `value` in whole units of the account's currency, where it is known.
    Ordered {
        instrument: u64,
        value: Option<u64>,
        reduces: bool,
        refused: Option<Asked>,
    },
    /// By the venue; it was seen already when it was ordered.
    Rejected {
        asked: Asked,
    },
}

/// What a refused order asked for, as a key: the very same again has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked(pub u64);
