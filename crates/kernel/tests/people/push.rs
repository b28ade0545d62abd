//! Push: turned on at the device itself by its own user's signature, off at once, and never more than is told.

use super::house::{DAY, HOUR, House, MINUTE, Person, digest};
use crate::world::LOCAL;
use kernel::actor::Actor;
use kernel::change::{self, Change};
use kernel::command::Command;
use kernel::decide::may_sign;
use kernel::device::State;
use kernel::event::{Event, Recorded, VERSION};
use kernel::id::{ApprovalId, AuthenticatorId, CorrelationId, DeviceId};
use kernel::notice::Kind;
use kernel::people::{Command as Ask, Event as People};
use kernel::push::{self, Push, Why};
use kernel::telling;
use kernel::user::Role;

fn entered(role: Role) -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(role);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn ask(device: DeviceId) -> Command {
    Command::AskChange(Change::Push { device, sha256: digest("where to"), host: "push.example".into() })
}

fn asks(house: &mut House, person: &Person) -> ApprovalId {
    house.ask(person.actor(), ask(person.device)).unwrap();
    *house.world.state.customer.changes.last_key_value().unwrap().0
}

fn signed(house: &House, id: ApprovalId, by: AuthenticatorId) -> Command {
    let asked = &house.world.state.customer.changes[&id];
    Command::SignChange { id, signature: house.signs(by, &asked.change.digest(), &asked.nonce) }
}

#[test]
fn a_viewer_drops_their_own_question_and_nobody_elses_and_theirs_keep_nobody_from_asking() {
    let (mut house, viewer) = entered(Role::Viewer);
    let id = asks(&mut house, &viewer);
    let mut other = house.person(Role::Viewer);
    house.enters_by_passkey(&mut other);
    let no = |id| Command::Answer { id, verdict: kernel::approval::Verdict::Refuse };
    assert_eq!(house.ask(other.actor(), no(id)).unwrap_err(), "role_missing");
    assert!(house.ask(viewer.actor(), no(id)).is_ok());
    for _ in 0..change::MAX_PENDING {
        let mut one = house.person(Role::Viewer);
        house.enters_by_passkey(&mut one);
        house.world.later(1);
        asks(&mut house, &one);
    }
    let mut owner = house.person(Role::Owner);
    house.enters_by_passkey(&mut owner);
    let invite = Change::Invite { role: Role::Viewer, label: "ana".into() };
    assert!(house.ask(owner.actor(), Command::AskChange(invite)).is_ok());
}

fn told(house: &House) -> Vec<DeviceId> {
    house.world.state.customer.people.pushes.iter().map(|one| one.device).collect()
}

#[test]
fn it_is_off_until_it_is_signed_at_the_device_whatever_the_role() {
    for role in Role::ALL {
        let (mut house, person) = entered(role);
        let id = asks(&mut house, &person);
        assert_eq!(told(&house), [], "asked for is not on");
        assert_eq!(may_sign(&house.world.state, &person.actor(), id, house.world.now), Ok(()));
        let sign = signed(&house, id, person.passkey);
        let tags: Vec<&str> = house.ask(person.actor(), sign.clone()).unwrap().iter().map(Event::tag).collect();
        assert_eq!(&tags[tags.len() - 2..], ["change.signed", "push.on"], "{role:?}");
        assert_eq!(told(&house), [person.device]);
        assert_eq!(house.ask(person.actor(), sign).unwrap_err(), "change_not_pending", "twice");
    }
}

/// A phone that was paired just now: what a push says is less than what its session shows.
#[test]
fn a_device_that_was_confirmed_a_moment_ago_may_turn_it_on() {
    let (mut house, mut person) = entered(Role::Viewer);
    let (since, until) = (house.world.now, house.world.now.plus_ms(DAY));
    person.device = house.device(person.user, State::Validated { since, until }, |_| {});
    house.enters_by_passkey(&mut person);
    let id = asks(&mut house, &person);
    let sign = signed(&house, id, person.passkey);
    assert!(house.ask(person.actor(), sign).is_ok());
}

