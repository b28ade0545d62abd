//! API credentials: all of them, and one in full with what it may do, what it used, and what stops it.

use super::frame::{self, Frame, Tone};
use super::limits::{self, Limit};
use super::part::{self, Field, Head, Moment, Refusal};
use super::{mark, place};
use crate::chart;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub state: State,
    /// `reads`, `trades`.
    pub does: String,
    pub accounts: Vec<String>,
    /// `167,600 of 250,000 USD`.
    pub used_today: String,
    pub percent: Option<u8>,
    pub expires: Option<Moment>,
    pub last_used: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    /// The guard decides, tells, and lets pass.
    Observing,
    Suspended,
    Killed,
    /// Repeated execution stopped it.
    Disarmed,
    Dormant,
    Expired,
    Revoked,
}

impl State {
    const fn told(self) -> (Tone, &'static str) {
        match self {
            Self::Active => (Tone::Good, "active"),
            Self::Observing => (Tone::Wait, "observe mode"),
            Self::Suspended => (Tone::Off, "suspended"),
            Self::Killed => (Tone::Bad, "kill switch engaged"),
            Self::Disarmed => (Tone::Bad, "stopped: repeated execution"),
            Self::Dormant => (Tone::Off, "dormant"),
            Self::Expired => (Tone::Off, "expired"),
            Self::Revoked => (Tone::Off, "revoked"),
        }
    }
    /// It can still be suspended, rotated and revoked.
    const fn lives(self) -> bool {
        !matches!(self, Self::Expired | Self::Revoked | Self::Dormant)
    }
}

pub fn credentials(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head { h1 { "API credentials" } a.button.go href=(place::CREDENTIAL_NEW) { "Create an API credential" } }
        section id="credentials" data-topic="credentials orders kill" aria-label="All API credentials" {
            @if view.rows.is_empty() { (part::empty("No program has an API credential.", "Each program gets one of its own, with narrow scopes, limits and an expiry.", None)) }
            @else { (part::table("What programs authenticate with, and what each used today", &[
                Head("API credential", false), Head("State", false), Head("Does", false), Head("Accounts", false),
                Head("Used today", true), Head("Expires", false), Head("Last used", false),
            ], &view.rows.iter().map(row).collect::<Vec<_>>())) }
        }
    };
    frame::page(frame, &body)
}

fn row(row: &Row) -> Vec<Markup> {
    let (tone, word) = row.state.told();
    vec![
        html! { a href=(place::under(place::CREDENTIALS, &row.id)) { (row.name) } },
        html! { div { (part::badge(tone, word)) } },
        html! { (row.does) },
        html! { (row.accounts.join(", ")) },
        html! { div { (row.used_today) @if let Some(percent) = row.percent { (chart::meter(percent, "Value per day")) } } },
        part::time_or(row.expires.as_ref(), "never"),
        part::time_or(row.last_used.as_ref(), "never"),
    ]
}

/// One in full.
#[derive(Clone, Debug)]
pub struct Credential {
    pub id: String,
    pub name: String,
    pub state: State,
    /// What stops it, in words.
    pub stopped_by: Option<String>,
    pub can: Vec<String>,
    pub cannot: Vec<String>,
    pub most_per_day: String,
    pub scopes: Vec<String>,
    pub accounts: Vec<String>,
    pub instruments: Vec<String>,
    /// Allowed by name: `market orders`.
    pub allowed: Vec<String>,
    pub listener: String,
    pub needs_secret: bool,
    pub created: Moment,
    pub expires: Option<Moment>,
    pub last_used: Option<Moment>,
    pub connected: Option<Connected>,
    pub open_orders: u32,
    pub limits: Vec<Limit>,
    /// How a limit is changed, where it has any.
    pub change: Option<Change>,
    pub days: Vec<Use>,
    pub observed: Option<Observed>,
    /// Why nothing can be widened now.
    pub locked: Option<String>,
    pub refusal: Option<Refusal>,
}

/// POST …/limit: `control`, `value`, and `read`: what the form was made of.
#[derive(Clone, Debug)]
pub struct Change {
    pub read: String,
    /// (name, label, value now).
    pub controls: Vec<(String, String, String)>,
    pub typed: Option<Typed>,
}

