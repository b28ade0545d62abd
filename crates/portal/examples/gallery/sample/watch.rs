//! Samples of the activity and of the page of true origins.

use super::{Page, Say, at, inside, outside, refusal};
use portal::page::activity::{Filter, Line, View, activity};
use portal::page::origins::{self, Origin, origins};
use portal::page::{Nav, Refusal, Tone};

pub fn pages(say: Say) -> Vec<Page> {
    [activities(say), of_origins(say)].concat()
}

fn filter(say: Say) -> Filter {
    Filter {
        kinds: vec![
            (say("order"), say("Orders and fills"), false),
            (say("refusal"), say("Refusals"), true),
            (say("sign-in"), say("Sign-ins"), false),
        ],
        credentials: vec![(say("crd_01"), say("momentum-bot"), false)],
        text: say("AAPL"),
        on: true,
    }
}

fn activities(say: Say) -> Vec<Page> {
    let frame = inside(say, "Activity", Nav::Activity);
    let line = |tone, kind: &str, who: &str, text: &str, refusal: Option<Refusal>| Line {
        at: at(say, "2026-11-22T09:14:00Z"),
        tone,
        kind: say(kind),
        who: say(who),
        text: say(text),
        refusal,
        position: say("18,204"),
    };
    let value = refusal(
        say,
        "guard",
        "order_value",
        "the order value 91,280.00 is above the limit of 50,000.00",
        "Make the order smaller, or have the limit raised.",
    );
    let forgotten = refusal(
        say,
        "device-session",
        "device_forgotten",
        "the cookies of a known browser were gone",
        "Nothing, if you cleared them. Else end its sessions.",
    );
    let lines = vec![
        line(Tone::Good, "order", "momentum-bot", "60 of 100 AAPL bought at 227.38 USD.", None),
        line(Tone::Bad, "refusal", "momentum-bot", "Wanted to buy 400 AAPL at 228.20 USD or better.", Some(value)),
        line(Tone::Wait, "approval", "momentum-bot", "Asked to buy 120 NVDA at 184.20 USD or better; it waits.", None),
        line(
            Tone::Bad,
            "refusal",
            "from 198.51.100.23",
            "A browser signed in as Maya Okonkwo and was not known.",
            Some(forgotten),
        ),
        line(
            Tone::Good,
            "sign-in",
            "Maya Okonkwo",
            "Signed in with the passkey Phone and desk, on Firefox on the desk.",
            None,
        ),
        line(
            Tone::Off,
            "reads",
            "watcher",
            "Read positions 60 times and quotes 1,204 times, from 09:13 to 09:14.",
            None,
        ),
    ];
    let all = View { lines, filter: filter(say), older: Some(say("18190")) };
    vec![
        ("activity", activity(&frame, &all)),
        ("activity-nothing", activity(&frame, &View { lines: Vec::new(), filter: filter(say), older: None })),
        ("activity-first", activity(&frame, &View::default())),
    ]
}

fn of_origins(say: Say) -> Vec<Page> {
    let row = |interface: &str, address: &str, what_for: &str| Origin {
        interface: say(interface),
        address: say(address),
        what_for: say(what_for),
    };
    let view = origins::View {
        rows: vec![
            row("portal", "https://portal.maya.example", "people, in a browser"),
            row("api", "127.0.0.1:4101 and up", "programs on the same machine"),
            row("mobile", "not built yet", "people, on a phone"),
        ],
        authority: Some(say(
            "7F:3A:91:C0:4E:5B:22:D8:7F:3A:91:C0:4E:5B:22:D8:7F:3A:91:C0:4E:5B:22:D8:7F:3A:91:C0:4E:5B:22:D8",
        )),
    };
    let bare = origins::View { authority: None, ..view.clone() };
    vec![
        ("origins", origins(&outside(say, "The true addresses"), &view)),
        ("origins-inside", origins(&inside(say, "The true addresses", Nav::Home), &bare)),
    ]
}
