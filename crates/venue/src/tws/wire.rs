//! Wire: our orders, contracts and times in the protocol's words, and back.

use super::previews::REFERENCE;
use crate::contract::{Contract, ContractQuery};
use crate::derivative::{self, FUTURE, OPTION};
use crate::exact;
use crate::types;
use kernel::effect::Tied;
use kernel::id::OrderId;
use kernel::instrument::{AssetClass, Instrument};
use kernel::money::Currency;
use kernel::order::{Side, Terms};
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use tws::{ContractDetails, PlaceOrder};

/// The order carries our own identifier as its reference: by it alone it is found again.
pub(super) fn place(
    number: i32,
    id: OrderId,
    account: &str,
    (terms, tied, parent): (&Terms, &Tied, i32),
) -> PlaceOrder {
    let (oca_group, oca_type) =
        tied.group.clone().map_or((String::new(), 0), |(name, fills)| (name, types::oca_type(fills)));
    let order = tws::Order {
        order_ref: id.to_string(),
        transmit: !tied.parked,
        parent_id: parent,
        oca_group,
        oca_type,
        ..order(account, terms)
    };
    PlaceOrder { order_id: number, contract: contract(&terms.instrument), order, extras: Vec::new() }
}

/// Of the order by itself. It names none of ours: should upstream take it for an order, it is known as what it is.
pub(super) fn preview(number: i32, account: &str, terms: &Terms) -> PlaceOrder {
    let order = tws::Order { what_if: true, order_ref: REFERENCE.to_owned(), ..order(account, terms) };
    PlaceOrder { order_id: number, contract: contract(&terms.instrument), order, extras: Vec::new() }
}

