//! Allowances: what is allowed by its name, and what takes such a name.

use crate::instrument::AssetClass;
use crate::order::{Kind, TimeInForce};
use serde::{Deserialize, Serialize};

/// What is allowed by name; all off unless stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowances {
    pub market: bool,
    pub stop: bool,
    pub short_sale: bool,
    pub outside_hours: bool,
    /// May close what another credential opened.
    pub close_any: bool,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub trailing: bool,
    /// Orders at the close.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub auction: bool,
    /// May sell options that it does not hold.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub option_writing: bool,
}

impl Allowances {
    pub const NONE: Self = Self {
        market: false,
        stop: false,
        short_sale: false,
        outside_hours: false,
        close_any: false,
        trailing: false,
        auction: false,
        option_writing: false,
    };
    pub const ALL: Self = Self {
        market: true,
        stop: true,
        short_sale: true,
        outside_hours: true,
        close_any: true,
        trailing: true,
        auction: true,
        option_writing: true,
    };
}

/// Control 12: whether an order of this type may do more than reduce. Also for pages that say what is locked.
#[inline(always)]
pub const fn by_name(kind: Kind, time_in_force: TimeInForce, allowances: &Allowances) -> bool {
    if matches!(time_in_force, TimeInForce::AtTheClose) {
        return allowances.auction;
    }
    // What is sent most is known first.
    if matches!(kind, Kind::Limit { .. }) {
        return true;
    }
    match kind {
        Kind::Limit { .. } | Kind::StopLimit { .. } => true,
        Kind::Market => allowances.market,
        Kind::Stop { .. } => allowances.stop,
        Kind::TrailingStop { .. } | Kind::TrailingStopLimit { .. } => allowances.trailing,
    }
}

/// Control 13: whether more of such a thing may be sold than is held.
#[inline(always)]
pub const fn may_be_short(class: AssetClass, allowances: &Allowances) -> bool {
    match class {
        AssetClass::Forex => true,
        AssetClass::Stock | AssetClass::Etf | AssetClass::Future => allowances.short_sale,
        AssetClass::Option => allowances.option_writing,
    }
}
