//! `/credentials/new`: three short steps, a summary in plain words, and what to paste into the program.

use crate::page::part::{Ask, Refusal as Told};
use crate::page::wizard::{self, Choice, Limits as LimitsStep, Made, May, Stated, Step, Summary, View, Where};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::prove;
use crate::route::credentials::{needs_step_up, show as show_credential, unfit};
use crate::route::filled::{At, Sent, Typed, date, latest};
use crate::route::form::Form;
use crate::route::framed::{self, told};
use crate::route::may::{Authority, words};
use crate::route::widen::{Widened, approval_page, widen};
use crate::route::{refused, step_up};
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::command::Command;
use kernel::decide;
use kernel::event::Event;
use kernel::evidence::Capability;
use kernel::id::CredentialId;
use kernel::scope::Scope;
use kernel::{api_credential, instrument, people};
use service::No;
use service::credential::{self, Unfit, Wanted};
use service::node::answer;
use service::words::changed::LIMITS;
use service::words::names::{account_number, word};
use std::collections::BTreeMap;
use vault::webauthn::Purpose;

const WEEKS: i64 = 4 * 7;
const SCOPES: [(Scope, &str, &str); 4] = [
    (Scope::AccountRead, "Look at the account", "Positions, orders, cash (account:read)."),
    (Scope::MarketRead, "See market data", "Quotes of the venue (market:read)."),
    (Scope::OrderSubmit, "Send orders", "Within limits you state (order:submit)."),
    (Scope::OrderCancel, "Cancel orders", "Its own (order:cancel)."),
];
const ALLOW: [(&str, &str, &str); 8] = [
    ("market", "Market orders", "They count at the price the collar would bear."),
    ("stop", "Stop orders", ""),
    ("trailing", "Trailing stops", "A purchase counts where its stop stands first, a sale like one at the market."),
    ("auction", "Orders at the close", "Market and limit orders in the auction that ends the session."),
    ("short_sale", "Short sales", "Selling more than is held."),
    ("option_writing", "Writing options", "Selling options that are not held; they count at the strike."),
    ("outside_hours", "Outside regular hours", ""),
    ("close_any", "Close any position", "Also what another API credential has opened."),
];
const MORE: [(&str, &str, &str); 2] = [
    (
        "secret",
        "Its program also shows a secret",
        "256 bits, shown once; else any program of this user on this machine may connect.",
    ),
    ("cancel_on_disconnect", "Cancel its orders when it disconnects", "All of them, stops that protect included."),
];
/// What holds where nothing is stated, under the field.
const HINTS: [(&str, &str); 18] = [
    ("order_value", "The most that one order may count."),
    ("day_value", "The most that all orders of a UTC day may count."),
    ("day_count", "200 unless stated."),
    ("open_orders", "20 unless stated."),
    ("open_value", "No bound unless stated."),
    ("order_quantity", "No bound unless stated."),
    ("position_quantity", "The most of one instrument, long or short, with all open orders. No bound unless stated."),
    ("leverage", "What its account may hold, as so many times its net value: 1.5. No bound unless stated."),
    ("margin_use_bps", "Of its account's net value, with all open orders whole: 5000 is half. No bound unless stated."),
    ("approve_leverage_above", "Orders that would bring its account above it wait for a person; none unless stated."),
    ("approve_above", "Orders that count more wait for a person; none does unless stated."),
    ("top_above", "Orders that count more wait for two people, or for one with a security key."),
    ("day_loss", "It is stopped when its account loses more in a day, by the venue's figure."),
    (
        "dead_man_seconds",
        "Silent for longer, its orders are cancelled that could add risk: 5 to 86400. No timer unless stated.",
    ),
    ("collar_bps", "300 unless stated, 100 for currencies."),
    ("orders_per_second", "5 unless stated."),
    ("messages_per_second", "10 unless stated."),
    ("repeated_fills", "20 of one instrument and side unless stated."),
];

