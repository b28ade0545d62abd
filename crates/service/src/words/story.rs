//! Story: an event in plain words: who, what, and after a no also what to do.

pub mod alerts;
mod people;

use super::credential::allowed;
use super::figures::{money, of_refusal};
use super::names::{account_number, credential_name, moment, user as user_name, word};
use super::terms::terms_text;
use kernel::account;
use kernel::actor::Actor;
use kernel::day_loss;
use kernel::dead_man;
use kernel::event::{Event, Recorded};
use kernel::expiry::{Stage, Told};
use kernel::guard::Limits;
use kernel::id::OrderId;
use kernel::incident::Suspect;
use kernel::kill_switch::{self, Level, Resting};
use kernel::money::Amount;
use kernel::reason::Reason;
use kernel::state::State;
use kernel::working::{self, Ask, Order};
use kernel::{api_credential, approval, connection, customer, incident, instrument, meter, restore, seal};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Story {
    pub by: String,
    pub text: String,
    /// What to do about a no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

pub fn tell(state: &State, recorded: &Recorded) -> Story {
    let remedy = reason(&recorded.event).map(|why| lexicon::refusal(&why.code, &of_refusal(&why.facts)).remedy);
    Story { by: who(state, &recorded.actor), text: what(state, recorded), remedy }
}

/// An event of another stream than ours: only its name is known here.
pub fn of_others(stream: &str, tag: &str) -> Story {
    let name = tag.rsplit('.').next().unwrap_or(tag).replace('_', " ");
    Story { by: stream.to_owned(), text: format!("wrote into its own books: {name}"), remedy: None }
}

/// The no in an event, where it is one.
pub fn reason(event: &Event) -> Option<&Reason> {
    use working::Event as E;
    match event {
        Event::Order(E::Refused { reason, .. } | E::Declined { reason, .. } | E::ReplaceRefused { reason, .. }) => {
            Some(reason)
        }
        Event::Connection(connection::Event::Refused { why, .. }) => Some(why),
        _ => None,
    }
}

fn what(state: &State, recorded: &Recorded) -> String {
    match &recorded.event {
        Event::Customer(customer::Event::Opened { name, .. }) => format!("the customer {name} was opened"),
        Event::Account(event) => of_account(state, event),
        Event::Credential(event) => of_credential(state, event),
        Event::KillSwitch(event) => of_kill_switch(state, event),
        Event::Approval(approval::Event::Requested { id, approval }) => {
            format!("a person was asked to approve {}, in {id}", order(state, approval.order))
        }
        Event::Approval(approval::Event::Settled { id, verdict, by }) => {
            let person = if *by == recorded.actor { String::new() } else { format!(" by {}", who(state, by)) };
            format!("approval {id}: {}{person}", settled(*verdict))
        }
        Event::Approval(approval::Event::Signed { id, authenticator, .. }) => {
            format!("approval {id} was signed with {authenticator}")
        }
        Event::Approval(approval::Event::Missed { id, .. }) => {
            format!("what was brought as a signature for approval {id} is none")
        }
        Event::People(event) => people::tell(state, event),
        Event::Change(event) => people::of_change(state, event),
        Event::Source(event) => people::of_source(*event).to_owned(),
        Event::Seal(seal::Event::Rotated { to, data_keys, .. }) => {
            let keys = if *data_keys == 1 { "data key".to_owned() } else { format!("{data_keys} data keys") };
            format!("the master key was rotated: {keys} under {to} now")
        }
        Event::Incident(incident::Event::Opened(one)) => {
            format!("an incident was opened, {}: what {} could do is stopped", one.id, suspect(state, one.suspect))
        }
        Event::Incident(incident::Event::Closed { id, .. }) => format!("the incident {id} was closed"),
        Event::Alert(event) => alerts::tell(state, event),
        Event::DayLoss(event) => of_day_loss(state, event),
        Event::DeadMan(dead_man::Event::Reached(reached)) => of_silence(state, reached),
        Event::Restore(restore::Event::Restored(backup)) => format!(
            "the journal was restored from a backup of {}, with {} events: what came after it is not known here",
            moment(backup.made_at),
            backup.size
        ),
        Event::Order(event) => of_order(state, &recorded.actor, event),
        Event::Connection(event) => of_connection(state, event),
        Event::Meter(meter::Event::Rearmed { credential }) => {
            format!("{} may trade again after repeated execution", credential_name(state, *credential))
        }
    }
}

/// Whose doing an incident may be.
pub fn suspect(state: &State, suspect: Suspect) -> String {
    match suspect {
        Suspect::Credential(id) => credential_name(state, id),
        Suspect::User(id) => user_name(state, id),
    }
}

/// A program goes by the name of its API credential.
pub fn who(state: &State, actor: &Actor) -> String {
    match actor {
        Actor::Credential(id) => credential_name(state, *id),
        Actor::User { user, .. } => user_name(state, *user),
        Actor::Visitor => "a visitor".to_owned(),
        Actor::Local { uid } => format!("local({uid})"),
        Actor::Venue => "the venue".to_owned(),
        Actor::House => "the house".to_owned(),
    }
}

const fn settled(verdict: approval::Verdict) -> &'static str {
    match verdict {
        approval::Verdict::Grant => "granted",
        approval::Verdict::Refuse => "refused",
        approval::Verdict::TimeOut => "timed out, ended",
        approval::Verdict::Void => "voided",
    }
}

