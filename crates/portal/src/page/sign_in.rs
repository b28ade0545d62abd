//! The sign-in page: a passkey first, then name, password and one-time code in one form, the same for everyone.

use super::frame::{self, Frame, Tone};
use super::part::{self, Ask, Field, Moment, Use};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    /// A passkey may be used; none where the server has no room for one more.
    pub passkey: Option<Ask>,
    pub said: Option<Said>,
    pub shared: bool,
    /// A program sends SMS here.
    pub sms: bool,
}

/// Why the page is shown, where there is more to say than "sign in".
#[derive(Clone, Debug)]
pub enum Said {
    /// The same text, whatever was wrong.
    NotSignedIn,
    /// The cookie of a known browser is gone.
    Forgotten,
    SignedOut,
    /// Ended by someone else, by time, or by *log out everywhere*: the text says which.
    Ended {
        text: String,
    },
    Throttled {
        again: Moment,
    },
}

pub fn sign_in(frame: &Frame, view: &View) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "Sign in" }
            @if let Some(said) = &view.said { (told(said)) }
            @if let Some(ask) = &view.passkey {
                (part::passkey(Use::SignIn, place::SIGN_IN_PASSKEY, ask, "go wide tall", "Sign in with a passkey", &shared(view)))
                div.or { "or" }
            }
            form method="post" action=(place::SIGN_IN_PASSWORD) {
                (part::field(&Field { label: "Name", name: "name", autocomplete: "username webauthn", ..Field::default() }))
                (part::field(&Field { label: "Password", name: "password", kind: "password", autocomplete: "current-password", ..Field::default() }))
                (part::field(&Field {
                    label: "One-time code", name: "code", autocomplete: "one-time-code", inputmode: "numeric",
                    hint: "From your authenticator app.", ..Field::default() }))
                @if view.passkey.is_none() { (shared(view)) }
                @else { (part::tick("checkbox", "shared", "yes", view.shared, SHARED, "")) }
                button.wide type="submit" { "Sign in with password" }
            }
            @if view.sms { p.small { a href=(place::SIGN_IN_SMS) { "Sign in with a code by SMS" } " – restricted" } }
            p.small.quiet { "Nobody from Portreeve ever asks for a code or a password. "
                a href=(place::ORIGINS) { "Check that this address is the true one." } }
        },
    )
}

const SHARED: &str = "This is a shared computer";

fn shared(view: &View) -> Markup {
    part::tick(
        "checkbox",
        "shared",
        "yes",
        view.shared,
        SHARED,
        "It is not remembered, and you are signed out after 10 minutes.",
    )
}

pub(super) fn told(said: &Said) -> Markup {
    let (tone, body) = match said {
        Said::NotSignedIn => (
            Tone::Bad,
            html! { p { strong { "You are not signed in." } } p { "The name, the password or the code did not match. Check all three, or use a passkey." } },
        ),
        Said::Forgotten => (
            Tone::Wait,
            html! { p { strong { "This browser was forgotten." } } p { "Its cookies are gone, so it counts as a new device. Sign in, then confirm it from a device that is known." } },
        ),
        Said::SignedOut => (Tone::Good, html! { p { "You are signed out." } }),
        Said::Ended { text } => {
            (Tone::Wait, html! { p { strong { "Your session has ended." } } p { (part::sentence(text)) } })
        }
        Said::Throttled { again } => (
            Tone::Wait,
            html! { p { strong { "Too many attempts." } } p { "Try again after " (part::time(again)) ". A passkey on this device works at once." } },
        ),
    };
    html! { div role="alert" { (part::note(tone, &body)) } }
}
