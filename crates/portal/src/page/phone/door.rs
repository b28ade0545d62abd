//! What a phone shows to whoever is not in: unlocking, pairing, being offline, and that it was wiped.

use super::super::frame::{self, Frame, Tone};
use super::super::part::{self, Ask, Field, Moment, Refusal, Use};
use super::super::{mark, place};
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct Unlock {
    /// None where no ceremony can be begun now.
    pub passkey: Option<Ask>,
    /// Why it is locked.
    pub said: Option<&'static str>,
    /// What was shown did not let anybody in.
    pub refused: bool,
}

pub fn unlock(frame: &Frame, view: &Unlock) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "Unlock" }
            @if let Some(said) = view.said { (part::note(Tone::Wait, &html! { p { (part::sentence(said)) } })) }
            @if view.refused { (part::note(Tone::Bad, &html! {
                p { strong { "You could not be signed in." } }
                p { "Use a passkey of yours, on a phone that is paired." }
            })) }
            @match &view.passkey {
                Some(ask) => (part::passkey(Use::Get, place::PHONE_SIGN_IN, ask, "go wide tall", "Unlock with your passkey", &html! {})),
                None => p { "No passkey can be asked for now: load the page again." },
            }
            p.small.quiet { "Not paired yet? In the portal, under Devices and sessions, choose " strong { "Pair a phone" } ", and scan what it shows." }
            p.small { a href=(place::PHONE_PAIR) { "Pair this phone" } }
        },
    )
}

/// The link is asked for; a script takes its code from the address, where it is.
pub fn pair(frame: &Frame, refusal: Option<&Refusal>) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "Pair this phone" }
            @if let Some(refusal) = refusal { (part::refusal(refusal)) }
            p { "In the portal, where you are signed in, open Devices and sessions, choose " strong { "Pair a phone" } ", and scan the code with this phone's camera. Or paste the link here." }
            form method="post" action=(place::PHONE_PAIR) data-pair="yes" {
                (part::field(&Field { label: "Link from the portal", name: "code", ..Field::default() }))
                button.go.wide type="submit" { "Go on" }
            }
            p.small.quiet { "Look at the address first: it must be " span.code { (frame.origin) } "." }
        },
    )
}

#[derive(Clone, Debug)]
pub struct Open {
    pub code: String,
    /// Whom it lets in: a link may have been sent by somebody else.
    pub name: String,
    pub until: Moment,
    pub made: Ask,
    pub shown: Ask,
    pub refusal: Option<Refusal>,
}

/// The link is good: with which passkey?
pub fn open(frame: &Frame, view: &Open) -> Markup {
    let code = html! { input type="hidden" name="code" value=(view.code); };
    frame::door(
        frame,
        &html! {
            h1 { "Pair this phone" }
            @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
            p { "The link lets this phone in as " strong { (view.name) } ", until " (part::time(&view.until)) ". Is that not you? Then leave: whoever sent it would see what you do." }
            (part::passkey(Use::Create, place::PHONE_MADE, &view.made, "go wide tall", "Make a passkey here", &code))
            p.or { "or" }
            (part::passkey(Use::Get, place::PHONE_SHOWN, &view.shown, "wide", "Use a passkey that I have", &code))
            p.small.quiet { "Look at the address first: it must be " span.code { (frame.origin) } "." }
        },
    )
}

pub fn offline(frame: &Frame) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "Offline" }
            p { "Portreeve cannot be reached, so this phone shows nothing: what it showed before may have changed. What waits is refused when its time is over." }
            p { a.button.go.wide href=(place::PHONE) { "Try again" } }
        },
    )
}

/// Said once: what the phone had is gone with this answer.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub phone: String,
    pub at: Moment,
    pub by: String,
    pub not_me: bool,
    pub now: Moment,
}

pub fn receipt(frame: &Frame, view: &Receipt) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "This phone was wiped" }
            dl.facts {
                dt { "Phone" } dd { (view.phone) }
                dt { "Unbound" } dd { (part::time(&view.at)) }
                dt { "By" } dd { (view.by) @if view.not_me { ", who says that it was not theirs" } }
                dt { "Wiped" } dd { (part::time(&view.now)) }
            }
            h2 { "What was cleared here" }
            ul.can id="wiped" data-wipe="yes" {
                @for what in ["Its session", "The secret that it was known by", "The pages that the app kept for being offline", "Its service worker, and with it its notices"] {
                    li.yes { (mark::yes()) (what) }
                }
            }
            p { "A passkey that lies in this phone is not Portreeve's to delete: remove it in the portal under Authenticators, and in the phone's own settings." }
            p.small { "This is shown once. " a href=(place::PHONE_PAIR) { "Pair it again" } }
        },
    )
}