#[test]
fn nobody_turns_it_on_from_another_device_or_for_another() {
    let (mut house, person) = entered(Role::Owner);
    let mut other = house.person(Role::Owner);
    house.enters_by_passkey(&mut other);
    let mut phone = Person { device: house.trusted_since(person.user, house.world.now.minus_ms(DAY)), ..person };
    house.enters_by_passkey(&mut phone);
    for actor in [other.actor(), phone.actor()] {
        assert_eq!(house.ask(actor, ask(person.device)).unwrap_err(), "push_other_device");
    }
    let id = asks(&mut house, &person);
    for (signer, with) in [(phone, person.passkey), (other, other.passkey)] {
        let sign = signed(&house, id, with);
        assert_eq!(house.ask(signer.actor(), sign).unwrap_err(), "push_other_device");
        let may = may_sign(&house.world.state, &signer.actor(), id, house.world.now);
        assert_eq!(may.unwrap_err().code(), "push_other_device");
    }
    let theirs = signed(&house, id, other.passkey);
    assert_eq!(house.ask(person.actor(), theirs).unwrap_err(), "not_proven", "another's passkey");
    assert_eq!(told(&house), []);
    for actor in [LOCAL, Actor::House, Actor::Visitor] {
        assert_eq!(house.ask(actor, ask(person.device)).unwrap_err(), "not_yours");
    }
}

#[test]
fn what_was_asked_is_what_is_signed_and_in_time() {
    let (mut house, person) = entered(Role::Trader);
    let id = asks(&mut house, &person);
    let nonce = house.world.state.customer.changes[&id].nonce;
    let elsewhere = Change::Push { device: person.device, sha256: digest("a thief's"), host: "push.example".into() };
    let signature = house.signs(person.passkey, &elsewhere.digest(), &nonce);
    assert_eq!(house.ask(person.actor(), Command::SignChange { id, signature }).unwrap_err(), "challenge_wrong");
    let late = signed(&house, id, person.passkey);
    house.world.later(change::LIFETIME_MS);
    assert_eq!(house.ask(person.actor(), late).unwrap_err(), "change_not_pending");
    let (first, second) = (asks(&mut house, &person), asks(&mut house, &person));
    assert!(!house.world.state.customer.changes.contains_key(&first), "the second question voids the first");
    let sign = signed(&house, second, person.passkey);
    house.ask(person.actor(), sign).unwrap();
    assert_eq!(told(&house), [person.device]);
}

/// Whoever signs has read to whom the phone's browser is told.
#[test]
fn a_push_service_that_has_no_name_is_not_asked_about() {
    let (mut house, person) = entered(Role::Owner);
    for host in ["", "push.example\nnever mind", "Push.example"] {
        let change = Change::Push { device: person.device, sha256: digest("where to"), host: host.into() };
        assert_eq!(house.ask(person.actor(), Command::AskChange(change)).unwrap_err(), "push_malformed", "{host:?}");
    }
}

#[test]
fn it_ends_at_once_by_its_user_on_any_device_by_the_push_service_and_with_the_device() {
    let (mut house, person) = entered(Role::Viewer);
    let device = person.device;
    let off = Ask::TurnPushOff { device, only: None };
    assert_eq!(house.act(person.actor(), off.clone()), Err("push_not_on"));
    house.pushes(&person);
    let mut other = house.person(Role::Owner);
    house.enters_by_passkey(&mut other);
    assert_eq!(house.act(other.actor(), off.clone()), Err("push_not_on"), "another's is nobody's business");
    let mut phone = Person { device: house.trusted_since(person.user, house.world.now.minus_ms(DAY)), ..person };
    house.enters_by_passkey(&mut phone);
    let by = |why| Ok(vec![Event::People(People::Push(push::Event::Off { user: person.user, device, why }))]);
    assert_eq!(house.act(phone.actor(), off.clone()), by(Why::Asked));
    assert_eq!(told(&house), []);
    house.pushes(&person);
    assert_eq!(house.act(Actor::House, off.clone()), by(Why::Gone));
    house.pushes(&person);
    house.pushes(&phone);
    house.act(phone.actor(), Ask::RevokeDevice { id: device, not_me: false }).unwrap();
    assert_eq!(told(&house), [phone.device]);
}

