//! Samples of authenticators, devices and sessions.

use super::{Page, Say, ask, at, inside, refusal};
use maud::html;
use portal::page::Nav;
use portal::page::authenticators::{Codes, Item, Kind, Totp, View, authenticators, codes, totp};
use portal::page::devices::{self, Device, Session, State, devices};

pub fn pages(say: Say) -> Vec<Page> {
    [of_authenticators(say), of_devices(say)].concat()
}

fn item(say: Say, kind: Kind, name: &str, detail: &str) -> Item {
    Item {
        id: say("aut_01"),
        kind,
        name: say(name),
        added: at(say, "2026-08-02T08:00:00Z"),
        used: Some(at(say, "2026-11-22T09:00:00Z")),
        disabled: None,
        detail: say(detail),
        kept: None,
    }
}

fn of_authenticators(say: Say) -> Vec<Page> {
    let frame = inside(say, "Authenticators", Nav::Authenticators);
    let usual = View {
        items: vec![
            item(say, Kind::SyncedPasskey, "Phone and desk", "kept by a provider, on several devices"),
            Item { used: None, ..item(say, Kind::SecurityKey, "Key in the drawer", "bound to one thing") },
            item(say, Kind::Password, "Password", "since 2 Aug 2026"),
            Item {
                disabled: Some(say("50 wrong codes in a row; add another app")),
                ..item(say, Kind::Totp, "Authenticator app", "six digits, 30 seconds")
            },
            item(say, Kind::RecoveryCodes, "Recovery codes", "8 of 10 left"),
        ],
        passkey: Some(ask(say)),
        password_rules: vec![
            say("At least 15 characters; any characters, spaces too."),
            say("Not one that is known from leaks, and not your name."),
            say("It never has to be changed unless it leaks."),
        ],
        has_password: true,
        has_totp: true,
        has_codes: true,
        sms: Some(false),
        locked: None,
        refusal: None,
    };
    let only = Item {
        kept: Some(say("it is the only one that signs in by itself.")),
        ..item(say, Kind::SyncedPasskey, "Phone and desk", "kept by a provider")
    };
    let locked = View { items: vec![only], locked: Some(say("the move window is shut")), ..View::default() };
    let short =
        refusal(say, "identity", "password_too_short", "a password has at least 15 characters", "Choose a longer one.");
    let refused =
        View { refusal: Some(short), has_password: false, has_totp: false, has_codes: false, ..usual.clone() };
    let qr = || html! { svg viewBox="0 0 21 21" aria-hidden="true" { path d="M0 0h7v7H0zM14 0h7v7h-7zM0 14h7v7H0zM9 9h3v3H9z" {} } };
    let app =
        Totp { qr: qr(), secret: say("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"), ceremony: say("4f2a"), refusal: None };
    let wrong = refusal(
        say,
        "identity",
        "code_wrong",
        "this is not the code of now",
        "Check the clock of the phone, and type the next one.",
    );
    let sheet = Codes { codes: (0..10).map(|n| say(&format!("7K4M-92QD-X{n}VR-31PT"))).collect() };
    vec![
        ("authenticators", authenticators(&frame, &usual)),
        ("authenticators-locked", authenticators(&frame, &locked)),
        ("authenticators-refused", authenticators(&frame, &refused)),
        ("totp", totp(&frame, &app)),
        ("totp-refused", totp(&frame, &Totp { refusal: Some(wrong), qr: qr(), ..app.clone() })),
        ("recovery-codes", codes(&frame, &sheet)),
    ]
}

fn of_devices(say: Say) -> Vec<Page> {
    let frame = inside(say, "Devices and sessions", Nav::Devices);
    let session = |id: &str, capability: &str, from: &str, this_session| Session {
        id: say(id),
        interface: say("portal"),
        capability: say(capability),
        signed_in: at(say, "2026-11-22T09:00:00Z"),
        active: at(say, "2026-11-22T09:20:00Z"),
        from: say(from),
        with: say("passkey Phone and desk"),
        this_session,
    };
    let device = |id: &str, name: &str, state, sessions| Device {
        id: say(id),
        name: say(name),
        state,
        this_device: false,
        bound: at(say, "2026-09-20T08:00:00Z"),
        used: at(say, "2026-11-22T09:20:00Z"),
        moves_from: None,
        sessions,
    };
    let trusted = || State::Trusted { until: at(say, "2026-12-19T08:00:00Z") };
    let desk = Device {
        this_device: true,
        ..device(
            "dev_01",
            "Firefox on the desk",
            trusted(),
            vec![session("ses_1", "trade until 10:15 UTC", "203.0.113.7", true)],
        )
    };
    let phone = Device {
        moves_from: Some(at(say, "2026-11-23T07:58:00Z")),
        ..device(
            "dev_02",
            "Phone, Chrome",
            trusted(),
            vec![session("ses_2", "view", "2001:db8:4:12:a9ff:fe31:77c0:88a1", false)],
        )
    };
    let all = vec![
        desk.clone(),
        phone,
        device("dev_03", "Chrome on Windows, in the library of the university", State::Pending, Vec::new()),
        device("dev_04", "Hotel computer", State::Shared, vec![session("ses_3", "view", "198.51.100.9", false)]),
        device("dev_05", "Old laptop", State::Revoked, Vec::new()),
    ];
    let last = refusal(say, "device-session", "session_not_found", "this session has ended already", "Nothing to do.");
    vec![
        ("devices", devices(&frame, &devices::View { devices: all, credentials: 3, refusal: None })),
        ("devices-one", devices(&frame, &devices::View { devices: vec![desk], credentials: 0, refusal: Some(last) })),
    ]
}
