//! Samples of the security home: a usual day, and the first one.

use super::{Page, Say, at, inside, viewing};
use portal::page::home::{Attention, Day, Line, Person, Program, Session, Severity, View, Where, home};
use portal::page::{Engaged, Frame, Nav, Notice, Tone};

pub fn pages(say: Say) -> Vec<Page> {
    let frame = inside(say, "Security home", Nav::Home);
    let engaged = Engaged {
        what: say("everything"),
        everything: true,
        since: at(say, "2026-11-22T09:02:00Z"),
        by: say("Maya Okonkwo"),
    };
    let notice = Notice {
        tone: Tone::Good,
        text: say("The kill switch is engaged. 4 open orders are being cancelled; 1 protective stop is kept."),
    };
    let killed = Frame { kills: vec![engaged.clone(), engaged], notices: vec![notice], ..frame.clone() };
    let first = Frame { pending_approvals: 0, ..viewing(frame.clone()) };
    let day = View { sessions: sessions(say).into_iter().take(1).collect(), days: quiet(say), ..View::default() };
    vec![
        ("home", home(&frame, &usual(say))),
        ("home-killed", home(&killed, &View { programs: held(say), people: Vec::new(), ..usual(say) })),
        ("home-first", home(&first, &day)),
    ]
}

fn usual(say: Say) -> View {
    View {
        people: vec![Person {
            name: say("Maya Okonkwo"),
            device: say("Firefox on the desk"),
            until: at(say, "2026-11-22T10:15:00Z"),
            this_session: true,
        }],
        programs: programs(say),
        most_today: say("182,400 USD"),
        attention: attention(say),
        sessions: sessions(say),
        days: days(say),
        recent: recent(say),
    }
}

fn programs(say: Say) -> Vec<Program> {
    vec![
        Program {
            id: say("crd_01"),
            name: say("momentum-bot"),
            accounts: vec![say("DU1234567")],
            most_today: say("82,400.00 USD"),
            expires: Some(at(say, "2027-01-30T00:00:00Z")),
            last_used: Some(at(say, "2026-11-22T09:14:00Z")),
            held_by: None,
        },
        Program {
            id: say("crd_02"),
            name: say("overnight-hedge-of-the-managed-account-2"),
            accounts: vec![say("DU7654321"), say("DU7654322")],
            most_today: say("100,000.00 USD"),
            expires: Some(at(say, "2026-11-29T00:00:00Z")),
            last_used: None,
            held_by: None,
        },
        Program {
            id: say("crd_03"),
            name: say("agent-research"),
            accounts: vec![say("DU1234567")],
            most_today: say("0.00 USD"),
            expires: Some(at(say, "2026-12-20T00:00:00Z")),
            last_used: Some(at(say, "2026-11-21T16:40:00Z")),
            held_by: Some(say("suspended")),
        },
    ]
}

fn held(say: Say) -> Vec<Program> {
    programs(say).into_iter().map(|each| Program { held_by: Some(say("kill switch engaged")), ..each }).collect()
}

fn attention(say: Say) -> Vec<Attention> {
    vec![
        Attention {
            severity: Severity::High,
            text: say("You have one phishing-resistant authenticator: losing it means a recovery."),
            remedy: say("Add a second passkey or a security key."),
            link: Some(Where::Authenticators),
        },
        Attention {
            severity: Severity::Medium,
            text: say("The API credential overnight-hedge-of-the-managed-account-2 expires in 7 days."),
            remedy: say("Rotate it, or let it end."),
            link: Some(Where::Credential { id: say("crd_02") }),
        },
        Attention {
            severity: Severity::Low,
            text: say("No recovery codes are kept offline."),
            remedy: say("Make a set and print it."),
            link: None,
        },
    ]
}

fn sessions(say: Say) -> Vec<Session> {
    let one = |device: &str, capability: &str, from: &str, active: &str, this_session| Session {
        device: say(device),
        interface: say("portal"),
        capability: say(capability),
        from: say(from),
        last_active: at(say, active),
        this_session,
    };
    vec![
        one("Firefox on the desk", "trade until 10:15 UTC", "203.0.113.7", "2026-11-22T09:20:00Z", true),
        one("Phone, Chrome", "view", "2001:db8:4:12::88a1", "2026-11-22T07:58:00Z", false),
    ]
}

fn recent(say: Say) -> Vec<Line> {
    let one = |tone, when: &str, text: &str| Line { at: at(say, when), text: say(text), tone };
    vec![
        one(
            Tone::Bad,
            "2026-11-22T09:12:00Z",
            "Refused: momentum-bot wanted to buy 400 AAPL for 91,280 USD; its order value is at most 50,000 USD.",
        ),
        one(Tone::Wait, "2026-11-22T09:11:00Z", "An approval waits: buy 120 NVDA at 184.20 USD or better."),
        one(Tone::Good, "2026-11-22T09:00:00Z", "You signed in with a passkey on Firefox on the desk."),
        one(Tone::Off, "2026-11-21T16:40:00Z", "agent-research was suspended by you."),
    ]
}

/// Ninety days that look like a trader's, the same on every run.
fn days(say: Say) -> Vec<Day> {
    (0..90_u32)
        .map(|n| {
            let weekend = matches!(n % 7, 5 | 6);
            let orders = if weekend { 0 } else { (n * 37 + n * n * 11) % 61 };
            let refusals = if weekend || n % 4 != 1 { 0 } else { (n * 13) % 9 };
            Day { date: date(say, n), sign_ins: u32::from(n % 3 != 2), orders, refusals }
        })
        .collect()
}

fn quiet(say: Say) -> Vec<Day> {
    (0..90).map(|n| Day { date: date(say, n), sign_ins: 0, orders: 0, refusals: 0 }).collect()
}

/// From 25 August to 22 November.
fn date(say: Say, n: u32) -> String {
    let (day, month) = match n {
        0..7 => (n + 25, "Aug"),
        7..37 => (n - 6, "Sep"),
        37..68 => (n - 36, "Oct"),
        _ => (n - 67, "Nov"),
    };
    say(&format!("{day} {month}"))
}
