//! Samples of the pages outside the gate, and of refusals.

use super::{Page, Say, ask, at, inside, outside, refusal};
use portal::page::refused::{Next, refused};
use portal::page::sign_in::{Said, View, sign_in};
use portal::page::{Nav, Role, enrol, refused as no};

pub fn pages(say: Say) -> Vec<Page> {
    [sign_ins(say), enrolments(say), refusals(say)].concat()
}

fn sign_ins(say: Say) -> Vec<Page> {
    let frame = outside(say, "Sign in");
    let view = |said: Option<Said>| View { passkey: Some(ask(say)), said, shared: false, sms: true };
    vec![
        ("sign-in", sign_in(&frame, &view(None))),
        ("sign-in-failed", sign_in(&frame, &view(Some(Said::NotSignedIn)))),
        ("sign-in-forgotten", sign_in(&frame, &view(Some(Said::Forgotten)))),
        ("sign-in-signed-out", sign_in(&frame, &view(Some(Said::SignedOut)))),
        (
            "sign-in-ended",
            sign_in(&frame, &view(Some(Said::Ended { text: say("you logged out everywhere, from another device") }))),
        ),
        (
            "sign-in-throttled",
            sign_in(
                &frame,
                &View {
                    passkey: None,
                    said: Some(Said::Throttled { again: at(say, "2026-11-22T09:31:00Z") }),
                    shared: true,
                    sms: false,
                },
            ),
        ),
    ]
}

fn enrolments(say: Say) -> Vec<Page> {
    let frame = outside(say, "Enrol");
    let open = enrol::Open {
        action: say("/enrol/0123456789abcdef"),
        role: Role::Owner,
        expires: at(say, "2026-11-22T09:58:00Z"),
        name: String::new(),
        passkey: ask(say),
        refusal: None,
    };
    let taken = refusal(say, "identity", "user_name_taken", "a user has this name already", "Choose another name.");
    let refused = enrol::Open { name: say("maya"), refusal: Some(taken), ..open.clone() };
    let done = enrol::Done { passkey: say("Passkey of Chromium on Debian"), synced: true, codes_from: None };
    let invited = enrol::Done { codes_from: Some(at(say, "2026-11-23T09:30:00Z")), ..done.clone() };
    vec![
        ("enrol", enrol::open(&frame, &open)),
        ("enrol-refused", enrol::open(&frame, &refused)),
        ("enrol-closed", enrol::closed(&frame, &enrol::Closed { command: say("portreeve owner enrol") })),
        ("enrol-done-owner", enrol::done(&inside(say, "You are enrolled", Nav::Authenticators), &invited)),
        ("enrol-done", enrol::done(&inside(say, "You are enrolled", Nav::Authenticators), &done)),
    ]
}

fn refusals(say: Say) -> Vec<Page> {
    let page = |heading: &str, category, code, text, remedy, next| no::View {
        heading: say(heading),
        refusal: refusal(say, category, code, text, remedy),
        again: None,
        next: Some(next),
    };
    let missing = page(
        "There is no such page",
        "device-session",
        "page_not_found",
        "this address leads nowhere",
        "Go to the security home, or check the address.",
        Next::Home,
    );
    let step = page(
        "Not with this session yet",
        "device-session",
        "capability_missing",
        "this needs the move window, and the session is at view",
        "Step up with a passkey, then ask again.",
        Next::StepUp,
    );
    let many = no::View {
        again: Some(at(say, "2026-11-22T09:31:00Z")),
        ..page(
            "Too many requests",
            "identity",
            "busy",
            "too many sign-ins are being checked at this moment",
            "Wait a few seconds, then try again.",
            Next::SignIn,
        )
    };
    vec![
        ("refused", refused(&inside(say, "Not with this session yet", Nav::Limits), &step)),
        ("not-found", refused(&inside(say, "There is no such page", Nav::Home), &missing)),
        ("not-found-outside", refused(&outside(say, "There is no such page"), &missing)),
        ("too-many", refused(&outside(say, "Too many requests"), &many)),
    ]
}
