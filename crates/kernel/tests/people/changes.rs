//! Changes: what widens is asked for and signed, over what stood when it was asked, and of live money elsewhere.

use super::house::{DAY, House, MINUTE, Person};
use crate::world::amount;
use kernel::actor::Actor;
use kernel::change::{self, Change};
use kernel::command::Command;
use kernel::customer::over_stated;
use kernel::decide::{change_of, may_sign};
use kernel::event::Event;
use kernel::guard::Limits;
use kernel::id::{ApprovalId, AuthenticatorId, CredentialId};
use kernel::instrument::Selector;
use kernel::kill_switch::{Level, Resting};
use kernel::user::Role;

fn owned() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn raised(house: &House, id: CredentialId, count: u32) -> Command {
    let stated = house.world.state.customer.credential(id).unwrap().limits;
    Command::SetCredentialLimits { id, limits: Limits { day_count: Some(count), ..stated }, read: None }
}

fn asks(house: &mut House, by: Actor, command: &Command) -> ApprovalId {
    let change = change_of(&house.world.state, command).unwrap();
    house.ask(by, Command::AskChange(change)).unwrap();
    *house.world.state.customer.changes.last_key_value().unwrap().0
}

fn signed(house: &House, id: ApprovalId, by: AuthenticatorId) -> Command {
    let asked = &house.world.state.customer.changes[&id];
    Command::SignChange { id, signature: house.signs(by, &asked.change.digest(), &asked.nonce) }
}

#[test]
fn nothing_that_widens_is_done_without_a_signature_whatever_window_is_open() {
    let (mut house, person) = owned();
    let (bot, account, ticket) = (house.world.bot, house.world.account, house.ticket(person.user, |_| {}));
    let live = house.live_account();
    house.record(Event::Account(kernel::account::Event::RestrictedSet {
        id: account,
        restricted: vec![Selector::Contract(8)],
    }));
    house.ask(person.actor(), Command::SuspendCredential { id: bot }).unwrap();
    let mut stated = kernel::ticket::Stated::of(house.world.state.customer.credential(ticket).unwrap());
    stated.instruments.push(Selector::Contract(9));
    let limits = Limits { approve_above: None, day_count: Some(1_000), ..Limits::default() };
    for (command, done) in [
        (raised(&house, bot, 1_000_000), "credential.limits_set"),
        (Command::SetAccountLimits { id: account, limits, read: None }, "account.limits_set"),
        (Command::SetRestricted { id: account, restricted: Vec::new() }, "account.restricted_set"),
        (Command::SetTicket { id: ticket, stated, read: None }, "credential.ticket_stated"),
        (Command::ResumeCredential { id: bot }, "credential.resumed"),
        (Command::CreateCredential(crate::world::wide(&[account], "paper", 4_400)), ""),
        (Command::CreateCredential(crate::world::wide(&[live], "live", 4_401)), "credential.created"),
    ] {
        let Some(change) = change_of(&house.world.state, &command) else {
            assert_eq!(done, "", "no signature is asked for {command:?}");
            continue;
        };
        assert_eq!(house.ask(person.actor(), command.clone()).err(), Some("factor_missing"), "{command:?}");
        assert_eq!(house.world.decide(crate::world::LOCAL, &command).unwrap_err().code(), "owner_must_sign");
        let id = asks(&mut house, person.actor(), &command);
        assert_eq!(house.world.state.customer.changes[&id].change, change);
        // Elsewhere, as it must be where live money is behind it.
        let mut phone = Person { device: house.trusted_since(person.user, house.world.now.minus_ms(DAY)), ..person };
        house.enters_by_passkey(&mut phone);
        let sign = signed(&house, id, person.passkey);
        let tags: Vec<&str> = house.ask(phone.actor(), sign.clone()).unwrap().iter().map(Event::tag).collect();
        assert_eq!(&tags[tags.len() - 2..], ["change.signed", done]);
        assert_eq!(house.ask(phone.actor(), sign).unwrap_err(), "change_not_pending", "twice");
    }
}

