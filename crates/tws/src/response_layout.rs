//! The fields of every message from server to client, in their order.
use crate::response::{Execution, OrderStatus, PortfolioValue, Response, SymbolSample};
use crate::slot::{Idle, blank, slot, zero};
use crate::version::ServerVersion;
use crate::wire::{Step, Wire};

impl Response {
    /// The fields after the number.
    #[rustfmt::skip]
    pub(crate) fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        match self {
            Response::OrderStatus(status) => status.layout(wire),
            Response::OpenOrder(order) => order.layout(wire, version),
            Response::CompletedOrder(order) => order.layout(wire, version),
            Response::ExecutionDetails(execution) => execution.layout(wire, version),
            Response::ContractDetails(details) => details.layout(wire, version),
            Response::PortfolioValue(value) => value.layout(wire),
            Response::Error { request_id, code, text, reject_json } => {
                wire.layout("2")?;
                wire.integer("id", request_id)?;
                wire.integer("errorCode", code)?;
                wire.escaped("errorMsg", text)?;
                if version.since(166) {
                    wire.escaped("advancedOrderRejectJson", reject_json)?;
                }
                Ok(())
            }
            Response::CommissionReport { exec_id, commission, currency, realized_pnl } => {
                wire.layout("1")?;
                wire.text("execId", exec_id)?;
                wire.decimal("commission", commission)?;
                wire.text("currency", currency)?;
                wire.price("realizedPNL", realized_pnl)?;
                wire.slot(&slot("yield", Idle::Zero, crate::number::UNSET_PRICE))?;
                wire.slot(&blank("yieldRedemptionDate")).map(|_| ())
            }
            Response::ManagedAccounts { accounts } => {
                wire.layout("1")?;
                let mut list = accounts.join(",");
                wire.text("accountsList", &mut list)?;
                *accounts = list.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
                Ok(())
            }
            Response::FamilyCodes { codes } => {
                wire.each("familyCodes", codes, 2, |wire, code| {
                    wire.text("accountID", &mut code.account)?;
                    wire.text("familyCodeStr", &mut code.code)
                })
            }
            Response::SymbolSamples { request_id, samples } => {
                wire.integer("reqId", request_id)?;
                wire.each("symbolSamples", samples, 6, |wire, sample| sample.layout(wire, version))
            }
            Response::HistoricalData { request_id, start, end, bars } => {
                crate::history::bars(wire, version, request_id, (start, end), bars)
            }
            Response::HistoricalDataEnd { request_id, start, end } => {
                wire.integer("reqId", request_id)?;
                wire.text("startDateStr", start)?;
                wire.text("endDateStr", end)
            }
            Response::MarketRule { rule_id, increments } => {
                wire.integer("marketRuleId", rule_id)?;
                wire.each("priceIncrements", increments, 2, |wire, step| {
                    wire.decimal("lowEdge", &mut step.low_edge)?;
                    wire.decimal("increment", &mut step.increment)
                })
            }
            _ => self.ends(wire),
        }
    }

    /// The messages that end a list, and others of one value.
    #[rustfmt::skip]
    fn ends(&mut self, wire: &mut Wire<'_>) -> Step {
        match self {
            Response::OpenOrderEnd | Response::PositionEnd => wire.layout("1"),
            Response::CompletedOrdersEnd => Ok(()),
            Response::AccountDownloadEnd { account } => {
                wire.layout("1")?;
                wire.text("account", account)
            }
            Response::AccountTime { time } => {
                wire.layout("1")?;
                wire.text("timeStamp", time)
            }
            Response::NextValidId { order_id } => {
                wire.layout("1")?;
                wire.integer("orderId", order_id)
            }
            Response::CurrentTime { epoch_seconds } => {
                wire.layout("1")?;
                wire.integer("time", epoch_seconds)
            }
            Response::ContractDetailsEnd { request_id } | Response::ExecutionDetailsEnd { request_id }
            | Response::TickSnapshotEnd { request_id } | Response::AccountSummaryEnd { request_id }
            | Response::PositionMultiEnd { request_id } | Response::AccountUpdateMultiEnd { request_id } => {
                wire.layout("1")?;
                wire.integer("reqId", request_id)
            }
            Response::OptionParameters { request_id, exchange, under_con_id, trading_class, multiplier, expirations, strikes } => {
                wire.integer("reqId", request_id)?;
                wire.text("exchange", exchange)?;
                wire.integer_or_zero("underlyingConId", under_con_id)?;
                wire.text("tradingClass", trading_class)?;
                wire.text("multiplier", multiplier)?;
                wire.texts("expirations", expirations)?;
                wire.decimals("strikes", strikes)
            }
            Response::OptionParametersEnd { request_id } => wire.integer("reqId", request_id),
            Response::UserInfo { request_id, white_branding_id } => {
                wire.integer("reqId", request_id)?;
                wire.text("whiteBrandingId", white_branding_id)
            }
            Response::MarketDataType { request_id, kind } => {
                wire.layout("1")?;
                wire.integer("reqId", request_id)?;
                wire.integer("marketDataType", kind)
            }
            _ => self.account(wire),
        }
    }

    /// Balances, positions, profit and loss.
    #[rustfmt::skip]
    fn account(&mut self, wire: &mut Wire<'_>) -> Step {
        match self {
            Response::AccountValue { key, value, currency, account } => {
                wire.layout("2")?;
                wire.text("key", key)?;
                wire.text("value", value)?;
                wire.text("currency", currency)?;
                wire.text("accountName", account)
            }
            Response::Position { account, contract, position, average_cost } => {
                wire.layout("3")?;
                wire.text("account", account)?;
                contract.report(wire)?;
                wire.decimal("position", position)?;
                wire.decimal("avgCost", average_cost)
            }
            Response::PositionMulti { request_id, account, contract, position, average_cost, model } => {
                wire.layout("1")?;
                wire.integer("reqId", request_id)?;
                wire.text("account", account)?;
                contract.report(wire)?;
                wire.decimal("position", position)?;
                wire.decimal("avgCost", average_cost)?;
                wire.text("modelCode", model)
            }
            Response::AccountSummary { request_id, account, tag, value, currency } => {
                wire.layout("1")?;
                wire.integer("reqId", request_id)?;
                wire.text("account", account)?;
                wire.text("tag", tag)?;
                wire.text("value", value)?;
                wire.text("currency", currency)
            }
            Response::AccountUpdateMulti { request_id, account, model, key, value, currency } => {
                wire.layout("1")?;
                wire.integer("reqId", request_id)?;
                wire.text("account", account)?;
                wire.text("modelCode", model)?;
                wire.text("key", key)?;
                wire.text("value", value)?;
                wire.text("currency", currency)
            }
            Response::Pnl { request_id, daily, unrealized, realized } => {
                wire.integer("reqId", request_id)?;
                wire.price("dailyPnL", daily)?;
                wire.price("unrealizedPnL", unrealized)?;
                wire.price("realizedPnL", realized)
            }
            Response::PnlSingle { request_id, position, daily, unrealized, realized, value } => {
                wire.integer("reqId", request_id)?;
                wire.decimal("pos", position)?;
                wire.price("dailyPnL", daily)?;
                wire.price("unrealizedPnL", unrealized)?;
                wire.price("realizedPnL", realized)?;
                wire.price("value", value)
            }
            _ => self.ticks(wire),
        }
    }

    #[rustfmt::skip]
    fn ticks(&mut self, wire: &mut Wire<'_>) -> Step {
        match self {
            Response::TickPrice { request_id, tick_type, price, size, attributes } => {
                tick(wire, request_id, tick_type)?;
                wire.decimal("price", price)?;
                wire.decimal("size", size)?;
                wire.integer_or_zero("attrMask", attributes)
            }
            Response::TickSize { request_id, tick_type, size } => {
                tick(wire, request_id, tick_type)?;
                wire.decimal("size", size)
            }
            Response::TickGeneric { request_id, tick_type, value } => {
                tick(wire, request_id, tick_type)?;
                wire.decimal("value", value)
            }
            Response::TickString { request_id, tick_type, value } => {
                tick(wire, request_id, tick_type)?;
                wire.text("value", value)
            }
            Response::TickReqParams { request_id, min_tick, bbo_exchange, snapshot_permissions } => {
                wire.integer("reqId", request_id)?;
                wire.decimal("minTick", min_tick)?;
                wire.text("bboExchange", bbo_exchange)?;
                wire.integer_or_zero("snapshotPermissions", snapshot_permissions)
            }
            // `Other` is never laid out; every message that is built has been, above.
            _ => Ok(()),
        }
    }
}

