//! Alerts in plain words: what was seen, how rare it is, and what was done.

use super::super::names::{credential_name, user as user_name};
use kernel::alert::{Alert, Event, Sign, Subject};
use kernel::state::State;
use kernel::watch::{BIT, Signal, Step};

pub fn tell(state: &State, event: &Event) -> String {
    match event {
        Event::Raised(alert) => {
            let signs: Vec<String> = alert.signs.iter().take(3).map(|sign| seen(sign.signal).to_owned()).collect();
            let whom = subject(state, alert.subject);
            format!("something unusual was done as {whom}: {}; {}", signs.join(", "), done(alert))
        }
        Event::Answered { subject: whom, answered, .. } => {
            let words = if answered.mine { "\u{201c}this was me\u{201d}" } else { "\u{201c}this was not me\u{201d}" };
            format!("the alert about {} was answered: {words}", subject(state, *whom))
        }
    }
}

pub fn subject(state: &State, subject: Subject) -> String {
    match subject {
        Subject::User(id) => user_name(state, id),
        Subject::Credential(id) => credential_name(state, id),
    }
}

/// What was seen.
pub const fn seen(signal: Signal) -> &'static str {
    match signal {
        Signal::NewNetwork => "a network that is new",
        Signal::NewCountry => "a country that is new",
        Signal::ImpossibleTravel => "two countries within two hours",
        Signal::NewDevice => "a device that is new",
        Signal::WeakerAuthenticator => "a sign-in without the passkey",
        Signal::SharedComputer => "a sign-in on a shared computer",
        Signal::FailedSignIns => "sign-ins that failed from somewhere unknown",
        Signal::AskedAgain => "confirmation asked for again and again",
        Signal::Widened => "authority widened",
        Signal::SessionMoved => "a session that moved to an unknown network",
        Signal::TwoNetworks => "a session used from two networks in turn",
        Signal::OddHour => "an unusual hour",
        Signal::NewInstrument => "an instrument never ordered before",
        Signal::OneInstrument => "orders again and again in what is new",
        Signal::OrderSize => "orders larger than usual",
        Signal::OrderRate => "more orders than on usual days",
        Signal::Refusals => "many refusals within minutes",
        Signal::SameRefused => "the very same order, refused again",
        Signal::CredentialNetwork => "the credential used from a new network",
        Signal::CredentialClient => "the credential used with another program",
        Signal::ManyNetworks => "the credential used from many networks",
        Signal::SecretElsewhere => "the right secret shown by another user\u{2019}s program",
        Signal::SeldomTrades => "an order by somebody who seldom trades",
        Signal::OrderSpell => "more orders than in usual weeks",
        Signal::ManyPrograms => "the credential used with one program after another",
        Signal::OffHours => "a program at work when it never was",
        Signal::RefusedOften => "more refusals than usual",
        Signal::LongSession => "a session that goes on for longer than usual",
        Signal::OrderSitting => "more orders at one sitting than usual",
        Signal::FreshOrders => "a sitting of orders in what was never ordered before",
        Signal::NewDays => "something new on one day after another",
        Signal::NewRefused => "an order refused in what is new",
        Signal::SharedInUse => "a shared computer that stays in use",
        Signal::BoughtAgain => "something new bought again, by whoever buys such things once",
        Signal::CredentialRefused => "the credential tried with a wrong secret",
    }
}

/// What is usual: a bit more is twice as rare.
pub fn usual(sign: Sign) -> String {
    let bits = u32::try_from(sign.bits / BIT).unwrap_or(0).clamp(1, 20);
    format!("usually about one time in {}, or rarer", 1u32 << bits)
}

pub fn done(alert: &Alert) -> &'static str {
    match (alert.step, alert.subject) {
        (Step::Notify, _) => "nothing was stopped",
        (Step::StepUp, _) => "the sessions show and do no more until an authenticator is shown again",
        (Step::ReduceOnly, Subject::User(_)) => "the ticket only closes until its kill switch is released",
        (Step::ReduceOnly, Subject::Credential(_)) => "its orders only reduce until its kill switch is released",
        (Step::Kill, _) => "the credential was suspended and its kill switch engaged",
    }
}
