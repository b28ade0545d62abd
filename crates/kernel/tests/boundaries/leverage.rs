//! Controls 6, 13 and 19 over an account's own figures: worth 1,000, and holding 500 unless a case says otherwise.

use super::check;
use crate::world::{Ask, Word, World, amount, buy, euro, leverage, quantity, sell};
use kernel::command::{Command, Report};
use kernel::given::Figures;
use kernel::guard::Limits;
use kernel::money::{Amount, Leverage, Rate};
use kernel::order::Side;

fn at_1_5(limits: &mut Limits) {
    limits.leverage = Some(leverage("1.5"));
}
/// Of the initial margin, 250, three fourths of the worth are left.
fn at_three_fourths(limits: &mut Limits) {
    limits.margin_use_bps = Some(7_500);
}
fn asked_above_1_5(limits: &mut Limits) {
    limits.approve_leverage_above = Some(leverage("1.5"));
}
fn bears(edit: fn(&mut Limits)) -> World {
    let mut world = World::with(|new| new.allowances.short_sale = true);
    world.worth("1000", "500");
    world.limit(edit);
    world
}
fn placed(edit: fn(&mut Limits), ask: Ask) -> Word {
    bears(edit).place(ask)
}
fn on_account(edit: fn(&mut Limits), ask: Ask) -> Word {
    let mut world = bears(|_| {});
    world.account_limit(edit);
    world.place(ask)
}
fn told(edit: fn(&mut Limits), figures: impl FnOnce(&mut Figures)) -> Word {
    let mut world = bears(edit);
    figures(world.figures.as_mut().unwrap());
    world.place(buy("1", "100"))
}
/// So much rests already, of 100 each.
fn beside(resting: Ask, ask: Ask) -> Word {
    let mut world = bears(at_1_5);
    world.rest(resting);
    world.place(ask)
}

#[test]
fn leverage_of_a_new_order() {
    check(&[
        ("up to the limit", || placed(at_1_5, buy("10", "100")), "admitted"),
        ("a unit beyond it", || placed(at_1_5, buy("10.00000001", "100")), "leverage"),
        ("the account's", || on_account(at_1_5, buy("10", "100")), "admitted"),
        ("a unit beyond the account's", || on_account(at_1_5, buy("10.00000001", "100")), "leverage"),
        ("short up to the limit", || placed(at_1_5, sell("10", "100")), "admitted"),
        ("short a unit beyond it", || placed(at_1_5, sell("10.00000001", "100")), "leverage"),
        ("the lower of two binds, the account's", || lower("2", "1.5"), "leverage"),
        ("the lower of two binds, the credential's", || lower("1.5", "2"), "leverage"),
        ("a unit less worth", || told_worth("999.9999999999999999"), "leverage"),
        ("worth nothing", || told_worth("0"), "leverage"),
        ("worth less than nothing", || told_worth("-5000"), "leverage"),
        ("a pair of currencies counts too", || placed(at_1_5, buy("10.00000001", "100").of(euro())), "leverage"),
        ("nothing is stated", || placed(|_| {}, buy("1000", "100")), "admitted"),
    ]);
}

fn lower(own: &str, account: &str) -> Word {
    let mut world = bears(|_| {});
    world.limit(|limits| limits.leverage = Some(leverage(own)));
    world.account_limit(|limits| limits.leverage = Some(leverage(account)));
    world.place(buy("10.00000001", "100"))
}
fn told_worth(net: &str) -> Word {
    let mut world = bears(at_1_5);
    world.worth(net, "500");
    world.place(buy("10", "100"))
}

#[test]
fn the_age_of_the_figures() {
    let old = |edit, age: i64| told(edit, |figures| figures.at = figures.at.minus_ms(age));
    assert_eq!(old(at_1_5, 240_000), "admitted");
    assert_eq!(old(at_1_5, 240_001), "no_fresh_account");
    assert_eq!(old(at_three_fourths, 240_001), "no_fresh_account");
    assert_eq!(old(asked_above_1_5, 240_001), "no_fresh_account");
    assert_eq!(old(|_| {}, 240_001), "admitted", "nobody needs them");
    assert_eq!(told(at_three_fourths, |figures| figures.initial_margin = None), "no_fresh_account");
    assert_eq!(told(at_1_5, |figures| figures.initial_margin = None), "admitted");
    let mut world = bears(at_1_5);
    world.trade(buy("3", "100"));
    world.figures = None;
    assert_eq!(world.place(buy("1", "100")), "no_fresh_account");
    assert_eq!(world.place(sell("3", "100")), "admitted", "what only reduces is not asked");
}

