//! Push: whether this phone rings, and the button that turns it on or off; at the portal, which phones do.

use super::frame::Tone;
use super::part::{self, Moment};
use super::place;
use maud::{Markup, html};

/// On the phone that looks.
#[derive(Clone, Debug)]
pub enum View {
    /// The operator has not configured it.
    NotBuilt,
    /// With the key that a browser subscribes with.
    Off {
        key: String,
    },
    /// A signature over it is waited for, on this page.
    Asked {
        page: String,
    },
    On {
        device: String,
        since: Moment,
    },
}

/// One of a person's own, as the portal lists them.
#[derive(Clone, Debug)]
pub struct Ringing {
    pub device: String,
    pub name: String,
    pub since: Moment,
}

pub fn on_this_phone(view: &View) -> Markup {
    html! {
        section id="push" data-topic="notices approvals" aria-labelledby="push-title" {
            div.row.between {
                h2 id="push-title" { "Push" }
                @match view {
                    View::NotBuilt => (part::badge(Tone::Off, "not configured")),
                    View::Off { .. } => (part::badge(Tone::Off, "off")),
                    View::Asked { .. } => (part::badge(Tone::Wait, "to be signed")),
                    View::On { .. } => (part::badge(Tone::Good, "on")),
                }
            }
            @match view {
                View::NotBuilt => p.quiet { "This server sends none: its operator says [notify.push] in the configuration." },
                View::Off { key } => {
                    p { "This phone rings when an approval waits, for security and for alerts; for fills where you want those. "
                        "It never says what: no order, no figure, no name. You sign it once, with your passkey." }
                    form method="post" action=(place::PHONE_PUSH) data-push=(key) {
                        @for name in ["endpoint", "p256dh", "auth"] { input type="hidden" name=(name) value=""; }
                        button.widen.wide type="submit" { "Turn push on" }
                        p.small.push-said role="status" {}
                    }
                },
                View::Asked { page } => {
                    p { "It waits for your signature, for ten minutes." }
                    p { a.button href=(page) { "Read it and sign" } }
                },
                View::On { device, since } => {
                    p { "On since " (part::time(since)) ". It says that something waits, and never what." }
                    form method="post" action=(place::PHONE_PUSH_OFF) data-push-off="yes" {
                        input type="hidden" name="device" value=(device);
                        button.narrow.wide type="submit" { "Turn push off" }
                    }
                },
            }
        }
    }
}

pub fn at_the_portal(built: bool, ringing: &[Ringing]) -> Markup {
    html! {
        div.plate id="push" data-topic="notices" {
            div.row.between {
                h3 { "Push" }
                @match (built, ringing.is_empty()) {
                    (false, _) => (part::badge(Tone::Off, "not configured")),
                    (true, true) => (part::badge(Tone::Off, "on no phone")),
                    (true, false) => (part::badge(Tone::Good, "on")),
                }
            }
            @if !built {
                p.small.quiet { "This server sends none: its operator says [notify.push] in the configuration." }
            } @else if ringing.is_empty() {
                p.small.quiet { "It is turned on at the phone itself: in the app, under Settings. A push says that something waits, and never what." }
            }
            @for one in ringing {
                p { strong { (one.name) } br; span.small.quiet { "since " (part::time(&one.since)) } }
                (part::post(place::NOTICES_PUSH_OFF, &[("device", &one.device)], "narrow", &html! { "Turn off" span.hear { " push on " (one.name) } }))
            }
        }
    }
}
