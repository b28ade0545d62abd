//! Walks by sending: modify up, many small ones, two connections, two credentials, numbers again.

use crate::world::{LOCAL, World, amount, buy, quantity, sell, wide};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::command::{Command, Report};
use kernel::event::Event;
use kernel::kill_switch::{Level, Resting};
use kernel::order::{Kind, TimeInForce};
use kernel::working::{Ended, Event as Order};

#[test]
fn a_small_order_cannot_be_changed_into_a_large_one() {
    let mut world = World::new();
    world.limit(|limits| (limits.order_value, limits.open_value) = (Some(amount("1000")), Some(amount("1000"))));
    world.rest(buy("1", "100").number(1));
    assert_eq!(world.place(buy("10.00000001", "100").number(1)), "order_value");
    assert_eq!(world.place(buy("1", "103.00000001").number(1)), "price_collar");
    assert_eq!(world.place(buy("10", "100").number(1)), "changed");
    assert_eq!(world.place(buy("10", "100").number(1)), "change_pending");
}

#[test]
fn a_change_may_not_turn_an_order_into_another() {
    let mut world = World::with(|new| new.allowances.short_sale = true);
    let elsewhere = world.open_account("DU2", "USD");
    let both = world.create(wide(&[world.account, elsewhere], "both", 4_300));
    world.rest(buy("1", "100").number(1).by(both));
    let mut longer = buy("1", "100");
    longer.terms.time_in_force = TimeInForce::GoodTillCancel;
    let others = [
        sell("1", "100"),
        buy("1", "100").of(crate::world::euro()),
        buy("1", "100").on(elsewhere),
        buy("1", "100").stop_limit("100", "100"),
        buy("1", "100").outside_hours(),
        longer,
    ];
    for other in others {
        assert_eq!(world.place(other.number(1).by(both)), "change_not_possible");
    }
}

#[test]
fn many_small_orders_are_as_much_as_a_large_one() {
    let mut world = World::new();
    world.limit(|limits| limits.day_value = Some(amount("1000")));
    let mut value = 0;
    for n in 0..40 {
        world.later(2_000);
        match world.place(buy("1", "30")) {
            "admitted" => {
                value += 30;
                let id = world.last();
                world.ended(id, Ended::Cancelled);
            }
            word => assert_eq!((word, n >= 33), ("day_value", true)),
        }
    }
    assert_eq!(value, 990);
}

#[test]
fn two_connections_are_one_credential() {
    let mut world = World::new();
    world.limit(|limits| {
        (limits.day_value, limits.open_orders, limits.orders_per_second) = (Some(amount("1000")), Some(2), Some(2));
    });
    assert_eq!(world.place(buy("1", "100").client(1)), "admitted");
    assert_eq!(world.place(buy("2", "100").client(2)), "admitted");
    assert_eq!(world.place(buy("3", "100").client(3)), "order_rate");
    world.later(2_000);
    assert_eq!(world.place(buy("3", "100").client(4)), "open_orders");
    world.limit(|limits| limits.open_orders = Some(9));
    assert_eq!(world.place(buy("7.00000001", "100").client(5)), "day_value");
    assert_eq!(world.place(buy("7", "100").client(5)), "admitted");
}

#[test]
fn a_new_credential_is_no_way_around_the_accounts_limits() {
    let mut world = World::new();
    let other = world.second(|_| {});
    world.account_limit(|limits| {
        (limits.day_value, limits.day_count, limits.open_orders) = (Some(amount("1000")), Some(2), Some(2));
    });
    world.rest(buy("5", "100"));
    assert_eq!(world.place(buy("5.00000001", "100").by(other)), "day_value");
    let id = world.rest(buy("1", "100").by(other));
    assert_eq!(world.place(buy("1", "99")), "day_count");
    world.later(86_400_000);
    assert_eq!(world.place(buy("1", "99")), "open_orders");
    world.ended(id, Ended::Expired);
    assert_eq!(world.place(buy("1", "99")), "admitted");
}

#[test]
fn an_order_of_another_credential_is_neither_changed_nor_cancelled() {
    let mut world = World::new();
    let other = world.second(|_| {});
    let id = world.rest(buy("1", "100").number(1));
    assert_eq!(world.place(buy("2", "100").number(1).by(other)), "admitted");
    assert_eq!(world.state.book.orders[&id].terms.order_qty, quantity("1"));
    let client_ref = kernel::order::ClientRef { client_id: 0, order_id: 1 };
    assert_eq!(world.act(Actor::Credential(other), Command::Cancel { client_ref }).unwrap().len(), 1);
    assert!(!world.state.book.orders[&id].cancel_requested);
    let by_id = world.decide(Actor::Credential(other), &Command::CancelOrder { id });
    assert_eq!(by_id.unwrap_err().code(), "not_yours");
}

