//! Activity: every event in plain words, newest first, with a filter; refusals say why and what to do.

use super::frame::{self, Frame, Tone};
use super::part::{self, Field, Moment, Refusal};
use super::place;
use super::remedy::remedy;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub lines: Vec<Line>,
    pub filter: Filter,
    /// To be given as `before` for the next page; none where this is the last.
    pub older: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Value, label, chosen.
    pub kinds: Vec<(String, String, bool)>,
    pub credentials: Vec<(String, String, bool)>,
    pub text: String,
    /// Anything is filtered.
    pub on: bool,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub at: Moment,
    pub tone: Tone,
    /// `order`, `sign-in`, `kill switch`.
    pub kind: String,
    pub who: String,
    pub text: String,
    /// Why it was refused and what to do.
    pub refusal: Option<Refusal>,
    /// Its place in the journal.
    pub position: String,
}

pub fn activity(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Activity" }
        (filter(&view.filter))
        section id="activity" data-topic="activity" aria-label="Events" {
            @if view.lines.is_empty() {
                @if view.filter.on { (part::empty("Nothing matches.", "Choose less, or another word.", Some((place::ACTIVITY, "Show all")))) }
                @else { (part::empty("Nothing has happened yet.", "Every sign-in, change, order, fill and refusal appears here, and stays in the journal.", None)) }
            }
            ol.lines { @for line in &view.lines { li { (one(line)) } } }
        }
        @if let Some(before) = &view.older { (older(&view.filter, before)) }
    };
    frame::page(frame, &body)
}

pub(super) fn one(line: &Line) -> Markup {
    html! {
        p { (part::badge(line.tone, &line.kind)) " " (line.text) }
        p.small.quiet { (part::time(&line.at)) " · " (line.who) " · journal " (line.position) }
        @if let Some(refusal) = &line.refusal { div.note.bad {
            (super::mark::no())
            div {
                p { strong { "Why: " } (part::sentence(&refusal.text)) }
                p { strong { "What to do: " } (remedy(refusal)) }
                p.code { (refusal.category) " · " (refusal.code) @if let Some(id) = &refusal.correlation { " · correlation " (id) } }
            }
        } }
    }
}

fn select(name: &str, label: &str, all: &str, options: &[(String, String, bool)]) -> Markup {
    let id = format!("f-{name}");
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                option value="" { (all) }
                @for (value, label, chosen) in options { option value=(value) selected[*chosen] { (label) } }
            }
        }
    }
}

fn filter(filter: &Filter) -> Markup {
    html! {
        form.plate method="get" action=(place::ACTIVITY) role="search" {
            div.filter {
                (select("kind", "Kind", "Every kind", &filter.kinds))
                (select("credential", "API credential", "All, and people", &filter.credentials))
                (part::field(&Field { label: "Text", name: "text", value: &filter.text, required: false, ..Default::default() }))
                button type="submit" { "Filter" }
            }
            @if filter.on { p.small { a href=(place::ACTIVITY) { "Show all" } } }
        }
    }
}

/// A form, so that what a person typed is never part of a link.
fn older(filter: &Filter, before: &str) -> Markup {
    let chosen = |options: &[(String, String, bool)]| {
        options.iter().find(|(_, _, chosen)| *chosen).map(|(value, _, _)| value.clone()).unwrap_or_default()
    };
    html! {
        form method="get" action=(place::ACTIVITY) {
            input type="hidden" name="before" value=(before);
            input type="hidden" name="kind" value=(chosen(&filter.kinds));
            input type="hidden" name="credential" value=(chosen(&filter.credentials));
            input type="hidden" name="text" value=(filter.text);
            button type="submit" { "Older" }
        }
    }
}
