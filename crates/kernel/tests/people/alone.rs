//! Alone: when one signature is enough above the top tier, and whose key is one of their own.

use super::house::{DAY, House, digest, passkey};
use super::two::{BOTH, FIRST, house, over, signs};
use crate::world::{LOCAL, amount, buy, sell};
use kernel::actor::Actor;
use kernel::authenticator::{self, Authenticator, Kind, Passkey};
use kernel::change::Change;
use kernel::command::Command;
use kernel::decide;
use kernel::event::Event;
use kernel::id::{AuthenticatorId, UserId};
use kernel::people::{Command as Ask, Enrol, Event as People, NewAuthenticator, NewDevice};
use kernel::user::Role;

/// A day, to the millisecond.
#[test]
fn a_device_bound_key_counts_alone_a_day_after_it_was_bound() {
    for (age, expected) in [(DAY - 1, false), (DAY, true)] {
        let (mut house, owner, _) = house();
        house.world.later(3 * DAY);
        let mut owner = owner;
        house.enters_by_passkey(&mut owner);
        let bound_at = house.world.now.minus_ms(age);
        let known = house.world.state.customer.people.authenticator(owner.second).unwrap().clone();
        let (id, kind) = (AuthenticatorId::new(bound_at.0, 77), passkey("a security key", false));
        let one = Authenticator { id, kind, bound_at, ..known };
        house.happened(People::Authenticator(authenticator::Event::Bound(one)));
        let held = house.held();
        let outlook = decide::outlook(&house.world.state, held, house.world.now).unwrap();
        assert!(outlook.alone.contains(&owner.user), "the older one");
        let tags = signs(&mut house, &owner, held, id).unwrap();
        assert_eq!(tags, if expected { BOTH.to_vec() } else { FIRST.to_vec() }, "{age}");
    }
}

/// By this link, with a device-bound passkey.
fn comes(house: &mut House, n: u128, link: &str) -> (Actor, AuthenticatorId) {
    let (sha256, name_key) = (digest(link), digest(&format!("name {n}")));
    let kind = passkey(&format!("p{n}"), false);
    let passkey = NewAuthenticator { kind, sealed_sha256: None };
    let device = NewDevice { sha256: digest(&format!("d{n}")), label: "Phone".into() };
    let (user, name_sha256, session) = (UserId::new(9, n), digest("n"), digest("s"));
    let enrol = Enrol { user, link: sha256, name_sha256, name_key, passkey, device, session };
    house.act(Actor::Visitor, Ask::Enrol(enrol)).unwrap();
    let people = &house.world.state.customer.people;
    (Actor::User { user, session: people.sessions.last().unwrap().id }, people.authenticators.last().unwrap().id)
}

#[test]
fn the_first_owner_is_enough_at_once_and_whoever_is_invited_is_a_second_person() {
    let mut house = House::new();
    house.world.limit(|limits| limits.top_above = Some(amount("2500")));
    house.act(LOCAL, Ask::OfferEnrolment { sha256: digest("first") }).unwrap();
    let (owner, key) = comes(&mut house, 1, "first");
    let id = house.held();
    let signature = over(&house, id, key);
    let events = house.ask(owner, Command::Grant { id, signature }).unwrap();
    assert_eq!(events.last().map(Event::tag), Some("order.admitted"));
    // Whoever is invited is a second person, and not at once one who is enough.
    house.world.later(3_000);
    let made = Change::Invite { role: Role::Trader, label: "ana".into() };
    house.ask(owner, Command::AskChange(made)).unwrap();
    let (id, asked) = house.world.state.customer.changes.last_key_value().unwrap();
    let sign = Command::SignChange { id: *id, signature: house.signs(key, &asked.change.digest(), &asked.nonce) };
    house.ask(owner, sign).unwrap();
    let id = house.world.state.customer.people.invitations[0].id;
    house.act(owner, Ask::MakeInvitationLink { id, sha256: digest("a") }).unwrap();
    let (ana, theirs) = comes(&mut house, 2, "a");
    house.world.later(1);
    let id = house.held();
    let signature = over(&house, id, theirs);
    let events = house.ask(ana, Command::Grant { id, signature }).unwrap();
    assert_eq!(events.last().map(Event::tag), Some("approval.signed"), "the first of two");
}

/// Whoever is alone must be able to close, also while the feed is down; and however large the position is.
#[test]
fn what_only_reduces_takes_one_approver_at_the_most() {
    for (top, order) in
        [("1000000000", sell("10", "90").market()), ("1", sell("10", "90").market()), ("1", sell("10", "90"))]
    {
        let mut house = House::new();
        house.world.trade(buy("10", "100"));
        let mut owner = house.person(Role::Owner);
        house.enters_by_passkey(&mut owner);
        house.world.limit(|limits| limits.top_above = Some(amount(top)));
        house.world.later(3_000).quote_age = None;
        let (_, id) = house.world.hold(order);
        assert!(!house.world.state.book.pending[&id].top, "{top}");
        let signature = over(&house, id, owner.passkey);
        let events = house.ask(owner.actor(), Command::Grant { id, signature }).unwrap();
        assert_eq!(events.last().map(Event::tag), Some("order.admitted"), "{top}");
    }
}

#[test]
fn two_users_do_not_sign_with_one_key() {
    let (mut house, _, trader) = house();
    let kind = passkey("under another name", true);
    let Kind::Passkey(new) = kind else { panic!("no passkey") };
    let public_key = house.world.state.customer.people.authenticators.iter().find_map(|one| match &one.kind {
        Kind::Passkey(known) => Some(known.public_key.clone()),
        _ => None,
    });
    let same = Passkey { public_key: public_key.unwrap(), ..new };
    let new = NewAuthenticator { kind: Kind::Passkey(same), sealed_sha256: None };
    assert_eq!(house.act(trader.actor(), Ask::BindAuthenticator(new)).unwrap_err(), "passkey_taken");
}

/// Nor once the first owner is gone: whoever is left was invited all the same.
#[test]
fn who_comes_first_once_the_first_owner_is_gone_was_invited_all_the_same() {
    let mut house = House::new();
    house.world.limit(|limits| limits.top_above = Some(amount("2500")));
    house.act(LOCAL, Ask::OfferEnrolment { sha256: digest("first") }).unwrap();
    let (owner, key) = comes(&mut house, 1, "first");
    let first = house.world.state.customer.people.users[0].id;
    let signs = |house: &mut House, change: Change| {
        house.world.later(3_000);
        house.ask(owner, Command::AskChange(change)).unwrap();
        let (id, asked) = house.world.state.customer.changes.last_key_value().unwrap();
        let sign = Command::SignChange { id: *id, signature: house.signs(key, &asked.change.digest(), &asked.nonce) };
        house.ask(owner, sign).unwrap();
    };
    signs(&mut house, Change::Invite { role: Role::Owner, label: "ana".into() });
    let id = house.world.state.customer.people.invitations[0].id;
    house.act(owner, Ask::MakeInvitationLink { id, sha256: digest("a") }).unwrap();
    let (ana, theirs) = comes(&mut house, 2, "a");
    signs(&mut house, Change::RemoveOwner { id: first });
    assert_eq!(house.world.state.customer.people.users.len(), 1);
    house.world.later(1);
    let id = house.held();
    let signature = over(&house, id, theirs);
    assert_eq!(house.ask(ana, Command::Grant { id, signature }).unwrap_err(), "approval_out_of_reach");
}