fn order(account: &str, terms: &Terms) -> tws::Order {
    let mut order = tws::Order {
        action: match terms.side {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
        .to_owned(),
        total_quantity: Some(exact::from_quantity(terms.order_qty)),
        account: account.to_owned(),
        outside_rth: terms.outside_hours,
        ..tws::Order::default()
    };
    types::write(terms, &mut order);
    order
}

/// Whether upstream tells the order as it was asked to change it. Of one from which others of its group may take, what
/// is left is told: any part of what was asked.
pub(super) fn same_terms(terms: &Terms, told: &tws::Order, may_shrink: bool) -> bool {
    let asked = exact::from_quantity(terms.order_qty);
    let quantity = |total: Decimal| total == asked || (may_shrink && total > Decimal::ZERO && total < asked);
    told.total_quantity.is_some_and(quantity) && types::same(terms, told)
}

/// Codes that say of an order: it, or the change of it, was not taken. Others are remarks, or say nothing
/// of whether it works: those must not end an order that may still trade.
pub fn rejects(code: i32) -> bool {
    match code {
        165 | 399 | 404 => false,
        101..=164 | 200 | 201 | 203 | 300..=449 => true,
        _ => false,
    }
}

/// Codes that answer no question: warnings of a time without a zone, of delayed data, of an order that waits.
pub(super) fn remarks(code: i32) -> bool {
    matches!(code, 165 | 399 | 404 | 2_100..=2_199 | 10_167)
}

/// Upstream's own words, no more of them than are read.
pub(super) fn short(text: &str) -> String {
    text.chars().take(400).collect()
}

/// Where it is listed, as data is asked for.
pub(super) fn listed(found: &Contract) -> tws::Contract {
    tws::Contract { exchange: found.exchange.clone(), ..contract(&found.instrument) }
}

pub(super) fn contract(instrument: &Instrument) -> tws::Contract {
    let (sec_type, exchange) = match instrument.class {
        AssetClass::Stock | AssetClass::Etf => ("STK", "SMART"),
        AssetClass::Forex => ("CASH", "IDEALPRO"),
        // Where it is listed only its record says; see `listed`.
        AssetClass::Future => (FUTURE, ""),
        AssetClass::Option => (OPTION, "SMART"),
    };
    let mut contract = tws::Contract {
        // An identifier that does not fit names nothing, and upstream says so.
        con_id: i32::try_from(instrument.contract_id).unwrap_or(0),
        symbol: instrument.symbol.clone(),
        sec_type: sec_type.to_owned(),
        exchange: exchange.to_owned(),
        currency: instrument.currency.to_string(),
        ..tws::Contract::default()
    };
    derivative::write(instrument, &mut contract);
    contract
}

pub(super) fn question(query: &ContractQuery) -> Option<tws::Contract> {
    Some(tws::Contract {
        con_id: i32::try_from(query.contract_id).ok()?,
        symbol: query.symbol.clone(),
        sec_type: query.sec_type.clone(),
        exchange: query.exchange.clone(),
        primary_exchange: query.primary_exchange.clone(),
        currency: query.currency.clone(),
        local_symbol: query.local_symbol.clone(),
        trading_class: query.trading_class.clone(),
        expiry: query.expiry.clone(),
        strike: query.strike,
        right: query.right.clone(),
        multiplier: query.multiplier.clone(),
        ..tws::Contract::default()
    })
}

/// `None` for what the house does not trade.
pub(super) fn answer(told: &ContractDetails) -> Option<Contract> {
    let contract = &told.contract;
    let (class, derivative) = match (contract.sec_type.as_str(), told.stock_type.as_str()) {
        ("STK", "ETF") => (AssetClass::Etf, None),
        ("STK", _) => (AssetClass::Stock, None),
        ("CASH", _) => (AssetClass::Forex, None),
        // A price in cents would count a hundred times what it is: who says so is not traded.
        (FUTURE | OPTION, _) if (0..=1).contains(&told.price_magnifier) => {
            let dated = (contract.expiry.as_str(), contract.multiplier.as_str());
            let (class, derivative) = derivative::read(&contract.sec_type, dated, (contract.strike, &contract.right))?;
            (class, Some(derivative))
        }
        _ => return None,
    };
    let smart = class != AssetClass::Forex && told.valid_exchanges.split(',').any(|each| each == "SMART");
    Some(Contract {
        instrument: Instrument {
            contract_id: i64::from(contract.con_id),
            symbol: contract.symbol.clone(),
            class,
            currency: Currency::parse(&contract.currency).ok()?,
            derivative,
        },
        sec_type: contract.sec_type.clone(),
        exchange: if smart { "SMART".to_owned() } else { contract.exchange.clone() },
        primary_exchange: contract.primary_exchange.clone(),
        local_symbol: contract.local_symbol.clone(),
        trading_class: contract.trading_class.clone(),
        long_name: told.long_name.clone(),
        stock_type: told.stock_type.clone(),
        time_zone: told.time_zone.clone(),
        // Orders count as inside hours only while the market is liquid.
        trading_hours: told.liquid_hours.clone(),
        min_tick: told.min_tick,
        size_increment: if told.size_increment.is_zero() { Decimal::ONE } else { told.size_increment },
        under_contract_id: i64::from(told.under_con_id),
    })
}

/// `yyyymmdd hh:mm:ss` and the name of a zone; without one it is taken for UTC.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (day, clock) = (words.next()?, words.next()?);
    let zone = words.next().map_or(Some(jiff::tz::TimeZone::UTC), |name| jiff::tz::TimeZone::get(name).ok())?;
    let civil = jiff::civil::DateTime::strptime("%Y%m%d %H:%M:%S", format!("{day} {clock}")).ok()?;
    let zoned = civil.to_zoned(zone).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_its_own_zone() {
        assert_eq!(time("20261122 09:30:00 America/New_York"), time("20261122 14:30:00 UTC"));
        assert_eq!(time("20261122  14:30:00"), time("20261122 14:30:00 UTC"));
        assert_eq!(time("20261122 14:30:00 UTC").unwrap(), Timestamp(1_795_357_800_000));
        assert_eq!(time("20261122 14:30:00 Nowhere"), None);
        assert_eq!(time("20269922 14:30:00 UTC"), None);
    }

    #[test]
    fn a_remark_ends_no_order() {
        assert!([103, 110, 201, 321].into_iter().all(rejects));
        assert!(![100, 202, 399, 404, 2_109, 10_167, 10_147].into_iter().any(rejects));
    }
}
