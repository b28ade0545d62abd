//! Samples of the app on a phone, and of the page that pairs one.

use super::trade::row as order;
use super::{Page, Say, ask, at, inside, outside, refusal};
use portal::page::alerts::{Alert, Sign};
use portal::page::approvals::{Approval, Row, approval};
use portal::page::home::Line;
use portal::page::new_device::Replaceable;
use portal::page::orders::{self, State};
use portal::page::pair::{Stage, View as Pairing, pair};
use portal::page::phone::alerts::{self, alerts};
use portal::page::phone::door::{Open, Receipt, Unlock, offline, open, pair as code, receipt, unlock};
use portal::page::phone::first::{Incident, View, first};
use portal::page::phone::positions::{View as Held, positions};
use portal::page::phone::settings::{Device, View as Settings, settings};
use portal::page::positions::{Account, Position};
use portal::page::push::View as Push;
use portal::page::{Engaged, Frame, Nav, Tone};

pub fn pages(say: Say) -> Vec<Page> {
    [at_the_desk(say), outside_it(say), inside_it(say)].concat()
}

fn on(frame: Frame) -> Frame {
    Frame { phone: true, ..frame }
}

fn at_the_desk(say: Say) -> Vec<Page> {
    let frame = inside(say, "Pair a phone", Nav::Devices);
    let replace = vec![Replaceable {
        id: say("dev_02"),
        name: say("Tablet in the kitchen"),
        last_used: at(say, "2026-11-02T17:40:00Z"),
        here: false,
    }];
    let no =
        refusal(say, "device-session", "too_many_devices", "five devices are trusted", "Say which one it replaces.");
    let stage = |stage, refusal: Option<portal::page::Refusal>| {
        pair(&frame, &Pairing { near: refusal.is_some(), stage, refusal })
    };
    let shown = Stage::Shown {
        qr: maud::html! { svg viewBox="0 0 8 8" { path d="M4 4h1v1h-1z" {} } },
        link: say("https://portal.maya.example/m/pair#3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        until: at(say, "2026-11-22T09:32:00Z"),
    };
    let done = Stage::Done {
        id: say("dev_07"),
        phone: say("Chrome on Android"),
        at: at(say, "2026-11-22T09:24:00Z"),
        trusted: true,
    };
    vec![
        ("pair", stage(Stage::Ask { replace: Vec::new() }, None)),
        ("pair-sixth", stage(Stage::Ask { replace }, Some(no))),
        ("pair-shown", stage(shown, None)),
        ("pair-done", stage(done, None)),
    ]
}

fn outside_it(say: Say) -> Vec<Page> {
    let frame = on(outside(say, "Unlock"));
    let void = refusal(say, "device-session", "pairing_void", "this link is void", "Show a new one.");
    let link = Open {
        code: say("3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        name: say("Maya Okonkwo"),
        until: at(say, "2026-11-22T09:32:00Z"),
        made: ask(say),
        shown: ask(say),
        refusal: None,
    };
    let gone = Receipt {
        phone: say("Chrome on Android"),
        at: at(say, "2026-11-22T09:40:00Z"),
        by: say("Maya Okonkwo"),
        not_me: true,
        now: at(say, "2026-11-22T10:02:00Z"),
    };
    let said = Some("locked: nobody was here for too long");
    vec![
        ("phone-unlock", unlock(&frame, &Unlock { passkey: Some(ask(say)), said, refused: false })),
        ("phone-unlock-refused", unlock(&frame, &Unlock { passkey: None, said: None, refused: true })),
        ("phone-pair", code(&frame, None)),
        ("phone-pair-void", code(&frame, Some(&void))),
        ("phone-pair-open", open(&frame, &link)),
        ("phone-offline", offline(&frame)),
        ("phone-wiped", receipt(&frame, &gone)),
    ]
}

fn inside_it(say: Say) -> Vec<Page> {
    let frame = on(inside(say, "Approvals", Nav::Approvals));
    let engaged = Engaged {
        what: say("everything"),
        everything: true,
        since: at(say, "2026-11-22T09:02:00Z"),
        by: say("Maya Okonkwo"),
    };
    let killed = Frame { kills: vec![engaged.clone(), engaged], ..frame.clone() };
    let row = |what: &str, value: &str, who: &str| Row {
        id: say("apr_01"),
        what: say(what),
        value: if value.is_empty() { String::new() } else { say(value) },
        who: say(who),
        expires: at(say, "2026-11-22T09:13:04Z"),
    };
    let waiting = vec![
        row("Buy 120 NVDA at 184.20 USD or better", "22,104.00 USD", "momentum-bot"),
        row("Raise the value a day of momentum-bot", "", "the owner"),
    ];
    let incidents = vec![Incident { suspect: say("momentum-bot"), opened: at(say, "2026-11-22T09:02:00Z") }];
    let usual = View { waiting, ..View::default() };
    let stopped = View { incidents, stopped: true, ..View::default() };
    let locked = View { locked: Some(say("your role is viewer")), ..View::default() };
    let filled = orders::Row {
        average: say("227.38 USD"),
        ..order(say, "Sell 300 AAPL at 228.10 USD or better", State::Filled, "")
    };
    let refused =
        order(say, "Buy 400 AAPL at 228.20 USD or better", State::Refused, "the order value is above the limit");
    let open = vec![order(say, "Buy 120 NVDA at 184.20 USD or better", State::Held, "")];
    let orders = orders::View { open, ended: vec![filled, refused], refusal: None };
    let held = Held { accounts: vec![account(say)], orders };
    vec![
        ("phone-first", first(&frame, &usual)),
        ("phone-first-stopped", first(&killed, &stopped)),
        ("phone-first-locked", first(&Frame { pending_approvals: 0, ..frame.clone() }, &locked)),
        ("phone-approval", approval(&frame, &Approval { limits: Vec::new(), ..super::approval::one(say) })),
        ("phone-positions", positions(&on(inside(say, "Positions", Nav::Positions)), &held)),
        ("phone-positions-empty", positions(&frame, &Held::default())),
        ("phone-alerts", alerts(&on(inside(say, "Alerts", Nav::Activity)), &unusual(say))),
        ("phone-alerts-empty", alerts(&frame, &alerts::View::default())),
        ("phone-settings", with_push(say, Push::Off { key: say("BP4z9KsN6nGR"), gone: false })),
        ("phone-push-ended", with_push(say, Push::Off { key: say("BP4z9KsN6nGR"), gone: true })),
        ("phone-push-asked", with_push(say, Push::Asked { page: "/m/approvals/apr_01".to_owned() })),
        (
            "phone-push-on",
            with_push(
                say,
                Push::On { device: say("dev_07"), since: at(say, "2026-11-22T09:26:00Z"), key: say("BP4z9KsN6nGR") },
            ),
        ),
        ("phone-push-not-built", with_push(say, Push::NotBuilt)),
    ]
}

fn account(say: Say) -> Account {
    let held = Position {
        instrument: say("AAPL/USD"),
        name: String::new(),
        quantity: say("100"),
        average: say("221.04"),
        price: say("227.38"),
        value: say("22,738.00"),
        profit: say("+634.00"),
        opened_by: say("momentum-bot 100"),
        contract: 265_598,
    };
    Account {
        id: say("DU1234567"),
        number: say("DU1234567"),
        about: say("paper, USD"),
        net_value: say("1,000,634.00 USD"),
        figures: vec![(say("Cash"), say("977,896.00 USD")), (say("Profit today"), say("+634.00 USD"))],
        positions: vec![held],
    }
}

fn lines(say: Say) -> Vec<Line> {
    let line = |text: &str, tone| Line { at: at(say, "2026-11-22T09:14:00Z"), text: say(text), tone };
    vec![
        line("the kill switch of API credential momentum-bot was engaged by Maya Okonkwo", Tone::Bad),
        line("Maya Okonkwo signed in on the mobile", Tone::Good),
        line("an approval was settled", Tone::Wait),
    ]
}

fn unusual(say: Say) -> alerts::View {
    let sign = |seen, usual: &str| Sign { seen, usual: say(usual) };
    let alert = |locked: Option<String>| Alert {
        id: say("alt_01"),
        subject: say("momentum-bot"),
        signs: vec![sign("orders larger than usual", "usually about one time in 512, or rarer")],
        done: "its kill switch was engaged",
        acted: true,
        raised: at(say, "2026-11-22T09:02:00Z"),
        answered: None,
        mine: true,
        locked,
    };
    let open = vec![
        alerts::Open { alert: alert(None), me: Some(ask(say)) },
        alerts::Open { alert: Alert { acted: false, ..alert(Some(say("your role is viewer"))) }, me: None },
    ];
    alerts::View { open, why: Some(say("your role is viewer")), lines: lines(say), refusal: None }
}

fn with_push(say: Say, push: Push) -> maud::Markup {
    settings(&on(inside(say, "Settings", Nav::Devices)), &own(say, push))
}

fn own(say: Say, push: Push) -> Settings {
    let device = |name: &str, from: Option<&str>| Device {
        id: say("dev_07"),
        name: say(name),
        bound: at(say, "2026-11-22T09:24:00Z"),
        used: at(say, "2026-11-22T09:24:00Z"),
        until: at(say, "2027-02-20T09:24:00Z"),
        moves_from: from.map(|iso| at(say, iso)),
    };
    Settings {
        user: say("Maya Okonkwo, owner"),
        this: device("Chrome on Android", Some("2026-11-23T09:24:00Z")),
        others: vec![device("Firefox on the desk", None), device("Tablet in the kitchen", None)],
        push,
        refusal: None,
    }
}
