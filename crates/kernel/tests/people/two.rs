//! Two: above the top tier an order takes a device-bound key, or two approvers; and whose signatures make two.

use super::desk::{Desk, wide_stated};
use super::house::{DAY, HOUR, House, MINUTE, Person};
use crate::world::{LOCAL, amount, buy};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::command::Command;
use kernel::decide;
use kernel::event::Event;
use kernel::guard::Limits;
use kernel::id::{ApprovalId, AuthenticatorId};
use kernel::people::Command as Ask;
use kernel::signature::Signature;
use kernel::user::Role;
use kernel::working;

/// An owner and a trader, signed in; orders of the program above 2,500 are of the top tier.
pub fn house() -> (House, Person, Person) {
    let mut house = House::new();
    house.world.limit(|limits| limits.top_above = Some(amount("2500")));
    let people = [Role::Owner, Role::Trader].map(|role| {
        let mut person = house.person(role);
        house.enters_by_passkey(&mut person);
        person
    });
    (house, people[0], people[1])
}

pub fn over(house: &House, id: ApprovalId, by: AuthenticatorId) -> Signature {
    let approval = &house.world.state.book.pending[&id];
    house.signs(by, &approval.request, &approval.nonce)
}

pub fn signs(
    house: &mut House,
    by: &Person,
    id: ApprovalId,
    with: AuthenticatorId,
) -> Result<Vec<&'static str>, &'static str> {
    if !house.world.state.book.pending.contains_key(&id) {
        return Err("approval_not_pending");
    }
    house.world.quote_age = Some(0);
    let mut signature = over(house, id, with);
    if with == by.second
        && let kernel::evidence::Proof::Assertion { sign_count, .. } = &mut signature.evidence.proof
    {
        *sign_count = 7;
    }
    let events = house.ask(by.actor(), Command::Grant { id, signature })?;
    Ok(events.iter().map(Event::tag).collect())
}

pub const FIRST: [&str; 2] = ["authenticator.used", "approval.signed"];
pub const BOTH: [&str; 4] = ["authenticator.used", "approval.signed", "approval.settled", "order.admitted"];

#[test]
fn two_people_grant_what_one_of_them_does_not() {
    let (mut house, owner, trader) = house();
    let id = house.held();
    assert!(house.world.state.book.pending[&id].top);
    assert_eq!(signs(&mut house, &owner, id, owner.passkey).unwrap(), FIRST);
    assert!(house.world.state.book.pending.contains_key(&id), "it waits on");
    let (state, now) = (&house.world.state, house.world.now);
    let outlook = decide::outlook(state, id, now).unwrap();
    assert_eq!((outlook.signed, outlook.may), (Some(owner.user), vec![trader.user]));
    assert_eq!(signs(&mut house, &trader, id, trader.passkey).unwrap(), BOTH);
    assert_eq!(signs(&mut house, &owner, id, owner.passkey).unwrap_err(), "approval_not_pending");
}

#[test]
fn a_device_bound_key_is_enough_also_as_the_second_of_the_same_person() {
    let (mut house, owner, _) = house();
    let id = house.held();
    assert_eq!(signs(&mut house, &owner, id, owner.second).unwrap(), BOTH);
    house.world.later(3_000);
    let (mut house, owner, _) = self::house();
    let id = house.held();
    signs(&mut house, &owner, id, owner.passkey).unwrap();
    assert_eq!(signs(&mut house, &owner, id, owner.second).unwrap(), BOTH);
}

#[test]
fn the_same_person_is_not_two_whatever_the_device_and_the_passkey() {
    let (mut house, owner, trader) = house();
    let id = house.held();
    let first = over(&house, id, owner.passkey);
    house.ask(owner.actor(), Command::Grant { id, signature: first.clone() }).unwrap();
    // The same signature once more, by whoever has it.
    let again = Command::Grant { id, signature: first };
    assert_eq!(house.ask(owner.actor(), again.clone()).unwrap_err(), "approval_signed_already");
    assert_eq!(house.ask(trader.actor(), again).unwrap_err(), "not_proven");
    let device = house.trusted_since(owner.user, house.world.now.minus_ms(DAY));
    let mut there = Person { device, ..owner };
    house.enters_by_passkey(&mut there);
    assert_eq!(signs(&mut house, &there, id, owner.passkey).unwrap_err(), "approval_signed_already");
    let another = house.bind(owner.user, super::house::passkey("another of the owner", true));
    assert_eq!(signs(&mut house, &there, id, another).unwrap_err(), "approval_signed_already");
    assert_eq!(signs(&mut house, &trader, id, trader.passkey).unwrap(), BOTH);
}

