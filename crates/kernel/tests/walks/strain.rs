//! What an account may bear: ways to spend its worth twice, or to be held to what somebody else may.

use crate::world::{World, amount, buy, leverage, quantity, sell};
use kernel::command::{Command, Report};
use kernel::needs::needs;
use kernel::order::Side;
use kernel::working::Ended;

/// Worth 1,000 with nothing held, and 1.5 of it may be.
fn at_1_5() -> World {
    let mut world = World::with(|new| new.allowances.short_sale = true);
    world.limit(|limits| limits.leverage = Some(leverage("1.5")));
    world.worth("1000", "0");
    world
}

#[test]
fn two_orders_at_once_do_not_spend_one_worth() {
    let mut world = at_1_5();
    assert_eq!(world.place(buy("10", "100")), "admitted");
    assert_eq!(world.place(buy("10", "99")), "leverage");
    assert_eq!(world.place(sell("10", "101")), "leverage", "nor does one of the other side");
}

#[test]
fn what_waits_for_a_person_is_spent_already() {
    let mut world = at_1_5();
    world.limit(|limits| limits.approve_above = Some(amount("900")));
    let (_, id) = world.hold(buy("10", "100"));
    assert_eq!(world.place(buy("6", "99")), "leverage");
    assert_eq!(world.grant(id), "admitted");
    assert_eq!(world.place(buy("6", "99")), "leverage");
}

#[test]
fn an_account_that_states_it_holds_a_credential_that_does_not() {
    let mut world = at_1_5();
    let other = world.second(|_| {});
    assert_eq!(world.place(buy("100", "100").by(other)), "admitted", "the first one's limit is its own");
    let mut world = at_1_5();
    let other = world.second(|_| {});
    world.account_limit(|limits| limits.leverage = Some(leverage("1.2")));
    assert_eq!(world.place(buy("12.01", "100").by(other)), "leverage");
}

#[test]
fn what_a_child_has_to_close_is_gone_and_then_it_opens() {
    let mut world = at_1_5();
    let mut parent = buy("5", "100").number(1);
    parent.terms.ties.parked = true;
    assert_eq!(world.place(parent), "admitted");
    let mut child = sell("5", "110").number(2);
    child.terms.ties.parent = Some(1);
    assert_eq!(world.place(child), "admitted");
    let parent = *world.state.book.orders.keys().next().unwrap();
    world.fill(parent, quantity("5"));
    world.worth("1000", "500");
    assert_eq!(world.place(buy("10", "99").client(2)), "admitted", "it closes what its parent has opened");
    let id = world.last();
    world.act(crate::world::LOCAL, Command::CancelOrder { id }).unwrap();
    world.report(Report::Ended { id, how: Ended::Cancelled, text: String::new() });
    // Somebody sells by hand what it would have closed.
    world.manual(Side::Sell, "5");
    world.worth("1000", "0");
    world.later(2_000);
    assert_eq!(world.place(buy("10", "99").client(2)), "leverage", "now it would sell short");
}

#[test]
fn a_stop_whose_price_moves_away_is_counted_again_at_its_change() {
    let mut world = at_1_5();
    world.rest(buy("10", "98").number(1));
    assert_eq!(world.place(buy("15.4", "98").number(1)), "leverage");
    assert_eq!(world.place(buy("15.3", "98").number(1)), "changed");
}

#[test]
fn the_figures_are_asked_for_where_they_are_needed_and_nowhere_else() {
    let asked = |world: &World| {
        let (actor, command) = world.order(&buy("1", "100"));
        needs(&world.state, &actor, &command).unwrap().figures_of
    };
    let mut world = World::new();
    assert_eq!(asked(&world), None);
    let other = world.second(|new| new.limits.leverage = Some(leverage("2")));
    assert_eq!(asked(&world), None, "another credential's is not asked for");
    let (actor, command) = world.order(&buy("1", "100").by(other));
    assert_eq!(needs(&world.state, &actor, &command).unwrap().figures_of.as_deref(), Some("DU1"));
    for edit in [
        (|limits| limits.leverage = Some(leverage("2"))) as fn(&mut kernel::guard::Limits),
        |limits| limits.margin_use_bps = Some(5_000),
        |limits| limits.approve_leverage_above = Some(leverage("2")),
    ] {
        let mut own = world.clone();
        own.limit(edit);
        assert_eq!(asked(&own).as_deref(), Some("DU1"));
        let mut on = world.clone();
        on.account_limit(edit);
        assert_eq!(asked(&on).as_deref(), Some("DU1"));
        // A grant is asked about by whoever answers, over the limits of whoever asked.
        own.worth("1000", "0");
        own.limit(|limits| limits.approve_above = Some(amount("10")));
        let (_, id) = own.hold(buy("1", "100"));
        let command = Command::Answer { id, verdict: kernel::approval::Verdict::Grant };
        assert_eq!(needs(&own.state, &crate::world::LOCAL, &command).unwrap().figures_of.as_deref(), Some("DU1"));
    }
}
