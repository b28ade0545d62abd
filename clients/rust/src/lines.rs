//! Lines: what is asked for and what is told, in the words of the scenario.

use crate::client::market_data::historical::{BarSize, Duration as Span, ToDuration};
use crate::client::orders::{Action, CommissionReport, ExecutionData, Order, OrderData, OrderStatus};

pub fn row(fields: &[&dyn std::fmt::Display]) -> String {
    fields.iter().map(|field| field.to_string().replace(['\t', '\n'], " ")).collect::<Vec<_>>().join("\t")
}

/// The words of a question for bars: the length of one, and how far back they go.
pub fn span(size: &str, duration: &str) -> (BarSize, Span) {
    let size = if size == "1 day" { BarSize::Day } else { BarSize::Min };
    let (count, unit) = duration.split_once(' ').unwrap_or((duration, "S"));
    let count: i32 = count.parse().unwrap_or(0);
    (size, if unit == "W" { count.weeks() } else { count.seconds() })
}

/// When a bar began, in seconds, and its prices.
pub fn bar(at: i64, prices: [f64; 5]) -> String {
    let [open, high, low, close, volume] = prices;
    row(&[&at, &open, &high, &low, &close, &volume])
}

/// What ties it to others comes as `name=value`, by the names of the official client.
pub fn order(side: &str, quantity: &str, kind: &str, price: &str, tied: &str) -> Order {
    let price: Option<f64> = price.parse().ok();
    let mut order = Order {
        action: if side == "BUY" { Action::Buy } else { Action::Sell },
        total_quantity: quantity.parse().unwrap_or(0.0),
        order_type: kind.to_owned(),
        limit_price: price.filter(|_| kind == "LMT"),
        aux_price: price.filter(|_| kind == "STP"),
        ..Order::default()
    };
    for (name, value) in tied.split(';').filter_map(|one| one.split_once('=')) {
        match name {
            "parentId" => order.parent_id = value.parse().unwrap_or(0),
            "transmit" => order.transmit = value != "0",
            "ocaGroup" => value.clone_into(&mut order.oca_group),
            "ocaType" => order.oca_type = value.parse::<i32>().unwrap_or(0).into(),
            "tif" => order.tif = value.into(),
            "trailingPercent" => order.trailing_percent = value.parse().ok(),
            _other => {}
        }
    }
    order
}

pub fn status(one: &OrderStatus) -> String {
    row(&[&"status", &one.order_id, &one.status, &one.filled, &one.remaining, &one.why_held, &one.perm_id])
}

pub fn open(one: &OrderData) -> String {
    let (order, status) = (&one.order, &one.order_state.status);
    row(&[&one.order_id, &order.total_quantity, &order.limit_price.unwrap_or(0.0), status])
}

pub fn fill(one: &ExecutionData) -> String {
    let fill = &one.execution;
    row(&[&"fill", &fill.execution_id, &fill.order_id, &fill.shares])
}

pub fn commission(one: &CommissionReport) -> String {
    row(&[&"commission", &one.execution_id, &one.commission, &one.currency])
}
