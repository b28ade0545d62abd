//! Brackets and groups: what a child may close, what a part that is refused takes along, and what all could do together.

use crate::world::{Ask, LOCAL, Word, World, buy, quantity, sell};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::effect::{self, Effect};
use kernel::event::Event;
use kernel::id::OrderId;
use kernel::kill_switch::{Level, Resting};
use kernel::order::{ClientRef, Side};
use kernel::reason::{Category, Reason};
use kernel::ties::{Fills, Group};
use kernel::working::{Ended, Event as Order, Status};

fn parked(mut ask: Ask) -> Ask {
    ask.terms.ties.parked = true;
    ask
}
fn child(mut ask: Ask, parent: i32) -> Ask {
    ask.terms.ties.parent = Some(parent);
    ask
}
fn grouped(mut ask: Ask, name: &str, fills: Fills) -> Ask {
    ask.terms.ties.group = Some(Group { name: name.into(), fills });
    ask
}
fn ids(world: &World) -> Vec<OrderId> {
    world.state.book.orders.keys().copied().collect()
}
fn statuses(world: &World) -> Vec<Status> {
    world.state.book.orders.values().map(|order| order.status).collect()
}

/// As bots send it: the parent and its profit-taker parked, the stop last.
fn bracket(world: &mut World, entry: Ask) -> [Word; 3] {
    let size = entry.terms.order_qty.to_string();
    let number = world.state.book.highest_reference(world.bot, 0) + 1;
    let [first, second] =
        [world.place(parked(entry).number(number)), world.place(parked(child(sell(&size, "110"), number)))];
    [first, second, world.place(child(sell(&size, "1").stop("90"), number))]
}