/// What a page says besides its fields.
type Said = Option<(StatusCode, Told)>;

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    let read_only = [Scope::AccountRead, Scope::MarketRead];
    let scopes = read_only.iter().map(|scope| scope.as_str().to_owned()).collect();
    let accounts: Vec<String> =
        person.actor.read(|state| state.customer.accounts.iter().map(|one| one.number.clone()).collect());
    // With a choice of accounts none is made for anybody.
    let accounts = if accounts.len() == 1 { accounts } else { Vec::new() };
    let listen = credential::port(&person.actor, None).map(|port| port.to_string()).unwrap_or_default();
    let expires = date(kernel::time::Day(person.actor.now().day().0.saturating_add(WEEKS)));
    let typed = Typed { scopes, accounts, listen, expires, ..Typed::default() };
    let locked = locked(&person).map(|told| (StatusCode::FORBIDDEN, told));
    show(&world, &person, At::May, &typed, locked).await
}

/// Nobody fills in three steps to be told then that it is not for them.
fn locked(person: &Person) -> Option<Told> {
    let new = credential::translate(&person.actor, &Wanted::default()).ok()?;
    let now = person.actor.now();
    let command = Command::CreateCredential(new);
    let refusal = person.actor.read(|state| decide::allowed(state, &person.by(), &command, now)).err()?;
    let no = No::Refused { refusal, correlation: kernel::id::CorrelationId::new(now.0, 0) };
    (!needs_step_up(&no)).then(|| Told { correlation: None, ..refused::told(&no) })
}

async fn show(world: &Shared, person: &Person, at: At, typed: &Typed, said: Said) -> Response {
    let step = match at {
        At::May => Ok(Step::May(may(typed))),
        At::Where => Ok(Step::Where(place_of(person, typed))),
        At::Limits => Ok(Step::Limits(limits(person, typed))),
        At::Summary => summary(world, person, typed).map(Step::Summary),
    };
    let (at, step, said) = match step {
        Ok(step) => (at, step, said),
        // What cannot be summed up is corrected where it was typed.
        Err(why) => (At::Limits, Step::Limits(limits(person, typed)), Some(unfit(&why))),
    };
    let (status, refusal) = said.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let view = View { step, carried: typed.carried(at), refusal };
    let frame = framed::inside(world, person, Nav::Credentials, "New API credential", Vec::new()).await;
    (status, wizard::wizard(&frame, &view)).into_response()
}

fn choice(on: &[String], (value, label, hint): (&str, &str, &str)) -> Choice {
    let chosen = on.iter().any(|one| one == value);
    Choice { value: value.to_owned(), label: label.to_owned(), hint: hint.to_owned(), on: chosen }
}

fn may(typed: &Typed) -> May {
    let scopes = SCOPES.iter().map(|(scope, label, hint)| choice(&typed.scopes, (scope.as_str(), label, hint)));
    May { name: typed.name.clone(), scopes: scopes.collect() }
}

fn place_of(person: &Person, typed: &Typed) -> Where {
    let accounts = person.actor.read(|state| {
        let about = |one: &kernel::account::Account| format!("{}, {}", word(&one.environment), one.base_currency);
        let all = state.customer.accounts.iter();
        all.map(|one| choice(&typed.accounts, (&one.number, &one.number, &about(one)))).collect()
    });
    let trades = typed.trades();
    let more = MORE.iter().filter(|(name, _, _)| trades || *name == "secret");
    Where {
        accounts,
        instruments: typed.instruments.clone(),
        listen: typed.listen.clone(),
        allow: ALLOW.iter().map(|one| choice(&typed.allow, *one)).collect(),
        more: more.map(|one| choice(&typed.more, *one)).collect(),
        trades,
    }
}

fn limits(person: &Person, typed: &Typed) -> LimitsStep {
    let trades = typed.trades();
    let stated = LIMITS.iter().filter(|_| trades).map(|(name, label)| Stated {
        name: (*name).to_owned(),
        label: crate::page::part::sentence(label).trim_end_matches('.').to_owned(),
        value: typed.limits.get(name).cloned().unwrap_or_default(),
        hint: HINTS.iter().find(|(of, _)| of == name).map(|(_, hint)| (*hint).to_owned()).unwrap_or_default(),
        required: matches!(*name, "order_value" | "day_value"),
    });
    LimitsStep {
        limits: stated.collect(),
        expires: typed.expires.clone(),
        latest: latest(person.actor.now()),
        observe: typed.observe,
        trades,
    }
}