/// What was typed, and not taken.
#[derive(Clone, Debug)]
pub struct Typed {
    pub control: String,
    pub value: String,
}

#[derive(Clone, Debug)]
pub struct Connected {
    pub from: String,
    pub client: String,
    pub since: Moment,
}

/// One day, oldest first.
#[derive(Clone, Debug)]
pub struct Use {
    pub date: String,
    pub orders: u32,
    pub refusals: u32,
}

/// What would have been refused.
#[derive(Clone, Debug)]
pub struct Observed {
    pub since: Moment,
    pub until: Option<Moment>,
    pub rows: Vec<WouldRefuse>,
}

#[derive(Clone, Debug)]
pub struct WouldRefuse {
    pub code: String,
    pub text: String,
    pub times: u32,
    pub last: Moment,
}

pub fn credential(frame: &Frame, view: &Credential) -> Markup {
    let (tone, word) = view.state.told();
    let body = html! {
        p { a.back href=(place::CREDENTIALS) { "‹ API credentials" } }
        div.head { h1 { (view.name) } div id="state" data-topic="credentials kill" { (part::badge(tone, word)) } }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @if let Some(why) = &view.stopped_by { (part::note(Tone::Wait, &html! { p { strong { "It cannot trade now. " } (part::sentence(why)) } })) }
        @if frame.may_stop() { (acts(view)) }
        div.pair { (may(&view.can, &view.cannot, &view.most_per_day)) (facts(view)) }
        section id="used" data-topic="limits orders" aria-labelledby="limits-title" {
            h2 id="limits-title" { "Limits" }
            (part::table("What is stated, and what is used today", &[
                Head("Whose", false), Head("Control", false), Head("Limit", true), Head("Used today", true), Head("Share", false),
            ], &view.limits.iter().map(limits::limit).collect::<Vec<_>>()))
            @if view.state.lives() && let Some(form) = &view.change { (change(&place::under(place::CREDENTIALS, &view.id), form)) }
        }
        @if let Some(observed) = &view.observed { (observe(observed)) }
        (usage(&view.days))
    };
    frame::page(frame, &body)
}

fn acts(view: &Credential) -> Markup {
    let act = |verb: &str| place::act(place::CREDENTIALS, &view.id, verb);
    let orders = match view.open_orders {
        0 => "It has no open orders.".to_owned(),
        n => format!("Open orders of it: {n}. Suspending and revoking leave them; the kill switch cancels them."),
    };
    html! {
        @if view.state.lives() {
            div.row {
                (part::post(place::KILL, &[("level", "credential"), ("target", &view.id), ("stops", "keep")], "halt", &html! { (mark::halt()) "Engage its kill switch" }))
                @if view.state == State::Suspended { (part::post(&act("resume"), &[], "widen", &html! { "Resume" })) }
                @else { (part::post(&act("suspend"), &[], "narrow", &html! { "Suspend" })) }
                (part::post(&act("rotate"), &[], "", &html! { "Rotate its secret" }))
                (part::post(&act("revoke"), &[], "narrow", &html! { "Revoke, for good" }))
            }
            p.hint { (orders) @if let Some(why) = &view.locked { " Widening is locked: " (why) } }
        }
    }
}

/// In plain words; the wizard's summary says the same.
pub(crate) fn may(can: &[String], cannot: &[String], most_per_day: &str) -> Markup {
    html! {
        section aria-labelledby="may-title" {
            h2 id="may-title" { "What it may do" }
            h3 { "It can" }
            ul.can { @for line in can { li.yes { (mark::yes()) (line) } } }
            h3 { "It cannot" }
            ul.can { @for line in cannot { li.no { (mark::no()) (line) } } }
            @if !most_per_day.is_empty() { p { "The most it could trade per day:" } p.figure { (most_per_day) } }
        }
    }
}

