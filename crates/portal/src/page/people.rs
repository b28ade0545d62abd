//! People: the users of the customer and who is invited; a link that is shown once; and one user.

use super::frame::{self, Frame, Role, Tone};
use super::part::{self, Field, Head, Moment, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    pub users: Vec<User>,
    pub invitations: Vec<Invitation>,
    /// Why this user cannot invite.
    pub locked: Option<String>,
    /// What was typed before.
    pub label: String,
    pub role: String,
    pub refusal: Option<Refusal>,
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    pub name: String,
    pub role: Role,
    pub since: Moment,
    pub you: bool,
    /// How they come in: for themselves, and for owners.
    pub own: Option<Own>,
}

#[derive(Clone, Debug)]
pub struct Own {
    pub devices: usize,
    pub authenticators: usize,
    pub last_sign_in: Option<Moment>,
}

#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: String,
    pub role: Role,
    pub label: String,
    pub ends: Moment,
    /// Asked for by whoever looks: they alone make its link.
    pub yours: bool,
    /// One was made, and lets one person in.
    pub link: bool,
}

/// Value, label, and what it means.
const ROLES: [(&str, &str, &str); 3] = [
    ("viewer", "Viewer", "Sees everything, and does nothing."),
    (
        "trader",
        "Trader",
        "Trades at a ticket of their own within limits that an owner states, approves orders, stops everything.",
    ),
    ("owner", "Owner", "All that you may: limits, API credentials, people. Changes nothing for a day after coming in."),
];

pub fn people(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "People" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        section id="users" data-topic="people session" aria-labelledby="users-title" {
            h2 id="users-title" { "Users" small { (view.users.len()) } }
            (part::table("Who may come in, and as what", &[
                Head("Name", false), Head("Role", false), Head("Since", false), Head("Devices", true), Head("Authenticators", true), Head("Last sign-in", false),
            ], &view.users.iter().map(row).collect::<Vec<_>>()))
        }
        @if view.locked.is_none() || !view.invitations.is_empty() { section id="invitations" data-topic="people" aria-labelledby="invitations-title" {
            h2 id="invitations-title" { "Invitations" }
            @if view.invitations.is_empty() { (part::empty("Nobody is invited.", "An invitation is signed by you, lasts a day, and lets one person in by a link that you hand over.", None)) }
            @else { div.grid { @for one in &view.invitations { (invitation(one, view.locked.is_none())) } } }
        } }
        section aria-labelledby="invite-title" {
            h2 id="invite-title" { "Invite somebody" }
            @if let Some(why) = &view.locked { (part::note(Tone::Off, &html! { p { (part::sentence(why)) } })) }
            @else { (form(view)) }
        }
    };
    frame::page(frame, &body)
}

fn row(user: &User) -> Vec<Markup> {
    let href = place::under(place::PEOPLE, &user.id);
    let (devices, keys, last) = match &user.own {
        Some(own) => {
            (html! { (own.devices) }, html! { (own.authenticators) }, part::time_or(own.last_sign_in.as_ref(), "never"))
        }
        None => (html! { span.quiet { "not shown" } }, html! {}, html! {}),
    };
    vec![
        html! { @if user.own.is_some() { a href=(href) { (user.name) } } @else { (user.name) } @if user.you { " " (part::badge(Tone::Good, "you")) } },
        html! { (user.role.as_str()) },
        part::time(&user.since),
        devices,
        keys,
        last,
    ]
}

fn invitation(one: &Invitation, may: bool) -> Markup {
    let named = html! { span.hear { ": " (one.label) } };
    let act = |verb| place::act(place::INVITATIONS, &one.id, verb);
    html! {
        article.plate {
            div.row.between { h3 { (one.label) } (part::badge(Tone::Wait, one.role.as_str())) }
            (part::facts(&[
                ("Ends", part::time(&one.ends)),
                ("Link", html! { @if one.link { "made, and not used yet" } @else { "not made yet" } }),
            ]))
            @if may { div.row {
                @if one.yours { (part::post(&act("link"), &[], "widen", &html! { @if one.link { "Make another link" } @else { "Make the link" } (named) })) }
                (part::post(&act("revoke"), &[], "narrow", &html! { "Revoke" (named) }))
            } }
            @if may && !one.yours { p.hint { "Only the owner who asked for it makes its link." } }
            @if one.link { p.hint { "The link before it is void when another is made." } }
        }
    }
}

