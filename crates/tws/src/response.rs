//! What a server says: every message from server to client that is built, read and written.
use crate::contract::Contract;
use crate::contract_details::ContractDetails;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::history::Bar;
use crate::open_order::{CompletedOrder, OpenOrder};
use crate::response_schema::of_response;
use crate::version::ServerVersion;
use crate::wire::Wire;
use rust_decimal::Decimal;

/// A message from a server to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[rustfmt::skip]
pub enum Response {
    TickPrice { request_id: i32, tick_type: i32, price: Decimal, size: Decimal, attributes: i32 },
    TickSize { request_id: i32, tick_type: i32, size: Decimal },
    /// `start` and `end` are told here in text, and by a message of their own in protobuf.
    HistoricalData { request_id: i32, start: String, end: String, bars: Vec<Bar> },
    /// Clients of text know no such message.
    HistoricalDataEnd { request_id: i32, start: String, end: String },
    OrderStatus(Box<OrderStatus>),
    /// To an order or request, or to nobody in particular with the id -1. The rejection details
    /// are on the wire from version 166 on.
    Error { request_id: i32, code: i32, text: String, reject_json: String },
    OpenOrder(Box<OpenOrder>),
    AccountValue { key: String, value: String, currency: String, account: String },
    PortfolioValue(Box<PortfolioValue>),
    /// `HH:MM`.
    AccountTime { time: String },
    NextValidId { order_id: i32 },
    ContractDetails(Box<ContractDetails>),
    ExecutionDetails(Box<Execution>),
    /// Clients wait until the list is not empty.
    ManagedAccounts { accounts: Vec<String> },
    TickGeneric { request_id: i32, tick_type: i32, value: Decimal },
    TickString { request_id: i32, tick_type: i32, value: String },
    CurrentTime { epoch_seconds: i64 },
    ContractDetailsEnd { request_id: i32 },
    OpenOrderEnd,
    AccountDownloadEnd { account: String },
    ExecutionDetailsEnd { request_id: i32 },
    TickSnapshotEnd { request_id: i32 },
    MarketDataType { request_id: i32, kind: i32 },
    CommissionReport { exec_id: String, commission: Decimal, currency: String, realized_pnl: Option<Decimal> },
    Position { account: String, contract: Contract, position: Decimal, average_cost: Decimal },
    PositionEnd,
    AccountSummary { request_id: i32, account: String, tag: String, value: String, currency: String },
    AccountSummaryEnd { request_id: i32 },
    PositionMulti { request_id: i32, account: String, contract: Contract, position: Decimal, average_cost: Decimal, model: String },
    PositionMultiEnd { request_id: i32 },
    AccountUpdateMulti { request_id: i32, account: String, model: String, key: String, value: String, currency: String },
    AccountUpdateMultiEnd { request_id: i32 },
    /// Of the options on one thing, at one exchange, of one class: when they expire (`yyyymmdd`), and at which strikes.
    OptionParameters { request_id: i32, exchange: String, under_con_id: i32, trading_class: String, multiplier: String, expirations: Vec<String>, strikes: Vec<Decimal> },
    OptionParametersEnd { request_id: i32 },
    FamilyCodes { codes: Vec<FamilyCode> },
    SymbolSamples { request_id: i32, samples: Vec<SymbolSample> },
    TickReqParams { request_id: i32, min_tick: Decimal, bbo_exchange: String, snapshot_permissions: i32 },
    MarketRule { rule_id: i32, increments: Vec<PriceIncrement> },
    Pnl { request_id: i32, daily: Option<Decimal>, unrealized: Option<Decimal>, realized: Option<Decimal> },
    PnlSingle { request_id: i32, position: Decimal, daily: Option<Decimal>, unrealized: Option<Decimal>, realized: Option<Decimal>, value: Option<Decimal> },
    CompletedOrder(Box<CompletedOrder>),
    CompletedOrdersEnd,
    UserInfo { request_id: i32, white_branding_id: String },
    /// A message that is not built. Nothing of it was read; it cannot be written.
    Other { id: u32 },
}

/// Where an order stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderStatus {
    pub order_id: i32,
    /// One of the protocol's own words; clients know no others.
    pub status: String,
    pub filled: Decimal,
    pub remaining: Decimal,
    pub average_fill_price: Decimal,
    pub perm_id: i64,
    pub parent_id: i32,
    pub last_fill_price: Decimal,
    pub client_id: i32,
    pub why_held: String,
    pub market_cap_price: Decimal,
}

