//! Telling: what became durable, in the messages and the order that every client understands.

use crate::contracts;
use crate::refuse::{CANCELLED, DUPLICATE, REJECTED, error, line, notice};
use kernel::approval;
use kernel::dead_man;
use kernel::event::Event;
use kernel::id::{CredentialId, OrderId};
use kernel::instrument::Instrument;
use kernel::order::Side;
use kernel::reason::Reason;
use kernel::state::State;
use kernel::time::Timestamp;
use kernel::working::{Commission, Ended, Execution, Order, Status};
use rust_decimal::Decimal;
use service::Notice;
use tws::{CompletedOrder, OpenOrder, OrderState, OrderStatus, Response};
use venue::{exact, types};

const HELD: &str = "approval";

/// Stable for the life of the order and unique in practice: 31 of the random bits of its id.
pub(crate) fn perm_id(id: OrderId) -> i64 {
    i64::try_from(id.bits() & 0x7fff_ffff).unwrap_or(0)
}

fn word(order: &Order) -> &'static str {
    match (order.status, order.terms.kind) {
        (Status::Held, _) => "PreSubmitted",
        (Status::Admitted | Status::Parked | Status::Unknown, _) => "PendingSubmit",
        (Status::Acknowledged, kind) if kind.is_stop() && order.filled.is_zero() => "PreSubmitted",
        (Status::Acknowledged, _) => "Submitted",
    }
}

const fn ended_word(how: Ended) -> &'static str {
    match how {
        Ended::Filled => "Filled",
        Ended::Rejected => "Inactive",
        Ended::Cancelled
        | Ended::Expired
        | Ended::ApprovalRefused
        | Ended::ApprovalTimedOut
        | Ended::RefusedWhenGranted
        | Ended::Voided
        | Ended::Incomplete => "Cancelled",
    }
}

