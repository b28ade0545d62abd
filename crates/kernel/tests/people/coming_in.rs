//! Coming in: the link, the proofs of a sign-in, what steps up, and what gives way.

use super::house::{House, MINUTE, Person, digest, passkey};
use crate::world::{LOCAL, World};
use kernel::actor::Actor;
use kernel::authenticator::{self, Kind};
use kernel::command::Command;
use kernel::device::{self, State};
use kernel::event::Event;
use kernel::evidence::{Capability, Evidence, Proof};
use kernel::id::{AuthenticatorId, UserId};
use kernel::people::{Command as Ask, Enrol, Event as People, NewAuthenticator, NewDevice, SignIn};
use kernel::session::{self, Interface};
use kernel::user::Role;

fn enrol(link: &str, kind: Kind) -> Ask {
    let passkey = NewAuthenticator { kind, sealed_sha256: None };
    let device = NewDevice { sha256: digest("first"), label: "x".repeat(5_000) };
    let (name_sha256, name_key, session) = (digest("n"), digest("k"), digest("s"));
    Ask::Enrol(Enrol { user: UserId::new(1, 9), link: digest(link), name_sha256, name_key, passkey, device, session })
}

fn offer(link: &str) -> Ask {
    Ask::OfferEnrolment { sha256: digest(link) }
}

fn owned() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

#[test]
fn the_link_enrols_one_owner_once_and_in_time() {
    let mut house = House::new();
    let code = |house: &mut House, ask| house.act(Actor::Visitor, ask).map(|_| ());
    assert_eq!(code(&mut house, enrol("a", passkey("p", true))), Err("enrolment_link_void"));
    house.act(LOCAL, offer("a")).unwrap();
    house.act(LOCAL, offer("b")).unwrap();
    assert_eq!(code(&mut house, enrol("a", passkey("p", true))), Err("enrolment_link_void"), "it was replaced");
    assert_eq!(code(&mut house, enrol("b", Kind::Password)), Err("factor_missing"), "a password is no passkey");
    let mut late = house.clone();
    late.world.later(30 * MINUTE);
    assert_eq!(code(&mut late, enrol("b", passkey("p", true))), Err("enrolment_link_void"));
    house.world.later(30 * MINUTE - 1);
    assert_eq!(code(&mut house, enrol("b", passkey("p", true))), Ok(()));
    let people = &house.world.state.customer.people;
    let signed = people.signed_in(people.sessions[0].id, house.world.now).unwrap();
    assert_eq!(signed.capability(house.world.now), Capability::Move);
    assert!(signed.device.first && signed.device.label.len() == device::MAX_LABEL);
    assert_eq!(code(&mut house, enrol("b", passkey("q", true))), Err("owner_enrolled"));
    assert_eq!(house.act(LOCAL, offer("c")).unwrap_err(), "owner_must_sign");
}

/// What a sign-in of these proofs comes to: the windows it opens, or why not.
fn signs_in(shown: impl FnOnce(&House, &Person, &Person) -> Vec<Evidence>) -> &'static str {
    let mut house = House::new();
    let (mut person, other) = (house.person(Role::Owner), house.person(Role::Owner));
    let asked = house.sign_in(&person, shown(&house, &person, &other), Interface::Portal);
    match house.enters(&mut person, asked) {
        Ok(()) => {
            let people = &house.world.state.customer.people;
            people.living(person.session, house.world.now).unwrap().capability(house.world.now).as_str()
        }
        Err(code) => code,
    }
}

#[test]
fn a_sign_in_takes_two_factors_of_the_user_and_nothing_that_was_used() {
    assert_eq!(signs_in(|_, _, _| Vec::new()), "factor_missing");
    assert_eq!(signs_in(|house, me, _| house.shows(me.passkey)), "move");
    assert_eq!(signs_in(|house, me, _| house.types(me)), "trade");
    assert_eq!(signs_in(|house, me, _| house.types(me)[..1].to_vec()), "factor_missing");
    assert_eq!(signs_in(|house, me, _| house.types(me)[1..].to_vec()), "factor_missing");
    assert_eq!(signs_in(|house, _, other| house.shows(other.passkey)), "not_proven");
    assert_eq!(signs_in(|house, me, other| vec![house.types(me)[0], house.types(other)[1]]), "not_proven");
    assert_eq!(signs_in(|house, me, _| [house.types(me), house.types(me)].concat()), "not_proven", "too many");
    let twice = |house: &House, me: &Person, _: &Person| [house.types(me), house.types(me)[1..].to_vec()].concat();
    assert_eq!(signs_in(twice), "evidence_stale", "one step, told twice");
    let code = |house: &House, me: &Person, _: &Person| {
        vec![house.types(me)[0], house.proof(me.codes, Proof::RecoveryCode { index: 0 })]
    };
    assert_eq!(signs_in(code), "factor_missing", "a recovery code recovers, and signs in nobody");
    let unknown = |house: &House, _: &Person, _: &Person| house.shows(AuthenticatorId::new(0, 9));
    assert_eq!(signs_in(unknown), "authenticator_not_found");
}

