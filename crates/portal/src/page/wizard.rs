//! A new API credential in three short steps, a summary in plain words, and what to paste into the program.

use super::credentials;
use super::frame::{self, Frame, Tone};
use super::part::{self, Ask, Field, Moment, Refusal, Use};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    pub step: Step,
    /// The fields of the other steps, as hidden ones.
    pub carried: Vec<(String, String)>,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub enum Step {
    May(May),
    Where(Where),
    Limits(Limits),
    Summary(Summary),
}

/// Something to tick.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: String,
    pub on: bool,
}

/// 1: `name`, `scope` (several).
#[derive(Clone, Debug)]
pub struct May {
    pub name: String,
    pub scopes: Vec<Choice>,
}

/// 2: `account` (several), `instruments`, `listen`, `allow` (several), `more` (several).
#[derive(Clone, Debug)]
pub struct Where {
    pub accounts: Vec<Choice>,
    pub instruments: String,
    pub listen: String,
    pub allow: Vec<Choice>,
    pub more: Vec<Choice>,
    /// A credential that only reads names no instruments.
    pub trades: bool,
}

/// 3: one field per limit, `expires` (a date), `observe`.
#[derive(Clone, Debug)]
pub struct Limits {
    pub limits: Vec<Stated>,
    pub expires: String,
    pub latest: String,
    pub observe: bool,
    pub trades: bool,
}

#[derive(Clone, Debug)]
pub struct Stated {
    pub name: String,
    pub label: String,
    pub value: String,
    pub hint: String,
    pub required: bool,
}

#[derive(Clone, Debug)]
pub struct Summary {
    pub name: String,
    pub can: Vec<String>,
    pub cannot: Vec<String>,
    pub most_per_day: String,
    pub expires: Option<Moment>,
    /// A live trading credential is signed.
    pub passkey: Option<Ask>,
}

const STEPS: [&str; 4] = ["1. What it may do", "2. Where and what", "3. Limits and expiry", "4. Look and create"];

impl Step {
    const fn told(&self) -> (&'static str, &'static str) {
        let [may, place, limits, summary] = STEPS;
        match self {
            Self::May(_) => (may, "may"),
            Self::Where(_) => (place, "where"),
            Self::Limits(_) => (limits, "limits"),
            Self::Summary(_) => (summary, "summary"),
        }
    }
}

pub fn wizard(frame: &Frame, view: &View) -> Markup {
    let (title, step) = view.step.told();
    let hidden = html! {
        input type="hidden" name="step" value=(step);
        @for (name, value) in &view.carried { input type="hidden" name=(name) value=(value); }
    };
    let body = html! {
        p { a.back href=(place::CREDENTIALS) { "‹ API credentials" } }
        h1 { "New API credential" }
        ol.steps { @for one in STEPS { li aria-current=[(one == title).then_some("step")] { (one) } } }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @match &view.step {
            Step::Summary(summary) => (look(summary, &hidden)),
            _ => form.plate.prose method="post" action=(place::CREDENTIAL_NEW) {
                (hidden)
                @match &view.step {
                    Step::May(may) => (what(may)),
                    Step::Where(at) => (place_and_what(at)),
                    Step::Limits(limits) => (limits_of(limits)),
                    Step::Summary(_) => {}
                }
                div.row {
                    button.go type="submit" name="go" value="next" { "Next" }
                    @if !matches!(view.step, Step::May(_)) { button type="submit" name="go" value="back" formnovalidate { "Back" } }
                }
            },
        }
    };
    frame::page(frame, &body)
}

fn ticks(kind: &str, name: &str, legend: &str, choices: &[Choice]) -> Markup {
    html! { fieldset {
        legend { (legend) }
        @for choice in choices { (part::tick(kind, name, &choice.value, choice.on, &choice.label, &choice.hint)) }
    } }
}

fn what(may: &May) -> Markup {
    html! {
        (part::field(&Field { label: "Name", name: "name", value: &may.name, hint: "Of the one program that uses it: momentum-bot.", ..Default::default() }))
        (ticks("checkbox", "scope", "It may", &may.scopes))
    }
}

