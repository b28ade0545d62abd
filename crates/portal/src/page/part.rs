//! The pieces every page is made of: times, badges, refusals, facts, tables, fields, forms.

use super::frame::Tone;
use super::mark;
use super::remedy::remedy;
use maud::{Markup, html};

/// A moment, in UTC: for machines (`2026-11-22T10:15:00Z`) and for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub iso: String,
    pub text: String,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Moment {
    /// From RFC 3339 in UTC; what is not of that shape is shown as it is.
    pub fn of(iso: &str) -> Self {
        Self { iso: iso.to_owned(), text: Self::told(iso).unwrap_or_else(|| iso.to_owned()) }
    }

    fn told(iso: &str) -> Option<String> {
        let (date, clock) = iso.split_once('T')?;
        let mut parts = date.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        let minutes = clock.get(..5)?;
        Some(format!("{} {month} {year}, {minutes} UTC", day.trim_start_matches('0')))
    }

    /// Only the clock: `10:15 UTC`.
    pub(crate) fn clock(&self) -> &str {
        self.text.rsplit_once(", ").map_or(&self.text, |(_, clock)| clock)
    }
}

/// A no, as every door says it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// identity, entitlement, device-session or guard.
    pub category: String,
    pub code: String,
    pub text: String,
    pub remedy: String,
    pub correlation: Option<String>,
}

/// A WebAuthn ceremony the server has begun: its id, and the options as JSON.
#[derive(Clone, Debug)]
pub struct Ask {
    pub ceremony: String,
    pub options: String,
}

/// What a passkey is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Create,
    Get,
    /// The browser may offer the passkey where the name is typed.
    SignIn,
}

pub(crate) fn time(moment: &Moment) -> Markup {
    html! {
        time datetime=(moment.iso) { @match moment.text.rsplit_once(", ") {
            Some((date, clock)) => { span.nowrap { (date) "," } " " span.nowrap { (clock) } }
            None => (moment.text),
        } }
    }
}

pub(crate) fn clock(moment: &Moment) -> Markup {
    html! { time datetime=(moment.iso) { (moment.clock()) } }
}

/// `never` where there is none.
pub(crate) fn time_or(moment: Option<&Moment>, none: &str) -> Markup {
    html! { @match moment { Some(moment) => (time(moment)), None => span.quiet { (none) } } }
}

pub(crate) fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (mark::shape(tone.shape())) (text) } }
}

/// The shape of a tone alone, beside words that say the same.
pub(crate) fn tone(tone: Tone) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (mark::shape(tone.shape())) } }
}

/// A bar with what was refused, why, and what to do.
pub(crate) fn refusal(refusal: &Refusal) -> Markup {
    html! {
        div.note.bad role="alert" {
            (mark::no())
            div {
                p { strong { "Refused. " } (sentence(&refusal.text)) }
                p { (remedy(refusal)) }
                p.code { (refusal.category) " · " (refusal.code)
                    @if let Some(id) = &refusal.correlation { " · correlation " (id) } }
            }
        }
    }
}

/// With a capital at the front and a stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?', '…']) || text.is_empty() { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

pub(crate) fn note(tone: Tone, body: &Markup) -> Markup {
    html! {
        div class={ "note " (tone.class()) } {
            @match tone { Tone::Good => (mark::yes()), Tone::Bad => (mark::no()), _ => (mark::look()) }
            div { (body) }
        }
    }
}

pub(crate) fn empty(title: &str, text: &str, action: Option<(&str, &str)>) -> Markup {
    html! {
        div.empty {
            b { (title) }
            p { (text) }
            @if let Some((href, label)) = action { p { a href=(href) { (label) } } }
        }
    }
}

pub(crate) fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (name, value) in rows { dt { (name) } dd { (value) } } } }
}

/// A column: its name, and whether it holds figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head(pub &'static str, pub bool);

