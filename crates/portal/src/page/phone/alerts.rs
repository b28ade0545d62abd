//! Alerts on a phone: what was told lately, the newest first.

use super::super::frame::{self, Frame};
use super::super::home::Line;
use super::super::part;
use maud::{Markup, html};

pub fn alerts(frame: &Frame, lines: &[Line]) -> Markup {
    let body = html! {
        section id="alerts" data-topic="activity" aria-labelledby="alerts-title" {
            h1 id="alerts-title" { "Alerts" }
            @if lines.is_empty() { (part::empty("Nothing yet.", "Sign-ins, devices, refusals, kill switches and approvals are told here.", None)) }
            @else { ul.lines { @for line in lines { li {
                div.told { (part::tone(line.tone)) p { (part::sentence(&line.text)) } }
                p.small.quiet { (part::time(&line.at)) }
            } } } }
        }
        p.small.quiet { "All that happened is in the portal, under Activity." }
    };
    frame::page(frame, &body)
}
