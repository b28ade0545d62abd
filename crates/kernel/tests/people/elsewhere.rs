//! Elsewhere: what a listener and the venue see of a credential: its secret in other hands, another program, rejections.

use super::house::{DAY, House, MINUTE, digest};
use crate::world::buy;
use kernel::actor::Actor;
use kernel::alert::{Alert, Subject};
use kernel::api_credential::State;
use kernel::command::Command;
use kernel::connection::{self, Opened};
use kernel::event::{Aggregate, Event};
use kernel::id::CredentialId;
use kernel::reason::{Category, Reason};
use kernel::user::Role;
use kernel::watch::{Signal, Step};
use kernel::working::Ended;

const OWN: u32 = 1_000;
const OTHER: u32 = 1_001;

fn opened(credential: CredentialId, client: &str) -> Command {
    Command::Connection(connection::Command::Open(Opened { credential, client: client.into(), peer_uid: OWN }))
}

/// A program that connects each morning and trades a little, with a secret.
fn running() -> House {
    let mut house = House::new();
    let mut owner = house.person(Role::Owner);
    house.enters_by_passkey(&mut owner);
    let bot = house.world.bot;
    house.record(Event::Credential(kernel::api_credential::Event::Rotated {
        id: bot,
        sha256: digest("secret"),
        old_until: house.world.now,
    }));
    for _ in 0..20 {
        house.world.now = house.world.now.plus_ms(DAY);
        house.ask(Actor::Credential(bot), opened(bot, "v100..178")).unwrap();
        assert_eq!(house.world.place(buy("1", "95")), "admitted");
        let order = house.world.last();
        house.world.ended(order, Ended::Cancelled);
    }
    assert_eq!(kernel::decide::due(&house.world.state, house.world.now), []);
    house
}

fn shows(house: &mut House, peer_uid: u32, secret: &str) -> Option<bool> {
    let bot = house.world.bot;
    let secret = Some(digest(secret));
    let _refused = house.ask(Actor::Credential(bot), Command::UseCredential { id: bot, peer_uid, secret });
    house.world.log.last().and_then(|last| match &last.event {
        Event::Connection(connection::Event::Refused { secret_elsewhere, .. }) => Some(*secret_elsewhere),
        _ => None,
    })
}

fn told(house: &mut House) -> Option<Alert> {
    let events = house.ask(Actor::House, Command::Watch).unwrap();
    events.iter().find_map(|event| match event {
        Event::Alert(kernel::alert::Event::Raised(alert)) => Some(alert.clone()),
        _ => None,
    })
}

#[test]
fn the_right_secret_in_another_users_program_takes_the_credential() {
    let mut house = running();
    assert_eq!(shows(&mut house, OTHER, "secret"), Some(true));
    let alert = told(&mut house).unwrap();
    assert_eq!(alert.subject, Subject::Credential(house.world.bot));
    assert_eq!((alert.step, alert.signs[0].signal), (Step::Kill, Signal::SecretElsewhere));
    let credential = house.world.state.customer.credential(house.world.bot).unwrap();
    assert_eq!(credential.state, State::Suspended);
    assert_eq!(house.world.place(buy("1", "95")), "credential_suspended");
    // A flood of it is told once; after an answer it is told anew.
    assert_eq!(shows(&mut house, OTHER, "secret"), Some(false));
    let said = kernel::alert::Answered { at: house.world.now, mine: true };
    house.world.state.customer.alerts.iter_mut().for_each(|one| one.answered = Some(said));
    house.world.now = house.world.now.plus_ms(1_000);
    assert_eq!(shows(&mut house, OTHER, "secret"), Some(true));
}

#[test]
fn whoever_has_no_secret_takes_nothing_by_knocking() {
    let mut house = running();
    for n in 0..200 {
        house.world.now = house.world.now.plus_ms(1_000);
        assert_eq!(shows(&mut house, OTHER, &format!("guess {n}")), Some(false));
    }
    assert_eq!(told(&mut house), None);
    // A stale secret of the owner's own program.
    assert_eq!(shows(&mut house, OWN, "old"), Some(false));
    assert_eq!(house.world.place(buy("1", "95")), "admitted");
}

