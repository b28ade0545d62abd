//! Order: the terms of an order in FIX words, their canonical form and its digest.

use crate::digest::Digest;
use crate::id::AccountId;
use crate::instrument::{Derivative, Instrument};
use crate::money::{Percent, Price, Quantity};
use crate::ties::Ties;
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
    Limit {
        price: Price,
    },
    Stop {
        stop_px: Price,
    },
    StopLimit {
        stop_px: Price,
        price: Price,
    },
    /// A stop that follows the market at a distance, and never goes back.
    TrailingStop {
        trail: Trail,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop_px: Option<Price>,
    },
    /// The same; once it is touched it is a limit order, so far beyond the stop.
    TrailingStopLimit {
        trail: Trail,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop_px: Option<Price>,
        offset: Price,
    },
}

/// How far behind the market a trailing stop follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trail {
    Amount(Price),
    Percent(Percent),
}

impl Trail {
    /// From a price of the market; `None` where it does not fit.
    pub fn from(self, price: Price) -> Option<Price> {
        match self {
            Self::Amount(amount) => Some(amount),
            Self::Percent(percent) => price.hundredths(percent),
        }
    }
    fn is_a_distance(self) -> bool {
        match self {
            Self::Amount(amount) => amount.is_positive(),
            Self::Percent(percent) => percent.is_positive() && percent < Percent::WHOLE,
        }
    }
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit { .. } => "limit",
            Self::Stop { .. } => "stop",
            Self::StopLimit { .. } => "stop_limit",
            Self::TrailingStop { .. } => "trailing_stop",
            Self::TrailingStopLimit { .. } => "trailing_stop_limit",
        }
    }
    pub const fn price(self) -> Option<Price> {
        match self {
            Self::Limit { price } | Self::StopLimit { price, .. } => Some(price),
            Self::Market | Self::Stop { .. } | Self::TrailingStop { .. } | Self::TrailingStopLimit { .. } => None,
        }
    }
    pub const fn stop_px(self) -> Option<Price> {
        match self {
            Self::Stop { stop_px } | Self::StopLimit { stop_px, .. } => Some(stop_px),
            Self::TrailingStop { stop_px, .. } | Self::TrailingStopLimit { stop_px, .. } => stop_px,
            Self::Market | Self::Limit { .. } => None,
        }
    }
    /// How it follows the market, and how far beyond its stop it still trades.
    pub const fn trail(self) -> Option<(Trail, Option<Price>)> {
        match self {
            Self::TrailingStop { trail, .. } => Some((trail, None)),
            Self::TrailingStopLimit { trail, offset, .. } => Some((trail, Some(offset))),
            Self::Market | Self::Limit { .. } | Self::Stop { .. } | Self::StopLimit { .. } => None,
        }
    }
    /// It rests without a price in the market until its stop is touched.
    pub const fn is_stop(self) -> bool {
        match self {
            Self::Market | Self::Limit { .. } => false,
            Self::Stop { .. } | Self::StopLimit { .. } | Self::TrailingStop { .. } | Self::TrailingStopLimit { .. } => {
                true
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    Day,
    GoodTillCancel,
    ImmediateOrCancel,
    FillOrKill,
    /// In the auction that ends the session; a limit or market order only.
    AtTheClose,
}

impl TimeInForce {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::GoodTillCancel => "good_till_cancel",
            Self::ImmediateOrCancel => "immediate_or_cancel",
            Self::FillOrKill => "fill_or_kill",
            Self::AtTheClose => "at_the_close",
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
    #[serde(default, skip_serializing_if = "Ties::is_none")]
    pub ties: Ties,
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
    /// A stop that waits for the close of a session, or a name of a group that is none.
    Combination,
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
        if let Some((trail, offset)) = self.kind.trail()
            && (!trail.is_a_distance() || offset.is_some_and(Price::is_negative))
        {
            return Err(Malformed::Price);
        }
        let waits = self.time_in_force == TimeInForce::AtTheClose && (self.kind.is_stop() || self.outside_hours);
        if waits || !self.ties.is_well_formed() {
            return Err(Malformed::Combination);
        }
        if self.label.len() > MAX_LABEL || !self.label.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(Malformed::Label);
        }
        Ok(())
    }

    /// The bytes an approval commits to: one line a field, every field always there, none free to add a line. What
    /// the first version has no line for is in a second one, which says so in its first line; of a future or an option
    /// in a third, which adds to the second what it is.
    pub fn canonical(&self) -> String {
        let (price, stop_px) = (self.kind.price(), self.kind.stop_px());
        let shown = |price: Option<Price>| price.map_or_else(String::new, |price| alloc::format!("{price}"));
        let derivative = self.instrument.derivative;
        let second = self.kind.trail().is_some() || !self.ties.is_none() || derivative.is_some();
        let mut text = alloc::format!(
            "portreeve/order/v{}\naccount={}\ncontract={}\nsymbol={}\ncurrency={}\nside={}\norder_qty={}\nord_type={}\nprice={}\nstop_px={}\ntime_in_force={}\noutside_hours={}\nlabel={}\n",
            match (second, derivative) {
                (false, _) => 1,
                (true, None) => 2,
                (true, Some(_)) => 3,
            },
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
        );
        if second {
            let (trail, offset) = self.kind.trail().map_or((None, None), |(trail, offset)| (Some(trail), offset));
            let trail = match trail {
                Some(Trail::Amount(amount)) => alloc::format!("{amount}"),
                Some(Trail::Percent(percent)) => alloc::format!("{percent}%"),
                None => String::new(),
            };
            text.push_str(&alloc::format!("trail={trail}\noffset={}\n{}", shown(offset), self.ties.canonical()));
        }
        if let Some(Derivative { multiplier, expiry, option }) = derivative {
            let right = option.map_or("", |struck| struck.right.as_str());
            let strike = shown(option.map(|struck| struck.strike));
            text.push_str(&alloc::format!(
                "multiplier={multiplier}\nexpiry={expiry}\nright={right}\nstrike={strike}\n"
            ));
        }
        text
    }

    pub fn digest(&self) -> Digest {
        Digest::of(&[self.canonical().as_bytes()])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;
    use crate::instrument::{AssetClass, Right, Struck};
    use crate::money::Currency;

    pub(crate) fn limit(side: Side, quantity: &str, price: &str) -> Terms {
        Terms {
            account: AccountId::new(1, 1),
            instrument: Instrument {
                contract_id: 265_598,
                symbol: "AAPL".into(),
                class: AssetClass::Stock,
                currency: Currency::parse("USD").unwrap(),
                derivative: None,
            },
            side,
            order_qty: Quantity::parse(quantity).unwrap(),
            kind: Kind::Limit { price: Price::parse(price).unwrap() },
            time_in_force: TimeInForce::Day,
            outside_hours: false,
            label: String::new(),
            ties: Ties::default(),
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
        let edits: [fn(&mut Terms); 20] = [
            |t| t.account = AccountId::new(1, 2),
            |t| t.instrument.contract_id = 1,
            |t| t.side = Side::Sell,
            |t| t.order_qty = Quantity::from_units(1),
            |t| t.kind = Kind::Market,
            |t| t.time_in_force = TimeInForce::GoodTillCancel,
            |t| t.outside_hours = true,
            |t| t.label = "a".into(),
            |t| t.time_in_force = TimeInForce::FillOrKill,
            |t| t.kind = trailing(Trail::Amount(Price::from_units(1)), None, None),
            |t| t.kind = trailing(Trail::Percent(Percent::from_units(1)), None, None),
            |t| t.kind = trailing(Trail::Amount(Price::from_units(1)), Some(1), None),
            |t| t.kind = trailing(Trail::Amount(Price::from_units(1)), None, Some(1)),
            |t| t.ties.parent = Some(1),
            |t| t.ties.parked = true,
            |t| t.instrument.derivative = derivative("50", 20_261_218, None),
            |t| t.instrument.derivative = derivative("5", 20_261_218, None),
            |t| t.instrument.derivative = derivative("50", 20_270_319, None),
            |t| t.instrument.derivative = derivative("50", 20_261_218, Some(Right::Call)),
            |t| t.instrument.derivative = derivative("50", 20_261_218, Some(Right::Put)),
        ];
        let digests: alloc::collections::BTreeSet<_> = edits
            .into_iter()
            .map(|edit| {
                let mut edited = base.clone();
                edit(&mut edited);
                alloc::format!("{}", edited.digest())
            })
            .chain([alloc::format!("{}", base.digest())])
            .collect();
        assert_eq!(digests.len(), 21);
    }

    fn derivative(multiplier: &str, expiry: u32, right: Option<Right>) -> Option<Derivative> {
        let option = right.map(|right| Struck { right, strike: Price::from_units(1) });
        Some(Derivative { multiplier: Quantity::parse(multiplier).unwrap(), expiry, option })
    }

    fn trailing(trail: Trail, stop_px: Option<i64>, offset: Option<i64>) -> Kind {
        let stop_px = stop_px.map(Price::from_units);
        match offset {
            Some(offset) => Kind::TrailingStopLimit { trail, stop_px, offset: Price::from_units(offset) },
            None => Kind::TrailingStop { trail, stop_px },
        }
    }

    #[test]
    fn a_trail_is_more_than_nothing_and_less_than_the_whole_price() {
        let check = |trail, stop_px, offset| {
            let mut terms = limit(Side::Sell, "1", "1");
            terms.kind = trailing(trail, stop_px, offset);
            terms.check()
        };
        let percent = |units| Trail::Percent(Percent::from_units(units));
        assert_eq!(check(Trail::Amount(Price::ZERO), None, None), Err(Malformed::Price));
        assert_eq!(check(Trail::Amount(Price::from_units(1)), None, None), Ok(()));
        assert_eq!(check(Trail::Amount(Price::from_units(1)), Some(0), None), Err(Malformed::Price));
        assert_eq!(check(percent(0), None, None), Err(Malformed::Price));
        assert_eq!(check(percent(1), None, Some(0)), Ok(()));
        assert_eq!(check(percent(1), None, Some(-1)), Err(Malformed::Price));
        assert_eq!(check(percent(Percent::WHOLE.units() - 1), None, None), Ok(()));
        assert_eq!(check(percent(Percent::WHOLE.units()), None, None), Err(Malformed::Price));
    }

    #[test]
    fn only_limit_and_market_orders_wait_for_the_close() {
        let mut terms = limit(Side::Buy, "1", "1");
        terms.time_in_force = TimeInForce::AtTheClose;
        assert_eq!(terms.check(), Ok(()));
        terms.outside_hours = true;
        assert_eq!(terms.check(), Err(Malformed::Combination));
        terms.outside_hours = false;
        terms.kind = Kind::Stop { stop_px: Price::from_units(1) };
        assert_eq!(terms.check(), Err(Malformed::Combination));
    }

    #[test]
    fn an_order_of_the_first_kind_has_the_bytes_it_always_had() {
        let text = limit(Side::Buy, "10", "100").canonical();
        assert!(text.starts_with("portreeve/order/v1\n") && text.ends_with("outside_hours=false\nlabel=\n"));
    }
}