fn place_and_what(at: &Where) -> Markup {
    html! {
        (ticks("checkbox", "account", "In these accounts only", &at.accounts))
        @if at.trades {
            (part::field(&Field { label: "Instruments", name: "instruments", value: &at.instruments,
                hint: "With commas between: AAPL/USD for one, stock, etf, forex, future or option for a class. None named means none allowed.", ..Default::default() }))
            (ticks("checkbox", "allow", "Allowed by name; else only limit orders, in regular hours", &at.allow))
        }
        (part::field(&Field { label: "It connects to port", name: "listen", value: &at.listen, inputmode: "numeric", short: true,
            hint: "On this machine only (127.0.0.1), where its program expects the TWS.", ..Default::default() }))
        @if !at.more.is_empty() { (ticks("checkbox", "more", "Also", &at.more)) }
    }
}

fn limits_of(limits: &Limits) -> Markup {
    html! {
        div.two { @for one in &limits.limits {
            (part::field(&Field { label: &one.label, name: &one.name, value: &one.value, hint: &one.hint, inputmode: "decimal", required: one.required, ..Default::default() }))
        } }
        div.field {
            label for="f-expires" { "Expires at the end of" }
            input.short id="f-expires" name="expires" type="date" value=(limits.expires) max=(limits.latest) required[limits.trades];
            p.hint { "At the latest " (limits.latest) ". It can be rotated before." }
        }
        @if limits.trades { (part::tick("checkbox", "observe", "yes", limits.observe, "Start in observe mode",
            "The guard decides and tells what it would have refused, and lets it pass: for finding the limits. On a live account for a week, within the limits of the account.")) }
    }
}

fn look(summary: &Summary, hidden: &Markup) -> Markup {
    html! {
        div.plate.prose {
            p.lead { "The program " strong { (summary.name) } " will be able to do this, and nothing else." }
            (credentials::may(&summary.can, &summary.cannot, &summary.most_per_day))
            p.small.quiet { "Whoever steals it can do as much and no more. " @match &summary.expires {
                Some(at) => { "It ends " (part::time(at)) "." } None => "It has no expiry." } }
            @match &summary.passkey {
                Some(ask) => (part::passkey(Use::Get, place::CREDENTIAL_NEW, ask, "widen", "Create with a passkey", hidden)),
                None => form method="post" action=(place::CREDENTIAL_NEW) {
                    (hidden)
                    button.widen type="submit" name="go" value="next" { "Create it" }
                },
            }
            form method="post" action=(place::CREDENTIAL_NEW) { (hidden) button type="submit" name="go" value="back" { "Back" } }
        }
    }
}

/// After creating or rotating: the secret is on this page only.
#[derive(Clone, Debug)]
pub struct Made {
    pub id: String,
    pub name: String,
    pub rotated: bool,
    pub secret: Option<String>,
    /// The old secret works until then.
    pub old_until: Option<Moment>,
    /// What to paste into a Python program.
    pub python: String,
}

pub fn made(frame: &Frame, view: &Made) -> Markup {
    let body = html! {
        h1 { @if view.rotated { "A new secret for " (view.name) } @else { (view.name) " is ready" } }
        @if let Some(until) = &view.old_until { (part::note(Tone::Wait, &html! { p { "The old secret works until " (part::time(until)) "." } })) }
        @if let Some(secret) = &view.secret { section.prose aria-labelledby="secret-title" {
            h2 id="secret-title" { "Its secret" }
            p.secret { (secret) }
            p { strong { "It is shown only now." } " Portreeve keeps no copy that could be read; if it is lost, rotate." }
        } }
        section aria-labelledby="paste-title" {
            h2 id="paste-title" { "In the Python program" }
            pre tabindex="0" { (view.python) }
        }
        div.row {
            a.button.go href=(place::under(place::CREDENTIALS, &view.id)) { "See what it may do" }
            a.button href=(place::CREDENTIALS) { "All API credentials" }
        }
    };
    frame::page(frame, &body)
}
