//! Networks: where people come from and which sign-ins fail is heard by the detector, and written down within bounds.

use super::house::{DAY, House, MINUTE, Person, digest, network};
use crate::world::LOCAL;
use kernel::actor::Actor;
use kernel::alert::Alert;
use kernel::attempt::Failed;
use kernel::command::Command;
use kernel::event::Event;
use kernel::network::{Country, Network, Tag};
use kernel::people::{Command as Ask, Event as People};
use kernel::session::{self, Interface};
use kernel::user::Role;
use kernel::watch::{Signal, Step};

const HOME: u64 = 1;

fn tags(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::tag).collect()
}

fn enters_from(house: &mut House, person: &mut Person, from: Network) {
    let mut asked = house.sign_in(person, house.shows(person.passkey), Interface::Portal);
    asked.network = Some(from);
    house.enters(person, asked).unwrap();
}

/// Two months of mornings and evenings at home.
fn settled() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    for _ in 0..60 {
        house.world.now = house.world.now.plus_ms(DAY / 2);
        enters_from(&mut house, &mut person, network(HOME));
    }
    assert_eq!(kernel::decide::due(&house.world.state, house.world.now), []);
    house.world.now = house.world.now.plus_ms(DAY / 2);
    (house, person)
}

fn told(house: &mut House) -> Option<Alert> {
    let events = house.ask(Actor::House, Command::Watch).unwrap();
    events.iter().find_map(|event| match event {
        Event::Alert(kernel::alert::Event::Raised(alert)) => Some(alert.clone()),
        _ => None,
    })
}

fn signals(alert: &Alert) -> Vec<Signal> {
    alert.signs.iter().map(|sign| sign.signal).collect()
}

fn uses(house: &mut House, person: &Person, from: u64) -> Vec<Event> {
    house.act(person.actor(), Ask::NoteNetwork { network: network(from) }).unwrap()
}

#[test]
fn a_sign_in_from_a_country_and_on_a_device_nobody_knows_is_told_with_both() {
    let (mut house, mut person) = settled();
    let mut thief = person;
    thief.device = house.device(person.user, kernel::device::State::Pending, |_| {});
    let mut asked = house.sign_in(&thief, house.types(&thief), Interface::Portal);
    asked.network = Some(Network { tag: Tag::new(9), country: Country::parse("NZ") });
    house.enters(&mut thief, asked).unwrap();
    let alert = told(&mut house).unwrap();
    for signal in [Signal::NewCountry, Signal::NewDevice, Signal::WeakerAuthenticator] {
        assert!(signals(&alert).contains(&signal), "{alert:?}");
    }
    assert!(alert.step >= Step::Notify && alert.step <= Step::StepUp, "{alert:?}");
    // The owner, at home, is asked for a proof at most, and nothing else is stopped.
    enters_from(&mut house, &mut person, network(HOME));
    assert!(house.world.state.customer.kills.is_empty());
}

#[test]
fn a_journey_by_itself_is_not_told() {
    let (mut house, mut person) = settled();
    enters_from(&mut house, &mut person, Network { tag: Tag::new(9), country: Country::parse("NZ") });
    assert_eq!(told(&mut house), None);
}

#[test]
fn a_session_used_in_two_networks_in_turn_is_told_and_asks_for_a_proof() {
    let (mut house, mut person) = settled();
    enters_from(&mut house, &mut person, network(HOME));
    assert_eq!(uses(&mut house, &person, HOME), [], "where it began is no change");
    let mut written = 0;
    for n in 0..200 {
        house.world.now = house.world.now.plus_ms(2_000);
        written += uses(&mut house, &person, if n % 2 == 0 { 9 } else { HOME }).len();
    }
    assert!((8..=8 + 7).contains(&written), "{written} records of 200 uses in 400 seconds");
    let alert = told(&mut house).unwrap();
    assert!(signals(&alert).contains(&Signal::TwoNetworks), "{alert:?}");
    assert_eq!(alert.step, Step::StepUp);
}

#[test]
fn a_session_that_changes_network_now_and_then_is_not_told() {
    let (mut house, mut person) = settled();
    for day in 0..20 {
        house.world.now = house.world.now.plus_ms(DAY);
        enters_from(&mut house, &mut person, network(HOME));
        house.world.now = house.world.now.plus_ms(5 * MINUTE);
        uses(&mut house, &person, 10 + day % 3);
        assert_eq!(told(&mut house), None);
    }
}