fn of_account(state: &State, event: &account::Event) -> String {
    match event {
        account::Event::Opened(account) => {
            format!("the {} account {} was opened", word(&account.environment), account.number)
        }
        account::Event::LimitsSet { id, limits } => {
            format!("limits of account {} were set: {}", account_number(state, *id), stated(limits))
        }
        account::Event::RestrictedSet { id, .. } => {
            format!("the restricted list of account {} was set", account_number(state, *id))
        }
    }
}

fn of_credential(state: &State, event: &api_credential::Event) -> String {
    use api_credential::Event as E;
    let name = |id| credential_name(state, id);
    match event {
        E::Created(ticket) if ticket.holder.is_some() => {
            format!("{} was opened: until more is stated it only closes positions", name(ticket.id))
        }
        E::Created(credential) => {
            format!("the credential {} was created at 127.0.0.1:{}", credential.name, credential.port)
        }
        E::Rotated { id, .. } => format!("the secret of {} was rotated", name(*id)),
        E::Suspended { id } => format!("{} was suspended", name(*id)),
        E::Resumed { id } => format!("{} was resumed", name(*id)),
        E::Revoked { id } => format!("{} was revoked", name(*id)),
        E::LimitsSet { id, limits } => format!("limits of {} were set: {}", name(*id), stated(limits)),
        E::TicketStated { id, stated: now } => {
            let until = now.expires_at.map(|at| format!(", until {}", moment(at))).unwrap_or_default();
            let list = instrument::texts(&now.instruments).join(", ");
            let list = if list.is_empty() { "no instrument".to_owned() } else { list };
            let allow: String = allowed(now.allowances)
                .into_iter()
                .filter(|one| *one != "close_any")
                .map(|one| format!(", {} allowed", one.replace('_', " ")))
                .collect();
            format!("{} was stated anew: {}, for {list}{allow}{until}", name(*id), stated(&now.limits))
        }
        E::Used { id, .. } => format!("{} connected for the first time that day", name(*id)),
        E::Expiry(Told { id, stage: Stage::Soon, expires_at, .. }) => {
            let then = "then its program is not let in any more, also not to sell; give it a successor before";
            format!("{} expires on {}: {then}", name(*id), moment(*expires_at))
        }
        E::Expiry(Told { id, stage: Stage::Over, expires_at, open }) => {
            let ticket = state.customer.credential(*id).is_ok_and(|one| one.holder.is_some());
            let now = if ticket { "it only closes positions now" } else { "its program is not let in any more" };
            let open = match open {
                0 => String::new(),
                1 => "; 1 order of it is open and goes on".to_owned(),
                more => format!("; {more} orders of it are open and go on"),
            };
            format!("{} expired on {}: {now}{open}", name(*id), moment(*expires_at))
        }
    }
}

