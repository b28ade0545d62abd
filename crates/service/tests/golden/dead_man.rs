//! Dead man: the timer as it is stated, and a program that was silent for longer; and a limit of positions.

use super::things::{account, credential, quantity};
use kernel::account as accounts;
use kernel::actor::Actor;
use kernel::api_credential as credentials;
use kernel::dead_man::{Event as Own, Reached};
use kernel::event::Event;
use kernel::limits::Limits;

pub fn all() -> Vec<(Actor, Event)> {
    let limits = Limits { dead_man_seconds: Some(60), ..Limits::NONE };
    let stated = Event::Credential(credentials::Event::LimitsSet { id: credential(), limits });
    let reached = Reached { credential: credential(), client_id: 7, silent_ms: 60_412, seconds: 60, orders: 2 };
    let limits = Limits { position_quantity: Some(quantity("250")), ..Limits::NONE };
    let sized = Event::Account(accounts::Event::LimitsSet { id: account(), limits });
    vec![(Actor::House, stated), (Actor::House, Event::DeadMan(Own::Reached(reached))), (Actor::House, sized)]
}
