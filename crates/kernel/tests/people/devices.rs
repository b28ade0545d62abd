//! Devices: how a new one is confirmed, the sixth, somebody else's, and one that is lost.

use super::house::{DAY, House, MINUTE, Person, digest};
use kernel::actor::Actor;
use kernel::decide;
use kernel::device::{self, State};
use kernel::event::Event;
use kernel::evidence::{Capability, Proof};
use kernel::id::DeviceId;
use kernel::people::{Command as Ask, Confirm, Event as People};
use kernel::session::{self, Interface};
use kernel::user::Role;

/// One that is in on a trusted device, and the same user on a new one that waits.
fn two() -> (House, Person, Person) {
    let mut house = House::new();
    let mut old = house.person(Role::Owner);
    house.enters_by_passkey(&mut old);
    let mut new = old;
    let mut asked = house.sign_in(&old, house.shows(old.passkey), Interface::Portal);
    asked.known = None;
    house.enters(&mut new, asked).unwrap();
    assert_ne!(old.device, new.device);
    (house, old, new)
}

fn tap(house: &House, person: &Person, id: DeviceId) -> Confirm {
    let device = house.world.state.customer.people.device(id).unwrap();
    Confirm::Tap(house.signs(person.passkey, &decide::device_request(device), &device.sha256))
}

fn confirm(id: DeviceId, by: Confirm) -> Ask {
    Ask::ConfirmDevice { id, by, replaces: None }
}

fn code(text: &str) -> Confirm {
    Confirm::Code(digest(text))
}

fn offered(house: &mut House, by: &Person, text: &str) {
    house.act(by.actor(), Ask::OfferDeviceCode { sha256: digest(text) }).unwrap();
}

fn trusted(house: &House, id: DeviceId) -> bool {
    house.world.state.customer.people.device(id).unwrap().trusted(house.world.now).is_ok()
}

#[test]
fn a_browser_that_is_unknown_forgotten_or_another_users_waits_to_be_confirmed() {
    let (mut house, old, _) = two();
    let other = house.person(Role::Owner);
    let pending = house.device(old.user, State::Pending, |_| {});
    let known = |house: &House, id| house.world.state.customer.people.device(id).map(|one| (one.id, one.sha256)).ok();
    let cases = [
        (None, false),
        (known(&house, old.device), true),
        (Some((old.device, digest("another secret"))), false),
        (known(&house, other.device), false),
        (known(&house, pending), false),
    ];
    for (known, is_trusted) in cases {
        let mut house = house.clone();
        let mut person = old;
        let mut asked = house.sign_in(&old, house.shows(old.passkey), Interface::Portal);
        asked.known = known;
        house.enters(&mut person, asked).unwrap();
        assert_eq!(trusted(&house, person.device), is_trusted);
    }
}

#[test]
fn a_tap_on_a_trusted_device_confirms_and_one_on_the_new_device_does_not() {
    let (mut house, old, new) = two();
    let ask = confirm(new.device, tap(&house, &old, new.device));
    assert_eq!(house.act(new.actor(), ask.clone()).unwrap_err(), "device_pending");
    // Over another device, it confirms nothing.
    let other = house.device(old.user, State::Pending, |one| one.label = "Other".into());
    let wrong = confirm(new.device, tap(&house, &old, other));
    assert_eq!(house.act(old.actor(), wrong).unwrap_err(), "challenge_wrong");
    let stranger = house.person(Role::Owner);
    let theirs = confirm(new.device, tap(&house, &stranger, new.device));
    assert_eq!(house.act(old.actor(), theirs).unwrap_err(), "not_proven");
    house.act(old.actor(), ask.clone()).unwrap();
    assert!(trusted(&house, new.device));
    assert_eq!(house.act(old.actor(), ask).unwrap_err(), "device_not_found", "once");
}

#[test]
fn nobody_confirms_another_users_device() {
    let (mut house, _, new) = two();
    let mut other = house.person(Role::Owner);
    house.enters_by_passkey(&mut other);
    let ask = confirm(new.device, tap(&house, &other, new.device));
    assert_eq!(house.act(other.actor(), ask).unwrap_err(), "device_not_found");
}