fn wire_order(order: &Order, account: &str) -> tws::Order {
    let terms = &order.terms;
    let group = terms.ties.group.as_ref();
    let mut told = tws::Order {
        action: match terms.side {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
        .to_owned(),
        total_quantity: Some(exact::from_quantity(terms.order_qty)),
        account: account.to_owned(),
        order_ref: terms.label.clone(),
        outside_rth: terms.outside_hours,
        parent_id: terms.ties.parent.unwrap_or(0),
        oca_group: group.map(|group| group.name.clone()).unwrap_or_default(),
        oca_type: group.map_or(0, |group| types::oca_type(group.fills)),
        ..tws::Order::default()
    };
    types::write(terms, &mut told);
    (told.lmt_price, told.aux_price) = (told.lmt_price.or(Some(Decimal::ZERO)), told.aux_price.or(Some(Decimal::ZERO)));
    told
}

pub(crate) fn number(state: &State, order: &Order) -> String {
    state.customer.account(order.terms.account).map(|account| account.number.clone()).unwrap_or_default()
}

pub(crate) fn open_order(order: &Order, account: &str, status: &str) -> Response {
    Response::OpenOrder(Box::new(OpenOrder {
        order_id: order.client_ref.order_id,
        contract: contracts::wire(&order.terms.instrument),
        order: wire_order(order, account),
        client_id: order.client_ref.client_id,
        perm_id: perm_id(order.id),
        state: OrderState { status: status.to_owned(), ..OrderState::default() },
    }))
}

pub(crate) fn status(order: &Order, word: &str, last: Decimal) -> Response {
    let done = matches!(word, "Cancelled" | "Inactive");
    Response::OrderStatus(Box::new(OrderStatus {
        order_id: order.client_ref.order_id,
        status: word.to_owned(),
        filled: exact::from_quantity(order.filled),
        remaining: if done && word == "Inactive" {
            Decimal::ZERO
        } else {
            exact::from_quantity(order.terms.order_qty.saturating_sub(order.filled))
        },
        average_fill_price: exact::from_price(order.average_price()),
        perm_id: perm_id(order.id),
        client_id: order.client_ref.client_id,
        last_fill_price: last,
        why_held: if order.status == Status::Held && !done { HELD.to_owned() } else { String::new() },
        ..OrderStatus::default()
    }))
}

/// An open order as it stands, to a program that asks.
pub(crate) fn standing(order: &Order, account: &str) -> [Response; 2] {
    [open_order(order, account, word(order)), status(order, word(order), Decimal::ZERO)]
}

pub(crate) fn execution(request_id: i32, execution: &Execution, order: &Order, account: &str) -> Response {
    Response::ExecutionDetails(Box::new(tws::Execution {
        request_id,
        order_id: order.client_ref.order_id,
        perm_id: perm_id(order.id),
        client_id: order.client_ref.client_id,
        cumulative_quantity: exact::from_quantity(order.filled),
        average_price: exact::from_price(order.average_price()),
        order_ref: order.terms.label.clone(),
        ..executed(execution, &order.terms.instrument, account)
    }))
}

/// Of an order that is nobody's here: it has no number, and what it came to is not known.
pub(crate) fn executed_elsewhere(execution: &Execution, instrument: &Instrument, account: &str) -> Response {
    let fill = executed(execution, instrument, account);
    let (cumulative_quantity, average_price) = (fill.shares, fill.price);
    Response::ExecutionDetails(Box::new(tws::Execution { request_id: -1, cumulative_quantity, average_price, ..fill }))
}

fn executed(execution: &Execution, instrument: &Instrument, account: &str) -> tws::Execution {
    let contract = contracts::wire(instrument);
    tws::Execution {
        exchange: contract.exchange.clone(),
        contract,
        exec_id: execution.exec_id.clone(),
        time: utc(execution.at),
        account: account.to_owned(),
        side: match execution.side {
            Side::Buy => "BOT",
            Side::Sell => "SLD",
        }
        .to_owned(),
        shares: exact::from_quantity(execution.quantity),
        price: exact::from_price(execution.price),
        ..tws::Execution::default()
    }
}

pub(crate) fn commission(commission: &Commission) -> Response {
    Response::CommissionReport {
        exec_id: commission.exec_id.clone(),
        commission: exact::from_amount(commission.amount),
        currency: commission.currency.to_string(),
        realized_pnl: commission.realized.map(exact::from_amount),
    }
}

pub(crate) fn completed(order: &Order, how: Ended, account: &str) -> Response {
    Response::CompletedOrder(Box::new(CompletedOrder {
        contract: contracts::wire(&order.terms.instrument),
        order: wire_order(order, account),
        perm_id: perm_id(order.id),
        filled_quantity: exact::from_quantity(order.filled),
        status: ended_word(how).to_owned(),
        completed_time: utc(order.since),
        completed_status: ended_word(how).to_owned(),
    }))
}

pub(crate) fn utc(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{} UTC", instant.strftime("%Y%m%d %H:%M:%S"))
}

fn ended(order: &Order, how: Ended, text: &str) -> Vec<Response> {
    let told = |code, text: String| {
        vec![status(order, ended_word(how), Decimal::ZERO), error(order.client_ref.order_id, code, text)]
    };
    match how {
        Ended::Filled => Vec::new(),
        // What the venue says itself is not said twice.
        Ended::Cancelled if !text.is_empty() && !text.contains("Order Canceled") => {
            told(CANCELLED, format!("Order Canceled - reason: {text}"))
        }
        Ended::Cancelled | Ended::Voided => told(CANCELLED, "Order Canceled - reason:".to_owned()),
        Ended::Incomplete => {
            told(CANCELLED, "Order Canceled - reason: the rest of its bracket did not come in time".to_owned())
        }
        Ended::Expired => told(CANCELLED, "Order Canceled - reason: its day has ended".to_owned()),
        Ended::Rejected => told(REJECTED, format!("Order rejected - reason: the venue says: {text}")),
        Ended::ApprovalRefused => told(REJECTED, "Order rejected - reason: the approval was refused".to_owned()),
        Ended::ApprovalTimedOut => {
            told(REJECTED, "Order rejected - reason: nobody answered the approval in time".to_owned())
        }
        Ended::RefusedWhenGranted => {
            let words = lexicon::refusal(text, &[]);
            told(
                REJECTED,
                format!("Order rejected - reason: granted, but the guard refuses now ({text}). {}", words.remedy),
            )
        }
    }
}

/// The messages that one durable event means to the program whose order it is about.
pub(crate) fn event(notice_: &Notice, account: &str) -> Vec<Response> {
    use kernel::working::Event as E;
    let Some(order) = &notice_.order else { return declined(notice_) };
    let Event::Order(event) = &notice_.recorded.event else { return Vec::new() };
    match event {
        E::Held { .. } => {
            let mut told = standing(order, account).to_vec();
            told.push(notice(held(order)));
            told
        }
        E::Refused { .. } => Vec::new(),
        E::Admitted { approval: Some(_), .. } => standing(order, account).to_vec(),
        E::Admitted { .. } | E::Released { .. } | E::ReplaceAdmitted { .. } => Vec::new(),
        E::ReplaceRefused { reason, .. } => not_changed(order, account, line(reason)),
        E::ReplaceRejected { text, .. } => not_changed(order, account, format!("The venue did not change it: {text}")),
        E::CancelRejected { text, .. } => {
            vec![notice(format!("Order {}: the venue did not cancel it: {text}", order.client_ref.order_id))]
        }
        E::CancelRequested { .. } => vec![status(order, "PendingCancel", Decimal::ZERO)],
        E::Acknowledged { .. } | E::Replaced { .. } => {
            vec![status(order, word(order), Decimal::ZERO), open_order(order, account, word(order))]
        }
        E::Filled { execution: fill } => filled(order, fill, account),
        E::Commissioned { commission: charged } => vec![commission(charged)],
        E::Ended { how, text, .. } => ended(order, *how, text),
        E::MarkedUnknown { .. } => {
            let text = "Order {}: its outcome at the venue is unknown; it stays charged until the venue tells";
            vec![
                status(order, word(order), Decimal::ZERO),
                notice(text.replace("{}", &order.client_ref.order_id.to_string())),
            ]
        }
        E::Declined { .. } | E::PositionTold { .. } => Vec::new(),
    }
}

/// Why its orders go: the cancels themselves say no more than that they are.
pub(crate) fn silent(event: &Event, credential: CredentialId, client_id: i32) -> Vec<Response> {
    let Event::DeadMan(dead_man::Event::Reached(silent)) = event else { return Vec::new() };
    if (silent.credential, silent.client_id) != (credential, client_id) {
        return Vec::new();
    }
    let seconds = silent.seconds;
    vec![notice(format!(
        "Nothing was heard from this program for more than {seconds} s: its open orders that could add risk are \
         cancelled. Any message is a sign of life"
    ))]
}

fn held(order: &Order) -> String {
    let id = order.approval.map(|id| id.to_string()).unwrap_or_default();
    format!(
        "Order {} is held for approval {id} ({} s): portreeve approval grant {id}",
        order.client_ref.order_id,
        approval::ORDER_LIFETIME_MS / 1_000
    )
}

/// The order goes on as it was: its true terms are told again, and the reason in a notice that ends nothing.
pub(crate) fn not_changed(order: &Order, account: &str, why: String) -> Vec<Response> {
    let [open, status] = standing(order, account);
    vec![open, status, notice(format!("Order {} is not changed. {why}", order.client_ref.order_id))]
}

fn filled(order: &Order, fill: &Execution, account: &str) -> Vec<Response> {
    let done = order.filled >= order.terms.order_qty;
    let now = if done { "Filled" } else { "Submitted" };
    vec![
        execution(-1, fill, order, account),
        open_order(order, account, now),
        status(order, now, exact::from_price(fill.price)),
    ]
}

/// A new order that was not taken: nothing of it is left open in any client.
pub(crate) fn refused(order_id: i32, client_id: i32, reason: &Reason) -> Vec<Response> {
    let why = line(reason);
    if reason.code == "order_number_used" {
        // The number belongs to another order, of which nothing may be said here.
        return vec![error(order_id, DUPLICATE, format!("Duplicate order id. {why}"))];
    }
    vec![
        Response::OrderStatus(Box::new(OrderStatus {
            order_id,
            client_id,
            status: "Inactive".to_owned(),
            ..OrderStatus::default()
        })),
        error(order_id, REJECTED, format!("Order rejected - reason: {why}")),
    ]
}

/// Refused and declined orders are in no book; who asked is in the event.
fn declined(notice: &Notice) -> Vec<Response> {
    use kernel::working::Event as E;
    match &notice.recorded.event {
        Event::Order(E::Refused { ask, reason }) => refused(ask.client_ref.order_id, ask.client_ref.client_id, reason),
        Event::Order(E::Declined { client_ref, reason, .. }) => {
            refused(client_ref.order_id, client_ref.client_id, reason)
        }
        Event::Order(_) | Event::Customer(_) | Event::Account(_) | Event::Credential(_) => Vec::new(),
        Event::KillSwitch(_) | Event::Approval(_) | Event::Meter(_) | Event::Connection(_) => Vec::new(),
        Event::People(_) | Event::Change(_) | Event::Source(_) | Event::Seal(_) => Vec::new(),
        Event::Incident(_) | Event::Alert(_) | Event::DayLoss(_) | Event::DeadMan(_) => Vec::new(),
        Event::Restore(_) => Vec::new(),
    }
}
