//! The ticket: a person's own orders, guarded like a program's; what is closed, and what is sent twice.

use super::desk::{Desk, wide_stated};
use super::house::{DAY, House, MINUTE, Person};
use crate::world::{amount, buy, sell, wide};
use kernel::actor::Actor;
use kernel::api_credential::State;
use kernel::command::Command;
use kernel::device;
use kernel::event::Event;
use kernel::id::FormId;
use kernel::kill_switch::{Level, Resting};
use kernel::order::Side;
use kernel::people::{Command as PeopleCommand, Event as People};
use kernel::user::Role;
use kernel::working;

#[test]
fn a_ticket_that_states_nothing_closes_and_does_nothing_else() {
    let mut desk = Desk::of(Role::Owner);
    assert_eq!(desk.places(buy("1", "100")), "ticket_close_only");
    desk.held(Side::Buy, "10");
    for more in [buy("1", "100"), sell("11", "100"), buy("1", "100").market()] {
        assert_eq!(desk.places(more), "ticket_close_only");
    }
    // At market, without a stated value, of an instrument on no list: a part of it, and then the rest.
    assert_eq!(desk.places(sell("4", "100").market()), "order.admitted");
    assert_eq!(desk.places(sell("7", "100")), "ticket_close_only", "more than the open order leaves");
    assert_eq!(desk.places(sell("6", "100")), "order.admitted");
    desk.filled();
    // A sale that was never bought is bought back.
    let mut short = Desk::of(Role::Trader);
    short.held(Side::Sell, "5");
    assert_eq!(short.places(sell("1", "100")), "ticket_close_only");
    assert_eq!(short.places(buy("5", "100").market()), "order.admitted");
}

/// Two pages that lead from one position: whatever the ticket may, the second does not open the other side.
#[test]
fn what_is_asked_for_to_close_opens_nothing_however_wide_the_ticket_is() {
    let mut desk = Desk::wide(|stated| stated.allowances.market = true);
    desk.held(Side::Sell, "5");
    assert_eq!(desk.closes(buy("5", "100").market()), "order.admitted");
    desk.filled();
    desk.house.world.later(3_000);
    assert_eq!(desk.closes(buy("5", "100").market()), "ticket_close_only");
    assert_eq!(desk.places(buy("5", "100").market()), "order.admitted");
}

#[test]
fn a_held_order_that_was_asked_for_to_close_opens_nothing_when_it_is_granted() {
    let mut desk = Desk::wide(|stated| stated.limits.approve_above = Some(amount("200")));
    let there = desk.elsewhere(DAY);
    desk.held(Side::Sell, "5");
    assert_eq!(desk.closes(buy("5", "100")), "order.held");
    let id = *desk.house.world.state.book.pending.last_key_value().unwrap().0;
    desk.held(Side::Buy, "5");
    let events = desk.grants(&there, id).unwrap();
    let ended = |event: &Event| matches!(event, Event::Order(working::Event::Ended { text, .. }) if text == "ticket_close_only");
    assert!(events.iter().any(ended), "{events:?}");
}

#[test]
fn a_ticket_closes_what_programs_have_opened_and_every_account_is_in_reach() {
    let mut desk = Desk::of(Role::Owner);
    desk.house.world.trade(buy("10", "100"));
    let opened =
        Command::OpenAccount { number: "DU2".into(), base_currency: crate::world::currency("USD"), live: false };
    desk.house.ask(desk.person.actor(), opened).unwrap();
    let other = desk.house.world.state.customer.accounts.last().unwrap().id;
    assert_eq!(desk.places(sell("10", "100").market()), "order.admitted");
    desk.filled();
    assert_eq!(desk.places(buy("1", "100").on(other)), "ticket_close_only", "it may use the account");
}

#[test]
fn under_a_kill_switch_only_what_reduces_passes() {
    for level in [Level::Customer, Level::Firm] {
        let mut desk = Desk::wide(|_| {});
        desk.held(Side::Buy, "10");
        desk.house.world.kill(level, Resting::KeepProtective);
        assert_eq!(desk.places(buy("1", "100")), "kill_switch_engaged");
        assert_eq!(desk.places(sell("10", "100").market()), "order.admitted");
    }
    let mut desk = Desk::wide(|_| {});
    let own = Level::Credential(desk.ticket);
    desk.house.world.kill(own, Resting::KeepProtective);
    assert_eq!(desk.places(buy("1", "100")), "kill_switch_engaged");
    // Its own switch stops no program.
    assert_eq!(desk.house.world.place(buy("2", "100")), "admitted");
}

