//! The frame around every page: head, menu, banners, foot.

use super::mark::{self, Height, Shape};
use super::part::{self, Moment};
use super::{phone, place};
use crate::asset;
use maud::{DOCTYPE, Markup, html};

/// What every page is given, whatever it shows.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub title: String,
    /// None on the pages outside the gate.
    pub signed_in: Option<SignedIn>,
    pub current: Option<Nav>,
    /// The kill switches that are engaged, widest first.
    pub kills: Vec<Engaged>,
    pub pending_approvals: u32,
    /// `paper` or `tws`: told on every page.
    pub venue: String,
    /// For this answer's Content-Security-Policy.
    pub nonce: String,
    pub notices: Vec<Notice>,
    /// The portal's true address, as configured.
    pub origin: String,
    /// How much had been told before it was read: what it is live from.
    pub told: u64,
    /// Of the app on a phone: it has a frame of its own.
    pub phone: bool,
}

impl Frame {
    /// Where approvals are answered.
    pub(crate) const fn approvals(&self) -> &'static str {
        if self.phone { place::PHONE_APPROVALS } else { place::APPROVALS }
    }

    /// Whether whoever looks is offered what stops and refuses; the kernel decides.
    pub(crate) fn may_stop(&self) -> bool {
        self.signed_in.as_ref().is_none_or(|who| who.role != Role::Viewer)
    }
}

#[derive(Clone, Debug)]
pub struct SignedIn {
    pub name: String,
    pub role: Role,
    pub capability: Capability,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Owner,
    Trader,
    Advisor,
    Viewer,
}

impl Role {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Trader => "trader",
            Self::Advisor => "advisor",
            Self::Viewer => "viewer",
        }
    }
}

/// What this session may do now.
#[derive(Clone, Debug)]
pub enum Capability {
    View,
    Trade { until: Moment },
    Move { until: Moment },
}

#[derive(Clone, Debug)]
pub struct Engaged {
    /// `everything`, `account DU1234567`, `API credential momentum-bot`.
    pub what: String,
    /// Of the whole customer or the firm: there is nothing wider to engage.
    pub everything: bool,
    pub since: Moment,
    pub by: String,
}

/// Something said once, after what was just done.
#[derive(Clone, Debug)]
pub struct Notice {
    pub tone: Tone,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Wait,
    Bad,
    Off,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }
    pub(crate) const fn shape(self) -> Shape {
        match self {
            Self::Good => Shape::Full,
            Self::Wait => Shape::Half,
            Self::Bad => Shape::Cross,
            Self::Off => Shape::Hollow,
        }
    }
}

/// The entries of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    Home,
    Approvals,
    Activity,
    Orders,
    Positions,
    Quotes,
    Ticket,
    Credentials,
    Limits,
    Incidents,
    Devices,
    Authenticators,
    Notices,
    People,
}

type Group = (&'static str, &'static [(Nav, &'static str, &'static str)]);

const MENU: [Group; 3] = [
    (
        "Watch",
        &[
            (Nav::Home, place::HOME, "Security home"),
            (Nav::Approvals, place::APPROVALS, "Approvals"),
            (Nav::Activity, place::ACTIVITY, "Activity"),
        ],
    ),
    (
        "Trade",
        &[
            (Nav::Orders, place::ORDERS, "Orders"),
            (Nav::Positions, place::POSITIONS, "Positions"),
            (Nav::Quotes, place::QUOTES, "Quotes"),
            (Nav::Ticket, place::TICKET, "Ticket"),
        ],
    ),
    (
        "Who and what may",
        &[
            (Nav::Credentials, place::CREDENTIALS, "API credentials"),
            (Nav::Limits, place::LIMITS, "Limits and kill switch"),
            (Nav::Incidents, place::INCIDENTS, "Incidents"),
            (Nav::Devices, place::DEVICES, "Devices and sessions"),
            (Nav::Authenticators, place::AUTHENTICATORS, "Authenticators"),
            (Nav::Notices, place::NOTICES, "Notices"),
            (Nav::People, place::PEOPLE, "People"),
        ],
    ),
];

/// A page inside the gate; where nobody is signed in, the same content without menu.
pub(crate) fn page(frame: &Frame, body: &Markup) -> Markup {
    let Some(signed_in) = &frame.signed_in else { return outside(frame, body) };
    if frame.phone {
        return phone::page(frame, body);
    }
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(frame))
            body data-live={ (place::LIVE) "?told=" (frame.told) } {
                a.skip href="#main" { "Skip to the content" }
                (top(frame, signed_in))
                div.shell {
                    (menu(frame, signed_in))
                    main id="main" tabindex="-1" { (banner(frame)) (body_notices(frame)) (body) }
                }
                (foot(frame))
                @if frame.may_stop() { (stop(frame)) }
            }
        }
    }
}

/// A page outside the gate: one panel under an arch.
pub(crate) fn door(frame: &Frame, body: &Markup) -> Markup {
    outside(
        frame,
        &html! { div.arch { div.crest { (mark::gate(Height::Half, 44)) b { "Portreeve" } } (body_notices(frame)) (body) } },
    )
}

fn outside(frame: &Frame, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(frame))
            body {
                a.skip href="#main" { "Skip to the content" }
                main.door id="main" tabindex="-1" { (body) }
                (foot(frame))
            }
        }
    }
}

