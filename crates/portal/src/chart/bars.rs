//! Use per day of one API credential: orders above the line, refusals below it.

use super::scaled;
use maud::{Markup, html};

const LINE: u64 = 60;

/// (orders, refusals) a day, oldest first.
pub(crate) fn bars(days: &[(u32, u32)]) -> Markup {
    let most = days.iter().map(|(orders, refusals)| (*orders).max(*refusals)).max().unwrap_or(0);
    let width = 16 * u64::try_from(days.len()).unwrap_or(0).max(1);
    html! {
        svg.chart viewBox={ "0 0 " (width) " 92" } preserveAspectRatio="none" aria-hidden="true" {
            @for ((orders, refusals), x) in days.iter().zip((0_u64..).step_by(16)) {
                @let up = scaled((*orders).into(), most.into(), 56);
                @let down = scaled((*refusals).into(), most.into(), 30);
                @if up > 0 { rect.up x=(x + 2) y=(LINE - up) width="12" height=(up) {} }
                @if down > 0 { rect.down x=(x + 2) y=(LINE + 1) width="12" height=(down) {} }
            }
            path.axis d={ "M0 " (LINE) "h" (width) } {}
        }
    }
}
