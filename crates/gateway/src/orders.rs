//! Orders from the wire to the kernel's terms: what the guard does not understand is refused by name.

use crate::refuse::reason;
use kernel::id::AccountId;
use kernel::instrument::Instrument;
use kernel::money::Price;
use kernel::order::{Kind, Side, Terms, TimeInForce, Trail};
use kernel::reason::{Category, Reason};
use kernel::refusal::Refusal;
use kernel::state::State;
use kernel::ties::{Group, Ties};
use rust_decimal::Decimal;
use tws::PlaceOrder;
use venue::{exact, types};

fn unbuilt(field: &str, value: &str) -> Reason {
    let shown: String = value.chars().take(40).collect();
    reason(Category::Guard, "field_not_understood", &[("field", field), ("value", &shown)])
}

fn malformed(code: &str) -> Reason {
    reason(Category::Guard, code, &[])
}

/// Fields that would make the order something else than its quantity and price say.
fn only_plain(place: &PlaceOrder) -> Result<(), Reason> {
    if let Some(extra) = place.extras.first() {
        return Err(unbuilt(extra.name, &extra.value));
    }
    let order = &place.order;
    let texts = [
        ("goodAfterTime", &order.good_after_time),
        ("goodTillDate", &order.good_till_date),
        ("secIdType", &place.contract.sec_id_type),
        ("secId", &place.contract.sec_id),
    ];
    if let Some((field, value)) = texts.into_iter().find(|(_, value)| !value.is_empty()) {
        return Err(unbuilt(field, value));
    }
    // Clients send O or nothing for openClose, 0 (customer) for origin.
    if !matches!(order.open_close.as_str(), "" | "O") {
        return Err(unbuilt("openClose", &order.open_close));
    }
    let numbers = [("origin", order.origin), ("displaySize", order.display_size)];
    if let Some((field, value)) = numbers.into_iter().find(|(_, value)| *value != 0) {
        return Err(unbuilt(field, &value.to_string()));
    }
    if let Some(cash) = order.cash_qty {
        return Err(unbuilt("cashQty", &cash.to_string()));
    }
    if order.hidden { Err(unbuilt("hidden", "1")) } else { Ok(()) }
}

fn kind(place: &PlaceOrder) -> Result<Kind, Reason> {
    let price = |value: Option<Decimal>| {
        let value = value.ok_or_else(|| malformed("price_malformed"))?;
        exact::price(meant(value)).map_err(|_| malformed("price_malformed"))
    };
    let order = &place.order;
    let trails = matches!(order.order_type.as_str(), "TRAIL" | "TRAIL LIMIT");
    let following = [
        ("trailStopPrice", order.trail_stop_price),
        ("trailingPercent", order.trailing_percent),
        ("lmtPriceOffset", order.lmt_price_offset.filter(|_| order.order_type != "TRAIL LIMIT")),
    ];
    if let Some((field, Some(value))) =
        following.into_iter().find(|(name, value)| value.is_some() && (!trails || *name == "lmtPriceOffset"))
    {
        return Err(unbuilt(field, &value.to_string()));
    }
    match order.order_type.as_str() {
        "MKT" | "MOC" => Ok(Kind::Market),
        "LMT" | "LOC" => Ok(Kind::Limit { price: price(order.lmt_price)? }),
        "TRAIL" => Ok(Kind::TrailingStop { trail: trail(order)?, stop_px: first(order)? }),
        "TRAIL LIMIT" => {
            let (stop_px, offset) = (first(order)?, price(offset(order)?)?);
            Ok(Kind::TrailingStopLimit { trail: trail(order)?, stop_px, offset })
        }
        "STP" => Ok(Kind::Stop { stop_px: price(order.aux_price)? }),
        "STP LMT" => Ok(Kind::StopLimit { stop_px: price(order.aux_price)?, price: price(order.lmt_price)? }),
        other => Err(unbuilt("orderType", other)),
    }
}

/// Programs compute in doubles: 23673 x 0.01 comes out as 236.73000000000002, and TWS takes it for 236.73. Within a part in
/// 10^12 of the eight places that are counted here it is that number; what lies further off is refused, never rounded.
fn meant(value: Decimal) -> Decimal {
    let near = value.round_dp(8);
    let off = value.checked_sub(near).and_then(|off| off.abs().checked_mul(Decimal::from(1_000_000_000_000_i64)));
    if off.is_some_and(|off| off <= near.abs()) { near } else { value }
}

fn first(order: &tws::Order) -> Result<Option<Price>, Reason> {
    order.trail_stop_price.map(meant).map(exact::price).transpose().map_err(|_| malformed("price_malformed"))
}

