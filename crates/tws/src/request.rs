//! What a client asks: every message from client to server, read and written.
use crate::contract::Contract;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError, shown};
use crate::history::HistoryQuery;
use crate::order::{Extra, PlaceOrder};
use crate::request_table::{self, Class};
use crate::schema;
use crate::tags::{Raw, Tags};
use crate::version::ServerVersion;
use crate::wire::{Step, Wire};

/// Which executions a client wants to hear of again; what is empty or zero does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    pub client_id: i32,
    pub account: String,
    /// Not before this time.
    pub time: String,
    pub symbol: String,
    pub sec_type: String,
    pub exchange: String,
    pub side: String,
}

/// A message from a client to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[rustfmt::skip]
pub enum Request {
    StartApi { client_id: i32, optional_capabilities: String },
    /// Places an order, or changes the one with its id.
    PlaceOrder(Box<PlaceOrder>),
    CancelOrder { order_id: i32, manual_time: String },
    ReqOpenOrders,
    /// Binds orders entered by hand to this client.
    ReqAutoOpenOrders { bind: bool },
    ReqAllOpenOrders,
    ReqIds,
    ReqManagedAccounts,
    ReqExecutions { request_id: i32, filter: ExecutionFilter },
    ReqAccountUpdates { subscribe: bool, account: String },
    ReqPositions,
    CancelPositions,
    ReqAccountSummary { request_id: i32, group: String, tags: String },
    CancelAccountSummary { request_id: i32 },
    ReqAccountUpdatesMulti { request_id: i32, account: String, model: String, ledger_and_nlv: bool },
    CancelAccountUpdatesMulti { request_id: i32 },
    ReqPositionsMulti { request_id: i32, account: String, model: String },
    CancelPositionsMulti { request_id: i32 },
    ReqPnl { request_id: i32, account: String, model: String },
    CancelPnl { request_id: i32 },
    ReqPnlSingle { request_id: i32, account: String, model: String, con_id: i32 },
    CancelPnlSingle { request_id: i32 },
    ReqContractDetails { request_id: i32, contract: Contract },
    ReqMarketData {
        request_id: i32, contract: Contract, generic_ticks: String, snapshot: bool,
        /// Costs money each time.
        regulatory_snapshot: bool,
    },
    CancelMarketData { request_id: i32 },
    ReqHistoricalData(Box<HistoryQuery>),
    CancelHistoricalData { request_id: i32 },
    /// 1 live, 2 frozen, 3 delayed, 4 delayed and frozen.
    ReqMarketDataType { kind: i32 },
    ReqCurrentTime,
    /// Cancels everything of the account, at a real server, orders entered by hand included.
    ReqGlobalCancel,
    ReqCompletedOrders { api_only: bool },
    ReqMatchingSymbols { request_id: i32, pattern: String },
    ReqMarketRule { rule_id: i32 },
    ReqUserInfo { request_id: i32 },
    SetServerLogLevel { level: i32 },
    ReqFamilyCodes,
    ReqSecDefOptParams { request_id: i32, symbol: String, exchange: String, sec_type: String, con_id: i32 },
    /// A message of the protocol of which only the name and the id were read.
    Other { id: u32, name: &'static str, request_id: Option<i32> },
}

impl Request {
    /// Reads a payload. Every field is read, and nothing may follow the last one.
    pub fn decode(version: ServerVersion, payload: &[u8]) -> Result<Request, DecodeError> {
        let mut message_id = None;
        decode(version, payload, &mut message_id).map_err(|kind| DecodeError {
            message_id,
            order_or_request_id: message_id.and_then(|id| id_of(version, id, payload)),
            kind,
        })
    }

    /// Writes the payload. An order with fields that are not understood is refused, because what
    /// would be written is not the order that was read.
    pub fn encode(&self, version: ServerVersion) -> Result<Vec<u8>, EncodeError> {
        match self {
            Request::PlaceOrder(place) => {
                if let Some(extra) = place.extras.first() {
                    let (order_id, field) = (place.order_id, extra.name);
                    return Err(EncodeError::Extras { order_id, field });
                }
            }
            Request::Other { id, name, .. } => {
                return Err(EncodeError::NotBuilt { id: *id, name });
            }
            _ => {}
        }
        let mut wire = Wire::write(version, self.id(), schema::of_request);
        let written = self.clone().layout(&mut wire, version);
        debug_assert!(written.is_ok(), "writing a field cannot fail");
        Ok(wire.into_bytes())
    }

    /// The message's name in the protocol.
    pub fn name(&self) -> &'static str {
        match self {
            Request::Other { name, .. } => name,
            _ => request_table::name(self.id()).unwrap_or_default(),
        }
    }

    /// What a caller must be allowed to do to send it.
    pub fn class(&self) -> Class {
        request_table::class(self.id())
    }

