//! Story: an event in plain words, for someone who asks what happened.

use crate::order_view::terms_text;
use crate::world::{account_number, credential_name, word};
use kernel::actor::Actor;
use kernel::event::{Event, Recorded};
use kernel::kill_switch::{self, Level, Resting};
use kernel::reason::Reason;
use kernel::state::State;
use kernel::working::{self, Ask};
use kernel::{account, api_credential, approval, customer, meter};

pub(crate) fn tell(state: &State, recorded: &Recorded) -> String {
    match &recorded.event {
        Event::Customer(customer::Event::Opened { name, .. }) => format!("the customer {name} was opened"),
        Event::Account(event) => of_account(state, event),
        Event::Credential(event) => of_credential(state, event),
        Event::KillSwitch(event) => of_kill_switch(state, event),
        Event::Approval(approval::Event::Requested { id, approval }) => {
            format!("a person was asked to approve {} ({id})", approval.order)
        }
        Event::Approval(approval::Event::Settled { id, verdict, by }) => {
            format!("approval {id}: {} by {}", word(verdict), who(state, by))
        }
        Event::Order(event) => of_order(state, event),
        Event::Meter(meter::Event::Rearmed { credential }) => {
            format!("{} may trade again after repeated execution", credential_name(state, *credential))
        }
    }
}

pub(crate) fn who(state: &State, actor: &Actor) -> String {
    match actor {
        Actor::Credential(id) => format!("the credential {}", credential_name(state, *id)),
        Actor::Local { uid } => format!("local({uid})"),
        Actor::Venue => "the venue".to_owned(),
        Actor::House => "a rule of the house".to_owned(),
    }
}

fn of_account(state: &State, event: &account::Event) -> String {
    match event {
        account::Event::Opened(account) => {
            format!("the {} account {} was opened", word(&account.environment), account.number)
        }
        account::Event::LimitsSet { id, .. } => format!("limits of account {} were set", account_number(state, *id)),
        account::Event::RestrictedSet { id, .. } => {
            format!("the restricted list of account {} was set", account_number(state, *id))
        }
    }
}

fn of_credential(state: &State, event: &api_credential::Event) -> String {
    use api_credential::Event as E;
    let name = |id| credential_name(state, id);
    match event {
        E::Created(credential) => {
            format!("the credential {} was created at 127.0.0.1:{}", credential.name, credential.port)
        }
        E::Rotated { id, .. } => format!("the secret of {} was rotated", name(*id)),
        E::Suspended { id } => format!("{} was suspended", name(*id)),
        E::Resumed { id } => format!("{} was resumed", name(*id)),
        E::Revoked { id } => format!("{} was revoked", name(*id)),
        E::LimitsSet { id, .. } => format!("limits of {} were set", name(*id)),
        E::Used { id, .. } => format!("{} connected for the first time that day", name(*id)),
    }
}

fn of_kill_switch(state: &State, event: &kill_switch::Event) -> String {
    let level = |level: &Level| match level {
        Level::Credential(id) => format!("of the credential {}", credential_name(state, *id)),
        Level::Account(id) => format!("of the account {}", account_number(state, *id)),
        Level::Customer => "of the customer".to_owned(),
        Level::Firm => "of the firm".to_owned(),
    };
    match event {
        kill_switch::Event::Engaged(switch) => {
            let resting = match switch.resting {
                Resting::KeepProtective => "orders that only reduce a position are kept",
                Resting::CancelAll => "all open orders are cancelled",
            };
            format!("the kill switch {} was engaged; {resting}", level(&switch.level))
        }
        kill_switch::Event::Released { level: released } => format!("the kill switch {} was released", level(released)),
    }
}

fn of_order(state: &State, event: &working::Event) -> String {
    use working::Event as E;
    let asked = |ask: &Ask| {
        let account = account_number(state, ask.terms.account);
        format!("{} asked to {} on {account}", credential_name(state, ask.credential), terms_text(&ask.terms))
    };
    match event {
        E::Held { ask, charge, .. } => {
            format!("{}; held: it counts {} and waits for an approval", asked(ask), charge.value)
        }
        E::Admitted { ask, charge, observed, .. } => {
            let would = observed.as_ref().map(|reason| format!("; observed: {}", because(reason)));
            format!("{}; admitted, it counts {}{}", asked(ask), charge.value, would.unwrap_or_default())
        }
        E::Refused { ask, reason } => format!("{}; refused: {}", asked(ask), because(reason)),
        E::Declined { credential, client_ref, reason } => {
            let name = credential_name(state, *credential);
            format!("{name} asked for something under the number {}; refused: {}", client_ref.order_id, because(reason))
        }
        E::ReplaceAdmitted { id, terms, .. } => format!("{id} was changed to: {}", terms_text(terms)),
        E::ReplaceRefused { id, reason } => format!("a change of {id} was refused: {}", because(reason)),
        E::CancelRequested { id } => format!("{id} is to be cancelled"),
        E::Acknowledged { id, venue_ref } => format!("the venue has {id}, under its own number {venue_ref}"),
        E::Replaced { id } => format!("the venue changed {id}"),
        E::ReplaceRejected { id, text } => format!("the venue rejected the change of {id}: {text}"),
        E::CancelRejected { id, text } => format!("the venue rejected the cancel of {id}: {text}"),
        E::Filled { execution } => {
            let order = execution.order.map_or_else(|| "an order that is not ours".to_owned(), |id| id.to_string());
            format!("{order}: {} {} at {}", done(execution.side), execution.quantity, execution.price)
        }
        E::Commissioned { commission } => format!("commission {} {}", commission.amount, commission.currency),
        E::Ended { id, how, text } if text.is_empty() => format!("{id} ended: {}", spoken(how)),
        E::Ended { id, how, text } => format!("{id} ended: {} ({text})", spoken(how)),
        E::MarkedUnknown { id } => format!("nobody can say what became of {id} at the venue: it stays charged"),
    }
}

const fn done(side: kernel::order::Side) -> &'static str {
    match side {
        kernel::order::Side::Buy => "bought",
        kernel::order::Side::Sell => "sold",
    }
}

fn spoken(how: &working::Ended) -> String {
    word(how).replace('_', " ")
}

/// With category and code, so that it can be looked up.
fn because(reason: &Reason) -> String {
    let words = lexicon::refusal(&reason.code, &reason.facts);
    format!("{} ({}/{}). {}", words.text, reason.category.as_str(), reason.code, words.remedy)
}