#[test]
fn a_viewer_is_no_approver_and_a_device_that_came_later_or_is_shared_signs_for_nobody() {
    let (mut house, owner, trader) = house();
    let mut viewer = house.person(Role::Viewer);
    house.enters_by_passkey(&mut viewer);
    let id = house.held();
    signs(&mut house, &owner, id, owner.passkey).unwrap();
    assert_eq!(signs(&mut house, &viewer, id, viewer.passkey).unwrap_err(), "role_missing");
    house.world.later(1);
    let later = house.trusted_since(trader.user, house.world.now);
    let until = house.world.now.plus_ms(DAY);
    let since = house.world.now.minus_ms(DAY);
    let shared = house.device(trader.user, kernel::device::State::Validated { since, until }, |one| one.shared = true);
    for device in [later, shared] {
        house.happened(kernel::people::Event::Session(kernel::session::Event::Begun(kernel::session::Session {
            id: kernel::id::SessionId::new(3, device.bits()),
            device,
            ..house.world.state.customer.people.sessions.iter().find(|one| one.id == trader.session).copied().unwrap()
        })));
        let session = house.world.state.customer.people.sessions.last().unwrap().id;
        let there = Person { device, session, ..trader };
        assert_eq!(signs(&mut house, &there, id, trader.passkey).unwrap_err(), "approval_other_device");
    }
    assert_eq!(signs(&mut house, &trader, id, trader.passkey).unwrap(), BOTH);
}

type Ends = fn(&Person) -> Ask;

/// Between the two signatures whoever gave the first has to be there: what follows is the first one again.
#[test]
fn the_first_signature_is_void_with_its_session_its_device_its_key_or_its_user() {
    let cases: [(&str, Ends); 4] = [
        ("session", |trader| Ask::EndSession { id: trader.session }),
        ("everywhere", |trader| Ask::LogOutEverywhere { user: trader.user, suspend_credentials: false }),
        ("device", |trader| Ask::RevokeDevice { id: trader.device, not_me: false }),
        ("user", |trader| Ask::RemoveUser { id: trader.user }),
    ];
    for (name, ends) in cases {
        let (mut house, owner, trader) = house();
        let mut third = house.person(Role::Owner);
        house.enters_by_passkey(&mut third);
        let id = house.held();
        signs(&mut house, &trader, id, trader.passkey).unwrap();
        house.act(owner.actor(), ends(&trader)).unwrap();
        assert_eq!(signs(&mut house, &owner, id, owner.passkey).unwrap(), FIRST, "{name}");
        assert_eq!(signs(&mut house, &third, id, third.passkey).unwrap(), BOTH, "{name}");
    }
    let (mut house, owner, trader) = house();
    let mut third = house.person(Role::Owner);
    house.enters_by_passkey(&mut third);
    let id = house.held();
    signs(&mut house, &trader, id, trader.passkey).unwrap();
    house.act(trader.actor(), Ask::RemoveAuthenticator { id: trader.passkey }).unwrap();
    assert_eq!(signs(&mut house, &owner, id, owner.passkey).unwrap(), FIRST, "the key");
}

