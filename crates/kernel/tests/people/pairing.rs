//! Pairing: one phone comes in by the link that its owner was shown; nobody by any other (NI-22).

use super::house::{DAY, House, MINUTE, Person, digest, passkey};
use kernel::actor::Actor;
use kernel::authenticator::{self, Kind};
use kernel::device::{self, How};
use kernel::event::Event;
use kernel::evidence::Capability;
use kernel::id::DeviceId;
use kernel::people::{Command as Ask, Event as People, NewAuthenticator, NewDevice, Pair, PairBy};
use kernel::session::Interface;
use kernel::user::Role;

fn entered(role: Role) -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(role);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn offers(house: &mut House, by: &Person, text: &str) -> Result<Vec<Event>, &'static str> {
    house.act(by.actor(), Ask::OfferPairing { sha256: digest(text), replaces: None })
}

fn made(name: &str) -> PairBy {
    PairBy::Made(NewAuthenticator { kind: passkey(name, true), sealed_sha256: None })
}

fn pairs(house: &mut House, text: &str, by: PairBy) -> Result<Vec<Event>, &'static str> {
    pairs_as(house, text, by, None)
}

/// In a browser that shows the secret of this device.
fn pairs_as(house: &mut House, text: &str, by: PairBy, was: Option<DeviceId>) -> Result<Vec<Event>, &'static str> {
    let known = was.map(|id| (id, house.world.state.customer.people.device(id).unwrap().sha256));
    let device = NewDevice { sha256: digest("phone"), label: "Phone".into() };
    house.act(Actor::Visitor, Ask::Pair(Pair { code: digest(text), by, known, device, session: digest("mobile") }))
}

/// Whoever has just come in by the link.
fn phone(house: &House, of: &Person) -> Person {
    let session = house.world.state.customer.people.sessions.last().unwrap();
    Person { session: session.id, device: session.device, ..*of }
}

fn tags(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::tag).collect()
}

#[test]
fn a_passkey_that_is_made_on_the_phone_is_bound_with_its_device_in_the_append_that_uses_the_link_ni_22() {
    let (mut house, maya) = entered(Role::Owner);
    offers(&mut house, &maya, "a").unwrap();
    let events = pairs(&mut house, "a", made("of the phone")).unwrap();
    let told = ["authenticator.bound", "device.bound", "device.confirmed", "pairing.used", "session.begun"];
    assert_eq!(tags(&events), told);
    let (phone, now) = (phone(&house, &maya), house.world.now);
    let people = &house.world.state.customer.people;
    let signed = people.signed_in(phone.session, now).unwrap();
    assert_eq!((signed.user.id, signed.session.interface), (maya.user, Interface::Mobile));
    assert_eq!(signed.capability(now), Capability::View, "each act there is signed by itself");
    assert_eq!(signed.device.may_move(now), Err(device::Refusal::TooNewToMove));
    assert_eq!(signed.device.may_move(now.plus_ms(DAY)), Ok(()));
    let on = How::Pairing { on: maya.device };
    assert!(
        events.iter().any(
            |one| matches!(one, Event::People(People::Device(device::Event::Confirmed { how, .. })) if *how == on)
        )
    );
    assert_eq!(people.pairings[0].device, Some(phone.device), "whoever shows the link sees who came");
    assert_eq!(pairs(&mut house, "a", made("of another")).unwrap_err(), "pairing_void", "once");
}

#[test]
fn a_passkey_that_is_there_already_is_shown_and_only_its_owners() {
    let (mut house, maya) = entered(Role::Owner);
    let other = house.person(Role::Owner);
    offers(&mut house, &maya, "a").unwrap();
    let shown = |house: &House, id| PairBy::Shown(house.assertion(id, digest("pair"), 0));
    let theirs = shown(&house, other.passkey);
    assert_eq!(pairs(&mut house, "a", theirs).unwrap_err(), "not_proven");
    let password = PairBy::Shown(house.proof(maya.password, kernel::evidence::Proof::Password));
    assert_eq!(pairs(&mut house, "a", password).unwrap_err(), "factor_missing");
    let not_a_passkey = PairBy::Made(NewAuthenticator { kind: Kind::Password, sealed_sha256: None });
    assert_eq!(pairs(&mut house, "a", not_a_passkey).unwrap_err(), "factor_missing");
    // What was refused has not used the link.
    let mine = shown(&house, maya.passkey);
    let events = pairs(&mut house, "a", mine).unwrap();
    assert!(!tags(&events).contains(&"authenticator.bound"));
    assert!(house.world.state.customer.people.device(phone(&house, &maya).device).unwrap().made.is_none());
}