#[test]
fn what_a_kill_switch_cancels_of_a_ticket_is_what_could_add_risk() {
    let mut desk = Desk::wide(|_| {});
    desk.held(Side::Buy, "10");
    assert_eq!(desk.places(sell("10", "101")), "order.admitted");
    let closing = desk.house.world.last();
    desk.house.world.later(2_000);
    assert_eq!(desk.places(buy("1", "95")), "order.admitted");
    desk.house.world.kill(Level::Customer, Resting::KeepProtective);
    let enforced = desk.house.world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert_eq!(enforced.len(), 1);
    assert!(!matches!(&enforced[0], Event::Order(working::Event::CancelRequested { id }) if *id == closing));
}

#[test]
fn limits_that_are_stated_bind_as_a_programs_do() {
    let mut desk = Desk::wide(|stated| stated.limits.order_value = Some(amount("500")));
    assert_eq!(desk.places(buy("5", "100")), "order.admitted");
    assert_eq!(desk.places(buy("5.00000001", "100")), "order_value");
    assert_eq!(desk.places(buy("1", "100").market()), "order_type_not_allowed");
    assert_eq!(desk.places(buy("5", "100")), "duplicate_order");
    let other = kernel::instrument::Instrument {
        contract_id: 3,
        class: kernel::instrument::AssetClass::Etf,
        ..crate::world::apple()
    };
    assert_eq!(desk.places(buy("1", "100").of(other)), "instrument_not_allowed");
    assert_eq!(desk.places(buy("1", "104")), "price_collar");
    // The account's limits bind it too.
    desk.house.record(Event::Account(kernel::account::Event::LimitsSet {
        id: desk.house.world.account,
        limits: kernel::guard::Limits { order_value: Some(amount("100")), ..Default::default() },
    }));
    assert_eq!(desk.places(buy("2", "99")), "order_value");
}

#[test]
fn what_is_stated_for_opening_takes_nothing_from_closing() {
    let mut desk = Desk::wide(|stated| {
        stated.instruments = vec![kernel::instrument::Selector::Contract(9)];
        stated.allowances.close_any = false;
    });
    desk.held(Side::Buy, "10");
    assert_eq!(desk.places(buy("1", "100")), "instrument_not_allowed");
    assert_eq!(desk.places(sell("10", "100").market()), "order.admitted");
}

#[test]
fn expired_or_suspended_it_closes_to_the_millisecond() {
    let ends = wide_stated().expires_at.unwrap();
    for (ms, expected) in [(-1, "order.admitted"), (0, "ticket_close_only")] {
        let mut desk = Desk::wide(|_| {});
        desk.house.world.now = ends.plus_ms(ms - 1);
        desk.house.happened(People::Device(device::Event::Confirmed {
            id: desk.person.device,
            how: device::How::Code,
            since: ends.minus_ms(DAY),
            until: ends.plus_ms(DAY),
        }));
        desk.house.happened(People::Device(device::Event::Used { id: desk.person.device, at: ends.minus_ms(1) }));
        desk.house.enters_by_passkey(&mut desk.person);
        desk.house.world.now = ends.plus_ms(ms);
        assert_eq!(desk.places(buy("1", "100")), expected, "{ms}");
        desk.held(Side::Buy, "10");
        assert_eq!(desk.places(sell("2", "101")), "order.admitted");
    }
    let mut desk = Desk::wide(|_| {});
    desk.house.ask(desk.person.actor(), Command::SuspendCredential { id: desk.ticket }).unwrap();
    assert_eq!(desk.places(buy("1", "100")), "ticket_close_only");
    desk.held(Side::Buy, "10");
    assert_eq!(desk.places(sell("2", "101")), "order.admitted");
    desk.house.widens(&desk.person, Command::ResumeCredential { id: desk.ticket }).unwrap();
    assert_eq!(desk.places(buy("1", "100")), "order.admitted");
}