/// Of two pages on which the same ticket was read, the second that states something is told of the first.
#[test]
fn a_ticket_is_stated_only_over_what_was_read() {
    let (mut house, person) = owned();
    let id = house.ticket(person.user, |_| {});
    let stands = |house: &House| kernel::ticket::Stated::of(house.world.state.customer.credential(id).unwrap());
    let read = Some(over_stated(&stands(&house)));
    let mut wider = stands(&house);
    wider.instruments.push(Selector::Contract(9));
    let narrower = stands(&house);
    let narrow = |read| Command::SetTicket { id, stated: narrower.clone(), read };
    house.widens(&person, Command::SetTicket { id, stated: wider.clone(), read }).unwrap();
    assert_eq!(stands(&house).instruments, wider.instruments);
    for stated in [wider.clone(), narrower.clone()] {
        let late = Command::SetTicket { id, stated, read };
        assert_eq!(house.ask(person.actor(), late).unwrap_err(), "changed_meanwhile");
    }
    let mut widest = wider.clone();
    widest.instruments.push(Selector::Contract(10));
    let late = Command::SetTicket { id, stated: widest, read };
    assert_eq!(house.widens(&person, late).unwrap_err(), "changed_meanwhile", "asked for, before it is signed");
    house.ask(person.actor(), narrow(Some(over_stated(&stands(&house))))).unwrap();
    // Whoever takes all of it back needs not have read it.
    house.ask(person.actor(), narrow(None)).unwrap();
}

/// PSD2 RTS 5(1)(d): any change to what was shown invalidates the code.
#[test]
fn what_moved_under_a_change_voids_it() {
    let (mut house, person) = owned();
    let bot = house.world.bot;
    let wider = raised(&house, bot, 1_000_000);
    let id = asks(&mut house, person.actor(), &wider);
    let sign = signed(&house, id, person.passkey);
    let narrower = raised(&house, bot, 2);
    house.ask(person.actor(), narrower).unwrap();
    assert!(house.world.state.customer.changes.is_empty(), "the question ended with what it was about");
    assert_eq!(house.ask(person.actor(), sign).unwrap_err(), "change_not_pending");
    // One that was put together over what stood before is not even asked.
    let stale = Command::AskChange(change_of(&house.world.state, &wider).unwrap());
    house.ask(person.actor(), raised(&house, bot, 1)).unwrap();
    assert_eq!(house.ask(person.actor(), stale).unwrap_err(), "changed_meanwhile");
}

#[test]
fn of_one_person_two_wait_and_about_one_thing_one() {
    let (mut house, person) = owned();
    let (bot, second, account) = (house.world.bot, house.second, house.world.account);
    let first = {
        let raise = raised(&house, bot, 1_000_001);
        asks(&mut house, person.actor(), &raise)
    };
    let raise = raised(&house, second, 1_000_001);
    asks(&mut house, person.actor(), &raise);
    assert_eq!(house.world.state.customer.changes.len(), change::MAX_PENDING_PER_USER);
    let raise = raised(&house, second, 1_000_002);
    asks(&mut house, person.actor(), &raise);
    assert!(house.world.state.customer.changes.contains_key(&first), "the same question again voids itself only");
    assert_eq!(house.world.state.customer.changes.len(), 2);
    let limits = Limits { day_count: Some(1_000), ..Limits::default() };
    asks(&mut house, person.actor(), &Command::SetAccountLimits { id: account, limits, read: None });
    assert_eq!(house.world.state.customer.changes.len(), 2);
    assert!(!house.world.state.customer.changes.contains_key(&first), "the oldest gave way");
    // Others' questions stay, ten in all.
    for _ in 0..4 {
        let mut other = house.person(Role::Owner);
        house.enters_by_passkey(&mut other);
        for id in [bot, second] {
            let raise = raised(&house, id, 1_000_003 + u32::try_from(house.world.log.len()).unwrap());
            let change = change_of(&house.world.state, &raise).unwrap();
            drop(house.ask(other.actor(), Command::AskChange(change)));
        }
    }
    assert!(house.world.state.customer.changes.len() <= change::MAX_PENDING);
}