#[test]
fn a_credential_without_a_secret_has_none_to_lose() {
    let mut house = House::new();
    assert_eq!(shows(&mut house, OTHER, "anything"), Some(false));
}

#[test]
fn another_program_is_a_sign_and_one_record_a_day() {
    let mut house = running();
    let bot = house.world.bot;
    let written =
        |house: &mut House, client: &str| house.ask(Actor::Credential(bot), opened(bot, client)).unwrap().len();
    assert_eq!(written(&mut house, "v100..178"), 0, "it was here today");
    assert_eq!(written(&mut house, "v157..163"), 1);
    assert!(house.world.state.book.flows[&bot].heat.of(Signal::CredentialClient) > 0);
    assert_eq!(told(&mut house), None, "another program alone is told to nobody");
    let many: usize = (0..500).map(|n| written(&mut house, &format!("v{n}..999"))).sum();
    assert!(many <= 16, "{many}");
    let long = "v".repeat(10_000);
    house.world.now = house.world.now.plus_ms(DAY);
    assert_eq!(written(&mut house, &long), 1);
    let Event::Connection(connection::Event::Opened(kept)) = &house.world.log.last().unwrap().event else { panic!() };
    assert_eq!(kept.client.len(), 64);
}

#[test]
fn a_burst_of_rejections_by_the_venue_counts_as_one_of_refusals() {
    let mut house = running();
    house.world.now = house.world.now.plus_ms(DAY);
    for _ in 0..12 {
        house.world.now = house.world.now.plus_ms(MINUTE);
        let order = house.world.rest(buy("1", "95"));
        house.world.ended(order, Ended::Rejected);
    }
    let heat = &house.world.state.book.flows[&house.world.bot].heat;
    assert!(heat.of(Signal::Refusals) > 0 && heat.of(Signal::SameRefused) > 0);
    let mut cancelled = running();
    cancelled.world.now = cancelled.world.now.plus_ms(DAY);
    for _ in 0..12 {
        cancelled.world.now = cancelled.world.now.plus_ms(MINUTE);
        let order = cancelled.world.rest(buy("1", "95"));
        cancelled.world.ended(order, Ended::Cancelled);
    }
    assert_eq!(cancelled.world.state.book.flows[&cancelled.world.bot].heat.of(Signal::Refusals), 0);
}

#[test]
fn three_different_orders_refused_are_not_the_same_one_again() {
    let heat = |prices: [&str; 3]| {
        let mut house = running();
        house.world.now = house.world.now.plus_ms(DAY);
        for price in prices {
            house.world.now = house.world.now.plus_ms(MINUTE);
            assert_ne!(house.world.place(buy("1000000", price)), "admitted");
        }
        house.world.state.book.flows[&house.world.bot].heat.of(Signal::SameRefused)
    };
    assert_eq!(heat(["95", "96", "97"]), 0);
    assert!(heat(["95", "95", "95"]) > 0);
}

#[test]
fn what_was_heard_is_the_same_when_the_streams_are_read_again_one_by_one() {
    let mut house = running();
    shows(&mut house, OTHER, "secret");
    house.world.now = house.world.now.plus_ms(MINUTE);
    let order = house.world.rest(buy("1", "95"));
    house.world.ended(order, Ended::Rejected);
    let why = Reason { category: Category::Identity, code: "peer_gone".into(), facts: Vec::new() };
    let bot = house.world.bot;
    house.ask(Actor::House, Command::Connection(connection::Command::TurnAway { credential: bot, why })).unwrap();
    let mut again = kernel::state::State::default();
    for aggregate in [Aggregate::Customer, Aggregate::Book] {
        for one in house.world.log.iter().filter(|one| one.event.aggregate() == aggregate) {
            kernel::state::apply(&mut again, one);
        }
    }
    assert_eq!(again.customer.watch, house.world.state.customer.watch);
    assert_eq!(again.book.flows, house.world.state.book.flows);
}
