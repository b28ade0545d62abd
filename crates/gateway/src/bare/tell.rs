//! Telling: the broker's events and orders in the messages and the order that every client understands.

use super::orders::numbers;
use crate::contracts;
use crate::refuse::{CANCELLED, NOT_FOUND, REJECTED, error};
use crate::tell::utc;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use tws::{CompletedOrder, Contract, OpenOrder, OrderState as WireState, OrderStatus, Response};
use venue::paper::LIQUIDATION;
use venue::paper::{Event, Execution, Kind, Moved, OrderState, Reason, Side, Status, Tif, Trail, named};

/// The order to change has ended.
const ENDED: i32 = 104;
/// The order to cancel has ended.
const CANNOT_CANCEL: i32 = 10_148;

fn word(state: &OrderState) -> &'static str {
    match state.status {
        Status::Working if (state.parked || state.order.parent.is_some() && state.filled.is_zero()) => "PreSubmitted",
        Status::Working if state.order.kind.is_stop() && state.filled.is_zero() => "PreSubmitted",
        Status::Working | Status::Triggered => "Submitted",
        Status::Filled => "Filled",
        Status::Cancelled | Status::Expired => "Cancelled",
        Status::Rejected => "Inactive",
    }
}

fn contract(con_id: u32) -> Contract {
    named(con_id).map(|instrument| contracts::wire(&instrument)).unwrap_or_default()
}

