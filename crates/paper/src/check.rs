//! Check: what an order must be before the broker takes it.

use rust_decimal::Decimal;

use crate::account::Account;
use crate::commission::commission;
use crate::event::Given;
use crate::instrument::{Instrument, by_id};
use crate::margin::{figures, friction, only_closes, worst_price};
use crate::order::{Order, Tif, Trail};
use crate::reason::Reason;

/// Quantities and prices of orders stay at or below a thousand million.
const LARGEST_FIGURE: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
/// Deposits stay at or below a million million.
const LARGEST_DEPOSIT: Decimal = Decimal::from_parts(0xd4a5_1000, 0xe8, 0, false, 0);
/// Bytes in a reference, a label or an account number.
pub(crate) const LONGEST_TEXT: usize = 256;

/// The order by itself: texts, instrument, quantity and prices on their grids.
pub(crate) fn order(order: &Order) -> Result<&'static Instrument, Reason> {
    if order.reference.is_empty() {
        return Err(Reason::ReferenceEmpty);
    }
    if order.reference.len() > LONGEST_TEXT || order.label.len() > LONGEST_TEXT {
        return Err(Reason::TextTooLong);
    }
    let instrument = by_id(order.con_id).ok_or(Reason::UnknownInstrument)?;
    if order.quantity <= Decimal::ZERO {
        return Err(Reason::QuantityNotPositive);
    }
    if order.quantity > LARGEST_FIGURE {
        return Err(Reason::TooLarge);
    }
    if !on_grid(order.quantity, instrument.size_increment) {
        return Err(Reason::QuantityOffIncrement);
    }
    let close = order.tif == Tif::Close;
    if close && order.kind.is_stop() {
        return Err(Reason::Combination);
    }
    if close && instrument.is_forex() {
        return Err(Reason::NoClose);
    }
    if let Some((by, offset)) = order.kind.trail() {
        trail(by, offset)?;
    }
    for price in [order.kind.limit(), order.kind.stop()].into_iter().flatten() {
        if price <= Decimal::ZERO {
            return Err(Reason::PriceNotPositive);
        }
        if price > LARGEST_FIGURE {
            return Err(Reason::TooLarge);
        }
        if !on_grid(price, instrument.min_tick) {
            return Err(Reason::PriceOffTick);
        }
    }
    Ok(instrument)
}

/// It has not expired, and is there already.
pub(crate) fn listed(instrument: &Instrument, now_ms: i64) -> Result<(), Reason> {
    if instrument.is_listed(now_ms) { Ok(()) } else { Err(Reason::NotListed) }
}

/// A replay may tell nothing of it, or not yet.
pub(crate) fn quoted(instrument: &Instrument, given: &Given) -> Result<(), Reason> {
    given.market.shown(instrument, given.now_ms).map(|_| ()).ok_or(Reason::NotQuoted)
}

/// A distance is above nothing; a percentage is less than the whole price. Where it leads is rounded to the grid.
fn trail(by: Trail, offset: Option<Decimal>) -> Result<(), Reason> {
    let (far, most) = match by {
        Trail::Amount(amount) => (amount, LARGEST_FIGURE),
        Trail::Percent(percent) => (percent, Decimal::ONE_HUNDRED),
    };
    let offset = offset.unwrap_or_default();
    if far <= Decimal::ZERO || offset < Decimal::ZERO {
        return Err(Reason::PriceNotPositive);
    }
    if far >= most || offset >= LARGEST_FIGURE { Err(Reason::TooLarge) } else { Ok(()) }
}

/// A deposit by itself.
pub(crate) fn deposit(amount: Decimal) -> Result<(), Reason> {
    if amount <= Decimal::ZERO {
        return Err(Reason::AmountNotPositive);
    }
    if amount > LARGEST_DEPOSIT {
        return Err(Reason::TooLarge);
    }
    if amount.normalize().scale() > 2 {
        return Err(Reason::AmountOffCent);
    }
    Ok(())
}

/// Whether the account can carry the order beside its other open ones; see [`figures`]. What only closes, or takes no
/// more than was taken, is always carried.
pub(crate) fn funds<'a>(
    account: &Account,
    others: impl Iterator<Item = (&'a Order, Decimal)> + Clone,
    (order, remaining): (&'a Order, Decimal),
    instrument: &Instrument,
    given: &Given,
) -> Result<(), Reason> {
    let with = figures(account, others.clone().chain([(order, remaining)]), given).ok_or(Reason::Overflow)?;
    let available = with.available().ok_or(Reason::Overflow)?;
    let price = worst_price(order, instrument, given).ok_or(Reason::Overflow)?;
    let cost = commission(instrument, remaining, price, given)
        .and_then(|fee| friction(account, instrument, remaining, fee, given))
        .ok_or(Reason::Overflow)?;
    if available >= cost {
        return Ok(());
    }
    if only_closes(account, others.clone(), (order, remaining)).ok_or(Reason::Overflow)? {
        return Ok(());
    }
    let without = figures(account, others, given).ok_or(Reason::Overflow)?;
    if with.initial <= without.initial { Ok(()) } else { Err(Reason::InsufficientFunds) }
}

fn on_grid(figure: Decimal, grid: Decimal) -> bool {
    figure.checked_rem(grid).is_some_and(|rest| rest.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_deposit_is_a_million_million() {
        assert_eq!(LARGEST_DEPOSIT, Decimal::from(1_000_000_000_000_i64));
    }
}
