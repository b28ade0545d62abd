//! Incidents: everything stopped by one tap, what is left to do, and what happened; and one that is closed.

use super::activity::{self, Line};
use super::frame::{self, Frame, Tone};
use super::mark;
use super::part::{self, Head, Moment, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub rows: Vec<Row>,
    /// Why this user cannot open one.
    pub locked: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    /// Whose doing it may be.
    pub suspect: String,
    pub opened: Moment,
    pub closed: Option<Moment>,
}

pub fn incidents(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Incidents" }
        p { "What is far from the usual waits for your word among the " a href=(place::ALERTS) { "alerts" } "." }
        section id="incidents" data-topic="kill" aria-labelledby="all-title" {
            h2 id="all-title" { "Open, and closed lately" }
            @if view.rows.is_empty() { (part::empty("There is none.", "Whoever says “This was not me” opens one, and so does the button below.", None)) }
            @else { (part::table("The latest first", &[
                Head("Whose doing it may be", false), Head("Opened", false), Head("Closed", false),
            ], &view.rows.iter().map(|row| vec![
                html! { a href=(place::under(place::INCIDENTS, &row.id)) { (row.suspect) } }, part::time(&row.opened),
                html! { @match &row.closed { Some(at) => (part::time(at)), None => (part::badge(Tone::Bad, "open")) } },
            ]).collect::<Vec<_>>())) }
        }
        section aria-labelledby="open-title" {
            h2 id="open-title" { "Something is wrong" }
            p.prose { "Stops everything at once, in one record: the kill switch of all accounts is engaged, every open order is cancelled, protective stops too, every API credential is suspended, and all your sessions but this one end. Nothing of it comes back by itself." }
            @if let Some(why) = &view.locked { (part::note(Tone::Off, &html! { p { (part::sentence(why)) } })) }
            @else { (part::post(place::INCIDENTS, &[], "halt tall", &html! { (mark::halt()) "Stop everything, open an incident" })) }
        }
    };
    frame::page(frame, &body)
}

#[derive(Clone, Debug)]
pub struct Incident {
    pub id: String,
    pub suspect: String,
    pub why: String,
    pub opened: Moment,
    pub closed: Option<Moment>,
    pub steps: Vec<Step>,
    pub lines: Vec<Line>,
    /// How its evidence is taken along.
    pub dossier: String,
    pub refusal: Option<Refusal>,
}

/// What contains it, or is left to look at.
#[derive(Clone, Debug)]
pub struct Step {
    pub state: State,
    pub what: String,
    pub detail: String,
    pub href: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Done,
    Open,
    /// Only a person can say.
    Look,
}

pub fn incident(frame: &Frame, view: &Incident) -> Markup {
    let open = view.closed.is_none();
    let body = html! {
        p { a.back href=(place::INCIDENTS) { "‹ Incidents" } }
        h1 { "Incident: " (view.suspect) }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        (part::facts(&[
            ("Opened", html! { (part::time(&view.opened)) ", " (view.why) }),
            ("Closed", html! { @match &view.closed { Some(at) => (part::time(at)), None => (part::badge(Tone::Bad, "open")) } }),
        ]))
        section id="steps" data-topic="kill orders credentials devices authenticators" aria-labelledby="steps-title" {
            h2 id="steps-title" { "What stands, and what is left to do" }
            ol.lines { @for step in &view.steps { li { (told(step)) } } }
        }
        @if open && frame.may_stop() { section aria-labelledby="close-title" {
            h2 id="close-title" { "When all is well again" }
            p.prose { "Closing only says so. What was stopped stays stopped: each credential is resumed and the kill switch released by a signature of their own." }
            (part::post(&place::act(place::INCIDENTS, &view.id, "close"), &[], "", &html! { "Close the incident" }))
        } }
        section aria-labelledby="evidence-title" {
            h2 id="evidence-title" { "The evidence" }
            p.prose { "On the machine, this writes all that happened since an hour before into a directory that anybody can verify offline:" }
            pre { code { (view.dossier) } }
        }
        section id="happened" data-topic="activity" aria-labelledby="happened-title" {
            h2 id="happened-title" { "What happened, the latest first" }
            @if view.lines.is_empty() { (part::empty("Nothing can be shown.", "The activity has it.", Some((place::ACTIVITY, "Activity")))) }
            ol.lines { @for line in &view.lines { li { (activity::one(line)) } } }
            p { a href=(place::ACTIVITY) { "All activity" } }
        }
    };
    frame::page(frame, &body)
}

fn told(step: &Step) -> Markup {
    let (tone, word) = match step.state {
        State::Done => (Tone::Good, "done"),
        State::Open => (Tone::Bad, "to do"),
        State::Look => (Tone::Wait, "look"),
    };
    html! {
        p { (part::badge(tone, word)) " " a href=(step.href) { (step.what) } }
        p.small.quiet { (step.detail) }
    }
}
