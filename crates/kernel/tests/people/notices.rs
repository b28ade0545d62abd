//! What a person is told outside the portal: security always, approvals until they become a flood, fills on request.

use super::house::{House, Person, digest, passkey};
use crate::world::{LOCAL, wide_limits};
use kernel::actor::Actor;
use kernel::api_credential::Event as Credential;
use kernel::approval::{self, Approval, Verdict};
use kernel::command::Command;
use kernel::connection;
use kernel::dead_man;
use kernel::event::{Event, Recorded, VERSION};
use kernel::expiry::{Stage, Told};
use kernel::id::{ApprovalId, CorrelationId, OrderId};
use kernel::notice::{self, COUNTED, Group, Kind, MAX_DEAD, UNANSWERED};
use kernel::people::{Command as Ask, Event as People, NewAuthenticator};
use kernel::reason::{Category, Reason};
use kernel::session::Interface;
use kernel::telling::{self, Notice};
use kernel::user::Role;

fn recorded(house: &House, event: Event) -> Recorded {
    let (at, correlation) = (house.world.now, CorrelationId::new(1, 1));
    Recorded { at, actor: Actor::House, correlation, event, v: VERSION }
}

/// What is told of the event, which then has happened.
fn told(house: &mut House, event: Event) -> Option<Notice> {
    let notice = telling::of(&house.world.state, &recorded(house, event.clone()));
    house.record(event);
    notice
}

/// What is told of all that comes of the command.
fn done(house: &mut House, actor: Actor, command: Command) -> Vec<Notice> {
    let before = house.world.state.clone();
    let events = house.ask(actor, command).unwrap();
    let mut state = before;
    let mut all = Vec::new();
    for event in events {
        let recorded = recorded(house, event);
        all.extend(telling::of(&state, &recorded));
        kernel::state::apply(&mut state, &recorded);
    }
    all
}

fn entered() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn kinds(notices: &[Notice]) -> Vec<Kind> {
    notices.iter().map(|one| one.kind).collect()
}

#[test]
fn each_sign_in_is_told_once_and_one_from_a_device_that_waits_by_that_name() {
    let (mut house, person) = entered();
    let shown = house.shows(person.passkey);
    let mut asked = house.sign_in(&person, shown, Interface::Portal);
    asked.known = None;
    let told = done(&mut house, Actor::Visitor, Command::People(Ask::SignIn(asked)));
    assert_eq!(kinds(&told), [Kind::NewDevice]);
    assert_eq!(told[0].users, [person.user]);
    let shown = house.shows(person.passkey);
    let known = house.sign_in(&person, shown, Interface::Portal);
    assert_eq!(kinds(&done(&mut house, Actor::Visitor, Command::People(Ask::SignIn(known)))), [Kind::SignIn]);
}

#[test]
fn what_touches_security_is_told_and_there_is_no_group_to_turn_it_off_by() {
    let (mut house, person) = entered();
    let me = person.actor();
    for group in Group::ALL {
        drop(house.act(me, Ask::SetNotices { group, on: false }));
    }
    let another = NewAuthenticator { kind: passkey("another", true), sealed_sha256: None };
    for (ask, kind) in [
        (Ask::BindAuthenticator(another), Kind::AuthenticatorBound),
        (Ask::RemoveAuthenticator { id: person.totp }, Kind::AuthenticatorRemoved),
        (Ask::SetEmail { sha256: digest("first") }, Kind::EmailChanged),
    ] {
        let told = done(&mut house, me, Command::People(ask));
        assert_eq!((kinds(&told), told[0].users.as_slice()), (vec![kind], [person.user].as_slice()));
    }
    let id = house.world.bot;
    let wider = kernel::guard::Limits { day_count: Some(1_000_000), ..wide_limits() };
    let soon = Told { id, stage: Stage::Soon, expires_at: house.world.now, open: 0 };
    for (event, kind) in [
        (Credential::LimitsSet { id, limits: wider }, Kind::LimitsRaised),
        (Credential::Suspended { id }, Kind::CredentialSuspended),
        (Credential::Resumed { id }, Kind::CredentialResumed),
        (Credential::Expiry(soon), Kind::CredentialExpiring),
        (Credential::Expiry(Told { stage: Stage::Over, ..soon }), Kind::CredentialExpired),
        (Credential::Revoked { id }, Kind::CredentialRevoked),
    ] {
        let told = told(&mut house, Event::Credential(event)).unwrap();
        assert_eq!((told.kind, told.users.as_slice()), (kind, [person.user].as_slice()));
    }
    let out = Ask::LogOutEverywhere { user: person.user, suspend_credentials: false };
    assert_eq!(kinds(&done(&mut house, me, Command::People(out))), [Kind::LoggedOutEverywhere]);
}

