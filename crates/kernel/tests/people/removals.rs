//! Removals: a user who is gone comes in by nothing, holds nothing, and has asked for nothing; an owner always stays.

use super::desk::{Desk, wide_stated};
use super::house::{DAY, House, Person, passkey};
use super::invitations::{comes, coming, invites, links, owned};
use crate::world::buy;
use kernel::actor::Actor;
use kernel::api_credential::State;
use kernel::change::Change;
use kernel::command::Command;
use kernel::decide;
use kernel::device;
use kernel::event::Event;
use kernel::id::UserId;
use kernel::incident::{Suspect, Why};
use kernel::kill_switch::{Level, Resting};
use kernel::people::{Command as Ask, Event as People};
use kernel::session::Interface;
use kernel::user::Role;

fn with(role: Role) -> (House, Person, Person) {
    let (mut house, owner) = owned();
    let mut other = house.person(role);
    house.enters_by_passkey(&mut other);
    (house, owner, other)
}

fn remove(of: &Person) -> Ask {
    Ask::RemoveUser { id: of.user }
}

/// Asked for and signed, where it is an owner.
fn removes(house: &mut House, by: &Person, of: &Person) -> Result<Vec<Event>, &'static str> {
    house.world.later(1);
    house.widens(by, Command::People(remove(of)))
}

#[test]
fn whoever_is_removed_is_out_at_once_and_nothing_of_theirs_opens_anything() {
    let (mut house, owner, other) = with(Role::Owner);
    let id = invites(&mut house, &other, Role::Viewer, "ana").unwrap();
    links(&mut house, &other, id, "a").unwrap();
    house.undelivered(other.user);
    house.code(other.user, "code");
    let level = Level::Credential(house.second);
    house.ask(other.actor(), Command::Engage { level, resting: Resting::KeepProtective }).unwrap();
    house.ask(other.actor(), Command::AskChange(Change::Release { level })).unwrap();
    removes(&mut house, &owner, &other).unwrap();
    let (shown, typed) = (house.shows(other.second), house.types(&other));

    let people = &house.world.state.customer.people;
    assert!(people.signed_in(other.session, house.world.now).is_err());
    assert_eq!(people.device(other.device).unwrap().state, device::State::Revoked);
    assert_eq!(people.active(other.user).count(), 0);
    assert_eq!((people.codes.len(), people.invitations.len()), (0, 0));
    assert_eq!(people.notices.email(other.user), None, "nothing is sent there any more");
    assert_eq!(house.world.state.customer.changes.len(), 0, "what they asked for");
    for evidence in [shown, typed] {
        let asked = house.sign_in(&other, evidence, Interface::Portal);
        assert_eq!(house.act(Actor::Visitor, Ask::SignIn(asked)).unwrap_err(), "not_proven");
    }
    assert_eq!(comes(&mut house, 1, "a").unwrap_err(), "owner_enrolled");
    assert_eq!(house.act(owner.actor(), remove(&other)).unwrap_err(), "user_not_found");
}

#[test]
fn the_last_owner_stays_and_one_of_two_may_go_by_themselves() {
    let (mut house, owner, trader) = with(Role::Trader);
    assert_eq!(removes(&mut house, &owner, &owner).unwrap_err(), "last_owner");
    assert_eq!(removes(&mut house, &trader, &owner).unwrap_err(), "role_missing");
    assert_eq!(house.act(trader.actor(), remove(&trader)).unwrap_err(), "role_missing", "they ask an owner");
    let (mut house, owner, other) = with(Role::Owner);
    let tags: Vec<&str> = removes(&mut house, &owner, &owner).unwrap().iter().map(Event::tag).collect();
    assert_eq!(tags[tags.len() - 2..], ["change.signed", "user.removed"]);
    assert_eq!(removes(&mut house, &other, &other).unwrap_err(), "last_owner");
}

