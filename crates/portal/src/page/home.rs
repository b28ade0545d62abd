//! The security home: who can trade right now, what needs attention, and the last 90 days.

use super::frame::{self, Frame, Tone};
use super::part::{self, Head, Moment};
use super::place;
use crate::chart;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Sessions of people with an open trade window.
    pub people: Vec<Person>,
    /// API credentials that may submit orders.
    pub programs: Vec<Program>,
    /// What all of the programs together could still trade today: `182,400 USD`.
    pub most_today: String,
    pub attention: Vec<Attention>,
    pub sessions: Vec<Session>,
    /// Oldest first, today last.
    pub days: Vec<Day>,
    pub recent: Vec<Line>,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub device: String,
    pub until: Moment,
    pub this_session: bool,
}

#[derive(Clone, Debug)]
pub struct Program {
    pub id: String,
    pub name: String,
    pub accounts: Vec<String>,
    pub most_today: String,
    pub expires: Option<Moment>,
    pub last_used: Option<Moment>,
    /// `suspended`, `kill switch engaged`: why it cannot trade after all.
    pub held_by: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Attention {
    pub severity: Severity,
    pub text: String,
    pub remedy: String,
    pub link: Option<Where>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// Where the remedy is.
#[derive(Clone, Debug)]
pub enum Where {
    Authenticators,
    Devices,
    Limits,
    Alerts,
    Approvals,
    Activity,
    Credential { id: String },
}

#[derive(Clone, Debug)]
pub struct Session {
    pub device: String,
    pub interface: String,
    pub capability: String,
    pub from: String,
    pub last_active: Moment,
    pub this_session: bool,
}

#[derive(Clone, Debug)]
pub struct Day {
    /// `22 Nov`.
    pub date: String,
    pub sign_ins: u32,
    pub orders: u32,
    pub refusals: u32,
}

/// One event in plain words.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: Moment,
    pub text: String,
    pub tone: Tone,
}

pub fn home(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Security home" }
        (who_can_trade(view))
        @if !view.attention.is_empty() { (attention(&view.attention)) }
        (last_days(&view.days))
        div.pair { (sessions(&view.sessions)) (recent(&view.recent)) }
    };
    frame::page(frame, &body)
}

fn counted(n: usize, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {one}"),
        1 => format!("1 {one}"),
        _ => format!("{n} {many}"),
    }
}

fn who_can_trade(view: &View) -> Markup {
    let able = view.programs.iter().filter(|program| program.held_by.is_none()).count();
    let people = counted(view.people.len(), "session of a person", "sessions of people");
    let programs = counted(able, "API credential", "API credentials");
    html! {
        section id="can-trade" data-topic="credentials session kill" aria-labelledby="can-trade-title" {
            h2 id="can-trade-title" { "Who can trade right now" }
            @if view.people.is_empty() && able == 0 {
                p.lead { "Nobody and nothing. No session of a person has an open trade window, and no API credential may submit an order." }
            } @else {
                p.lead { (part::sentence(&format!("{people} and {programs}"))) " The most that the programs could still trade today is "
                    strong.nowrap { (view.most_today) } "." }
            }
            @if !view.programs.is_empty() { (part::table("API credentials that may submit orders", &[
                Head("API credential", false), Head("Accounts", false), Head("Could still trade today", true),
                Head("Expires", false), Head("Last used", false), Head("State", false),
            ], &view.programs.iter().map(program).collect::<Vec<_>>())) }
            @if !view.people.is_empty() { (part::table("People with an open trade window", &[
                Head("User", false), Head("Device", false), Head("Trade window closes", false),
            ], &view.people.iter().map(|person| vec![
                html! { (person.name) }, html! { (person.device) @if person.this_session { " (this session)" } }, part::time(&person.until),
            ]).collect::<Vec<_>>())) }
            @if view.programs.is_empty() { p { a href=(place::CREDENTIAL_NEW) { "Create an API credential" } } }
        }
    }
}

fn program(program: &Program) -> Vec<Markup> {
    let state = match &program.held_by {
        Some(why) => part::badge(Tone::Off, why),
        None => part::badge(Tone::Good, "may trade"),
    };
    vec![
        html! { a href=(place::under(place::CREDENTIALS, &program.id)) { (program.name) } },
        html! { (program.accounts.join(", ")) },
        html! { (program.most_today) },
        part::time_or(program.expires.as_ref(), "never"),
        part::time_or(program.last_used.as_ref(), "never"),
        state,
    ]
}

