//! Alerts: what was unusual, what is usual, what was done, and the two answers a person has to it.

use super::frame::{self, Frame, Tone};
use super::part::{self, Moment, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub open: Vec<Alert>,
    pub answered: Vec<Alert>,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Alert {
    pub id: String,
    /// Whose doing it looks like.
    pub subject: String,
    pub signs: Vec<Sign>,
    /// What was done about it.
    pub done: &'static str,
    pub acted: bool,
    pub raised: Moment,
    /// What was said, and when.
    pub answered: Option<(&'static str, Moment)>,
    /// Whoever looks may say that it was them.
    pub mine: bool,
    /// Why whoever looks cannot say that it was not them.
    pub locked: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Sign {
    pub seen: &'static str,
    pub usual: String,
}

pub fn alerts(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Alerts" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        p.prose { "What is far from what you and your programs usually do. Nothing here is certain: you are the one who knows." }
        section id="alerts" data-topic="kill" aria-labelledby="open-title" {
            h2 id="open-title" { "Waiting for your word" }
            @if view.open.is_empty() { (part::empty("There is none.", "What is usual is learned from what you do; what is not shows here and is sent to you.", None)) }
            @for alert in &view.open { (one(alert)) }
        }
        @if !view.answered.is_empty() {
            section id="answered" data-topic="kill" aria-labelledby="answered-title" {
                h2 id="answered-title" { "Answered lately" }
                @for alert in &view.answered { (one(alert)) }
            }
        }
    };
    frame::page(frame, &body)
}

fn one(alert: &Alert) -> Markup {
    html! {
        div.plate {
            div.row.between {
                h3 { (alert.subject) }
                @match &alert.answered {
                    Some((said, _)) => (part::badge(Tone::Off, said)),
                    None if alert.acted => (part::badge(Tone::Bad, "restricted")),
                    None => (part::badge(Tone::Wait, "told")),
                }
            }
            p.small.quiet { (part::time(&alert.raised)) @if let Some((_, at)) = &alert.answered { ", answered " (part::time(at)) } }
            ul.lines { @for sign in &alert.signs { li {
                p { strong { (part::sentence(sign.seen)) } }
                p.small.quiet { (part::sentence(&sign.usual)) }
            } } }
            p { "What was done: " (alert.done) "." }
            @if alert.answered.is_none() {
                div.row {
                    @if alert.mine { (part::post(&place::act(place::ALERTS, &alert.id, "me"), &[], "", &html! { "This was me" })) }
                    @match &alert.locked {
                        Some(why) => p.small { (part::sentence(why)) },
                        None => (part::post(&place::act(place::ALERTS, &alert.id, "not-me"), &[], "halt", &html! { "This was not me" })),
                    }
                }
                p.small.quiet { "“This was me” closes it, and takes your passkey; what was stopped stays so until you release it. “This was not me” stops all that could be theirs at once and opens an incident." }
            }
        }
    }
}
