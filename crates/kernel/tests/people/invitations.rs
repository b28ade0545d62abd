//! Invitations: signed by an owner, handed out as one link at a time, used once; and what the newcomer may do.

use super::house::{DAY, HOUR, House, Person, digest, passkey};
use kernel::actor::Actor;
use kernel::authenticator::Kind;
use kernel::change::Change;
use kernel::command::Command;
use kernel::event::Event;
use kernel::evidence::Capability;
use kernel::id::{InvitationId, UserId};
use kernel::incident::{Suspect, Why};
use kernel::invitation::{MAX_OPEN, MAX_USERS};
use kernel::people::{Command as Ask, Enrol, NewAuthenticator, NewDevice};
use kernel::user::Role;

pub fn owned() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn invite(role: Role, label: &str) -> Command {
    Command::AskChange(Change::Invite { role, label: label.into() })
}

/// Asked for and signed by the same owner.
pub fn invites(house: &mut House, by: &Person, role: Role, label: &str) -> Result<InvitationId, &'static str> {
    house.ask(by.actor(), invite(role, label))?;
    let (id, asked) = house.world.state.customer.changes.last_key_value().unwrap();
    let signature = house.signs(by.passkey, &asked.change.digest(), &asked.nonce);
    let sign = Command::SignChange { id: *id, signature };
    let events = house.ask(by.actor(), sign)?;
    assert_eq!(events.last().map(Event::tag), Some("invitation.made"));
    Ok(house.world.state.customer.people.invitations.last().unwrap().id)
}

pub fn links(house: &mut House, by: &Person, id: InvitationId, link: &str) -> Result<(), &'static str> {
    house.act(by.actor(), Ask::MakeInvitationLink { id, sha256: digest(link) }).map(drop)
}

pub fn coming(n: u128, link: &str, name: &str, kind: Kind) -> Enrol {
    let passkey = NewAuthenticator { kind, sealed_sha256: None };
    let device = NewDevice { sha256: digest(&format!("newcomer's {n}")), label: "Phone".into() };
    let (name_sha256, name_key, session) = (digest("n"), digest(name), digest("s"));
    Enrol { user: UserId::new(9, n), link: digest(link), name_sha256, name_key, passkey, device, session }
}

/// By this link, under a name and with a passkey of their own.
pub fn comes(house: &mut House, n: u128, link: &str) -> Result<Vec<&'static str>, &'static str> {
    let enrol = coming(n, link, &format!("name {n}"), passkey(&format!("p{n}"), true));
    house.act(Actor::Visitor, Ask::Enrol(enrol)).map(|events| events.iter().map(Event::tag).collect())
}

#[test]
fn an_owner_invites_by_a_signature_and_the_link_lets_one_person_in_once() {
    let (mut house, owner) = owned();
    let id = invites(&mut house, &owner, Role::Trader, "ana").unwrap();
    assert_eq!(comes(&mut house, 1, "a").unwrap_err(), "owner_enrolled", "nothing opens before a link is made");
    links(&mut house, &owner, id, "a").unwrap();
    let tags = comes(&mut house, 1, "a").unwrap();
    let expected =
        ["invitation.used", "user.created", "authenticator.bound", "device.bound", "device.confirmed", "session.begun"];
    assert_eq!(tags, expected);
    let (people, now) = (&house.world.state.customer.people, house.world.now);
    let signed = people.signed_in(people.sessions.last().unwrap().id, now).unwrap();
    assert_eq!((signed.user.id, signed.user.role), (UserId::new(9, 1), Role::Trader));
    assert_eq!(signed.capability(now), Capability::Trade, "the role does not go further");
    assert_eq!(comes(&mut house, 2, "a").unwrap_err(), "owner_enrolled", "a second time");
    assert_eq!(links(&mut house, &owner, id, "b").unwrap_err(), "invitation_not_found", "it is used up");
}