#[test]
fn a_bracket_as_bots_send_it_is_admitted_and_leaves_together_with_the_parent_first() {
    let mut world = World::new();
    let number = 1;
    assert_eq!(world.place(parked(buy("10", "100"))), "admitted");
    assert_eq!(world.place(parked(child(sell("10", "110"), number))), "admitted");
    assert_eq!(statuses(&world), [Status::Parked; 2]);
    let nothing = world.log.iter().all(|recorded| effect::of(&world.state, &recorded.event).is_none());
    assert!(nothing, "nothing has left yet");
    let (actor, command) = world.order(&child(sell("10", "1").stop("90"), number));
    let events = world.act(actor, command).unwrap();
    let sent: Vec<Effect> = events.iter().filter_map(|event| effect::of(&world.state, event)).collect();
    let [entry, profit, stop] = ids(&world)[..] else { panic!() };
    let told: Vec<_> = sent
        .iter()
        .map(|effect| match effect {
            Effect::Submit { id, tied, .. } => (*id, tied.parent, tied.parked, tied.group.is_some()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [(entry, None, true, false), (profit, Some(entry), true, true), (stop, Some(entry), false, true)]);
    assert_eq!(statuses(&world), [Status::Admitted; 3]);
}

#[test]
fn a_child_closes_what_its_parent_opens_and_nothing_else() {
    let refused = |position: Option<&str>, parent: Ask, other: Ask| {
        let mut world = World::new();
        if let Some(size) = position {
            world.trade(buy(size, "100"));
        }
        let number = world.state.book.highest_reference(world.bot, 0) + 1;
        assert_eq!(world.place(parked(parent).number(number)), "admitted");
        world.place(child(other, number))
    };
    assert_eq!(refused(None, buy("10", "100"), sell("10", "110")), "admitted");
    assert_eq!(refused(None, buy("10", "100"), sell("10.00000001", "110")), "child_does_not_close");
    assert_eq!(refused(None, buy("10", "100"), buy("1", "99")), "child_does_not_close");
    assert_eq!(refused(None, buy("10", "100"), sell("1", "110").of(crate::world::euro())), "child_does_not_close");
    assert_eq!(refused(Some("5"), buy("10", "100"), sell("10", "110")), "admitted");
    // It would open again what its parent closes.
    assert_eq!(refused(Some("10"), sell("10", "100"), buy("10", "90")), "child_does_not_close");
}

#[test]
fn a_child_without_a_waiting_parent_is_refused_whatever_comes_first() {
    let mut world = World::new();
    assert_eq!(world.place(child(sell("10", "110"), 5)), "parent_not_waiting");
    world.rest(buy("10", "100"));
    let number = world.state.book.highest_reference(world.bot, 0);
    assert_eq!(world.place(child(sell("10", "110"), number)), "parent_not_waiting", "it works already");
    let mut other = World::new();
    let second = other.second(|_| {});
    other.place(parked(buy("10", "100")).by(second));
    assert_eq!(other.place(child(sell("10", "110"), 1).number(2)), "parent_not_waiting", "it is another's");
    let mut deep = World::new();
    deep.place(parked(buy("10", "100")));
    deep.place(parked(child(sell("10", "110"), 1)));
    assert_eq!(deep.place(child(buy("1", "90"), 2)), "parent_not_waiting", "a child has no children");
}

#[test]
fn a_part_that_is_refused_keeps_the_rest_from_ever_being_sent() {
    let mut world = World::new();
    world.place(parked(buy("10", "100")));
    // Worse than the collar lets it be.
    assert_eq!(world.place(parked(child(sell("10", "1"), 1))), "price_collar");
    assert_eq!(world.place(child(sell("10", "1").stop("90"), 1)), "family_broken");
    assert_eq!(statuses(&world), [Status::Parked]);

    let mut world = World::new();
    world.place(parked(buy("10", "100")));
    let reason = Reason { category: Category::Guard, code: "field_not_understood".into(), facts: Vec::new() };
    let decline = Command::Decline { client_ref: ClientRef { client_id: 0, order_id: 2 }, reason };
    world.act(Actor::Credential(world.bot), decline).unwrap();
    assert_eq!(world.place(child(sell("10", "110"), 1)), "family_broken", "nobody knows what the other one was");
}

#[test]
fn what_waits_too_long_or_for_nobody_ends_and_was_never_sent() {
    let mut world = World::new();
    world.place(parked(buy("10", "100")));
    world.later(3_000).place(parked(child(sell("10", "110"), 1)));
    world.later(1_999);
    assert!(world.must_house(Command::Expire).is_empty());
    assert_eq!(world.later(1).place(child(sell("10", "1").stop("90"), 1)), "parent_not_waiting");
    let ended = world.must_house(Command::Expire);
    assert_eq!(ended.len(), 2);
    assert!(ended.iter().all(|event| matches!(event, Event::Order(Order::Ended { how: Ended::Incomplete, .. }))));
    assert!(world.state.book.orders.is_empty() && world.state.book.groups.is_empty());

    let mut world = World::new();
    world.place(parked(buy("10", "100")));
    world.place(parked(child(sell("10", "110"), 1)));
    world.rest(buy("1", "99"));
    let credential = world.bot;
    let gone = world.must_house(Command::Disconnected { credential, client_id: Some(0) });
    assert_eq!(gone.len(), 2, "what works stays: it is not to be cancelled on disconnect");
    assert_eq!(statuses(&world), [Status::Acknowledged]);
}

#[test]
fn cancelling_a_parent_that_waits_ends_its_children() {
    let mut world = World::new();
    world.place(parked(buy("10", "100")));
    world.place(parked(child(sell("10", "110"), 1)));
    let client_ref = ClientRef { client_id: 0, order_id: 1 };
    world.act(Actor::Credential(world.bot), Command::Cancel { client_ref }).unwrap();
    assert!(world.state.book.orders.is_empty());
}

#[test]
fn a_kill_ends_what_waits_and_a_child_that_comes_after_it_releases_nothing() {
    let mut world = World::new();
    world.trade(buy("3", "100"));
    world.place(parked(sell("3", "110")));
    world.place(parked(buy("10", "100")).number(3));
    world.kill(Level::Customer, Resting::KeepProtective);
    // Before the switch was carried out.
    assert_eq!(world.place(child(sell("10", "111"), 3)), "kill_switch_engaged");
    world.must_house(Command::Enforce { voided: Vec::new() });
    assert!(world.state.book.orders.is_empty());
}

#[test]
fn a_kill_keeps_the_children_of_what_was_filled_and_cancels_those_of_what_was_not() {
    let mut world = World::new();
    bracket(&mut world, buy("10", "100"));
    let [entry, profit, stop] = ids(&world)[..] else { panic!() };
    world.fill(entry, quantity("10"));
    let open = bracket(&mut world, buy("5", "99"));
    assert_eq!(open, ["admitted"; 3]);
    world.kill(Level::Customer, Resting::KeepProtective);
    world.must_house(Command::Enforce { voided: Vec::new() });
    let asked = |id: &OrderId| world.state.book.orders[id].cancel_requested;
    assert!(!asked(&profit) && !asked(&stop), "together they close the ten that are held");
    assert_eq!(ids(&world).iter().filter(|id| asked(id)).count(), 3);
}

#[test]
fn the_children_close_together_what_the_parent_has_traded_and_no_more() {
    let mut world = World::new();
    bracket(&mut world, buy("10", "100"));
    let [entry, profit, _] = ids(&world)[..] else { panic!() };
    assert_eq!(world.place(sell("1", "105")), "short_sale", "nothing is there to sell");
    world.fill(entry, quantity("4"));
    assert_eq!(world.place(sell("1", "106")), "short_sale", "all four are the children's");
    world.fill(entry, quantity("6"));
    world.fill(profit, quantity("3"));
    world.trade(buy("2", "100"));
    // 9 are held, and the children may sell 7 of them.
    assert_eq!(world.place(sell("2", "107")), "admitted");
    assert_eq!(world.place(sell("0.00000001", "108")), "short_sale");
}

#[test]
fn of_unequal_children_what_one_has_closed_is_left_to_none() {
    let mut world = World::new();
    let number = 1;
    world.place(parked(buy("10", "100")));
    world.place(parked(child(sell("6", "110"), number)));
    assert_eq!(world.place(child(sell("10", "1").stop("90"), number)), "admitted");
    let [entry, profit, _] = ids(&world)[..] else { panic!() };
    world.fill(entry, quantity("10"));
    world.fill(profit, quantity("4"));
    world.trade(buy("2", "100"));
    // 8 are held, and of the 10 that the parent has traded 6 are left to both.
    assert_eq!(world.place(sell("2", "107")), "admitted");
    assert_eq!(world.place(sell("0.00000001", "108")), "short_sale");
}

#[test]
fn a_child_is_not_made_larger_than_its_parent_nor_a_parent_smaller_than_its_child() {
    let mut world = World::new();
    bracket(&mut world, buy("10", "100"));
    for id in ids(&world) {
        world.report(kernel::command::Report::Acknowledged { id, venue_ref: "v".into() });
    }
    assert_eq!(world.place(child(sell("10", "111"), 1).number(2)), "changed");
    assert_eq!(world.place(child(sell("10.00000001", "1").stop("91"), 1).number(3)), "change_not_possible");
    assert_eq!(world.place(buy("9", "100").number(1)), "change_not_possible");
    assert_eq!(world.place(buy("11", "100").number(1)), "changed");
}

#[test]
fn a_child_whose_parent_has_ended_is_changed_only_to_close_what_is_held() {
    let mut world = World::new();
    bracket(&mut world, buy("10", "100"));
    let [entry, profit, _] = ids(&world)[..] else { panic!() };
    world.report(kernel::command::Report::Acknowledged { id: profit, venue_ref: "v".into() });
    world.fill(entry, quantity("10"));
    assert_eq!(world.place(child(sell("10", "111"), 1).number(2)), "changed");
    world.report(kernel::command::Report::Replaced { id: profit });
    // A person has sold elsewhere what it was to close.
    world.manual(Side::Sell, "1");
    assert_eq!(world.place(child(sell("10", "112"), 1).number(2)), "short_sale");
}

#[test]
fn a_parked_order_is_not_changed_and_a_working_one_is_not_parked() {
    let mut world = World::new();
    world.place(parked(buy("10", "100")));
    assert_eq!(world.place(buy("10", "101").number(1)), "parked_order_not_changed");
    world.rest(buy("10", "99"));
    assert_eq!(world.place(parked(buy("10", "98")).number(2)), "change_not_possible");
}

#[test]
fn nothing_tied_waits_for_a_person() {
    let mut world = World::new();
    world.limit(|limits| limits.approve_above = Some(crate::world::amount("500")));
    assert_eq!(world.place(parked(buy("10", "100"))), "approval_not_in_a_group");
    assert_eq!(world.place(grouped(buy("10", "100"), "g", Fills::CancelBlocked)), "approval_not_in_a_group");
    assert_eq!(world.place(parked(buy("4", "100"))), "admitted");
    assert!(world.state.book.pending.is_empty());
}

#[test]
fn a_group_of_which_one_trades_counts_once_and_a_group_of_which_all_may_counts_each() {
    let sells = |fills| {
        let mut world = World::with(|new| new.allowances.stop = true);
        world.trade(buy("10", "100"));
        assert_eq!(world.place(grouped(sell("10", "110"), "exit", fills)), "admitted");
        world.place(grouped(sell("10", "1").stop("90"), "exit", fills))
    };
    assert_eq!(sells(Fills::CancelBlocked), "admitted");
    assert_eq!(sells(Fills::ReduceBlocked), "admitted");
    assert_eq!(sells(Fills::Reduce), "short_sale");
    let mut world = World::with(|new| new.allowances.stop = true);
    world.trade(buy("10", "100"));
    world.place(grouped(sell("10", "110"), "exit", Fills::CancelBlocked));
    assert_eq!(world.place(grouped(sell("10", "1").stop("90"), "other", Fills::CancelBlocked)), "short_sale");
    assert_eq!(world.place(grouped(sell("10", "1").stop("90"), "exit", Fills::ReduceBlocked)), "short_sale", "mixed");
    assert_eq!(world.place(grouped(sell("10.00000001", "1").stop("90"), "exit", Fills::CancelBlocked)), "short_sale");
    assert_eq!(world.place(sell("1", "120")), "short_sale");
    assert_eq!(world.place(grouped(sell("10", "1").stop("90"), "exit", Fills::CancelBlocked)), "admitted");
}

#[test]
fn a_group_is_its_credentials_own() {
    let mut world = World::with(|new| new.allowances.close_any = true);
    let second = world.second(|new| (new.allowances.close_any, new.allowances.stop) = (true, true));
    world.trade(buy("10", "100"));
    assert_eq!(world.place(grouped(sell("10", "110"), "exit", Fills::CancelBlocked)), "admitted");
    let theirs = grouped(sell("10", "1").stop("90"), "exit", Fills::CancelBlocked);
    assert_eq!(world.place(theirs.by(second)), "short_sale");
    let named = |by| {
        let mut world = World::with(|new| new.allowances.close_any = true);
        let second = world.second(|_| {});
        let ask = grouped(buy("1", "100"), "exit", Fills::CancelBlocked);
        world.place(if by { ask.by(second) } else { ask });
        match effect::of(&world.state, &world.log.last().unwrap().event) {
            Some(Effect::Submit { tied, .. }) => tied.group.unwrap().0,
            other => panic!("{other:?}"),
        }
    };
    assert_ne!(named(false), named(true), "at the venue they are two");
}

#[test]
fn what_a_group_has_traded_is_not_left_to_it() {
    let mut world = World::new();
    world.trade(buy("10", "100"));
    world.rest(grouped(sell("10", "110"), "exit", Fills::ReduceBlocked));
    let stop = world.rest(grouped(sell("10", "1").stop("90"), "exit", Fills::ReduceBlocked));
    let profit = ids(&world)[0];
    world.fill(profit, quantity("4"));
    world.kill(Level::Customer, Resting::KeepProtective);
    world.must_house(Command::Enforce { voided: Vec::new() });
    assert!(!world.state.book.orders[&stop].cancel_requested, "six are held and six are left to both");
    world.manual(Side::Sell, "1");
    world.must_house(Command::Enforce { voided: Vec::new() });
    assert!(world.state.book.orders[&stop].cancel_requested);
    assert!(world.act(LOCAL, Command::Release { level: Level::Customer }).is_ok());
}

#[test]
fn a_smaller_one_makes_its_group_sell_no_less() {
    for (sold, word) in [(None, "admitted"), (Some("4"), "short_sale")] {
        let mut world = World::new();
        world.trade(buy("10", "100"));
        world.rest(grouped(sell("10", "110"), "exit", Fills::ReduceBlocked));
        if let Some(sold) = sold {
            world.manual(Side::Sell, sold);
        }
        let smaller = grouped(sell("4", "111"), "exit", Fills::ReduceBlocked);
        assert_eq!(world.place(smaller), word, "{sold:?}: the group may sell 10 all the same");
    }
}

#[test]
fn what_joins_a_group_after_a_fill_counts_in_full() {
    let mut world = World::new();
    world.trade(buy("300", "100"));
    let first = world.rest(grouped(sell("200", "105"), "exit", Fills::ReduceBlocked));
    world.rest(grouped(sell("200", "120"), "exit", Fills::ReduceBlocked));
    world.fill(first, quantity("100"));
    // The fill took 100 of those that rested; it takes nothing of what comes now.
    world.rest(grouped(sell("200", "121"), "exit", Fills::ReduceBlocked));
    assert_eq!(world.place(sell("0.00000001", "122")), "short_sale", "200 are held, and 200 may be sold");
    world.kill(Level::Customer, Resting::KeepProtective);
    assert_eq!(world.place(sell("100", "123")), "kill_switch_engaged");
}

#[test]
fn what_is_changed_in_a_group_after_a_fill_counts_in_full_again() {
    let mut world = World::new();
    world.trade(buy("300", "100"));
    let first = world.rest(grouped(sell("200", "105"), "exit", Fills::ReduceBlocked));
    world.rest(grouped(sell("200", "120"), "exit", Fills::ReduceBlocked));
    let second = world.state.book.highest_reference(world.bot, 0);
    world.fill(first, quantity("100"));
    assert_eq!(world.place(sell("100", "122")), "admitted", "what rests may sell 100 more");
    let mut world = World::new();
    world.trade(buy("300", "100"));
    let first = world.rest(grouped(sell("200", "105"), "exit", Fills::ReduceBlocked));
    world.rest(grouped(sell("200", "120"), "exit", Fills::ReduceBlocked));
    world.fill(first, quantity("100"));
    let change = grouped(sell("200", "119"), "exit", Fills::ReduceBlocked);
    assert_eq!(world.place(change.number(second)), "changed");
    assert_eq!(world.place(sell("0.00000001", "122")), "short_sale");
}

#[test]
fn what_is_changed_while_another_of_its_group_fills_counts_in_full() {
    let mut world = World::new();
    world.trade(buy("100", "100"));
    let first = world.rest(grouped(sell("100", "105"), "exit", Fills::ReduceBlocked));
    let second = world.rest(grouped(sell("100", "120"), "exit", Fills::ReduceBlocked));
    let number = world.state.book.highest_reference(world.bot, 0);
    assert_eq!(world.place(grouped(sell("100", "119"), "exit", Fills::ReduceBlocked).number(number)), "changed");
    world.fill(first, quantity("60"));
    world.report(kernel::command::Report::Replaced { id: second });
    // It may be for 100 there again, and 40 are held.
    world.kill(Level::Customer, Resting::KeepProtective);
    world.must_house(Command::Enforce { voided: Vec::new() });
    assert!(world.state.book.orders[&second].cancel_requested);
}

#[test]
fn of_unequal_ones_a_fill_is_taken_from_nobody_else() {
    let mut world = World::new();
    world.trade(buy("200", "100"));
    let first = world.rest(grouped(sell("200", "105"), "exit", Fills::ReduceBlocked));
    world.rest(grouped(sell("100", "120"), "exit", Fills::ReduceBlocked));
    world.fill(first, quantity("100"));
    world.ended(first, Ended::Cancelled);
    assert_eq!(world.place(sell("0.00000001", "122")), "short_sale", "100 are held, and 100 may be left to it");
}
