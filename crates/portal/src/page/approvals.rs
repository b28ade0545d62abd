//! Approvals: those that wait, and the page on which one is answered.

use super::frame::{self, Frame, Tone};
use super::limits::{self, Limit};
use super::part::{self, Ask, Head, Moment, Refusal, Use};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub pending: Vec<Row>,
    pub answered: Vec<Answered>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub what: String,
    pub value: String,
    pub who: String,
    pub expires: Moment,
}

#[derive(Clone, Debug)]
pub struct Answered {
    pub at: Moment,
    pub what: String,
    pub value: String,
    pub answer: Answer,
    pub by: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Approved,
    Refused,
    TimedOut,
    /// What was asked changed: an approval is for the exact text only.
    Void,
}

impl Answer {
    const fn told(self) -> (Tone, &'static str) {
        match self {
            Self::Approved => (Tone::Good, "approved"),
            Self::Refused => (Tone::Bad, "refused"),
            Self::TimedOut => (Tone::Off, "timed out"),
            Self::Void => (Tone::Off, "void"),
        }
    }
}

pub fn approvals(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Approvals" }
        section id="approvals" data-topic="approvals" aria-labelledby="waiting-title" {
            h2 id="waiting-title" { "Waiting for you" small { (view.pending.len()) } }
            @if view.pending.is_empty() { (part::empty("Nothing waits.", "Orders above a threshold, and changes that widen what someone may do, wait here for your signature.", None)) }
            @else { (part::table("Not done until you approve; refused when the time is over", &[
                Head("What", false), Head("Value", true), Head("Who asks", false), Head("Ends", false), Head("Left", false),
            ], &view.pending.iter().map(|row| vec![
                html! { a href=(place::under(place::APPROVALS, &row.id)) { (row.what) } }, html! { (row.value) }, html! { (row.who) },
                part::time(&row.expires), left(&row.expires),
            ]).collect::<Vec<_>>())) }
        }
        section id="answered" data-topic="approvals" aria-labelledby="answered-title" {
            h2 id="answered-title" { "Answered" }
            @if view.answered.is_empty() { (part::empty("None yet.", "What you approve and refuse stays in the journal.", None)) }
            @else { (part::table("The latest answers", &[
                Head("What", false), Head("Value", true), Head("Answer", false), Head("By", false), Head("At", false),
            ], &view.answered.iter().map(|row| { let (tone, word) = row.answer.told(); vec![
                html! { (row.what) }, html! { (row.value) }, part::badge(tone, word), html! { (row.by) }, part::time(&row.at),
            ] }).collect::<Vec<_>>())) }
        }
    };
    frame::page(frame, &body)
}

/// Counted down by a script, for the eye; the time itself is in the text beside it.
pub(super) fn left(until: &Moment) -> Markup {
    html! { span.nowrap aria-hidden="true" data-until=(until.iso) {} }
}

/// One approval in full.
#[derive(Clone, Debug)]
pub struct Approval {
    pub id: String,
    /// The first line: `Buy 120 NVDA at 184.20 USD or better`.
    pub what: String,
    /// The rest of the text that is signed, as it is signed: lines as they stand.
    pub text: String,
    pub value: String,
    /// How much of the account it is.
    pub share: Option<String>,
    pub who: Who,
    /// Why it is not simply done.
    pub why: String,
    pub expires: Moment,
    pub limits: Vec<Limit>,
    pub state: State,
    /// Where one approver is not enough.
    pub two: Option<Two>,
    /// Who is stopped by saying "this was not me"; none where nobody else can have asked.
    pub not_me: Option<String>,
    pub refusal: Option<Refusal>,
}

/// It takes two people, or one with a key that cannot be copied.
#[derive(Clone, Debug)]
pub struct Two {
    /// The first of them.
    pub signed: Option<String>,
    /// Who may be one of the two, besides.
    pub may: Vec<String>,
    /// Who may sign it alone, with a security key; told to those who may sign at all.
    pub alone: Vec<String>,
    /// There are such a key or two people.
    pub reachable: bool,
}

#[derive(Clone, Debug)]
pub struct Who {
    pub name: String,
    /// `API credential`, `user`.
    pub kind: String,
    pub from: String,
    pub since: Moment,
}

#[derive(Clone, Debug)]
pub enum State {
    /// A passkey signs the text.
    Open {
        passkey: Ask,
    },
    /// It waits, but this user, session or authenticator may not answer.
    Locked {
        why: String,
    },
    Ended {
        answer: Answer,
        at: Moment,
        by: String,
    },
}

