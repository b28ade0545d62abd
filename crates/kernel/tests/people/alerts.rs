//! Alerts: what is unusual is told once, takes no more than its evidence allows, and a person says what it was.

use super::house::{DAY, HOUR, House, MINUTE, Person, network};
use crate::world::{LOCAL, buy};
use kernel::actor::Actor;
use kernel::alert::{Alert, Subject};
use kernel::attempt::Failed;
use kernel::command::Command;
use kernel::event::{Event, Recorded};
use kernel::evidence::Capability;
use kernel::id::{AlertId, CorrelationId};
use kernel::people::Command as Ask;
use kernel::session::Interface;
use kernel::user::Role;
use kernel::watch::{Signal, Step};

fn owned() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn tags(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::tag).collect()
}

/// What is new has no habits yet: a person is told, and goes on.
#[test]
fn in_the_first_week_nothing_is_taken_away() {
    let (mut house, _) = owned();
    for _ in 0..3 {
        house.world.now = house.world.now.plus_ms(DAY);
        assert_eq!(house.world.place(buy("1", "95")), "admitted");
    }
    house.world.now = house.world.now.plus_ms(DAY + 6 * HOUR);
    for n in 0..60 {
        house.world.now = house.world.now.plus_ms(3_000 + n);
        house.world.place(buy("200", "95"));
    }
    let events = house.ask(Actor::House, Command::Watch).unwrap();
    assert_eq!(tags(&events), ["alert.raised"]);
    assert_eq!(raised(&house).step, Step::Notify);
}

/// A program that buys a little every day, and then very much of something else.
fn struck() -> (House, Person) {
    let (mut house, person) = owned();
    for _ in 0..12 {
        house.world.now = house.world.now.plus_ms(DAY);
        for _ in 0..3 {
            house.world.now = house.world.now.plus_ms(10 * MINUTE);
            assert_eq!(house.world.place(buy("1", "95")), "admitted");
        }
    }
    assert_eq!(kernel::decide::due(&house.world.state, house.world.now), []);
    house.world.now = house.world.now.plus_ms(DAY + 6 * HOUR);
    for n in 0..60 {
        house.world.now = house.world.now.plus_ms(3_000 + n);
        house.world.place(buy("200", "95"));
    }
    (house, person)
}

fn raised(house: &House) -> Alert {
    house.world.state.customer.alerts.last().unwrap().clone()
}

#[test]
fn a_flow_far_from_the_usual_is_told_once_and_stopped_as_far_as_its_evidence_goes() {
    let (mut house, _) = struck();
    let events = house.ask(Actor::House, Command::Watch).unwrap();
    assert_eq!(tags(&events)[0], "alert.raised");
    let alert = raised(&house);
    assert_eq!(alert.subject, Subject::Credential(house.world.bot));
    let signals: Vec<Signal> = alert.signs.iter().map(|sign| sign.signal).collect();
    assert!(signals.contains(&Signal::OrderSize) && signals.contains(&Signal::OrderRate), "{signals:?}");
    assert_eq!(tags(&events).contains(&"kill_switch.engaged"), alert.step >= Step::ReduceOnly);
    assert!(!tags(&events).contains(&"credential.suspended"), "conduct alone never takes the credential");
    // Told: nothing is due until there is more.
    assert_eq!(house.ask(Actor::House, Command::Watch), Ok(Vec::new()));
    for actor in [Actor::Visitor, Actor::Credential(house.world.bot), LOCAL] {
        assert_eq!(house.ask(actor, Command::Watch), Err("not_yours"));
    }
}

