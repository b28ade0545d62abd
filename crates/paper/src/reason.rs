//! Reason: why the broker rejects a command or ends an order, with the code TWS clients know.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Why not. The names are in events, so they are for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    AccountExists,
    AccountNumberUnfit,
    UnknownAccount,
    UnknownCurrency,
    UnknownInstrument,
    AmountNotPositive,
    AmountOffCent,
    TooLarge,
    TextTooLong,
    ReferenceEmpty,
    DuplicateReference,
    QuantityNotPositive,
    QuantityOffIncrement,
    QuantityNotAboveFilled,
    PriceNotPositive,
    PriceOffTick,
    InsufficientFunds,
    ReplaceChangesIdentity,
    UnknownOrder,
    OrderEnded,
    ImmediateOrCancel,
    FillOrKill,
    NoClose,
    Combination,
    NotQuoted,
    NotListed,
    ParentUnfit,
    ParentEnded,
    PartRejected,
    OneCancelsOthers,
    MarginCall,
    Overflow,
}

impl Reason {
    /// The code that TWS sends for it.
    pub fn code(self) -> u16 {
        match self {
            Reason::UnknownInstrument => 200,
            Reason::DuplicateReference => 103,
            Reason::PriceOffTick => 110,
            Reason::ReplaceChangesIdentity => 105,
            Reason::UnknownOrder => 10_147,
            Reason::OrderEnded => 10_148,
            Reason::ImmediateOrCancel
            | Reason::FillOrKill
            | Reason::ParentEnded
            | Reason::OneCancelsOthers
            | Reason::MarginCall => 202,
            Reason::AccountExists
            | Reason::AccountNumberUnfit
            | Reason::UnknownAccount
            | Reason::UnknownCurrency
            | Reason::AmountNotPositive
            | Reason::AmountOffCent
            | Reason::TooLarge
            | Reason::TextTooLong
            | Reason::ReferenceEmpty
            | Reason::QuantityNotPositive
            | Reason::QuantityOffIncrement
            | Reason::QuantityNotAboveFilled
            | Reason::PriceNotPositive
            | Reason::InsufficientFunds
            | Reason::NoClose
            | Reason::Combination
            | Reason::NotQuoted
            | Reason::NotListed
            | Reason::ParentUnfit
            | Reason::PartRejected
            | Reason::Overflow => 201,
        }
    }

    /// The reason in plain words.
    pub fn words(self) -> &'static str {
        match self {
            Reason::AccountExists => "the account exists with another base currency",
            Reason::AccountNumberUnfit => "the account number is empty or too long",
            Reason::UnknownAccount => "there is no such account",
            Reason::UnknownCurrency => "cash is held in EUR, GBP, JPY and USD only",
            Reason::UnknownInstrument => "no instrument has this contract id",
            Reason::AmountNotPositive => "the amount must be above zero",
            Reason::AmountOffCent => "the amount must be in whole cents",
            Reason::TooLarge => "the figure is larger than this broker handles",
            Reason::TextTooLong => "a text of the order is too long",
            Reason::ReferenceEmpty => "the order has no reference",
            Reason::DuplicateReference => "another order has this reference",
            Reason::QuantityNotPositive => "the quantity must be above zero",
            Reason::QuantityOffIncrement => "the quantity is no multiple of the size increment",
            Reason::QuantityNotAboveFilled => "the quantity must be above what is filled",
            Reason::PriceNotPositive => "the price must be above zero",
            Reason::PriceOffTick => "the price does not conform to the minimum price variation",
            Reason::InsufficientFunds => "the equity with loan value would not cover the initial margin",
            Reason::ReplaceChangesIdentity => "account, contract, side and reference of an order cannot change",
            Reason::UnknownOrder => "there is no such order",
            Reason::OrderEnded => "the order has ended",
            Reason::ImmediateOrCancel => "what did not fill at once is cancelled",
            Reason::FillOrKill => "it could not be filled whole at once",
            Reason::NoClose => "there is no session of this instrument that will close",
            Reason::ParentUnfit => "there is no open order of this account and contract that it could belong to",
            Reason::ParentEnded => "the order that it belongs to has ended",
            Reason::PartRejected => "another part of its bracket was rejected",
            Reason::OneCancelsOthers => "another order of its group has filled",
            Reason::NotQuoted => "nobody quotes this instrument now",
            Reason::NotListed => "this contract has expired, or is not there yet",
            Reason::MarginCall => "the account has less than it must keep: its positions are being closed",
            Reason::Combination => "a stop does not wait for the close",
            Reason::Overflow => "the figures of the account would become too large",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}

impl std::error::Error for Reason {}
