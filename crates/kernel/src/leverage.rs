//! Leverage: how many times its net value an account could come to hold, and how much of it margin could take.
//!
//! All by the venue's own figures: an account holds more than what was bought through here.

use crate::exposure::{Adds, exposure};
use crate::given::Figures;
use crate::group::Groups;
use crate::id::{AccountId, OrderId};
use crate::limits::Limits;
use crate::money::{Amount, Leverage, Quantity};
use crate::order::Side;
use crate::time::Timestamp;
use crate::working::{Order, Orders};
use serde::{Deserialize, Serialize};

/// Older figures are none. A TWS tells them at least every three minutes.
pub const FIGURES_AGE_MS: i64 = 240_000;

/// What is stated of an account, by whoever asks and by itself, and what its other open orders could still add. Read
/// where it lies: every order carries it that has something beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strain<'a> {
    pub own: &'a Limits,
    pub account: &'a Limits,
    pub open: Amount,
}

/// What an order that waits for an approval would bring its account to, and above what it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    pub leverage: Leverage,
    pub above: Leverage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The venue has not said what the account is worth, or not for long.
    NoFreshFigures,
    Leverage {
        value: Amount,
        net: Amount,
        limit: Leverage,
    },
    MarginUse {
        value: Amount,
        net: Amount,
        limit: u32,
    },
    TooLarge,
}

impl Strain<'_> {
    /// Whether an order that adds so much, and whose gross value says so once it is filled, takes an approval; why it may not be placed at all. In observe mode what the
    /// credential states for itself is taken away; what it is to be asked about stays.
    pub fn check(
        &self,
        figures: Option<&Figures>,
        (adds, measured): (Amount, bool),
        now: Timestamp,
        observing: bool,
    ) -> Result<bool, Refusal> {
        let own = if observing { &Limits::NONE } else { self.own };
        let most = least(own.leverage, self.account.leverage);
        let margin = least(own.margin_use_bps, self.account.margin_use_bps);
        let approve_above = self.asked_above();
        if most.is_none() && margin.is_none() && approve_above.is_none() {
            return Ok(false);
        }
        if !measured && (most.is_some() || approve_above.is_some()) {
            return Err(Refusal::NoFreshFigures);
        }
        let fresh = figures.filter(|told| told.at >= now.minus_ms(FIGURES_AGE_MS));
        let figures = fresh.ok_or(Refusal::NoFreshFigures)?;
        let (net, gross) = (figures.net_liquidation, self.gross(figures, adds).ok_or(Refusal::TooLarge)?);
        // What is worth nothing bears nothing.
        let above = |value: Amount, bound: Amount| !net.is_positive() || value > bound;
        if let Some(limit) = most.filter(|limit| above(gross, net.times(*limit))) {
            return Err(Refusal::Leverage { value: gross, net, limit });
        }
        if let Some(limit) = margin {
            let taken = figures.initial_margin.ok_or(Refusal::NoFreshFigures)?;
            let value = self.with(taken, adds).ok_or(Refusal::TooLarge)?;
            if above(value, net.basis_points(limit)) {
                return Err(Refusal::MarginUse { value, net, limit });
            }
        }
        Ok(approve_above.is_some_and(|limit| above(gross, net.times(limit))))
    }

    /// The same in figures, of an order that waits.
    pub fn raised(&self, figures: &Figures, adds: Amount) -> Option<Raised> {
        let above = self.asked_above()?;
        let (net, gross) = (figures.net_liquidation, self.gross(figures, adds)?);
        let raised = !net.is_positive() || gross > net.times(above);
        raised.then(|| Raised { leverage: gross.over(net), above })
    }

    fn asked_above(&self) -> Option<Leverage> {
        least(self.own.approve_leverage_above, self.account.approve_leverage_above)
    }

    fn gross(&self, figures: &Figures, adds: Amount) -> Option<Amount> {
        self.with(figures.gross_position_value, adds)
    }

    fn with(&self, held: Amount, adds: Amount) -> Option<Amount> {
        held.checked_add(self.open)?.checked_add(adds)
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

/// What is left of an order's value when so much of it is left, rounded up.
pub fn part(value: Amount, left: Quantity, whole: Quantity) -> Amount {
    if left >= whole || !whole.is_positive() || left.is_negative() {
        return value;
    }
    let (value, left, whole) = (value.units(), i128::from(left.units()), i128::from(whole.units()));
    // Two counts of 63 bits are one of 126, and so many wholes of the value are less than all of it.
    let (each, rest) = (value.div_euclid(whole), value.rem_euclid(whole).wrapping_mul(left));
    let up = rest.div_euclid(whole).wrapping_add(i128::from(rest.rem_euclid(whole) != 0));
    Amount::from_units(each.wrapping_mul(left).wrapping_add(up))
}

/// What the open orders of an account could still add to what it holds. Those that only reduce add nothing, nor does
/// what only closes its parent's.
pub fn open(
    (orders, groups): (&Orders, &Groups),
    net: impl Fn(&Order) -> Quantity,
    account: AccountId,
    without: Option<OrderId>,
) -> Amount {
    let only_reduces = |order: &Order| {
        let position = net(order);
        let against = match order.terms.side {
            Side::Buy => position.is_negative(),
            Side::Sell => position.is_positive(),
        };
        let adds = Adds { terms: &order.terms, quantity: Quantity::ZERO, changes: without, group: None };
        let all = || exposure((orders, groups), (position, position), &adds, |_, on| on == account);
        against && all().reduces(order.terms.side, Quantity::ZERO)
    };
    let closes = |order: &Order| order.parent().is_some_and(|parent| orders.contains_key(&parent));
    let others = orders.values().filter(|order| order.terms.account == account && Some(order.id) != without);
    let adds = others.filter(|order| !closes(order) && !only_reduces(order));
    adds.fold(Amount::ZERO, |sum, order| sum.saturating_add(part(order.value(), order.remaining(), order.whole())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(value: i128, left: i64, whole: i64) -> i128 {
        part(Amount::from_units(value), Quantity::from_units(left), Quantity::from_units(whole)).units()
    }

    #[test]
    fn what_is_left_is_rounded_up_and_never_more_than_all() {
        for (value, left, whole, expected) in
            [(100, 10, 10, 100), (100, 11, 10, 100), (100, 5, 10, 50), (100, 1, 3, 34), (100, 0, 3, 0), (7, 1, 0, 7)]
        {
            assert_eq!(of(value, left, whole), expected, "{value} {left}/{whole}");
        }
        assert_eq!(of(i128::MAX, i64::MAX - 1, i64::MAX), i128::MAX - i128::MAX / i128::from(i64::MAX));
    }

    #[test]
    fn a_leverage_is_told_rounded_up_to_a_hundredth() {
        let amount = |text: &str| Amount::parse(text).unwrap();
        for (gross, net, expected) in
            [("150", "100", "1.5"), ("150.0001", "100", "1.51"), ("1", "3", "0.34"), ("0", "5", "0")]
        {
            assert_eq!(amount(gross).over(amount(net)), Leverage::parse(expected).unwrap(), "{gross}/{net}");
        }
        for net in ["0", "-1", "0.0000000000000001"] {
            assert_eq!(amount("5000").over(amount(net)), Leverage::MAX, "{net}");
        }
    }
}