fn wire_order(state: &OrderState) -> tws::Order {
    let order = &state.order;
    let group = order.group.as_ref();
    let trail = order.kind.trail();
    let (far, percent) = match trail {
        None => (order.kind.stop(), None),
        Some((Trail::Amount(amount), _)) => (Some(amount), None),
        Some((Trail::Percent(percent), _)) => (None, Some(percent)),
    };
    tws::Order {
        action: match order.side {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
        .to_owned(),
        total_quantity: order.quantity.checked_sub(state.given_up),
        order_type: match order.kind {
            Kind::Market if order.tif == Tif::Close => "MOC",
            Kind::Market => "MKT",
            Kind::Limit { .. } if order.tif == Tif::Close => "LOC",
            Kind::Limit { .. } => "LMT",
            Kind::Stop { .. } => "STP",
            Kind::StopLimit { .. } => "STP LMT",
            Kind::Trail { .. } => "TRAIL",
            Kind::TrailLimit { .. } => "TRAIL LIMIT",
        }
        .to_owned(),
        lmt_price: Some(state.limit().unwrap_or_default()),
        aux_price: Some(far.unwrap_or_default()),
        trailing_percent: percent,
        trail_stop_price: trail.and(state.stop()),
        lmt_price_offset: trail.and_then(|(_, offset)| offset),
        tif: match order.tif {
            Tif::Day | Tif::Close => "DAY",
            Tif::Gtc => "GTC",
            Tif::Ioc => "IOC",
            Tif::Fok => "FOK",
        }
        .to_owned(),
        account: order.account.clone(),
        order_ref: order.label.clone(),
        outside_rth: order.outside_hours,
        parent_id: order.parent.as_deref().and_then(numbers).map_or(0, |(_, number)| number),
        oca_group: group.map(|group| group.name.clone()).unwrap_or_default(),
        oca_type: group.map_or(0, |group| if group.cancels { 1 } else { 2 }),
        ..tws::Order::default()
    }
}

fn open_order(state: &OrderState) -> Response {
    let (client_id, order_id) = numbers(&state.order.reference).unwrap_or_default();
    Response::OpenOrder(Box::new(OpenOrder {
        order_id,
        contract: contract(state.order.con_id),
        order: wire_order(state),
        client_id,
        perm_id: state.perm_id,
        state: WireState { status: word(state).to_owned(), ..WireState::default() },
    }))
}

fn status(state: &OrderState, last: Decimal) -> Response {
    let (client_id, order_id) = numbers(&state.order.reference).unwrap_or_default();
    Response::OrderStatus(Box::new(OrderStatus {
        order_id,
        client_id,
        status: word(state).to_owned(),
        filled: state.filled,
        remaining: if state.status == Status::Rejected { Decimal::ZERO } else { state.remaining() },
        average_fill_price: state.average_price(),
        perm_id: state.perm_id,
        last_fill_price: last,
        ..OrderStatus::default()
    }))
}

/// An order as it stands, to a program that asks.
pub(super) fn standing(state: &OrderState) -> [Response; 2] {
    [open_order(state), status(state, Decimal::ZERO)]
}

pub(super) fn completed(state: &OrderState) -> Response {
    let word = word(state);
    Response::CompletedOrder(Box::new(CompletedOrder {
        contract: contract(state.order.con_id),
        order: wire_order(state),
        perm_id: state.perm_id,
        filled_quantity: state.filled,
        status: word.to_owned(),
        completed_time: utc(Timestamp(state.ended_at.unwrap_or(state.placed_at))),
        completed_status: word.to_owned(),
    }))
}

pub(super) fn execution(request_id: i32, fill: &Execution, state: &OrderState) -> Response {
    let (client_id, order_id) = numbers(&fill.reference).unwrap_or_default();
    let contract = contract(fill.con_id);
    Response::ExecutionDetails(Box::new(tws::Execution {
        request_id,
        order_id,
        exchange: contract.exchange.clone(),
        contract,
        exec_id: fill.exec_id.clone(),
        time: utc(Timestamp(fill.at)),
        account: fill.account.clone(),
        side: match fill.side {
            Side::Buy => "BOT",
            Side::Sell => "SLD",
        }
        .to_owned(),
        shares: fill.quantity,
        price: fill.price,
        perm_id: state.perm_id,
        client_id,
        cumulative_quantity: state.filled,
        average_price: state.average_price(),
        order_ref: state.order.label.clone(),
        liquidation: i32::from(numbers(&fill.reference).is_none() && state.order.label == LIQUIDATION),
        ..tws::Execution::default()
    }))
}

pub(super) fn commission(fill: &Execution) -> Response {
    Response::CommissionReport {
        exec_id: fill.exec_id.clone(),
        commission: fill.commission.normalize(),
        currency: fill.commission_currency.clone(),
        realized_pnl: fill.realized_pnl.map(|pnl| pnl.normalize()),
    }
}

/// The open order is told again as it is, after what was wrong with the change.
pub(super) fn not_changed(state: &OrderState, code: i32, text: String) -> Vec<Response> {
    let (_, order_id) = numbers(&state.order.reference).unwrap_or_default();
    let mut told = vec![error(order_id, code, text)];
    told.extend(standing(state));
    told
}

/// A new order that was not taken: nothing of it is left open in any client.
pub(super) fn refused(client_id: i32, order_id: i32, text: String) -> Vec<Response> {
    let status = OrderStatus { order_id, client_id, status: "Inactive".to_owned(), ..OrderStatus::default() };
    vec![Response::OrderStatus(Box::new(status)), error(order_id, REJECTED, text)]
}

fn code(reason: Reason) -> i32 {
    match reason {
        Reason::OrderEnded => ENDED,
        other => i32::from(other.code()),
    }
}

/// The messages that one durable event means to a program: of its own orders, and of the broker's.
pub(super) fn event(moved: &Moved, client_id: i32) -> Vec<Response> {
    let numbers = moved.event.reference().and_then(numbers);
    if let (None, Event::Filled { execution: fill }, Some(state)) =
        (numbers, moved.event.as_ref(), moved.order.as_deref())
    {
        // The broker's own order, by which it closes a position: nobody's here, so all are told.
        return vec![execution(-1, fill, state), commission(fill)];
    }
    let Some((_, order_id)) = numbers.filter(|(client, _)| *client == client_id) else { return Vec::new() };
    if let Event::CancelRejected { reason, .. } = moved.event.as_ref() {
        return vec![not_cancelled(order_id, *reason, moved.order.as_deref())];
    }
    let Some(state) = moved.order.as_deref() else { return Vec::new() };
    let ended = |code, text: String| vec![status(state, Decimal::ZERO), error(order_id, code, text)];
    match moved.event.as_ref() {
        Event::Accepted { .. } | Event::Replaced { .. } | Event::Triggered { .. } => {
            vec![status(state, Decimal::ZERO), open_order(state)]
        }
        Event::Rejected { reason, .. } => ended(code(*reason), format!("Order rejected - reason: {}", reason.words())),
        Event::Filled { execution: fill } => {
            vec![execution(-1, fill, state), open_order(state), status(state, fill.price), commission(fill)]
        }
        Event::ReplaceRejected { reason, .. } => {
            not_changed(state, code(*reason), format!("The order is not changed: {}", reason.words()))
        }
        Event::Cancelled { reason: None, .. } => ended(CANCELLED, "Order Canceled - reason:".to_owned()),
        Event::Cancelled { reason: Some(reason), .. } => {
            ended(CANCELLED, format!("Order Canceled - reason: {}", reason.words()))
        }
        Event::Expired { .. } => ended(CANCELLED, "Order Canceled - reason: its day has ended".to_owned()),
        Event::CancelRejected { .. } | Event::DuplicateReference { .. } | Event::Trailed { .. } => Vec::new(),
        Event::Released { .. } | Event::Reduced { .. } => vec![status(state, Decimal::ZERO), open_order(state)],
        Event::AccountOpened { .. }
        | Event::AccountRejected { .. }
        | Event::Deposited { .. }
        | Event::DepositRejected { .. }
        | Event::MarginCalled { .. }
        | Event::MarginMet { .. } => Vec::new(),
    }
}

fn not_cancelled(order_id: i32, reason: Reason, state: Option<&OrderState>) -> Response {
    match state {
        Some(state) => {
            let why =
                format!("OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {}", word(state));
            error(order_id, CANNOT_CANCEL, why)
        }
        None => {
            let why = format!("OrderId {order_id} that needs to be cancelled is not found ({}).", reason.words());
            error(order_id, NOT_FOUND, why)
        }
    }
}
