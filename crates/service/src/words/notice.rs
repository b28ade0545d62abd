//! Notices in words: a subject, what happened, when and by whom, and the page to look at; no order's terms.

use super::names::{moment, user as user_name};
use super::story;
use kernel::event::{Event, Recorded};
use kernel::notice::Kind;
use kernel::people::Event as People;
use kernel::session;
use kernel::state::State;

/// The pages that a notice sends people to; none of them does anything by being opened.
pub const APPROVALS: &str = "/approvals";
pub const ALERTS: &str = "/alerts";
pub const DEVICES: &str = "/devices";
pub const ACTIVITY: &str = "/activity";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub subject: String,
    pub text: String,
    pub page: &'static str,
    /// Where one says that it was somebody else.
    pub not_me: Option<&'static str>,
}

/// Where it is looked at, and where one says that it was somebody else.
fn pages(kind: Kind) -> (&'static str, Option<&'static str>) {
    match kind {
        Kind::ApprovalAsked | Kind::ApprovalsUnanswered | Kind::ChangeAsked => (APPROVALS, None),
        // Of a program too: at the devices it would not be stopped.
        Kind::Alert => (ALERTS, Some(ALERTS)),
        _ => (ACTIVITY, Some(DEVICES).filter(|_| kind.group().is_none() && !is_by_the_house(kind))),
    }
}

/// Nobody did it: there is nobody to be told from the reader.
const fn is_by_the_house(kind: Kind) -> bool {
    matches!(kind, Kind::CredentialExpiring | Kind::CredentialExpired | Kind::DayLoss | Kind::ProgramSilent)
}

/// `more`: so many others happened since, and are not told one by one.
pub fn words(state: &State, recorded: &Recorded, kind: Kind, more: u32) -> Words {
    let security = kind.group().is_none();
    let (page, not_me) = pages(kind);
    let mut text = what(state, recorded, kind);
    if more > 0 {
        text.push_str(&format!("\n\nAnd {more} more since then: the portal shows each of them."));
    }
    let advice = match kind {
        Kind::ApprovalAsked | Kind::ChangeAsked => "Answer in the portal. If you did not ask for it, refuse it there.",
        Kind::ApprovalsUnanswered => {
            "No more of them are told until one is answered. If you did not expect them, look at the program that asks."
        }
        Kind::CredentialExpiring => "Make a new one in the portal, with the same limits or narrower ones.",
        Kind::CredentialExpired => "Cancel what is open, and close what it holds, in the portal.",
        Kind::DayLoss => "It goes on when somebody releases the kill switch, in the portal.",
        Kind::ProgramSilent => "Look at whether the program still runs.",
        _ if security => {
            "If that was you, there is nothing to do. If not, say so on the page below: it stops what it can."
        }
        _ => "",
    };
    if !advice.is_empty() {
        text.push_str("\n\n");
        text.push_str(advice);
    }
    let subject = if more > 0 { format!("{} (and {more} more)", subject(kind)) } else { subject(kind).to_owned() };
    Words { subject, text, page, not_me }
}

fn what(state: &State, recorded: &Recorded, kind: Kind) -> String {
    let at = moment(recorded.at);
    match (kind, &recorded.event) {
        // On whatever way it travels, an order's terms stay here.
        (Kind::ApprovalAsked, _) => format!("An order waits for your approval since {at}."),
        (Kind::ApprovalsUnanswered, _) => {
            format!("One approval after another is asked for, and nobody answers; the latest at {at}.")
        }
        (Kind::ApprovalSettled, _) => format!("An approval was answered, or ran out, at {at}."),
        (Kind::Fill, _) => format!("An order was filled, wholly or in part, at {at}."),
        (_, Event::People(People::Session(session::Event::Begun(session)))) => {
            let label = state.customer.people.device(session.device).map(|device| device.label.clone());
            let (user, label) = (user_name(state, session.user), label.unwrap_or_default());
            format!("{} signed in on the {}, from {label:?}, at {at}.", capital(&user), session.interface.as_str())
        }
        (_, event) => {
            let told = story::tell(state, recorded);
            let by = match event {
                // What the event says of a person is said of whoever asked.
                Event::People(_) => String::new(),
                _ => format!(" by {}", told.by),
            };
            format!("{} \u{2014}{by} at {at}.", capital(&told.text))
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub const fn subject(kind: Kind) -> &'static str {
    match kind {
        Kind::SignIn => "A sign-in",
        Kind::NewDevice => "A sign-in from a new device",
        Kind::DeviceConfirmed => "A device was confirmed",
        Kind::DeviceRevoked => "A device was revoked",
        Kind::AuthenticatorBound => "An authenticator was added",
        Kind::AuthenticatorRemoved => "An authenticator was removed",
        Kind::AuthenticatorDisabled => "An authenticator was disabled",
        Kind::AuthenticatorCopied => "An authenticator was perhaps copied",
        Kind::LoggedOutEverywhere => "Logged out everywhere",
        Kind::UserEnrolled => "A user was enrolled",
        Kind::EmailChanged => "The e-mail address for notices was changed",
        Kind::NoticesChanged => "What is told was changed",
        Kind::KillSwitchEngaged => "A kill switch was engaged",
        Kind::KillSwitchReleased => "A kill switch was released",
        Kind::CredentialCreated => "An API credential was created",
        Kind::CredentialRotated => "An API credential was rotated",
        Kind::CredentialSuspended => "An API credential was suspended",
        Kind::CredentialResumed => "An API credential was resumed",
        Kind::CredentialRevoked => "An API credential was revoked",
        Kind::LimitsRaised => "Limits were raised",
        Kind::ProgramRefused => "A program is refused again and again",
        Kind::OrderUnknown => "Nobody can say what became of an order",
        Kind::ChangeAsked => "A change waits for a signature",
        Kind::ApprovalAsked => "An order waits for your approval",
        Kind::ApprovalsUnanswered => "Approvals are asked for, and nobody answers",
        Kind::ApprovalSettled => "An approval was settled",
        Kind::Fill => "An order was filled",
        Kind::UserInvited => "Somebody was invited as a user",
        Kind::UserRemoved => "A user was removed",
        Kind::Alert => "Something unusual: was this you?",
        Kind::DayLoss => "An account lost more than its limit for a day",
        Kind::ProgramSilent => "A program fell silent: its orders were cancelled",
        Kind::CredentialExpiring => "An API credential expires soon",
        Kind::CredentialExpired => "An API credential has expired",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_leads_to_where_one_says_that_it_was_somebody_else() {
        for (kind, expected) in [
            (Kind::Alert, (ALERTS, Some(ALERTS))),
            (Kind::SignIn, (ACTIVITY, Some(DEVICES))),
            (Kind::Fill, (ACTIVITY, None)),
            (Kind::ApprovalAsked, (APPROVALS, None)),
            (Kind::CredentialExpiring, (ACTIVITY, None)),
            (Kind::DayLoss, (ACTIVITY, None)),
        ] {
            assert_eq!(pages(kind), expected, "{kind:?}");
        }
    }
}
