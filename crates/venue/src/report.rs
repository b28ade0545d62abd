//! Reports: what a venue says happened, about orders it knows by our own reference.

use kernel::id::OrderId;
use kernel::money::{Amount, Currency, Price, Quantity};
use kernel::order::Side;
use kernel::time::Timestamp;
use kernel::working::Ended;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The account's number at the venue.
    pub account: String,
    /// `None` for an order placed by hand or by someone we do not know.
    pub order: Option<OrderId>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Acknowledged { venue_ref: String },
    Replaced,
    ReplaceRejected { text: String },
    CancelRejected { text: String },
    Filled { exec_id: String, contract_id: i64, side: Side, quantity: Quantity, price: Price, at: Timestamp },
    Commissioned { exec_id: String, amount: Amount, currency: Currency, realized: Option<Amount> },
    Ended { how: Ended, text: String },
    Unknown,
}