fn summary(world: &World, person: &Person, typed: &Typed) -> Result<Summary, Unfit> {
    let now = person.actor.now();
    let new = credential::translate(&person.actor, &typed.wanted(now)?)?;
    let (accounts, currency) = person.actor.read(|state| {
        let first = new.accounts.iter().find_map(|id| state.customer.account(*id).ok());
        let currency = first.map(|account| account.base_currency.to_string()).unwrap_or_default();
        (new.accounts.iter().map(|id| account_number(state, *id)).collect(), currency)
    });
    let words = words(&Authority {
        scopes: new.scopes,
        accounts,
        instruments: instrument::texts(&new.instruments),
        limits: new.limits,
        allow: new.allowances,
        observe: new.observe,
        currency,
    });
    Ok(Summary {
        name: new.name.clone(),
        can: words.can,
        cannot: words.cannot,
        most_per_day: words.most_per_day,
        expires: new.expires_at.map(told),
        passkey: if may_move(person) { None } else { ask(world, person) },
    })
}

fn may_move(person: &Person) -> bool {
    let now = person.actor.now();
    person.actor.read(|state| {
        let signed = state.customer.people.signed_in(person.session, now);
        signed.is_ok_and(|signed| signed.may(Capability::Move, now).is_ok())
    })
}

/// The window may have shut while the steps were filled in: then the last one opens it again.
fn ask(world: &World, person: &Person) -> Option<Ask> {
    let allow = prove::passkeys(&person.actor, person.user);
    prove::ask(world, person, Purpose::StepUp, &allow)
}

pub async fn step(State(world): State<Shared>, person: Person, Form(fields): Form<Vec<(String, String)>>) -> Response {
    let sent = Sent::read(fields);
    let Some((sent, at)) = sent.and_then(|sent| At::parse(&sent.step).map(|at| (sent, at))) else {
        return refused::malformed(&world, &person.nonce, StatusCode::BAD_REQUEST);
    };
    let typed = &sent.typed;
    match (at, sent.back) {
        (_, true) => show(&world, &person, at.back(), typed, None).await,
        (At::Summary, false) => create(&world, &person, &sent).await,
        (_, false) => match checked(&person, typed, at) {
            Ok(()) => show(&world, &person, at.next(), typed, None).await,
            Err(why) => show(&world, &person, at, typed, Some(unfit(&why))).await,
        },
    }
}

/// What is wrong is told at the step where it was typed, as far as one step can tell.
fn checked(person: &Person, typed: &Typed, at: At) -> Result<(), Unfit> {
    let blank = Typed { expires: String::new(), limits: BTreeMap::new(), ..typed.clone() };
    let only = match at {
        At::May => Typed { accounts: Vec::new(), instruments: String::new(), allow: Vec::new(), ..blank },
        At::Where => blank,
        At::Limits | At::Summary => typed.clone(),
    };
    let wanted = only.wanted(person.actor.now())?;
    if at == At::Where {
        credential::port(&person.actor, wanted.listen.as_deref())?;
    }
    credential::translate(&person.actor, &wanted).map(|_| ())
}