/// The requester never answers; a different bound device does.
#[test]
fn of_live_money_a_change_is_signed_on_another_device_or_by_another_person() {
    let (mut house, person) = owned();
    let live = house.live_account();
    let trusted_before = house.trusted_since(person.user, house.world.now.minus_ms(DAY));
    let mut phone = Person { device: trusted_before, ..person };
    house.enters_by_passkey(&mut phone);
    let mut other = house.person(Role::Owner);
    house.enters_by_passkey(&mut other);
    house.world.later(MINUTE);
    let limits = Limits { day_count: Some(1_000), ..Limits::default() };
    let raise = Command::SetAccountLimits { id: live, limits, read: None };
    let id = asks(&mut house, person.actor(), &raise);
    let now = house.world.now;
    assert_eq!(may_sign(&house.world.state, &person.actor(), id, now).unwrap_err().code(), "approval_other_device");
    let here = signed(&house, id, person.second);
    assert_eq!(house.ask(person.actor(), here).unwrap_err(), "approval_other_device");
    // One that was let in for it, a day ago it did not exist: not even where it is old enough to move.
    for (signer, by) in [(phone, person.passkey), (other, other.passkey)] {
        let mut house = house.clone();
        assert_eq!(may_sign(&house.world.state, &signer.actor(), id, now).err(), None);
        let sign = signed(&house, id, by);
        assert_eq!(house.ask(signer.actor(), sign).err(), None);
        assert_eq!(house.world.state.customer.account(live).unwrap().limits.day_count, Some(1_000));
    }
    // On paper whoever asked signs where they are.
    let raise = raised(&house, house.world.bot, 1_000_000);
    let id = asks(&mut house, person.actor(), &raise);
    let sign = signed(&house, id, person.passkey);
    assert_eq!(house.ask(person.actor(), sign).err(), None);
}

#[test]
fn a_change_of_live_money_is_not_signed_on_a_device_that_was_trusted_after_it_was_asked() {
    let (mut house, mut person) = owned();
    let live = house.live_account();
    let limits = Limits { day_count: Some(1_000), ..Limits::default() };
    let id = asks(&mut house, person.actor(), &Command::SetAccountLimits { id: live, limits, read: None });
    let device = house.device(
        person.user,
        kernel::device::State::Validated { since: house.world.now.plus_ms(1), until: house.world.now.plus_ms(DAY) },
        |one| one.first = true,
    );
    let mut other = house.person(Role::Owner);
    let late =
        kernel::device::State::Validated { since: house.world.now.plus_ms(1), until: house.world.now.plus_ms(DAY) };
    other.device = house.device(other.user, late, |one| one.first = true);
    house.world.later(MINUTE);
    person.device = device;
    house.enters_by_passkey(&mut person);
    // Another owner did not ask: theirs may be as new as it likes, where it may move at all.
    let mut theirs = house.clone();
    theirs.enters_by_passkey(&mut other);
    let sign = signed(&theirs, id, other.passkey);
    assert_eq!(theirs.ask(other.actor(), sign).err(), None);
    let sign = signed(&house, id, person.passkey);
    assert_eq!(house.ask(person.actor(), sign).unwrap_err(), "approval_other_device");
}

