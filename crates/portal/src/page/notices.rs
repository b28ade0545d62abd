//! Notices: where a person is told what happens while they do not look, what of, and what did not arrive.

use super::frame::{self, Frame, Nav, Tone};
use super::part::{self, Field, Moment, Refusal};
use super::push::Ringing;
use super::{place, push};
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Whether a mail server is configured.
    pub mail: bool,
    /// The address as it may be shown.
    pub email: Option<String>,
    pub webhooks: Vec<String>,
    /// Whether a push service is configured, and on which of one's phones push is on.
    pub push: bool,
    pub ringing: Vec<Ringing>,
    pub groups: Vec<Group>,
    pub dead: Vec<Dead>,
    /// Whether whoever looks may have one tried again.
    pub may_retry: bool,
    /// Why the address cannot be changed now.
    pub locked: Option<String>,
    pub refusal: Option<Refusal>,
    /// A test was sent.
    pub tested: bool,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub on: bool,
}

#[derive(Clone, Debug)]
pub struct Dead {
    pub id: String,
    pub subject: String,
    pub carrier: String,
    pub why: &'static str,
    pub at: Moment,
}

fn under(verb: &str) -> String {
    format!("{}/{verb}", place::NOTICES)
}

pub fn notices(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Notices" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @if view.tested { (part::note(Tone::Good, &html! { p { "The test is on its way. If it does not arrive, look into the spam folder, then into the server's log." } })) }
        p { "What happens while you do not look. " a href=(place::ACTIVITY) { "Activity" } " shows all of it, sent or not." }
        section aria-labelledby="where-title" {
            h2 id="where-title" { "Where to" }
            div.grid { (email(view)) (push::at_the_portal(view.push, &view.ringing)) (webhooks(view)) }
        }
        section id="what" data-topic="notices" aria-labelledby="what-title" {
            h2 id="what-title" { "What of" }
            div.grid {
                div.plate {
                    div.row.between { h3 { "Security" } (part::badge(Tone::Good, "always")) }
                    p.small.quiet { "Sign-ins, devices, authenticators, kill switches, API credentials, raised limits. It cannot be turned off: a thief would." }
                }
                @for group in &view.groups { (one(group)) }
            }
        }
        div id="dead" data-topic="notices" { @if !view.dead.is_empty() { (dead(view)) } }
    };
    frame::page(frame, &body)
}

fn email(view: &View) -> Markup {
    html! {
        div.plate {
            div.row.between {
                h3 { "E-mail" }
                @match (&view.email, view.mail) {
                    (_, false) => (part::badge(Tone::Off, "not configured")),
                    (Some(_), true) => (part::badge(Tone::Good, "on")),
                    (None, true) => (part::badge(Tone::Wait, "no address")),
                }
            }
            @if let Some(email) = &view.email { p { strong { (email) } } }
            @if !view.mail {
                p.small.quiet { "This server has no mail server to send by: its operator says [notify.smtp] in the configuration." }
            } @else if let Some(why) = &view.locked {
                p.small { strong { "The address is locked. " } (part::sentence(why)) " " a href={ (place::STEP_UP) "?want=move&next=" (place::NOTICES) } { "Step up" } }
            } @else {
                form method="post" action=(under("email/begin")) {
                    (part::field(&Field { label: if view.email.is_some() { "Another address" } else { "E-mail address" }, name: "email", kind: "email", autocomplete: "email", inputmode: "email",
                        hint: "A code is sent there first. Kept sealed; the former address is told of the change.", ..Field::default() }))
                    button.widen type="submit" { "Send a code to it" }
                }
            }
            @if view.mail && view.email.is_some() {
                div.row {
                    (part::post(&under("test"), &[], "", &html! { "Send a test" }))
                    @if view.locked.is_none() { (part::post(&under("email/remove"), &[], "narrow", &html! { "Remove the address" })) }
                }
            }
        }
    }
}

fn webhooks(view: &View) -> Markup {
    html! {
        @if !view.webhooks.is_empty() {
            div.plate {
                div.row.between { h3 { "Webhooks" } (part::badge(Tone::Good, "on")) }
                p.small.quiet { "Programs of the operator's, named in the configuration. They are told the same; fills only where that is configured." }
                ul { @for name in &view.webhooks { li { (name) } } }
            }
        }
    }
}

fn one(group: &Group) -> Markup {
    let (tone, state, next, verb) =
        if group.on { (Tone::Good, "on", "no", "Turn off") } else { (Tone::Off, "off", "yes", "Turn on") };
    html! {
        div.plate {
            div.row.between { h3 { (group.label) } (part::badge(tone, state)) }
            p.small.quiet { (group.hint) }
            (part::post(&under("group"), &[("group", group.name), ("on", next)], "", &html! { (verb) span.hear { " " (group.label) } }))
        }
    }
}

fn dead(view: &View) -> Markup {
    html! {
        section aria-labelledby="dead-title" {
            h2 id="dead-title" { "Not delivered" small { (view.dead.len()) } }
            div.grid {
                @for one in &view.dead {
                    article.plate {
                        div.row.between { h3 { (one.subject) } (part::badge(Tone::Bad, "given up")) }
                        (part::facts(&[("By", html! { (one.carrier) }), ("Why", html! { (one.why) }), ("Given up", part::time(&one.at))]))
                        @if view.may_retry {
                            (part::post(&place::act(place::NOTICES, &one.id, "retry"), &[], "", &html! { "Try once more" span.hear { " " (one.subject) } }))
                        }
                    }
                }
            }
        }
    }
}

/// Shown after an address was typed: what was sent there has to come back.
pub fn confirm(frame: &Frame, ceremony: &str, shown: Option<&str>, refusal: Option<&Refusal>) -> Markup {
    let frame = &Frame { current: Some(Nav::Notices), ..frame.clone() };
    let body = html! {
        h1 { "Confirm the address" }
        @if let Some(refusal) = refusal { (part::refusal(refusal)) }
        div.plate {
            h2 { "Type the code that was sent" }
            p.small { @match shown { Some(shown) => { "To " (shown) "." }, None => "To the address that you typed." } " It is good for 5 minutes, and for nothing but this address." }
            form method="post" action=(under("email")) {
                input type="hidden" name="ceremony" value=(ceremony);
                (part::field(&Field { label: "Code from the e-mail", name: "code", autocomplete: "one-time-code", inputmode: "numeric", short: true, ..Field::default() }))
                div.row { button.go type="submit" { "Confirm" } a href=(place::NOTICES) { "Do not add it" } }
            }
        }
    };
    frame::page(frame, &body)
}