/// The first cell of a row is its heading; on a narrow screen each row becomes a card.
pub(crate) fn table(caption: &str, heads: &[Head], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table.cards {
            table {
                caption { (caption) }
                thead { tr { @for Head(name, figures) in heads { th scope="col" class=[figures.then_some("num")] { (name) } } } }
                tbody { @for row in rows { tr { @for (at, (cell, Head(name, figures))) in row.iter().zip(heads).enumerate() {
                    @if at == 0 { th scope="row" { (cell) } }
                    @else { td data-label=(name) class=[figures.then_some("num")] { (cell) } }
                } } } }
            }
        }
    }
}

/// One labelled input; `more` are further attributes by name.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    pub label: &'a str,
    pub name: &'a str,
    pub kind: &'a str,
    pub value: &'a str,
    pub hint: &'a str,
    pub autocomplete: &'a str,
    pub inputmode: &'a str,
    pub required: bool,
    pub short: bool,
}

impl Default for Field<'_> {
    fn default() -> Self {
        let (label, name, value, hint, inputmode) = ("", "", "", "", "text");
        Self { label, name, kind: "text", value, hint, autocomplete: "off", inputmode, required: true, short: false }
    }
}

pub(crate) fn field(field: &Field<'_>) -> Markup {
    let id = format!("f-{}", field.name);
    let hint = format!("{id}-hint");
    html! {
        div.field {
            label for=(id) { (field.label) }
            input id=(id) name=(field.name) type=(field.kind) value=(field.value) autocomplete=(field.autocomplete)
                inputmode=(field.inputmode) required[field.required] class=[field.short.then_some("short")]
                autocapitalize="none" spellcheck="false" maxlength="256"
                aria-describedby=[(!field.hint.is_empty()).then_some(&hint)];
            @if !field.hint.is_empty() { p.hint id=(hint) { (field.hint) } }
        }
    }
}

/// A box to tick or one of several choices, with what it means under it.
pub(crate) fn tick(kind: &str, name: &str, value: &str, on: bool, label: &str, hint: &str) -> Markup {
    html! {
        label.tick {
            input type=(kind) name=(name) value=(value) checked[on];
            span { b { (label) } @if !hint.is_empty() { span.hint { (hint) } } }
        }
    }
}

/// A button that is a form of its own.
pub(crate) fn post(action: &str, hidden: &[(&str, &str)], class: &str, label: &Markup) -> Markup {
    html! {
        form.line method="post" action=(action) {
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            button class=(class) type="submit" { (label) }
        }
    }
}

/// A form that a passkey signs; the platform needs JavaScript here, and the page says so.
pub(crate) fn passkey(purpose: Use, action: &str, ask: &Ask, class: &str, label: &str, body: &Markup) -> Markup {
    let kind = if purpose == Use::Create { "create" } else { "get" };
    html! {
        form method="post" action=(action) data-passkey=(kind) data-options=(ask.options)
            data-autofill=[(purpose == Use::SignIn).then_some("yes")] {
            input type="hidden" name="ceremony" value=(ask.ceremony);
            input type="hidden" name="response" value="";
            (body)
            button class=(class) type="submit" { (mark::key()) (label) }
            p.passkey-said.error role="status" {}
            noscript { p.hint { "A passkey needs JavaScript: the browser offers no other way to it." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_utc() {
        let moment = Moment::of("2026-11-02T09:05:07.250Z");
        assert_eq!(moment.text, "2 Nov 2026, 09:05 UTC");
        assert_eq!(moment.clock(), "09:05 UTC");
    }

    #[test]
    fn what_is_no_moment_is_shown_as_it_is() {
        for text in ["", "soon", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "T", "2026-01-01Té"] {
            assert_eq!(Moment::of(text).text, text);
        }
    }

    #[test]
    fn a_sentence_begins_large_and_ends_with_a_stop() {
        assert_eq!(sentence("the kill switch is engaged"), "The kill switch is engaged.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }
}