#[test]
fn this_was_me_closes_it_and_takes_a_window_that_cannot_be_phished() {
    let (mut house, mut person) = struck();
    house.ask(Actor::House, Command::Watch).unwrap();
    let id = raised(&house).id;
    house.enters_by_passkey(&mut person);
    house.lower(&person);
    let mine = Command::AnswerAlert { id, mine: true, shown: Vec::new() };
    assert_eq!(house.ask(person.actor(), mine.clone()), Err("step_up_needed"));
    house.enters_by_passkey(&mut person);
    assert!(
        house
            .world
            .state
            .customer
            .people
            .signed_in(person.session, house.world.now)
            .unwrap()
            .capability(house.world.now)
            == Capability::Move
    );
    let events = house.ask(person.actor(), mine.clone()).unwrap();
    assert_eq!(tags(&events), ["alert.answered"]);
    assert_eq!(house.ask(person.actor(), mine), Err("alert_not_open"));
    // What was seen before is not held against it.
    assert_eq!(kernel::decide::due(&house.world.state, house.world.now), []);
    assert!(house.world.state.customer.incidents.is_empty());
}

/// As on a phone, where no window is ever open: by what is shown for this one answer, and by nothing less.
#[test]
fn on_a_phone_this_was_me_takes_a_passkey_that_is_shown_with_it() {
    let (mut house, mut person) = struck();
    house.ask(Actor::House, Command::Watch).unwrap();
    let id = raised(&house).id;
    let asked = house.sign_in(&person, house.shows(person.passkey), Interface::Mobile);
    house.enters(&mut person, asked).unwrap();
    let me = |shown| Command::AnswerAlert { id, mine: true, shown };
    assert_eq!(house.ask(person.actor(), me(Vec::new())), Err("step_up_needed"));
    assert_eq!(house.ask(person.actor(), me(house.types(&person))), Err("factor_missing"), "a password can be phished");
    let mut other = house.person(Role::Owner);
    assert_eq!(house.ask(person.actor(), me(house.shows(other.passkey))), Err("not_proven"), "another's passkey");
    let late = house.shows(person.passkey);
    house.world.later(HOUR);
    let asked = house.sign_in(&person, house.shows(person.passkey), Interface::Mobile);
    house.enters(&mut person, asked).unwrap();
    assert!(house.ask(person.actor(), me(late)).is_err(), "of an hour ago");
    let young = house.trusted_since(person.user, house.world.now.minus_ms(HOUR));
    let mut phone = Person { device: young, ..person };
    let asked = house.sign_in(&phone, house.shows(phone.passkey), Interface::Mobile);
    house.enters(&mut phone, asked).unwrap();
    assert_eq!(house.ask(phone.actor(), me(house.shows(phone.passkey))), Err("device_too_new"));
    house.enters_by_passkey(&mut other);
    for actor in [Actor::House, LOCAL, Actor::Visitor] {
        assert_eq!(house.ask(actor, me(house.shows(person.passkey))), Err("not_yours"));
    }
    let events = house.ask(person.actor(), me(house.shows(person.passkey))).unwrap();
    assert_eq!(tags(&events).last(), Some(&"alert.answered"), "{events:?}");
    assert!(house.world.state.customer.incidents.is_empty());
    assert_eq!(house.ask(person.actor(), me(house.shows(person.passkey))), Err("alert_not_open"), "once");
}

#[test]
fn this_was_not_me_contains_it_in_one_record() {
    let (mut house, mut person) = struck();
    house.ask(Actor::House, Command::Watch).unwrap();
    house.enters_by_passkey(&mut person);
    house.lower(&person);
    let id = raised(&house).id;
    let events = house.ask(person.actor(), Command::AnswerAlert { id, mine: false, shown: Vec::new() }).unwrap();
    let tags = tags(&events);
    assert!(tags.contains(&"incident.opened") && tags.contains(&"credential.suspended"), "{tags:?}");
    assert_eq!(tags.last(), Some(&"alert.answered"));
    assert!(events.iter().all(|event| event.aggregate() == events[0].aggregate()), "one stream, one record");
    assert_eq!(house.world.place(buy("1", "95")), "credential_suspended");
}

