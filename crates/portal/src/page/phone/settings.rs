//! Settings on a phone: this phone, the user's other devices, and the way out.

use super::super::frame::{self, Frame, Tone};
use super::super::part::{self, Moment, Refusal};
use super::super::{place, push};
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    /// Who is signed in: name and role.
    pub user: String,
    pub this: Device,
    pub others: Vec<Device>,
    pub push: push::View,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Device {
    pub id: String,
    pub name: String,
    pub bound: Moment,
    pub used: Moment,
    pub until: Moment,
    /// A new one signs no change before.
    pub moves_from: Option<Moment>,
}

pub fn settings(frame: &Frame, view: &View) -> Markup {
    let this = &view.this;
    let body = html! {
        h1 { "Settings" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        section aria-labelledby="this-title" {
            h2 id="this-title" { "This phone" }
            dl.facts {
                dt { "Name" } dd { (this.name) }
                dt { "Signed in" } dd { (view.user) }
                dt { "Paired" } dd { (part::time(&this.bound)) }
                dt { "Trusted until" } dd { (part::time(&this.until)) }
                @if let Some(from) = &this.moves_from { dt { "Signs changes from" } dd { (part::time(from)) } }
            }
            p.hint { "It locks after five minutes without a touch, and twelve hours after you have signed in." }
            (part::post(place::PHONE_SIGN_OUT, &[], "wide", &html! { "Sign out" }))
            (part::post(&place::act(place::PHONE_DEVICES, &this.id, "revoke"), &[], "narrow wide", &html! { "Unbind and wipe this phone" }))
        }
        (push::on_this_phone(&view.push))
        section id="devices" data-topic="devices" aria-labelledby="devices-title" {
            h2 id="devices-title" { "Your other devices" small { (view.others.len()) } }
            @if view.others.is_empty() { p.quiet { "None is trusted." } }
            @else { ul.lines { @for one in &view.others { li {
                div.row.between { strong { (one.name) } (part::badge(Tone::Good, "trusted")) }
                p.small.quiet { "Last used " (part::time(&one.used)) ", trusted until " (part::time(&one.until)) }
                (part::post(&place::act(place::PHONE_DEVICES, &one.id, "revoke"), &[], "narrow", &html! { "Unbind" span.hear { ": " (one.name) } }))
            } } } }
        }
        section aria-labelledby="install-title" {
            h2 id="install-title" { "On the home screen" }
            p { "Android: the browser's menu, then " strong { "Install app" } " or " strong { "Add to home screen" } ". "
                "iPhone: Share, then " strong { "Add to Home Screen" } "; there it is paired once more, because it keeps its cookies to itself." }
        }
    };
    frame::page(frame, &body)
}