async fn create(world: &Shared, person: &Person, sent: &Sent) -> Response {
    let again = async |said| show(world, person, At::Summary, &sent.typed, Some(said)).await;
    if !sent.response.is_empty()
        && let Err(no) = opened(world, person, sent).await
    {
        return again(no).await;
    }
    let wanted = match sent.typed.wanted(person.actor.now()) {
        Ok(wanted) => wanted,
        Err(why) => return again(unfit(&why)).await,
    };
    match credential::to_sign(&person.actor, &wanted, world.own_uid) {
        Ok(None) => {}
        Ok(Some(new)) => {
            return match widen(world, person, Command::CreateCredential(new)).await {
                Ok(Widened::Asked(id)) => approval_page(id),
                Ok(Widened::Done) => Redirect::to(place::CREDENTIALS).into_response(),
                Err(no) => again(unfit(&no.into())).await,
            };
        }
        Err(why) => return again(unfit(&why)).await,
    }
    let (shared, actor, by) = (world.clone(), person.actor.clone(), person.by());
    // Carried out to its end, also when the browser has gone.
    let making = tokio::spawn(async move {
        credential::create(&actor, by, &wanted, shared.own_uid, &shared.after_credentials_changed).await
    });
    match making.await {
        Ok(Ok(made)) => match made.secret {
            Some(secret) => ready(world, person, (made.id, Of::Created), Some(secret), None).await,
            None => Redirect::to(&place::act(place::CREDENTIALS, &made.id.to_string(), "made")).into_response(),
        },
        Ok(Err(why)) => again(unfit(&why)).await,
        Err(_) => refused::malformed(world, &person.nonce, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The passkey of the summary opens the *move* window, as a step-up does.
async fn opened(world: &Shared, person: &Person, sent: &Sent) -> Result<(), (StatusCode, Told)> {
    let not_proven = || (StatusCode::UNAUTHORIZED, refused::identity("not_proven"));
    let proof = (sent.ceremony.as_str(), sent.response.as_str());
    let found = prove::own(world, person, proof, Purpose::StepUp).map_err(|_| not_proven())?;
    let step_up = people::Command::StepUp { evidence: vec![found.evidence], up_to: Capability::Move };
    let answered = answer(person.actor.submit(person.by(), Command::People(step_up))).await;
    answered.map(|_| ()).map_err(|no| (refused::status(&no), refused::told(&no)))
}

/// What a page with a secret comes after.
#[derive(Clone, Copy, Debug)]
enum Of {
    Created,
    Rotated,
}

/// Right after: what to paste into the program; where a secret was drawn, this is the only page that has it.
async fn ready(
    world: &Shared,
    person: &Person,
    (id, of): (CredentialId, Of),
    secret: Option<String>,
    old_until: Option<crate::page::Moment>,
) -> Response {
    let known = person.actor.read(|state| {
        let one = state.customer.credential(id).ok()?;
        Some((one.name.clone(), one.port, !one.secrets.is_empty()))
    });
    let Some((name, port, guarded)) = known else { return refused::missing(world, &person.nonce) };
    let rotated = matches!(of, Of::Rotated);
    let view = Made { id: id.to_string(), rotated, secret, old_until, python: python(port, guarded), name };
    let frame = framed::inside(world, person, Nav::Credentials, &view.name, Vec::new()).await;
    wizard::made(&frame, &view).into_response()
}

/// The secret stays out of the program's text.
fn python(port: u16, guarded: bool) -> String {
    if !guarded {
        return format!("from ib_async import IB\n\nib = IB()\nib.connect(\"127.0.0.1\", {port}, clientId=1)");
    }
    format!(
        "import os\nfrom ib_async import IB\n\nib = IB()\n\
         ib.client.setConnectOptions(\"secret=\" + os.environ[\"PORTREEVE_SECRET\"])\n\
         ib.connect(\"127.0.0.1\", {port}, clientId=1)"
    )
}

pub async fn made(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    match CredentialId::parse(&id) {
        Ok(id) => ready(&world, &person, (id, Of::Created), None, None).await,
        Err(_) => refused::missing(&world, &person.nonce),
    }
}

/// A new secret at once; the old one is good for the overlap.
pub async fn rotate(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = CredentialId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    let (secret, sha256) = match credential::draw() {
        Ok(drawn) => drawn,
        Err(why) => return show_credential(&world, &person, id, Some(unfit(&why)), None).await,
    };
    // The first secret ends no other: without one its programs connected freely.
    let had = person.actor.read(|state| state.customer.credential(id).is_ok_and(|one| !one.secrets.is_empty()));
    match answer(person.actor.submit(person.by(), Command::RotateCredential { id, sha256 })).await {
        Ok(recorded) => {
            let until = recorded.iter().find_map(|one| match &one.event {
                Event::Credential(api_credential::Event::Rotated { old_until, .. }) => Some(told(*old_until)),
                _ => None,
            });
            ready(&world, &person, (id, Of::Rotated), Some(secret), until.filter(|_| had)).await
        }
        Err(no) if needs_step_up(&no) => step_up::first(&place::under(place::CREDENTIALS, &id.to_string()), "move"),
        Err(no) => show_credential(&world, &person, id, Some((refused::status(&no), refused::told(&no))), None).await,
    }
}