/// NI-13: only on a device that was confirmed, to look and no further; and it steps up nothing.
#[test]
fn by_sms_one_comes_in_on_a_confirmed_device_to_look_and_opens_nothing() {
    let enters = |edit: fn(&mut House, &mut Person, &mut SignIn)| {
        let mut house = House::new();
        let mut person = house.person(Role::Owner);
        let shown = house.types_sms(&person);
        let mut asked = house.sign_in(&person, shown, Interface::Portal);
        edit(&mut house, &mut person, &mut asked);
        let came = house.enters(&mut person, asked);
        came.map(|()| (house, person))
    };
    let (mut house, person) = enters(|_, _, _| {}).unwrap();
    let people = &house.world.state.customer.people;
    let signed = people.signed_in(person.session, house.world.now).unwrap();
    assert_eq!(signed.capability(house.world.now), Capability::View);
    for up_to in Capability::ALL {
        let evidence = house.types_sms(&person);
        let ask = Ask::StepUp { evidence, up_to };
        assert_eq!(house.act(person.actor(), ask).unwrap_err(), "sms_restricted", "{up_to:?}");
    }
    let code = |edit| enters(edit).err();
    assert_eq!(code(|_, _, asked| asked.known = None), Some("sms_restricted"), "a browser that is not known");
    assert_eq!(code(|_, _, asked| asked.shared = true), Some("sms_restricted"), "a shared computer");
    let wrong = |_: &mut House, _: &mut Person, asked: &mut SignIn| {
        asked.known = asked.known.map(|(id, _)| (id, digest("another secret")));
    };
    assert_eq!(code(wrong), Some("sms_restricted"));
    let pending = |house: &mut House, person: &mut Person, asked: &mut SignIn| {
        let id = house.device(person.user, State::Pending, |_| {});
        asked.known = house.world.state.customer.people.device(id).ok().map(|one| (one.id, one.sha256));
    };
    assert_eq!(code(pending), Some("sms_restricted"), "it would confirm a device");
    let late = |house: &mut House, _: &mut Person, asked: &mut SignIn| {
        house.world.later(31 * 24 * 60 * MINUTE);
        asked.evidence.iter_mut().for_each(|one| one.at = house.world.now);
    };
    assert_eq!(code(late), Some("sms_restricted"), "its trust has run out");
    let alone = |_: &mut House, _: &mut Person, asked: &mut SignIn| asked.evidence.truncate(1);
    assert_eq!(code(alone), Some("factor_missing"), "the password alone");
    // Beside anything stronger it weakens: what came by SMS is never the better part of a proof.
    let both = |house: &mut House, person: &mut Person, asked: &mut SignIn| {
        asked.evidence = [house.shows(person.passkey), asked.evidence.split_off(1)].concat();
    };
    let (house, person) = enters(both).unwrap();
    let people = &house.world.state.customer.people;
    let capability = people.signed_in(person.session, house.world.now).unwrap().capability(house.world.now);
    assert_eq!(capability, Capability::View);
}

#[test]
fn a_step_that_signed_in_steps_up_nothing() {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    let typed = house.types(&person);
    let asked = house.sign_in(&person, typed.clone(), Interface::Portal);
    house.enters(&mut person, asked.clone()).unwrap();
    assert_eq!(
        house.act(person.actor(), Ask::StepUp { evidence: typed, up_to: Capability::Move }).unwrap_err(),
        "evidence_stale"
    );
    assert_eq!(house.act(Actor::Visitor, Ask::SignIn(asked)).unwrap_err(), "evidence_stale");
}

#[test]
fn a_step_up_opens_no_further_than_is_wanted() {
    for up_to in Capability::ALL {
        let (mut house, person) = owned();
        house.lower(&person);
        let evidence = house.shows(person.passkey);
        house.act(person.actor(), Ask::StepUp { evidence, up_to }).unwrap();
        let signed = house.world.state.customer.people.signed_in(person.session, house.world.now).unwrap();
        assert_eq!(signed.capability(house.world.now), up_to);
    }
}