#[test]
fn alone_with_a_synced_passkey_one_is_told_that_it_is_out_of_reach() {
    let (mut house, mut owner, trader) = house();
    house.act(owner.actor(), Ask::RemoveUser { id: trader.user }).unwrap();
    house.act(owner.actor(), Ask::RemoveAuthenticator { id: owner.second }).unwrap();
    house.enters_by_passkey(&mut owner);
    let id = house.held();
    assert!(!decide::outlook(&house.world.state, id, house.world.now).unwrap().is_reachable());
    assert_eq!(signs(&mut house, &owner, id, owner.passkey).unwrap_err(), "approval_out_of_reach");
    // One that is bound for it is not enough: whoever holds the session could bind one.
    house.world.later(1);
    let kind = super::house::passkey("a security key", false);
    let new = kernel::people::NewAuthenticator { kind, sealed_sha256: None };
    house.act(owner.actor(), Ask::BindAuthenticator(new)).unwrap();
    let key = house.world.state.customer.people.authenticators.last().unwrap().id;
    assert_eq!(signs(&mut house, &owner, id, key).unwrap_err(), "approval_out_of_reach");
    house.ask(owner.actor(), Command::Answer { id, verdict: Verdict::Refuse }).unwrap();
    // Nor a moment later, for the order that is asked for again.
    house.world.later(3_000);
    let id = house.held();
    assert_eq!(signs(&mut house, &owner, id, key).unwrap_err(), "approval_out_of_reach");
    house.ask(owner.actor(), Command::Answer { id, verdict: Verdict::Refuse }).unwrap();
    house.world.later(DAY);
    house.enters_by_passkey(&mut owner);
    let id = house.held();
    assert_eq!(signs(&mut house, &owner, id, key).unwrap(), BOTH);
}

#[test]
fn either_of_two_refuses_and_the_time_does_too() {
    let (mut house, owner, trader) = house();
    for by in [owner, trader] {
        let id = house.held();
        signs(&mut house, &owner, id, owner.passkey).unwrap();
        house.ask(by.actor(), Command::Answer { id, verdict: Verdict::Refuse }).unwrap();
        assert!(house.world.state.book.orders.is_empty());
        house.world.later(3_000);
    }
    let id = house.held();
    signs(&mut house, &owner, id, owner.passkey).unwrap();
    house.world.later(2 * MINUTE);
    assert_eq!(signs(&mut house, &trader, id, trader.passkey).unwrap_err(), "approval_not_pending");
}

/// A limit that holds by itself, of the stricter of two levels; what is equal to it is not above it.
#[test]
fn the_tier_begins_above_the_stricter_of_both_levels() {
    let limits = |approve: Option<&str>, top: Option<&str>| Limits {
        approve_above: approve.map(amount),
        top_above: top.map(amount),
        ..Limits::default()
    };
    let cases = [
        ((Some("2000"), None), (None, None), "one"),
        ((Some("2000"), Some("3000")), (None, None), "one"),
        ((Some("2000"), Some("2999.99")), (None, None), "two"),
        ((None, Some("2000")), (None, None), "two"),
        ((None, None), (None, Some("2000")), "two"),
        ((None, Some("9000")), (Some("100"), Some("3000")), "one"),
        ((None, None), (None, None), "none"),
    ];
    for ((own_approve, own_top), (on_approve, on_top), expected) in cases {
        let mut house = House::new();
        let of = limits(own_approve, own_top);
        house.world.limit(|one| (one.approve_above, one.top_above) = (of.approve_above, of.top_above));
        let (id, limits) = (house.world.account, limits(on_approve, on_top));
        house.world.act(Actor::House, Command::SetAccountLimits { id, limits, read: None }).unwrap();
        let (_, place) = house.world.order(&buy("30", "100"));
        house.world.act(Actor::Credential(house.world.bot), place).unwrap();
        let found =
            house.world.state.book.pending.values().next().map_or("none", |one| if one.top { "two" } else { "one" });
        assert_eq!(found, expected, "{of:?} on {limits:?}");
    }
}

/// The guard decides again: what has come into the top tier meanwhile is not let through by one signature.
#[test]
fn an_order_that_came_into_the_top_tier_meanwhile_takes_more_than_was_asked_for() {
    let asked = || {
        let mut house = House::new();
        house.world.limit(|limits| limits.top_above = Some(amount("9000")));
        let mut owner = house.person(Role::Owner);
        house.enters_by_passkey(&mut owner);
        let id = house.held();
        assert!(!house.world.state.book.pending[&id].top);
        let bot = house.world.bot;
        let limits = house.world.state.customer.credential(bot).unwrap().limits;
        let limits = Limits { top_above: Some(amount("2500")), ..limits };
        house.ask(owner.actor(), Command::SetCredentialLimits { id: bot, limits, read: None }).unwrap();
        (house, owner, id)
    };
    let (mut house, owner, id) = asked();
    house.world.quote_age = Some(0);
    let signature = over(&house, id, owner.passkey);
    let events = house.ask(owner.actor(), Command::Grant { id, signature }).unwrap();
    let Some(Event::Order(working::Event::Ended { text, .. })) = events.last() else { panic!("{events:?}") };
    assert_eq!(text, "approval_takes_two");
    let (mut house, owner, id) = asked();
    assert_eq!(signs(&mut house, &owner, id, owner.second).unwrap(), BOTH);
}

