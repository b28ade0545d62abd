//! Signing: a held order and a release are done by a signature over exactly them, once, and not by just anyone.

use super::house::{DAY, HOUR, House, MINUTE, Person, digest, passkey};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::authenticator;
use kernel::change::{self, Change};
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::event::Event;
use kernel::evidence::Proof;
use kernel::id::{ApprovalId, AuthenticatorId};
use kernel::kill_switch::{Level, Resting};
use kernel::people::{Command as Ask, NewAuthenticator};
use kernel::signature::Signature;
use kernel::user::Role;

fn owned() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn over(house: &House, id: ApprovalId, by: AuthenticatorId) -> Signature {
    let approval = &house.world.state.book.pending[&id];
    house.signs(by, &approval.request, &approval.nonce)
}

/// CB-09, WS-01: the signature is over the order's digest, the words, and the nonce of this very question.
#[test]
fn a_held_order_is_granted_by_a_signature_over_every_part_of_it() {
    let (mut house, person) = owned();
    let (id, other) = (house.held(), house.person(Role::Owner));
    let approval = house.world.state.book.pending[&id].clone();
    let good = over(&house, id, person.passkey);
    let mut words = good.clone();
    words.shown.display.push('0');
    let request = house.signs(person.passkey, &digest("another order"), &approval.nonce);
    let nonce = house.signs(person.passkey, &approval.request, &digest("another nonce"));
    let theirs = over(&house, id, other.passkey);
    let mut typed = good.clone();
    typed.evidence = house.proof(person.password, Proof::Password);
    let mut unverified = good.clone();
    if let Proof::Assertion { user_verified, .. } = &mut unverified.evidence.proof {
        *user_verified = false;
    }
    let mut revised = good.clone();
    revised.evidence.revision = 2;
    let cases = [
        (words, "challenge_wrong"),
        (request, "challenge_wrong"),
        (nonce, "challenge_wrong"),
        (theirs, "not_proven"),
        (typed, "factor_missing"),
        (unverified, "user_not_verified"),
        (revised, "evidence_stale"),
    ];
    for (signature, code) in cases {
        assert_eq!(house.ask(person.actor(), Command::Grant { id, signature }).unwrap_err(), code);
    }
    assert_eq!(
        house.ask(other.actor(), Command::Grant { id, signature: good.clone() }).unwrap_err(),
        "session_unknown"
    );
    let events = house.ask(person.actor(), Command::Grant { id, signature: good.clone() }).unwrap();
    let tags: Vec<&str> = events.iter().map(Event::tag).collect();
    assert_eq!(tags, ["authenticator.used", "approval.signed", "approval.settled", "order.admitted"]);
    assert_eq!(house.ask(person.actor(), Command::Grant { id, signature: good }).unwrap_err(), "approval_not_pending");
}

/// WA-09: what a copy of the key has signed is noticed at the next signature, whatever either was for.
#[test]
fn a_key_whose_counter_does_not_grow_grants_nothing_and_is_written_down() {
    let (mut house, person) = owned();
    for (count, code) in [(7, None), (7, Some("evidence_stale")), (6, Some("evidence_stale")), (8, None)] {
        let id = house.held();
        let mut signature = over(&house, id, person.second);
        let Proof::Assertion { sign_count, .. } = &mut signature.evidence.proof else { unreachable!() };
        *sign_count = count;
        house.world.quote_age = Some(0);
        assert_eq!(house.ask(person.actor(), Command::Grant { id, signature }).err(), code, "{count}");
        let told = house.world.log.last().unwrap().event.tag() == "authenticator.counter_fell_back";
        assert_eq!(told, code.is_some(), "{count}");
        drop(house.ask(person.actor(), Command::Answer { id, verdict: Verdict::Refuse }));
        house.world.later(3_000);
    }
}

#[test]
fn a_grant_comes_within_two_minutes() {
    for (ms, code) in [(2 * MINUTE - 1, None), (2 * MINUTE, Some("approval_not_pending"))] {
        let (mut house, person) = owned();
        let id = house.held();
        house.world.later(ms);
        let signature = over(&house, id, person.passkey);
        house.world.quote_age = Some(0);
        assert_eq!(house.ask(person.actor(), Command::Grant { id, signature }).err(), code);
    }
}

fn released(house: &House, id: ApprovalId, by: AuthenticatorId, count: u32) -> Command {
    let asked = &house.world.state.customer.changes[&id];
    let mut signature = house.signs(by, &asked.change.digest(), &asked.nonce);
    if let Proof::Assertion { sign_count, .. } = &mut signature.evidence.proof {
        *sign_count = count;
    }
    Command::SignChange { id, signature }
}

/// Engaged now, asked for a moment later.
fn engaged(house: &mut House, person: &Person, level: Level) -> ApprovalId {
    house.ask(person.actor(), Command::Engage { level, resting: Resting::KeepProtective }).unwrap();
    asks(house, person, level)
}

