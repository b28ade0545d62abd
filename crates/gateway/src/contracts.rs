//! Contracts between the wire and the venue: what a program says is only ever a question.

use kernel::instrument::{AssetClass, Instrument};
use rust_decimal::Decimal;
use tws::{Contract, ContractDetails, Response};
use venue::ContractQuery;
use venue::contract::{ChainQuery, OptionChain};
use venue::derivative::{self, FUTURE, OPTION};

pub(crate) const SMART: &str = "SMART";
pub(crate) const IDEALPRO: &str = "IDEALPRO";

pub(crate) fn query(contract: &Contract) -> ContractQuery {
    ContractQuery {
        contract_id: i64::from(contract.con_id),
        symbol: contract.symbol.clone(),
        sec_type: contract.sec_type.clone(),
        exchange: contract.exchange.clone(),
        primary_exchange: contract.primary_exchange.clone(),
        currency: contract.currency.clone(),
        local_symbol: contract.local_symbol.clone(),
        trading_class: contract.trading_class.clone(),
        expiry: contract.expiry.clone(),
        strike: contract.strike,
        right: contract.right.clone(),
        multiplier: contract.multiplier.clone(),
    }
}

/// As it is told in orders, executions and positions.
pub(crate) fn wire(instrument: &Instrument) -> Contract {
    let (sec_type, exchange, local_symbol) = match instrument.class {
        AssetClass::Stock | AssetClass::Etf => ("STK", SMART, instrument.symbol.clone()),
        AssetClass::Forex => ("CASH", IDEALPRO, format!("{}.{}", instrument.symbol, instrument.currency)),
        // Where a future is listed, and how it is called there, is told with its details.
        AssetClass::Future => (FUTURE, "", String::new()),
        AssetClass::Option => (OPTION, SMART, String::new()),
    };
    let trading_class = if instrument.class.is_derived() { instrument.symbol.clone() } else { local_symbol.clone() };
    let mut contract = Contract {
        con_id: i32::try_from(instrument.contract_id).unwrap_or(0),
        symbol: instrument.symbol.clone(),
        sec_type: sec_type.to_owned(),
        exchange: exchange.to_owned(),
        currency: instrument.currency.to_string(),
        trading_class,
        local_symbol,
        ..Contract::default()
    };
    derivative::write(instrument, &mut contract);
    contract
}

pub(crate) fn full(contract: &venue::Contract) -> Contract {
    Contract {
        exchange: contract.exchange.clone(),
        primary_exchange: contract.primary_exchange.clone(),
        local_symbol: contract.local_symbol.clone(),
        trading_class: contract.trading_class.clone(),
        ..wire(&contract.instrument)
    }
}

/// Of a question for the options on something.
pub(crate) fn chain_query(symbol: &str, exchange: &str, sec_type: &str, con_id: i32) -> ChainQuery {
    ChainQuery {
        symbol: symbol.to_owned(),
        exchange: exchange.to_owned(),
        sec_type: sec_type.to_owned(),
        contract_id: i64::from(con_id),
    }
}

pub(crate) fn chains(request_id: i32, found: Vec<OptionChain>) -> Vec<Response> {
    let told = |chain: OptionChain| Response::OptionParameters {
        request_id,
        exchange: chain.exchange,
        under_con_id: i32::try_from(chain.under_contract_id).unwrap_or(0),
        trading_class: chain.trading_class,
        multiplier: chain.multiplier,
        expirations: chain.expirations,
        strikes: chain.strikes,
    };
    let ends = Response::OptionParametersEnd { request_id };
    found.into_iter().map(told).chain([ends]).collect()
}

pub(crate) fn details(request_id: i32, contract: &venue::Contract) -> ContractDetails {
    let expiry = contract.instrument.derivative.map(|derivative| derivative.expiry.to_string());
    let derived = contract.instrument.class.is_derived();
    ContractDetails {
        under_con_id: i32::try_from(contract.under_contract_id).unwrap_or(0),
        under_symbol: if derived { contract.instrument.symbol.clone() } else { String::new() },
        contract_month: expiry.as_deref().and_then(|day| day.get(..6)).unwrap_or_default().to_owned(),
        real_expiration_date: expiry.unwrap_or_default(),
        request_id,
        contract: full(contract),
        market_name: contract.trading_class.clone(),
        min_tick: contract.min_tick,
        order_types: "LMT,MKT,STP,STP LMT".to_owned(),
        valid_exchanges: contract.exchange.clone(),
        price_magnifier: 1,
        long_name: contract.long_name.clone(),
        time_zone: contract.time_zone.clone(),
        trading_hours: contract.trading_hours.clone(),
        liquid_hours: contract.trading_hours.clone(),
        agg_group: 1,
        market_rule_ids: rule_id(contract.min_tick).to_string(),
        stock_type: contract.stock_type.clone(),
        min_size: contract.size_increment,
        size_increment: contract.size_increment,
        suggested_size_increment: contract.size_increment,
        ..ContractDetails::default()
    }
}

/// A price step d x 10^-s has the rule number 100 d + s, so that no table is needed to tell it back.
pub(crate) fn rule_id(step: Decimal) -> i32 {
    let step = step.normalize();
    let digits = i32::try_from(step.mantissa()).unwrap_or(0);
    let scale = i32::try_from(step.scale()).unwrap_or(0);
    digits.saturating_mul(100).saturating_add(scale)
}

pub(crate) fn rule_step(rule_id: i32) -> Option<Decimal> {
    let (digits, scale) = (rule_id.div_euclid(100), u32::try_from(rule_id.rem_euclid(100)).ok()?);
    let known = (1..=9_999).contains(&digits) && scale <= 8;
    known.then(|| Decimal::new(i64::from(digits), scale))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_number_tells_its_step_back() {
        for text in ["0.01", "0.00005", "0.005", "1", "0.5"] {
            let step: Decimal = text.parse().unwrap();
            assert_eq!(rule_step(rule_id(step)), Some(step), "{text}");
        }
        assert_eq!(rule_step(0), None);
        assert_eq!(rule_step(-105), None);
    }
}