#[test]
fn a_form_that_is_sent_twice_places_one_order_and_changes_none() {
    let mut desk = Desk::wide(|_| {});
    let form = desk.form();
    assert_eq!(desk.sends(buy("1", "100"), form), "order.admitted");
    let before = desk.house.world.state.clone();
    // Again as it was, and with another quantity; then when the order has long ended.
    for again in [buy("1", "100"), buy("9", "100")] {
        assert_eq!(desk.sends(again, form), "ticket_form_sent");
        assert_eq!(desk.house.world.state, before, "nothing is recorded");
    }
    desk.filled();
    assert_eq!(desk.sends(buy("1", "100"), form), "ticket_form_sent");
    // What was refused is not sent by the same form either.
    let refused = desk.form();
    assert_eq!(desk.sends(buy("1", "104"), refused), "price_collar");
    assert_eq!(desk.sends(buy("1", "99"), refused), "ticket_form_sent");
    // Two forms at one time are two orders.
    assert_eq!(desk.places(buy("3", "100")), "order.admitted");
}

#[test]
fn a_form_that_lay_too_long_sends_nothing() {
    let mut desk = Desk::wide(|_| {});
    let (early, late) = (desk.form(), desk.form());
    // Whoever is there steps up again, and the page they had before is still open.
    desk.house.world.later(14 * MINUTE);
    for _ in 0..2 {
        let evidence = desk.house.shows(desk.person.passkey);
        let up_to = kernel::evidence::Capability::Trade;
        desk.house.act(desk.person.actor(), PeopleCommand::StepUp { evidence, up_to }).unwrap();
        desk.house.act(desk.person.actor(), PeopleCommand::See).unwrap();
        desk.house.world.later(8 * MINUTE);
    }
    assert_eq!(desk.sends(buy("1", "100"), early), "order.admitted");
    desk.house.world.later(1);
    assert_eq!(desk.sends(buy("2", "100"), late), "ticket_form_too_old");
    let tomorrow = FormId::new(desk.house.world.now.0 + DAY, 1);
    assert_eq!(desk.sends(buy("2", "100"), tomorrow), "ticket_form_too_old");
}

#[test]
fn a_ticket_is_its_holders_and_nobody_elses() {
    let mut desk = Desk::wide(|_| {});
    let mut other = desk.house.person(Role::Trader);
    desk.house.enters_by_passkey(&mut other);
    let form = desk.form();
    let command = desk.command(buy("1", "100"), form);
    assert_eq!(desk.house.ask(other.actor(), command.clone()).unwrap_err(), "ticket_not_open");
    desk.house.ask(other.actor(), Command::OpenTicket).unwrap();
    // With their own they only close: nothing of another's is theirs.
    assert_eq!(desk.house.ask(other.actor(), command).unwrap_err(), "ticket_close_only");
    let own = desk.house.world.state.customer.ticket(other.user).unwrap().id;
    assert_ne!(own, desk.ticket);
    // A trader states nothing for it; an owner may.
    let stated = wide_stated();
    let asks = |house: &mut House, by: &Person| {
        let stated = stated.clone();
        house.widens(by, Command::SetTicket { id: own, stated, read: None })
    };
    assert_eq!(asks(&mut desk.house, &other).unwrap_err(), "role_missing");
    asks(&mut desk.house, &desk.person).unwrap();
    // Opened once, it stays as it is.
    assert_eq!(desk.house.ask(other.actor(), Command::OpenTicket).unwrap(), []);
}

#[test]
fn a_ticket_is_stopped_by_the_loss_that_is_stated_for_it_on_whatever_account() {
    let mut desk = Desk::wide(|stated| stated.limits.day_loss = Some(amount("500")));
    let account = desk.house.world.account;
    let mut lost = |result| {
        desk.house.ask(Actor::House, Command::Mark { account, result: amount(result) }).unwrap();
        desk.places(buy("1", "100"))
    };
    assert_eq!(lost("-500"), "order.admitted");
    assert_eq!(lost("-500.01"), "kill_switch_engaged");
}

