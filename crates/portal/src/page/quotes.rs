//! Quotes: bid, ask and last of the instruments watched, with their age.

use super::frame::{self, Frame, Tone};
use super::part::{self, Field, Head, Moment, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub rows: Vec<Row>,
    /// What was asked for: GET `instrument`.
    pub asked: String,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub instrument: String,
    pub name: String,
    pub bid: String,
    pub ask: String,
    pub last: String,
    pub at: Moment,
    /// Older than the guard accepts: no order that increases risk is judged by it.
    pub stale: bool,
}

pub fn quotes(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Quotes" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        form.filter method="get" action=(place::QUOTES) role="search" {
            (part::field(&Field { label: "Instrument", name: "instrument", value: &view.asked, required: false, ..Default::default() }))
            button type="submit" { "Show" }
        }
        section id="quotes" data-topic="quotes" aria-label="Quotes" {
            @if view.rows.is_empty() { (part::empty("No quotes.", "Name an instrument, such as AAPL/USD. Instruments with a position or an open order appear by themselves.", None)) }
            @else { (part::table("The guard judges orders by these; a stale one refuses what increases risk", &[
                Head("Instrument", false), Head("Bid", true), Head("Ask", true), Head("Last", true), Head("State", false), Head("At", false), Head("", false),
            ], &view.rows.iter().map(row).collect::<Vec<_>>())) }
        }
    };
    frame::page(frame, &body)
}

fn row(row: &Row) -> Vec<Markup> {
    vec![
        html! { (row.instrument) @if !row.name.is_empty() { small { (row.name) } } },
        html! { (row.bid) },
        html! { (row.ask) },
        html! { (row.last) },
        if row.stale { part::badge(Tone::Wait, "stale") } else { part::badge(Tone::Good, "fresh") },
        part::time(&row.at),
        html! {
            form.line method="get" action=(place::TICKET) {
                input type="hidden" name="instrument" value=(row.instrument);
                button type="submit" { "Ticket" span.hear { " for " (row.instrument) } }
            }
        },
    ]
}
