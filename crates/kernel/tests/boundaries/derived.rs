//! Futures and options: what they count by their multiplier, who may trade them, and writing (control 13).

use super::check;
use crate::world::{Ask, LOCAL, Word, World, amount, apple, buy, leverage, price, quantity, sell};
use kernel::command::{Command, NewCredential};
use kernel::guard::Limits;
use kernel::instrument::{AssetClass, Derivative, Instrument, Right, Selector, Struck};

fn derived(contract_id: i64, class: AssetClass, multiplier: &str, strike: Option<&str>) -> Instrument {
    let option = strike.map(|strike| Struck { right: Right::Put, strike: price(strike) });
    let derivative = Some(Derivative { multiplier: quantity(multiplier), expiry: 20_270_115, option });
    Instrument { contract_id, class, derivative, ..apple() }
}
/// On what the stock is called, which is the trap.
fn future() -> Instrument {
    derived(31, AssetClass::Future, "50", None)
}
fn put() -> Instrument {
    derived(32, AssetClass::Option, "100", Some("90"))
}
/// Its strike is less than what it costs in this world.
fn low() -> Instrument {
    derived(33, AssetClass::Option, "100", Some("40"))
}

fn both(new: &mut NewCredential) {
    new.instruments = [Selector::Class(AssetClass::Future), Selector::Class(AssetClass::Option)].into();
}
fn writes(new: &mut NewCredential) {
    both(new);
    new.allowances.option_writing = true;
}
fn limited(new: fn(&mut NewCredential), edit: fn(&mut Limits), ask: Ask) -> Word {
    let mut world = World::with(new);
    world.limit(edit);
    world.place(ask)
}
/// Ten of it are held.
fn owning(of: fn() -> Instrument, new: fn(&mut NewCredential), edit: fn(&mut Limits), ask: Ask) -> Word {
    let mut world = World::with(new);
    let id = world.rest(buy("10", "100").of(of()));
    world.fill(id, quantity("10"));
    world.limit(edit);
    world.later(10_000);
    world.place(ask)
}

#[test]
fn a_future_counts_its_notional() {
    let five: fn(&mut Limits) = |limits| limits.order_value = Some(amount("5000"));
    fn place(edit: fn(&mut Limits), quantity: &str) -> Word {
        limited(both, edit, buy(quantity, "100").of(future()))
    }
    assert_eq!(place(five, "1"), "admitted");
    assert_eq!(place(five, "1.00000001"), "order_value");
    check(&[
        ("the day", || place(|l| l.day_value = Some(amount("4999.99999999")), "1"), "day_value"),
        ("what is open", || place(|l| l.open_value = Some(amount("4999.99999999")), "1"), "open_value"),
        ("the threshold", || place(|l| l.approve_above = Some(amount("4999.99999999")), "1"), "held"),
        ("and no more", || place(|l| l.approve_above = Some(amount("5000")), "1"), "admitted"),
        ("its quantity is of contracts", || place(|l| l.order_quantity = Some(quantity("1")), "1"), "admitted"),
        ("it is shorted by name only", || limited(both, |_| {}, sell("1", "100").of(future())), "short_sale"),
        ("whoever writes options too", || limited(writes, |_| {}, sell("1", "100").of(future())), "short_sale"),
    ]);
}

/// No gross value of a venue says what a future, or an option that is written, comes to.
#[test]
fn what_leverage_cannot_measure_is_refused_where_it_is_stated_and_nowhere_else() {
    fn place(edit: fn(&mut Limits), ask: Ask) -> Word {
        let mut world = World::with(writes);
        world.worth("1000000", "0");
        world.limit(edit);
        world.place(ask)
    }
    fn stated(limits: &mut Limits) {
        limits.leverage = Some(leverage("100"));
    }
    fn asked(limits: &mut Limits) {
        limits.approve_leverage_above = Some(leverage("100"));
    }
    fn margin(limits: &mut Limits) {
        limits.margin_use_bps = Some(10_000);
    }
    check(&[
        ("a future", || place(stated, buy("1", "100").of(future())), "no_fresh_account"),
        ("an option that is written", || place(stated, sell("1", "100").of(put())), "no_fresh_account"),
        ("one that is bought", || place(stated, buy("1", "100").of(put())), "admitted"),
        ("a future, to be asked about", || place(asked, buy("1", "100").of(future())), "no_fresh_account"),
        ("a future, by its margin", || place(margin, buy("1", "100").of(future())), "admitted"),
        ("a future, where nothing is stated", || place(|_| {}, buy("1", "100").of(future())), "admitted"),
    ]);
}