/// NI-22
#[test]
fn a_code_is_shown_there_typed_here_once_and_within_ten_minutes() {
    let (mut house, old, new) = two();
    offered(&mut house, &old, "a");
    offered(&mut house, &old, "b");
    let ask = |text| confirm(new.device, code(text));
    assert_eq!(house.act(new.actor(), ask("a")).unwrap_err(), "device_code_void", "it was replaced");
    assert_eq!(house.act(old.actor(), ask("b")).unwrap_err(), "device_not_found", "typed on the device that showed it");
    let mut late = house.clone();
    late.world.later(10 * MINUTE);
    assert_eq!(late.act(new.actor(), ask("b")).unwrap_err(), "device_code_void");
    let mut other = house.person(Role::Owner);
    house.enters_by_passkey(&mut other);
    offered(&mut house, &other, "theirs");
    assert_eq!(house.act(new.actor(), ask("theirs")).unwrap_err(), "device_code_void");
    house.world.later(10 * MINUTE - 1);
    let waits = house.device(old.user, State::Pending, |_| {});
    house.act(new.actor(), ask("b")).unwrap();
    assert!(house.world.state.customer.people.codes.iter().all(|code| code.user != old.user), "once");
    assert!(trusted(&house, new.device) && !trusted(&house, waits));
}

#[test]
fn a_code_is_void_when_whoever_it_was_shown_to_is_put_out() {
    for lost in [true, false] {
        let (mut house, old, mut new) = two();
        offered(&mut house, &old, "a");
        let user = old.user;
        let ask = match lost {
            true => Ask::RevokeDevice { id: old.device, not_me: false },
            false => Ask::LogOutEverywhere { user, suspend_credentials: false },
        };
        house.act(old.actor(), ask).unwrap();
        house.world.later(1);
        let mut asked = house.sign_in(&new, house.shows(new.passkey), Interface::Portal);
        asked.known = None;
        house.enters(&mut new, asked).unwrap();
        assert_eq!(house.act(new.actor(), confirm(new.device, code("a"))).unwrap_err(), "device_code_void");
    }
}

#[test]
fn a_recovery_code_confirms_the_device_it_is_typed_on_once_and_it_moves_after_a_day() {
    let (mut house, old, new) = two();
    let shown = |house: &House, of: &Person, index| house.proof(of.codes, Proof::RecoveryCode { index });
    let other = house.person(Role::Owner);
    let theirs = Confirm::RecoveryCode(shown(&house, &other, 0));
    assert_eq!(house.act(new.actor(), confirm(new.device, theirs)).unwrap_err(), "not_proven");
    let password = Confirm::RecoveryCode(house.proof(new.password, Proof::Password));
    assert_eq!(house.act(new.actor(), confirm(new.device, password)).unwrap_err(), "factor_missing");
    let mine = Confirm::RecoveryCode(shown(&house, &new, 0));
    assert_eq!(house.act(old.actor(), confirm(new.device, mine.clone())).unwrap_err(), "device_not_found");
    house.act(new.actor(), confirm(new.device, mine.clone())).unwrap();
    let device = house.world.state.customer.people.device(new.device).unwrap();
    assert_eq!(device.may_move(house.world.now), Err(device::Refusal::TooNewToMove));
    assert_eq!(device.may_move(house.world.now.plus_ms(DAY)), Ok(()));
    let mut again = old;
    let mut asked = house.sign_in(&old, house.shows(old.passkey), Interface::Portal);
    asked.known = None;
    house.enters(&mut again, asked).unwrap();
    assert_eq!(house.act(again.actor(), confirm(again.device, mine)).unwrap_err(), "evidence_stale");
}

#[test]
fn the_sixth_device_takes_the_place_of_one_that_is_named() {
    let (mut house, old, new) = two();
    let more: Vec<DeviceId> = (0..3).map(|_| house.trusted_since(old.user, house.world.now)).collect();
    let fifth = house.clone();
    let ask =
        |house: &House, replaces| Ask::ConfirmDevice { id: new.device, by: tap(house, &old, new.device), replaces };
    let mut roomy = fifth.clone();
    let asked = ask(&roomy, Some(more[0]));
    roomy.act(old.actor(), asked).unwrap();
    assert!(trusted(&roomy, more[0]), "there was room: nobody had to go");
    house.trusted_since(old.user, house.world.now);
    let stranger = house.person(Role::Owner).device;
    for replaces in [None, Some(stranger), Some(new.device)] {
        let asked = ask(&house, replaces);
        assert_eq!(house.act(old.actor(), asked).unwrap_err(), "too_many_devices");
    }
    let asked = ask(&house, Some(more[0]));
    house.act(old.actor(), asked).unwrap();
    assert!(trusted(&house, new.device) && !trusted(&house, more[0]));
}

