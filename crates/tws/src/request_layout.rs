//! The fields of every message from client to server, in their order.
use crate::request::{ExecutionFilter, Request};
use crate::slot::{Idle, Slot, blank, slot};
use crate::version::ServerVersion;
use crate::wire::{Step, Wire};

/// Expired contracts are not kept, so asking for them changes nothing.
pub(crate) const INCLUDE_EXPIRED: Slot = slot("includeExpired", Idle::AnyFlag, "0");
/// The protocol itself ignores how many ids are asked for.
const ID_COUNT: Slot = slot("numIds", Idle::AnyInteger, "1");

impl Request {
    /// The fields after the number.
    #[rustfmt::skip]
    pub(crate) fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        match self {
            Request::PlaceOrder(place) => return place.layout(wire, version),
            Request::StartApi { client_id, optional_capabilities } => {
                wire.layout("2")?;
                wire.integer("clientId", client_id)?;
                wire.text("optionalCapabilities", optional_capabilities)?;
            }
            Request::CancelOrder { order_id, manual_time } => {
                wire.layout("1")?;
                wire.integer("orderId", order_id)?;
                if version.since(169) {
                    wire.text("manualCancelOrderTime", manual_time)?;
                }
                // Who has cancelled by hand, which text has no word for: a cancel is not refused for it.
                wire.ignore(&["extOperator", "manualOrderIndicator"]);
            }
            Request::ReqExecutions { request_id, filter } => {
                wire.layout("3")?;
                wire.integer("reqId", request_id)?;
                filter.layout(wire)?;
            }
            Request::ReqIds => {
                wire.layout("1")?;
                wire.slot(&ID_COUNT)?;
            }
            Request::ReqContractDetails { .. } | Request::ReqMarketData { .. } => {
                self.market_layout(wire, version)?;
            }
            Request::ReqOpenOrders | Request::ReqAllOpenOrders | Request::ReqManagedAccounts
            | Request::ReqPositions | Request::CancelPositions | Request::ReqCurrentTime => wire.layout("1")?,
            Request::ReqGlobalCancel => {
                wire.layout("1")?;
                wire.ignore(&["manualCancelOrderTime", "extOperator", "manualOrderIndicator"]);
            }
            Request::ReqAutoOpenOrders { bind } => {
                wire.layout("1")?;
                wire.flag("bAutoBind", bind)?;
            }
            Request::ReqMarketDataType { kind } => {
                wire.layout("1")?;
                wire.integer("marketDataType", kind)?;
            }
            Request::SetServerLogLevel { level } => {
                wire.layout("1")?;
                wire.integer("logLevel", level)?;
            }
            Request::ReqHistoricalData(query) => query.layout(wire)?,
            Request::CancelMarketData { request_id } => {
                wire.layout("2")?;
                wire.integer("reqId", request_id)?;
            }
            Request::CancelAccountSummary { request_id }
            | Request::CancelPositionsMulti { request_id }
            | Request::CancelHistoricalData { request_id }
            | Request::CancelAccountUpdatesMulti { request_id } => {
                wire.layout("1")?;
                wire.integer("reqId", request_id)?;
            }
            _ => self.unversioned_layout(wire)?,
        }
        Ok(())
    }

    fn market_layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        if let Request::ReqContractDetails { request_id, contract } = self {
            wire.layout("8")?;
            wire.integer("reqId", request_id)?;
            contract.request(wire)?;
            wire.slot(&INCLUDE_EXPIRED)?;
            contract.sec_id(wire)?;
            if version.since(176) {
                wire.slot(&blank("issuerId"))?;
            }
        } else if let Request::ReqMarketData { request_id, contract, generic_ticks, snapshot, regulatory_snapshot } =
            self
        {
            wire.layout("11")?;
            wire.integer("reqId", request_id)?;
            contract.request(wire)?;
            if contract.sec_type == "BAG" {
                wire.skip_list("comboLegs", 4)?;
            }
            crate::order::contract_block(wire)?;
            wire.text("genericTickList", generic_ticks)?;
            wire.flag("snapshot", snapshot)?;
            wire.flag("regulatorySnapshot", regulatory_snapshot)?;
            wire.slot(&blank("mktDataOptions"))?;
        }
        Ok(())
    }

    /// Accounts, profit and loss, and the younger messages, which have no layout number.
    #[rustfmt::skip]
    fn unversioned_layout(&mut self, wire: &mut Wire<'_>) -> Step {
        match self {
            Request::ReqAccountUpdates { subscribe, account } => {
                wire.layout("2")?;
                wire.flag("subscribe", subscribe)?;
                wire.text("acctCode", account)?;
            }
            Request::ReqAccountSummary { request_id, group, tags } => {
                wire.layout("1")?;
                wire.integer("reqId", request_id)?;
                wire.text("groupName", group)?;
                wire.text("tags", tags)?;
            }
            Request::ReqAccountUpdatesMulti { request_id, account, model, ledger_and_nlv } => {
                wire.layout("1")?;
                account_and_model(wire, request_id, account, model)?;
                wire.flag("ledgerAndNLV", ledger_and_nlv)?;
            }
            Request::ReqPositionsMulti { request_id, account, model } => {
                wire.layout("1")?;
                account_and_model(wire, request_id, account, model)?;
            }
            Request::ReqPnl { request_id, account, model } => {
                account_and_model(wire, request_id, account, model)?;
            }
            Request::ReqPnlSingle { request_id, account, model, con_id } => {
                account_and_model(wire, request_id, account, model)?;
                wire.integer("conId", con_id)?;
            }
            Request::CancelPnl { request_id } | Request::CancelPnlSingle { request_id }
            | Request::ReqUserInfo { request_id } => wire.integer("reqId", request_id)?,
            Request::ReqMarketRule { rule_id } => wire.integer("marketRuleId", rule_id)?,
            Request::ReqCompletedOrders { api_only } => wire.flag("apiOnly", api_only)?,
            Request::ReqMatchingSymbols { request_id, pattern } => {
                wire.integer("reqId", request_id)?;
                wire.text("pattern", pattern)?;
            }
            Request::ReqSecDefOptParams { request_id, symbol, exchange, sec_type, con_id } => {
                wire.integer("reqId", request_id)?;
                wire.text("underlyingSymbol", symbol)?;
                wire.text("futFopExchange", exchange)?;
                wire.text("underlyingSecType", sec_type)?;
                wire.integer("underlyingConId", con_id)?;
            }
            // `ReqFamilyCodes` is its number and nothing else; the rest has been laid out above.
            _ => {}
        }
        Ok(())
    }
}

fn account_and_model(wire: &mut Wire<'_>, request_id: &mut i32, account: &mut String, model: &mut String) -> Step {
    wire.integer("reqId", request_id)?;
    wire.text("account", account)?;
    wire.text("modelCode", model)
}

impl ExecutionFilter {
    fn layout(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.integer_or_zero("clientId", &mut self.client_id)?;
        wire.text("acctCode", &mut self.account)?;
        wire.text("time", &mut self.time)?;
        wire.text("symbol", &mut self.symbol)?;
        wire.text("secType", &mut self.sec_type)?;
        wire.text("exchange", &mut self.exchange)?;
        wire.text("side", &mut self.side)
    }
}