/// One's own coming in nobody else knows of; a program's doing is answered for by whoever may move.
#[test]
fn a_trader_says_this_was_me_of_themselves_and_owners_are_told() {
    let (mut house, owner) = owned();
    let mut ana = house.person(Role::Trader);
    house.enters_by_passkey(&mut ana);
    let mut other = house.person(Role::Trader);
    house.enters_by_passkey(&mut other);
    let now = house.world.now;
    let alert = |n, subject| Alert {
        id: AlertId::new(0, n),
        subject,
        step: Step::Notify,
        signs: Vec::new(),
        raised_at: now,
        answered: None,
    };
    let (own, of_bot) = (alert(1, Subject::User(ana.user)), alert(2, Subject::Credential(house.world.bot)));
    let raised = |one: &Alert| Recorded {
        at: now,
        actor: Actor::House,
        correlation: CorrelationId::new(0, 1),
        event: Event::Alert(kernel::alert::Event::Raised(one.clone())),
        v: 1,
    };
    for one in [&own, &of_bot] {
        let told = kernel::telling::of(&house.world.state, &raised(one)).unwrap();
        assert!(told.users.contains(&owner.user), "{one:?}");
        assert_eq!(told.users.contains(&other.user), one.id == of_bot.id);
        house.world.state.customer.alerts.push(one.clone());
    }
    let sees =
        |house: &House, by: &Person| kernel::decide::may_read(&house.world.state, &by.actor(), &raised(&own), now);
    assert!(sees(&house, &ana) && sees(&house, &owner) && !sees(&house, &other));
    let me = |id| Command::AnswerAlert { id, mine: true, shown: Vec::new() };
    assert_eq!(house.ask(other.actor(), me(own.id)), Err("role_missing"));
    assert_eq!(house.ask(ana.actor(), me(of_bot.id)), Err("role_missing"));
    let shown = house.shows(other.passkey);
    assert_eq!(house.ask(other.actor(), Command::AnswerAlert { id: own.id, mine: true, shown }), Err("role_missing"));
    assert!(house.ask(ana.actor(), me(own.id)).is_ok());
    assert!(house.ask(owner.actor(), me(of_bot.id)).is_ok());
}

/// Presence: failures, a new device, without the passkey. A proof is asked for, no more.
#[test]
fn a_sign_in_as_nobody_knows_it_lowers_sessions_and_stops_no_order() {
    let (mut house, mut person) = owned();
    for _ in 0..50 {
        house.world.now = house.world.now.plus_ms(DAY / 2);
        house.enters_by_passkey(&mut person);
    }
    assert_eq!(kernel::decide::due(&house.world.state, house.world.now), []);
    house.world.now = house.world.now.plus_ms(DAY / 2);
    let mut thief = person;
    thief.device = house.device(person.user, kernel::device::State::Pending, |_| {});
    // Two that failed before it; then it is the right password, on a device that nobody knows.
    for _ in 0..2 {
        let failed = Failed { user: person.user, network: Some(network(100)), known: false, second: true };
        house.act(Actor::House, Ask::NoteFailure(failed)).unwrap();
    }
    let asked = house.sign_in(&thief, house.types(&thief), kernel::session::Interface::Portal);
    assert_eq!(house.enters(&mut thief, asked), Ok(()));
    let events = house.ask(Actor::House, Command::Watch).unwrap();
    assert_eq!(tags(&events).first(), Some(&"alert.raised"), "{:?}", house.world.state.customer.watch);
    let alert = raised(&house);
    assert_eq!(alert.subject, Subject::User(person.user));
    assert_eq!(alert.step, Step::StepUp, "{alert:?}");
    assert!(tags(&events).contains(&"session.lowered"), "{:?}", tags(&events));
    assert!(!tags(&events).contains(&"kill_switch.engaged"));
    assert_eq!(house.world.place(buy("1", "95")), "admitted");
}

/// The memory of both streams, read again one after the other as a start does, is the same.
#[test]
fn what_is_usual_is_the_same_when_the_streams_are_read_again_one_by_one() {
    let (house, _) = struck();
    let mut again = kernel::state::State::default();
    for aggregate in [kernel::event::Aggregate::Customer, kernel::event::Aggregate::Book] {
        for one in house.world.log.iter().filter(|one| one.event.aggregate() == aggregate) {
            kernel::state::apply(&mut again, one);
        }
    }
    assert_eq!(again.customer.watch, house.world.state.customer.watch);
    assert_eq!(again.book.flows, house.world.state.book.flows);
}