#[test]
fn a_passkey_that_was_perhaps_copied_brings_in_no_phone_wa_09() {
    let (mut house, maya) = entered(Role::Owner);
    offers(&mut house, &maya, "a").unwrap();
    let count = |house: &House, n| PairBy::Shown(house.assertion(maya.second, digest("pair"), n));
    let first = house.assertion(maya.second, digest("sign in"), 9);
    house.act(maya.actor(), Ask::StepUp { evidence: vec![first], up_to: Capability::View }).unwrap();
    let back = count(&house, 3);
    assert_eq!(pairs(&mut house, "a", back).unwrap_err(), "factor_missing");
}

#[test]
fn a_link_is_void_after_ten_minutes_when_a_later_one_is_made_and_with_the_session_that_shows_it() {
    let void = |house: &mut House, text| assert_eq!(pairs(house, text, made("x")).unwrap_err(), "pairing_void");
    let (mut house, maya) = entered(Role::Owner);
    void(&mut house, "a");
    offers(&mut house, &maya, "a").unwrap();
    void(&mut house, "b");
    for (ms, stands) in [(10 * MINUTE - 1, true), (10 * MINUTE, false)] {
        let mut house = house.clone();
        house.world.later(ms);
        assert_eq!(pairs(&mut house, "a", made("x")).is_ok(), stands, "{ms}");
    }
    let mut later = house.clone();
    offers(&mut later, &maya, "b").unwrap();
    void(&mut later, "a");
    let (id, user, device) = (maya.session, maya.user, maya.device);
    for ask in [
        Ask::EndSession { id },
        Ask::LogOutEverywhere { user, suspend_credentials: false },
        Ask::RevokeDevice { id: device, not_me: false },
    ] {
        let mut house = house.clone();
        house.act(maya.actor(), ask).unwrap();
        house.world.later(1);
        void(&mut house, "a");
    }
}

#[test]
fn a_link_is_shown_in_the_move_window_of_a_device_of_ones_own_and_on_no_phone() {
    let (mut house, maya) = entered(Role::Viewer);
    offers(&mut house, &maya, "a").unwrap();
    pairs(&mut house, "a", made("x")).unwrap();
    let phone = phone(&house, &maya);
    house.world.later(2 * DAY);
    let mut again = phone;
    let asked = house.sign_in(&phone, house.shows(phone.passkey), Interface::Mobile);
    house.enters(&mut again, asked).unwrap();
    assert_eq!(offers(&mut house, &again, "b").unwrap_err(), "step_up_needed", "no window stays open there");
    house.lower(&maya);
    let mut at_a_desk = maya;
    house.enters_by_passkey(&mut at_a_desk);
    house.lower(&at_a_desk);
    assert_eq!(offers(&mut house, &at_a_desk, "b").unwrap_err(), "step_up_needed");
}

/// design/rules.md, Devices: the sixth takes the place of one that is named; here on the device that shows the link.
#[test]
fn where_five_are_trusted_the_link_says_whose_place_the_phone_takes() {
    let (mut house, maya) = entered(Role::Owner);
    let others: Vec<DeviceId> = (0..4).map(|_| house.trusted_since(maya.user, house.world.now)).collect();
    let offer = |replaces| Ask::OfferPairing { sha256: digest("a"), replaces };
    let stranger = house.person(Role::Owner).device;
    for replaces in [None, Some(stranger), Some(maya.device)] {
        assert_eq!(house.act(maya.actor(), offer(replaces)).unwrap_err(), "too_many_devices");
    }
    house.act(maya.actor(), offer(Some(others[1]))).unwrap();
    pairs(&mut house, "a", made("x")).unwrap();
    let trusted = |house: &House, id| house.world.state.customer.people.device(id).unwrap().trusted(house.world.now);
    assert_eq!(trusted(&house, others[1]), Err(device::Refusal::Revoked));
    assert_eq!(trusted(&house, phone(&house, &maya).device), Ok(()));
    // One more came in while the link was shown.
    let (mut house, maya) = entered(Role::Owner);
    for _ in 0..3 {
        house.trusted_since(maya.user, house.world.now);
    }
    offers(&mut house, &maya, "a").unwrap();
    house.trusted_since(maya.user, house.world.now);
    assert_eq!(pairs(&mut house, "a", made("x")).unwrap_err(), "too_many_devices");
}