fn attention(all: &[Attention]) -> Markup {
    html! {
        section id="attention" data-topic="posture kill" aria-labelledby="attention-title" {
            h2 id="attention-title" { "Needs attention" small { (all.len()) } }
            ul.lines { @for one in all { li {
                @let (tone, word) = match one.severity {
                    Severity::High => (Tone::Bad, "High"), Severity::Medium => (Tone::Wait, "Medium"), Severity::Low => (Tone::Off, "Low") };
                p { (part::badge(tone, word)) " " (one.text) }
                p.small.quiet { (one.remedy) @if let Some(to) = &one.link { " " a href=(path(to)) { "Go there" span.hear { ": " (one.text) } } } }
            } } }
        }
    }
}

fn path(to: &Where) -> String {
    match to {
        Where::Authenticators => place::AUTHENTICATORS.to_owned(),
        Where::Devices => place::DEVICES.to_owned(),
        Where::Limits => place::LIMITS.to_owned(),
        Where::Alerts => place::ALERTS.to_owned(),
        Where::Approvals => place::APPROVALS.to_owned(),
        Where::Activity => place::ACTIVITY.to_owned(),
        Where::Credential { id } => place::under(place::CREDENTIALS, id),
    }
}

fn last_days(days: &[Day]) -> Markup {
    html! {
        section aria-labelledby="days-title" {
            h2 id="days-title" { "The last " (days.len()) " days" }
            @if days.iter().all(|day| day.orders == 0 && day.refusals == 0 && day.sign_ins == 0) {
                (part::empty("Nothing has happened yet.", "Sign-ins, orders and refusals appear here, a day at a time.", None))
            } @else {
                figure.plate {
                    figcaption.key {
                        span.up { (super::mark::shape(super::mark::Shape::Hollow)) "orders, above the line" }
                        span.down { (super::mark::shape(super::mark::Shape::Hollow)) "refusals, below it" }
                        span { (super::mark::shape(super::mark::Shape::Full)) "a sign-in" }
                    }
                    (chart::strip(days))
                    div.ends { span { @if let Some(day) = days.first() { (day.date) } } span { "today" } }
                    details {
                        summary { "The same as a table" }
                        div.table { table {
                            caption { "Sign-ins, orders and refusals; days without any are left out" }
                            thead { tr { th scope="col" { "Day" } th.num scope="col" { "Sign-ins" } th.num scope="col" { "Orders" } th.num scope="col" { "Refusals" } } }
                            tbody { @for day in days.iter().rev().filter(|day| day.sign_ins > 0 || day.orders > 0 || day.refusals > 0) {
                                tr { th scope="row" { (day.date) } td.num { (day.sign_ins) } td.num { (day.orders) } td.num { (day.refusals) } }
                            } }
                        } }
                    }
                }
            }
        }
    }
}

fn sessions(all: &[Session]) -> Markup {
    html! {
        section id="home-sessions" data-topic="session" aria-labelledby="sessions-title" {
            h2 id="sessions-title" { "Sessions" small { (all.len()) } }
            ul.lines { @for one in all { li {
                p { strong { (one.device) } @if one.this_session { " " (part::badge(Tone::Good, "this session")) } }
                p.small.quiet { (one.interface) " · " (one.capability) " · from " (one.from) " · active " (part::time(&one.last_active)) }
            } } }
            p { a href=(place::DEVICES) { "Devices and sessions" } }
        }
    }
}

fn recent(all: &[Line]) -> Markup {
    html! {
        section id="recent" data-topic="activity" aria-labelledby="recent-title" {
            h2 id="recent-title" { "Recent notices" }
            @if all.is_empty() { (part::empty("No notices.", "Sign-ins, new devices and refusals are told here.", None)) }
            ul.lines { @for one in all { li {
                p { (part::badge(one.tone, "")) " " (one.text) }
                p.small.quiet { (part::time(&one.at)) }
            } } }
            p { a href=(place::ACTIVITY) { "All activity" } }
        }
    }
}
