//! What the paper broker's events mean to whoever placed the orders: reports.

use crate::contract::{Change, WhatIf};
use crate::exact;
use crate::report::{Report, What};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::order::Side;
use kernel::time::Timestamp;
use kernel::working::Ended;
use paper::{Broker, Event, OrderState};

/// `state` is the order that the event is about, as it stands after it.
pub(super) fn told(state: &OrderState, event: &Event) -> Vec<Report> {
    let order = OrderId::parse(&state.order.reference).ok();
    let report = |what| Report { account: state.order.account.clone(), order, what };
    let acknowledged = || What::Acknowledged { venue_ref: state.perm_id.to_string() };
    match event {
        Event::Accepted { .. } => vec![report(acknowledged())],
        Event::Rejected { reason, .. } => {
            vec![report(What::Ended { how: Ended::Rejected, text: reason.words().to_owned() })]
        }
        Event::Filled { execution } => filled(execution).into_iter().map(report).collect(),
        Event::Replaced { .. } => vec![report(What::Replaced)],
        Event::ReplaceRejected { reason, .. } => {
            vec![report(What::ReplaceRejected { text: reason.words().to_owned() })]
        }
        Event::Cancelled { reason, .. } => {
            let text = reason.map_or_else(String::new, |reason| reason.words().to_owned());
            vec![report(What::Ended { how: Ended::Cancelled, text })]
        }
        Event::CancelRejected { reason, .. } => vec![report(What::CancelRejected { text: reason.words().to_owned() })],
        Event::Expired { .. } => vec![report(What::Ended { how: Ended::Expired, text: String::new() })],
        Event::Triggered { .. }
        | Event::Trailed { .. }
        | Event::Released { .. }
        | Event::Reduced { .. }
        | Event::DuplicateReference { .. } => Vec::new(),
        Event::AccountOpened { .. }
        | Event::AccountRejected { .. }
        | Event::Deposited { .. }
        | Event::DepositRejected { .. }
        | Event::MarginCalled { .. }
        | Event::MarginMet { .. } => Vec::new(),
    }
}

/// The broker counts in decimals that the kernel's numbers hold exactly; what did not fit was never accepted.
fn filled(execution: &paper::Execution) -> Vec<What> {
    let (Ok(quantity), Ok(price)) = (exact::quantity(execution.quantity), exact::price(execution.price)) else {
        tracing::error!(exec_id = %execution.exec_id, "a fill of the paper broker does not fit the book");
        return Vec::new();
    };
    let mut told = vec![What::Filled {
        exec_id: execution.exec_id.clone(),
        contract_id: i64::from(execution.con_id),
        side: side_of(execution.side),
        quantity,
        price,
        at: Timestamp(execution.at),
    }];
    if let (Ok(amount), Ok(currency)) =
        (exact::amount(execution.commission), Currency::parse(&execution.commission_currency))
    {
        let realized = execution.realized_pnl.and_then(|pnl| exact::amount(pnl).ok());
        told.push(What::Commissioned { exec_id: execution.exec_id.clone(), amount, currency, realized });
    }
    told
}

const fn side_of(side: paper::Side) -> Side {
    match side {
        paper::Side::Buy => Side::Buy,
        paper::Side::Sell => Side::Sell,
    }
}

/// Executions are told again for so long; the book remembers them for a day more.
const RETOLD_MS: i64 = 7 * 86_400_000;

pub(super) fn of_nobody(broker: &Broker, now: Timestamp) -> Vec<Report> {
    let since = now.minus_ms(RETOLD_MS);
    let recent = broker.executions().iter().rev().take_while(|execution| Timestamp(execution.at) >= since);
    let own = recent.filter(|execution| OrderId::parse(&execution.reference).is_err());
    let report = |execution: &paper::Execution| {
        let account = execution.account.clone();
        filled(execution).into_iter().map(move |what| Report { account: account.clone(), order: None, what })
    };
    let mut own: Vec<&paper::Execution> = own.collect();
    own.reverse();
    own.into_iter().flat_map(report).collect()
}

pub(super) fn recount(broker: &Broker, id: OrderId) -> Vec<Report> {
    let reference = id.to_string();
    let Some(state) = broker.order(&reference) else { return Vec::new() };
    let report = |what| Report { account: state.order.account.clone(), order: Some(id), what };
    let mut reports = vec![report(What::Acknowledged { venue_ref: state.perm_id.to_string() })];
    let own = broker.executions().iter().filter(|execution| execution.reference == reference);
    reports.extend(own.flat_map(filled).map(report));
    let text = state.reason.map_or_else(String::new, |reason| reason.words().to_owned());
    let how = match state.status {
        paper::Status::Working | paper::Status::Triggered | paper::Status::Filled => None,
        paper::Status::Cancelled => Some(Ended::Cancelled),
        paper::Status::Rejected => Some(Ended::Rejected),
        paper::Status::Expired => Some(Ended::Expired),
    };
    reports.extend(how.map(|how| report(What::Ended { how, text })));
    reports
}

pub(super) fn what_if(told: paper::WhatIf) -> WhatIf {
    let change = |of: paper::what_if::Change| Change {
        before: Some(of.before),
        change: of.after.checked_sub(of.before),
        after: Some(of.after),
    };
    WhatIf {
        initial: change(told.initial),
        maintenance: change(told.maintenance),
        equity: change(told.equity),
        commission: Some(told.commission),
        least_commission: None,
        most_commission: None,
        commission_currency: told.commission_currency.to_owned(),
        warning: told.refused.map_or_else(String::new, |reason| reason.words().to_owned()),
    }
}
