//! Day loss: the figure as it is stated, and what was stopped over it, for an account and for a credential.

use super::things::{account, amount, credential, now};
use kernel::account as accounts;
use kernel::actor::Actor;
use kernel::day_loss::{Accepted, Event as Own, Reached};
use kernel::event::Event;
use kernel::kill_switch::Level;
use kernel::limits::Limits;

pub fn all() -> Vec<(Actor, Event)> {
    let limits = Limits { day_loss: Some(amount("500")), ..Limits::NONE };
    let stated = Event::Account(accounts::Event::LimitsSet { id: account(), limits });
    let reached = |level| {
        let reached = Reached { level, account: account(), loss: amount("512.5"), limit: amount("500"), at: now() };
        (Actor::House, Event::DayLoss(Own::Reached(reached)))
    };
    let accepted = Accepted { level: Level::Account(account()), account: account(), loss: amount("530") };
    vec![
        (Actor::House, stated),
        reached(Level::Account(account())),
        reached(Level::Credential(credential())),
        (Actor::House, Event::DayLoss(Own::Accepted(accepted))),
    ]
}
