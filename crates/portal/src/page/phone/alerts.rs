//! Alerts on a phone: what waits for a word, with both answers under the thumb; then what was told lately.

use super::super::alerts::Alert;
use super::super::frame::{self, Frame, Tone};
use super::super::home::Line;
use super::super::part::{self, Ask, Refusal, Use};
use super::super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub open: Vec<Open>,
    /// Why whoever looks cannot say here that it was them.
    pub why: Option<String>,
    pub lines: Vec<Line>,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Open {
    pub alert: Alert,
    /// The passkey is shown for this one answer.
    pub me: Option<Ask>,
}

pub fn alerts(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Alerts" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        section id="open" data-topic="kill" aria-labelledby="open-title" hidden[view.open.is_empty()] {
            h2 id="open-title" { "Waiting for your word" small { (view.open.len()) } }
            @for one in &view.open { (waiting(one, view.why.as_deref())) }
        }
        section id="alerts" data-topic="activity" aria-labelledby="alerts-title" {
            h2 id="alerts-title" { "Told lately" }
            @if view.lines.is_empty() { (part::empty("Nothing yet.", "Sign-ins, devices, refusals, kill switches and approvals are told here.", None)) }
            @else { ul.lines { @for line in &view.lines { li {
                div.told { (part::tone(line.tone)) p { (part::sentence(&line.text)) } }
                p.small.quiet { (part::time(&line.at)) }
            } } } }
        }
        p.small.quiet { "All that happened is in the portal, under Activity." }
    };
    frame::page(frame, &body)
}

fn waiting(one: &Open, why: Option<&str>) -> Markup {
    let alert = &one.alert;
    let act = |verb: &str| place::act(place::PHONE_ALERTS, &alert.id, verb);
    html! {
        div.plate {
            div.row.between {
                h3 { (alert.subject) }
                @if alert.acted { (part::badge(Tone::Bad, "restricted")) } @else { (part::badge(Tone::Wait, "told")) }
            }
            ul.lines { @for sign in &alert.signs { li {
                p { strong { (part::sentence(sign.seen)) } }
                p.small.quiet { (part::sentence(&sign.usual)) }
            } } }
            p.small { (part::time(&alert.raised)) ". What was done: " (alert.done) "." }
            @match &alert.locked {
                Some(why) => p.small { (part::sentence(why)) },
                None => (part::post(&act("not-me"), &[], "halt wide tall", &html! { "This was not me" })),
            }
            @match (&one.me, why) {
                (Some(passkey), _) => (part::passkey(Use::Get, &act("me"), passkey, "wide tall", "This was me", &html! {})),
                (None, _) if !alert.mine => p.small.quiet { "That it was theirs is said by an owner." },
                (None, Some(why)) => p.small.quiet { "That it was you cannot be said here: " (why) "." },
                (None, None) => p.small.quiet { "That it was you is said by a passkey: load the page again." },
            }
            p.hint { "“This was not me” stops all that could be theirs at once and opens an incident. “This was me” closes it, by your passkey; what was stopped is released in the portal." }
        }
    }
}
