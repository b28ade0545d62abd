//! What to do about a refusal, as this door says it: a page of its own, where other doors name a verb.

use super::part::Refusal;
use super::place;
use maud::{Markup, html};

/// By the code: the words, and where it is done.
type Own = (&'static str, &'static str, Option<(&'static str, &'static str)>);

const LIMITS: &str = "Make the order smaller, or change the limit of its API credential or account.";
const CREDENTIALS: Option<(&str, &str)> = Some((place::CREDENTIALS, "API credentials"));
const KILL: Option<(&str, &str)> = Some((place::LIMITS, "Limits and kill switch"));
const PEOPLE: Option<(&str, &str)> = Some((place::PEOPLE, "People"));
const HOME: Option<(&str, &str)> = Some((place::HOME, "Security home"));

const OWN: &[Own] = &[
    ("account_not_found", "See which accounts there are.", KILL),
    ("account_not_allowed", "See what this API credential may do.", CREDENTIALS),
    ("instrument_not_allowed", "See what this API credential may do.", CREDENTIALS),
    ("credential_not_found", "See all of them.", CREDENTIALS),
    ("credential_suspended", "Resume it, if you know why it was suspended.", CREDENTIALS),
    ("credential_revoked", "Create a new one.", Some((place::CREDENTIAL_NEW, "Create an API credential"))),
    ("credential_expired", "Create its successor.", Some((place::CREDENTIAL_NEW, "Create an API credential"))),
    ("credential_dormant", "Create a new one.", Some((place::CREDENTIAL_NEW, "Create an API credential"))),
    ("listener_taken", "Choose another port.", None),
    ("trading_needs_accounts", "Choose at least one account.", None),
    ("trading_needs_instruments", "Name at least one instrument, or a class of them.", None),
    ("trading_needs_limits", "State its order value and its value a day.", None),
    ("trading_needs_expiry", "Say until when it may trade.", None),
    (
        "approval_own_request",
        "Let another person answer, on a device of theirs.",
        Some((place::APPROVALS, "Approvals")),
    ),
    ("too_many_approvals_pending", "Answer those that wait first.", Some((place::APPROVALS, "Approvals"))),
    ("order_not_open", "See which are open, and which have ended today.", Some((place::ORDERS, "Orders"))),
    ("kill_switch_engaged", "Release it, if you know why it was engaged.", KILL),
    ("repeated_execution", "Look at what was filled, then arm it again.", KILL),
    ("order_quantity", LIMITS, CREDENTIALS),
    ("order_value_not_stated", "State its order value.", CREDENTIALS),
    ("order_value", LIMITS, CREDENTIALS),
    ("day_value_not_stated", "State its value a day.", CREDENTIALS),
    ("day_value", LIMITS, CREDENTIALS),
    ("day_count", "Wait for the next UTC day, or change the limit.", CREDENTIALS),
    ("message_flood", "Slow the program down, or change its limit of messages a second.", CREDENTIALS),
    ("last_authenticator", "Add another one first.", Some((place::AUTHENTICATORS, "Authenticators"))),
    ("too_many_authenticators", "Remove one first.", Some((place::AUTHENTICATORS, "Authenticators"))),
    ("device_not_found", "Choose one of those that there are.", Some((place::DEVICES, "Devices and sessions"))),
    ("too_many_changes_pending", "Sign them, or let them run out.", Some((place::APPROVALS, "Approvals"))),
    ("user_not_found", "See who is there.", PEOPLE),
    ("last_owner", "Invite another owner first.", PEOPLE),
    ("owner_must_sign", "Do it here, signed in as an owner.", HOME),
];

fn own(code: &str) -> Option<&'static Own> {
    OWN.iter().find(|(known, _, _)| *known == code)
}

pub(crate) fn remedy(refusal: &Refusal) -> Markup {
    let Some((_, words, link)) = own(&refusal.code) else { return html! { (refusal.remedy) } };
    html! { (words) @if let Some((href, label)) = link { " " a href=(href) { (label) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Told by other doors only: without a server, at its start, or to a program.
    const ELSEWHERE: [&str; 16] = [
        "customer_not_open",
        "enrolment_link_void",
        "portal_not_open",
        "no_server",
        "journal_not_found",
        "approval_not_valid",
        "approval_not_signed",
        "dossier_broken",
        "dossier_nothing",
        "live_account_needs_owner",
        "nothing_sealed",
        "seal_key_elsewhere",
        "seal_rotation_underway",
        "seal_key_is_here",
        "config_malformed",
        "field_not_understood",
    ];

    #[test]
    fn no_remedy_on_a_page_names_a_verb_of_the_command_line() {
        let verbs = |text: &str| text.contains("portreeve ") || text.contains(" --");
        for entry in lexicon::all() {
            let told = own(entry.code).map_or(entry.remedy, |(_, words, _)| *words);
            assert!(!verbs(told) || ELSEWHERE.contains(&entry.code), "{}: {told}", entry.code);
        }
    }

    #[test]
    fn every_remedy_of_our_own_is_of_a_code_that_there_is_and_told_once() {
        for (n, (code, _, _)) in OWN.iter().enumerate() {
            assert!(lexicon::all().any(|entry| entry.code == *code), "{code}");
            assert!(OWN.iter().skip(n + 1).all(|(other, _, _)| other != code), "{code} twice");
        }
    }
}