#[test]
fn of_a_ticket_that_runs_out_its_holder_and_owners_hear_and_of_a_program_everybody() {
    let (mut house, owner) = entered();
    let mut trader = house.person(Role::Trader);
    let viewer = house.person(Role::Viewer);
    house.enters_by_passkey(&mut trader);
    house.ask(trader.actor(), Command::OpenTicket).unwrap();
    let ticket = house.world.state.customer.ticket(trader.user).unwrap().id;
    let over = |id| Told { id, stage: Stage::Over, expires_at: house.world.now, open: 0 };
    for (told_of, users) in [
        (over(ticket), vec![owner.user, trader.user]),
        (over(house.world.bot), vec![owner.user, trader.user, viewer.user]),
    ] {
        let told = told(&mut house, Event::Credential(Credential::Expiry(told_of))).unwrap();
        assert_eq!((told.kind, told.users), (Kind::CredentialExpired, users));
        assert_eq!(kernel::push::Hint::of(told.kind), None, "most end at midnight");
    }
}

/// Whose signature counts as whose: a passkey of a trader is told to every owner too, and what signs nothing is not.
#[test]
fn a_passkey_of_another_is_told_to_owners_too() {
    let (mut house, owner) = entered();
    let mut trader = house.person(Role::Trader);
    house.person(Role::Viewer);
    house.enters_by_passkey(&mut trader);
    for (kind, users) in [
        (passkey("another", false), vec![owner.user, trader.user]),
        (kernel::authenticator::Kind::Password, vec![trader.user]),
    ] {
        let new = NewAuthenticator { kind, sealed_sha256: None };
        let told = done(&mut house, trader.actor(), Command::People(Ask::BindAuthenticator(new)));
        let bound = told.iter().find(|one| one.kind == Kind::AuthenticatorBound).unwrap();
        assert_eq!(bound.users, users);
    }
}

#[test]
fn narrower_limits_are_nobodys_worry() {
    let (mut house, person) = entered();
    let id = house.world.bot;
    let mut limits = house.world.state.customer.credential(id).unwrap().limits;
    limits.day_count = Some(1);
    assert_eq!(done(&mut house, person.actor(), Command::SetCredentialLimits { id, limits, read: None }), []);
}

#[test]
fn the_address_that_is_replaced_or_removed_is_told_too() {
    let (mut house, person) = entered();
    let me = person.actor();
    let (first, second) = (digest("first"), digest("second"));
    assert_eq!(done(&mut house, me, Command::People(Ask::SetEmail { sha256: first }))[0].former, None);
    assert_eq!(done(&mut house, me, Command::People(Ask::SetEmail { sha256: second }))[0].former, Some(first));
    assert_eq!(done(&mut house, me, Command::People(Ask::RemoveEmail))[0].former, Some(second));
    assert_eq!(house.act(me, Ask::RemoveEmail), Err("no_email"));
    assert_eq!(house.act(LOCAL, Ask::SetEmail { sha256: first }), Err("owner_must_sign"));
}