fn tick(wire: &mut Wire<'_>, request_id: &mut i32, tick_type: &mut i32) -> Step {
    wire.layout("6")?;
    wire.integer("reqId", request_id)?;
    wire.integer("tickType", tick_type)
}

impl OrderStatus {
    fn layout(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.integer("orderId", &mut self.order_id)?;
        wire.text("status", &mut self.status)?;
        wire.decimal("filled", &mut self.filled)?;
        wire.decimal("remaining", &mut self.remaining)?;
        wire.decimal("avgFillPrice", &mut self.average_fill_price)?;
        wire.integer_or_zero("permId", &mut self.perm_id)?;
        wire.integer_or_zero("parentId", &mut self.parent_id)?;
        wire.decimal("lastFillPrice", &mut self.last_fill_price)?;
        wire.integer_or_zero("clientId", &mut self.client_id)?;
        wire.text("whyHeld", &mut self.why_held)?;
        wire.decimal_or_zero("mktCapPrice", &mut self.market_cap_price)
    }
}

impl PortfolioValue {
    fn layout(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.layout("8")?;
        self.contract.portfolio(wire)?;
        wire.decimal("position", &mut self.position)?;
        wire.decimal_or_zero("marketPrice", &mut self.market_price)?;
        wire.decimal_or_zero("marketValue", &mut self.market_value)?;
        wire.decimal_or_zero("averageCost", &mut self.average_cost)?;
        wire.decimal_or_zero("unrealizedPNL", &mut self.unrealized_pnl)?;
        wire.decimal_or_zero("realizedPNL", &mut self.realized_pnl)?;
        wire.text("accountName", &mut self.account)
    }
}