fn of_connection(state: &State, event: &connection::Event) -> String {
    match event {
        connection::Event::Refused { credential, why, secret_elsewhere } => {
            let uid = why.facts.iter().find(|(name, _)| name == "peer_uid");
            let whose = uid.map(|(_, uid)| format!(" of user {uid}")).unwrap_or_default();
            let name = credential_name(state, *credential);
            let held = if *secret_elsewhere { ", though it showed the right secret" } else { "" };
            format!("a program{whose} was turned away at the listener of {name}{held}: {}", because(why))
        }
        connection::Event::Opened(opened) => {
            let name = credential_name(state, opened.credential);
            format!("a program that says it is {} connected as {name}, for the first time on this day", opened.client)
        }
        connection::Event::Read(reads) => {
            let one = |(name, times): &(String, u32)| format!("{} {times}", lexicon::reading(name));
            let counts: Vec<String> = reads.counts.iter().map(one).collect();
            let (name, minute) = (credential_name(state, reads.credential), moment(reads.minute));
            format!("{name}, client {}, read in the minute from {minute}: {}", reads.client_id, counts.join(", "))
        }
    }
}

fn of_day_loss(state: &State, event: &day_loss::Event) -> String {
    let currency = |id| state.customer.account(id).map(|one| one.base_currency.to_string()).unwrap_or_default();
    let reached = match event {
        day_loss::Event::Reached(reached) => reached,
        day_loss::Event::Accepted(accepted) => {
            let (number, loss) = (account_number(state, accepted.account), money(&accepted.loss.to_string()));
            return format!(
                "the account {number} has lost {loss} {} today; from there on its limit counts",
                currency(accepted.account)
            );
        }
    };
    let currency = currency(reached.account);
    let whose = match reached.level {
        Level::Credential(id) => format!(", which is more than {} may", credential_name(state, id)),
        Level::Account(_) | Level::Customer | Level::Firm => ", which is more than it may".to_owned(),
    };
    let (loss, limit) = (money(&reached.loss.to_string()), money(&reached.limit.to_string()));
    let number = account_number(state, reached.account);
    format!("the account {number} lost {loss} {currency} today{whose} ({limit})")
}

fn of_silence(state: &State, silent: &dead_man::Reached) -> String {
    let name = credential_name(state, silent.credential);
    let seconds = silent.silent_ms.div_euclid(1_000);
    let orders = match silent.orders {
        1 => "its open order that could add risk is cancelled".to_owned(),
        many => format!("its {many} open orders that could add risk are cancelled"),
    };
    let (client, timer) = (silent.client_id, silent.seconds);
    format!(
        "{name}, client {client}, sent nothing for {seconds} s, which is longer than its timer ({timer} s): {orders}"
    )
}

