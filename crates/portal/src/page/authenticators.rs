//! Authenticators: what a user proves with; adding, removing, and what is shown only once.

use super::frame::{self, Frame, Nav, Tone};
use super::part::{self, Ask, Field, Moment, Refusal, Use};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub items: Vec<Item>,
    pub passkey: Option<Ask>,
    /// The password rules, a line each; shown where a password may be added or replaced.
    pub password_rules: Vec<String>,
    pub has_password: bool,
    pub has_totp: bool,
    pub has_codes: bool,
    /// Where a program sends SMS: whether there is a number already.
    pub sms: Option<bool>,
    /// Why nothing can be changed now: the move window is shut, or the device is new.
    pub locked: Option<String>,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub id: String,
    pub kind: Kind,
    pub name: String,
    pub added: Moment,
    pub used: Option<Moment>,
    /// Why it does not work any more.
    pub disabled: Option<String>,
    /// `kept by a provider, on several devices`, `8 of 10 left`.
    pub detail: String,
    /// Why it cannot be removed: it is the last one that signs in by itself.
    pub kept: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    SyncedPasskey,
    SecurityKey,
    Password,
    Totp,
    RecoveryCodes,
    Sms,
}

impl Kind {
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::SyncedPasskey => ("Passkey, synced", "Phishing-resistant. Signs in, trades and approves."),
            Self::SecurityKey => ("Security key", "Phishing-resistant, and bound to this one thing: the strongest."),
            Self::Password => ("Password", "Only together with a one-time code. Never approves."),
            Self::Totp => {
                ("One-time codes (TOTP)", "Only together with the password. A false page can pass a code on.")
            }
            Self::Sms => {
                ("Restricted", "Signs in with the password, from a confirmed device, only to look. Can be taken over.")
            }
            Self::RecoveryCodes => ("Recovery codes", "For the day when all else is lost. Each works once."),
        }
    }
}