#[test]
fn at_the_machine_nothing_of_the_top_tier_is_granted_and_all_of_it_refused() {
    let mut house = House::new();
    house.world.limit(|limits| limits.top_above = Some(amount("2500")));
    let id = house.held();
    let answer = |verdict| Command::Answer { id, verdict };
    assert_eq!(house.ask(LOCAL, answer(Verdict::Grant)).unwrap_err(), "approval_takes_two");
    assert!(house.ask(LOCAL, answer(Verdict::Refuse)).is_ok());
}

#[test]
fn a_change_of_the_held_order_takes_both_signatures_anew() {
    let (mut house, owner, trader) = house();
    let id = house.held();
    signs(&mut house, &owner, id, owner.passkey).unwrap();
    let held = house.world.state.book.pending[&id].order;
    let client_ref = house.world.state.book.orders[&held].client_ref;
    house.world.later(3_000);
    house.world.quote_age = Some(0);
    let (_, Command::Place { terms, .. }) = house.world.order(&buy("31", "100")) else { panic!("no order") };
    let bot = Actor::Credential(house.world.bot);
    house.world.act(bot, Command::Place { client_ref, terms }).unwrap();
    let (anew, approval) = house.world.state.book.pending.last_key_value().unwrap();
    assert!(approval.top && approval.first.is_none() && *anew != id);
    let anew = *anew;
    assert_eq!(signs(&mut house, &trader, anew, trader.passkey).unwrap(), FIRST);
    assert_eq!(signs(&mut house, &owner, anew, owner.passkey).unwrap(), BOTH);
}

/// An order at the ticket of somebody of this role, above the top; two owners, and the holder's other device.
fn at_a_ticket(role: Role) -> (Desk, [Person; 2], Person, ApprovalId) {
    let mut desk = Desk::of(role);
    let owners = [(); 2].map(|()| {
        let mut owner = desk.house.person(Role::Owner);
        desk.house.enters_by_passkey(&mut owner);
        owner
    });
    let mut stated = wide_stated();
    stated.limits.top_above = Some(amount("200"));
    desk.house.widens(&owners[0], Command::SetTicket { id: desk.ticket, stated, read: None }).unwrap();
    let there = desk.elsewhere(HOUR);
    let id = desk.holds(buy("10", "100"));
    (desk, owners, there, id)
}

/// The person who asks counts as neither of the two; a key of theirs is enough where they could raise the limit too.
#[test]
fn of_a_ticket_two_others_sign_or_one_with_a_device_bound_key_who_is_not_a_trader_for_themselves() {
    let (mut desk, [one, two], there, id) = at_a_ticket(Role::Trader);
    assert_eq!(signs(&mut desk.house, &one, id, one.passkey).unwrap(), FIRST);
    assert_eq!(signs(&mut desk.house, &there, id, there.passkey).unwrap_err(), "approval_own_request");
    assert_eq!(signs(&mut desk.house, &two, id, two.passkey).unwrap(), BOTH);
    let (mut desk, [one, _], there, id) = at_a_ticket(Role::Trader);
    for key in [there.passkey, there.second] {
        assert_eq!(signs(&mut desk.house, &there, id, key).unwrap_err(), "approval_own_request");
    }
    let (state, now) = (&desk.house.world.state, desk.house.world.now);
    assert_eq!(decide::may_grant(state, &there.actor(), id, now).unwrap_err().code(), "approval_own_request");
    assert!(!decide::outlook(state, id, now).unwrap().alone.contains(&there.user));
    assert_eq!(signs(&mut desk.house, &one, id, one.second).unwrap(), BOTH);
    let (mut desk, _, there, id) = at_a_ticket(Role::Owner);
    let here = desk.person;
    assert_eq!(signs(&mut desk.house, &here, id, here.second).unwrap_err(), "approval_other_device");
    assert_eq!(signs(&mut desk.house, &there, id, there.second).unwrap(), BOTH);
}