#[test]
fn a_step_up_takes_ones_own_proofs_and_opens_what_they_are_worth() {
    let (mut house, person) = owned();
    house.lower(&person);
    let other = house.person(Role::Owner);
    let capability = |house: &House| {
        let signed = house.world.state.customer.people.signed_in(person.session, house.world.now).unwrap();
        signed.capability(house.world.now)
    };
    let evidence = house.shows(other.passkey);
    assert_eq!(house.act(person.actor(), Ask::StepUp { evidence, up_to: Capability::Move }).unwrap_err(), "not_proven");
    assert_eq!(capability(&house), Capability::View);
    let evidence = house.types(&person);
    house.act(person.actor(), Ask::StepUp { evidence, up_to: Capability::Move }).unwrap();
    assert_eq!(capability(&house), Capability::Trade);
    let evidence = house.shows(person.passkey);
    house.act(person.actor(), Ask::StepUp { evidence, up_to: Capability::Move }).unwrap();
    assert_eq!(capability(&house), Capability::Move);
    for (ms, expected) in [(5 * MINUTE - 1, Capability::Move), (1, Capability::Trade)] {
        house.world.later(ms);
        assert_eq!(capability(&house), expected);
    }
}

/// WA-09: it signs in, so that the alert is written, and opens nothing; what it was refused for is written too.
#[test]
fn a_key_that_was_perhaps_copied_opens_no_window_and_is_written_down() {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    let count = |house: &House, count| vec![house.assertion(person.second, digest("c"), count)];
    let (five, four) = (count(&house, 5), count(&house, 4));
    let asked = house.sign_in(&person, five, Interface::Portal);
    house.enters(&mut person, asked).unwrap();
    let asked = house.sign_in(&person, four.clone(), Interface::Portal);
    house.enters(&mut person, asked).unwrap();
    let alerts = |house: &House| {
        house.world.log.iter().filter(|one| one.event.tag() == "authenticator.counter_fell_back").count()
    };
    let people = &house.world.state.customer.people;
    assert_eq!(people.living(person.session, house.world.now).unwrap().capability(house.world.now), Capability::View);
    assert_eq!(alerts(&house), 1);
    assert_eq!(
        house.act(person.actor(), Ask::StepUp { evidence: four.clone(), up_to: Capability::Move }).unwrap_err(),
        "evidence_stale"
    );
    assert_eq!(alerts(&house), 2);
    // Beside a proof that is good it opens nothing either.
    let both = [four, house.types(&person)].concat();
    assert_eq!(
        house.act(person.actor(), Ask::StepUp { evidence: both, up_to: Capability::Move }).unwrap_err(),
        "evidence_stale"
    );
    // Somebody else's counter is nobody's business.
    let other = house.person(Role::Owner);
    let theirs = vec![house.assertion(person.second, digest("c"), 4)];
    let actor = Actor::User { user: other.user, session: person.session };
    assert_eq!(house.act(actor, Ask::StepUp { evidence: theirs, up_to: Capability::Move }).unwrap_err(), "not_yours");
    assert_eq!(alerts(&house), 3);
}

#[test]
fn being_in_use_is_written_once_a_minute_and_keeps_a_session_from_idling() {
    let (mut house, person) = owned();
    for (ms, written) in [(MINUTE - 1, 0), (1, 1), (0, 0), (14 * MINUTE, 1), (15 * MINUTE - 1, 1)] {
        house.world.later(ms);
        assert_eq!(house.act(person.actor(), Ask::See).unwrap().len(), written, "{ms}");
    }
    house.world.later(15 * MINUTE);
    assert_eq!(house.act(person.actor(), Ask::See).unwrap_err(), "session_idle");
}

#[test]
fn of_twenty_sessions_the_oldest_gives_way() {
    let (mut house, mut person) = owned();
    let first = person.session;
    for n in 1..=session::MAX_PER_USER {
        assert_eq!(house.world.state.customer.people.sessions.len(), n.min(session::MAX_PER_USER));
        house.enters_by_passkey(&mut person);
    }
    let people = &house.world.state.customer.people;
    assert_eq!(people.sessions.len(), session::MAX_PER_USER);
    assert!(people.living(first, house.world.now).is_err());
}