impl Execution {
    fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        wire.integer("reqId", &mut self.request_id)?;
        wire.integer("orderId", &mut self.order_id)?;
        self.contract.report(wire)?;
        wire.text("execId", &mut self.exec_id)?;
        wire.text("time", &mut self.time)?;
        wire.text("acctNumber", &mut self.account)?;
        wire.text("execution.exchange", &mut self.exchange)?;
        wire.text("side", &mut self.side)?;
        wire.decimal("shares", &mut self.shares)?;
        wire.decimal("price", &mut self.price)?;
        wire.integer_or_zero("permId", &mut self.perm_id)?;
        wire.integer_or_zero("clientId", &mut self.client_id)?;
        wire.integer_or_zero("liquidation", &mut self.liquidation)?;
        wire.decimal("cumQty", &mut self.cumulative_quantity)?;
        wire.decimal("avgPrice", &mut self.average_price)?;
        wire.text("orderRef", &mut self.order_ref)?;
        wire.slots(&[blank("evRule"), zero("evMultiplier"), blank("modelCode")])?;
        wire.integer_or_zero("lastLiquidity", &mut self.last_liquidity)?;
        if version.since(178) {
            wire.slot(&zero("pendingPriceRevision"))?;
        }
        Ok(())
    }
}

impl SymbolSample {
    fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        wire.integer_or_zero("conId", &mut self.con_id)?;
        wire.text("symbol", &mut self.symbol)?;
        wire.text("secType", &mut self.sec_type)?;
        wire.text("primaryExchange", &mut self.primary_exchange)?;
        wire.text("currency", &mut self.currency)?;
        wire.texts("derivativeSecTypes", &mut self.derivative_sec_types)?;
        if version.since(176) {
            wire.text("description", &mut self.description)?;
            wire.slot(&blank("issuerId"))?;
        }
        Ok(())
    }
}