#[test]
fn a_number_is_used_once_also_after_a_reconnect_and_a_refusal() {
    let mut world = World::new();
    let id = world.rest(buy("1", "100").number(5));
    world.ended(id, Ended::Cancelled);
    world.act(Actor::House, Command::Disconnected { credential: world.bot, client_id: Some(0) }).unwrap();
    world.later(10_000);
    assert_eq!(world.place(buy("1", "100").number(5)), "order_number_used");
    assert_eq!(world.place(buy("1", "100").number(4)), "order_number_used");
    world.session = None;
    assert_eq!(world.place(buy("1", "100").number(6)), "outside_hours");
    world.session = Some(kernel::given::Session::Regular);
    assert_eq!(world.place(buy("1", "100").number(6)), "order_number_used");
    assert_eq!(world.place(buy("1", "100").number(7)), "admitted");
    assert_eq!(world.place(buy("2", "100").client(1).number(1)), "admitted");
}

#[test]
fn a_number_out_of_range_is_refused_and_uses_up_none() {
    let mut world = World::new();
    for number in [0, -1, i32::MIN, 2_000_000_001, i32::MAX] {
        assert_eq!(world.place(buy("1", "100").number(number)), "order_number_out_of_range");
    }
    assert_eq!(world.place(buy("1", "100").number(1)), "admitted");
    assert_eq!(world.place(buy("2", "100").number(2_000_000_000)), "admitted");
}

#[test]
fn numbers_stay_used_when_more_client_ids_come_than_are_remembered() {
    let mut world = World::new();
    assert_eq!(world.place(buy("1", "100").number(40)), "admitted");
    for client in 1..=256 {
        world.later(1);
        assert_eq!(world.place(buy(&client.to_string(), "1").client(client).number(1)), "admitted");
    }
    world.later(2_000);
    let id = world.state.book.orders.keys().next().copied().unwrap();
    world.ended(id, Ended::Cancelled);
    assert_eq!(world.place(buy("1", "100").number(40)), "order_number_used");
    assert_eq!(world.place(buy("1", "100").number(41)), "admitted");
}

#[test]
fn a_program_does_not_change_what_binds_it() {
    let world = World::new();
    let bot = Actor::Credential(world.bot);
    let commands = [
        Command::SetCredentialLimits { id: world.bot, limits: crate::world::wide_limits(), read: None },
        Command::SetAccountLimits { id: world.account, limits: crate::world::wide_limits(), read: None },
        Command::SetRestricted { id: world.account, restricted: Vec::new() },
        Command::Release { level: Level::Customer },
        Command::Engage { level: Level::Customer, resting: Resting::KeepProtective },
        Command::Rearm { credential: world.bot },
        Command::ResumeCredential { id: world.bot },
        Command::CreateCredential(wide(&[world.account], "mine", 9_999)),
    ];
    for command in commands {
        assert_eq!(world.decide(bot, &command).unwrap_err().code(), "not_yours", "{command:?}");
    }
}

#[test]
fn what_may_not_submit_does_not() {
    let mut world = World::new();
    let reader = world.second(|new| new.scopes = kernel::scope::Scopes::read_only());
    assert_eq!(world.place(buy("1", "100").by(reader)), "scope_missing");
    world.must(Command::SuspendCredential { id: world.bot });
    assert_eq!(world.place(buy("1", "100")), "credential_suspended");
    world.must(Command::ResumeCredential { id: world.bot });
    assert_eq!(world.place(buy("1", "100")), "admitted");
    world.must(Command::RevokeCredential { id: world.bot });
    assert_eq!(world.place(buy("2", "100")), "credential_revoked");
    let (actor, command) = world.order(&buy("1", "100"));
    assert_eq!(world.decide(LOCAL, &command).unwrap_err().code(), "not_yours");
    assert_eq!(world.decide(actor, &Command::CancelAll).unwrap_err().code(), "credential_revoked");
}

#[test]
fn observe_mode_notes_the_refusal_and_never_passes_the_account() {
    let mut world = World::with(|new| new.observe = true);
    world.limit(|limits| {
        (limits.order_value, limits.approve_above) = (Some(amount("100")), Some(amount("2000")));
    });
    let (actor, command) = world.order(&buy("10", "100"));
    let events = world.act(actor, command).unwrap();
    let [Event::Order(Order::Admitted { observed: Some(reason), .. })] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(reason.code, "order_value");
    assert_eq!(world.place(buy("20.00000001", "100")), "held");
    world.account_limit(|limits| limits.day_value = Some(amount("1500")));
    assert_eq!(world.place(buy("5.00000001", "100")), "day_value");
    assert_eq!(world.place(buy("5", "100")), "admitted");
    world.kill(Level::Customer, Resting::KeepProtective);
    assert_eq!(world.place(buy("1", "1")), "kill_switch_engaged");
    world.must(Command::Release { level: Level::Customer });
}

