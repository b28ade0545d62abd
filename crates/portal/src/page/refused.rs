//! The page of a refusal: what was refused, why, what to do, and the number to quote.

use super::frame::{self, Frame};
use super::mark::{self, Height};
use super::part::{self, Moment, Refusal};
use super::place;
use super::remedy::remedy;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    /// `This page does not exist`, `Too many requests`, `Not now`.
    pub heading: String,
    pub refusal: Refusal,
    /// When it may be tried again, where that is known.
    pub again: Option<Moment>,
    /// Where to go on: a path of this portal.
    pub next: Option<Next>,
}

/// A fixed place to go on at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Home,
    SignIn,
    StepUp,
    Activity,
    Device,
}

impl Next {
    const fn link(self) -> (&'static str, &'static str) {
        match self {
            Self::Home => (place::HOME, "Go to the security home"),
            Self::SignIn => (place::SIGN_IN, "Sign in"),
            Self::StepUp => (place::STEP_UP, "Step up"),
            Self::Activity => (place::ACTIVITY, "See the activity"),
            Self::Device => (place::DEVICE, "Confirm this device"),
        }
    }
}

pub fn refused(frame: &Frame, view: &View) -> Markup {
    let refusal = &view.refusal;
    let body = html! {
        h1 { (view.heading) }
        p { (part::sentence(&refusal.text)) }
        p { strong { "What to do: " } @if frame.phone { (refusal.remedy) } @else { (remedy(refusal)) } }
        @if let Some(again) = &view.again { p { "It can be tried again after " (part::time(again)) "." } }
        @if let Some(next) = view.next { @let (href, label) = if frame.phone { (place::PHONE, "See what waits") } else { next.link() }; p { a.button.go href=(href) { (label) } } }
        div.plate { (part::facts(&[
            ("Category", html! { (refusal.category) }),
            ("Code", html! { code { (refusal.code) } }),
            ("Correlation", html! { @match &refusal.correlation { Some(id) => code { (id) }, None => span.quiet { "none" } } }),
        ])) }
    };
    if frame.signed_in.is_some() {
        return frame::page(frame, &html! { div.prose { (mark::gate(Height::Down, 48)) (body) } });
    }
    frame::door(frame, &html! { div.prose { (body) } })
}