fn form(view: &View) -> Markup {
    html! {
        form.plate.prose method="post" action=(place::INVITE) {
            fieldset {
                legend { "As" }
                @for (value, label, hint) in ROLES { (part::tick("radio", "role", value, view.role == value, label, hint)) }
            }
            (part::field(&Field { label: "A word for whom it is", name: "label", value: &view.label, short: true,
                hint: "Letters, digits, dots and dashes. It stays in the journal, so not their name: they choose that themselves.", ..Field::default() }))
            button.widen type="submit" { "Invite" }
            p.hint { "The next page says exactly what is allowed by it, and takes your signature." }
        }
    }
}

/// The link, on this page only.
#[derive(Clone, Debug)]
pub struct Link {
    pub label: String,
    pub role: Role,
    pub url: String,
    pub ends: Moment,
}

pub fn link(frame: &Frame, view: &Link) -> Markup {
    let body = html! {
        p { a.back href=(place::PEOPLE) { "‹ People" } }
        h1 { "The link for " (view.label) }
        section.prose aria-labelledby="link-title" {
            h2 id="link-title" { "Hand it over by a way that only they read" }
            p.secret { (view.url) }
            p { strong { "It is shown only now." } " Whoever opens it first comes in as " strong { (view.role.as_str()) } ", once, until " (part::time(&view.ends)) ". A link of this invitation that was made before is void." }
            p { "They choose a name and make a passkey, on the device that they open it on. Everybody here is told when they have." }
        }
    };
    frame::page(frame, &body)
}

/// One user, for themselves and for owners.
#[derive(Clone, Debug)]
pub struct One {
    pub user: User,
    pub sessions: usize,
    /// What their ticket may, in one sentence.
    pub ticket: String,
    /// Orders of it that are open.
    pub open_orders: usize,
    /// Whether the limits of their ticket are stated here.
    pub states: bool,
    /// It takes a signature.
    pub signed: bool,
    /// Why they are not removed from here; none where they may be.
    pub stays: Option<String>,
    pub refusal: Option<Refusal>,
}

pub fn one(frame: &Frame, view: &One) -> Markup {
    let user = &view.user;
    let act = |verb| place::act(place::PEOPLE, &user.id, verb);
    let body = html! {
        p { a.back href=(place::PEOPLE) { "‹ People" } }
        h1 { (user.name) @if user.you { " " (part::badge(Tone::Good, "you")) } }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        section id="facts" data-topic="people session devices authenticators" aria-label="What is known" {
            (part::facts(&[
                ("Role", html! { (user.role.as_str()) }),
                ("Since", part::time(&user.since)),
                ("Sessions now", html! { (view.sessions) }),
                ("Trusted devices", html! { (user.own.as_ref().map_or(0, |own| own.devices)) }),
                ("Authenticators", html! { (user.own.as_ref().map_or(0, |own| own.authenticators)) }),
                ("Last sign-in", part::time_or(user.own.as_ref().and_then(|own| own.last_sign_in.as_ref()), "never")),
                ("Id", html! { span.code { (user.id) } }),
            ]))
        }
        section aria-labelledby="ticket-title" {
            h2 id="ticket-title" { "Ticket" }
            p { (view.ticket) }
            @if view.states { p { a.button href=(act("ticket")) { "State its limits" } } }
        }
        section aria-labelledby="remove-title" {
            h2 id="remove-title" { "Remove this user" }
            @match &view.stays {
                Some(why) => (part::note(Tone::Off, &html! { p { (part::sentence(why)) } })),
                None => {
                    p.prose { @if view.signed { "By a signature, on the next page; then at once" } @else { "At once" } ": their sessions end, their devices and authenticators open nothing any more, their ticket ends, their invitations and what they asked for are void. Their name is free again." }
                    @if view.open_orders > 0 { (part::note(Tone::Wait, &html! { p { (view.open_orders) " of their orders are open and stay: cancel them among the " a href=(place::ORDERS) { "orders" } "." } })) }
                    p.prose { "Programs stay: give each API credential whose secret they know a new one." }
                    (part::post(&act("remove"), &[], "halt", &html! { @if view.signed { "Ask to remove " } @else { "Remove " } (user.name) }))
                }
            }
        }
    };
    frame::page(frame, &body)
}
