//! Limits of a ticket: what it may do besides closing, until when; and taking that back.

use super::frame::{self, Frame, Tone};
use super::part::{self, Field, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    /// Where the forms go.
    pub action: String,
    /// Whose it is, where that is another user.
    pub whose: Option<String>,
    /// What the form is made of: it changes nothing else.
    pub read: String,
    /// What it may do now, in one sentence.
    pub standing: String,
    pub closes: bool,
    pub order_value: String,
    pub day_value: String,
    pub approve_above: String,
    pub top_above: String,
    pub instruments: String,
    /// Name, label, hint, ticked.
    pub allow: Vec<(String, String, String, bool)>,
    /// `2026-12-20`, in UTC.
    pub expires: String,
    pub latest: String,
    pub suspended: bool,
    /// Why nothing can be stated here now.
    pub locked: Option<String>,
    pub refusal: Option<Refusal>,
}

pub fn ticket_limits(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        @match &view.whose {
            None => { p { a.back href=(place::TICKET) { "‹ Ticket" } } h1 { "Your ticket" } }
            Some(name) => { p { a.back href=(view.action.trim_end_matches("/ticket")) { "‹ " (name) } } h1 { "The ticket of " (name) } }
        }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        (part::note(if view.closes { Tone::Wait } else { Tone::Good }, &html! { p { (view.standing) } }))
        @if let Some(why) = &view.locked {
            (part::note(Tone::Off, &html! { p { strong { "Nothing can be stated now. " } (part::sentence(why)) } }))
        }
        div.pair {
            (form(view))
            div.stack {
                section aria-labelledby="always-title" {
                    h2 id="always-title" { "Always" }
                    p { "It closes what the accounts hold: every account, every instrument, at market too, also under a kill switch. What holds for closing orders of programs holds here: rates, regular hours, and approval above a threshold." }
                    @if view.whose.is_none() { p { "It is yours alone: no program and no other person sends an order by it." } }
                    @else { p { "It is theirs alone: no program and no other person sends an order by it." } }
                }
                @if !view.closes || view.suspended { section aria-labelledby="back-title" {
                    h2 id="back-title" { "Take it back" }
                    p { "Stopping takes one tap, and no step-up." }
                    (part::post(&view.action, &[("go", "close")], "narrow wide", &html! { "Only close from now on" }))
                    @if view.suspended {
                        p { "It was suspended with the API credentials." }
                        (part::post(&view.action, &[("go", "resume")], "widen wide", &html! { "Resume it" }))
                    }
                } }
            }
        }
    };
    frame::page(frame, &body)
}

fn form(view: &View) -> Markup {
    let amount = |label, name, value, hint, required| Field {
        label,
        name,
        value,
        hint,
        required,
        inputmode: "decimal",
        ..Default::default()
    };
    html! {
        form.plate method="post" action=(view.action) {
            input type="hidden" name="go" value="state";
            input type="hidden" name="read" value=(view.read);
            h2 { "To open positions by hand" }
            div.two {
                (part::field(&amount("Order value", "order_value", &view.order_value, "The most that one order may count.", true)))
                (part::field(&amount("Value a day", "day_value", &view.day_value, "The most that all orders of a UTC day may count.", true)))
                (part::field(&amount("Approval above", "approve_above", &view.approve_above, "Above it an order, also one that closes, waits for a signature on another device. Empty: never.", false)))
                (part::field(&amount("Two approvers above", "top_above", &view.top_above, "Above it an order takes two other people, or a signature with a security key. Empty: never.", false)))
                (part::field(&Field { label: "Until the end of", name: "expires", kind: "date", value: &view.expires, hint: "UTC, 90 days at the most; then it only closes.", ..Default::default() }))
            }
            (part::field(&Field { label: "Instruments", name: "instruments", value: &view.instruments, hint: "AAPL/USD, #265598, or whole classes: stock, etf, forex, future, option.", ..Default::default() }))
            fieldset {
                legend { "Besides limit orders" }
                div.two { @for (name, label, hint, on) in &view.allow { (part::tick("checkbox", name, "yes", *on, label, hint)) } }
            }
            @if view.locked.is_some() { button.wide.tall type="submit" disabled { "Locked" } }
            @else { button.widen.wide.tall type="submit" { "State these limits" } }
        }
    }
}