#[test]
fn a_network_keeps_no_session_alive_and_is_noted_by_the_session_itself() {
    let (mut house, mut person) = settled();
    enters_from(&mut house, &mut person, network(HOME));
    let note = Ask::NoteNetwork { network: network(9) };
    for actor in [Actor::House, Actor::Visitor, LOCAL, Actor::Credential(house.world.bot)] {
        assert!(house.act(actor, note.clone()).is_err(), "{actor:?}");
    }
    house.world.now = house.world.now.plus_ms(14 * MINUTE);
    uses(&mut house, &person, 9);
    house.world.now = house.world.now.plus_ms(MINUTE);
    assert_eq!(house.act(person.actor(), note), Err("session_idle"));
}

fn fails(house: &mut House, person: &Person, from: u64, known: bool, second: bool) -> Vec<Event> {
    let failed = Failed { user: person.user, network: Some(network(from)), known, second };
    house.act(Actor::House, Ask::NoteFailure(failed)).unwrap()
}

#[test]
fn sign_ins_that_fail_far_away_are_told_and_a_flood_of_them_is_written_down_for_as_long_as_it_counts() {
    let (mut house, person) = settled();
    let mut written = 0;
    for n in 0..1_000 {
        house.world.now = house.world.now.plus_ms(1_000);
        written += fails(&mut house, &person, 100 + n, false, n % 2 == 0).len();
    }
    assert!((2..=4).contains(&written), "{written}");
    let alert = told(&mut house).unwrap();
    assert_eq!(signals(&alert), [Signal::FailedSignIns]);
    assert_eq!(alert.step, Step::StepUp, "presence asks for a proof, and no more");
    house.world.now = house.world.now.plus_ms(2 * DAY);
    assert_eq!(fails(&mut house, &person, 7, false, false).len(), 1, "what has faded is heard again");
}

#[test]
fn ones_own_slips_are_not_told() {
    let (mut house, person) = settled();
    for _ in 0..8 {
        house.world.now = house.world.now.plus_ms(MINUTE);
        assert_eq!(tags(&fails(&mut house, &person, HOME, true, false)), ["attempt.failed"]);
    }
    assert_eq!(told(&mut house), None);
}

#[test]
fn only_the_house_says_what_failed_and_of_somebody_there_is() {
    let (mut house, person) = settled();
    let failed = Failed { user: person.user, network: None, known: false, second: true };
    for actor in [Actor::Visitor, person.actor(), LOCAL, Actor::Credential(house.world.bot)] {
        assert!(house.act(actor, Ask::NoteFailure(failed)).is_err(), "{actor:?}");
    }
    let nobody = Failed { user: kernel::id::UserId::new(1, 99), ..failed };
    assert_eq!(house.act(Actor::House, Ask::NoteFailure(nobody)), Err("not_proven"));
    assert!(!house.world.state.customer.watch.contains_key(&nobody.user));
}

/// A phone that was paired, and journals that were written before networks were: the first use tells where it is.
#[test]
fn a_session_that_began_nowhere_known_is_where_it_is_first_used() {
    let (mut house, mut person) = settled();
    let asked = house.sign_in(&person, house.shows(person.passkey), Interface::Portal);
    assert_eq!(asked.session, digest("session"));
    house.enters(&mut person, asked).unwrap();
    uses(&mut house, &person, 9);
    let heat = |house: &House, signal| house.world.state.customer.watch[&person.user].heat.of(signal);
    assert!(heat(&house, Signal::NewNetwork) > 0);
    assert_eq!(heat(&house, Signal::SessionMoved), 0, "it was nowhere else before");
}

/// Its use is written down without a network; that it goes on is heard all the same.
#[test]
fn a_session_that_is_used_for_hours_on_end_is_heard() {
    let (mut house, mut person) = settled();
    enters_from(&mut house, &mut person, network(HOME));
    let id = person.session;
    let long = |house: &House| house.world.state.customer.watch[&person.user].heat.of(Signal::LongSession);
    assert_eq!(long(&house), 0);
    for _ in 0..100 {
        house.world.now = house.world.now.plus_ms(5 * MINUTE);
        house.happened(People::Session(session::Event::Seen { id, at: house.world.now }));
    }
    assert!(long(&house) > 0);
    assert_eq!(signals_of(&house, &person), [Signal::LongSession]);
}

fn signals_of(house: &House, person: &Person) -> Vec<Signal> {
    let heat = &house.world.state.customer.watch[&person.user].heat;
    Signal::ALL.into_iter().filter(|signal| heat.of(*signal) > 0).collect()
}