fn asks(house: &mut House, person: &Person, level: Level) -> ApprovalId {
    house.ask(person.actor(), Command::AskChange(Change::Release { level })).unwrap();
    *house.world.state.customer.changes.last_key_value().unwrap().0
}

#[test]
fn a_release_is_signed_within_ten_minutes_once_and_says_which_key_signed() {
    let (mut house, person) = owned();
    let level = Level::Credential(house.world.bot);
    let id = engaged(&mut house, &person, level);
    let mut late = house.clone();
    late.world.later(10 * MINUTE);
    let command = released(&late, id, person.passkey, 0);
    assert_eq!(late.ask(person.actor(), command).unwrap_err(), "change_not_pending");
    house.world.later(10 * MINUTE - 1);
    let other = Level::Credential(house.second);
    assert_eq!(
        house.ask(person.actor(), Command::AskChange(Change::Release { level: other })).unwrap_err(),
        "kill_switch_not_engaged"
    );
    let command = released(&house, id, person.second, 7);
    let events = house.ask(person.actor(), command.clone()).unwrap();
    let tags: Vec<&str> = events.iter().map(Event::tag).collect();
    assert_eq!(tags, ["authenticator.used", "change.signed", "kill_switch.released"]);
    assert_eq!(house.ask(person.actor(), command).unwrap_err(), "change_not_pending");
    // Its counter was kept: a copy that lags behind signs nothing, and is written down.
    let id = engaged(&mut house, &person, level);
    let command = released(&house, id, person.second, 7);
    assert_eq!(house.ask(person.actor(), command).unwrap_err(), "evidence_stale");
    assert_eq!(house.world.log.last().unwrap().event.tag(), "authenticator.counter_fell_back");
}

#[test]
fn what_was_signed_for_one_switch_releases_no_other() {
    let (mut house, person) = owned();
    let (first, second) = (Level::Credential(house.world.bot), Level::Credential(house.second));
    let id = engaged(&mut house, &person, first);
    let other = engaged(&mut house, &person, second);
    let nonce = house.world.state.customer.changes[&id].nonce;
    let wrong: Digest = Change::Release { level: second }.digest();
    let signature = house.signs(person.passkey, &wrong, &nonce);
    assert_eq!(house.ask(person.actor(), Command::SignChange { id, signature }).unwrap_err(), "challenge_wrong");
    let Command::SignChange { signature, .. } = released(&house, id, person.passkey, 0) else { unreachable!() };
    let replayed = Command::SignChange { id: other, signature };
    assert_eq!(house.ask(person.actor(), replayed).unwrap_err(), "challenge_wrong");
}

#[test]
fn alone_a_customers_switch_is_released_after_an_hour_by_a_second_authenticator() {
    for level in [Level::Customer, Level::Firm] {
        let (mut house, mut person) = owned();
        let resting = Resting::KeepProtective;
        house.ask(person.actor(), Command::Engage { level, resting }).unwrap();
        house.world.later(HOUR - 1);
        house.enters_by_passkey(&mut person);
        let id = asks(&mut house, &person, level);
        let command = released(&house, id, person.second, 0);
        assert_eq!(house.ask(person.actor(), command).unwrap_err(), "alone_too_soon");
        house.world.later(1);
        let command = released(&house, id, person.passkey, 0);
        assert_eq!(house.ask(person.actor(), command).unwrap_err(), "second_authenticator_needed");
        let command = released(&house, id, person.second, 0);
        let events = house.ask(person.actor(), command).unwrap();
        assert_eq!(events[0].tag(), "authenticator.used", "the key's counter stays where it was");
        let rest = &events[1..];
        assert!(rest.iter().all(|event| event.aggregate() == rest[0].aggregate()), "in three streams: {events:?}");
    }
}

#[test]
fn alone_an_authenticator_that_was_bound_a_moment_ago_is_no_second_one() {
    let (mut house, mut person) = owned();
    house.ask(person.actor(), Command::Engage { level: Level::Customer, resting: Resting::KeepProtective }).unwrap();
    house.world.later(HOUR);
    house.enters_by_passkey(&mut person);
    let new = NewAuthenticator { kind: passkey("planted", true), sealed_sha256: None };
    house.act(person.actor(), Ask::BindAuthenticator(new)).unwrap();
    let planted = house.world.state.customer.people.authenticators.last().unwrap().id;
    for (ms, code) in [(0, Some("alone_too_soon")), (HOUR - 1, Some("alone_too_soon")), (1, None)] {
        house.world.later(ms);
        house.enters_by_passkey(&mut person);
        let id = asks(&mut house, &person, Level::Customer);
        let command = released(&house, id, planted, 0);
        assert_eq!(house.ask(person.actor(), command).err(), code, "{ms}");
    }
}

