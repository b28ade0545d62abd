//! Themes: each history tightens one control, so that every control is the one that decides often enough.

use super::dice::Dice;
use super::house::{Account, House, Limits, Who};
use super::ledger::{ONE, Units};

const VALUE: Units = ONE * ONE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Kill,
    Repeated,
    Messages,
    Orders,
    Instruments,
    Restricted,
    Types,
    Attribution,
    Short,
    Writing,
    Hours,
    Quantity,
    Position,
    Stale,
    Collar,
    OrderValue,
    DayValue,
    DayCount,
    OpenOrders,
    OpenValue,
    Duplicates,
    Crossing,
    Approval,
    Observe,
    NotStated,
    Anything,
    Ticket,
    Leverage,
}

/// Some come twice, because another control often speaks before theirs.
pub const ALL: [Theme; 41] = [
    Theme::Kill,
    Theme::Repeated,
    Theme::Messages,
    Theme::Orders,
    Theme::Instruments,
    Theme::Restricted,
    Theme::Types,
    Theme::Attribution,
    Theme::Short,
    Theme::Hours,
    Theme::Quantity,
    Theme::Stale,
    Theme::Collar,
    Theme::OrderValue,
    Theme::DayValue,
    Theme::DayCount,
    Theme::OpenOrders,
    Theme::OpenValue,
    Theme::Duplicates,
    Theme::Crossing,
    Theme::Approval,
    Theme::Observe,
    Theme::NotStated,
    Theme::Anything,
    Theme::Messages,
    Theme::Messages,
    Theme::Orders,
    Theme::Approval,
    Theme::Attribution,
    Theme::Duplicates,
    Theme::Ticket,
    Theme::Ticket,
    Theme::Ticket,
    Theme::Position,
    Theme::Quantity,
    Theme::OrderValue,
    Theme::Leverage,
    Theme::Leverage,
    Theme::Leverage,
    Theme::Writing,
    Theme::Writing,
];

/// The codes of which each must be at least 1 % of all that the guard says.
pub const CONTROLS: [&str; 27] = [
    "kill_switch_engaged",
    "ticket_close_only",
    "repeated_execution",
    "message_rate",
    "order_rate",
    "instrument_not_allowed",
    "instrument_restricted",
    "order_type_not_allowed",
    "short_sale",
    "option_writing",
    "not_yours_to_close",
    "outside_hours",
    "order_quantity",
    "position_quantity",
    "no_fresh_quote",
    "price_collar",
    "order_value",
    "day_value",
    "day_count",
    "open_orders",
    "open_value",
    "no_fresh_account",
    "leverage",
    "margin_use",
    "duplicate_order",
    "crosses_own_order",
    "held",
];

/// Three credentials on two accounts: wide, with what the theme tightens.
pub fn house(theme: Theme, dice: &mut Dice) -> House {
    let mut house =
        House { who: (0..3).map(|n| who(n, dice)).collect(), accounts: vec![Account::default(), Account::default()] };
    for account in &mut house.accounts {
        if dice.percent(15) {
            account.limits = tight(dice.one(&ALL), dice);
        }
    }
    for n in 0..3 {
        let first = n == 0 && matches!(theme, Theme::Messages | Theme::Orders) || theme == Theme::Attribution;
        if dice.percent(75) || first {
            tighten(theme, &mut house.who[n], dice);
        }
    }
    if theme == Theme::Ticket || dice.percent(10) {
        ticket(&mut house.who[2], dice);
    }
    for n in 0..2 {
        if dice.percent(35) {
            house.accounts[n].limits = tight(theme, dice);
        }
        house.accounts[n].limits.silence = dice.one(&[None, None, Some(5), Some(60)]);
        if theme == Theme::Restricted || dice.percent(3) {
            house.accounts[n].restricted = vec![dice.below(5), dice.below(5)];
        }
    }
    house
}

/// A person sits there, and no program.
fn ticket(who: &mut Who, dice: &mut Dice) {
    (who.ticket, who.any, who.observe, who.cancel_on_disconnect) = (true, true, false, false);
    who.suspended = dice.percent(30);
    match dice.below(10) {
        0..=3 => (who.limits.order_value, who.limits.day_value) = (None, None),
        4..=6 => who.papers = vec![dice.below(5)],
        _ => {}
    }
    if dice.percent(50) {
        (who.market, who.stop, who.trailing, who.auction) = (false, false, false, false);
    }
}

