//! Types: order types, times in force and prices in the words of the TWS protocol, for both of its sides.

use crate::exact;
use kernel::order::{Kind, Terms, TimeInForce, Trail};
use kernel::ties::Fills;
use rust_decimal::Decimal;

pub const fn order_type(kind: Kind, time_in_force: TimeInForce) -> &'static str {
    match (kind, time_in_force) {
        (Kind::Market, TimeInForce::AtTheClose) => "MOC",
        (Kind::Market, _) => "MKT",
        (Kind::Limit { .. }, TimeInForce::AtTheClose) => "LOC",
        (Kind::Limit { .. }, _) => "LMT",
        (Kind::Stop { .. }, _) => "STP",
        (Kind::StopLimit { .. }, _) => "STP LMT",
        (Kind::TrailingStop { .. }, _) => "TRAIL",
        (Kind::TrailingStopLimit { .. }, _) => "TRAIL LIMIT",
    }
}

const fn tif(time_in_force: TimeInForce) -> &'static str {
    match time_in_force {
        TimeInForce::Day | TimeInForce::AtTheClose => "DAY",
        TimeInForce::GoodTillCancel => "GTC",
        TimeInForce::ImmediateOrCancel => "IOC",
        TimeInForce::FillOrKill => "FOK",
    }
}

/// TWS's numbers for what a fill does to the others of a group.
pub const fn oca_type(fills: Fills) -> i32 {
    match fills {
        Fills::CancelBlocked => 1,
        Fills::ReduceBlocked => 2,
        Fills::Reduce => 3,
    }
}

pub const fn oca_fills(oca_type: i32) -> Option<Fills> {
    match oca_type {
        1 => Some(Fills::CancelBlocked),
        2 => Some(Fills::ReduceBlocked),
        3 => Some(Fills::Reduce),
        _ => None,
    }
}

/// What its type, its time in force and its prices are called.
pub fn write(terms: &Terms, order: &mut tws::Order) {
    let kind = terms.kind;
    order.order_type = order_type(kind, terms.time_in_force).to_owned();
    order.tif = tif(terms.time_in_force).to_owned();
    order.lmt_price = kind.price().map(exact::from_price);
    order.aux_price = kind.stop_px().map(exact::from_price);
    if let Some((trail, offset)) = kind.trail() {
        order.trail_stop_price = order.aux_price.take();
        order.lmt_price_offset = offset.map(exact::from_price);
        match trail {
            Trail::Amount(amount) => order.aux_price = Some(exact::from_price(amount)),
            Trail::Percent(percent) => order.trailing_percent = Some(exact::from_percent(percent)),
        }
    }
}

/// Whether these prices are the ones that were asked for. Where a trailing stop stands by now says nothing about it.
pub fn same(terms: &Terms, told: &tws::Order) -> bool {
    let mut asked = tws::Order::default();
    write(terms, &mut asked);
    let price = |ours: Option<Decimal>, theirs: Option<Decimal>| ours.is_none() || ours == theirs;
    price(asked.lmt_price, told.lmt_price)
        && price(asked.aux_price, told.aux_price)
        && price(asked.trailing_percent, told.trailing_percent)
        && price(asked.lmt_price_offset, told.lmt_price_offset)
}