#[test]
fn an_option_counts_its_premium_and_a_written_one_its_strike() {
    check(&[
        ("bought", || limited(both, |l| l.order_value = Some(amount("10000")), buy("1", "100").of(put())), "admitted"),
        (
            "a unit more",
            || limited(both, |l| l.order_value = Some(amount("10000")), buy("1", "100.00000001").of(put())),
            "order_value",
        ),
        (
            "written, at the strike where that is more",
            || limited(writes, |l| l.order_value = Some(amount("19600")), sell("2", "98").of(strike_99())),
            "order_value",
        ),
        (
            "the strike is the limit",
            || limited(writes, |l| l.order_value = Some(amount("19800")), sell("2", "98").of(strike_99())),
            "admitted",
        ),
        (
            "at the premium where the strike is less",
            || limited(writes, |l| l.order_value = Some(amount("9999.99")), sell("1", "100").of(low())),
            "order_value",
        ),
        (
            "and no more than that",
            || limited(writes, |l| l.order_value = Some(amount("10000")), sell("1", "100").of(low())),
            "admitted",
        ),
        (
            "what only reduces is held by its premium, not its strike",
            || owning(strike_99, both, |l| l.approve_above = Some(amount("9800")), sell("1", "98").of(strike_99())),
            "admitted",
        ),
    ]);
}
fn strike_99() -> Instrument {
    derived(34, AssetClass::Option, "100", Some("99"))
}

#[test]
fn option_writing() {
    check(&[
        ("all that is held", || owning(put, both, |_| {}, sell("10", "100").of(put())), "admitted"),
        ("a unit more", || owning(put, both, |_| {}, sell("10.00000001", "100").of(put())), "option_writing"),
        ("a unit more, by name", || owning(put, writes, |_| {}, sell("10.00000001", "100").of(put())), "admitted"),
        ("from nothing", || limited(both, |_| {}, sell("1", "100").of(put())), "option_writing"),
        ("another strike does not help", || owning(put, both, |_| {}, sell("1", "100").of(low())), "option_writing"),
        (
            "a short sale is another name",
            || {
                let short = |new: &mut NewCredential| {
                    both(new);
                    new.allowances.short_sale = true;
                };
                limited(short, |_| {}, sell("1", "100").of(put()))
            },
            "option_writing",
        ),
        (
            "and writing is none for a stock",
            || limited(|new| new.allowances.option_writing = true, |_| {}, sell("1", "100")),
            "short_sale",
        ),
        (
            "what rests is counted",
            || {
                let mut world = World::with(both);
                let id = world.rest(buy("10", "100").of(put()));
                world.fill(id, quantity("10"));
                world.rest(sell("4", "200").of(put()));
                world.place(sell("6.00000001", "100").of(put()))
            },
            "option_writing",
        ),
        (
            "a sale that closes is not changed into one that writes",
            || {
                let mut world = World::with(both);
                let id = world.rest(buy("10", "100").of(put()));
                world.fill(id, quantity("10"));
                world.rest(sell("10", "200").of(put()).number(9));
                world.place(sell("10.00000001", "200").of(put()).number(9))
            },
            "option_writing",
        ),
        (
            "one that was allowed pays the strike when it is changed into one that writes",
            || {
                let mut world = World::with(writes);
                let id = world.rest(buy("10", "100").of(strike_99()));
                world.fill(id, quantity("10"));
                world.rest(sell("10", "98").of(strike_99()).number(9));
                world.limit(|limits| limits.order_value = Some(amount("108899")));
                world.place(sell("11", "98").of(strike_99()).number(9))
            },
            "order_value",
        ),
    ]);
}

#[test]
fn a_list_that_does_not_name_them_allows_none() {
    let listed = |text: &str, of: Instrument| {
        let mut world = World::with(|new| new.instruments = [Selector::parse(text).unwrap()].into());
        world.place(buy("1", "100").of(of))
    };
    for of in [future, put] {
        for text in ["stock", "etf", "forex", "AAPL/USD"] {
            assert_eq!(listed(text, of()), "instrument_not_allowed", "{text}");
        }
        assert_eq!(listed(of().class.as_str(), of()), "admitted");
        assert_eq!(listed(&format!("#{}", of().contract_id), of()), "admitted");
    }
    assert_eq!(listed("option", future()), "instrument_not_allowed");
    assert_eq!(listed("option", apple()), "instrument_not_allowed");
}

#[test]
fn with_a_symbol_all_that_is_on_it_is_restricted() {
    let mut world = World::with(both);
    let restricted = [Selector::parse("AAPL/USD").unwrap()].into();
    world.act(LOCAL, Command::SetRestricted { id: world.account, restricted }).unwrap();
    assert_eq!(world.place(buy("1", "100").of(future())), "instrument_restricted");
    assert_eq!(world.place(buy("1", "100").of(put())), "instrument_restricted");
}

#[test]
fn what_is_not_whole_counts_nobody_knows_what() {
    let mut bare = future();
    bare.derivative = None;
    let mut nothing = future();
    nothing.derivative.as_mut().unwrap().multiplier = quantity("0");
    let mut unstruck = put();
    unstruck.derivative.as_mut().unwrap().option = None;
    for of in [bare, nothing, unstruck] {
        assert_eq!(limited(both, |_| {}, buy("1", "100").of(of)), "number_too_large");
    }
    let most = derived(35, AssetClass::Future, "92233720368", None);
    assert_eq!(limited(both, |_| {}, buy("92233720368", "100").of(most)), "number_too_large");
}
