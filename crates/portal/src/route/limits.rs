//! `/limits`: what is engaged and can be, and how much of each limit is used.

use crate::page::limits::{Level as Word, Limit, Release, Switch, Target, View, limits};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::form::Form;
use crate::route::kill::level;
use crate::route::widen::{Widened, approval_page, widen};
use crate::route::{framed, refused, step_up};
use crate::world::Shared;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::account::Account;
use kernel::actor::Actor;
use kernel::api_credential::{self, ApiCredential};
use kernel::change::Change;
use kernel::command::Command;
use kernel::decide;
use kernel::guard::Limits;
use kernel::id::CredentialId;
use kernel::kill_switch::{Engaged, Level, Resting};
use kernel::money::{Amount, Leverage};
use kernel::people;
use kernel::refusal::Refusal;
use kernel::state;
use kernel::time::Timestamp;
use serde::Deserialize;
use service::No;
use service::node::answer;
use service::words::credential::accounts;
use service::words::figures::{cents, money};
use service::words::names::{account_number, credential_name};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    level: String,
    #[serde(default)]
    target: String,
}

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    let (now, unrecorded) = (person.actor.now(), person.actor.unrecorded());
    drop(world.history.read(&world, &person.actor, now).await);
    let frame = framed::inside(&world, &person, Nav::Limits, "Limits and kill switch", Vec::new()).await;
    let view = person.actor.read(|state| View {
        engaged: engaged(state, &world.history.engaged_by(state), &person, &unrecorded, now),
        targets: targets(state),
        limits: stated(state, now),
        accounts: state.customer.accounts.iter().map(|one| one.number.clone()).collect(),
        refusal: None,
    });
    limits(&frame, &view).into_response()
}

pub async fn release(State(world): State<Shared>, person: Person, Form(asked): Form<Asked>) -> Response {
    let wanted = match asked.level.as_str() {
        "firm" => Some(Level::Firm),
        other => level(&person.actor, other, &asked.target),
    };
    let Some(wanted) = wanted else {
        return refused::malformed(&world, &person.nonce, StatusCode::BAD_REQUEST);
    };
    if let Some(done) = rearm(&world, &person, wanted).await {
        return done;
    }
    match widen(&world, &person, Command::Release { level: wanted }).await {
        Ok(Widened::Asked(id)) => approval_page(id),
        Ok(Widened::Done) => Redirect::to(place::LIMITS).into_response(),
        Err(no) => refused::no(&world, &person, &no).await,
    }
}

fn switches(state: &state::State) -> impl Iterator<Item = &Engaged> {
    state.firm.kills.iter().chain(&state.customer.kills)
}

fn named(state: &state::State, level: Level) -> (Word, String, String) {
    match level {
        Level::Firm => (Word::Firm, String::new(), String::new()),
        Level::Customer => (Word::Customer, String::new(), String::new()),
        Level::Account(id) => (Word::Account, account_number(state, id), account_number(state, id)),
        Level::Credential(id) => (Word::Credential, id.to_string(), credential_name(state, id)),
    }
}

fn engaged(
    state: &state::State,
    by: &std::collections::BTreeMap<Level, String>,
    person: &Person,
    unrecorded: &[(Actor, Engaged)],
    now: Timestamp,
) -> Vec<Switch> {
    let role = state.customer.people.user(person.user).map(|user| user.role);
    let switch = |one: &Engaged| {
        let (level, id, name) = named(state, one.level);
        let release = match (
            role.is_some_and(kernel::user::Role::may_move),
            decide::alone_from(state, &Change::Release { level: one.level }).filter(|at| now < *at),
        ) {
            (false, _) => Release::Never { why: "only an owner signs a release".to_owned() },
            (true, Some(at)) => Release::From {
                at: framed::told(at),
                why: "one person alone waits an hour, and signs with another authenticator".to_owned(),
            },
            (true, None) => Release::Now,
        };
        Switch {
            level,
            id,
            name,
            since: framed::told(one.at),
            by: by.get(&one.level).cloned().unwrap_or_else(|| "whoever the activity names".to_owned()),
            why: match one.resting {
                Resting::KeepProtective => "orders that only reduce a position were kept".to_owned(),
                Resting::CancelAll => "all open orders were cancelled".to_owned(),
            },
            release,
        }
    };
    let mut all: Vec<Switch> = switches(state).map(switch).collect();
    for (_, one) in unrecorded.iter().filter(|(_, one)| !switches(state).any(|known| known.level == one.level)) {
        let why = "it acts, but is not recorded yet: the disk is full or cannot be written".to_owned();
        all.push(Switch { release: Release::Never { why }, ..switch(one) });
    }
    let disarmed =
        |one: &&ApiCredential| state.standing.credentials.get(one.id).is_some_and(|row| row.meter.disarmed.is_some());
    for one in state.customer.credentials.iter().filter(disarmed) {
        all.push(rearmable(one, &credential_name(state, one.id), &all));
    }
    all
}

/// Repeated execution has stopped it, until a person has looked (control 10).
fn rearmable(one: &ApiCredential, name: &str, engaged: &[Switch]) -> Switch {
    let id = one.id.to_string();
    let release = if engaged.iter().any(|switch| switch.id == id) {
        Release::Never { why: "release its kill switch first, then arm it again".to_owned() }
    } else {
        Release::Now
    };
    Switch {
        level: Word::Credential,
        id,
        name: format!("{name}, disarmed"),
        since: framed::told(one.last_used_at),
        by: "the guard".to_owned(),
        why: "the same order was filled again and again within a minute".to_owned(),
        release,
    }
}

