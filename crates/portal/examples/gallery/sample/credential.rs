//! Samples of API credentials and of the wizard that makes one.

use super::{Page, Say, ask, at, inside, limit, refusal};
use portal::page::Nav;
use portal::page::credentials::{
    Change, Connected, Credential, Observed, Row, State, Use, View, WouldRefuse, credential, credentials,
};
use portal::page::wizard::{self, Choice, Limits, Made, May, Stated, Step, Summary, Where, made, wizard};

pub fn pages(say: Say) -> Vec<Page> {
    [lists(say), details(say), steps(say), ends(say)].concat()
}

fn lists(say: Say) -> Vec<Page> {
    let frame = inside(say, "API credentials", Nav::Credentials);
    let row = |id: &str, name: &str, state, percent| Row {
        id: say(id),
        name: say(name),
        state,
        does: say("trades"),
        accounts: vec![say("DU1234567")],
        used_today: say("167,600 of 250,000 USD"),
        percent,
        expires: Some(at(say, "2027-01-30T00:00:00Z")),
        last_used: Some(at(say, "2026-11-22T09:14:00Z")),
    };
    let rows = vec![
        row("crd_01", "momentum-bot", State::Active, Some(67)),
        row("crd_02", "overnight-hedge-of-the-managed-account-2", State::Observing, Some(2)),
        row("crd_03", "agent-research", State::Suspended, None),
        row("crd_04", "scalper", State::Disarmed, Some(100)),
        row("crd_05", "pairs", State::Killed, Some(85)),
        row("crd_06", "old-bot", State::Expired, None),
        Row { last_used: None, expires: None, ..row("crd_07", "watcher", State::Dormant, None) },
        row("crd_08", "leaked", State::Revoked, None),
    ];
    vec![
        ("credentials", credentials(&frame, &View { rows })),
        ("credentials-empty", credentials(&frame, &View::default())),
    ]
}

fn can(say: Say) -> Vec<String> {
    vec![
        say("Look at positions, orders and values of DU1234567."),
        say("See quotes."),
        say("Send limit orders for AAPL/USD, NVDA/USD and every ETF, each up to 50,000.00 USD."),
        say("Cancel its own orders."),
    ]
}

fn cannot(say: Say) -> Vec<String> {
    vec![
        say("Send market, stop or trailing orders, unless they reduce a position."),
        say("Sell short, or trade outside regular hours."),
        say("Trade above 20,000.00 USD without your approval."),
        say("Touch other accounts, move money, or change any setting."),
    ]
}

fn usual(say: Say) -> Credential {
    Credential {
        id: say("crd_01"),
        name: say("momentum-bot"),
        state: State::Active,
        stopped_by: None,
        can: can(say),
        cannot: cannot(say),
        most_per_day: say("250,000.00 USD"),
        scopes: vec![say("account:read"), say("market:read"), say("order:submit"), say("order:cancel")],
        accounts: vec![say("DU1234567")],
        instruments: vec![say("AAPL/USD"), say("NVDA/USD"), say("etf")],
        allowed: Vec::new(),
        listener: say("127.0.0.1:4101"),
        needs_secret: true,
        created: at(say, "2026-11-01T08:00:00Z"),
        expires: Some(at(say, "2027-01-30T00:00:00Z")),
        last_used: Some(at(say, "2026-11-22T09:14:00Z")),
        connected: Some(Connected {
            from: say("127.0.0.1, user id 1001"),
            client: say("client 7, protocol 178"),
            since: at(say, "2026-11-22T06:30:00Z"),
        }),
        open_orders: 4,
        limits: limit::stated(say),
        change: Some(change(say)),
        days: days(say),
        observed: None,
        locked: None,
        refusal: None,
    }
}

fn change(say: Say) -> Change {
    let controls = vec![
        (say("order_value"), say("Order value"), say("50,000.00 USD")),
        (say("day_value"), say("Value per day"), say("250,000.00 USD")),
    ];
    Change { read: say("3f"), controls, typed: None }
}

fn details(say: Say) -> Vec<Page> {
    let frame = inside(say, "momentum-bot", Nav::Credentials);
    let rows = vec![
        WouldRefuse {
            code: say("order_value"),
            text: say("the order value 61000 is above the limit of 50000"),
            times: 14,
            last: at(say, "2026-11-22T08:14:00Z"),
        },
        WouldRefuse {
            code: say("order_rate"),
            text: say("more than 5 new orders a second"),
            times: 2,
            last: at(say, "2026-11-21T15:00:00Z"),
        },
    ];
    let since = at(say, "2026-11-20T08:00:00Z");
    let observing = Credential {
        state: State::Observing,
        observed: Some(Observed { since: since.clone(), until: Some(at(say, "2026-11-27T08:00:00Z")), rows }),
        connected: None,
        allowed: vec![say("market orders"), say("outside regular hours")],
        ..usual(say)
    };
    let fine = Credential { observed: Some(Observed { since, until: None, rows: Vec::new() }), ..observing.clone() };
    let stopped = Credential {
        state: State::Suspended,
        stopped_by: Some(say("you suspended it on 21 Nov 2026, 16:40 UTC")),
        open_orders: 0,
        days: Vec::new(),
        locked: Some(say("the move window is shut; step up first.")),
        refusal: Some(refusal(
            say,
            "device-session",
            "capability_missing",
            "this needs the move window",
            "Step up with a passkey, then ask again.",
        )),
        ..usual(say)
    };
    let gone = Credential {
        state: State::Revoked,
        stopped_by: Some(say("it is revoked, for good")),
        expires: None,
        last_used: None,
        ..stopped.clone()
    };
    vec![
        ("credential", credential(&frame, &usual(say))),
        ("credential-observing", credential(&frame, &observing)),
        ("credential-observing-fine", credential(&frame, &fine)),
        ("credential-suspended", credential(&frame, &stopped)),
        ("credential-revoked", credential(&frame, &gone)),
    ]
}

