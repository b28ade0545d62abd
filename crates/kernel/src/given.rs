//! Given: everything a decision may use from outside: time, dice and the market of this moment.

use crate::id::CorrelationId;
use crate::money::{Price, Rate};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What the venue says of one instrument now. The event records the figures that were used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub bid: Price,
    pub ask: Price,
    pub at: Timestamp,
}

/// The mid rate from the instrument's currency to the account's, and its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateQuote {
    pub rate: Rate,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    Regular,
    Closed,
}

/// The answers to what `needs` asked for; what is missing stays `None` and is refused where it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    pub quote: Option<Quote>,
    pub rate: Option<RateQuote>,
    pub session: Option<Session>,
}

#[derive(Clone, Copy, Debug)]
pub struct Given {
    pub now: Timestamp,
    /// Fresh for each decision; ids and nonces are made from it.
    pub dice: [u128; 2],
    pub correlation: CorrelationId,
    pub market: Market,
    /// Nothing that is decided now could reach a market: the venue is not connected, or has lost its own connection.
    pub venue_lost: bool,
}