/// Within what the account states, and for seven days: then its own limits hold, whatever it is called.
#[test]
fn observe_mode_on_real_money_has_an_end_and_needs_bounds() {
    let mut world = World::with(|new| new.observe = true);
    world.limit(|limits| limits.order_value = Some(amount("100")));
    let account = world.state.customer.accounts.iter_mut().find(|account| account.id == world.account).unwrap();
    account.environment = kernel::account::Environment::Live;
    assert_eq!(world.place(buy("2", "100")), "order_value", "the account states nothing");
    world.account_limit(|limits| limits.day_value = Some(amount("1500")));
    assert_eq!(world.place(buy("2", "100.01")), "order_value", "nor how much one order may be");
    world.account_limit(|limits| limits.order_value = Some(amount("1000")));
    assert_eq!(world.place(buy("2", "100.02")), "admitted");
    assert_eq!(world.place(buy("10", "100.02")), "order_value", "that of the account holds");
    assert_eq!(world.place(sell("2", "100")), "short_sale", "what may lose more than it cost is not let pass");
    let other = kernel::instrument::Instrument { contract_id: 77, symbol: "IBM".into(), ..crate::world::apple() };
    let mut listed = world.clone();
    listed.state.customer.credentials.iter_mut().for_each(|one| one.instruments.clear());
    let bounds = |world: &mut World| world.limit(|limits| limits.order_value = Some(amount("100")));
    bounds(&mut listed);
    assert_eq!(listed.place(buy("2", "100.02").of(other)), "instrument_not_allowed", "nor what is not on its list");
    world.now = world.now.plus_ms(7 * 86_400_000 - 1);
    assert_eq!(world.place(buy("2", "100.03")), "admitted");
    world.now = world.now.plus_ms(1);
    assert_eq!(world.place(buy("2", "100.04")), "order_value", "a week is over");
    assert_eq!(world.place(buy("1", "99")), "admitted");
}

#[test]
fn an_unknown_order_stays_charged_and_is_not_changed() {
    let mut world = World::new();
    world.limit(|limits| (limits.open_orders, limits.day_value) = (Some(1), Some(amount("1000"))));
    assert_eq!(world.place(buy("6", "100").number(1)), "admitted");
    let id = world.last();
    world.report(Report::Unknown { id });
    assert_eq!(world.place(buy("5", "100").number(1)), "order_outcome_unknown");
    assert_eq!(world.place(buy("5", "100")), "day_value");
    assert_eq!(world.place(buy("4", "100")), "open_orders");
    assert_eq!(world.act(Actor::Credential(world.bot), Command::CancelAll).unwrap().len(), 1);
}

#[test]
fn a_held_order_is_answered_once() {
    let mut world = World::new();
    world.limit(|limits| limits.approve_above = Some(amount("500")));
    let (id, approval) = world.hold(buy("6", "100"));
    assert_eq!(world.grant(approval), "admitted");
    assert_eq!(world.grant(approval), "approval_not_pending");
    assert_eq!(world.state.book.orders[&id].approval, Some(approval));
    assert!(matches!(world.state.book.orders[&id].terms.kind, Kind::Limit { .. }));
    let refuse = world.decide(LOCAL, &Command::Answer { id: approval, verdict: Verdict::Refuse });
    assert_eq!(refuse.unwrap_err().code(), "approval_not_pending");
}

/// Two who read the same limits and change them at once: the second one is told, whichever door it came by.
#[test]
fn limits_are_changed_only_on_what_was_read() {
    let mut world = World::new();
    let (id, account) = (world.bot, world.account);
    let read = world.state.customer.credential(id).unwrap().limits;
    world.limit(|limits| limits.day_count = Some(7));
    let widest = crate::world::wide_limits();
    let set = |limits, read| Command::SetCredentialLimits { id, limits, read: Some(read) };
    assert_eq!(world.act(LOCAL, set(widest, read.digest())).unwrap_err().code(), "changed_meanwhile");
    let now = world.state.customer.credential(id).unwrap().limits;
    assert_eq!(now.day_count, Some(7));
    assert!(world.act(LOCAL, set(widest, now.digest())).is_ok());
    let of_account = |limits, read| Command::SetAccountLimits { id: account, limits, read: Some(read) };
    let read = world.state.customer.account(account).unwrap().limits;
    assert!(world.act(LOCAL, of_account(widest, read.digest())).is_ok());
    assert_eq!(world.act(LOCAL, of_account(read, read.digest())).unwrap_err().code(), "changed_meanwhile");
    assert_eq!(world.state.customer.account(account).unwrap().limits, widest);
}

#[test]
fn no_two_limits_have_one_digest() {
    use kernel::guard::Limits;
    let (one, none) = (Some(amount("1")), Limits::default());
    let each = [
        none,
        Limits { order_value: one, ..none },
        Limits { order_value: Some(amount("0")), ..none },
        Limits { order_quantity: Some(quantity("1")), ..none },
        Limits { collar_bps: Some(1), ..none },
        Limits { day_value: one, ..none },
        Limits { day_count: Some(1), ..none },
        Limits { open_orders: Some(1), ..none },
        Limits { open_value: one, ..none },
        Limits { messages_per_second: Some(1), ..none },
        Limits { orders_per_second: Some(1), ..none },
        Limits { repeated_fills: Some(1), ..none },
        Limits { approve_above: one, ..none },
    ];
    let digests: std::collections::BTreeSet<_> = each.iter().map(Limits::digest).collect();
    assert_eq!(digests.len(), each.len());
}
