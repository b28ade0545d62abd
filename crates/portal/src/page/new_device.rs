//! A new device: what it sees while it is pending, and what the confirmed device is asked.

use super::frame::{self, Frame};
use super::part::{self, Ask, Field, Moment, Refusal, Use};
use super::place;
use maud::{Markup, html};

/// On the pending device.
#[derive(Clone, Debug)]
pub struct Pending {
    pub device: String,
    pub expires: Moment,
    /// Without another device, confirming goes with a recovery code in the same field.
    pub has_confirmed_device: bool,
    /// A code was right, and all places are taken: which of them it takes is asked next.
    pub replace: Vec<Replaceable>,
    pub refusal: Option<Refusal>,
}

pub fn pending(frame: &Frame, view: &Pending) -> Markup {
    let body = html! {
        h1 { "Confirm this device" }
        p { "You showed who you are, but " strong { (view.device) } " is new here, or was forgotten: its cookies are gone. Until it is confirmed it sees nothing and may do nothing." }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @if view.replace.is_empty() { (code(view)) } @else { (choice(view)) }
        p.small.quiet { "This attempt ends " (part::time(&view.expires)) ". No code is ever sent by e-mail." }
        div id="pending-device" data-topic="session devices" {
            p.small { "Confirmed there already? " a href=(place::HOME) { "Go on" } }
        }
        (part::post(place::SIGN_OUT, &[], "narrow wide", &html! { "Stop, and sign out" }))
    };
    frame::door(frame, &body)
}

fn code(view: &Pending) -> Markup {
    html! {
        @if view.has_confirmed_device {
            h2 { "On a device that is confirmed" }
            p { "Open Portreeve there. It shows this device: confirm it with a tap, or read the code it shows and type it here. A recovery code does too." }
        } @else {
            p { "No other device of yours is confirmed. Type one of your recovery codes." }
        }
        form method="post" action=(place::DEVICE) {
            (part::field(&Field { label: "Code", name: "code", autocomplete: "one-time-code", inputmode: "text", short: true, ..Default::default() }))
            button.go.wide type="submit" { "Confirm with the code" }
        }
    }
}

fn choice(view: &Pending) -> Markup {
    html! {
        p { "The code is right. The device that you choose is signed out, and no longer trusted." }
        form method="post" action=(place::DEVICE) {
            (replaced(&view.replace))
            button.go.wide type="submit" { "Replace it, and confirm this device" }
        }
    }
}

/// Nothing is chosen beforehand: whoever is put out was named.
pub(super) fn replaced(trusted: &[Replaceable]) -> Markup {
    html! {
        fieldset {
            legend { "At most five devices are trusted. Which one does it replace?" }
            @for device in trusted {
                label.tick { input type="radio" name="replace" value=(device.id) required;
                    span { b { (device.name) } span.hint {
                        @if device.here { "you are using it now, " } "last used " (part::time(&device.last_used)) } } }
            }
        }
    }
}

/// On a confirmed device.
#[derive(Clone)]
pub struct Asked {
    pub id: String,
    pub device: String,
    pub from: String,
    pub since: Moment,
    pub expires: Moment,
    pub evidence: String,
    /// To be typed on the new device.
    pub code: String,
    /// What a passkey signs, to the letter.
    pub display: String,
    pub passkey: Option<Ask>,
    /// The devices that are trusted, where the new one would be one too many.
    pub replace: Vec<Replaceable>,
    pub refusal: Option<Refusal>,
}

/// The code is nobody's to print.
impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub struct Replaceable {
    pub id: String,
    pub name: String,
    pub last_used: Moment,
    /// The one that asks.
    pub here: bool,
}

pub fn asked(frame: &Frame, view: &Asked) -> Markup {
    let body = html! {
        h1 { "A new device wants in" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        div.grid {
            section.plate aria-labelledby="device-title" {
                h2 id="device-title" { (view.device) }
                (part::facts(&[
                    ("From", html! { (view.from) }), ("Since", part::time(&view.since)),
                    ("Showed", html! { (view.evidence) }), ("Ends", part::time(&view.expires)),
                ]))
                p { strong { "Is that you, there, now?" } " Whoever holds the new device sees what you see once it is confirmed." }
            }
            section.plate aria-labelledby="answer-title" {
                h2 id="answer-title" { "Your answer" }
                (confirm(view))
                (part::post(&place::act(place::DEVICES, &view.id, "not-me"), &[], "halt wide", &html! { "This was not me" }))
                p.hint { "It is revoked, your other sessions end, and every API credential is suspended until you resume it: someone else may have your authenticator." }
            }
        }
    };
    frame::page(frame, &body)
}

fn confirm(view: &Asked) -> Markup {
    let choice = html! { @if !view.replace.is_empty() { (replaced(&view.replace)) } };
    let action = place::act(place::DEVICES, &view.id, "confirm");
    html! {
        p.small { "Your passkey signs: " q { (view.display) } }
        @if let Some(ask) = &view.passkey { (part::passkey(Use::Get, &action, ask, "widen wide tall", "Confirm with a passkey", &choice)) }
        p { "Or type this code there: " span.secret { (view.code) } }
    }
}