#[test]
fn what_an_invited_person_binds_is_their_own_and_an_owner_moves_nothing_for_a_day() {
    for (role, moves) in [(Role::Trader, Ok(())), (Role::Viewer, Ok(())), (Role::Owner, Err("device_too_new"))] {
        let (mut house, owner) = owned();
        let id = invites(&mut house, &owner, role, "ana").unwrap();
        links(&mut house, &owner, id, "a").unwrap();
        comes(&mut house, 1, "a").unwrap();
        let session = house.world.state.customer.people.sessions.last().unwrap().id;
        let newcomer = Actor::User { user: UserId::new(9, 1), session };
        let codes = NewAuthenticator { kind: Kind::RecoveryCodes { left: vec![1] }, sealed_sha256: None };
        assert_eq!(house.act(newcomer, Ask::BindAuthenticator(codes)).map(drop), moves, "{role:?}");
        let theirs = Ask::RemoveAuthenticator { id: owner.second };
        let code = house.act(newcomer, theirs).unwrap_err();
        assert!(["authenticator_not_found", "device_too_new"].contains(&code), "{code}");
    }
}

#[test]
fn a_link_is_void_when_it_is_replaced_revoked_or_a_day_old() {
    let (mut house, owner) = owned();
    let id = invites(&mut house, &owner, Role::Viewer, "ana").unwrap();
    links(&mut house, &owner, id, "a").unwrap();
    links(&mut house, &owner, id, "b").unwrap();
    assert_eq!(comes(&mut house, 1, "a").unwrap_err(), "owner_enrolled");
    for (ms, came) in [(DAY - 1, true), (DAY, false)] {
        let mut later = house.clone();
        later.world.later(ms);
        assert_eq!(comes(&mut later, 1, "b").is_ok(), came, "{ms}");
    }
    house.act(owner.actor(), Ask::RevokeInvitation { id }).unwrap();
    assert_eq!(comes(&mut house, 1, "b").unwrap_err(), "owner_enrolled");
    assert_eq!(house.act(owner.actor(), Ask::RevokeInvitation { id }).unwrap_err(), "invitation_not_found");
}

/// Whoever could have invited in another's place: a thief in the owner's session, or an owner who had to go.
#[test]
fn a_link_is_void_with_whoever_asked_for_it() {
    let made = |house: &mut House, owner: &Person| {
        let id = invites(house, owner, Role::Trader, "ana").unwrap();
        links(house, owner, id, "a").unwrap();
        id
    };
    let (mut house, owner) = owned();
    let id = made(&mut house, &owner);
    house.act(owner.actor(), Ask::LogOutEverywhere { user: owner.user, suspend_credentials: false }).unwrap();
    assert_eq!(comes(&mut house, 1, "a").unwrap_err(), "owner_enrolled", "logged out everywhere");
    assert_eq!(house.world.state.customer.people.invitations[0].id, id, "another link may be made of it");

    let (mut house, owner) = owned();
    let laptop = house.device(owner.user, kernel::device::State::Pending, |_| {});
    made(&mut house, &owner);
    house.act(owner.actor(), Ask::RevokeDevice { id: laptop, not_me: false }).unwrap();
    assert_eq!(
        comes(&mut house, 1, "a").unwrap_err(),
        "owner_enrolled",
        "it may have been made on a device that is gone"
    );

    let (mut house, owner) = owned();
    made(&mut house, &owner);
    let incident = Command::OpenIncident { suspect: Suspect::User(owner.user), why: Why::Declared };
    house.ask(owner.actor(), incident).unwrap();
    assert_eq!(house.world.state.customer.people.invitations, []);
    assert_eq!(comes(&mut house, 1, "a").unwrap_err(), "owner_enrolled", "after an incident");

    let (mut house, owner) = owned();
    let mut other = house.person(Role::Owner);
    house.enters_by_passkey(&mut other);
    let id = made(&mut house, &owner);
    assert_eq!(links(&mut house, &other, id, "mine").unwrap_err(), "invitation_of_another");
    house.widens(&other, Command::People(Ask::RemoveUser { id: owner.user })).unwrap();
    assert_eq!(comes(&mut house, 1, "a").unwrap_err(), "owner_enrolled", "the owner who invited is gone");
}