fn asked(house: &mut House, n: u128) -> Option<Kind> {
    let approval = Approval {
        order: OrderId::new(1, n),
        request: digest("request"),
        nonce: digest("nonce"),
        requester: house.world.bot,
        asked_at: house.world.now,
        expires_at: house.world.now.plus_ms(approval::ORDER_LIFETIME_MS),
        asked_on: None,
        missed: 0,
        closes: false,
        top: false,
        raised: None,
        first: None,
    };
    let event = approval::Event::Requested { id: ApprovalId::new(1, n), approval };
    told(house, Event::Approval(event)).map(|one| one.kind)
}

fn settled(house: &mut House, n: u128, verdict: Verdict, by: Actor) {
    let event = approval::Event::Settled { id: ApprovalId::new(1, n), verdict, by };
    assert_eq!(told(house, Event::Approval(event)).map(|one| one.kind), Some(Kind::ApprovalSettled));
}

/// CB-10: whoever asks again and again does not wear anybody out.
#[test]
fn five_unanswered_approvals_are_told_then_that_there_are_more_then_nothing_until_one_is_answered() {
    let (mut house, person) = entered();
    for n in 0..u128::from(UNANSWERED) {
        assert_eq!(asked(&mut house, n), Some(Kind::ApprovalAsked));
        settled(&mut house, n, Verdict::TimeOut, Actor::House);
    }
    assert_eq!(asked(&mut house, 10), Some(Kind::ApprovalsUnanswered));
    assert_eq!((asked(&mut house, 11), asked(&mut house, 12)), (None, None));
    settled(&mut house, 11, Verdict::Void, Actor::House);
    assert_eq!(asked(&mut house, 13), None);
    settled(&mut house, 12, Verdict::Refuse, person.actor());
    assert_eq!(asked(&mut house, 14), Some(Kind::ApprovalAsked));
}

/// CB-10: of a hundred wishes in an hour one rings, and in the next hour one more.
#[test]
fn whoever_turns_notices_on_and_off_in_a_row_is_told_once_an_hour() {
    let (mut house, person) = entered();
    let other = house.person(Role::Trader).user;
    let wish = |user, on| Event::People(People::Notice(notice::Event::GroupSet { user, group: Group::Fills, on }));
    for _hour in 0..2 {
        let rung = (0..100).filter(|n| told(&mut house, wish(person.user, n % 2 == 0)).is_some()).count();
        assert_eq!(rung, 1);
        assert!(told(&mut house, wish(other, true)).is_some(), "another's wishes are counted by themselves");
        house.world.later(3_599_999);
        assert!(told(&mut house, wish(person.user, true)).is_none());
        house.world.later(1);
    }
}

/// CB-10: a hundred questions that widen ring six times; then one is signed, or a day passes in which none is asked.
#[test]
fn of_a_hundred_changes_that_nobody_signs_six_are_told() {
    let (mut house, person) = entered();
    let level = kernel::kill_switch::Level::Credential(house.second);
    house.world.kill(level, kernel::kill_switch::Resting::KeepProtective);
    let ask = || Command::AskChange(kernel::change::Change::Release { level });
    let rings = |house: &mut House| {
        let asked = done(house, person.actor(), ask());
        kinds(&asked).contains(&Kind::ChangeAsked)
    };
    let most = usize::from(UNANSWERED) + 1;
    assert_eq!((0..100).filter(|_| rings(&mut house)).count(), most);
    // A no is no answer here: whoever asks could say it too.
    let id = *house.world.state.customer.changes.last_key_value().unwrap().0;
    house.ask(person.actor(), Command::Answer { id, verdict: Verdict::Refuse }).unwrap();
    assert!(!rings(&mut house));
    let mut later = house.clone();
    let at = later.world.now.plus_ms(notice::QUIET_MS);
    later.world.now = at;
    assert!(later.world.state.book.told.is_asked(at) && !later.world.state.book.told.is_asked(at.minus_ms(1)));
    house.widens(&person, Command::Release { level }).unwrap();
    house.world.kill(level, kernel::kill_switch::Resting::KeepProtective);
    assert_eq!((0..100).filter(|_| rings(&mut house)).count(), most);
}

