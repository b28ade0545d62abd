//! Pair a phone: the link as a picture and to read; then which phone came in by it.

use super::frame::{self, Frame, Tone};
use super::new_device::{Replaceable, replaced};
use super::part::{self, Moment, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    pub stage: Stage,
    /// The portal answers on this machine only: no phone reaches it.
    pub near: bool,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub enum Stage {
    /// Whose place it takes, where all are taken.
    Ask {
        replace: Vec<Replaceable>,
    },
    Shown {
        qr: Markup,
        link: String,
        until: Moment,
    },
    Done {
        id: String,
        phone: String,
        at: Moment,
        trusted: bool,
    },
}

pub fn pair(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        p { a.back href=(place::DEVICES) { "‹ Devices and sessions" } }
        h1 { "Pair a phone" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @if view.near { (part::note(Tone::Wait, &html! {
            p { strong { "No phone reaches this address: " } "the portal answers at " span.code { (frame.origin) } ", which is this machine. A phone takes a name and TLS: docs/portal.md says how." }
        })) }
        section.plate id="pairing" data-topic="devices" aria-labelledby="pairing-title" { @match &view.stage {
            Stage::Ask { replace } => (ask(replace)),
            Stage::Shown { qr, link, until } => (shown(qr, link, until)),
            Stage::Done { id, phone, at, trusted } => (done(id, phone, at, *trusted)),
        } }
    };
    frame::page(frame, &body)
}

fn ask(replace: &[Replaceable]) -> Markup {
    html! {
        h2 id="pairing-title" { "A link for one phone" }
        p { "It lets one phone in as you, once, within ten minutes: the phone sees your positions, approves what waits with its passkey, and stops everything with one thumb. For a day it signs no changes." }
        form method="post" action=(place::PAIR) {
            @if !replace.is_empty() { (replaced(replace)) }
            button.widen.tall type="submit" { "Show the link" }
        }
    }
}

fn shown(qr: &Markup, link: &str, until: &Moment) -> Markup {
    html! {
        h2 id="pairing-title" { "Scan it with the phone's camera" }
        div.qr role="img" aria-label="QR code of the link; the text below says the same" { (qr) }
        p { "Good once, until " (part::time(until)) ". " span.nowrap aria-hidden="true" data-until=(until.iso) {} }
        p.secret { (link) }
        p.hint { "Whoever has it first is let in as you: show it to nobody, and send it to nobody. It is void when another is shown, and when this session ends." }
        (part::post(place::PAIR, &[], "", &html! { "Show another" }))
    }
}

fn done(id: &str, phone: &str, at: &Moment, trusted: bool) -> Markup {
    html! {
        h2 id="pairing-title" { "Paired: " (phone) }
        p { (part::badge(if trusted { Tone::Good } else { Tone::Off }, if trusted { "trusted" } else { "revoked" })) " " (part::time(at)) }
        @if trusted {
            p { strong { "Is that the phone in your hand?" } }
            div.row {
                a.button.go href=(place::DEVICES) { "Yes, go on" }
                (part::post(&place::act(place::DEVICES, id, "not-me"), &[], "halt", &html! { "This was not me" }))
            }
            p.hint { "If not: the phone and the passkey that was made on it are out, your other sessions end, new orders are stopped, and every API credential is suspended until you resume it." }
        }
        (part::post(place::PAIR, &[], "", &html! { "Pair another phone" }))
    }
}