/// "On another device" holds only while one browser is one device.
#[test]
fn the_browser_that_shows_the_link_does_not_take_it_itself() {
    let (mut house, maya) = entered(Role::Owner);
    offers(&mut house, &maya, "a").unwrap();
    assert_eq!(pairs_as(&mut house, "a", made("x"), Some(maya.device)).unwrap_err(), "pairing_same_device");
    assert_eq!(pairs_as(&mut house, "b", made("x"), Some(maya.device)).unwrap_err(), "pairing_void");
    assert!(pairs(&mut house, "a", made("x")).is_ok(), "what was refused has not used the link");
}

#[test]
fn what_the_phones_browser_was_before_goes_with_its_sessions_in_the_append_that_pairs_it() {
    let (mut house, maya) = entered(Role::Owner);
    let mut before = Person { device: house.trusted_since(maya.user, house.world.now.minus_ms(DAY)), ..maya };
    house.enters_by_passkey(&mut before);
    let waiting = house.device(maya.user, device::State::Pending, |_| {});
    let stranger = house.person(Role::Owner).device;
    for (was, goes) in [(before.device, true), (waiting, true), (stranger, false)] {
        let mut house = house.clone();
        offers(&mut house, &maya, "a").unwrap();
        let events = pairs_as(&mut house, "a", made("x"), Some(was)).unwrap();
        let revoked = Event::People(People::Device(device::Event::Revoked { id: was, not_me: false }));
        assert_eq!(events.contains(&revoked), goes);
        let people = &house.world.state.customer.people;
        assert_eq!(people.device(was).unwrap().state == device::State::Revoked, goes);
        assert_eq!(house.act(before.actor(), Ask::See).is_err(), was == before.device);
        let people = &house.world.state.customer.people;
        assert!(people.signed_in(phone(&house, &maya).session, house.world.now).is_ok());
        assert_eq!(people.pairings[0].device, Some(phone(&house, &maya).device), "the page says who came");
    }
    // An id without its secret is nobody's.
    offers(&mut house, &maya, "a").unwrap();
    let (known, device) =
        (Some((before.device, digest("guessed"))), NewDevice { sha256: digest("p"), label: "P".into() });
    let pair = Pair { code: digest("a"), by: made("x"), known, device, session: digest("mobile") };
    house.act(Actor::Visitor, Ask::Pair(pair)).unwrap();
    assert!(house.act(before.actor(), Ask::See).is_ok());
}

#[test]
fn the_device_that_goes_leaves_its_place_to_the_phone_and_no_other_has_to_go() {
    let (mut house, maya) = entered(Role::Owner);
    let others: Vec<DeviceId> = (0..3).map(|_| house.trusted_since(maya.user, house.world.now)).collect();
    offers(&mut house, &maya, "a").unwrap();
    house.trusted_since(maya.user, house.world.now);
    let mut waits = house.clone();
    let waiting = waits.device(maya.user, device::State::Pending, |_| {});
    assert_eq!(pairs_as(&mut waits, "a", made("x"), Some(waiting)).unwrap_err(), "too_many_devices");
    pairs_as(&mut house, "a", made("x"), Some(others[0])).unwrap();
    let now = house.world.now;
    assert_eq!(device::places(&house.world.state.customer.people.devices, maya.user, now).count(), 5);
}

