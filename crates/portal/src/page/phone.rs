//! The app on a phone: what surrounds each of its pages. One column, and what is touched most lies under the thumb.

pub mod alerts;
pub mod door;
pub mod first;
pub mod positions;
pub mod settings;

use super::frame::{Frame, Nav, body_notices, head};
use super::mark::{self, Height};
use super::part;
use super::place;
use maud::{DOCTYPE, Markup, html};

/// As the rules have it: locked after so long without a touch. The server has its own clock.
const IDLE_SECONDS: u32 = 300;

const BAR: [(Nav, &str, &str); 4] = [
    (Nav::Approvals, place::PHONE, "Approvals"),
    (Nav::Positions, place::PHONE_POSITIONS, "Positions"),
    (Nav::Activity, place::PHONE_ALERTS, "Alerts"),
    (Nav::Devices, place::PHONE_SETTINGS, "Settings"),
];

pub(super) fn page(frame: &Frame, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(frame))
            body.phone data-live={ (place::PHONE_LIVE) "?told=" (frame.told) } data-door=(place::PHONE_SIGN_IN) data-idle=(IDLE_SECONDS) {
                a.skip href="#main" { "Skip to the content" }
                header {
                    div.top {
                        a.brand href=(place::PHONE) aria-label="Portreeve: what waits" { (mark::gate(Height::Half, 26)) b { "Portreeve" } }
                        div.space {}
                        span.venue { "Venue: " (frame.venue) }
                        span id="link-state" class="link-state" role="status" {}
                    }
                    div.scale {}
                }
                p.offline id="offline" role="status" hidden { "Offline. This is what was last seen; nothing can be sent." }
                main id="main" tabindex="-1" { (banner(frame)) (body_notices(frame)) (body) }
                (bar(frame))
            }
        }
    }
}

fn banner(frame: &Frame) -> Markup {
    html! {
        div id="kills" data-topic="kill" role="status" hidden[frame.kills.is_empty()] {
            @if let [first, more @ ..] = frame.kills.as_slice() {
                div.engaged {
                    p { strong { "Kill switch engaged: " (first.what) "." } " Since " (part::time(&first.since)) ", by " (first.by) "."
                        @if !more.is_empty() { " And " (more.len()) " more." } " It is released in the portal." }
                }
            }
        }
    }
}

fn bar(frame: &Frame) -> Markup {
    html! {
        nav.bar aria-label="Main" { ul {
            @for (nav, href, label) in &BAR { li {
                a href=(href) aria-current=[(frame.current == Some(*nav)).then_some("page")] {
                    (icon(*nav)) span { (label) }
                    @if *nav == Nav::Approvals { span id="pending" data-topic="approvals" { @if frame.pending_approvals > 0 {
                        span.count { (frame.pending_approvals) span.hear { " waiting" } } } } }
                }
            } }
        } }
    }
}

fn icon(nav: Nav) -> Markup {
    match nav {
        Nav::Positions => mark::stack(),
        Nav::Activity => mark::look(),
        Nav::Devices => mark::phone(),
        _ => mark::key(),
    }
}
