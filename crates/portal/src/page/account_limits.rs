//! Limits of one account: what is stated for it, beside each credential's own, and the form that changes one.

use super::credentials::{self, Change};
use super::frame::{self, Frame};
use super::limits::{self, Limit};
use super::part::{self, Head, Refusal};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug)]
pub struct View {
    pub number: String,
    pub limits: Vec<Limit>,
    pub change: Change,
    pub refusal: Option<Refusal>,
}

pub fn account_limits(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        p { a.back href=(place::LIMITS) { "‹ Limits and kill switch" } }
        h1 { "Limits of account " (view.number) }
        @if let Some(refusal) = &view.refusal { (part::refusal(refusal)) }
        p.prose { "They bind every API credential and every ticket on this account, besides what each states itself: the strictest one decides. A limit that is not stated here does not bind." }
        section id="limits" data-topic="limits orders" aria-labelledby="limits-title" {
            h2 id="limits-title" { "Limits" }
            @if view.limits.is_empty() { (part::empty("None is stated for the account.", "What each credential states binds it.", None)) }
            @else { (part::table("What is stated, and what is used today", &[
                Head("Whose", false), Head("Control", false), Head("Limit", true), Head("Used today", true), Head("Share", false),
            ], &view.limits.iter().map(limits::limit).collect::<Vec<_>>())) }
        }
        (credentials::change(&place::under(place::LIMITS, &view.number), &view.change))
    };
    frame::page(frame, &body)
}