/// Arms again what is only disarmed; that takes the *move* window.
async fn rearm(world: &Shared, person: &Person, level: Level) -> Option<Response> {
    let Level::Credential(credential) = level else { return None };
    let only_disarmed = person.actor.read(|state| {
        let disarmed = state.standing.credentials.get(credential).is_some_and(|row| row.meter.disarmed.is_some());
        disarmed && !switches(state).any(|one| one.level == level)
    });
    if !only_disarmed {
        return None;
    }
    match answer(person.actor.submit(person.by(), Command::Rearm { credential })).await {
        Ok(_) => Some(Redirect::to(place::LIMITS).into_response()),
        Err(No::Refused { refusal: Refusal::People(people::Refusal::Session(_)), .. }) => {
            Some(step_up::first(place::LIMITS, "move"))
        }
        Err(no) => Some(refused::no(world, person, &no).await),
    }
}

fn targets(state: &state::State) -> Vec<Target> {
    let open = |wanted: &dyn Fn(&kernel::working::Order) -> bool| {
        u32::try_from(state.book.orders.values().filter(|order| wanted(order)).count()).unwrap_or(u32::MAX)
    };
    let free = |level: Level| !switches(state).any(|one| one.level == level);
    let target = |level: Level, open_orders: u32| {
        let (word, id, name) = named(state, level);
        Target { level: word, id, name, open_orders }
    };
    let mut all = Vec::new();
    if free(Level::Customer) {
        all.push(target(Level::Customer, open(&|_| true)));
    }
    for account in state.customer.accounts.iter().filter(|one| free(Level::Account(one.id))) {
        all.push(target(Level::Account(account.id), open(&|order| order.terms.account == account.id)));
    }
    let living = state.customer.credentials.iter().filter(|one| one.state != api_credential::State::Revoked);
    for one in living.filter(|one| one.scopes.has(kernel::scope::Scope::OrderSubmit) && free(Level::Credential(one.id)))
    {
        all.push(target(Level::Credential(one.id), open(&|order| order.credential == one.id)));
    }
    all
}

fn stated(state: &state::State, now: Timestamp) -> Vec<Limit> {
    let living = state.customer.credentials.iter().filter(|one| one.state != api_credential::State::Revoked);
    let mut all: Vec<Limit> = living.flat_map(|one| of_credential(state, one.id, now)).collect();
    all.extend(state.customer.accounts.iter().flat_map(|account| of_account(state, account, now)));
    all
}

/// What one account states, and what of it is used today.
pub fn of_account(state: &state::State, account: &Account, now: Timestamp) -> Vec<Limit> {
    let meter = state.standing.accounts.get(account.id).map(|row| &row.meter);
    let used = meter.map(|meter| (meter.day_value(now), meter.day_count(now))).unwrap_or_default();
    let whose = format!("account {}", account.number);
    rows(&whose, &account.base_currency.to_string(), &account.limits, used)
}

/// What one API credential states, and what of it is used today.
pub fn of_credential(state: &state::State, id: CredentialId, now: Timestamp) -> Vec<Limit> {
    let Ok(one) = state.customer.credential(id) else { return Vec::new() };
    let meter = state.standing.credentials.get(id).map(|row| &row.meter);
    let used = meter.map(|meter| (meter.day_value(now), meter.day_count(now))).unwrap_or_default();
    let currency = accounts(state, one).next().map(|account| account.base_currency.to_string()).unwrap_or_default();
    rows(&credential_name(state, id), &currency, &one.limits, used)
}

fn rows(whose: &str, currency: &str, limits: &Limits, (value, count): (Amount, u32)) -> Vec<Limit> {
    let worth = |amount: Amount| format!("{} {currency}", cents(amount));
    let row = |control: &str, limit: String, used: String, percent: Option<u8>| Limit {
        whose: whose.to_owned(),
        control: control.to_owned(),
        limit,
        used,
        percent,
    };
    let share = |used: i128, of: i128| {
        let percent = used.saturating_mul(100).checked_div(of).unwrap_or_default().clamp(0, 100);
        Some(u8::try_from(percent).unwrap_or(100))
    };
    let mut all = Vec::new();
    if let Some(limit) = limits.order_value {
        all.push(row("order value", worth(limit), String::new(), None));
    }
    if let Some(limit) = limits.position_quantity {
        all.push(row("position of one instrument", money(&limit.to_string()), String::new(), None));
    }
    let times = |limit: Leverage| format!("{} times the net value", money(&limit.to_string()));
    if let Some(limit) = limits.leverage {
        all.push(row("leverage", times(limit), String::new(), None));
    }
    if let Some(limit) = limits.margin_use_bps {
        all.push(row("margin", format!("{limit} bp of the net value"), String::new(), None));
    }
    if let Some(limit) = limits.approve_leverage_above {
        all.push(row("approval above a leverage of", times(limit), String::new(), None));
    }
    if let Some(limit) = limits.approve_above {
        all.push(row("approval above", worth(limit), String::new(), None));
    }
    if let Some(limit) = limits.top_above {
        all.push(row("two approvers above", worth(limit), String::new(), None));
    }
    if let Some(limit) = limits.day_loss {
        all.push(row("loss of a day", worth(limit), String::new(), None));
    }
    if let Some(limit) = limits.dead_man_seconds {
        all.push(row("dead-man timer", format!("{limit} s"), String::new(), None));
    }
    if let Some(limit) = limits.day_value {
        all.push(row("value a day", worth(limit), worth(value), share(value.units(), limit.units())));
    }
    if let Some(limit) = limits.day_count {
        let percent = share(i128::from(count), i128::from(limit));
        all.push(row("orders a day", limit.to_string(), count.to_string(), percent));
    }
    if let Some(limit) = limits.open_orders {
        all.push(row("open orders", limit.to_string(), String::new(), None));
    }
    all
}
