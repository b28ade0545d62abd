//! Samples of orders, positions, quotes and the ticket.

use super::{Page, Say, at, inside, limit, refusal, viewing};
use portal::page::orders::{self, Order, State, Step, order, orders};
use portal::page::positions::{self, Account, Position, positions};
use portal::page::quotes::{self, quotes};
use portal::page::ticket::{self, Kind, Locked, Quote, Side, ticket};
use portal::page::ticket_limits::{self, ticket_limits};
use portal::page::{Nav, Refusal};

pub fn pages(say: Say) -> Vec<Page> {
    [of_orders(say), of_positions(say), of_quotes(say), tickets(say)].concat()
}

pub fn row(say: Say, what: &str, state: State, told: &str) -> orders::Row {
    orders::Row {
        id: say("ord_01"),
        what: say(what),
        account: say("DU1234567"),
        by: say("momentum-bot"),
        state,
        told: if told.is_empty() { String::new() } else { say(told) },
        filled: say("0 of 100"),
        average: String::new(),
        at: at(say, "2026-11-22T09:14:00Z"),
        cancels: matches!(state, State::Working | State::PartlyFilled | State::Held),
    }
}

fn too_large(say: Say) -> Refusal {
    refusal(
        say,
        "guard",
        "order_value",
        "the order value 91,280.00 is above the limit of 50,000.00",
        "Make the order smaller, or have the limit raised.",
    )
}

fn of_orders(say: Say) -> Vec<Page> {
    let frame = inside(say, "Orders", Nav::Orders);
    let partly = orders::Row {
        filled: say("60 of 100"),
        average: say("227.38 USD"),
        ..row(say, "Buy 100 AAPL at 227.40 USD or better", State::PartlyFilled, "")
    };
    let open = vec![
        partly.clone(),
        row(say, "Buy 120 NVDA at 184.20 USD or better", State::Held, "above 20,000.00 USD it needs an approval"),
        row(say, "Sell 1,200 EUR/USD at 1.1620 USD or better, when 1.1640 is touched", State::Working, ""),
        row(say, "Sell 40 AAPL when 219.00 USD is touched", State::Cancelling, ""),
        row(say, "Buy 5 TSLA at 409.00 USD or better", State::Sending, ""),
        row(
            say,
            "Buy 30 SPY at 662.10 USD or better",
            State::Unknown,
            "the venue has not answered for 40 seconds; it stays charged to the limits",
        ),
    ];
    let ended = vec![
        row(
            say,
            "Buy 400 AAPL at 228.20 USD or better",
            State::Refused,
            "the order value 91,280.00 is above the limit of 50,000.00",
        ),
        row(say, "Sell 300 AAPL at 228.10 USD or better", State::Filled, ""),
        row(say, "Buy 10 NVDA at 190.00 USD or better", State::Cancelled, "the kill switch was engaged"),
        row(say, "Buy 1 BRK A at market", State::Rejected, "201: no trading permission for this instrument"),
        row(say, "Buy 12 NVDA at 170.00 USD or better", State::Expired, ""),
    ];
    let gone = refusal(say, "guard", "order_not_open", "there is no such order, or it has ended", "See the open ones.");
    let usual = orders::View { open, ended, refusal: None };
    let none = orders::View { refusal: Some(gone), ..orders::View::default() };
    let one = Order {
        row: partly,
        terms: [
            ("Type", "limit"),
            ("Quantity", "100"),
            ("Limit price", "227.40 USD"),
            ("Time in force", "day"),
            ("Order number", "7 / 1042"),
        ]
        .map(|(name, value)| (say(name), say(value)))
        .to_vec(),
        value: say("22,740.00 USD"),
        approval: Some(say("apr_00")),
        why: None,
        history: history(say),
        refusal: None,
    };
    let refused = Order {
        row: row(say, "Buy 400 AAPL at 228.20 USD or better", State::Refused, "too large"),
        approval: None,
        why: Some(too_large(say)),
        ..one.clone()
    };
    vec![
        ("orders", orders(&frame, &usual)),
        ("orders-empty", orders(&frame, &none)),
        ("order", order(&frame, &one)),
        ("order-refused", order(&frame, &refused)),
    ]
}

fn history(say: Say) -> Vec<Step> {
    let one = |when: &str, text: &str| Step { at: at(say, when), text: say(text) };
    vec![
        one("2026-11-22T09:14:00Z", "60 filled at 227.38 USD."),
        one("2026-11-22T09:13:58Z", "The venue acknowledged it."),
        one("2026-11-22T09:13:57Z", "Approved by Maya Okonkwo with a passkey, and admitted by the guard."),
        one("2026-11-22T09:12:40Z", "Held: above 20,000.00 USD it needs an approval."),
    ]
}