#[test]
fn what_is_open_beside_it() {
    check(&[
        ("on the same side", || beside(buy("6", "100"), buy("4", "99")), "admitted"),
        ("a unit beyond it", || beside(buy("6", "100"), buy("4.04040405", "99")), "leverage"),
        ("on the other side", || beside(sell("6", "101"), buy("4", "99")), "leverage"),
        ("of another instrument", || beside(buy("6", "100").of(euro()), buy("4.1", "99")), "leverage"),
        (
            "by another credential",
            || {
                let mut world = bears(at_1_5);
                let other = world.second(|_| {});
                world.rest(buy("6", "100").by(other));
                world.place(buy("4.1", "99"))
            },
            "leverage",
        ),
        (
            "on another account",
            || {
                let mut world = World::new();
                let other = world.open_account("DU2", "USD");
                let all = crate::world::wide(&[world.account, other], "both", 4_300);
                let both = world.create(all);
                world.worth("1000", "500");
                world.rest(buy("6", "100").on(other).by(both));
                world.limit(at_1_5);
                world.place(buy("10", "100"))
            },
            "admitted",
        ),
        (
            "of which a part has filled: that is in the figures",
            || {
                let mut world = bears(at_1_5);
                let id = world.rest(buy("6", "100"));
                world.fill(id, quantity("5"));
                world.place(buy("9", "100"))
            },
            "admitted",
        ),
        (
            "and what is left counts",
            || {
                let mut world = bears(at_1_5);
                let id = world.rest(buy("6", "100"));
                world.fill(id, quantity("5"));
                world.place(buy("9.00000001", "100"))
            },
            "leverage",
        ),
    ]);
}

/// Three are held; so many are for sale, together with what else rests.
fn holding(rests: &[Ask], ask: Ask) -> Word {
    let mut world = bears(|_| {});
    world.trade(buy("3", "100"));
    world.later(2_000);
    for one in rests {
        world.rest(one.clone());
    }
    world.worth("1000", "500");
    world.limit(at_1_5);
    world.place(ask)
}

#[test]
fn what_only_reduces() {
    check(&[
        ("passes", || holding(&[], sell("3", "100")), "admitted"),
        ("rests and adds nothing", || holding(&[sell("3", "110")], buy("10", "100")), "admitted"),
        ("of which a unit could open", || holding(&[sell("3.00000001", "110")], buy("10", "100")), "leverage"),
        (
            "together a unit more",
            || holding(&[sell("2", "110"), sell("1.00000001", "111")], buy("10", "100")),
            "leverage",
        ),
        (
            "together as much as is held",
            || holding(&[sell("2", "110"), sell("1", "111")], buy("10", "100")),
            "admitted",
        ),
        ("what leads through nothing counts whole", || holding(&[], sell("10.00000001", "100")), "leverage"),
        ("up to the limit", || holding(&[], sell("10", "100")), "admitted"),
    ]);
}

#[test]
fn changes_and_brackets() {
    let changed = |to: &str| {
        let mut world = bears(at_1_5);
        let id = world.rest(buy("8", "100").number(1));
        world.fill(id, quantity("5"));
        world.place(buy(to, "100").number(1))
    };
    assert_eq!(changed("15"), "changed", "what has filled is in the figures");
    assert_eq!(changed("15.00000001"), "leverage");
    let mut world = bears(at_1_5);
    let mut parent = buy("9", "100").number(10);
    parent.terms.ties.parked = true;
    assert_eq!(world.place(parent), "admitted");
    let mut child = sell("9", "120");
    child.terms.ties.parent = Some(10);
    assert_eq!(world.place(child), "admitted", "a child closes what its parent opens");
    assert_eq!(world.place(buy("1.00000001", "100").client(5)), "leverage");
    assert_eq!(world.place(buy("1", "100").client(5)), "admitted", "and adds nothing while its parent is open");
    // A change on its way counts with the larger of its values, and of its quantities.
    let mut world = bears(at_1_5);
    world.rest(buy("4", "100").number(1));
    assert_eq!(world.place(buy("8", "99").number(1)), "changed");
    assert_eq!(world.place(buy("2.09", "99.9")), "leverage");
    assert_eq!(world.place(buy("2.08", "100")), "admitted");
}

#[test]
fn margin() {
    check(&[
        ("up to the limit", || placed(at_three_fourths, buy("5", "100")), "admitted"),
        ("a unit beyond it", || placed(at_three_fourths, buy("5.00000001", "100")), "margin_use"),
        ("the account's", || on_account(at_three_fourths, buy("5.00000001", "100")), "margin_use"),
        (
            "with what is open",
            || {
                let mut world = bears(at_three_fourths);
                world.rest(buy("3", "100"));
                world.place(buy("2.1", "99"))
            },
            "margin_use",
        ),
        ("worth nothing", || told(at_three_fourths, |told| told.net_liquidation = Amount::ZERO), "margin_use"),
        (
            "leverage speaks first",
            || placed(|limits| (at_1_5(limits), at_three_fourths(limits)).0, buy("11", "100")),
            "leverage",
        ),
    ]);
}

