//! The paper broker's instruments, found by what a program says of them, and orders in its own words.

use crate::contract::{ChainQuery, Contract, ContractQuery, OptionChain};
use crate::derivative::{self, FUTURE, OPTION};
use crate::exact;
use kernel::effect::{Effect, Tied};
use kernel::instrument::{AssetClass, Derivative, Instrument, Right, Struck};
use kernel::money::Currency;
use kernel::order::{Kind, Side, Terms, TimeInForce, Trail};
use kernel::ties::Fills;
use kernel::time::Timestamp;
use paper::{Command, Hours};
use std::collections::BTreeSet;

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
            && (each.derivative.is_none() || says(&query.trading_class, each.symbol))
            && (says(&query.exchange, each.exchange) || query.exchange == each.primary_exchange)
    };
    let named = query.contract_id != 0 || !query.symbol.is_empty() || !query.local_symbol.is_empty();
    if !named {
        return Vec::new();
    }
    let found = paper::instrument::all().iter().filter(matches);
    // What expires is meant by whoever says so, and by nobody who says a symbol alone.
    let means = matches!(query.sec_type.as_str(), FUTURE | OPTION) || !query.local_symbol.is_empty();
    let dated: Vec<&paper::Instrument> = match instrument(query.contract_id) {
        Some(only) => Some(only).into_iter().filter(|each| each.derivative.is_some()).filter(matches).collect(),
        None if means => paper::derived::all_listed(now.0).filter(matches).collect(),
        None => Vec::new(),
    };
    let fits = |each: &Contract| derivative::fits(&each.instrument, query);
    let dated = dated.into_iter().filter_map(|each| contract(each, now, hours)).filter(fits);
    found.filter_map(|each| contract(each, now, hours)).chain(dated).collect()
}

/// The options on what is asked about, all in one: the chain has every strike on every day.
pub(super) fn chain(asked: &ChainQuery, now: Timestamp) -> Option<OptionChain> {
    let under = instrument(asked.contract_id).filter(|under| under.symbol == asked.symbol)?;
    if asked.sec_type != under.sec_type() || !asked.exchange.is_empty() {
        return None;
    }
    let (mut expirations, mut strikes, mut multiplier) = (BTreeSet::new(), BTreeSet::new(), None);
    for each in paper::derived::all_listed(now.0) {
        let Some(derivative) = each.derivative.as_ref().filter(|one| one.under == under.con_id) else { continue };
        if let Some(strike) = derivative.option.and_then(|struck| struck.strike(under)) {
            multiplier = Some(derivative.multiplier);
            expirations.insert(derivative.expiry.to_string());
            strikes.insert(strike);
        }
    }
    Some(OptionChain {
        exchange: under.exchange.to_owned(),
        under_contract_id: i64::from(under.con_id),
        trading_class: under.symbol.to_owned(),
        multiplier: multiplier?.to_string(),
        expirations: expirations.into_iter().collect(),
        strikes: strikes.into_iter().collect(),
    })
}

fn local_symbol(instrument: &paper::Instrument) -> String {
    if instrument.is_forex() {
        format!("{}.{}", instrument.symbol, instrument.currency)
    } else {
        instrument.local_symbol.to_owned()
    }
}

fn trading_class(instrument: &paper::Instrument) -> String {
    if instrument.is_forex() { local_symbol(instrument) } else { instrument.symbol.to_owned() }
}

fn derivative(each: &paper::Derivative) -> Option<Derivative> {
    let option = match each.option {
        None => None,
        Some(struck) => {
            let right = match struck.right {
                paper::Right::Call => Right::Call,
                paper::Right::Put => Right::Put,
            };
            Some(Struck { right, strike: exact::price(struck.strike(instrument(i64::from(each.under))?)?).ok()? })
        }
    };
    Some(Derivative { multiplier: exact::quantity(each.multiplier).ok()?, expiry: each.expiry, option })
}

/// What the broker calls by this number.
pub fn named(con_id: u32) -> Option<Instrument> {
    let each = paper::instrument::by_id(con_id)?;
    let class = match each.class {
        paper::Class::Stock => AssetClass::Stock,
        paper::Class::Etf => AssetClass::Etf,
        paper::Class::Forex => AssetClass::Forex,
        paper::Class::Future => AssetClass::Future,
        paper::Class::Option => AssetClass::Option,
    };
    let derivative = match &each.derivative {
        None => None,
        Some(dated) => Some(derivative(dated)?),
    };
    Some(Instrument {
        contract_id: i64::from(each.con_id),
        symbol: each.symbol.to_owned(),
        class,
        currency: Currency::parse(each.currency).ok()?,
        derivative,
    })
}

fn contract(each: &paper::Instrument, now: Timestamp, hours: Hours) -> Option<Contract> {
    Some(Contract {
        instrument: named(each.con_id)?,
        sec_type: each.sec_type().to_owned(),
        exchange: each.exchange.to_owned(),
        primary_exchange: each.primary_exchange.to_owned(),
        local_symbol: local_symbol(each),
        trading_class: trading_class(each),
        long_name: each.long_name.to_owned(),
        stock_type: match each.class {
            paper::Class::Stock => "COMMON",
            paper::Class::Etf => "ETF",
            paper::Class::Forex | paper::Class::Future | paper::Class::Option => "",
        }
        .to_owned(),
        time_zone: each.calendar.time_zone().to_owned(),
        trading_hours: paper::trading_hours(each, now.0, hours),
        min_tick: each.min_tick,
        size_increment: each.size_increment,
        under_contract_id: each.derivative.as_ref().map_or(0, |derivative| i64::from(derivative.under)),
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