fn of_positions(say: Say) -> Vec<Page> {
    let frame = inside(say, "Positions", Nav::Positions);
    let position = |instrument: &str, name: &str, quantity: &str, profit: &str| Position {
        instrument: say(instrument),
        name: say(name),
        quantity: say(quantity),
        average: say("221.04"),
        price: say("227.38"),
        value: say("22,738.00 USD"),
        profit: say(profit),
        opened_by: say("momentum-bot"),
        contract: 265_598,
    };
    let account = |id: &str, number: &str, positions| Account {
        id: say(id),
        number: say(number),
        about: say("paper, USD"),
        net_value: say("1,042,118.44 USD"),
        figures: vec![(say("Cash"), say("812,400.02 USD")), (say("Profit today"), say("+1,204.10 USD"))],
        positions,
    };
    let held = vec![
        position("AAPL/USD", "Apple Inc.", "100", "+634.00 USD"),
        position("NVDA/USD", "NVIDIA Corporation", "1,250", "−2,118.75 USD"),
        position("EUR/USD", "Euro in US dollars", "−20,000", "+12.00 USD"),
    ];
    let all = vec![account("acc_1", "DU1234567", held), account("acc_2", "DU7654321", Vec::new())];
    vec![
        ("positions", positions(&frame, &positions::View { accounts: all })),
        ("positions-empty", positions(&frame, &positions::View::default())),
    ]
}

fn of_quotes(say: Say) -> Vec<Page> {
    let frame = inside(say, "Quotes", Nav::Quotes);
    let row = |instrument: &str, bid: &str, ask: &str, stale| quotes::Row {
        instrument: say(instrument),
        name: say("Listed on its home exchange"),
        bid: say(bid),
        ask: say(ask),
        last: say(bid),
        at: at(say, "2026-11-22T09:20:04Z"),
        stale,
    };
    let rows = vec![
        row("AAPL/USD", "227.36", "227.40", false),
        row("NVDA/USD", "184.18", "184.22", false),
        row("EUR/USD", "1.16204", "1.16207", true),
    ];
    let unknown = refusal(
        say,
        "entitlement",
        "contract_not_found",
        "no single instrument matches",
        "Name its currency too, such as AAPL/USD.",
    );
    vec![
        ("quotes", quotes(&frame, &quotes::View { rows, ..quotes::View::default() })),
        (
            "quotes-empty",
            quotes(&frame, &quotes::View { asked: say("APPL"), refusal: Some(unknown), rows: Vec::new() }),
        ),
    ]
}

fn tickets(say: Say) -> Vec<Page> {
    let frame = inside(say, "Ticket", Nav::Ticket);
    let kind = |value: &str, label: &str, chosen, locked: Option<&str>| Kind {
        value: say(value),
        label: say(label),
        chosen,
        locked: locked.map(say),
    };
    let usual = ticket::View {
        accounts: vec![(say("acc_1"), say("DU1234567, paper"), true), (say("acc_2"), say("DU7654321, paper"), false)],
        instrument: say("AAPL/USD"),
        side: Side::Buy,
        quantity: say("100"),
        price: say("227.40"),
        stop: String::new(),
        kinds: vec![
            kind("limit", "Limit", true, None),
            kind("stop_limit", "Stop limit", false, None),
            kind("market", "Market", false, Some("only to reduce a position")),
            kind("trailing", "Trailing stop", false, Some("not built")),
        ],
        close_only: None,
        closes: false,
        position: Some(say("100 AAPL")),
        quote: Some(Quote { bid: say("227.36"), ask: say("227.40"), stale: false }),
        key: say("tkt_5c1f"),
        locked: None,
        would: None,
        limits: limit::stated(say).into_iter().take(2).collect(),
        refusal: None,
    };
    let close = ticket::View {
        side: Side::Sell,
        close_only: Some(say("the kill switch is engaged for everything")),
        quote: Some(Quote { bid: say("227.36"), ask: say("227.40"), stale: true }),
        ..usual.clone()
    };
    let refused = ticket::View { refusal: Some(too_large(say)), ..usual.clone() };
    let locked = ticket::View {
        locked: Some(Locked { why: say("the trade window of this session is shut"), again: Some(say("/ticket")) }),
        would: Some(say("no fresh quote")),
        quote: None,
        position: None,
        limits: Vec::new(),
        ..usual.clone()
    };
    vec![
        ("ticket", ticket(&frame, &usual)),
        ("ticket-close", ticket(&frame, &close)),
        ("ticket-refused", ticket(&frame, &refused)),
        ("ticket-locked", ticket(&viewing(frame.clone()), &locked)),
        ("ticket-limits", ticket_limits(&frame, &of_limits(say))),
        ("ticket-limits-another", ticket_limits(&frame, &of_another(say))),
    ]
}

fn of_another(say: Say) -> ticket_limits::View {
    let action = "/people/usr_01/ticket".to_owned();
    ticket_limits::View { action, whose: Some(say("Ana Lima")), locked: None, refusal: None, ..of_limits(say) }
}

fn of_limits(say: Say) -> ticket_limits::View {
    ticket_limits::View {
        action: "/ticket/limits".to_owned(),
        whose: None,
        read: say("2c26b46b68ffc68f"),
        standing: say("It only closes positions: no limits are stated for it."),
        closes: true,
        order_value: say("25,000"),
        day_value: say("100,000"),
        approve_above: say("10,000"),
        top_above: say("50,000"),
        instruments: say("AAPL/USD, etf"),
        allow: vec![(say("market"), say("Market orders"), say("They count at the price the collar would bear."), true)],
        expires: say("2026-12-20"),
        latest: say("2027-02-19"),
        suspended: true,
        locked: Some(say("your role is trader")),
        refusal: Some(too_large(say)),
    }
}