/// A position with its market value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortfolioValue {
    pub contract: Contract,
    pub position: Decimal,
    pub market_price: Decimal,
    pub market_value: Decimal,
    pub average_cost: Decimal,
    pub unrealized_pnl: Decimal,
    pub realized_pnl: Decimal,
    pub account: String,
}

/// One fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// -1 when nobody asked.
    pub request_id: i32,
    pub order_id: i32,
    pub contract: Contract,
    pub exec_id: String,
    /// `yyyymmdd hh:mm:ss` and a time zone.
    pub time: String,
    pub account: String,
    pub exchange: String,
    /// `BOT` or `SLD`.
    pub side: String,
    pub shares: Decimal,
    pub price: Decimal,
    pub perm_id: i64,
    pub client_id: i32,
    pub liquidation: i32,
    /// Of the whole order, up to this fill.
    pub cumulative_quantity: Decimal,
    pub average_price: Decimal,
    pub order_ref: String,
    pub last_liquidity: i32,
}

/// An account and the family it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilyCode {
    pub account: String,
    pub code: String,
}

/// A contract whose symbol or name matches a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolSample {
    pub con_id: i32,
    pub symbol: String,
    pub sec_type: String,
    pub primary_exchange: String,
    pub currency: String,
    pub derivative_sec_types: Vec<String>,
    /// On the wire from version 176 on.
    pub description: String,
}

/// The price step that holds from a price on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceIncrement {
    pub low_edge: Decimal,
    pub increment: Decimal,
}

impl Response {
    /// Reads a payload. Messages that are not built come as [`Response::Other`]; of the others
    /// every field is read, those that the product does not use are skipped, and nothing may
    /// follow the last one.
    pub fn decode(version: ServerVersion, payload: &[u8]) -> Result<Response, DecodeError> {
        let mut message_id = None;
        decode(version, payload, &mut message_id).map_err(|kind| DecodeError {
            message_id,
            // The ids of responses are the client's own; a broken response is nobody's answer.
            order_or_request_id: None,
            kind,
        })
    }

    /// Writes the payload. [`Response::Other`] yields no bytes: there is nothing to say.
    pub fn encode(&self, version: ServerVersion) -> Vec<u8> {
        let not_in_text = matches!(self, Response::HistoricalDataEnd { .. }) && !version.is_protobuf();
        if not_in_text || matches!(self, Response::Other { .. }) {
            return Vec::new();
        }
        let mut wire = Wire::write(version, self.id(), of_response);
        let written = self.clone().layout(&mut wire, version);
        debug_assert!(written.is_ok(), "writing a field cannot fail");
        wire.into_bytes()
    }

    /// The message's number.
    #[rustfmt::skip]
    pub fn id(&self) -> u32 {
        match self {
            Response::TickPrice { .. } => 1, Response::TickSize { .. } => 2,
            Response::OrderStatus(_) => 3, Response::Error { .. } => 4,
            Response::OpenOrder(_) => 5, Response::AccountValue { .. } => 6,
            Response::PortfolioValue(_) => 7, Response::AccountTime { .. } => 8,
            Response::NextValidId { .. } => 9, Response::ContractDetails(_) => 10,
            Response::ExecutionDetails(_) => 11, Response::ManagedAccounts { .. } => 15,
            Response::HistoricalData { .. } => 17, Response::HistoricalDataEnd { .. } => 108,
            Response::TickGeneric { .. } => 45, Response::TickString { .. } => 46,
            Response::CurrentTime { .. } => 49, Response::ContractDetailsEnd { .. } => 52,
            Response::OpenOrderEnd => 53, Response::AccountDownloadEnd { .. } => 54,
            Response::ExecutionDetailsEnd { .. } => 55, Response::TickSnapshotEnd { .. } => 57,
            Response::MarketDataType { .. } => 58, Response::CommissionReport { .. } => 59,
            Response::Position { .. } => 61, Response::PositionEnd => 62,
            Response::AccountSummary { .. } => 63, Response::AccountSummaryEnd { .. } => 64,
            Response::PositionMulti { .. } => 71, Response::PositionMultiEnd { .. } => 72,
            Response::AccountUpdateMulti { .. } => 73, Response::AccountUpdateMultiEnd { .. } => 74,
            Response::OptionParameters { .. } => 75, Response::OptionParametersEnd { .. } => 76, Response::FamilyCodes { .. } => 78,
            Response::SymbolSamples { .. } => 79, Response::TickReqParams { .. } => 81,
            Response::MarketRule { .. } => 93, Response::Pnl { .. } => 94,
            Response::PnlSingle { .. } => 95, Response::CompletedOrder(_) => 101,
            Response::CompletedOrdersEnd => 102, Response::UserInfo { .. } => 107,
            Response::Other { id } => *id,
        }
    }

