//! `/credentials`: all of them, one in full, and what a person does with it.

use crate::page::credentials::{self, Credential, Observed, Row, State as Shown, Typed, Use, View, WouldRefuse};
use crate::page::part::Refusal as Told;
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::framed::{self, told};
use crate::route::home::held_by;
use crate::route::limit::change_of;
use crate::route::limits::of_credential;
use crate::route::may::{Authority, words};
use crate::route::widen::{Widened, approval_page, widen};
use crate::route::{refused, step_up};
use crate::uses::Uses;
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::api_credential::{ApiCredential, State as Standing};
use kernel::command::Command;
use kernel::decide;
use kernel::event::Recorded;
use kernel::id::CredentialId;
use kernel::money::Amount;
use kernel::people;
use kernel::refusal::Refusal;
use kernel::session;
use kernel::state;
use kernel::time::{Day, Timestamp};
use kernel::{instrument, scope::Scope};
use service::No;
use service::credential::Unfit;
use service::node::answer;
use service::words::credential::{allowed, base_currency, killed, standing};
use service::words::figures::{cents, of_refusal};
use service::words::names::account_number;

pub async fn list(State(world): State<Shared>, person: Person) -> Response {
    let frame = framed::inside(&world, &person, Nav::Credentials, "API credentials", Vec::new()).await;
    let now = person.actor.now();
    let uses = uses(&world, &person, now).await;
    let view = person.actor.read(|state| {
        let all = state.customer.programs();
        let (gone, living): (Vec<_>, Vec<_>) = all.partition(|one| one.state == Standing::Revoked);
        View { rows: living.into_iter().chain(gone).map(|one| row(state, one, &uses, now)).collect() }
    });
    credentials::credentials(&frame, &view).into_response()
}

fn shown(state: &state::State, one: &ApiCredential, now: Timestamp) -> Shown {
    let disarmed = || state.standing.credentials.get(one.id).is_some_and(|row| row.meter.disarmed.is_some());
    match standing(one, now) {
        "revoked" => Shown::Revoked,
        "expired" => Shown::Expired,
        "dormant" => Shown::Dormant,
        "suspended" => Shown::Suspended,
        _ if killed(state, one) => Shown::Killed,
        _ if disarmed() => Shown::Disarmed,
        _ if one.observe => Shown::Observing,
        _ => Shown::Active,
    }
}

fn row(state: &state::State, one: &ApiCredential, uses: &Uses, now: Timestamp) -> Row {
    let used = state.standing.credentials.get(one.id).map(|row| row.meter.day_value(now)).unwrap_or_default();
    let currency = base_currency(state, one).unwrap_or_default();
    let worth = cents;
    let percent = |limit: Amount| {
        let share = used.units().saturating_mul(100).checked_div(limit.units()).unwrap_or_default();
        u8::try_from(share.clamp(0, 100)).unwrap_or(100)
    };
    let trades = one.scopes.has(Scope::OrderSubmit);
    let limit = one.limits.day_value.filter(|_| trades);
    Row {
        id: one.id.to_string(),
        name: one.name.clone(),
        state: shown(state, one, now),
        does: if trades { "trades" } else { "reads" }.to_owned(),
        accounts: accounts(state, one),
        used_today: limit.map(|limit| format!("{} of {} {currency}", worth(used), worth(limit))).unwrap_or_default(),
        percent: limit.map(percent),
        expires: one.expires_at.map(told),
        last_used: last_used(one, uses),
    }
}

fn accounts(state: &state::State, one: &ApiCredential) -> Vec<String> {
    one.accounts.iter().map(|id| account_number(state, *id)).collect()
}

/// A new one was never used, though its record counts dormancy from its birth.
/// The record notes a use once a day only; the journal knows the latest.
pub fn last_used(one: &ApiCredential, uses: &Uses) -> Option<crate::page::Moment> {
    let noted = (one.last_used_at != one.created_at).then_some(one.last_used_at);
    noted.max(uses.last(one.id)).map(told)
}

async fn uses(world: &Shared, person: &Person, now: Timestamp) -> Uses {
    match world.history.read(world, &person.actor, now).await {
        Ok(past) => past.uses,
        Err(error) => {
            tracing::error!(%error, "the history cannot be read");
            Uses::default()
        }
    }
}

pub async fn page(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = CredentialId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    let own = person.actor.read(|state| state.customer.ticket(person.user).map(|own| own.id));
    if own == Some(id) {
        return Redirect::to(place::TICKET_LIMITS).into_response();
    }
    show(&world, &person, id, None, None).await
}

pub async fn show(
    world: &Shared,
    person: &Person,
    id: CredentialId,
    no: Option<(StatusCode, Told)>,
    typed: Option<&Typed>,
) -> Response {
    let now = person.actor.now();
    let uses = uses(world, person, now).await;
    let (status, refusal) = no.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let view = person.actor.read(|state| {
        let one = state.customer.program(id).ok()?;
        let change = change_of(one, typed);
        Some(Credential { refusal, change, ..in_full(state, person, one, &uses, now) })
    });
    let Some(view) = view else { return refused::missing(world, &person.nonce) };
    let frame = framed::inside(world, person, Nav::Credentials, &view.name, Vec::new()).await;
    (status, credentials::credential(&frame, &view)).into_response()
}

pub fn authority(state: &state::State, one: &ApiCredential) -> Authority {
    Authority {
        scopes: one.scopes,
        accounts: accounts(state, one),
        instruments: instrument::texts(&one.instruments),
        limits: one.limits,
        allow: one.allowances,
        observe: one.observe,
        currency: base_currency(state, one).unwrap_or_default(),
    }
}