#[test]
fn no_program_uses_a_ticket_and_no_person_an_api_credential() {
    let mut desk = Desk::wide(|_| {});
    let (ticket, bot) = (Actor::Credential(desk.ticket), desk.house.world.bot);
    let connect = Command::UseCredential { id: desk.ticket, peer_uid: u32::MAX, secret: None };
    assert_eq!(desk.house.ask(ticket, connect).unwrap_err(), "credential_is_ticket");
    let (_, place) = desk.house.world.order(&buy("1", "100"));
    assert_eq!(desk.house.ask(ticket, place.clone()).unwrap_err(), "credential_is_ticket");
    assert_eq!(desk.house.ask(desk.person.actor(), place).unwrap_err(), "not_yours");
    assert_eq!(desk.places(buy("1", "100")), "order.admitted");
    let number = desk.house.world.state.book.orders[&desk.house.world.last()].client_ref;
    assert_eq!(desk.house.ask(ticket, Command::Cancel { client_ref: number }).unwrap_err(), "credential_is_ticket");
    assert_eq!(desk.house.ask(ticket, Command::CancelAll).unwrap_err(), "credential_is_ticket");
    // Nor is what makes sense for a program only done to it.
    let (id, sha256, by) = (desk.ticket, super::house::digest("new"), desk.person.actor());
    let limits = desk.house.world.state.customer.credential(id).unwrap().limits;
    for command in [
        Command::RotateCredential { id, sha256 },
        Command::RevokeCredential { id },
        Command::SetCredentialLimits { id, limits, read: None },
    ] {
        assert_eq!(desk.house.ask(by, command).unwrap_err(), "credential_is_ticket");
    }
    let to_a_program = Command::SetTicket { id: bot, stated: wide_stated(), read: None };
    assert_eq!(desk.house.widens(&desk.person, to_a_program).unwrap_err(), "ticket_not_open");
    let cancel = Command::CancelOrder { id: desk.house.world.last() };
    assert!(desk.house.ask(by, cancel).is_ok());
}

#[test]
fn a_session_that_ends_between_page_and_order_places_nothing() {
    let mut desk = Desk::wide(|_| {});
    let form = desk.form();
    let id = desk.person.session;
    desk.house.act(desk.person.actor(), PeopleCommand::EndSession { id }).unwrap();
    assert_eq!(desk.sends(buy("1", "100"), form), "session_unknown");
    let mut desk = Desk::wide(|_| {});
    desk.house.world.later(15 * MINUTE - 1);
    desk.house.act(desk.person.actor(), PeopleCommand::See).unwrap();
    desk.house.world.later(1);
    assert_eq!(desk.places(buy("1", "100")), "step_up_needed");
    assert!(!desk.house.world.log.iter().any(|one| one.event.tag() == "order.refused"));
}

#[test]
fn logging_out_with_the_programs_leaves_a_ticket_that_closes() {
    let mut desk = Desk::wide(|_| {});
    let user = desk.person.user;
    let out = PeopleCommand::LogOutEverywhere { user, suspend_credentials: true };
    desk.house.act(desk.person.actor(), out).unwrap();
    assert_eq!(desk.house.world.state.customer.ticket(user).unwrap().state, State::Suspended);
    desk.house.world.later(1);
    desk.house.enters_by_passkey(&mut desk.person);
    desk.held(Side::Buy, "10");
    assert_eq!(desk.places(buy("1", "100")), "ticket_close_only");
    assert_eq!(desk.places(sell("1", "100")), "order.admitted");
}

#[test]
fn sixty_four_programs_leave_a_place_for_a_ticket_and_tickets_for_programs() {
    let mut desk = Desk::of(Role::Owner);
    for n in 3..=64 {
        let new = wide(&[desk.house.world.account], &format!("bot{n}"), 5_000 + n);
        desk.house.ask(desk.person.actor(), Command::CreateCredential(new)).unwrap();
    }
    let mut other = desk.house.person(Role::Trader);
    desk.house.enters_by_passkey(&mut other);
    assert_eq!(desk.house.ask(other.actor(), Command::OpenTicket).unwrap().len(), 1);
}

#[test]
fn a_ticket_has_no_timer_and_its_orders_are_not_minded_by_an_accounts() {
    let mut desk = Desk::wide(|_| {});
    let mut stated = wide_stated();
    stated.limits.dead_man_seconds = Some(60);
    assert_eq!(desk.states(stated), Err("ticket_has_no_timer"));
    desk.house.world.account_limit(|limits| limits.dead_man_seconds = Some(60));
    let form = desk.form();
    assert_eq!(desk.sends(buy("1", "100"), form), "order.admitted");
    assert!(kernel::decide::minded(&desk.house.world.state).is_empty());
    let silence = Command::Silence { credential: desk.ticket, client_id: 0, silent_ms: i64::MAX };
    assert_eq!(desk.house.world.must_house(silence), []);
}
