//! Samples of limits and the kill switch.

use super::{Page, Say, at, inside, refusal};
use portal::page::Nav;
use portal::page::limits::{Level, Limit, Release, Switch, Target, View, limits};

pub fn pages(say: Say) -> Vec<Page> {
    let frame = inside(say, "Limits and kill switch", Nav::Limits);
    let usual =
        View { engaged: Vec::new(), targets: targets(say), limits: stated(say), accounts: Vec::new(), refusal: None };
    let soon = refusal(
        say,
        "guard",
        "alone_too_soon",
        "one person alone releases this only an hour after it was engaged",
        "Wait until 10:02 UTC, or let a second owner sign.",
    );
    let engaged = View { engaged: switches(say), refusal: Some(soon), ..usual.clone() };
    vec![("limits", limits(&frame, &usual)), ("limits-engaged", limits(&frame, &engaged))]
}

fn targets(say: Say) -> Vec<Target> {
    let one = |level, id: &str, name: &str, open_orders| Target { level, id: say(id), name: say(name), open_orders };
    vec![
        one(Level::Customer, "", "", 5),
        one(Level::Account, "acc_1", "DU1234567", 4),
        one(Level::Account, "acc_2", "DU7654321", 1),
        one(Level::Credential, "crd_01", "momentum-bot", 4),
        one(Level::Credential, "crd_02", "overnight-hedge-of-the-managed-account-2", 0),
    ]
}

fn switches(say: Say) -> Vec<Switch> {
    let one = |level, name: &str, why: &str, release| Switch {
        level,
        id: say("id_1"),
        name: say(name),
        since: at(say, "2026-11-22T09:02:00Z"),
        by: say("Maya Okonkwo"),
        why: say(why),
        release,
    };
    let later = Release::From {
        at: at(say, "2026-11-22T10:02:00Z"),
        why: say("you are alone, so it takes an hour and another authenticator."),
    };
    vec![
        one(Level::Customer, "", "engaged by hand", later),
        one(Level::Credential, "momentum-bot", "20 like fills in a minute", Release::Now),
        one(Level::Firm, "", "an operator engaged it", Release::Never { why: say("only the firm can.") }),
    ]
}

pub fn stated(say: Say) -> Vec<Limit> {
    let one = |whose: &str, control: &str, limit: &str, used: &str, percent| Limit {
        whose: say(whose),
        control: say(control),
        limit: say(limit),
        used: say(used),
        percent,
    };
    vec![
        one("momentum-bot", "Order value", "50,000.00 USD", "", None),
        one("momentum-bot", "Value per day", "250,000.00 USD", "167,600.00 USD", Some(67)),
        one("momentum-bot", "Orders per day", "200", "171", Some(85)),
        one("momentum-bot", "Open orders", "4", "4", Some(100)),
        one("account DU1234567", "Value per day", "1,000,000.00 USD", "167,600.00 USD", Some(16)),
    ]
}