fn in_full(state: &state::State, person: &Person, one: &ApiCredential, uses: &Uses, now: Timestamp) -> Credential {
    let words = words(&authority(state, one));
    let trades = one.scopes.has(Scope::OrderSubmit);
    let own = state.book.orders.values().filter(|order| order.credential == one.id).count();
    let locked = decide::may_ask(state, &person.by(), now).err();
    let locked = locked.map(|refusal| lexicon::refusal(refusal.code(), &of_refusal(&refusal.reason().facts)).text);
    Credential {
        id: one.id.to_string(),
        name: one.name.clone(),
        state: shown(state, one, now),
        stopped_by: held_by(state, one, now).filter(|_| trades),
        can: words.can,
        cannot: words.cannot,
        most_per_day: words.most_per_day,
        scopes: one.scopes.list().iter().map(|scope| scope.as_str().to_owned()).collect(),
        accounts: accounts(state, one),
        instruments: instrument::texts(&one.instruments),
        allowed: allowed(one.allowances).iter().map(|name| name.replace('_', " ")).collect(),
        listener: format!("127.0.0.1:{}", one.port),
        needs_secret: !one.secrets.is_empty(),
        created: told(one.created_at),
        expires: one.expires_at.map(told),
        last_used: last_used(one, uses),
        connected: None,
        open_orders: u32::try_from(own).unwrap_or(u32::MAX),
        limits: of_credential(state, one.id, now),
        change: None,
        days: uses.of(one.id, now.day()).into_iter().map(day).collect(),
        observed: one.observe.then(|| observed(one, uses)),
        locked,
        refusal: None,
    }
}

fn day((day, used): (Day, crate::uses::Use)) -> Use {
    // `22 Nov 2026, 00:00 UTC`
    let text = told(Timestamp(day.0.saturating_mul(86_400_000))).text;
    let date = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Use { date, orders: used.orders, refusals: used.refusals }
}

fn observed(one: &ApiCredential, uses: &Uses) -> Observed {
    let rows = uses.observed(one.id).into_iter().map(|would| WouldRefuse {
        code: would.reason.code.clone(),
        text: lexicon::refusal(&would.reason.code, &of_refusal(&would.reason.facts)).text,
        times: would.times,
        last: told(would.last),
    });
    Observed { since: told(one.created_at), until: one.expires_at.map(told), rows: rows.collect() }
}

/// Where a window has to be opened first, that is where this leads; any other no is told on the page itself.
pub async fn refuse(world: &Shared, person: &Person, id: CredentialId, no: &No) -> Response {
    if needs_step_up(no) {
        return step_up::first(&place::under(place::CREDENTIALS, &id.to_string()), "move");
    }
    show(world, person, id, Some((refused::status(no), refused::told(no))), None).await
}

pub const fn needs_step_up(no: &No) -> bool {
    matches!(
        no,
        No::Refused { refusal: Refusal::People(people::Refusal::Session(session::Refusal::StepUp { .. })), .. }
    )
}

/// Carried out to its end, also when the browser has gone: the listeners follow the record.
pub async fn change(world: &Shared, person: &Person, command: Command) -> Result<Vec<Recorded>, No> {
    let (world, actor, by) = (world.clone(), person.actor.clone(), person.by());
    let done = tokio::spawn(async move {
        let recorded = answer(actor.submit(by, command)).await?;
        drop((world.after_credentials_changed)(actor).await);
        Ok(recorded)
    });
    done.await.unwrap_or_else(|_| Err(No::NotRecorded { why: "it was not carried out to its end".to_owned() }))
}

async fn act(world: &Shared, person: &Person, id: &str, command: fn(CredentialId) -> Command) -> Response {
    let Ok(id) = CredentialId::parse(id) else { return refused::missing(world, &person.nonce) };
    match change(world, person, command(id)).await {
        Ok(_) => Redirect::to(&place::under(place::CREDENTIALS, &id.to_string())).into_response(),
        Err(no) => refuse(world, person, id, &no).await,
    }
}

pub async fn suspend(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    act(&world, &person, &id, |id| Command::SuspendCredential { id }).await
}

pub async fn resume(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = CredentialId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    match widen(&world, &person, Command::ResumeCredential { id }).await {
        Ok(Widened::Asked(approval)) => approval_page(approval),
        Ok(Widened::Done) => Redirect::to(&place::under(place::CREDENTIALS, &id.to_string())).into_response(),
        Err(no) => refuse(&world, &person, id, &no).await,
    }
}

pub async fn revoke(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    act(&world, &person, &id, |id| Command::RevokeCredential { id }).await
}

/// Why one was not made or changed, in plain words.
pub fn unfit(why: &Unfit) -> (StatusCode, Told) {
    let by_code = |code: &str, why: &str| {
        let words = lexicon::refusal(code, &[("why".to_owned(), why.to_owned())]);
        Told { text: words.text, remedy: words.remedy, ..refused::guard(code) }
    };
    match why {
        Unfit::Malformed(why) => {
            let remedy = "Correct it, and go on.".to_owned();
            (StatusCode::UNPROCESSABLE_ENTITY, Told { remedy, ..by_code("request_malformed", why) })
        }
        Unfit::Listener(text) => {
            let remedy = "Choose another port.".to_owned();
            (StatusCode::CONFLICT, Told { text: text.clone(), remedy, ..refused::guard("listener_taken") })
        }
        Unfit::Refused(refusal) => (StatusCode::CONFLICT, refused::guard(refusal.code())),
        Unfit::No(no) => (refused::status(no), refused::told(no)),
        Unfit::Failed(why) => {
            tracing::error!(%why, "a credential could not be made");
            (StatusCode::INTERNAL_SERVER_ERROR, refused::guard("not_done"))
        }
    }
}
