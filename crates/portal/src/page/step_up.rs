//! Step-up: the passkey again, to open the trade window or the move window of this session.

use super::frame::{self, Frame};
use super::mark::{self, Height};
use super::part::{self, Ask, Refusal, Use};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    /// One ceremony serves whichever window is chosen.
    pub passkey: Option<Ask>,
    pub trade_minutes: u32,
    pub move_minutes: u32,
    /// The path to go on to; carried through the form.
    pub next: String,
    pub wants_move: bool,
    /// Why the move window stays shut: a new device, a synced passkey where more is asked.
    pub move_locked: Option<String>,
    /// Without a passkey the trade window opens with password and one-time code. POST `password`, `code`, `next`.
    pub password: bool,
    pub refusal: Option<Refusal>,
}

pub fn step_up(frame: &Frame, view: &View) -> Markup {
    let trade = format!("Orders and cancels, for {} minutes.", view.trade_minutes);
    let moving = match &view.move_locked {
        Some(why) => format!("Locked: {why}"),
        None => {
            format!("Security settings, limits, permissions and approvals of them, for {} minutes.", view.move_minutes)
        }
    };
    let moves = view.wants_move && view.move_locked.is_none();
    let choice = html! {
        input type="hidden" name="next" value=(view.next);
        fieldset {
            legend { "What for" }
            (part::tick("radio", "want", "trade", !moves, "Trade", &trade))
            @if view.move_locked.is_some() { div.tick { (mark::gate(Height::Down, 20)) span { b { "Move" } span.hint { (moving) } } } }
            @else { (part::tick("radio", "want", "move", moves, "Move", &moving)) }
        }
    };
    let body = html! {
        h1 { "Step up" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        p.prose { "A session looks only, until you show again that it is you. The window closes by itself; looking goes on." }
        div.grid {
            @if let Some(ask) = &view.passkey { div.plate {
                (part::passkey(Use::Get, place::STEP_UP, ask, "widen wide tall", "Open the window with a passkey", &choice))
            } }
            @if view.password { div.plate {
                h2 { "With password and code" }
                p.hint { "For the trade window only." }
                form method="post" action=(place::STEP_UP) {
                    input type="hidden" name="next" value=(view.next);
                    input type="hidden" name="want" value="trade";
                    (part::field(&part::Field { label: "Password", name: "password", kind: "password", autocomplete: "current-password", ..Default::default() }))
                    (part::field(&part::Field { label: "One-time code", name: "code", autocomplete: "one-time-code", inputmode: "numeric", short: true, ..Default::default() }))
                    button.widen.wide type="submit" { "Open the trade window" }
                }
            } }
        }
        @if view.passkey.is_none() && !view.password {
            (part::empty("No authenticator can open a window.", "Add a passkey first.", Some((place::AUTHENTICATORS, "Authenticators"))))
        }
    };
    frame::page(frame, &body)
}