pub fn approval(frame: &Frame, view: &Approval) -> Markup {
    let body = html! {
        p { a.back href=(back(frame)) { "‹ Approvals" } }
        h1 class=[frame.phone.then_some("hear")] { "Approve or refuse" }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        div.pair {
            section aria-labelledby="text-title" {
                h2 id="text-title" { "Exactly this will happen" }
                div.signed { b { (view.what) } (view.text) }
                @if !frame.phone { (covers()) }
            }
            section id="answer" data-topic="approvals" aria-labelledby="answer-title" {
                h2 id="answer-title" class=[frame.phone.then_some("hear")] { "Your answer" }
                (answer(frame, view))
            }
            // In one hand the text and both answers are seen at one glance.
            @if frame.phone { (covers()) }
        }
        section aria-labelledby="who-title" {
            h2 id="who-title" { "Who asks, and why it waits" }
            (part::facts(&[
                ("Asks", html! { (view.who.kind) " " strong { (view.who.name) } }),
                ("From", html! { (view.who.from) }),
                ("Asked", part::time(&view.who.since)),
                ("Waits because", html! { (view.why) }),
            ]))
        }
        @if !view.limits.is_empty() { section aria-labelledby="limits-title" {
            h2 id="limits-title" { "The limits that apply" }
            (part::table("As they stand now, before it is done", &[
                Head("Whose", false), Head("Control", false), Head("Limit", true), Head("Used today", true), Head("Share", false),
            ], &view.limits.iter().map(limits::limit).collect::<Vec<_>>()))
        } }
    };
    frame::page(frame, &body)
}

fn covers() -> Markup {
    html! { p.hint { "Your signature covers this text and no other. If anything in it changes, the approval is void; and the guard decides again when it is done." } }
}

/// On a phone they wait on its first screen.
const fn back(frame: &Frame) -> &'static str {
    if frame.phone { place::PHONE } else { place::APPROVALS }
}

fn answer(frame: &Frame, view: &Approval) -> Markup {
    let act = |verb: &str| place::act(frame.approvals(), &view.id, verb);
    html! {
        @if !view.value.is_empty() { p.figure { (view.value) } }
        @if let Some(share) = &view.share { p.small.quiet { (part::sentence(share)) } }
        @if let Some(two) = &view.two { (signatures(two)) }
        @match &view.state {
            State::Open { passkey } => {
                p { "Without an answer it is refused at " (part::time(&view.expires)) ". " (left(&view.expires)) }
                (part::passkey(Use::Get, &act("approve"), passkey, "widen wide tall", "Approve with a passkey", &html! {}))
                (part::post(&act("refuse"), &[], "narrow wide tall", &html! { "Refuse" }))
                (not_me(frame, view))
            }
            State::Locked { why } => {
                p { "Without an answer it is refused at " (part::time(&view.expires)) ". " (left(&view.expires)) }
                (part::note(Tone::Wait, &html! { p { strong { "You cannot approve it. " } (part::sentence(why)) } }))
                @if frame.may_stop() {
                    (part::post(&act("refuse"), &[], "narrow wide tall", &html! { "Refuse" }))
                    (not_me(frame, view))
                }
            }
            State::Ended { answer, at, by } => {
                @let (tone, word) = answer.told();
                p { (part::badge(tone, word)) " " (part::time(at)) @if !by.is_empty() { ", by " (by) } }
                p { a href=(back(frame)) { "See what else waits" } }
            }
        }
    }
}

fn signatures(two: &Two) -> Markup {
    let list = |all: &[String]| all.join(", ");
    let body = html! {
        @match &two.signed {
            Some(who) => p { strong { "One of two has signed: " (who) "." } " It is done when another person signs too." },
            None => p { strong { "It takes two people, or a security key." } " Nobody has signed yet." },
        }
        @if !two.reachable { p {
            a href=(place::AUTHENTICATORS) { "Bind a security key" } ", or " a href=(place::PEOPLE) { "invite a second approver" }
            "; such a key counts a day after it was bound, and the order is asked for again then."
        } }
        @else if !two.may.is_empty() { p { @if two.signed.is_some() { "The other one may be: " } @else { "Two of these: " } (list(&two.may)) "." } }
        @if !two.alone.is_empty() { p { "Alone, with a security key: " (list(&two.alone)) "." } }
    };
    part::note(Tone::Wait, &body)
}

fn not_me(frame: &Frame, view: &Approval) -> Markup {
    html! { @if let Some(suspect) = &view.not_me {
        (part::post(&place::act(frame.approvals(), &view.id, "not-me"), &[], "halt wide", &html! { "This was not me" }))
        p.hint {
            "Refuses it and opens an incident: new orders of " (suspect) " are stopped, the open ones are cancelled, and "
            @if view.who.kind == "user" { "every API credential is suspended and every session but this one ends." } @else { "it is suspended." }
        }
    } }
}
