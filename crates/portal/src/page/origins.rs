//! The true origins: the one public page that names the address of each interface, and how to check it.

use super::frame::{self, Frame};
use super::part::Head;
use super::{part, place};
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub rows: Vec<Origin>,
    /// SHA-256 of the CA that was made here, where one was.
    pub authority: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Origin {
    /// portal, api, command line.
    pub interface: String,
    pub address: String,
    pub what_for: String,
}

/// Where a line is too short for it all: after that character, so that nothing is read in halves.
fn breaking(text: &str, after: char) -> Markup {
    html! { @for (at, part) in text.split_inclusive(after).enumerate() { @if at > 0 { wbr; } (part) } }
}

pub fn origins(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "The true addresses" }
        p.lead { "Portreeve answers people and programs here, and nowhere else." }
        (part::table("One address per interface", &[Head("Interface", false), Head("Address", false), Head("For", false)],
            &view.rows.iter().map(|row| vec![html! { (row.interface) }, html! { code { (breaking(&row.address, '.')) } }, html! { (row.what_for) }]).collect::<Vec<_>>()))
        section.prose aria-labelledby="check-title" {
            h2 id="check-title" { "How to check" }
            ul.can {
                li.yes { (super::mark::yes()) "Type the address yourself, or use your own bookmark. Never follow a link from a message." }
                li.yes { (super::mark::yes()) "Read it up to the first slash: each letter, from the end backwards." }
                li.yes { (super::mark::yes()) "Prefer a passkey. It works at the true address only; a false page gets nothing from it." }
                li.no { (super::mark::no()) "Nobody ever asks you for a code, a password or a recovery code by mail, phone or message." }
            }
        }
        @if let Some(fingerprint) = &view.authority { section.prose aria-labelledby="authority-title" {
            h2 id="authority-title" { "The local CA" }
            p { "The certificate of this portal is signed by a CA that was made here. Its SHA-256 must be the one that " code { "portreeve portal ca" } " prints on the machine itself:" }
            p.secret { (breaking(fingerprint, ':')) }
        } }
        p { a href=(place::SIGN_IN) { "Sign in" } }
    };
    if frame.signed_in.is_some() { frame::page(frame, &body) } else { frame::door(frame, &body) }
}
