//! Push: whether this phone rings, and the button that turns it on or off; at the portal, which phones do.

use super::frame::Tone;
use super::part::{self, Moment};
use super::place;
use maud::{Markup, html};

/// On the phone that looks; where it can be turned on, with the key that a browser subscribes with.
#[derive(Clone, Debug)]
pub enum View {
    /// The operator has not configured it.
    NotBuilt,
    Off {
        key: String,
        /// By the push service, not by a person.
        gone: bool,
    },
    /// A signature over it is waited for, on this page.
    Asked {
        page: String,
    },
    On {
        device: String,
        since: Moment,
        key: String,
    },
}

/// One of a person's own, as the portal lists them.
#[derive(Clone, Debug)]
pub struct Ringing {
    pub device: String,
    pub name: String,
    /// None: its push service has ended it.
    pub since: Option<Moment>,
}

pub fn on_this_phone(view: &View) -> Markup {
    html! {
        section id="push" data-topic="notices approvals" aria-labelledby="push-title" {
            div.row.between {
                h2 id="push-title" { "Push" }
                @match view {
                    View::NotBuilt => (part::badge(Tone::Off, "not configured")),
                    View::Off { gone: true, .. } => (part::badge(Tone::Wait, "ended")),
                    View::Off { .. } => (part::badge(Tone::Off, "off")),
                    View::Asked { .. } => (part::badge(Tone::Wait, "to be signed")),
                    View::On { .. } => {
                        span data-push-heard="yes" { (part::badge(Tone::Good, "on")) }
                        span data-push-lost="yes" { (part::badge(Tone::Wait, "ended")) }
                    },
                }
            }
            @match view {
                View::NotBuilt => p.quiet { "This server sends none: its operator says [notify.push] in the configuration." },
                View::Off { key, gone } => {
                    @if *gone { (ended("The push service of its browser has said that nothing arrives here any more.")) }
                    p { "This phone rings when an approval waits, for security and for alerts; for fills where you want those. "
                        "It never says what: no order, no figure, no name. You sign it once, with your passkey." }
                    (turn_on(key))
                },
                View::Asked { page } => {
                    p { "It waits for your signature, for ten minutes." }
                    p { a.button href=(page) { "Read it and sign" } }
                },
                View::On { device, since, key } => {
                    div data-push-lost="yes" {
                        (ended("This server still sends, but this browser has no subscription any more, or may show nothing."))
                        (turn_on(key))
                    }
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

fn ended(why: &str) -> Markup {
    part::note(
        Tone::Wait,
        &html! { p { strong { "Push has ended on this phone. " } (why) " Nothing rings here until you turn it on again." } },
    )
}

fn turn_on(key: &str) -> Markup {
    html! {
        form method="post" action=(place::PHONE_PUSH) data-push=(key) {
            @for name in ["endpoint", "p256dh", "auth"] { input type="hidden" name=(name) value=""; }
            button.widen.wide type="submit" { "Turn push on" }
            p.small.push-said role="status" {}
        }
    }
}

pub fn at_the_portal(built: bool, ringing: &[Ringing]) -> Markup {
    let on = ringing.iter().any(|one| one.since.is_some());
    html! {
        div.plate id="push" data-topic="notices" {
            div.row.between {
                h3 { "Push" }
                @match (built, on) {
                    (false, _) => (part::badge(Tone::Off, "not configured")),
                    (true, false) => (part::badge(Tone::Off, "on no phone")),
                    (true, true) => (part::badge(Tone::Good, "on")),
                }
            }
            @if !built {
                p.small.quiet { "This server sends none: its operator says [notify.push] in the configuration." }
            } @else if ringing.is_empty() {
                p.small.quiet { "It is turned on at the phone itself: in the app, under Settings. A push says that something waits, and never what." }
            }
            @for one in ringing { @match &one.since {
                Some(since) => {
                    p { strong { (one.name) } br; span.small.quiet { "since " (part::time(since)) } }
                    (part::post(place::NOTICES_PUSH_OFF, &[("device", &one.device)], "narrow", &html! { "Turn off" span.hear { " push on " (one.name) } }))
                }
                None => p { strong { (one.name) } br; span.small.quiet { "ended: its push service says that nothing arrives there any more. Turn it on again at the phone." } },
            } }
        }
    }
}