fn who(n: usize, dice: &mut Dice) -> Who {
    Who {
        accounts: if n == 1 { vec![0] } else { vec![0, 1] },
        papers: vec![0, 1, 2, 3, 4],
        limits: Limits {
            order_value: Some(1_000_000 * VALUE),
            day_value: Some(100_000_000 * VALUE),
            day_count: Some(10_000),
            open_orders: Some(dice.one(&[60, 1_000])),
            messages: Some(500),
            orders: Some(500),
            fills: Some(1_000),
            silence: dice.one(&[None, Some(5), Some(60)]),
            ..Limits::default()
        },
        market: dice.percent(85),
        stop: dice.percent(85),
        trailing: dice.percent(85),
        auction: dice.percent(85),
        short: dice.percent(85),
        writes: dice.percent(85),
        outside_hours: dice.percent(30),
        any: dice.percent(30),
        cancel_on_disconnect: dice.percent(50),
        observe: dice.percent(4),
        ticket: false,
        suspended: false,
    }
}

/// What one theme limits; a level states it or not.
fn tight(theme: Theme, dice: &mut Dice) -> Limits {
    let none = Limits::default();
    match theme {
        Theme::Repeated => Limits { fills: Some(dice.one(&[1, 2, 3])), ..none },
        Theme::Messages => Limits { messages: Some(dice.one(&[1, 2])), ..none },
        Theme::Orders => Limits { orders: Some(dice.one(&[1, 2])), ..none },
        Theme::Quantity => Limits { quantity: Some(dice.between(3, 6) * 10 * ONE), ..none },
        Theme::Position => Limits { position: Some(dice.between(0, 6) * 10 * ONE), ..none },
        Theme::Collar => Limits { collar: Some(dice.one(&[0, 10, 50, 100, 20_000])), ..none },
        Theme::OrderValue => Limits { order_value: Some(dice.between(2, 5) * 1_000 * VALUE), ..none },
        Theme::DayValue => Limits { day_value: Some(dice.between(2, 12) * 1_000 * VALUE), ..none },
        Theme::DayCount => Limits { day_count: Some(dice.one(&[0, 1, 4, 8])), ..none },
        Theme::OpenOrders => Limits { open_orders: Some(dice.one(&[0, 1, 2, 5])), ..none },
        Theme::OpenValue => Limits { open_value: Some(dice.between(3, 20) * 1_000 * VALUE), ..none },
        Theme::Approval => Limits { approve_above: Some(dice.between(2, 7) * 1_000 * VALUE), ..none },
        Theme::Leverage => match dice.below(4) {
            0 => Limits { leverage: Some(dice.one(&[ONE / 2, ONE, ONE * 3 / 2, 2 * ONE])), ..none },
            1 | 2 => Limits { margin: Some(dice.one(&[2_500, 5_000, 10_000])), ..none },
            _ => Limits { approve_leverage: Some(dice.one(&[ONE / 2, ONE])), leverage: Some(2 * ONE), ..none },
        },
        Theme::Anything | Theme::Observe => {
            let other = dice.below(18);
            if ALL[other] == theme { none } else { tight(ALL[other], dice) }
        }
        _ => none,
    }
}

fn tighten(theme: Theme, who: &mut Who, dice: &mut Dice) {
    let tight = tight(theme, dice);
    let limits = &mut who.limits;
    limits.order_value = tight.order_value.or(limits.order_value);
    limits.quantity = tight.quantity;
    limits.position = tight.position;
    limits.collar = tight.collar;
    limits.day_value = tight.day_value.or(limits.day_value);
    limits.day_count = tight.day_count.or(limits.day_count);
    limits.open_orders = tight.open_orders.or(limits.open_orders);
    limits.open_value = tight.open_value;
    limits.messages = tight.messages.or(limits.messages);
    limits.orders = tight.orders.or(limits.orders);
    limits.fills = tight.fills.or(limits.fills);
    limits.approve_above = tight.approve_above;
    (limits.leverage, limits.margin) = (tight.leverage, tight.margin);
    limits.approve_leverage = tight.approve_leverage;
    match theme {
        Theme::Instruments => who.papers = vec![dice.below(5)],
        Theme::Types => {
            (who.market, who.stop) = (dice.percent(20), dice.percent(20));
            (who.trailing, who.auction) = (dice.percent(20), dice.percent(20));
        }
        Theme::Short | Theme::Attribution => (who.short, who.any) = (false, theme == Theme::Short),
        Theme::Writing => (who.writes, who.any) = (false, true),
        Theme::Hours => who.outside_hours = false,
        Theme::Observe => (who.observe, who.market, who.short) = (true, dice.percent(50), dice.percent(50)),
        Theme::NotStated => match dice.below(4) {
            0 => who.limits.order_value = None,
            1 => who.limits.day_value = None,
            2 => (who.limits.day_count, who.limits.open_orders, who.limits.fills) = (None, None, None),
            _ => (who.limits.messages, who.limits.orders) = (None, None),
        },
        _ => {}
    }
}