    /// The message with this number, nothing filled in.
    #[rustfmt::skip]
    fn blank(id: u32) -> Option<Response> {
        let (text, request_id, tick_type) = (String::new, 0, 0);
        let (zero, contract) = (Decimal::ZERO, Contract::default);
        Some(match id {
            1 => Response::TickPrice { request_id, tick_type, price: zero, size: zero, attributes: 0 },
            2 => Response::TickSize { request_id, tick_type, size: zero },
            3 => Response::OrderStatus(Box::default()),
            4 => Response::Error { request_id, code: 0, text: text(), reject_json: text() },
            5 => Response::OpenOrder(Box::default()),
            6 => Response::AccountValue { key: text(), value: text(), currency: text(), account: text() },
            7 => Response::PortfolioValue(Box::default()),
            8 => Response::AccountTime { time: text() },
            9 => Response::NextValidId { order_id: 0 },
            10 => Response::ContractDetails(Box::default()),
            11 => Response::ExecutionDetails(Box::default()),
            15 => Response::ManagedAccounts { accounts: Vec::new() },
            17 => Response::HistoricalData { request_id, start: text(), end: text(), bars: Vec::new() },
            108 => Response::HistoricalDataEnd { request_id, start: text(), end: text() },
            45 => Response::TickGeneric { request_id, tick_type, value: zero },
            46 => Response::TickString { request_id, tick_type, value: text() },
            49 => Response::CurrentTime { epoch_seconds: 0 },
            52 => Response::ContractDetailsEnd { request_id },
            53 => Response::OpenOrderEnd,
            54 => Response::AccountDownloadEnd { account: text() },
            55 => Response::ExecutionDetailsEnd { request_id },
            57 => Response::TickSnapshotEnd { request_id },
            58 => Response::MarketDataType { request_id, kind: 0 },
            59 => Response::CommissionReport { exec_id: text(), commission: zero, currency: text(), realized_pnl: None },
            61 => Response::Position { account: text(), contract: contract(), position: zero, average_cost: zero },
            62 => Response::PositionEnd,
            63 => Response::AccountSummary { request_id, account: text(), tag: text(), value: text(), currency: text() },
            64 => Response::AccountSummaryEnd { request_id },
            71 => Response::PositionMulti { request_id, account: text(), contract: contract(), position: zero, average_cost: zero, model: text() },
            72 => Response::PositionMultiEnd { request_id },
            73 => Response::AccountUpdateMulti { request_id, account: text(), model: text(), key: text(), value: text(), currency: text() },
            74 => Response::AccountUpdateMultiEnd { request_id },
            75 => Response::OptionParameters { request_id, exchange: text(), under_con_id: 0, trading_class: text(), multiplier: text(), expirations: Vec::new(), strikes: Vec::new() },
            76 => Response::OptionParametersEnd { request_id },
            78 => Response::FamilyCodes { codes: Vec::new() },
            79 => Response::SymbolSamples { request_id, samples: Vec::new() },
            81 => Response::TickReqParams { request_id, min_tick: zero, bbo_exchange: text(), snapshot_permissions: 0 },
            93 => Response::MarketRule { rule_id: 0, increments: Vec::new() },
            94 => Response::Pnl { request_id, daily: None, unrealized: None, realized: None },
            95 => Response::PnlSingle { request_id, position: zero, daily: None, unrealized: None, realized: None, value: None },
            101 => Response::CompletedOrder(Box::default()),
            102 => Response::CompletedOrdersEnd,
            107 => Response::UserInfo { request_id, white_branding_id: text() },
            _ => return None,
        })
    }
}

fn decode(version: ServerVersion, payload: &[u8], message_id: &mut Option<u32>) -> Result<Response, DecodeErrorKind> {
    let (id, body) = crate::wire::number(version, payload)?;
    *message_id = Some(id);
    let Some(mut response) = Response::blank(id) else {
        return Ok(Response::Other { id });
    };
    let mut wire = Wire::read(version, body, of_response(id).unwrap_or_default(), false)?;
    response.layout(&mut wire, version)?;
    wire.finish()?;
    Ok(response)
}
