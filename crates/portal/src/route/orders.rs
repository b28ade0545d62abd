//! `/orders`: the open ones first, then those that ended or were refused today; and cancelling.

use crate::page::frame::{Nav, Notice, Tone};
use crate::page::orders::{self, Row, State as Shown, View};
use crate::page::part::Refusal as Told;
use crate::page::{Frame, place};
use crate::person::Person;
use crate::route::framed::{self, told};
use crate::route::refused;
use crate::uses::Uses;
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::command::Command;
use kernel::decide;
use kernel::event::{Event, Recorded};
use kernel::id::OrderId;
use kernel::money::Quantity;
use kernel::state;
use kernel::time::Timestamp;
use kernel::working::{self, Ask, Ended, Order, Status};
use service::No;
use service::words::figures::{money, of_refusal};
use service::words::names::{account_number, credential_name};
use service::words::terms::terms_text;

/// Of those that ended; the activity has them all.
const MOST_ENDED: usize = 100;

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    show(&world, &person, StatusCode::OK, None, Vec::new()).await
}

async fn show(
    world: &Shared,
    person: &Person,
    status: StatusCode,
    refusal: Option<Told>,
    notices: Vec<Notice>,
) -> Response {
    let frame: Frame = framed::inside(world, person, Nav::Orders, "Orders", notices).await;
    let view = View { refusal, ..view(world, person).await };
    (status, orders::orders(&frame, &view)).into_response()
}

/// Those that are open, and those of today.
pub async fn view(world: &Shared, person: &Person) -> View {
    let now = person.actor.now();
    let uses = match world.history.read(world, &person.actor, now).await {
        Ok(past) => past.uses,
        Err(error) => {
            tracing::error!(%error, "the history cannot be read");
            Uses::default()
        }
    };
    person.actor.read(|state| View {
        open: state.book.orders.values().rev().map(|order| open(state, person, order, now)).collect(),
        ended: ended_today(state, &uses, now),
        refusal: None,
    })
}

/// A cancel goes out even when it cannot be recorded, and the page says which it was.
pub async fn cancel(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = OrderId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    let asked = world.node.restrict(&person.actor, person.by(), Command::CancelOrder { id });
    // Carried out to its end, also when the browser has gone.
    match tokio::spawn(asked).await {
        Ok(Ok(_)) => Redirect::to(place::ORDERS).into_response(),
        Ok(Err(No::NotRecorded { why })) => {
            tracing::error!(%why, order = %id, "a cancel went out without a record");
            let text = format!("The cancel of {id} went out, but could not be recorded: check the disk.");
            let notice = Notice { tone: Tone::Bad, text };
            show(&world, &person, StatusCode::SERVICE_UNAVAILABLE, None, vec![notice]).await
        }
        Ok(Err(no)) => show(&world, &person, refused::status(&no), Some(refused::told(&no)), Vec::new()).await,
        Err(_) => refused::malformed(&world, &person.nonce, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

pub fn open(state: &state::State, person: &Person, order: &Order, now: Timestamp) -> Row {
    let may = || decide::allowed(state, &person.by(), &Command::CancelOrder { id: order.id }, now).is_ok();
    Row { state: standing(order), cancels: !order.cancel_requested && may(), ..row(state, order) }
}

fn standing(order: &Order) -> Shown {
    match order.status {
        Status::Unknown => Shown::Unknown,
        _ if order.cancel_requested => Shown::Cancelling,
        Status::Held => Shown::Held,
        Status::Parked | Status::Admitted => Shown::Sending,
        Status::Acknowledged if order.filled.is_positive() => Shown::PartlyFilled,
        Status::Acknowledged => Shown::Working,
    }
}

pub fn ended(state: &state::State, order: &Order, how: Ended) -> Row {
    let (shown, told) = end(how);
    Row { state: shown, told: told.to_owned(), ..row(state, order) }
}

/// How it ended, and what the badge alone does not say.
pub const fn end(how: Ended) -> (Shown, &'static str) {
    match how {
        Ended::Filled => (Shown::Filled, ""),
        Ended::Cancelled => (Shown::Cancelled, ""),
        Ended::Rejected => (Shown::Rejected, ""),
        Ended::Expired => (Shown::Expired, ""),
        Ended::ApprovalRefused => (Shown::Refused, "its approval was refused"),
        Ended::RefusedWhenGranted => (Shown::Refused, "approved, and refused by the guard of that moment"),
        Ended::ApprovalTimedOut => (Shown::Expired, "nobody approved it in time"),
        Ended::Voided => (Shown::Cancelled, "it was stopped before it was sent"),
        Ended::Incomplete => (Shown::Cancelled, "the rest of its bracket did not come in time"),
    }
}

fn row(state: &state::State, order: &Order) -> Row {
    let ask =
        Ask { id: order.id, credential: order.credential, client_ref: order.client_ref, terms: order.terms.clone() };
    let average = money(&order.average_price().to_string());
    let change = if order.replacing.is_some() { "a change is on its way to the venue" } else { "" };
    Row {
        told: change.to_owned(),
        filled: filled(order.filled, order.terms.order_qty),
        average: if order.filled.is_positive() { average } else { String::new() },
        ..of_ask(state, &ask, Shown::Sending, order.since)
    }
}

pub fn filled(filled: Quantity, of: Quantity) -> String {
    format!("{} of {}", money(&filled.to_string()), money(&of.to_string()))
}

/// All that the words in which it was asked for tell.
pub fn of_ask(state: &state::State, ask: &Ask, shown: Shown, at: Timestamp) -> Row {
    Row {
        id: ask.id.to_string(),
        what: terms_text(&ask.terms),
        account: account_number(state, ask.terms.account),
        by: credential_name(state, ask.credential),
        state: shown,
        told: String::new(),
        filled: filled(Quantity::ZERO, ask.terms.order_qty),
        average: String::new(),
        at: told(at),
        cancels: false,
    }
}

/// The newest first; those that the guard refused among them.
fn ended_today(state: &state::State, uses: &Uses, now: Timestamp) -> Vec<Row> {
    let day = now.day();
    let newest = state.book.day.ended_on(day).iter().rev().take(MOST_ENDED);
    let mut all: Vec<(OrderId, Row)> = newest.map(|(order, how)| (order.id, ended(state, order, *how))).collect();
    all.extend(uses.refused(day).filter_map(|recorded| refused_row(state, recorded)));
    all.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    all.into_iter().take(MOST_ENDED).map(|(_, row)| row).collect()
}

fn refused_row(state: &state::State, recorded: &Recorded) -> Option<(OrderId, Row)> {
    let Event::Order(working::Event::Refused { ask, reason }) = &recorded.event else { return None };
    let told = lexicon::refusal(&reason.code, &of_refusal(&reason.facts)).text;
    Some((ask.id, Row { told, ..of_ask(state, ask, Shown::Refused, recorded.at) }))
}
