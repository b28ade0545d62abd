//! Codes by SMS: the way in that is restricted, and adding the number they go to. Shown only where a program sends them.

use super::frame::{self, Frame, Nav, Tone};
use super::part::{self, Field, Refusal};
use super::place;
use super::sign_in::{Said, told};
use maud::{Markup, html};

pub fn entry(frame: &Frame, said: Option<&Said>) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "Sign in with a code by SMS" }
            @if let Some(said) = said { (told(said)) }
            (part::note(Tone::Wait, &html! { p { strong { "Restricted. " } "Only from a device of yours that was confirmed before; the session may only look; and each use is told to you. Whoever takes over your number gets these codes too: a passkey is safer." } }))
            form method="post" action=(place::SIGN_IN_SMS) {
                (part::field(&Field { label: "Name", name: "name", autocomplete: "username", ..Field::default() }))
                (part::field(&Field { label: "Password", name: "password", kind: "password", autocomplete: "current-password", ..Field::default() }))
                button.wide type="submit" { "Send me a code" }
            }
            p.small { a href=(place::SIGN_IN) { "Sign in another way" } }
        },
    )
}

/// The same for everyone: whether a code was sent is not to be learnt here.
pub fn typed(frame: &Frame, ceremony: &str, wrong: bool) -> Markup {
    frame::door(
        frame,
        &html! {
            h1 { "Type the code" }
            @if wrong { div role="alert" { (part::note(Tone::Bad, &html! { p { strong { "You are not signed in." } } p { "This is not the code. After five it is void." } })) } }
            p { "If name and password are right, and this is a confirmed device of yours, a code is on its way to your phone." }
            form method="post" action=(place::SIGN_IN_SMS_CODE) {
                input type="hidden" name="ceremony" value=(ceremony);
                (part::field(&Field { label: "Code from the SMS", name: "code", autocomplete: "one-time-code", inputmode: "numeric",
                    hint: "Six digits, good once and for 5 minutes.", short: true, ..Field::default() }))
                button.wide type="submit" { "Sign in" }
            }
            p.small { a href=(place::SIGN_IN) { "Sign in another way" } }
        },
    )
}

/// Shown after a number was typed: what was sent there has to come back.
pub fn confirm(frame: &Frame, ceremony: &str, end: Option<&str>, refusal: Option<&Refusal>) -> Markup {
    let frame = &Frame { current: Some(Nav::Authenticators), ..frame.clone() };
    let body = html! {
        h1 { "Add a phone number" }
        @if let Some(refusal) = refusal { (part::refusal(refusal)) }
        div.plate {
            h2 { "Type the code that was sent" }
            p.small { @match end { Some(end) => { "To the number that ends in " (end) "." }, None => "To the number that you typed." } " It is good for 5 minutes." }
            form method="post" action={ (place::AUTHENTICATORS) "/sms" } {
                input type="hidden" name="ceremony" value=(ceremony);
                (part::field(&Field { label: "Code from the SMS", name: "code", autocomplete: "one-time-code", inputmode: "numeric", short: true, ..Field::default() }))
                div.row { button.go type="submit" { "Confirm" } a href=(place::AUTHENTICATORS) { "Do not add it" } }
            }
        }
    };
    frame::page(frame, &body)
}

/// Beside the other methods, where numbers can be added at all.
pub fn add(has: bool) -> Markup {
    html! {
        div.plate {
            h3 { "Codes by SMS: restricted" }
            p.small { "With the password, from a confirmed device, to look only. Whoever takes over your number, or reads texts on their way, gets the codes: keep a passkey besides, and use this only when nothing else is at hand."
                @if has { " The number of now stops working here." } }
            form method="post" action={ (place::AUTHENTICATORS) "/sms/begin" } {
                (part::field(&Field { label: "Phone number", name: "number", kind: "tel", autocomplete: "tel", inputmode: "tel",
                    hint: "With its country: +49 30 1234567. Kept sealed.", ..Field::default() }))
                button.widen type="submit" { @if has { "Replace the number" } @else { "Send a code to it" } }
            }
        }
    }
}
