//! Orders from the wire to the kernel's terms: what the guard does not understand is refused by name.

use crate::refuse::reason;
use kernel::id::AccountId;
use kernel::instrument::Instrument;
use kernel::order::{Kind, Side, Terms, TimeInForce};
use kernel::reason::{Category, Reason};
use kernel::refusal::Refusal;
use kernel::state::State;
use rust_decimal::Decimal;
use tws::PlaceOrder;
use venue::exact;

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
        ("ocaGroup", &order.oca_group),
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
    let numbers = [("origin", order.origin), ("parentId", order.parent_id), ("displaySize", order.display_size)];
    if let Some((field, value)) = numbers.into_iter().find(|(_, value)| *value != 0) {
        return Err(unbuilt(field, &value.to_string()));
    }
    if let Some(cash) = order.cash_qty {
        return Err(unbuilt("cashQty", &cash.to_string()));
    }
    let flags = [("transmit", !order.transmit, "0"), ("hidden", order.hidden, "1"), ("whatIf", order.what_if, "1")];
    match flags.into_iter().find(|(_, odd, _)| *odd) {
        Some((field, _, value)) => Err(unbuilt(field, value)),
        None => Ok(()),
    }
}

fn kind(place: &PlaceOrder) -> Result<Kind, Reason> {
    let price = |value: Option<Decimal>| {
        let value = value.ok_or_else(|| malformed("price_malformed"))?;
        exact::price(value).map_err(|_| malformed("price_malformed"))
    };
    let order = &place.order;
    match order.order_type.as_str() {
        "MKT" => Ok(Kind::Market),
        "LMT" => Ok(Kind::Limit { price: price(order.lmt_price)? }),
        "STP" => Ok(Kind::Stop { stop_px: price(order.aux_price)? }),
        "STP LMT" => Ok(Kind::StopLimit { stop_px: price(order.aux_price)?, price: price(order.lmt_price)? }),
        other => Err(unbuilt("orderType", other)),
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

pub(crate) fn terms(place: &PlaceOrder, account: AccountId, instrument: Instrument) -> Result<Terms, Reason> {
    only_plain(place)?;
    let order = &place.order;
    let side = match order.action.as_str() {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        other => return Err(unbuilt("action", other)),
    };
    let time_in_force = match order.tif.as_str() {
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
    };
    // What the kernel would refuse as malformed is refused here, so that a giant label is never written down.
    terms.check().map_err(|malformed| Refusal::from(malformed).reason())?;
    Ok(terms)
}