pub fn authenticators(frame: &Frame, view: &View) -> Markup {
    let strong = |item: &&Item| matches!(item.kind, Kind::SyncedPasskey | Kind::SecurityKey) && item.disabled.is_none();
    let body = html! {
        h1 { "Authenticators" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        @if view.items.iter().filter(strong).count() < 2 {
            (part::note(Tone::Wait, &html! { p { strong { "Fewer than two phishing-resistant authenticators." } " Losing the only one means a recovery. Add a second passkey, or a security key kept elsewhere." } }))
        }
        @if let Some(why) = &view.locked {
            (part::note(Tone::Off, &html! { p { strong { "Changes are locked. " } (part::sentence(why)) " "
                a href={ (place::STEP_UP) "?want=move&next=" (place::AUTHENTICATORS) } { "Step up" } } }))
        }
        section id="have" data-topic="authenticators" aria-labelledby="have-title" {
            h2 id="have-title" { "What you have" small { (view.items.len()) } }
            div.grid { @for item in &view.items { (card(item, view.locked.is_some())) } }
        }
        @if view.locked.is_none() { (add(view)) }
    };
    frame::page(frame, &body)
}

fn card(item: &Item, locked: bool) -> Markup {
    let (kind, worth) = item.kind.told();
    html! {
        article.plate {
            div.row.between {
                h3 { (item.name) }
                @if item.disabled.is_some() { (part::badge(Tone::Bad, "disabled")) }
                @else if item.kind == Kind::Sms { (part::badge(Tone::Wait, "restricted")) }
                @else { (part::badge(Tone::Good, "active")) }
            }
            @if let Some(why) = &item.disabled { p.error { (part::sentence(why)) } }
            p.small.quiet { strong { (kind) ". " } (worth) }
            (part::facts(&[
                ("Added", part::time(&item.added)), ("Last used", part::time_or(item.used.as_ref(), "never")), ("State", html! { (item.detail) }),
            ]))
            @match &item.kept {
                Some(why) => p.small.quiet { "Stays: " (why) },
                None if !locked => (part::post(&place::act(place::AUTHENTICATORS, &item.id, "remove"), &[], "narrow",
                    &html! { "Remove" span.hear { " " (item.name) } })),
                None => {}
            }
        }
    }
}

fn add(view: &View) -> Markup {
    let under = |verb: &str| format!("{}/{verb}", place::AUTHENTICATORS);
    html! {
        section aria-labelledby="add-title" {
            h2 id="add-title" { "Add another" }
            div.grid {
                @if let Some(ask) = &view.passkey { div.plate {
                    h3 { "Passkey or security key" }
                    (part::passkey(Use::Create, &under("passkey"), ask, "widen", "Add a passkey", &part::field(&Field {
                        label: "What to call it", name: "name", hint: "So that you know it again: Phone, Key in the drawer.", ..Default::default() })))
                } }
                div.plate {
                    h3 { @if view.has_password { "Another password" } @else { "Password" } }
                    form method="post" action=(under("password")) {
                        (part::field(&Field { label: "New password", name: "password", kind: "password", autocomplete: "new-password", ..Default::default() }))
                        (part::field(&Field { label: "The same again", name: "again", kind: "password", autocomplete: "new-password", ..Default::default() }))
                        @if !view.password_rules.is_empty() { ul.small.quiet { @for rule in &view.password_rules { li { "– " (rule) } } } }
                        button.widen type="submit" { @if view.has_password { "Replace the password" } @else { "Add a password" } }
                    }
                }
                div.plate {
                    h3 { "One-time codes (TOTP)" }
                    p.small { "A six-digit code from an authenticator app, every 30 seconds." @if view.has_totp { " The app that is registered now stops working here." } }
                    (part::post(&under("totp/begin"), &[], "widen", &html! { @if view.has_totp { "Replace the app" } @else { "Add an app" } }))
                }
                div.plate {
                    h3 { "Recovery codes" }
                    p.small { "Ten codes, shown once. Print them; keep them where the devices are not." @if view.has_codes { " The old ones stop working." } }
                    (part::post(&under("codes"), &[], "widen", &html! { @if view.has_codes { "Make new recovery codes" } @else { "Make recovery codes" } }))
                }
                @if let Some(has) = view.sms { (super::sms::add(has)) }
            }
        }
    }
}

/// Shown after *add an app*: the secret is on this page only.
#[derive(Clone)]
pub struct Totp {
    /// Drawn by the server.
    pub qr: Markup,
    pub secret: String,
    pub ceremony: String,
    pub refusal: Option<Refusal>,
}

/// The secret is nobody's to print.
impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Totp").field("refusal", &self.refusal).finish_non_exhaustive()
    }
}

pub fn totp(frame: &Frame, view: &Totp) -> Markup {
    let frame = &Frame { current: Some(Nav::Authenticators), ..frame.clone() };
    let body = html! {
        h1 { "Add an authenticator app" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        div.grid {
            div.plate {
                h2 { "1. Scan this" }
                div.qr role="img" aria-label="QR code of the secret; the text below says the same" { (view.qr) }
                p.small { "Or type it into the app:" }
                p.secret { (view.secret) }
                p.hint { "It is shown only now." }
            }
            div.plate {
                h2 { "2. Type the code it shows" }
                form method="post" action={ (place::AUTHENTICATORS) "/totp" } {
                    input type="hidden" name="ceremony" value=(view.ceremony);
                    (part::field(&Field { label: "One-time code", name: "code", autocomplete: "one-time-code", inputmode: "numeric", short: true, ..Default::default() }))
                    div.row { button.go type="submit" { "Confirm" } a href=(place::AUTHENTICATORS) { "Do not add it" } }
                }
            }
        }
    };
    frame::page(frame, &body)
}

/// Shown once.
#[derive(Clone)]
pub struct Codes {
    pub codes: Vec<String>,
}

impl std::fmt::Debug for Codes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Codes")
    }
}

pub fn codes(frame: &Frame, view: &Codes) -> Markup {
    let body = html! {
        h1 { "Your recovery codes" }
        (part::note(Tone::Wait, &html! { p { strong { "They are shown only now." } " Each works once; whoever has one of them and your password gets far." } }))
        div.plate { ol.codes { @for code in &view.codes { li { (code) } } } }
        p.small { "To keep them: print this page (only the codes come out), or click them once, which selects all, and copy. "
            "Paper where the devices are not is best; a file on this device goes with it." }
        p { a.button.go href=(place::HOME) { "I have kept them" } }
    };
    frame::page(frame, &body)
}
