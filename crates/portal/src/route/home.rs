//! `/`: who can trade right now, what needs attention, and what happened lately.

use crate::history::Past;
use crate::page::Nav;
use crate::page::home::{self, Attention, Day, Line, Program, Session, Severity, View, Where};
use crate::person::Person;
use crate::route::alerts;
use crate::route::credentials::last_used;
use crate::route::framed::{self, told};
use crate::uses::Uses;
use crate::world::Shared;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::api_credential::{self, ApiCredential};
use kernel::authenticator::{Authenticator, Kind};
use kernel::evidence::Capability;
use kernel::kill_switch;
use kernel::money::Amount;
use kernel::people::Signed;
use kernel::scope::Scope;
use kernel::state;
use kernel::time::{self, Timestamp};
use service::words::figures::cents;
use service::words::names::{account_number, moment};

const SOON_MS: i64 = 7 * 86_400_000;

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    let frame = framed::inside(&world, &person, Nav::Home, "Security home", Vec::new()).await;
    let name = frame.signed_in.as_ref().map(|who| who.name.clone()).unwrap_or_default();
    let now = person.actor.now();
    let past = world.history.read(&world, &person.actor, now).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the history cannot be read");
        Past::default()
    });
    let view = person.actor.read(|state| View {
        people: people(state, &person, &name, now),
        programs: programs(state, &past.uses, now),
        most_today: most_of_all(state, now),
        attention: attention(state, &person, now),
        sessions: sessions(state, &person, now),
        days: past.days.iter().map(|(day, counts)| day_of(*day, *counts)).collect(),
        recent: past
            .notices(state, &person.by(), now)
            .into_iter()
            .map(|one| Line { at: told(one.at), text: one.text, tone: one.tone })
            .collect(),
    });
    home::home(&frame, &view).into_response()
}

fn day_of(day: time::Day, counts: crate::history::Counts) -> Day {
    let noon = Timestamp(day.0.saturating_mul(86_400_000));
    // `22 Nov 2026, 00:00 UTC`
    let text = told(noon).text;
    let date = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Day { date, sign_ins: counts.sign_ins, orders: counts.orders, refusals: counts.refusals }
}

/// Sessions of this customer's people that live now.
fn living(state: &state::State, now: Timestamp) -> impl Iterator<Item = Signed<'_>> {
    let people = &state.customer.people;
    people.sessions.iter().filter_map(move |one| people.living(one.id, now).ok())
}

fn people(state: &state::State, person: &Person, name: &str, now: Timestamp) -> Vec<home::Person> {
    let able =
        living(state, now).filter(|one| one.device.trusted(now).is_ok() && one.may(Capability::Trade, now).is_ok());
    able.map(|one| home::Person {
        name: if one.user.id == person.user { name.to_owned() } else { one.user.role.as_str().to_owned() },
        device: one.device.label.clone(),
        until: told(one.session.trade_until),
        this_session: one.session.id == person.session,
    })
    .collect()
}

fn traders(state: &state::State) -> impl Iterator<Item = &ApiCredential> {
    let gone = |one: &&ApiCredential| one.state != api_credential::State::Revoked;
    state.customer.programs().filter(gone).filter(|one| one.scopes.has(Scope::OrderSubmit))
}

/// Why a credential cannot trade after all.
pub fn held_by(state: &state::State, one: &ApiCredential, now: Timestamp) -> Option<String> {
    if let Err(refusal) = one.may(Scope::OrderSubmit, now) {
        let reason = kernel::refusal::Refusal::from(refusal).reason();
        return Some(reason.code.replace("credential_", "").replace('_', " "));
    }
    let kills = state.firm.kills.iter().chain(&state.customer.kills);
    let stopped = one.accounts.iter().all(|account| {
        kills.clone().any(|kill| kill_switch::stops(std::slice::from_ref(kill), one.id, *account).is_some())
    });
    let disarmed = state.standing.credentials.get(one.id).is_some_and(|row| row.meter.disarmed.is_some());
    match (stopped, disarmed) {
        (true, _) => Some("kill switch engaged".to_owned()),
        (false, true) => Some("disarmed by repeated execution".to_owned()),
        (false, false) => None,
    }
}

/// What its day value leaves of it.
pub fn left_today(state: &state::State, one: &ApiCredential, now: Timestamp) -> Amount {
    let limit = one.limits.day_value.unwrap_or_default();
    let used = state.standing.credentials.get(one.id).map(|row| row.meter.day_value(now)).unwrap_or_default();
    let left = limit.saturating_sub(used);
    if left.is_negative() { Amount::default() } else { left }
}