#[test]
fn a_removed_or_disabled_authenticator_signs_in_no_more_and_the_last_passkey_stays() {
    let (mut house, person) = owned();
    let remove = |id| Ask::RemoveAuthenticator { id };
    house.act(person.actor(), remove(person.second)).unwrap();
    assert_eq!(house.act(person.actor(), remove(person.second)).unwrap_err(), "authenticator_not_found");
    assert_eq!(house.act(person.actor(), remove(person.passkey)).unwrap_err(), "last_authenticator");
    let other = house.person(Role::Owner);
    assert_eq!(house.act(person.actor(), remove(other.totp)).unwrap_err(), "authenticator_not_found");
    house.act(Actor::House, Ask::DisableAuthenticator { id: person.password }).unwrap();
    assert_eq!(house.act(Actor::House, Ask::DisableAuthenticator { id: person.second }).unwrap(), []);
    for (shown, code) in
        [(house.shows(person.second), "authenticator_not_found"), (house.types(&person), "authenticator_disabled")]
    {
        let asked = house.sign_in(&person, shown, Interface::Portal);
        assert_eq!(house.act(Actor::Visitor, Ask::SignIn(asked)).unwrap_err(), code);
    }
    let again = NewAuthenticator {
        kind: house.world.state.customer.people.authenticator(person.second).unwrap().kind.clone(),
        sealed_sha256: None,
    };
    assert_eq!(house.act(person.actor(), Ask::BindAuthenticator(again)).unwrap_err(), "passkey_taken");
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one_and_a_user_has_twenty_authenticators() {
    let (mut house, person) = owned();
    let new = |kind| Ask::BindAuthenticator(NewAuthenticator { kind, sealed_sha256: Some(digest("p")) });
    house.act(person.actor(), new(Kind::Password)).unwrap();
    let typed = house.types(&person);
    let asked = house.sign_in(&person, typed, Interface::Portal);
    assert_eq!(house.act(Actor::Visitor, Ask::SignIn(asked)).unwrap_err(), "authenticator_not_found");
    let active = house.world.state.customer.people.active(person.user).count();
    for n in active..authenticator::MAX_PER_USER {
        house.act(person.actor(), new(passkey(&format!("n{n}"), true))).unwrap();
    }
    assert_eq!(house.act(person.actor(), new(passkey("one more", true))).unwrap_err(), "too_many_authenticators");
}

#[test]
fn whoever_is_logged_out_everywhere_is_out_and_their_programs_only_if_asked() {
    for suspend_credentials in [false, true] {
        let (mut house, person) = owned();
        let mut second = person;
        house.enters_by_passkey(&mut second);
        let user = person.user;
        let events = house.act(person.actor(), Ask::LogOutEverywhere { user, suspend_credentials }).unwrap();
        let suspended = events.iter().filter(|event| event.tag() == "credential.suspended").count();
        assert_eq!(suspended, if suspend_credentials { 2 } else { 0 });
        for one in [person, second] {
            assert_eq!(house.act(one.actor(), Ask::See).unwrap_err(), "session_logged_out");
        }
        house.world.later(1);
        house.enters_by_passkey(&mut second);
        assert!(house.act(second.actor(), Ask::See).is_ok());
    }
}

#[test]
fn others_are_put_out_by_themselves_and_by_an_owner() {
    for (role, code) in [(Role::Owner, None), (Role::Trader, Some("role_missing"))] {
        let mut house = House::new();
        let (mut person, mut other) = (house.person(role), house.person(Role::Trader));
        house.enters_by_passkey(&mut person);
        house.enters_by_passkey(&mut other);
        let (user, id) = (other.user, other.session);
        let asks = [
            Ask::EndSession { id },
            Ask::RevokeDevice { id: other.device, not_me: false },
            Ask::LogOutEverywhere { user, suspend_credentials: false },
        ];
        for ask in asks {
            let found = house.clone().act(person.actor(), ask).map(|_| ()).err();
            assert_eq!(found, code);
        }
    }
}

#[test]
fn a_pending_device_puts_out_nobody_but_itself() {
    let (mut house, mut person) = owned();
    let trusted = person.session;
    person.device = house.device(person.user, State::Pending, |_| {});
    house.enters_by_passkey(&mut person);
    assert_eq!(house.act(person.actor(), Ask::EndSession { id: trusted }).unwrap_err(), "device_pending");
    let events = house.act(person.actor(), Ask::EndSession { id: person.session }).unwrap();
    let why = session::Ending::LoggedOut;
    assert_eq!(events, [Event::People(People::Session(session::Event::Ended { id: person.session, why }))]);
}

#[test]
fn the_local_socket_looks_out_for_people_only_by_putting_them_out() {
    let (mut house, person) = owned();
    let user = person.user;
    let asks = [
        Ask::EndSession { id: person.session },
        Ask::RevokeDevice { id: person.device, not_me: true },
        Ask::LogOutEverywhere { user, suspend_credentials: true },
    ];
    for ask in asks {
        let mut house = house.clone();
        house.act(LOCAL, ask).unwrap();
        assert!(house.act(person.actor(), Ask::See).is_err());
    }
    let mut plain = World::new();
    assert!(plain.act(LOCAL, Command::Rearm { credential: plain.bot }).is_ok());
    let rearm = Command::Rearm { credential: house.world.bot };
    assert_eq!(house.ask(LOCAL, rearm).unwrap_err(), "owner_must_sign");
}