pub(super) fn head(frame: &Frame) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            @if frame.phone { meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"; }
            @else { meta name="viewport" content="width=device-width, initial-scale=1"; }
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="same-origin";
            title { (frame.title) " · Portreeve" }
            link rel="icon" type="image/svg+xml" href=(asset::icon());
            link rel="stylesheet" href=(asset::style()) nonce=(frame.nonce);
            script src=(asset::passkey()) defer nonce=(frame.nonce) {}
            @if frame.phone { (app(frame)) }
            @if frame.signed_in.is_some() { script src=(asset::live()) defer nonce=(frame.nonce) {} }
        }
    }
}

/// What makes it an app that can be installed.
fn app(frame: &Frame) -> Markup {
    html! {
        meta name="mobile-web-app-capable" content="yes";
        meta name="apple-mobile-web-app-title" content="Portreeve";
        link rel="manifest" href=(place::PHONE_MANIFEST);
        link rel="apple-touch-icon" href=(asset::phone_icon());
        link rel="stylesheet" href=(asset::phone_style()) nonce=(frame.nonce);
        script src=(asset::phone_script()) defer nonce=(frame.nonce) {}
    }
}

fn top(frame: &Frame, signed_in: &SignedIn) -> Markup {
    html! {
        header {
            div.top {
                a.brand href=(place::HOME) aria-label="Portreeve: security home" { (mark::gate(Height::Half, 28)) b { "Portreeve" } }
                div.state { span { "Venue: " (frame.venue) } span id="link-state" class="link-state" role="status" {} }
                div.space {}
                div.who { (signed_in.name) span { (signed_in.role.as_str()) } }
                (capability(&signed_in.capability))
                @if frame.may_stop() { button.halt type="button" popovertarget="stop" { (mark::halt()) span { "Kill" span.hear { " switch" } } } }
                button.menu-open type="button" popovertarget="menu" aria-label="Menu" { (mark::menu()) }
            }
            div.scale {}
        }
    }
}

/// The gate hangs as high as the session reaches; it leads to where it is raised.
fn capability(capability: &Capability) -> Markup {
    let (class, height, what, until) = match capability {
        Capability::View => ("gate view", Height::Down, "View only", None),
        Capability::Trade { until } => ("gate trade", Height::Half, "Trade", Some(until)),
        Capability::Move { until } => ("gate move", Height::Up, "Move", Some(until)),
    };
    html! {
        a class=(class) id="capability" data-topic="session" href=(place::STEP_UP) {
            (mark::gate(height, 20))
            span {
                span.hear { "This session may: " }
                b { (what) }
                small { @match until { Some(until) => { "until " (part::clock(until)) } None => "step up" } }
            }
        }
    }
}

fn menu(frame: &Frame, signed_in: &SignedIn) -> Markup {
    html! {
        nav.menu id="menu" popover aria-label="Main" {
            @for (title, entries) in &MENU {
                h2 { (title) }
                ul { @for (nav, href, label) in *entries { li {
                    a href=(href) aria-current=[(frame.current == Some(*nav)).then_some("page")] {
                        (label)
                        @if *nav == Nav::Approvals { span id="pending" data-topic="approvals" { @if frame.pending_approvals > 0 {
                            span.count { (frame.pending_approvals) span.hear { " waiting" } } } } }
                    }
                } } }
            }
            form method="post" action=(place::SIGN_OUT) {
                p.small.quiet { "Signed in as " (signed_in.name) ", " (signed_in.role.as_str()) }
                button.wide type="submit" { "Sign out" }
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
                        @if !more.is_empty() { " And " (more.len()) " more." } }
                    a href=(place::LIMITS) { "See and release" }
                }
            }
        }
    }
}

pub(super) fn body_notices(frame: &Frame) -> Markup {
    html! {
        @if !frame.notices.is_empty() {
            div.stack role="status" { @for notice in &frame.notices {
                (part::note(notice.tone, &html! { p { (notice.text) } }))
            } }
        }
    }
}

/// Reached from every page with the button at the top; engaging asks for no second factor.
fn stop(frame: &Frame) -> Markup {
    let everything = |stops: &'static str, class: &'static str, label: &'static str| {
        let hidden = [("level", "customer"), ("target", ""), ("stops", stops)];
        part::post(place::KILL, &hidden, class, &html! { (mark::halt()) (label) })
    };
    html! {
        div.stop id="stop" popover role="dialog" aria-labelledby="stop-title" {
            h2 id="stop-title" { "Kill switch, for everything" }
            p { "No order that increases risk is admitted any more, from any person or program, and open ones are cancelled. "
                "Positions stay, and can be closed. Releasing needs an approval." }
            @if frame.kills.iter().any(|kill| kill.everything) { p { strong { "It is engaged already." } } }
            (everything("keep", "halt wide tall", "Engage, keep protective stops"))
            (everything("cancel", "narrow wide", "Engage, cancel protective stops too"))
            p.small { a href=(place::LIMITS) { "Only one API credential or account" } }
        }
    }
}

fn foot(frame: &Frame) -> Markup {
    html! {
        footer.foot {
            p { "The true address of this portal is " span.code { (frame.origin) } ". "
                a href=(place::ORIGINS) { "How to check" } }
        }
    }
}
