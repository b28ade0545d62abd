//! The first screen: what waits for an answer, at one glance, and the kill switch under the thumb.

use super::super::approvals::{Row, left};
use super::super::frame::{self, Frame, Tone};
use super::super::part::{self, Moment};
use super::super::{mark, place};
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub waiting: Vec<Row>,
    /// Alerts that wait for a word.
    pub alerts: usize,
    pub incidents: Vec<Incident>,
    /// Everything is stopped: there is nothing wider to engage.
    pub stopped: bool,
    /// Why this user may not stop everything.
    pub locked: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Incident {
    pub suspect: String,
    pub opened: Moment,
}

/// How long the button is held. Engaging takes back what was sent and cannot be undone in the same moment: a release
/// takes a signature, and alone an hour. So a pocket must not do it, and a person needs no second screen.
const HOLD_MS: u32 = 600;

pub fn first(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        section id="waiting" data-topic="approvals" aria-labelledby="waiting-title" {
            h1 id="waiting-title" { "Waiting for you" small { (view.waiting.len()) } }
            @if view.waiting.is_empty() { (part::empty("Nothing waits.", "Large orders, and changes that let more happen, wait here for your passkey.", None)) }
            @else { ul.cards { @for row in &view.waiting { li { (card(row)) } } } }
        }
        div id="unusual" data-topic="kill" hidden[view.alerts == 0] {
            (part::note(Tone::Wait, &html! { p { strong { @if view.alerts == 1 { "An alert waits for your word." } @else { (view.alerts) " alerts wait for your word." } }
                " " a href=(place::PHONE_ALERTS) { "Was it you?" } } }))
        }
        section id="incidents" data-topic="kill" aria-labelledby="incidents-title" hidden[view.incidents.is_empty()] {
            h2 id="incidents-title" { "Open incidents" }
            ul.lines { @for one in &view.incidents { li {
                p { strong { (one.suspect) } }
                p.small.quiet { "Stopped since " (part::time(&one.opened)) ". What is left to do is in the portal." }
            } } }
        }
        section.kill id="stop" data-topic="kill" aria-labelledby="stop-title" {
            h2.hear id="stop-title" { "Kill switch, for everything" }
            (stop(view))
        }
    };
    frame::page(frame, &body)
}

fn card(row: &Row) -> Markup {
    html! {
        a.card href=(place::under(place::PHONE_APPROVALS, &row.id)) {
            b { (row.what) }
            @if !row.value.is_empty() { span.figure { (row.value) } }
            span.row.between { span.quiet { (row.who) } span.left { (left(&row.expires)) span.hear { "ends " (part::time(&row.expires)) } } }
        }
    }
}

fn stop(view: &View) -> Markup {
    html! {
        @if view.stopped { p.note.bad { (mark::halt()) strong { "Everything is stopped. Positions stay, and can be closed." } } }
        @else if let Some(why) = &view.locked { p.quiet { "You cannot stop everything: " (why) "." } }
        @else {
            form method="post" action=(place::PHONE_KILL) data-hold=(HOLD_MS) {
                input type="hidden" name="stops" value="keep";
                button.halt.wide.tall type="submit" { (mark::halt()) "Hold to stop everything" }
                p.hint.hold-said role="status" { "No order that adds risk; open ones are cancelled, protective stops stay." }
            }
        }
    }
}