fn days(say: Say) -> Vec<Use> {
    let one = |n: u32| Use {
        date: say(&format!("{} Nov", n + 1)),
        orders: if n % 7 > 4 { 0 } else { (n * 41 + n * n * 7) % 190 },
        refusals: if n % 5 == 2 { n % 17 } else { 0 },
    };
    (0..30).map(one).collect()
}

/// Nothing stays nothing: there is no place for it on the page.
fn stated(say: Say, text: &str) -> String {
    if text.is_empty() { String::new() } else { say(text) }
}

fn choice(say: Say, value: &str, label: &str, hint: &str, on: bool) -> Choice {
    Choice { value: say(value), label: say(label), hint: stated(say, hint), on }
}

fn steps(say: Say) -> Vec<Page> {
    let frame = inside(say, "New API credential", Nav::Credentials);
    let scopes = vec![
        choice(say, "account:read", "Look at the account", "Positions, orders, values (account:read).", true),
        choice(say, "market:read", "See quotes", "Only what the account is subscribed to (market:read).", true),
        choice(say, "order:submit", "Send orders", "Within limits you state (order:submit).", true),
        choice(say, "order:cancel", "Cancel orders", "Its own (order:cancel).", true),
    ];
    let accounts = vec![
        choice(say, "DU1234567", "DU1234567", "paper, USD", true),
        choice(say, "DU7654321", "DU7654321", "paper, EUR", false),
    ];
    let allow = vec![
        choice(say, "market", "Market orders", "", false),
        choice(say, "stop", "Stop orders", "", false),
        choice(say, "short_sale", "Short sales", "", false),
        choice(say, "outside_hours", "Outside regular hours", "", false),
    ];
    let more = vec![choice(say, "secret", "Its program also shows a secret", "256 bits, shown once.", true)];
    let instruments = say("AAPL/USD, NVDA/USD, etf");
    let at_where = Where { accounts, instruments, listen: say("4101"), allow, more, trades: true };
    let view = |step, refusal| wizard::View { step, carried: vec![(say("name"), say("momentum-bot"))], refusal };
    let taken =
        refusal(say, "identity", "listener_taken", "another API credential listens there", "Choose another port.");
    let reads = Where { trades: false, ..at_where.clone() };
    vec![
        ("wizard-1", wizard(&frame, &view(Step::May(May { name: say("momentum-bot"), scopes }), None))),
        ("wizard-2", wizard(&frame, &view(Step::Where(at_where), None))),
        ("wizard-2-refused", wizard(&frame, &view(Step::Where(reads), Some(taken)))),
        ("wizard-3", wizard(&frame, &view(Step::Limits(limits(say)), None))),
    ]
}

fn limits(say: Say) -> Limits {
    let one = |name: &'static str, label: &str, value: &str, hint: &str, required| Stated {
        name: name.to_owned(),
        label: say(label),
        value: say(value),
        hint: stated(say, hint),
        required,
    };
    Limits {
        limits: vec![
            one("order_value", "Most per order, USD", "50000", "Required.", true),
            one("day_value", "Most per day, USD", "250000", "Required. A day is a UTC day.", true),
            one("approve_above", "Approval above, USD", "20000", "Larger orders wait for you.", false),
            one("day_count", "Orders per day", "200", "", false),
        ],
        expires: say("2027-01-30"),
        latest: say("2027-02-20"),
        observe: false,
        trades: true,
    }
}

fn ends(say: Say) -> Vec<Page> {
    let frame = inside(say, "New API credential", Nav::Credentials);
    let summary = Summary {
        name: say("momentum-bot"),
        can: can(say),
        cannot: cannot(say),
        most_per_day: say("250,000.00 USD"),
        expires: Some(at(say, "2027-01-30T23:59:59Z")),
        passkey: None,
    };
    let live = Summary { passkey: Some(ask(say)), ..summary.clone() };
    let view = |summary| wizard::View {
        step: Step::Summary(summary),
        carried: vec![(say("name"), say("momentum-bot"))],
        refusal: None,
    };
    let new = Made {
        id: say("crd_09"),
        name: say("momentum-bot"),
        rotated: false,
        secret: Some(say("prs_3fK9vQ2mX8sT1bN7cW5eR0yU4aL6hJ2dG9pZ8kV3xM1")),
        old_until: None,
        python: say("from ib_async import IB\n\nib = IB()\nib.connect(\"127.0.0.1\", 4101, clientId=7)"),
    };
    let rotated = Made { rotated: true, old_until: Some(at(say, "2026-11-23T09:20:00Z")), ..new.clone() };
    vec![
        ("wizard-4", wizard(&frame, &view(summary))),
        ("wizard-4-live", wizard(&frame, &view(live))),
        ("credential-made", made(&frame, &new)),
        ("credential-rotated", made(&frame, &rotated)),
    ]
}