fn of_kill_switch(state: &State, event: &kill_switch::Event) -> String {
    let level = |level: &Level| match level {
        Level::Credential(id) if state.customer.program(*id).is_err() => {
            format!("of {}", credential_name(state, *id))
        }
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

fn of_order(state: &State, by: &Actor, event: &working::Event) -> String {
    use working::Event as E;
    let order = |id: &OrderId| order(state, *id);
    match event {
        E::Held { ask, charge, .. } => {
            let counts = counted(state, ask, charge.value);
            format!("{}; held as {}: it counts {counts} and waits for an approval", asked(state, by, ask), ask.id)
        }
        E::Admitted { ask, charge, observed, .. } => {
            let would = observed.as_ref().map(|reason| format!("; observed: {}", because(reason)));
            let counts = counted(state, ask, charge.value);
            let waits = if ask.terms.ties.parked { ", and waits for the rest of its bracket" } else { "" };
            let admitted = format!("{}; admitted as {}, it counts {counts}{waits}", asked(state, by, ask), ask.id);
            admitted + &would.unwrap_or_default()
        }
        E::Refused { ask, reason } => format!("{}; refused: {}", asked(state, by, ask), because(reason)),
        E::Declined { credential, client_ref, reason } => {
            let name = credential_name(state, *credential);
            format!("{name} asked for something under the number {}; refused: {}", client_ref.order_id, because(reason))
        }
        E::ReplaceAdmitted { id, terms, .. } => format!("{id} was changed to: {}", terms_text(terms)),
        E::ReplaceRefused { id, reason } => format!("a change of {} was refused: {}", order(id), because(reason)),
        E::CancelRequested { id } => format!("{} is to be cancelled", order(id)),
        E::Released { id } => format!("the bracket of {} is whole: it is sent", order(id)),
        E::Acknowledged { id, venue_ref } => format!("{} is at the venue as {venue_ref}", order(id)),
        E::Replaced { id } => format!("the venue changed {}", order(id)),
        E::ReplaceRejected { id, text } => format!("the venue rejected the change of {}: {text}", order(id)),
        E::CancelRejected { id, text } => format!("the venue rejected the cancel of {}: {text}", order(id)),
        E::Filled { execution } => {
            let whose = execution.order.map_or_else(|| "an order that is not ours".to_owned(), |id| order(&id));
            let (quantity, price) = (money(&execution.quantity.to_string()), money(&execution.price.to_string()));
            let person =
                execution.order.and_then(|id| at_a_ticket(state, id)).map(|who| format!("{who} at the ticket "));
            format!("{}{} {quantity} at {price} for {whose}", person.unwrap_or_default(), done(execution.side))
        }
        E::Commissioned { commission } => format!("commission {} {}", worth(commission.amount), commission.currency),
        E::Ended { id, how, text } if text.is_empty() => format!("{} ended: {}", order(id), spoken(how)),
        E::Ended { id, how, text } => format!("{} ended: {} ({text})", order(id), spoken(how)),
        E::MarkedUnknown { id } => {
            format!("nobody can say what became of {} at the venue: it stays charged", order(id))
        }
        E::PositionTold { account, contract_id, net, was } => format!(
            "the venue holds {} of contract #{contract_id} on {}; by what was traded here it was {}",
            money(&net.to_string()),
            account_number(state, *account),
            money(&was.to_string())
        ),
    }
}

/// Who asked is said only where another did what is told.
fn asked(state: &State, by: &Actor, ask: &Ask) -> String {
    let name = credential_name(state, ask.credential);
    let (terms, account) = (terms_text(&ask.terms), account_number(state, ask.terms.account));
    let holder = state.customer.credential(ask.credential).ok().and_then(|known| known.holder);
    match (by, holder) {
        (Actor::User { user, .. }, Some(holder)) if *user == holder => {
            format!("asked at the ticket to {terms} on {account}")
        }
        (_, Some(holder)) => format!("{} had asked at the ticket to {terms} on {account}", user_name(state, holder)),
        (by, None) if *by == Actor::Credential(ask.credential) => format!("asked to {terms} on {account}"),
        (_, None) => format!("{name} had asked to {terms} on {account}"),
    }
}

fn known_order(state: &State, id: OrderId) -> Option<&Order> {
    let ended = || state.book.day.ended.iter().map(|(order, _)| order).find(|order| order.id == id);
    state.book.orders.get(&id).or_else(ended)
}

/// Whose order it is, where a person placed it.
fn at_a_ticket(state: &State, id: OrderId) -> Option<String> {
    let ticket = state.customer.credential(known_order(state, id)?.credential).ok()?;
    ticket.holder.map(|holder| user_name(state, holder))
}

/// What an order is about, while that is known; its id in any case.
fn order(state: &State, id: OrderId) -> String {
    known_order(state, id).map_or_else(|| id.to_string(), |order| format!("{id} ({})", terms_text(&order.terms)))
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

/// In the currency of the account it is counted on.
fn counted(state: &State, ask: &Ask, value: Amount) -> String {
    let account = state.customer.account(ask.terms.account);
    account.map_or_else(|_| worth(value), |account| format!("{} {}", worth(value), account.base_currency))
}

fn worth(amount: Amount) -> String {
    money(&amount.to_string())
}

/// All that a level states, in one breath.
fn stated(limits: &Limits) -> String {
    let Ok(serde_json::Value::Object(members)) = serde_json::to_value(limits) else { return String::new() };
    if members.is_empty() {
        return "it states none".to_owned();
    }
    let one = |(key, value): (&String, &serde_json::Value)| {
        let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} {}", key.replace('_', " "), money(&plain))
    };
    members.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// With category and code, so that it can be looked up.
pub fn because(reason: &Reason) -> String {
    let words = lexicon::refusal(&reason.code, &of_refusal(&reason.facts));
    format!("{} ({}/{})", words.text, reason.category.as_str(), reason.code)
}
