//! The ticket: an order of a person, guarded like that of a program; closing only, where nothing else is open.

use super::frame::{self, Frame, Tone};
use super::limits::{self, Limit};
use super::mark::{self, Height};
use super::part::{self, Field, Head, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    /// Value, label, chosen.
    pub accounts: Vec<(String, String, bool)>,
    pub instrument: String,
    pub side: Side,
    pub quantity: String,
    pub price: String,
    pub stop: String,
    pub kinds: Vec<Kind>,
    /// Only orders that reduce a position are offered, and why.
    pub close_only: Option<String>,
    /// It was opened to close a position, and sends nothing else.
    pub closes: bool,
    /// What the account holds of the instrument, where that is known.
    pub position: Option<String>,
    pub quote: Option<Quote>,
    /// Makes a second click of the same button the same order.
    pub key: String,
    /// Why no order can be sent at all.
    pub locked: Option<Locked>,
    /// What the guard would say of it as it stands, where that is not a plain yes.
    pub would: Option<String>,
    pub limits: Vec<Limit>,
    pub refusal: Option<Refusal>,
}

/// `again`: where to come back to once the trade window is open, if that is what is missing.
#[derive(Clone, Debug)]
pub struct Locked {
    pub why: String,
    pub again: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Buy,
    Sell,
}

/// An order type; a locked one says why.
#[derive(Clone, Debug)]
pub struct Kind {
    pub value: String,
    pub label: String,
    pub chosen: bool,
    pub locked: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Quote {
    pub bid: String,
    pub ask: String,
    pub stale: bool,
}

impl View {
    const fn closing(&self) -> bool {
        self.closes || self.close_only.is_some()
    }
}

pub fn ticket(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { @if view.closing() { "Close-only ticket" } @else { "Ticket" } }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @if let Some(why) = &view.close_only {
            (part::note(Tone::Wait, &html! { p { strong { "Only orders that reduce a position. " } (part::sentence(why)) " "
                a href=(place::TICKET_LIMITS) { "Limits of your ticket" } } }))
        }
        @else if view.closes {
            (part::note(Tone::Wait, &html! { p { strong { "Only an order that reduces the position is sent from here. " }
                a href=(place::TICKET) { "An empty ticket" } } }))
        }
        @if let Some(why) = &view.locked {
            (part::note(Tone::Off, &html! { p { strong { "No order can be sent now. " } (part::sentence(&why.why)) " "
                @if let Some(again) = &why.again { a href={ (place::STEP_UP) "?want=trade&next=" (again) } { "Step up" } } } }))
        }
        div.pair { (form(view)) (beside(view)) }
    };
    frame::page(frame, &body)
}

fn form(view: &View) -> Markup {
    html! {
        form.plate method="post" action=(place::TICKET) {
            input type="hidden" name="key" value=(view.key);
            @if view.closing() { input type="hidden" name="close" value="yes"; }
            div.two {
                div.field {
                    label for="f-account" { "Account" }
                    select id="f-account" name="account" { @for (value, label, chosen) in &view.accounts { option value=(value) selected[*chosen] { (label) } } }
                }
                (part::field(&Field { label: "Instrument", name: "instrument", value: &view.instrument, hint: "AAPL/USD, EUR/USD or #265598.", ..Default::default() }))
            }
            fieldset {
                legend { "Side" }
                div.two {
                    (part::tick("radio", "side", "buy", view.side == Side::Buy, "Buy", ""))
                    (part::tick("radio", "side", "sell", view.side == Side::Sell, "Sell", ""))
                }
            }
            (kinds(&view.kinds))
            div.two {
                (part::field(&Field { label: "Quantity", name: "quantity", value: &view.quantity, inputmode: "decimal", ..Default::default() }))
                (part::field(&Field { label: "Limit price", name: "price", value: &view.price, inputmode: "decimal", required: false, hint: "For limit orders.", ..Default::default() }))
                (part::field(&Field { label: "Stop price", name: "stop", value: &view.stop, inputmode: "decimal", required: false, hint: "For stop orders.", ..Default::default() }))
            }
            button.wide type="submit" formmethod="get" formnovalidate { "Show quote and position" }
            @if view.locked.is_some() { button.wide.tall type="submit" disabled { (mark::gate(Height::Down, 20)) "Locked" } }
            @else { button.go.wide.tall type="submit" { @if view.closing() { "Send the closing order" } @else { "Send the order" } } }
            p.hint { "For this day. The guard decides as it does for programs: what is above your approval threshold waits for a signature on another device of yours, or of another person." }
        }
    }
}

fn kinds(kinds: &[Kind]) -> Markup {
    html! {
        fieldset {
            legend { "Type" }
            div.two { @for kind in kinds { @match &kind.locked {
                None => (part::tick("radio", "type", &kind.value, kind.chosen, &kind.label, "")),
                Some(why) => div.tick { (mark::gate(Height::Down, 20)) span { b { (kind.label) } span.hint { "Locked: " (why) } } },
            } } }
        }
    }
}

fn beside(view: &View) -> Markup {
    html! {
        div.stack {
            section id="quote" data-topic="quotes positions" aria-labelledby="quote-title" {
                h2 id="quote-title" { "Now" }
                @match &view.quote {
                    Some(quote) => {
                        p.figure { (quote.bid) small { " bid · " } (quote.ask) small { " ask" } }
                        @if quote.stale { p { (part::badge(Tone::Wait, "stale: what increases risk is refused")) } }
                    }
                    None => p.quiet { "No quote: name an instrument." },
                }
                @if let Some(position) = &view.position { p { "The account holds " strong { (position) } "." } }
                @if let Some(would) = &view.would { p.hint { (would) } }
            }
            @if view.close_only.is_none() { p { a href=(place::TICKET_LIMITS) { "Limits of your ticket" } } }
            @if !view.limits.is_empty() { section id="limits" data-topic="limits orders" aria-labelledby="limits-title" {
                h2 id="limits-title" { "Your limits" }
                (part::table("What is stated, and what is used today", &[
                    Head("Whose", false), Head("Control", false), Head("Limit", true), Head("Used today", true), Head("Share", false),
                ], &view.limits.iter().map(limits::limit).collect::<Vec<_>>()))
            } }
        }
    }
}
