//! Samples of notices: an address, what is told, what did not arrive.

use super::{Page, Say, at, inside, refusal};
use portal::page::Nav;
use portal::page::notices::{Dead, Group, View, confirm, notices};
use portal::page::push::Ringing;

pub fn pages(say: Say) -> Vec<Page> {
    let frame = inside(say, "Notices", Nav::Notices);
    let group = |name, label, hint, on| Group { name, label, hint, on };
    let groups = vec![
        group("approvals", "Approvals", "An order waits for you, or was answered.", true),
        group("fills", "Fills", "Each fill, without its terms: those stay in the portal.", false),
    ];
    let dead = Dead {
        id: say("ntc_01"),
        subject: say("A sign-in from a new device"),
        carrier: say("webhook:ops"),
        why: "tried for a day",
        at: at(say, "2026-11-22T09:00:00Z"),
    };
    let usual = View {
        mail: true,
        email: Some(say("m…@example.com")),
        webhooks: vec![say("ops")],
        push: true,
        ringing: vec![Ringing {
            device: say("dev_07"),
            name: say("Chrome on Android"),
            since: Some(at(say, "2026-11-22T09:26:00Z")),
        }],
        groups,
        dead: vec![dead],
        may_retry: true,
        ..View::default()
    };
    let quiet = View { ringing: Vec::new(), ..usual.clone() };
    let off = View {
        push: false,
        ringing: Vec::new(),
        mail: false,
        email: None,
        webhooks: Vec::new(),
        dead: Vec::new(),
        ..usual.clone()
    };
    let locked = View { locked: Some(say("the move window is shut")), tested: true, ..usual.clone() };
    let wrong = refusal(
        say,
        "identity",
        "email_code_wrong",
        "this is not the code that was sent",
        "Type the code from the latest e-mail.",
    );
    vec![
        ("notices", notices(&frame, &usual)),
        ("notices-no-push", notices(&frame, &quiet)),
        ("notices-off", notices(&frame, &off)),
        ("notices-locked", notices(&frame, &locked)),
        ("notices-code", confirm(&frame, "4f2a", Some(&say("m…@example.com")), None)),
        ("notices-code-refused", confirm(&frame, "4f2a", None, Some(&wrong))),
    ]
}