#[test]
fn nobody_comes_in_under_anothers_name_with_anothers_passkey_or_as_another() {
    let (mut house, owner) = owned();
    let id = invites(&mut house, &owner, Role::Trader, "ana").unwrap();
    links(&mut house, &owner, id, "a").unwrap();
    let taken = house.world.state.customer.people.users[0].name_key;
    let passkeys = &house.world.state.customer.people.authenticators;
    let Kind::Passkey(theirs) = passkeys.iter().find(|one| one.id == owner.passkey).unwrap().kind.clone() else {
        panic!("no passkey")
    };
    let good = coming(1, "a", "name", passkey("p", true));
    let cases = [
        (Enrol { name_key: taken, ..good.clone() }, "name_taken"),
        (coming(1, "a", "name", passkey(&theirs.credential_id, true)), "passkey_taken"),
        (coming(1, "a", "name", Kind::Password), "factor_missing"),
        (Enrol { user: owner.user, ..good.clone() }, "enrolment_link_void"),
    ];
    for (enrol, code) in cases {
        assert_eq!(house.act(Actor::Visitor, Ask::Enrol(enrol)).unwrap_err(), code);
    }
    assert!(house.act(Actor::Visitor, Ask::Enrol(good)).is_ok(), "none of them used the link up");
}

#[test]
fn only_an_owner_invites_and_an_advisor_and_a_crowd_are_refused_by_name() {
    for role in [Role::Trader, Role::Viewer, Role::Advisor] {
        let (mut house, _) = owned();
        let mut other = house.person(role);
        house.enters_by_passkey(&mut other);
        assert_eq!(house.ask(other.actor(), invite(Role::Viewer, "ana")).unwrap_err(), "role_missing");
    }
    let (mut house, owner) = owned();
    assert_eq!(house.ask(owner.actor(), invite(Role::Advisor, "ana")).unwrap_err(), "role_not_built");
    assert_eq!(house.ask(owner.actor(), invite(Role::Trader, "a\nb")).unwrap_err(), "invitation_label_malformed");
    let mut many = house.clone();
    for n in 0..MAX_OPEN {
        invites(&mut many, &owner, Role::Viewer, &format!("v{n}")).unwrap();
    }
    assert_eq!(invites(&mut many, &owner, Role::Viewer, "more").unwrap_err(), "too_many_users");
    many.world.later(DAY);
    let mut again = owner;
    many.enters_by_passkey(&mut again);
    assert!(invites(&mut many, &again, Role::Viewer, "more").is_ok(), "those that ran out keep no place");
    assert_eq!(many.world.state.customer.people.invitations.len(), 1);
    for _ in 1..MAX_USERS {
        house.person(Role::Viewer);
    }
    assert_eq!(invites(&mut house, &owner, Role::Viewer, "more").unwrap_err(), "too_many_users");
}

/// Of live money an invitation is signed on another device, as all that widens there.
#[test]
fn where_live_money_is_behind_it_an_invitation_is_signed_elsewhere() {
    let (mut house, owner) = owned();
    house.live_account();
    assert_eq!(invites(&mut house, &owner, Role::Viewer, "ana").unwrap_err(), "approval_other_device");
    let device = house.trusted_since(owner.user, house.world.now.minus_ms(HOUR * 30));
    let mut there = Person { device, ..owner };
    house.enters_by_passkey(&mut there);
    let (id, asked) = house.world.state.customer.changes.last_key_value().unwrap();
    let (id, signature) = (*id, house.signs(owner.passkey, &asked.change.digest(), &asked.nonce));
    assert!(house.ask(there.actor(), Command::SignChange { id, signature }).is_ok());
}