/// Whoever holds an owner's session does not put out those who would see what they do.
#[test]
fn an_owner_is_removed_by_a_signature_and_by_no_window() {
    let (mut house, owner, other) = with(Role::Owner);
    for of in [other, owner] {
        assert_eq!(house.act(owner.actor(), remove(&of)).unwrap_err(), "factor_missing");
    }
    let trader = house.person(Role::Trader);
    let wrong = Command::AskChange(Change::RemoveOwner { id: trader.user });
    assert_eq!(house.ask(owner.actor(), wrong).unwrap_err(), "user_not_found", "the words would not be true");
    assert!(house.act(owner.actor(), remove(&trader)).is_ok(), "others take the window");
    house.live_account();
    let code = removes(&mut house, &owner, &other).unwrap_err();
    assert_eq!(code, "approval_other_device", "where real money is");
    let asked = house.world.state.customer.changes.last_key_value().map(|(id, asked)| (*id, asked.clone()));
    let (id, asked) = asked.unwrap();
    let signature = house.signs(other.passkey, &asked.change.digest(), &asked.nonce);
    assert!(house.ask(other.actor(), Command::SignChange { id, signature }).is_ok(), "or another owner");
}

/// Orders of a removed trader may still work: the switch is for them too.
#[test]
fn whoever_is_removed_may_still_be_the_suspect_of_an_incident() {
    let mut desk = Desk::of(Role::Trader);
    let mut owner = desk.house.person(Role::Owner);
    desk.house.enters_by_passkey(&mut owner);
    desk.house.act(owner.actor(), remove(&desk.person)).unwrap();
    let open = |user| Command::OpenIncident { suspect: Suspect::User(user), why: Why::Declared };
    desk.house.ask(owner.actor(), open(desk.person.user)).unwrap();
    assert_eq!(desk.house.world.state.customer.kills.len(), 1);
    let nobody = open(kernel::id::UserId::new(8, 8));
    assert_eq!(desk.house.ask(owner.actor(), nobody).unwrap_err(), "not_proven");
}

#[test]
fn a_name_is_free_again_once_its_user_is_removed() {
    let (mut house, owner) = owned();
    let come = |house: &mut House| {
        let id = invites(house, &owner, Role::Viewer, "ana").unwrap();
        links(house, &owner, id, "a").unwrap();
        comes(house, 1, "a").map(drop)
    };
    assert_eq!(come(&mut house), Ok(()));
    let ana = house.world.state.customer.people.users.last().unwrap().id;
    house.act(owner.actor(), Ask::RemoveUser { id: ana }).unwrap();
    // The same id brings nothing back; the name is theirs who comes next.
    assert_eq!(come(&mut house), Err("enrolment_link_void"));
    let id = house.world.state.customer.people.invitations[0].id;
    links(&mut house, &owner, id, "b").unwrap();
    let next = coming(2, "b", "name 1", passkey("p2", true));
    house.act(Actor::Visitor, Ask::Enrol(next)).unwrap();
    let named = |one: &&kernel::user::User| one.name_key == super::house::digest("name 1");
    let all: Vec<UserId> = house.world.state.customer.people.users.iter().filter(named).map(|one| one.id).collect();
    assert_eq!(all, [UserId::new(9, 2)]);
}

/// A removed trader's ticket: nothing is placed by it, and what waits is not granted.
#[test]
fn the_ticket_of_whoever_is_removed_ends_and_its_held_order_is_not_granted() {
    let mut desk = Desk::of(Role::Trader);
    let mut owner = desk.house.person(Role::Owner);
    desk.house.enters_by_passkey(&mut owner);
    let mut stated = wide_stated();
    stated.limits.approve_above = Some(crate::world::amount("200"));
    desk.house.widens(&owner, Command::SetTicket { id: desk.ticket, stated: stated.clone(), read: None }).unwrap();
    let id = desk.holds(buy("10", "100"));
    desk.house.act(owner.actor(), remove(&desk.person)).unwrap();
    assert_eq!(desk.house.world.state.customer.credential(desk.ticket).unwrap().state, State::Revoked);
    let events = desk.grants(&owner, id).unwrap();
    let Some(Event::Order(kernel::working::Event::Ended { text, .. })) = events.last() else { panic!("{events:?}") };
    assert_eq!(text, "not_proven");
    stated.instruments.push(kernel::instrument::Selector::Contract(9));
    let wider = Command::SetTicket { id: desk.ticket, stated, read: None };
    let code = desk.house.widens(&owner, wider).unwrap_err();
    assert_eq!(code, "credential_revoked", "what is revoked never comes alive");
}

