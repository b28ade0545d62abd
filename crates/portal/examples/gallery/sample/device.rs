//! Samples of what a new device sees, what its confirmer sees, and of stepping up.

use super::{Page, Say, ask, at, inside, outside, refusal, viewing};
use portal::page::Nav;
use portal::page::new_device::{Asked, Pending, Replaceable, asked, pending};
use portal::page::step_up::{View, step_up};

pub fn pages(say: Say) -> Vec<Page> {
    [new_devices(say), step_ups(say)].concat()
}

fn new_devices(say: Say) -> Vec<Page> {
    let waiting = Pending {
        device: say("Chrome on Windows"),
        expires: at(say, "2026-11-22T09:32:00Z"),
        has_confirmed_device: true,
        replace: Vec::new(),
        refusal: None,
    };
    let wrong = Pending {
        refusal: Some(refusal(
            say,
            "device-session",
            "device_code_wrong",
            "this code is not the one shown",
            "Read it again on the confirmed device.",
        )),
        has_confirmed_device: false,
        ..waiting.clone()
    };
    let full = Pending { replace: trusted(say), ..waiting.clone() };
    let question = Asked {
        id: say("dev_06"),
        device: say("Chrome on Windows"),
        from: say("198.51.100.23"),
        since: at(say, "2026-11-22T09:22:00Z"),
        expires: at(say, "2026-11-22T09:32:00Z"),
        evidence: say("password and one-time code"),
        code: say("7K4M-92QD"),
        display: say("Confirm the device Chrome on Windows."),
        passkey: Some(ask(say)),
        replace: Vec::new(),
        refusal: None,
    };
    let sixth = Asked { replace: trusted(say), ..question.clone() };
    let frame = inside(say, "A new device wants in", Nav::Devices);
    vec![
        ("device-pending", pending(&outside(say, "Confirm this device"), &waiting)),
        ("device-pending-refused", pending(&outside(say, "Confirm this device"), &wrong)),
        ("device-pending-sixth", pending(&outside(say, "Confirm this device"), &full)),
        ("device-asked", asked(&frame, &question)),
        ("device-asked-sixth", asked(&frame, &sixth)),
    ]
}

fn trusted(say: Say) -> Vec<Replaceable> {
    [
        "Firefox on the desk",
        "Phone, Chrome",
        "Tablet in the kitchen",
        "Old laptop",
        "Office, Edge on Windows 11 with a very long name",
    ]
    .iter()
    .map(|name| Replaceable {
        id: say("dev_01"),
        name: say(name),
        last_used: at(say, "2026-11-02T17:40:00Z"),
        here: false,
    })
    .collect()
}

fn step_ups(say: Say) -> Vec<Page> {
    let usual = View {
        passkey: Some(ask(say)),
        trade_minutes: 15,
        move_minutes: 5,
        next: say("/ticket"),
        wants_move: false,
        move_locked: None,
        password: true,
        refusal: None,
    };
    let locked = View {
        move_locked: Some(say("this device is new; it may not move for 24 hours, until 23 Nov 2026, 09:00 UTC.")),
        password: false,
        refusal: Some(refusal(
            say,
            "identity",
            "passkey_not_proven",
            "the passkey did not prove that it is you",
            "Try again, or use another authenticator.",
        )),
        ..usual.clone()
    };
    let none = View { passkey: None, password: false, ..usual.clone() };
    let frame = viewing(inside(say, "Step up", Nav::Home));
    vec![
        ("step-up", step_up(&frame, &usual)),
        ("step-up-locked", step_up(&frame, &locked)),
        ("step-up-none", step_up(&frame, &none)),
    ]
}
