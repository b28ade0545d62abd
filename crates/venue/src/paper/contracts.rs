//! The paper broker's instruments, found by what a program says of them, and orders in its own words.

use crate::contract::{Contract, ContractQuery};
use crate::exact;
use kernel::effect::{Effect, Tied};
use kernel::instrument::{AssetClass, Instrument};
use kernel::money::Currency;
use kernel::order::{Kind, Side, Terms, TimeInForce, Trail};
use kernel::ties::Fills;
use kernel::time::Timestamp;
use paper::{Command, Hours};

pub(super) fn instrument(contract_id: i64) -> Option<&'static paper::Instrument> {
    paper::instrument::by_id(u32::try_from(contract_id).ok()?)
}

pub(super) fn find(query: &ContractQuery, now: Timestamp, hours: Hours) -> Vec<Contract> {
    let says = |said: &str, is: &str| said.is_empty() || said == is;
    let matches = |each: &&paper::Instrument| {
        (query.contract_id == 0 || query.contract_id == i64::from(each.con_id))
            && says(&query.symbol, each.symbol)
            && says(&query.sec_type, each.sec_type())
            && says(&query.currency, each.currency)
            && says(&query.primary_exchange, each.primary_exchange)
            && says(&query.local_symbol, &local_symbol(each))
            && (says(&query.exchange, each.exchange) || query.exchange == each.primary_exchange)
    };
    let named = query.contract_id != 0 || !query.symbol.is_empty() || !query.local_symbol.is_empty();
    if !named {
        return Vec::new();
    }
    paper::instrument::all().iter().filter(matches).filter_map(|each| contract(each, now, hours)).collect()
}

fn local_symbol(instrument: &paper::Instrument) -> String {
    if instrument.is_forex() {
        format!("{}.{}", instrument.symbol, instrument.currency)
    } else {
        instrument.symbol.to_owned()
    }
}

/// What the broker calls by this number.
pub fn named(con_id: u32) -> Option<Instrument> {
    let each = paper::instrument::by_id(con_id)?;
    let class = match each.class {
        paper::Class::Stock => AssetClass::Stock,
        paper::Class::Etf => AssetClass::Etf,
        paper::Class::Forex => AssetClass::Forex,
    };
    Some(Instrument {
        contract_id: i64::from(each.con_id),
        symbol: each.symbol.to_owned(),
        class,
        currency: Currency::parse(each.currency).ok()?,
    })
}

fn contract(each: &paper::Instrument, now: Timestamp, hours: Hours) -> Option<Contract> {
    Some(Contract {
        instrument: named(each.con_id)?,
        sec_type: each.sec_type().to_owned(),
        exchange: each.exchange.to_owned(),
        primary_exchange: each.primary_exchange.to_owned(),
        local_symbol: local_symbol(each),
        trading_class: if each.is_forex() { local_symbol(each) } else { each.symbol.to_owned() },
        long_name: each.long_name.to_owned(),
        stock_type: match each.class {
            paper::Class::Stock => "COMMON",
            paper::Class::Etf => "ETF",
            paper::Class::Forex => "",
        }
        .to_owned(),
        time_zone: each.calendar.time_zone().to_owned(),
        trading_hours: paper::trading_hours(each, now.0, hours),
        min_tick: each.min_tick,
        size_increment: each.size_increment,
    })
}

/// `None` for an instrument that this broker cannot even name.
pub fn order(reference: String, account: &str, terms: &Terms) -> Option<paper::Order> {
    Some(paper::Order {
        reference,
        account: account.to_owned(),
        con_id: u32::try_from(terms.instrument.contract_id).ok()?,
        side: match terms.side {
            Side::Buy => paper::Side::Buy,
            Side::Sell => paper::Side::Sell,
        },
        quantity: exact::from_quantity(terms.order_qty),
        kind: match terms.kind {
            Kind::Market => paper::Kind::Market,
            Kind::Limit { price } => paper::Kind::Limit { limit: exact::from_price(price) },
            Kind::Stop { stop_px } => paper::Kind::Stop { stop: exact::from_price(stop_px) },
            Kind::StopLimit { stop_px, price } => {
                paper::Kind::StopLimit { stop: exact::from_price(stop_px), limit: exact::from_price(price) }
            }
            Kind::TrailingStop { trail, stop_px } => {
                paper::Kind::Trail { by: by(trail), stop: stop_px.map(exact::from_price) }
            }
            Kind::TrailingStopLimit { trail, stop_px, offset } => paper::Kind::TrailLimit {
                by: by(trail),
                stop: stop_px.map(exact::from_price),
                offset: exact::from_price(offset),
            },
        },
        tif: match terms.time_in_force {
            TimeInForce::Day => paper::Tif::Day,
            TimeInForce::GoodTillCancel => paper::Tif::Gtc,
            TimeInForce::ImmediateOrCancel => paper::Tif::Ioc,
            TimeInForce::FillOrKill => paper::Tif::Fok,
            TimeInForce::AtTheClose => paper::Tif::Close,
        },
        label: terms.label.clone(),
        outside_hours: terms.outside_hours,
        parent: None,
        parked: false,
        group: None,
    })
}

fn by(trail: Trail) -> paper::Trail {
    match trail {
        Trail::Amount(amount) => paper::Trail::Amount(exact::from_price(amount)),
        Trail::Percent(percent) => paper::Trail::Percent(exact::from_percent(percent)),
    }
}

/// To others of this broker.
fn bound(order: paper::Order, tied: &Tied) -> paper::Order {
    let group = tied.group.as_ref();
    paper::Order {
        parent: tied.parent.map(|parent| parent.to_string()),
        parked: tied.parked,
        group: group.map(|(name, fills)| paper::Group { name: name.clone(), cancels: cancels(*fills) }),
        ..order
    }
}

pub const fn cancels(fills: Fills) -> bool {
    match fills {
        Fills::CancelBlocked => true,
        Fills::ReduceBlocked | Fills::Reduce => false,
    }
}

/// An order for something the paper broker cannot even name ends here, with a report.
pub(super) fn command(effect: &Effect) -> Option<Command> {
    Some(match effect {
        Effect::Submit { id, account, terms, tied } => {
            Command::Submit(bound(order(id.to_string(), account, terms)?, tied))
        }
        Effect::Replace { id, account, terms, tied } => {
            let order = bound(order(id.to_string(), account, terms)?, tied);
            Command::Replace { reference: id.to_string(), order }
        }
        Effect::Cancel { id } => Command::Cancel { reference: id.to_string() },
    })
}
