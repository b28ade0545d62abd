//! The JSON of an order: its terms in FIX words, where it stands, and what it counts.

use kernel::id::{ApprovalId, OrderId};
use kernel::state::State;
use kernel::working::{Ask, Order};
use serde::Serialize;
use service::words::names::{account_number, credential_name, moment, word};
use service::words::terms::terms_text;

#[derive(Debug, Serialize)]
pub(crate) struct OrderView {
    id: OrderId,
    status: String,
    credential: String,
    account: String,
    client_id: i32,
    order_id: i32,
    symbol: String,
    currency: String,
    contract_id: i64,
    side: &'static str,
    order_qty: String,
    ord_type: &'static str,
    price: Option<String>,
    stop_px: Option<String>,
    time_in_force: &'static str,
    label: String,
    filled: String,
    average_price: Option<String>,
    /// In the account's base currency.
    value: Option<String>,
    approval: Option<ApprovalId>,
    cancel_requested: bool,
    change_pending: bool,
    since: String,
    text: String,
}

/// An order that is open, or ended today with `status`.
pub(crate) fn view(state: &State, order: &Order, status: String) -> OrderView {
    let ask =
        Ask { id: order.id, credential: order.credential, client_ref: order.client_ref, terms: order.terms.clone() };
    OrderView {
        filled: order.filled.to_string(),
        average_price: order.filled.is_positive().then(|| order.average_price().to_string()),
        value: Some(order.value().to_string()),
        approval: order.approval,
        cancel_requested: order.cancel_requested,
        change_pending: order.replacing.is_some(),
        ..of_ask(state, &ask, status, order.since)
    }
}

/// All that is known of an order from the words in which it was asked for.
pub(crate) fn of_ask(state: &State, ask: &Ask, status: String, at: kernel::time::Timestamp) -> OrderView {
    let terms = &ask.terms;
    OrderView {
        id: ask.id,
        status,
        credential: credential_name(state, ask.credential),
        account: account_number(state, terms.account),
        client_id: ask.client_ref.client_id,
        order_id: ask.client_ref.order_id,
        symbol: terms.instrument.symbol.clone(),
        currency: terms.instrument.currency.to_string(),
        contract_id: terms.instrument.contract_id,
        side: terms.side.as_str(),
        order_qty: terms.order_qty.to_string(),
        ord_type: terms.kind.as_str(),
        price: terms.kind.price().map(|price| price.to_string()),
        stop_px: terms.kind.stop_px().map(|price| price.to_string()),
        time_in_force: terms.time_in_force.as_str(),
        label: terms.label.clone(),
        filled: "0".to_owned(),
        average_price: None,
        value: None,
        approval: None,
        cancel_requested: false,
        change_pending: false,
        since: moment(at),
        text: terms_text(terms),
    }
}

pub(crate) fn open_status(order: &Order) -> String {
    word(&order.status)
}
