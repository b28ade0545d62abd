//! The last days as a strip: orders above the line, refusals below it, a mark where someone signed in.

use super::scaled;
use crate::page::home::Day;
use maud::{Markup, html};

const STEP: u64 = 8;
const WIDE: u64 = 6;
const ABOVE: u64 = 34;
const BELOW: u64 = 22;
const LINE: u64 = 46;
const MARKS: u64 = 76;

/// Oldest first. A table says the same for those who do not see it.
pub(crate) fn strip(days: &[Day]) -> Markup {
    let orders = days.iter().map(|day| u64::from(day.orders)).max().unwrap_or(0);
    let refusals = days.iter().map(|day| u64::from(day.refusals)).max().unwrap_or(0);
    let width = STEP * u64::try_from(days.len()).unwrap_or(0).max(1);
    let all = |height: &dyn Fn(&Day) -> u64, from: &dyn Fn(u64) -> u64| {
        days.iter()
            .zip((0_u64..).step_by(8))
            .map(|(day, x)| column(x, from(height(day)), height(day)))
            .collect::<String>()
    };
    let up = |day: &Day| scaled(day.orders.into(), orders, ABOVE);
    let down = |day: &Day| scaled(day.refusals.into(), refusals, BELOW);
    let rest = |day: &Day| if day.orders == 0 { 2 } else { 0 };
    let marks = |day: &Day| if day.sign_ins == 0 { 0 } else { 5 };
    html! {
        svg.chart viewBox={ "0 0 " (width) " 84" } preserveAspectRatio="none" aria-hidden="true" {
            path.rest d=(all(&rest, &|high| LINE - high)) {}
            path.up d=(all(&up, &|high| LINE - high)) {}
            path.down d=(all(&down, &|_| LINE + 1)) {}
            path.dot d=(all(&marks, &|_| MARKS)) {}
            path.axis d={ "M0 " (LINE) "h" (width) } {}
        }
    }
}

/// One of many in a path: a page with ninety elements for each of these would weigh three times as much.
fn column(x: u64, y: u64, high: u64) -> String {
    if high == 0 { String::new() } else { format!("M{} {y}h{WIDE}v{high}h-{WIDE}z", x + 1) }
}