/// Whoever wants to be unseen begins with the phone that would ring.
#[test]
fn on_another_device_it_is_turned_off_in_the_move_window_only_and_by_the_house_only_what_did_not_answer() {
    let (mut house, person) = entered(Role::Owner);
    let device = person.device;
    house.pushes(&person);
    let mut young = Person { device: house.trusted_since(person.user, house.world.now.minus_ms(HOUR)), ..person };
    house.enters_by_passkey(&mut young);
    let off = |only| Ask::TurnPushOff { device, only };
    assert_eq!(house.act(young.actor(), off(None)), Err("device_too_new"));
    let mut other = Person { device: house.trusted_since(person.user, house.world.now.minus_ms(DAY)), ..person };
    house.enters_by_passkey(&mut other);
    house.lower(&other);
    assert_eq!(house.act(other.actor(), off(None)), Err("step_up_needed"));
    assert_eq!(house.act(Actor::House, off(Some(digest("the one before")))), Err("push_not_on"));
    assert_eq!(told(&house), [device]);
    assert!(house.clone().act(Actor::House, off(Some(digest("where to")))).is_ok());
    house.lower(&person);
    assert!(house.act(person.actor(), off(None)).is_ok(), "on itself at once");
}

/// The last word to a phone that was silenced or unbound from elsewhere; it knows of what it does itself.
#[test]
fn a_device_that_another_one_silences_or_unbinds_is_told_so_itself() {
    let (mut house, person) = entered(Role::Owner);
    house.pushes(&person);
    let mut other = Person { device: house.trusted_since(person.user, house.world.now.minus_ms(DAY)), ..person };
    house.enters_by_passkey(&mut other);
    let tell = |by: Actor, event: People| {
        let (at, correlation) = (house.world.now, CorrelationId::new(1, 1));
        let recorded = Recorded { at, actor: by, correlation, event: Event::People(event), v: VERSION };
        telling::of(&house.world.state, &recorded).unwrap().silenced
    };
    let (user, device) = (person.user, person.device);
    let off = |why| People::Push(push::Event::Off { user, device, why });
    let gone = People::Device(kernel::device::Event::Revoked { id: device, not_me: false });
    let was = house.world.state.customer.people.pushes[0];
    for (by, event, expected) in [
        (other.actor(), off(Why::Asked), Some(was)),
        (person.actor(), off(Why::Asked), None),
        (Actor::House, off(Why::Gone), None),
        (other.actor(), gone.clone(), Some(was)),
        (LOCAL, gone.clone(), Some(was)),
        (person.actor(), gone, None),
    ] {
        assert_eq!(tell(by, event), expected, "{by:?}");
    }
}

/// What is asked for can be signed on that one device only: telling others of it would be noise.
#[test]
fn it_is_told_when_it_is_on_and_when_it_is_off_to_its_user() {
    let (mut house, person) = entered(Role::Trader);
    let mut tell = |event: Event| {
        let (at, correlation) = (house.world.now, CorrelationId::new(1, 1));
        let recorded = Recorded { at, actor: person.actor(), correlation, event: event.clone(), v: VERSION };
        let notice = telling::of(&house.world.state, &recorded);
        house.record(event);
        notice.map(|one| (one.kind, one.users))
    };
    let change = Change::Push { device: person.device, sha256: digest("where to"), host: "push.example".into() };
    let (user, session, device) = (person.user, person.session, Some(person.device));
    let (asked_at, expires_at) = (kernel::time::Timestamp(0), kernel::time::Timestamp(MINUTE));
    let asked = change::Asked { change, nonce: digest("n"), user, session, device, asked_at, expires_at, missed: 0 };
    assert_eq!(tell(Event::Change(change::Event::Asked { id: ApprovalId::new(1, 1), asked })), None);
    let push = Push { user, device: person.device, sha256: digest("where to"), since: asked_at };
    let on = Event::People(People::Push(push::Event::On(push)));
    assert_eq!(tell(on), Some((Kind::NoticesChanged, vec![user])));
    let off = push::Event::Off { user, device: person.device, why: Why::Gone };
    assert_eq!(tell(Event::People(People::Push(off))), Some((Kind::NoticesChanged, vec![user])));
}