#[test]
fn approvals_can_be_turned_off_and_that_is_told_while_fills_have_to_be_turned_on() {
    let (mut house, person) = entered();
    let me = person.actor();
    let off = Ask::SetNotices { group: Group::Approvals, on: false };
    assert_eq!(kinds(&done(&mut house, me, Command::People(off.clone()))), [Kind::NoticesChanged]);
    assert_eq!(house.act(me, off), Ok(Vec::new()));
    let wants = |house: &House, group| house.world.state.customer.people.notices.wants(person.user, group);
    assert_eq!(Group::ALL.map(|group| wants(&house, group)), [false, false]);
    house.act(me, Ask::SetNotices { group: Group::Fills, on: true }).unwrap();
    assert_eq!(Group::ALL.map(|group| wants(&house, group)), [false, true]);
}

#[test]
fn of_a_programs_flood_of_refusals_one_is_told_in_an_hour() {
    let (mut house, _) = entered();
    let flood = |house: &mut House, code: &str| {
        let why = Reason { category: Category::Guard, code: code.into(), facts: Vec::new() };
        let refused = connection::Event::Refused { credential: house.world.bot, why, secret_elsewhere: false };
        told(house, Event::Connection(refused)).map(|one| one.kind)
    };
    assert_eq!(flood(&mut house, "secret_wrong"), None, "one refusal is no flood");
    assert_eq!(flood(&mut house, COUNTED), Some(Kind::ProgramRefused));
    house.world.now = house.world.now.plus_ms(3_599_999);
    assert_eq!(flood(&mut house, COUNTED), None);
    house.world.now = house.world.now.plus_ms(1);
    assert_eq!(flood(&mut house, COUNTED), Some(Kind::ProgramRefused));
}

#[test]
fn of_a_program_that_falls_silent_again_and_again_one_silence_is_told_in_an_hour() {
    let (mut house, _) = entered();
    let silent = |house: &mut House, credential| {
        let reached = dead_man::Reached { credential, client_id: 1, silent_ms: 5_001, seconds: 5, orders: 1 };
        told(house, Event::DeadMan(dead_man::Event::Reached(reached))).map(|one| one.kind)
    };
    let (bot, other) = (house.world.bot, kernel::id::CredentialId::new(1, 77));
    assert_eq!(silent(&mut house, bot), Some(Kind::ProgramSilent));
    house.world.now = house.world.now.plus_ms(3_599_999);
    assert_eq!(silent(&mut house, bot), None);
    assert_eq!(silent(&mut house, other), Some(Kind::ProgramSilent), "each program by itself");
    house.world.now = house.world.now.plus_ms(1);
    assert_eq!(silent(&mut house, bot), Some(Kind::ProgramSilent));
}

#[test]
fn what_was_given_up_is_kept_until_it_is_tried_again_and_never_without_end() {
    let (mut house, person) = entered();
    let dead = house.undelivered(person.user);
    assert_eq!(house.act(Actor::House, Ask::RetryNotice { id: dead.id }).map(|events| events.len()), Ok(1));
    assert_eq!(house.act(Actor::House, Ask::RetryNotice { id: dead.id }), Err("notice_not_found"));
    for n in 0..2 * MAX_DEAD as u128 {
        let dead = notice::Dead { id: kernel::id::NoticeId::new(2, n), ..dead.clone() };
        let event = Event::People(People::Notice(notice::Event::Dead(dead)));
        assert_eq!(told(&mut house, event), None, "nothing is told of what cannot be told");
    }
    let kept = &house.world.state.customer.people.notices.dead;
    assert_eq!((kept.len(), kept[0].id), (MAX_DEAD, kernel::id::NoticeId::new(2, MAX_DEAD as u128)));
}