#[test]
fn an_owner_states_what_anothers_ticket_may_and_a_trader_not_even_their_own() {
    let mut desk = Desk::of(Role::Trader);
    let mut owner = desk.house.person(Role::Owner);
    desk.house.enters_by_passkey(&mut owner);
    assert_eq!(desk.states(wide_stated()).unwrap_err(), "role_missing");
    let set = Command::SetTicket { id: desk.ticket, stated: wide_stated(), read: None };
    assert!(desk.house.widens(&owner, set).is_ok());
}

/// The second user is malicious: what a trader or a viewer asks of others is refused.
#[test]
fn a_trader_ends_nobody_elses_session_and_sees_nobody_elses_recovery() {
    for role in [Role::Trader, Role::Viewer] {
        let (mut house, owner, other) = with(role);
        let asks = [
            Ask::EndSession { id: owner.session },
            Ask::LogOutEverywhere { user: owner.user, suspend_credentials: false },
            Ask::RevokeDevice { id: owner.device, not_me: true },
            Ask::MakeInvitationLink { id: kernel::id::InvitationId::new(1, 1), sha256: super::house::digest("x") },
        ];
        for ask in asks {
            assert_eq!(house.act(other.actor(), ask.clone()).unwrap_err(), "role_missing", "{ask:?}");
        }
        let remove = Ask::RemoveAuthenticator { id: owner.passkey };
        assert_eq!(house.act(other.actor(), remove).unwrap_err(), "authenticator_not_found");
        let (state, now) = (&house.world.state, house.world.now);
        assert!(decide::may_look(state, &other.actor(), owner.user, now).is_err());
        assert!(decide::may_look(state, &other.actor(), other.user, now).is_ok());
        assert!(decide::may_look(state, &owner.actor(), other.user, now).is_ok());
        let begun = |whose: &Person| {
            let sessions = &state.customer.people.sessions;
            let one = *sessions.iter().find(|one| one.id == whose.session).unwrap();
            let event = Event::People(People::Session(kernel::session::Event::Begun(one)));
            kernel::event::Recorded { actor: Actor::Visitor, event, ..house.world.log[0].clone() }
        };
        let reads = |by: &Person, of: &Person| decide::may_read(state, &by.actor(), &begun(of), now);
        assert_eq!([reads(&other, &other), reads(&other, &owner), reads(&owner, &other)], [true, false, true]);
    }
}

/// Whatever the role: one's own device that was somebody else's is out, with the sessions on it.
#[test]
fn a_viewers_this_was_not_me_ends_their_own_sessions_and_stops_no_program() {
    let (mut house, _, viewer) = with(Role::Viewer);
    let device = house.trusted_since(viewer.user, house.world.now.minus_ms(DAY));
    let mut there = Person { device, ..viewer };
    house.enters_by_passkey(&mut there);
    house.act(viewer.actor(), Ask::RevokeDevice { id: device, not_me: true }).unwrap();
    let people = &house.world.state.customer.people;
    assert!(people.signed_in(there.session, house.world.now).is_err());
    assert!(people.signed_in(viewer.session, house.world.now).is_ok());
    assert!(house.world.state.customer.kills.is_empty());
}

/// What is folded from the journal is what was decided on.
#[test]
fn a_replay_knows_who_was_removed() {
    let (mut house, owner, other) = with(Role::Owner);
    removes(&mut house, &owner, &other).unwrap();
    let mut again = kernel::state::State::default();
    house.world.log.iter().for_each(|one| kernel::state::apply(&mut again, one));
    assert_eq!(again.customer.people, house.world.state.customer.people);
    let removed = |one: &&kernel::event::Recorded| {
        matches!(one.event, Event::People(People::User(kernel::user::Event::Removed { .. })))
    };
    assert_eq!(house.world.log.iter().filter(removed).count(), 1);
}
