//! Given: everything a decision may use from outside: time, dice and the market of this moment.

use crate::id::CorrelationId;
use crate::money::{Amount, Price, Rate};
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

/// What the venue says of an account, in its base currency, and when it said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub net_liquidation: Amount,
    /// Of all its positions, short ones added too.
    pub gross_position_value: Amount,
    /// What is taken to open what it holds; not every venue says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_margin: Option<Amount>,
    pub at: Timestamp,
}

/// The answers to what `needs` asked for; what is missing stays `None` and is refused where it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    pub quote: Option<Quote>,
    pub rate: Option<RateQuote>,
    pub session: Option<Session>,
    /// Of the order's account, where somebody states what it may bear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
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