/// As an amount or in hundredths of the price, and not both.
fn trail(order: &tws::Order) -> Result<Trail, Reason> {
    match (order.aux_price.filter(|amount| !amount.is_zero()), order.trailing_percent) {
        (Some(amount), None) => {
            exact::price(meant(amount)).map(Trail::Amount).map_err(|_| malformed("price_malformed"))
        }
        (None, Some(percent)) => {
            exact::percent(meant(percent)).map(Trail::Percent).map_err(|_| malformed("price_malformed"))
        }
        (Some(_), Some(percent)) => Err(unbuilt("trailingPercent", &percent.to_string())),
        (None, None) => Err(malformed("price_malformed")),
    }
}

/// How far the limit lies beyond the stop: said as it is, or by the limit that belongs to the first stop.
fn offset(order: &tws::Order) -> Result<Option<Decimal>, Reason> {
    let limit = order.lmt_price.filter(|limit| !limit.is_zero());
    match (order.lmt_price_offset, limit, order.trail_stop_price) {
        (Some(offset), Some(_), _) => Err(unbuilt("lmtPriceOffset", &offset.to_string())),
        (Some(offset), None, _) => Ok(Some(offset)),
        (None, Some(limit), Some(stop)) if order.action == "BUY" => Ok(limit.checked_sub(stop)),
        (None, Some(limit), Some(stop)) => Ok(stop.checked_sub(limit)),
        // Without either, its limit is its stop.
        (None, None, _) => Ok(Some(Decimal::ZERO)),
        (None, Some(limit), None) => Err(unbuilt("lmtPrice", &limit.to_string())),
    }
}

/// The account an order is for: the one named, or the only one there is.
pub(crate) fn account(state: &State, allowed: &[AccountId], named: &str) -> Result<AccountId, Reason> {
    let not_allowed = || reason(Category::Entitlement, "account_not_allowed", &[]);
    if named.is_empty() {
        return match allowed {
            [only] => Ok(*only),
            _ => Err(not_allowed()),
        };
    }
    let found = state.customer.accounts.iter().find(|account| account.number == named);
    found.map(|account| account.id).filter(|id| allowed.contains(id)).ok_or_else(not_allowed)
}

/// What binds it to others of its program. Which group a child is in, its parent says.
fn ties(order: &tws::Order) -> Result<Ties, Reason> {
    let group = match (order.oca_group.is_empty(), types::oca_fills(order.oca_type)) {
        (true, _) => None,
        (false, Some(fills)) => Some(Group { name: order.oca_group.clone(), fills }),
        (false, None) => return Err(unbuilt("ocaType", &order.oca_type.to_string())),
    };
    Ok(Ties { parent: (order.parent_id != 0).then_some(order.parent_id), parked: !order.transmit, group })
}

/// Of an order that is to be placed. What only asks for a preview never comes to be one.
pub(crate) fn terms(place: &PlaceOrder, account: AccountId, instrument: Instrument) -> Result<Terms, Reason> {
    if place.order.what_if { Err(unbuilt("whatIf", "1")) } else { asked(place, account, instrument) }
}

/// What an order, or a preview of one, asks for.
pub(crate) fn asked(place: &PlaceOrder, account: AccountId, instrument: Instrument) -> Result<Terms, Reason> {
    only_plain(place)?;
    let order = &place.order;
    let side = match order.action.as_str() {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        other => return Err(unbuilt("action", other)),
    };
    let time_in_force = match order.tif.as_str() {
        "" | "DAY" if matches!(order.order_type.as_str(), "MOC" | "LOC") => TimeInForce::AtTheClose,
        other if matches!(order.order_type.as_str(), "MOC" | "LOC") => return Err(unbuilt("tif", other)),
        "FOK" => TimeInForce::FillOrKill,
        "" | "DAY" => TimeInForce::Day,
        "GTC" => TimeInForce::GoodTillCancel,
        "IOC" => TimeInForce::ImmediateOrCancel,
        other => return Err(unbuilt("tif", other)),
    };
    let quantity = order.total_quantity.ok_or_else(|| malformed("quantity_malformed"))?;
    let terms = Terms {
        account,
        instrument,
        side,
        order_qty: exact::quantity(quantity).map_err(|_| malformed("quantity_malformed"))?,
        kind: kind(place)?,
        time_in_force,
        outside_hours: order.outside_rth,
        label: order.order_ref.clone(),
        ties: ties(order)?,
    };
    // What the kernel would refuse as malformed is refused here, so that a giant label is never written down.
    terms.check().map_err(|malformed| Refusal::from(malformed).reason())?;
    Ok(terms)
}