fn facts(view: &Credential) -> Markup {
    let list = |all: &[String]| html! { @if all.is_empty() { span.quiet { "none" } } @else { (all.join(", ")) } };
    html! {
        section id="facts" data-topic="credentials" aria-labelledby="facts-title" {
            h2 id="facts-title" { "Facts" }
            (part::facts(&[
                ("Scopes", list(&view.scopes)), ("Accounts", list(&view.accounts)), ("Instruments", list(&view.instruments)),
                ("Allowed by name", list(&view.allowed)),
                ("Listens at", html! { code { (view.listener) } @if view.needs_secret { ", with a secret" } }),
                ("Connected", html! { @match &view.connected {
                    Some(now) => { "now, from " (now.from) ", with " (now.client) ", since " (part::time(&now.since)) }
                    None => span.quiet { "not told here yet" },
                } }),
                ("Created", part::time(&view.created)), ("Expires", part::time_or(view.expires.as_ref(), "never")),
                ("Last used", part::time_or(view.last_used.as_ref(), "never")),
            ]))
        }
    }
}

/// POST …/limit: one of them, on what was read.
pub(super) fn change(at: &str, change: &Change) -> Markup {
    let typed = change.typed.as_ref();
    let value = typed.map(|typed| typed.value.as_str()).unwrap_or_default();
    let chosen = |name: &str| typed.is_some_and(|typed| typed.control == name);
    html! {
        details open[typed.is_some()] {
            summary { "Change a limit" }
            form.plate method="post" action={ (at) "/limit" } {
                input type="hidden" name="read" value=(change.read);
                div.two {
                    div.field {
                        label for="f-control" { "Control" }
                        select id="f-control" name="control" { @for (name, label, now) in &change.controls { option value=(name) selected[chosen(name)] { (label) ", now " (now) } } }
                    }
                    (part::field(&Field { label: "New limit", name: "value", value, inputmode: "decimal", ..Default::default() }))
                }
                p.hint { "A lower limit holds at once. A higher one you sign with a passkey, in so many words, on the next page." }
                button type="submit" { "Change the limit" }
            }
        }
    }
}

fn observe(observed: &Observed) -> Markup {
    html! {
        section aria-labelledby="observed-title" {
            h2 id="observed-title" { "Observe mode: what would have been refused" }
            p.small.quiet { "Since " (part::time(&observed.since)) @if let Some(until) = &observed.until { ", until " (part::time(until)) } ". Nothing of this was stopped." }
            @if observed.rows.is_empty() { (part::empty("Nothing would have been refused.", "The limits fit what the program does.", None)) }
            @else { (part::table("By refusal", &[
                Head("Refusal", false), Head("Why", false), Head("Times", true), Head("Last", false),
            ], &observed.rows.iter().map(|row| vec![
                html! { code { (row.code) } }, html! { (part::sentence(&row.text)) }, html! { (row.times) }, part::time(&row.last),
            ]).collect::<Vec<_>>())) }
        }
    }
}

fn usage(days: &[Use]) -> Markup {
    html! {
        section aria-labelledby="usage-title" {
            h2 id="usage-title" { "Use in the last " (days.len()) " days" }
            @if days.iter().all(|day| day.orders == 0 && day.refusals == 0) {
                (part::empty("It was not used to trade.", "Its orders and refusals appear here, a day at a time.", None))
            } @else {
                figure.plate {
                    figcaption.key { span.up { (mark::shape(mark::Shape::Hollow)) "orders, above the line" } span.down { (mark::shape(mark::Shape::Hollow)) "refusals, below it" } }
                    (chart::bars(&days.iter().map(|day| (day.orders, day.refusals)).collect::<Vec<_>>()))
                    div.ends { span { @if let Some(day) = days.first() { (day.date) } } span { "today" } }
                    details {
                        summary { "The same as a table" }
                        div.table { table {
                            caption { "Orders and refusals; days without any are left out" }
                            thead { tr { th scope="col" { "Day" } th.num scope="col" { "Orders" } th.num scope="col" { "Refusals" } } }
                            tbody { @for day in days.iter().rev().filter(|day| day.orders > 0 || day.refusals > 0) {
                                tr { th scope="row" { (day.date) } td.num { (day.orders) } td.num { (day.refusals) } }
                            } }
                        } }
                    }
                }
            }
        }
    }
}
