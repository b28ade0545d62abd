//! The last days as a strip: orders above the line, refusals below it, a dot where someone signed in.

use super::scaled;
use crate::page::home::Day;
use maud::{Markup, html};

const STEP: u64 = 8;
const ABOVE: u64 = 34;
const BELOW: u64 = 22;
const LINE: u64 = 46;

/// Oldest first. A table says the same for those who do not see it.
pub(crate) fn strip(days: &[Day]) -> Markup {
    let orders = days.iter().map(|day| u64::from(day.orders)).max().unwrap_or(0);
    let refusals = days.iter().map(|day| u64::from(day.refusals)).max().unwrap_or(0);
    let width = STEP * u64::try_from(days.len()).unwrap_or(0).max(1);
    html! {
        svg.chart viewBox={ "0 0 " (width) " 84" } preserveAspectRatio="none" aria-hidden="true" {
            @for (day, x) in days.iter().zip((0..).step_by(8)) { (cell(day, x, orders, refusals)) }
            path.axis d={ "M0 " (LINE) "h" (width) } {}
        }
    }
}

fn cell(day: &Day, x: u64, most_orders: u64, most_refusals: u64) -> Markup {
    let up = scaled(day.orders.into(), most_orders, ABOVE);
    let down = scaled(day.refusals.into(), most_refusals, BELOW);
    html! {
        @if up > 0 { rect.up x=(x + 1) y=(LINE - up) width="6" height=(up) {} }
        @else { rect.rest x=(x + 1) y=(LINE - 2) width="6" height="2" {} }
        @if down > 0 { rect.down x=(x + 1) y=(LINE + 1) width="6" height=(down) {} }
        @if day.sign_ins > 0 { rect.dot x=(x + 2) y="76" width="4" height="5" {} }
    }
}
