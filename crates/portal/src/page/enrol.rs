//! Enrolment from a one-time link: a name and a passkey; then recovery codes, and a second passkey.

use super::frame::{self, Frame, Role, Tone};
use super::part::{self, Ask, Field, Moment, Refusal, Use};
use super::place;
use maud::{Markup, html};

/// The link is good.
#[derive(Clone, Debug)]
pub struct Open {
    /// The path the form goes to: `/enrol/…`, as the server made it. POST `name`, `ceremony`, `response`.
    pub action: String,
    pub role: Role,
    pub expires: Moment,
    /// What was typed before, where a first try was refused.
    pub name: String,
    pub passkey: Ask,
    pub refusal: Option<Refusal>,
}

/// The link is not good any more, or never was: the same page for all of these.
#[derive(Clone, Debug)]
pub struct Closed {
    /// How an owner makes another.
    pub command: String,
}

pub fn open(frame: &Frame, view: &Open) -> Markup {
    let fields = html! {
        (part::field(&Field {
            label: "Name", name: "name", value: &view.name, autocomplete: "username",
            hint: "You sign in with it, and the journal calls you by it.", ..Field::default() }))
    };
    frame::door(
        frame,
        &html! {
            h1 { "Enrol as " (view.role.as_str()) }
            @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
            p { "This link works once, until " (part::time(&view.expires)) ". With it you make a passkey: "
                "it stays on your device, signs you in, and signs what you approve. There is no password to lose." }
            (part::passkey(Use::Create, &view.action, &view.passkey, "go wide tall", "Create a passkey", &fields))
            p.small.quiet { "Look at the address first: it must be " span.code { (frame.origin) } "." }
        },
    )
}

pub fn closed(frame: &Frame, view: &Closed) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "This link does not work" }
            p { "It was used already, it is older than it may be, or it was never made. Nothing has happened." }
            p { strong { "What to do: " } "ask the owner who invited you for another. The first owner makes one on the machine where Portreeve runs:" }
            pre { (view.command) }
            p { a href=(place::SIGN_IN) { "Sign in" } " if you are enrolled already." }
        },
    )
}

/// After the first passkey. The user is signed in.
#[derive(Clone, Debug)]
pub struct Done {
    pub passkey: String,
    /// The passkey is kept by a provider and follows the person to other devices.
    pub synced: bool,
    /// From when on recovery codes can be made, where that is not now.
    pub codes_from: Option<Moment>,
}

pub fn done(frame: &Frame, view: &Done) -> Markup {
    let codes = format!("{}/codes", place::AUTHENTICATORS);
    let kind = if view.synced { "a synced passkey" } else { "bound to this device" };
    frame::page(
        frame,
        &html! {
            h1 { "You are enrolled" }
            (part::note(Tone::Good, &html! { p { strong { (view.passkey) } " is registered: " (kind) "." } }))
            div.plate {
                h2 { "Last step: recovery codes" }
                p { "Ten codes on paper. One of them lets you in when this browser forgets you, its device is lost, or its trust ends: after 90 days, or 30 without use." }
                @match &view.codes_from {
                    None => (part::post(&codes, &[], "go", &html! { "Show my recovery codes" })),
                    Some(at) => (part::note(Tone::Wait, &html! { p { "An owner who was invited changes nothing for a day, so that the others see it first. Come back for them from " (part::time(at)) "." } })),
                }
            }
            div.prose {
                h2 { "Then: a second passkey" }
                p { "A second passkey on your phone, or a security key in a drawer, takes a minute. It signs you in and approves when this one is lost; it does not replace the codes." }
            }
            div.row {
                a.button href=(place::AUTHENTICATORS) { "Add a second passkey" }
                a href=(place::HOME) { "Skip this" }
            }
            p.small.quiet { "What skipping costs: until there are codes, or a second trusted device, losing this browser locks you out, and nobody can let you in again. The security home says so until then." }
        },
    )
}
