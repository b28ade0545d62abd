//! Devices and sessions: each device with its sessions on a card; end one, log out everywhere, wipe.

use super::frame::{self, Frame, Tone};
use super::part::{self, Moment, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub devices: Vec<Device>,
    /// How many API credentials *log out everywhere* could suspend.
    pub credentials: usize,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Device {
    pub id: String,
    pub name: String,
    pub state: State,
    pub this_device: bool,
    pub bound: Moment,
    pub used: Moment,
    /// A new one cannot move before.
    pub moves_from: Option<Moment>,
    pub sessions: Vec<Session>,
}

#[derive(Clone, Debug)]
pub enum State {
    /// It waits for an answer at `/devices/ID`.
    Pending,
    Trusted {
        until: Moment,
    },
    /// Confirmed for one session.
    Shared,
    Revoked,
}

#[derive(Clone, Debug)]
pub struct Session {
    pub id: String,
    pub interface: String,
    /// `view`, `trade until 10:15 UTC`.
    pub capability: String,
    pub signed_in: Moment,
    pub active: Moment,
    pub from: String,
    /// The authenticator.
    pub with: String,
    pub this_session: bool,
}

pub fn devices(frame: &Frame, view: &View) -> Markup {
    let trusted = view.devices.iter().filter(|device| matches!(device.state, State::Trusted { .. })).count();
    let body = html! {
        div.head { h1 { "Devices and sessions" } a.button href=(place::PAIR) { "Pair a phone" } }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        section id="devices" data-topic="session devices" aria-labelledby="devices-title" {
            h2 id="devices-title" { "Devices" small { (trusted) " of 5 trusted" } }
            div.grid { @for device in &view.devices { (card(device)) } }
        }
        section.plate aria-labelledby="all-title" {
            h2 id="all-title" { "Log out everywhere" }
            p { "All of your sessions end within a second, on every device, this one too. Programs go on, unless you choose otherwise." }
            form method="post" action=(place::END_ALL) {
                (part::tick("checkbox", "suspend", "yes", false, &format!("Suspend the API credentials too ({})", view.credentials),
                    "They stay suspended until you resume them. Their open orders stay; the kill switch cancels them."))
                button.halt type="submit" { "Log out everywhere" }
            }
        }
    };
    frame::page(frame, &body)
}

fn card(device: &Device) -> Markup {
    let state = match &device.state {
        State::Pending => part::badge(Tone::Wait, "pending"),
        State::Trusted { .. } => part::badge(Tone::Good, "trusted"),
        State::Shared => part::badge(Tone::Wait, "shared computer"),
        State::Revoked => part::badge(Tone::Off, "revoked"),
    };
    let named = html! { span.hear { ": " (device.name) } };
    html! {
        article.plate {
            div.row.between { h3 { (device.name) } (state) }
            @if device.this_device { p.small { strong { "You are using it now." } } }
            dl.facts {
                @if let State::Trusted { until } = &device.state { dt { "Trusted until" } dd { (part::time(until)) } }
                dt { "Bound" } dd { (part::time(&device.bound)) }
                dt { "Last used" } dd { (part::time(&device.used)) }
                @if let Some(from) = &device.moves_from { dt { "May move from" } dd { (part::time(from)) } }
            }
            @if !device.sessions.is_empty() { ul.lines { @for one in &device.sessions { li { (session(one, &device.name)) } } } }
            @match device.state {
                State::Pending => p { a.button.go href=(place::under(place::DEVICES, &device.id)) { "Answer" (named) } },
                State::Trusted { .. } | State::Shared => {
                    div.row {
                        (part::post(&place::act(place::DEVICES, &device.id, "revoke"), &[], "narrow", &html! { "Unbind" (named) }))
                        (part::post(&place::act(place::DEVICES, &device.id, "wipe"), &[], "narrow", &html! { "Unbind and wipe" (named) }))
                    }
                    p.hint { "Unbinding ends its sessions. Wiping also clears what it stores, at its next contact." }
                }
                State::Revoked => {}
            }
        }
    }
}

fn session(session: &Session, device: &str) -> Markup {
    let named = html! { span.hear { ": " (session.interface) " on " (device) } };
    html! {
        div.row.between {
            strong { (session.interface) " · " (session.capability) }
            @if session.this_session { (part::badge(Tone::Good, "this session")) }
        }
        (part::facts(&[
            ("Signed in", part::time(&session.signed_in)), ("Active", part::time(&session.active)),
            ("From", html! { (session.from) }), ("With", html! { (session.with) }),
        ]))
        div.row {
            (part::post(&place::act(place::SESSIONS, &session.id, "end"), &[], "narrow", &html! { "End it" (named) }))
            @if !session.this_session {
                (part::post(&place::act(place::SESSIONS, &session.id, "not-me"), &[], "halt", &html! { "This was not me" (named) }))
                p.hint { "Its device is revoked, your other sessions end, and every API credential is suspended until you resume it." }
            }
        }
    }
}