#[test]
fn a_person_is_asked() {
    check(&[
        ("not at the figure", || placed(asked_above_1_5, buy("10", "100")), "admitted"),
        ("a unit above it", || placed(asked_above_1_5, buy("10.00000001", "100")), "held"),
        ("above the account's", || on_account(asked_above_1_5, buy("10.00000001", "100")), "held"),
        ("worth nothing", || told(asked_above_1_5, |told| told.net_liquidation = Amount::ZERO), "held"),
        (
            "a limit beside it refuses",
            || placed(|limits| (at_1_5(limits), asked_above_1_5(limits)).0, buy("11", "100")),
            "leverage",
        ),
    ]);
    let mut world = bears(asked_above_1_5);
    let (_, id) = world.hold(buy("10.5", "100"));
    let raised = world.state.book.pending[&id].raised.unwrap();
    assert_eq!((raised.leverage, raised.above), (leverage("1.55"), leverage("1.5")));
    assert_eq!(world.grant(id), "admitted");
    // Of one that is held for its value alone, nothing is said of leverage.
    let mut world = bears(|limits| (asked_above_1_5(limits), limits.approve_above = Some(amount("100"))).0);
    let (_, id) = world.hold(buy("2", "100"));
    assert_eq!(world.state.book.pending[&id].raised, None);
    // What is told of nothing is the most there is.
    world.worth("0", "0");
    let (_, id) = world.hold(buy("3", "100"));
    assert_eq!(world.state.book.pending[&id].raised.unwrap().leverage, Leverage::MAX);
}

#[test]
fn a_grant_is_decided_on_the_figures_of_then() {
    let granted = |meanwhile: fn(&mut World)| {
        let mut world = bears(|limits| limits.approve_above = Some(amount("100")));
        world.account_limit(at_1_5);
        let (_, id) = world.hold(buy("10", "100"));
        meanwhile(&mut world);
        world.grant(id)
    };
    assert_eq!(granted(|_| {}), "admitted", "it does not count against itself");
    assert_eq!(granted(|world| world.worth("999", "500")), "refused when granted");
    assert_eq!(granted(|world| world.figures = None), "refused when granted");
}

#[test]
fn a_change_that_would_be_held_is_refused_and_so_is_a_part_of_a_bracket() {
    let mut world = bears(asked_above_1_5);
    world.rest(buy("10", "100").number(1));
    assert_eq!(world.place(buy("10.1", "100").number(1)), "change_needs_approval");
    let mut parent = buy("11", "100").number(20).client(2);
    parent.terms.ties.parked = true;
    assert_eq!(world.place(parent), "approval_not_in_a_group");
}

#[test]
fn in_observe_mode_the_credentials_own_lets_pass_and_what_asks_a_person_binds() {
    let observing = |own: fn(&mut Limits), account: fn(&mut Limits), figures: bool| {
        let mut world = World::with(|new| new.observe = true);
        if figures {
            world.worth("1000", "500");
        }
        world.limit(own);
        world.account_limit(account);
        world.place(buy("11", "100"))
    };
    assert_eq!(observing(at_1_5, |_| {}, true), "admitted");
    assert_eq!(observing(at_1_5, |_| {}, false), "admitted", "nor does it need the figures");
    assert_eq!(observing(at_three_fourths, |_| {}, true), "admitted");
    assert_eq!(observing(|_| {}, at_1_5, true), "leverage");
    assert_eq!(observing(at_1_5, asked_above_1_5, true), "held");
    assert_eq!(observing(asked_above_1_5, |_| {}, false), "no_fresh_account");
}

#[test]
fn numbers_that_do_not_fit_are_refused_by_name() {
    let most = |edit: fn(&mut Figures)| told(at_1_5, edit);
    assert_eq!(most(|told| told.gross_position_value = Amount::MAX), "number_too_large");
    assert_eq!(told(at_three_fourths, |told| told.initial_margin = Some(Amount::MAX)), "number_too_large");
    let mut world = bears(|limits| limits.leverage = Some(Leverage::MAX));
    world.worth("1000000000000", "0");
    assert_eq!(world.place(buy("10", "100")), "admitted", "a limit beyond all figures is none");
    // Nothing of nothing is no share of anything, whatever is stated.
    for edit in [at_1_5, at_three_fourths, asked_above_1_5] {
        let mut world = bears(edit);
        world.worth("0", "0");
        world.rate = Rate::ZERO;
        assert_ne!(world.place(buy("10", "100")), "admitted");
    }
}

#[test]
fn a_sale_by_hand_turns_what_only_reduced_into_what_opens() {
    let mut world = bears(|_| {});
    world.trade(buy("3", "100"));
    world.later(2_000);
    world.rest(sell("3", "110"));
    world.limit(at_1_5);
    assert_eq!(world.place(buy("10", "100").client(1)), "admitted");
    let id = world.last();
    world.act(crate::world::LOCAL, Command::CancelOrder { id }).unwrap();
    world.report(Report::Ended { id, how: kernel::working::Ended::Cancelled, text: String::new() });
    world.later(2_000);
    world.manual(Side::Sell, "1");
    assert_eq!(world.place(buy("10", "100").client(1)), "leverage");
}