fn currency(state: &state::State, one: &ApiCredential) -> String {
    let first = one.accounts.iter().find_map(|id| state.customer.account(*id).ok());
    first.map(|account| account.base_currency.to_string()).unwrap_or_default()
}

fn programs(state: &state::State, uses: &Uses, now: Timestamp) -> Vec<Program> {
    let program = |one: &ApiCredential| Program {
        id: one.id.to_string(),
        name: one.name.clone(),
        accounts: one.accounts.iter().map(|id| account_number(state, *id)).collect(),
        most_today: format!("{} {}", cents(left_today(state, one, now)), currency(state, one)),
        expires: one.expires_at.map(told),
        last_used: last_used(one, uses),
        held_by: held_by(state, one, now),
    };
    traders(state).map(program).collect()
}

/// Added up for each currency by itself: nothing is converted here.
fn most_of_all(state: &state::State, now: Timestamp) -> String {
    let mut sums: std::collections::BTreeMap<String, Amount> = std::collections::BTreeMap::new();
    for one in traders(state).filter(|one| held_by(state, one, now).is_none()) {
        let sum = sums.entry(currency(state, one)).or_default();
        *sum = sum.saturating_add(left_today(state, one, now));
    }
    let told: Vec<String> = sums.iter().map(|(currency, sum)| format!("{} {currency}", cents(*sum))).collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(" and ") }
}

fn attention(state: &state::State, person: &Person, now: Timestamp) -> Vec<Attention> {
    let mut all = Vec::new();
    let mut say = |severity, text: String, remedy: &str, link| {
        all.push(Attention { severity, text, remedy: remedy.to_owned(), link: Some(link) });
    };
    let waiting = alerts::waiting(state, person, now);
    if waiting > 0 {
        let many = if waiting == 1 { "an alert waits".to_owned() } else { format!("{waiting} alerts wait") };
        say(Severity::High, format!("{many} for your word: was it you?"), "Look, and say so.", Where::Alerts);
    }
    let people = &state.customer.people;
    if people.active(person.user).filter(|one| one.is_passkey()).count() < 2 {
        let text = "there is only one passkey: if it is lost, so is the way in".to_owned();
        say(Severity::High, text, "Add a second passkey or a security key.", Where::Authenticators);
    }
    let codes = |one: &Authenticator| matches!(&one.kind, Kind::RecoveryCodes { left } if !left.is_empty());
    if !people.active(person.user).any(codes) {
        let text = "there are no recovery codes: without them a lost or forgotten browser locks you out".to_owned();
        say(Severity::High, text, "Make a set and keep it on paper.", Where::Authenticators);
    }
    if people.active(person.user).any(|one| matches!(one.kind, Kind::Sms)) {
        let text = "SMS is on: restricted. Whoever takes over the number gets the codes".to_owned();
        say(Severity::Medium, text, "Remove it where a passkey is always at hand.", Where::Authenticators);
    }
    for device in
        people.devices.iter().filter(|one| one.user == person.user && one.state == kernel::device::State::Pending)
    {
        let text = format!("a new device waits to be confirmed: {}, seen {}", device.label, moment(device.bound_at));
        say(Severity::High, text, "Confirm it, or say that it was not you.", Where::Devices);
    }
    for one in traders(state) {
        let link = Where::Credential { id: one.id.to_string() };
        if one.expires_at.is_some_and(|at| at > now && at.since(now) < SOON_MS) {
            let text = format!("the API credential {} expires within a week", one.name);
            say(Severity::Medium, text, "Create its successor in time.", link);
        } else if one.peer_uid == 0 {
            let text = format!("programs of root may use the API credential {}", one.name);
            say(Severity::Low, text, "Run the gate and the bot as a user of their own.", link);
        }
    }
    all
}

fn sessions(state: &state::State, person: &Person, now: Timestamp) -> Vec<Session> {
    let told_of = |one: Signed<'_>| Session {
        device: one.device.label.clone(),
        interface: one.session.interface.as_str().to_owned(),
        capability: match one.device.trusted(now) {
            Ok(()) => one.capability(now).as_str().to_owned(),
            Err(_) => "nothing before its device is confirmed".to_owned(),
        },
        from: "this machine".to_owned(),
        last_active: told(one.session.seen_at),
        this_session: one.session.id == person.session,
    };
    living(state, now).filter(|one| one.user.id == person.user).map(told_of).collect()
}
