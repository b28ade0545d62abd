//! An expiry is told once at each stage, and says how many orders go on.

use crate::world::{LOCAL, World, amount, buy};
use kernel::api_credential::Event as Credential;
use kernel::command::Command;
use kernel::event::Event;
use kernel::expiry::{BEFORE_MS, Stage, Told};
use kernel::refusal::Refusal;

#[test]
fn what_was_held_or_is_being_cancelled_does_not_go_on() {
    let mut world = World::new();
    world.limit(|limits| limits.approve_above = Some(amount("500")));
    for quantity in ["1", "2", "3"] {
        let id = world.rest(buy(quantity, "100"));
        if quantity == "3" {
            world.must(Command::CancelOrder { id });
        }
    }
    world.hold(buy("6", "100"));
    let bot = world.bot;
    let expires_at = world.state.customer.credential(bot).unwrap().expires_at.unwrap();
    let mut told = |now| {
        world.now = now;
        world.must_house(Command::TellExpiries)
    };
    let told_of = |stage| [Event::Credential(Credential::Expiry(Told { id: bot, stage, expires_at, open: 2 }))];
    assert_eq!(told(expires_at.minus_ms(BEFORE_MS + 1)), []);
    assert_eq!(told(expires_at.minus_ms(BEFORE_MS)), told_of(Stage::Soon));
    assert_eq!(told(expires_at.minus_ms(1)), []);
    assert_eq!(told(expires_at), told_of(Stage::Over));
    assert_eq!(told(expires_at.plus_ms(1)), []);
}

#[test]
fn nobody_but_the_house_tells_it() {
    let mut world = World::new();
    assert_eq!(world.act(LOCAL, Command::TellExpiries), Err(Refusal::NotYours));
}
