//! Walks in time: what was held is changed, cancelled or granted late; what ended is filled; what is told is told twice.

use crate::world::{World, amount, buy, price, quantity, sell};
use kernel::actor::Actor;
use kernel::approval::Event as Approval;
use kernel::command::{Command, Report};
use kernel::event::Event;
use kernel::id::{ApprovalId, OrderId};
use kernel::kill_switch::{Level, Resting};
use kernel::order::{ClientRef, Side};
use kernel::state;
use kernel::working::Ended;

fn held() -> (World, OrderId, ApprovalId) {
    let mut world = World::new();
    world.limit(|limits| limits.approve_above = Some(amount("500")));
    let (order, approval) = world.hold(buy("6", "100").number(1));
    (world, order, approval)
}

#[test]
fn a_change_of_a_held_order_voids_its_approval() {
    let (mut world, order, old) = held();
    assert_eq!(world.place(buy("60", "100").number(1)), "held");
    let new = *world.state.book.pending.keys().next().unwrap();
    assert_ne!(new, old);
    assert_eq!(world.grant(old), "approval_not_pending");
    assert_eq!(world.state.book.pending.len(), 1);
    assert_eq!(world.state.book.pending[&new].request, world.state.book.orders[&order].terms.digest());
    assert_eq!(world.grant(new), "admitted");
    assert_eq!(world.state.book.orders[&order].terms.order_qty, quantity("60"));
}

#[test]
fn a_held_order_that_is_made_small_needs_no_approval_any_more() {
    let (mut world, order, approval) = held();
    let (actor, command) = world.order(&buy("5", "100").number(1));
    let events = world.act(actor, command).unwrap();
    assert!(matches!(events[0], Event::Approval(Approval::Settled { id, .. }) if id == approval));
    assert_eq!(world.state.book.orders[&order].approval, None);
    assert_eq!(world.grant(approval), "approval_not_pending");
}

#[test]
fn a_change_that_is_refused_leaves_the_held_order_as_it_was_asked() {
    let (mut world, order, approval) = held();
    assert_eq!(world.place(buy("6", "200").number(1)), "price_collar");
    assert_eq!(world.place(sell("6", "100").number(1)), "change_not_possible");
    assert_eq!(world.state.book.orders[&order].terms.kind.price(), Some(price("100")));
    assert_eq!(world.grant(approval), "admitted");
}

#[test]
fn an_approved_order_cannot_be_changed_up_under_its_approval() {
    let (mut world, order, approval) = held();
    assert_eq!(world.grant(approval), "admitted");
    world.report(Report::Acknowledged { id: order, venue_ref: "v".into() });
    for up in ["6.00000001", "60", "5.5"] {
        assert_eq!(world.place(buy(up, "100").number(1)), "change_needs_approval");
    }
    assert_eq!(world.place(buy("5", "100").number(1)), "changed");
}

#[test]
fn what_is_cancelled_while_it_is_held_is_never_sent() {
    let (mut world, _, approval) = held();
    let client_ref = ClientRef { client_id: 0, order_id: 1 };
    world.act(Actor::Credential(world.bot), Command::Cancel { client_ref }).unwrap();
    assert_eq!(world.grant(approval), "approval_not_pending");
    assert!(world.state.book.orders.is_empty());
    let again = world.decide(Actor::Credential(world.bot), &Command::Cancel { client_ref });
    assert_eq!(again.unwrap_err().code(), "order_not_open");
}