#[test]
fn a_second_person_releases_at_once_what_the_first_has_asked_for() {
    let (mut house, person) = owned();
    let mut other = house.person(Role::Owner);
    house.enters_by_passkey(&mut other);
    let id = engaged(&mut house, &person, Level::Customer);
    // What pages tell whoever asked is not told to the second one: for them nothing is locked.
    let change = Change::Release { level: Level::Customer };
    let from = house.world.now.plus_ms(HOUR);
    assert_eq!(kernel::decide::alone_from(&house.world.state, &change), Some(from));
    let alone = released(&house, id, person.second, 0);
    assert_eq!(house.clone().ask(person.actor(), alone).unwrap_err(), "alone_too_soon");
    let command = released(&house, id, other.passkey, 0);
    assert_eq!(house.ask(other.actor(), command).err(), None);
    let credential = Change::Release { level: Level::Credential(house.world.bot) };
    assert_eq!(kernel::decide::alone_from(&house.world.state, &credential), None);
}

#[test]
fn a_device_of_less_than_a_day_releases_nothing() {
    for (ms, code) in [(DAY - 1, Some("device_too_new")), (DAY, None)] {
        let mut house = House::new();
        let mut person = house.person(Role::Owner);
        let now = house.world.now;
        person.device = house.trusted_since(person.user, now.minus_ms(ms));
        house.enters_by_passkey(&mut person);
        let level = Level::Credential(house.world.bot);
        let id = engaged(&mut house, &person, level);
        let command = released(&house, id, person.passkey, 0);
        assert_eq!(house.ask(person.actor(), command).err(), code);
    }
}

#[test]
fn one_question_waits_about_one_switch_and_a_no_ends_it() {
    let (mut house, person) = owned();
    let level = Level::Credential(house.world.bot);
    let first = engaged(&mut house, &person, level);
    for _ in 0..change::MAX_PENDING {
        assert_eq!(house.ask(person.actor(), Command::AskChange(Change::Release { level })).err(), None);
        assert_eq!(house.world.state.customer.changes.len(), 1);
    }
    assert!(!house.world.state.customer.changes.contains_key(&first));
    let id = *house.world.state.customer.changes.keys().next().unwrap();
    let refuse = Command::Answer { id, verdict: Verdict::Refuse };
    assert_eq!(house.ask(Actor::Credential(house.world.bot), refuse.clone()).err(), Some("approval_own_request"));
    assert_eq!(house.ask(person.actor(), refuse).err(), None);
    assert!(house.world.state.customer.changes.is_empty());
}

#[test]
fn what_was_asked_before_a_switch_was_engaged_again_releases_nothing() {
    let (mut house, person) = owned();
    let level = Level::Credential(house.world.bot);
    let id = engaged(&mut house, &person, level);
    let command = released(&house, id, person.passkey, 0);
    house.ask(person.actor(), Command::Engage { level, resting: Resting::CancelAll }).unwrap();
    assert_eq!(house.ask(person.actor(), command).err(), Some("change_not_pending"));
}

#[test]
fn a_key_that_was_disabled_signs_nothing() {
    let (mut house, person) = owned();
    let id = house.held();
    let signature = over(&house, id, person.second);
    house.act(Actor::House, Ask::DisableAuthenticator { id: person.second }).unwrap();
    assert_eq!(house.ask(person.actor(), Command::Grant { id, signature }).unwrap_err(), "authenticator_disabled");
    let known = house.world.state.customer.people.authenticator(person.second).unwrap();
    assert_eq!(known.state, authenticator::State::Disabled);
}

/// WS-02 (attempts capped), PSD2 RTS 4(3)(b): at the fifth signature that is none the question is over, and that refuses.
#[test]
fn at_the_fifth_signature_that_is_none_the_question_is_over() {
    let (mut house, person) = owned();
    let held = house.held();
    let second = Level::Credential(house.second);
    let asked = engaged(&mut house, &person, second);
    for (id, ends) in [(held, ["approval.settled", "order.ended"].as_slice()), (asked, &["change.dropped"])] {
        let mut last = Vec::new();
        for n in 1..=5 {
            let waits = |house: &House| {
                house.world.state.book.pending.contains_key(&id) || house.world.state.customer.changes.contains_key(&id)
            };
            assert!(waits(&house), "{n}");
            last = house.ask(person.actor(), Command::MissSignature { id }).unwrap();
            assert_eq!(waits(&house), n < 5, "{n}");
        }
        let tags: Vec<&str> = last.iter().skip(1).map(Event::tag).collect();
        assert_eq!(tags, ends);
        assert!(house.ask(person.actor(), Command::MissSignature { id }).is_err(), "there is nothing left to miss");
    }
    // Others' misses end no other question.
    house.world.later(3_000).quote_age = Some(0);
    let other = house.held();
    assert_eq!(house.world.state.book.pending[&other].missed, 0);
}