#[test]
fn somebody_elses_device_is_confirmed_for_one_session_and_never_trusted() {
    let (mut house, old, _) = two();
    let mut shared = old;
    let asked = |house: &House, of: &Person| {
        let mut asked = house.sign_in(of, house.shows(of.passkey), Interface::Portal);
        asked.shared = true;
        asked
    };
    let first = asked(&house, &old);
    house.enters(&mut shared, first).unwrap();
    assert_ne!(shared.device, old.device, "a trusted device that is said to be shared is not used as one");
    house.world.later(MINUTE);
    let by = tap(&house, &old, shared.device);
    let mut over = house.clone();
    house.act(old.actor(), confirm(shared.device, by.clone())).unwrap();
    let people = &house.world.state.customer.people;
    let signed = people.signed_in(shared.session, house.world.now).unwrap();
    assert_eq!(signed.capability(house.world.now), Capability::Trade);
    let ends = signed.session.expires_at();
    assert_eq!(ends, house.world.now.plus_ms(9 * MINUTE));
    assert_eq!(signed.device.trusted(ends.minus_ms(1)), Ok(()));
    assert_eq!(signed.device.trusted(ends), Err(device::Refusal::TrustExpired));
    // The next one at the same machine begins anew.
    let again = asked(&house, &shared);
    let before = shared.device;
    house.enters(&mut shared, again).unwrap();
    assert_ne!(shared.device, before);
    // Once its session is over there is nothing to confirm it for.
    over.act(shared_of(&old, &over), Ask::See).unwrap();
    let id = over.world.state.customer.people.sessions.last().unwrap().id;
    over.happened(People::Session(session::Event::Ended { id, why: session::Ending::LoggedOut }));
    assert_eq!(over.act(old.actor(), confirm(before, by)).unwrap_err(), "device_not_found");
}

fn shared_of(old: &Person, house: &House) -> Actor {
    let session = house.world.state.customer.people.sessions.last().unwrap().id;
    Actor::User { user: old.user, session }
}

#[test]
fn of_devices_that_wait_the_oldest_gives_way() {
    let (mut house, old, first) = two();
    let mut new = old;
    for n in 2..=device::MAX_PENDING + 1 {
        assert_eq!(house.act(first.actor(), Ask::See).is_ok(), n <= device::MAX_PENDING + 1, "{n}");
        let mut asked = house.sign_in(&old, house.shows(old.passkey), Interface::Portal);
        asked.known = None;
        house.enters(&mut new, asked).unwrap();
    }
    assert_eq!(house.act(first.actor(), Ask::See).unwrap_err(), "device_revoked");
    let waiting = house.world.state.customer.people.devices.iter().filter(|one| one.state == State::Pending);
    assert_eq!(waiting.count(), device::MAX_PENDING);
}

#[test]
fn a_lost_device_is_dead_and_every_other_session_shows_an_authenticator_again() {
    for not_me in [false, true] {
        let (mut house, old, new) = two();
        let ask = confirm(new.device, tap(&house, &old, new.device));
        house.act(old.actor(), ask).unwrap();
        let mut third = old;
        house.enters_by_passkey(&mut third);
        let other = {
            let mut other = house.person(Role::Owner);
            house.enters_by_passkey(&mut other);
            other
        };
        let events = house.act(old.actor(), Ask::RevokeDevice { id: new.device, not_me }).unwrap();
        assert_eq!(house.act(new.actor(), Ask::See).unwrap_err(), "device_revoked");
        let people = &house.world.state.customer.people;
        let capability =
            |one: &Person| people.signed_in(one.session, house.world.now).map(|it| it.capability(house.world.now)).ok();
        assert_eq!(capability(&old), Some(Capability::View), "one's own goes on, lowered");
        assert_eq!(capability(&third), if not_me { None } else { Some(Capability::View) });
        assert_eq!(capability(&other), Some(Capability::Move), "another user's is not touched");
        assert_eq!(events.iter().any(|event| event.tag() == "credential.suspended"), not_me);
        assert_eq!(house.act(old.actor(), Ask::RevokeDevice { id: new.device, not_me }).unwrap_err(), "device_revoked");
    }
}

#[test]
fn a_viewer_stops_no_programs_by_saying_that_it_was_somebody_else() {
    let mut house = House::new();
    let mut viewer = house.person(Role::Viewer);
    house.enters_by_passkey(&mut viewer);
    let id = house.trusted_since(viewer.user, house.world.now);
    let events = house.act(viewer.actor(), Ask::RevokeDevice { id, not_me: true }).unwrap();
    assert!(matches!(events.as_slice(), [Event::People(_), Event::People(_)]), "{events:?}");
}
