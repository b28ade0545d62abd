//! Limits and the kill switch: what is engaged, what can be, and how much of each limit is used.

use super::frame::{self, Frame, Tone};
use super::mark;
use super::part::{self, Head, Moment, Refusal};
use super::place;
use crate::chart;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub engaged: Vec<Switch>,
    /// What can be engaged, widest first.
    pub targets: Vec<Target>,
    pub limits: Vec<Limit>,
    /// By number: each has a page on which its limits are changed.
    pub accounts: Vec<String>,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Credential,
    User,
    Account,
    Customer,
    Firm,
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::User => "user",
            Self::Account => "account",
            Self::Customer => "customer",
            Self::Firm => "firm",
        }
    }
    const fn told(self) -> &'static str {
        match self {
            Self::Credential => "API credential",
            Self::User => "User",
            Self::Account => "Account",
            Self::Customer => "Everything",
            Self::Firm => "The firm",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Target {
    pub level: Level,
    /// Empty where the level has only one.
    pub id: String,
    pub name: String,
    pub open_orders: u32,
}

#[derive(Clone, Debug)]
pub struct Switch {
    pub level: Level,
    pub id: String,
    pub name: String,
    pub since: Moment,
    pub by: String,
    pub why: String,
    pub release: Release,
}

#[derive(Clone, Debug)]
pub enum Release {
    Now,
    /// Alone, only later, and with another authenticator.
    From {
        at: Moment,
        why: String,
    },
    /// By somebody else.
    Never {
        why: String,
    },
}

/// One control at one level.
#[derive(Clone, Debug)]
pub struct Limit {
    pub whose: String,
    pub control: String,
    pub limit: String,
    pub used: String,
    /// Of the limit; none where it is not used up by the day.
    pub percent: Option<u8>,
}

pub fn limits(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Limits and kill switch" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        section id="engaged" data-topic="kill" aria-labelledby="engaged-title" {
            h2 id="engaged-title" { "Engaged now" small { (view.engaged.len()) } }
            @if view.engaged.is_empty() { (part::empty("No kill switch is engaged.", "Orders are judged by the guard and its limits alone.", None)) }
            div.grid { @for switch in &view.engaged { (engaged(switch)) } }
        }
        @if frame.may_stop() { section id="engage" data-topic="kill orders" aria-labelledby="engage-title" {
            h2 id="engage-title" { "Engage" }
            p.prose { "One click. Orders that increase risk are refused at once and the open ones cancelled. Positions stay, and can be closed; "
                "protective stops stay unless you choose otherwise. To release, you sign." }
            div.grid { @for target in &view.targets { (target_card(target)) } }
        } }
        section id="limits" data-topic="limits orders" aria-labelledby="limits-title" {
            h2 id="limits-title" { "Limits" small { "the strictest one that applies decides" } }
            (part::table("What is stated, and what is used today", &[
                Head("Whose", false), Head("Control", false), Head("Limit", true), Head("Used today", true), Head("Share", false),
            ], &view.limits.iter().map(limit).collect::<Vec<_>>()))
            @for number in &view.accounts { p { a href=(place::under(place::LIMITS, number)) { "Change the limits of account " (number) } } }
        }
    };
    frame::page(frame, &body)
}

fn engaged(switch: &Switch) -> Markup {
    html! {
        article.plate {
            div.row.between { h3 { (switch.level.told()) @if !switch.name.is_empty() { ": " (switch.name) } } (part::badge(Tone::Bad, "engaged")) }
            (part::facts(&[("Since", part::time(&switch.since)), ("By", html! { (switch.by) }), ("Open orders", html! { (switch.why) })]))
            @match &switch.release {
                Release::Now => {
                    (part::post(place::RELEASE, &[("level", switch.level.as_str()), ("target", &switch.id)], "widen",
                        &html! { (mark::key()) "Release" span.hear { ": " (switch.level.told()) " " (switch.name) } }))
                    p.hint { "You sign what is released on the next page." }
                }
                Release::From { at, why } => p.small { "Can be released from " (part::time(at)) ": " (why) },
                Release::Never { why } => p.small { "You cannot release it: " (why) },
            }
        }
    }
}

fn target_card(target: &Target) -> Markup {
    let class = if target.level == Level::Customer { "halt" } else { "narrow" };
    html! {
        article.plate {
            h3 { (target.level.told()) @if !target.name.is_empty() { ": " (target.name) } }
            p.small.quiet { @match target.open_orders { 0 => "No open orders.", 1 => "1 open order.", n => { (n) " open orders." } } }
            form method="post" action=(place::KILL) {
                input type="hidden" name="level" value=(target.level.as_str());
                input type="hidden" name="target" value=(target.id);
                input type="hidden" name="next" value=(place::LIMITS);
                (part::tick("checkbox", "stops", "cancel", false, "Cancel protective stops too", ""))
                button class=(class) type="submit" { (mark::halt()) "Engage" span.hear { ": " (target.level.told()) " " (target.name) } }
            }
        }
    }
}

pub(crate) fn limit(limit: &Limit) -> Vec<Markup> {
    vec![
        html! { (limit.whose) },
        html! { (limit.control) },
        html! { (limit.limit) },
        html! { (limit.used) },
        html! { @match limit.percent {
            Some(percent) => div.stack { (chart::meter(percent, &limit.control)) span.hint { (percent) " %" } },
            None => span.quiet { "each order" },
        } },
    ]
}
