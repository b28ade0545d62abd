//! Everything a server knows about one contract (message 10).
use crate::contract::Contract;
use crate::slot::{blank, zero};
use crate::version::ServerVersion;
use crate::wire::{Step, Wire};
use rust_decimal::Decimal;

/// Another name of a contract, such as its ISIN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityId {
    pub tag: String,
    pub value: String,
}

/// One answer to a question for contract details.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractDetails {
    pub request_id: i32,
    pub contract: Contract,
    pub market_name: String,
    pub min_tick: Decimal,
    pub order_types: String,
    pub valid_exchanges: String,
    pub price_magnifier: i32,
    pub under_con_id: i32,
    /// The only name that may hold letters beyond ASCII.
    pub long_name: String,
    pub contract_month: String,
    pub industry: String,
    pub category: String,
    pub subcategory: String,
    pub time_zone: String,
    pub trading_hours: String,
    pub liquid_hours: String,
    pub security_ids: Vec<SecurityId>,
    pub agg_group: i32,
    pub under_symbol: String,
    pub under_sec_type: String,
    pub market_rule_ids: String,
    pub real_expiration_date: String,
    pub stock_type: String,
    /// Sizes are on the wire from version 164 on.
    pub min_size: Decimal,
    pub size_increment: Decimal,
    pub suggested_size_increment: Decimal,
}

impl ContractDetails {
    pub(crate) fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        let sized = version.since(164);
        if !sized {
            wire.layout("8")?;
        }
        wire.integer("reqId", &mut self.request_id)?;
        let contract = &mut self.contract;
        wire.text("symbol", &mut contract.symbol)?;
        wire.text("secType", &mut contract.sec_type)?;
        wire.text("lastTradeDateOrContractMonth", &mut contract.expiry)?;
        wire.decimal_or_zero("strike", &mut contract.strike)?;
        wire.text("right", &mut contract.right)?;
        wire.text("exchange", &mut contract.exchange)?;
        wire.text("currency", &mut contract.currency)?;
        wire.text("localSymbol", &mut contract.local_symbol)?;
        wire.text("marketName", &mut self.market_name)?;
        wire.text("tradingClass", &mut contract.trading_class)?;
        wire.integer_or_zero("conId", &mut contract.con_id)?;
        wire.decimal("minTick", &mut self.min_tick)?;
        if !sized {
            wire.slot(&zero("mdSizeMultiplier"))?;
        }
        wire.text("multiplier", &mut contract.multiplier)?;
        wire.text("orderTypes", &mut self.order_types)?;
        wire.text("validExchanges", &mut self.valid_exchanges)?;
        wire.integer_or_zero("priceMagnifier", &mut self.price_magnifier)?;
        wire.integer_or_zero("underConId", &mut self.under_con_id)?;
        wire.escaped("longName", &mut self.long_name)?;
        wire.text("primaryExchange", &mut contract.primary_exchange)?;
        self.description(wire)?;
        if sized {
            wire.decimal("minSize", &mut self.min_size)?;
            wire.decimal("sizeIncrement", &mut self.size_increment)?;
            wire.decimal("suggestedSizeIncrement", &mut self.suggested_size_increment)?;
        }
        Ok(())
    }

    fn description(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.text("contractMonth", &mut self.contract_month)?;
        wire.text("industry", &mut self.industry)?;
        wire.text("category", &mut self.category)?;
        wire.text("subcategory", &mut self.subcategory)?;
        wire.text("timeZoneId", &mut self.time_zone)?;
        wire.text("tradingHours", &mut self.trading_hours)?;
        wire.text("liquidHours", &mut self.liquid_hours)?;
        wire.slot(&blank("evRule"))?;
        wire.slot(&zero("evMultiplier"))?;
        wire.each("secIdList", &mut self.security_ids, 2, |wire, id| {
            wire.text("secIdList.tag", &mut id.tag)?;
            wire.text("secIdList.value", &mut id.value)
        })?;
        wire.integer_or_zero("aggGroup", &mut self.agg_group)?;
        wire.text("underSymbol", &mut self.under_symbol)?;
        wire.text("underSecType", &mut self.under_sec_type)?;
        wire.text("marketRuleIds", &mut self.market_rule_ids)?;
        wire.text("realExpirationDate", &mut self.real_expiration_date)?;
        wire.text("stockType", &mut self.stock_type)
    }
}