#[test]
fn every_member_of_a_change_is_in_what_is_signed() {
    let (mut house, person) = owned();
    let (bot, account, ticket) = (house.world.bot, house.world.account, house.ticket(person.user, |_| {}));
    let new = crate::world::wide(&[account], "one", 4_600);
    let stated = kernel::ticket::Stated::of(house.world.state.customer.credential(ticket).unwrap());
    let (over, other) = (super::house::digest("over"), super::house::digest("other"));
    let limits = Limits { day_count: Some(3), ..Limits::default() };
    let wider = Limits { order_value: Some(amount("1")), ..limits };
    let mut all = vec![
        Change::AccountLimits { id: account, limits, over },
        Change::AccountLimits { id: account, limits: wider, over },
        Change::AccountLimits { id: account, limits, over: other },
        Change::Restricted { id: account, restricted: Vec::new(), over },
        Change::Restricted { id: account, restricted: vec![Selector::Contract(1)], over },
        Change::Restricted { id: account, restricted: Vec::new(), over: other },
        Change::CredentialLimits { id: bot, limits, over },
        Change::CredentialLimits { id: house.second, limits, over },
        Change::CredentialLimits { id: bot, limits: wider, over },
        Change::CredentialLimits { id: bot, limits, over: other },
        Change::Resume { id: bot },
        Change::Resume { id: house.second },
        Change::Push { device: person.device, sha256: over, host: "push.example".into() },
        Change::Push {
            device: house.trusted_since(person.user, house.world.now),
            sha256: over,
            host: "push.example".into(),
        },
        Change::Push { device: person.device, sha256: over, host: "push.test".into() },
        Change::Push { device: person.device, sha256: other, host: "push.example".into() },
    ];
    all.extend([Level::Credential(bot), Level::Account(account), Level::Customer, Level::Firm].map(|level| {
        let change = Change::Release { level };
        assert_eq!(change.takes_two(), matches!(level, Level::Customer | Level::Firm));
        change
    }));
    let stating = |edit: &dyn Fn(&mut kernel::ticket::Stated)| {
        let mut stated = stated.clone();
        edit(&mut stated);
        Change::Ticket { id: ticket, stated: Box::new(stated), over }
    };
    all.extend([
        stating(&|_| {}),
        stating(&|one| one.limits.day_count = Some(9)),
        stating(&|one| one.instruments.clear()),
        stating(&|one| one.allowances.market = !one.allowances.market),
        stating(&|one| one.allowances.stop = !one.allowances.stop),
        stating(&|one| one.allowances.short_sale = !one.allowances.short_sale),
        stating(&|one| one.allowances.option_writing = !one.allowances.option_writing),
        stating(&|one| one.allowances.outside_hours = !one.allowances.outside_hours),
        stating(&|one| one.allowances.close_any = !one.allowances.close_any),
        stating(&|one| one.expires_at = None),
    ]);
    let making = |edit: &dyn Fn(&mut kernel::command::NewCredential)| {
        let mut new = new.clone();
        edit(&mut new);
        Change::Credential(Box::new(new))
    };
    all.extend([
        making(&|_| {}),
        making(&|one| one.name.push('x')),
        making(&|one| one.scopes = kernel::scope::Scopes::read_only()),
        making(&|one| one.accounts.clear()),
        making(&|one| one.instruments.push(Selector::Contract(77))),
        making(&|one| one.port += 1),
        making(&|one| one.peer_uid += 1),
        making(&|one| one.secret = Some(other)),
        making(&|one| one.expires_at = None),
        making(&|one| one.dormancy.suspend_after_ms += 1),
        making(&|one| one.dormancy.revoke_after_ms += 1),
        making(&|one| one.limits.day_count = Some(9)),
        making(&|one| one.allowances.market = !one.allowances.market),
        making(&|one| one.cancel_on_disconnect = !one.cancel_on_disconnect),
        making(&|one| one.observe = !one.observe),
    ]);
    for (n, one) in all.iter().enumerate() {
        assert!(one.canonical().len() > 40, "{one:?}");
        for two in all.iter().skip(n + 1) {
            assert_ne!(one.digest(), two.digest(), "{one:?} and {two:?}");
        }
    }
}

#[test]
fn a_session_that_ended_signs_nothing_and_a_switch_engaged_meanwhile_leaves_other_questions() {
    let (mut house, person) = owned();
    let raise = raised(&house, house.world.bot, 1_000_000);
    let id = asks(&mut house, person.actor(), &raise);
    house.ask(person.actor(), Command::Engage { level: Level::Customer, resting: Resting::KeepProtective }).unwrap();
    assert!(house.world.state.customer.changes.contains_key(&id));
    let sign = signed(&house, id, person.passkey);
    house.act(person.actor(), kernel::people::Command::EndSession { id: person.session }).unwrap();
    assert_eq!(house.ask(person.actor(), sign).unwrap_err(), "session_unknown");
}

/// Real money waits for somebody who can sign for it; in observe mode the account's own limits are all that holds it.
#[test]
fn a_live_account_opens_for_an_owner_and_is_observed_only_within_limits_of_its_own() {
    let open = |number: &str| {
        let base_currency = crate::world::currency("EUR");
        Command::OpenAccount { number: number.into(), base_currency, live: true }
    };
    let mut alone = crate::world::World::new();
    assert_eq!(alone.act(Actor::House, open("U1")).unwrap_err().code(), "live_account_needs_owner");
    let (mut house, person) = owned();
    house.ask(Actor::House, open("U1")).unwrap();
    let account = house.world.state.customer.accounts.last().unwrap().clone();
    assert_eq!(account.environment, kernel::account::Environment::Live);
    let mut new = crate::world::wide(&[account.id], "watched", 4_300);
    new.observe = true;
    let create = Command::CreateCredential(new);
    let change = change_of(&house.world.state, &create).expect("it is signed");
    let asked = house.ask(person.actor(), Command::AskChange(change.clone()));
    assert_eq!(asked.unwrap_err(), "observe_needs_account_limits", "what cannot be done is not asked about");
    for (order, day) in [("1000", None), ("1000", Some("5000"))] {
        let limits = Limits { order_value: Some(amount(order)), day_value: day.map(amount), ..Limits::default() };
        house.record(Event::Account(kernel::account::Event::LimitsSet { id: account.id, limits }));
        let asked = house.ask(person.actor(), Command::AskChange(change.clone()));
        assert_eq!(asked.is_ok(), day.is_some(), "{asked:?}");
    }
}
