//! Order: the terms of an order in FIX words, their canonical form and its digest.

use crate::digest::Digest;
use crate::id::AccountId;
use crate::instrument::Instrument;
use crate::money::{Price, Quantity};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Longest label a program may put on an order.
pub const MAX_LABEL: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Buy,
    Sell,
}

impl Side {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
    /// The change of position that `quantity` on this side makes.
    pub const fn signed(self, quantity: Quantity) -> Quantity {
        match self {
            Self::Buy => quantity,
            Self::Sell => quantity.saturating_neg(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ord_type")]
pub enum Kind {
    Market,
    Limit { price: Price },
    Stop { stop_px: Price },
    StopLimit { stop_px: Price, price: Price },
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit { .. } => "limit",
            Self::Stop { .. } => "stop",
            Self::StopLimit { .. } => "stop_limit",
        }
    }
    pub const fn price(self) -> Option<Price> {
        match self {
            Self::Limit { price } | Self::StopLimit { price, .. } => Some(price),
            Self::Market | Self::Stop { .. } => None,
        }
    }
    pub const fn stop_px(self) -> Option<Price> {
        match self {
            Self::Stop { stop_px } | Self::StopLimit { stop_px, .. } => Some(stop_px),
            Self::Market | Self::Limit { .. } => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    Day,
    GoodTillCancel,
    ImmediateOrCancel,
}

impl TimeInForce {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::GoodTillCancel => "good_till_cancel",
            Self::ImmediateOrCancel => "immediate_or_cancel",
        }
    }
}

/// What is asked for: nothing here says who asks or what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub account: AccountId,
    pub instrument: Instrument,
    pub side: Side,
    pub order_qty: Quantity,
    pub kind: Kind,
    pub time_in_force: TimeInForce,
    pub outside_hours: bool,
    pub label: String,
}

/// The number a program gave its order: it names the order for that program only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClientRef {
    pub client_id: i32,
    pub order_id: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformed {
    Quantity,
    Price,
    Label,
}

impl Terms {
    pub fn check(&self) -> Result<(), Malformed> {
        if !self.order_qty.is_positive() {
            return Err(Malformed::Quantity);
        }
        let positive = |price: Option<Price>| price.is_none_or(Price::is_positive);
        if !positive(self.kind.price()) || !positive(self.kind.stop_px()) {
            return Err(Malformed::Price);
        }
        if self.label.len() > MAX_LABEL || !self.label.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(Malformed::Label);
        }
        Ok(())
    }

    /// The bytes an approval commits to: one line a field, every field always there, none free to add a line.
    pub fn canonical(&self) -> String {
        let (price, stop_px) = (self.kind.price(), self.kind.stop_px());
        let shown = |price: Option<Price>| price.map_or_else(String::new, |price| alloc::format!("{price}"));
        alloc::format!(
            "portreeve/order/v1\naccount={}\ncontract={}\nsymbol={}\ncurrency={}\nside={}\norder_qty={}\nord_type={}\nprice={}\nstop_px={}\ntime_in_force={}\noutside_hours={}\nlabel={}\n",
            self.account,
            self.instrument.contract_id,
            self.instrument.symbol,
            self.instrument.currency,
            self.side.as_str(),
            self.order_qty,
            self.kind.as_str(),
            shown(price),
            shown(stop_px),
            self.time_in_force.as_str(),
            self.outside_hours,
            self.label,
        )
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&[self.canonical().as_bytes()])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;
    use crate::instrument::AssetClass;
    use crate::money::Currency;

    pub(crate) fn limit(side: Side, quantity: &str, price: &str) -> Terms {
        Terms {
            account: AccountId::new(1, 1),
            instrument: Instrument {
                contract_id: 265_598,
                symbol: "AAPL".into(),
                class: AssetClass::Stock,
                currency: Currency::parse("USD").unwrap(),
            },
            side,
            order_qty: Quantity::parse(quantity).unwrap(),
            kind: Kind::Limit { price: Price::parse(price).unwrap() },
            time_in_force: TimeInForce::Day,
            outside_hours: false,
            label: String::new(),
        }
    }

    #[test]
    fn an_order_for_nothing_or_less_is_malformed() {
        assert_eq!(limit(Side::Buy, "0", "1").check(), Err(Malformed::Quantity));
        assert_eq!(limit(Side::Buy, "-1", "1").check(), Err(Malformed::Quantity));
        assert_eq!(limit(Side::Buy, "1", "0").check(), Err(Malformed::Price));
        assert_eq!(limit(Side::Buy, "1", "-0.01").check(), Err(Malformed::Price));
        assert_eq!(limit(Side::Buy, "0.00000001", "0.00000001").check(), Ok(()));
    }

    #[test]
    fn a_label_cannot_forge_a_line_of_the_canonical_form() {
        let mut terms = limit(Side::Buy, "1", "1");
        terms.label = "x\nside=sell".into();
        assert_eq!(terms.check(), Err(Malformed::Label));
    }

    #[test]
    fn every_field_changes_the_digest() {
        let base = limit(Side::Buy, "10", "100");
        let edits: [fn(&mut Terms); 8] = [
            |t| t.account = AccountId::new(1, 2),
            |t| t.instrument.contract_id = 1,
            |t| t.side = Side::Sell,
            |t| t.order_qty = Quantity::from_units(1),
            |t| t.kind = Kind::Market,
            |t| t.time_in_force = TimeInForce::GoodTillCancel,
            |t| t.outside_hours = true,
            |t| t.label = "a".into(),
        ];
        for edit in edits {
            let mut edited = base.clone();
            edit(&mut edited);
            assert_ne!(edited.digest(), base.digest());
        }
    }
}