type Way = (&'static str, fn(&mut World));

#[test]
fn a_grant_is_decided_again() {
    let ways: [Way; 8] = [
        ("after the kill switch", |w| w.kill(Level::Firm, Resting::KeepProtective)),
        ("after the limit was lowered", |w| w.limit(|limits| limits.order_value = Some(amount("599.99")))),
        ("after the day was used up", |w| {
            w.limit(|limits| limits.day_value = Some(amount("1000")));
            w.rest(buy("4.5", "100"));
        }),
        ("after the price moved", |w| (w.bid, w.ask) = (price("90"), price("90"))),
        ("without a quote", |w| w.quote_age = Some(5_001)),
        ("after the session", |w| w.session = None),
        ("after its credential was revoked", |w| {
            w.must(Command::RevokeCredential { id: w.bot });
        }),
        ("after it was disarmed", |w| {
            w.limit(|limits| limits.repeated_fills = Some(1));
            w.trade(buy("1", "100"));
        }),
    ];
    for (way, walk) in ways {
        let (mut world, order, approval) = held();
        walk(&mut world);
        world.later(1);
        assert_eq!(world.grant(approval), "refused when granted", "{way}");
        assert!(!world.is_open(order), "{way}");
        assert_eq!(world.grant(approval), "approval_not_pending", "{way}");
    }
    let (mut world, _, approval) = held();
    world.later(119_999);
    assert_eq!(world.grant(approval), "admitted");
}

#[test]
fn a_grant_is_not_stopped_by_rates_nor_taken_for_its_own_duplicate() {
    let (mut world, _, approval) = held();
    world.limit(|limits| limits.messages_per_second = Some(0));
    assert_eq!(world.place(buy("1", "100")), "message_rate");
    assert_eq!(world.grant(approval), "admitted");
}

#[test]
fn a_late_fill_of_an_ended_order_still_moves_the_position_of_its_credential() {
    let mut world = World::new();
    let id = world.rest(buy("10", "100"));
    world.ended(id, Ended::Cancelled);
    assert!(!world.is_open(id));
    let execution = world.execution(Some(id), Side::Buy, quantity("3"));
    world.report(Report::Filled(execution));
    assert_eq!(world.position(world.bot), (quantity("3"), quantity("3")));
    assert_eq!(world.place(sell("3", "100")), "admitted");
}

#[test]
fn an_execution_that_is_told_twice_counts_once() {
    let mut world = World::new();
    let id = world.rest(buy("10", "100"));
    let execution = world.execution(Some(id), Side::Buy, quantity("3"));
    assert_eq!(world.report(Report::Filled(execution.clone())).len(), 1);
    assert_eq!(world.report(Report::Filled(execution.clone())), []);
    world.later(6 * 86_400_000);
    assert_eq!(world.report(Report::Filled(execution)), []);
    // Even if it were recorded twice, it is applied once.
    let told = world.log.iter().rev().find(|recorded| recorded.event.tag() == "order.filled").unwrap().clone();
    state::apply(&mut world.state, &told);
    assert_eq!(world.position(world.bot), (quantity("3"), quantity("3")));
    assert_eq!(world.state.book.orders[&id].filled, quantity("3"));
}

#[test]
fn more_than_was_ordered_is_a_fact_too_and_says_nothing_of_the_order() {
    let mut world = World::new();
    let id = world.rest(buy("1", "100"));
    world.fill(id, quantity("5"));
    assert!(world.is_open(id));
    assert_eq!(world.position(world.bot), (quantity("0"), quantity("5")));
    world.fill(id, quantity("1"));
    assert!(!world.is_open(id));
    assert_eq!(world.position(world.bot), (quantity("1"), quantity("6")));
}

#[test]
fn a_fill_that_its_order_cannot_have_had_moves_the_position_and_leaves_the_order_open() {
    let mut world = World::new();
    let id = world.rest(buy("10", "100"));
    let mut other = world.execution(Some(id), Side::Buy, quantity("3"));
    other.contract_id += 1;
    world.report(Report::Filled(other));
    let sold = world.execution(Some(id), Side::Sell, quantity("3"));
    world.report(Report::Filled(sold));
    assert_eq!(world.state.book.orders[&id].filled, quantity("0"));
    assert_eq!(world.position(world.bot), (quantity("0"), quantity("-3")));
}

#[test]
fn a_fill_of_nothing_or_of_less_is_none() {
    let mut world = World::new();
    let id = world.rest(buy("10", "100"));
    for told in ["0", "-4"] {
        let execution = world.execution(Some(id), Side::Buy, quantity(told));
        assert_eq!(world.report(Report::Filled(execution)), []);
    }
    assert_eq!(world.position(world.bot), (quantity("0"), quantity("0")));
}

#[test]
fn a_manual_trade_moves_the_net_and_belongs_to_nobody() {
    let mut world = World::new();
    world.manual(Side::Buy, "10");
    assert_eq!(world.position(world.bot), (quantity("0"), quantity("10")));
    assert_eq!(world.place(sell("1", "100")), "not_yours_to_close");
    let closer = world.second(|new| new.allowances.close_any = true);
    assert_eq!(world.place(sell("10", "100").by(closer)), "admitted");
}

#[test]
fn a_kill_keeps_the_protective_stop_and_cancels_what_could_increase() {
    let mut world = World::with(|new| new.allowances.stop = true);
    world.trade(buy("10", "100"));
    let stop = world.rest(sell("10", "1").stop("90"));
    let more = world.rest(buy("5", "95"));
    let (_, approval) = {
        world.limit(|limits| limits.approve_above = Some(amount("100")));
        world.hold(buy("5", "96"))
    };
    world.kill(Level::Credential(world.bot), Resting::KeepProtective);
    world.act(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert!(!world.state.book.orders[&stop].cancel_requested);
    assert!(world.state.book.orders[&more].cancel_requested);
    assert_eq!(world.grant(approval), "approval_not_pending");
    assert_eq!(world.state.book.orders.len(), 2);
}

#[test]
fn an_expired_credential_trades_no_more_though_its_order_is_held() {
    let (mut world, _, approval) = held();
    world.later(80 * 86_400_000);
    assert_eq!(world.place(buy("1", "100")), "credential_expired");
    assert_eq!(world.grant(approval), "approval_not_pending");
}

#[test]
fn while_the_venue_is_lost_no_order_and_no_change_is_taken_and_cancels_are() {
    let mut world = World::new();
    world.rest(buy("10", "100").number(1));
    world.venue_lost = true;
    assert_eq!(world.place(buy("1", "99")), "venue_lost");
    assert_eq!(world.place(buy("11", "100").number(1)), "venue_lost");
    // Not even what only reduces: it would be sent at a moment that nobody chose.
    world.manual(Side::Buy, "10");
    assert_eq!(world.place(sell("1", "100")), "venue_lost");
    let cancel = Command::CancelAll;
    assert_eq!(world.act(Actor::Credential(world.bot), cancel).unwrap().len(), 1);
    world.venue_lost = false;
    assert_eq!(world.place(buy("1", "99")), "admitted");
}

#[test]
fn what_a_person_grants_while_the_venue_is_lost_is_not_sent_either() {
    let (mut world, id, approval) = held();
    world.venue_lost = true;
    assert_eq!(world.grant(approval), "refused when granted");
    assert!(
        !world
            .log
            .iter()
            .any(|recorded| recorded.event.tag() == "order.admitted" && recorded.event.order() == Some(id))
    );
}