    /// The message's number.
    #[rustfmt::skip]
    pub fn id(&self) -> u32 {
        match self {
            Request::ReqMarketData { .. } => 1, Request::CancelMarketData { .. } => 2,
            Request::PlaceOrder(_) => 3, Request::CancelOrder { .. } => 4,
            Request::ReqOpenOrders => 5, Request::ReqAccountUpdates { .. } => 6,
            Request::ReqExecutions { .. } => 7, Request::ReqIds => 8,
            Request::ReqContractDetails { .. } => 9, Request::ReqHistoricalData(_) => 20,
            Request::CancelHistoricalData { .. } => 25, Request::SetServerLogLevel { .. } => 14,
            Request::ReqAutoOpenOrders { .. } => 15, Request::ReqAllOpenOrders => 16,
            Request::ReqManagedAccounts => 17, Request::ReqCurrentTime => 49,
            Request::ReqGlobalCancel => 58, Request::ReqMarketDataType { .. } => 59,
            Request::ReqPositions => 61, Request::ReqAccountSummary { .. } => 62,
            Request::CancelAccountSummary { .. } => 63, Request::CancelPositions => 64,
            Request::StartApi { .. } => 71, Request::ReqPositionsMulti { .. } => 74,
            Request::CancelPositionsMulti { .. } => 75, Request::ReqAccountUpdatesMulti { .. } => 76,
            Request::CancelAccountUpdatesMulti { .. } => 77, Request::ReqSecDefOptParams { .. } => 78,
            Request::ReqFamilyCodes => 80, Request::ReqMatchingSymbols { .. } => 81,
            Request::ReqMarketRule { .. } => 91, Request::ReqPnl { .. } => 92,
            Request::CancelPnl { .. } => 93, Request::ReqPnlSingle { .. } => 94,
            Request::CancelPnlSingle { .. } => 95, Request::ReqCompletedOrders { .. } => 99,
            Request::ReqUserInfo { .. } => 104, Request::Other { id, .. } => *id,
        }
    }

    /// The message with this number, nothing filled in.
    #[rustfmt::skip]
    fn blank(id: u32) -> Option<Request> {
        let (text, request_id) = (String::new, 0);
        let contract = Contract::default;
        Some(match id {
            1 => Request::ReqMarketData { request_id, contract: contract(), generic_ticks: text(), snapshot: false, regulatory_snapshot: false },
            2 => Request::CancelMarketData { request_id },
            3 => Request::PlaceOrder(Box::default()),
            4 => Request::CancelOrder { order_id: 0, manual_time: text() },
            5 => Request::ReqOpenOrders,
            6 => Request::ReqAccountUpdates { subscribe: false, account: text() },
            7 => Request::ReqExecutions { request_id, filter: ExecutionFilter::default() },
            8 => Request::ReqIds,
            9 => Request::ReqContractDetails { request_id, contract: contract() },
            14 => Request::SetServerLogLevel { level: 0 },
            15 => Request::ReqAutoOpenOrders { bind: false },
            16 => Request::ReqAllOpenOrders,
            17 => Request::ReqManagedAccounts,
            20 => Request::ReqHistoricalData(Box::default()),
            25 => Request::CancelHistoricalData { request_id },
            49 => Request::ReqCurrentTime,
            58 => Request::ReqGlobalCancel,
            59 => Request::ReqMarketDataType { kind: 0 },
            61 => Request::ReqPositions,
            62 => Request::ReqAccountSummary { request_id, group: text(), tags: text() },
            63 => Request::CancelAccountSummary { request_id },
            64 => Request::CancelPositions,
            71 => Request::StartApi { client_id: 0, optional_capabilities: text() },
            74 => Request::ReqPositionsMulti { request_id, account: text(), model: text() },
            75 => Request::CancelPositionsMulti { request_id },
            76 => Request::ReqAccountUpdatesMulti { request_id, account: text(), model: text(), ledger_and_nlv: false },
            77 => Request::CancelAccountUpdatesMulti { request_id },
            78 => Request::ReqSecDefOptParams { request_id, symbol: text(), exchange: text(), sec_type: text(), con_id: 0 },
            80 => Request::ReqFamilyCodes,
            81 => Request::ReqMatchingSymbols { request_id, pattern: text() },
            91 => Request::ReqMarketRule { rule_id: 0 },
            92 => Request::ReqPnl { request_id, account: text(), model: text() },
            93 => Request::CancelPnl { request_id },
            94 => Request::ReqPnlSingle { request_id, account: text(), model: text(), con_id: 0 },
            95 => Request::CancelPnlSingle { request_id },
            99 => Request::ReqCompletedOrders { api_only: false },
            104 => Request::ReqUserInfo { request_id },
            _ => return None,
        })
    }
}

fn decode(version: ServerVersion, payload: &[u8], message_id: &mut Option<u32>) -> Result<Request, DecodeErrorKind> {
    let (id, body) = crate::wire::number(version, payload)?;
    *message_id = Some(id);
    let name = request_table::name(id).ok_or(DecodeErrorKind::UnknownMessage)?;
    let Some(mut request) = Request::blank(id) else {
        let request_id = id_of(version, id, payload);
        return Ok(Request::Other { id, name, request_id });
    };
    let mut wire = Wire::read(version, body, schema::of_request(id).unwrap_or_default(), true)?;
    request.layout(&mut wire, version)?;
    let extras = wire.finish()?;
    match &mut request {
        Request::PlaceOrder(place) => place.extras = extras,
        _ => refuse_extras(extras)?,
    }
    Ok(request)
}

/// Only orders carry on with what is not understood: there the guard names it to the owner.
fn refuse_extras(extras: Vec<Extra>) -> Step {
    match extras.into_iter().next() {
        None => Ok(()),
        Some(Extra { name, value }) => {
            let value = shown(&value);
            Err(DecodeErrorKind::NotBuilt { field: name, value })
        }
    }
}

/// The order or request id of a message, also of one that is broken further on. In protobuf it is field 1.
fn id_of(version: ServerVersion, id: u32, payload: &[u8]) -> Option<i32> {
    let index = request_table::id_field(id)?;
    if version.is_protobuf() {
        let mut tags = Tags::of(payload.get(4..)?);
        while let Ok(Some((number, raw))) = tags.next() {
            if let (1, Raw::Varint(bits)) = (number, raw) {
                return i32::try_from(bits.cast_signed()).ok();
            }
        }
        return None;
    }
    let field = payload.split(|byte| *byte == 0).nth(index)?;
    std::str::from_utf8(field).ok()?.parse().ok()
}
