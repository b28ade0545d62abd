//! Orders: the open ones first, then those that ended today; and one in full with its history.

use super::frame::{self, Frame, Tone};
use super::part::{self, Head, Moment, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub open: Vec<Row>,
    pub ended: Vec<Row>,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    /// `Buy 100 AAPL at 227.40 USD or better`.
    pub what: String,
    pub account: String,
    /// The API credential or user that placed it.
    pub by: String,
    pub state: State,
    /// The venue's or the guard's words, where it did not simply work.
    pub told: String,
    pub filled: String,
    pub average: String,
    pub at: Moment,
    /// It can still be cancelled, by this session.
    pub cancels: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Held,
    Sending,
    Working,
    PartlyFilled,
    Cancelling,
    /// The venue has not said what became of it.
    Unknown,
    Filled,
    Cancelled,
    /// By the guard.
    Refused,
    /// By the venue.
    Rejected,
    Expired,
}

impl State {
    const fn told(self) -> (Tone, &'static str) {
        match self {
            Self::Held => (Tone::Wait, "held for approval"),
            Self::Sending => (Tone::Wait, "sending"),
            Self::Working => (Tone::Good, "working"),
            Self::PartlyFilled => (Tone::Good, "partly filled"),
            Self::Cancelling => (Tone::Wait, "cancelling"),
            Self::Unknown => (Tone::Bad, "unknown at the venue"),
            Self::Filled => (Tone::Good, "filled"),
            Self::Cancelled => (Tone::Off, "cancelled"),
            Self::Refused => (Tone::Bad, "refused"),
            Self::Rejected => (Tone::Bad, "rejected by the venue"),
            Self::Expired => (Tone::Off, "expired"),
        }
    }
}

pub(super) fn badge(state: State) -> Markup {
    let (tone, word) = state.told();
    part::badge(tone, word)
}

pub fn orders(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head { h1 { "Orders" } a.button href=(place::TICKET) { "Ticket" } }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        section id="open" data-topic="orders" aria-labelledby="open-title" {
            h2 id="open-title" { "Open" small { (view.open.len()) } }
            @if view.open.is_empty() { (part::empty("No order is open.", "Orders of programs and of people appear here while they work.", None)) }
            @else { (part::table("They can still fill", &[
                Head("Order", false), Head("State", false), Head("By", false), Head("Account", false), Head("Filled", true), Head("Since", false), Head("", false),
            ], &view.open.iter().map(|row| { let mut cells = cells(row); cells.push(cancel(row)); cells }).collect::<Vec<_>>())) }
        }
        section id="ended" data-topic="orders" aria-labelledby="ended-title" {
            h2 id="ended-title" { "Ended today" small { (view.ended.len()) } }
            @if view.ended.is_empty() { (part::empty("None today.", "Older ones are in the activity.", Some((place::ACTIVITY, "See the activity")))) }
            @else { (part::table("A day is the UTC day", &[
                Head("Order", false), Head("State", false), Head("By", false), Head("Account", false), Head("Filled", true), Head("At", false),
            ], &view.ended.iter().map(cells).collect::<Vec<_>>())) }
        }
    };
    frame::page(frame, &body)
}

fn cells(row: &Row) -> Vec<Markup> {
    let (tone, word) = row.state.told();
    vec![
        html! { a href=(place::under(place::ORDERS, &row.id)) { (row.what) } },
        html! { div { (part::badge(tone, word)) @if !row.told.is_empty() { p.hint { (part::sentence(&row.told)) } } } },
        html! { (row.by) },
        html! { (row.account) },
        html! { div { (row.filled) @if !row.average.is_empty() { p.hint { "at " (row.average) } } } },
        part::time(&row.at),
    ]
}

fn cancel(row: &Row) -> Markup {
    html! { @if row.cancels {
        (part::post(&place::act(place::ORDERS, &row.id, "cancel"), &[], "narrow", &html! { "Cancel" span.hear { ": " (row.what) } }))
    } @else { span.quiet { "–" } } }
}

/// One in full.
#[derive(Clone, Debug)]
pub struct Order {
    pub row: Row,
    /// Name and value: kind, quantity, price, time in force, venue's number.
    pub terms: Vec<(String, String)>,
    pub value: String,
    /// The path of the approval it waits for or was approved by.
    pub approval: Option<String>,
    /// The refusal that ended it.
    pub why: Option<Refusal>,
    pub history: Vec<Step>,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub at: Moment,
    pub text: String,
}

pub fn order(frame: &Frame, view: &Order) -> Markup {
    let row = &view.row;
    let (tone, word) = row.state.told();
    let body = html! {
        p { a.back href=(place::ORDERS) { "‹ Orders" } }
        div id="order" data-topic="orders approvals" {
            div.head { h1 { (row.what) } (part::badge(tone, word)) }
        }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @if let Some(refusal) = &view.why { (part::refusal(refusal)) }
        @else if !row.told.is_empty() { (part::note(tone, &html! { p { (part::sentence(&row.told)) } })) }
        div.pair {
            section id="terms" data-topic="orders" aria-labelledby="terms-title" {
                h2 id="terms-title" { "Terms" }
                @if !view.value.is_empty() { p.figure { (view.value) } }
                dl.facts {
                    dt { "Account" } dd { (row.account) }
                    dt { "Placed by" } dd { (row.by) }
                    @for (name, value) in &view.terms { dt { (name) } dd { (value) } }
                    dt { "Filled" } dd { (row.filled) @if !row.average.is_empty() { " at " (row.average) } }
                }
                @if let Some(id) = &view.approval { p { a href=(place::under(place::APPROVALS, id)) { "See its approval" } } }
                @if row.cancels { (cancel(row)) }
            }
            section id="history" data-topic="orders" aria-labelledby="history-title" {
                h2 id="history-title" { "What happened" }
                ol.lines { @for step in &view.history { li { p { (step.text) } p.small.quiet { (part::time(&step.at)) } } } }
            }
        }
    };
    frame::page(frame, &body)
}