#[test]
fn a_link_is_void_when_a_device_is_revoked_or_a_session_lowered_and_what_came_by_it_is_still_shown() {
    let (mut house, maya) = entered(Role::Owner);
    let (lost, other) = (house.trusted_since(maya.user, house.world.now), house.person(Role::Owner));
    let mut elsewhere = Person { device: house.trusted_since(maya.user, house.world.now.minus_ms(DAY)), ..maya };
    house.enters_by_passkey(&mut elsewhere);
    offers(&mut house, &maya, "a").unwrap();
    let lowered = |one: &Person| People::Session(kernel::session::Event::Lowered { id: one.session });
    let revoked = |id| People::Device(device::Event::Revoked { id, not_me: false });
    for (happens, stands) in
        [(lowered(&maya), false), (lowered(&elsewhere), false), (revoked(lost), false), (revoked(other.device), true)]
    {
        let mut house = house.clone();
        house.happened(happens.clone());
        assert_eq!(pairs(&mut house, "a", made("x")).is_ok(), stands, "{happens:?}");
    }
    pairs(&mut house, "a", made("x")).unwrap();
    let came = house.world.state.customer.people.pairings[0];
    house.happened(revoked(phone(&house, &maya).device));
    assert_eq!(house.world.state.customer.people.pairings, [came]);
}

/// Whoever came in a moment ago, with a stolen passkey, puts nobody out who was there before.
#[test]
fn a_phone_that_was_just_paired_unbinds_itself_and_what_came_later_and_for_a_day_no_other() {
    let (mut house, maya) = entered(Role::Owner);
    offers(&mut house, &maya, "a").unwrap();
    pairs(&mut house, "a", made("x")).unwrap();
    let phone = phone(&house, &maya);
    let mut other = house.person(Role::Trader);
    house.enters_by_passkey(&mut other);
    house.world.later(1);
    let (waiting, at) = (house.device(maya.user, device::State::Pending, |_| {}), house.world.now);
    let until = at.plus_ms(DAY);
    let later = house.device(maya.user, device::State::Validated { since: at, until }, |one| one.bound_at = at);
    for not_me in [false, true] {
        let ask = |id| Ask::RevokeDevice { id, not_me };
        for id in [maya.device, other.device] {
            assert_eq!(house.clone().act(phone.actor(), ask(id)).unwrap_err(), "device_too_new");
        }
        for id in [waiting, later, phone.device] {
            assert!(house.clone().act(phone.actor(), ask(id)).is_ok(), "{id} {not_me}");
        }
    }
    let user = maya.user;
    let out = Ask::LogOutEverywhere { user, suspend_credentials: false };
    assert!(house.clone().act(phone.actor(), out).is_ok(), "everybody out, oneself too: always");
    house.world.later(DAY);
    let mut again = phone;
    let asked = house.sign_in(&phone, house.shows(phone.passkey), Interface::Mobile);
    house.enters(&mut again, asked).unwrap();
    assert!(house.act(again.actor(), Ask::RevokeDevice { id: maya.device, not_me: false }).is_ok());
}

#[test]
fn a_phone_that_was_somebody_elses_takes_the_passkey_with_it_that_was_made_there() {
    for not_me in [false, true] {
        let (mut house, maya) = entered(Role::Owner);
        offers(&mut house, &maya, "a").unwrap();
        pairs(&mut house, "a", made("theirs")).unwrap();
        let phone = phone(&house, &maya);
        let id = house.world.state.customer.people.device(phone.device).unwrap().made.unwrap();
        house.act(maya.actor(), Ask::RevokeDevice { id: phone.device, not_me }).unwrap();
        assert_eq!(house.act(phone.actor(), Ask::See).unwrap_err(), "device_revoked");
        let gone = house.world.state.customer.people.authenticator(id).unwrap().state == authenticator::State::Removed;
        assert_eq!(gone, not_me);
    }
}

#[test]
fn nobody_signs_in_on_a_phone_that_was_not_paired() {
    let (mut house, maya) = entered(Role::Owner);
    let mut asked = house.sign_in(&maya, house.shows(maya.passkey), Interface::Mobile);
    asked.known = None;
    let before = house.world.state.customer.people.devices.len();
    assert_eq!(house.act(Actor::Visitor, Ask::SignIn(asked)).unwrap_err(), "device_not_paired");
    let mut shared = house.sign_in(&maya, house.shows(maya.passkey), Interface::Mobile);
    shared.shared = true;
    assert_eq!(house.act(Actor::Visitor, Ask::SignIn(shared)).unwrap_err(), "device_not_paired");
    assert_eq!(house.world.state.customer.people.devices.len(), before, "and nothing waits to be confirmed");
}
