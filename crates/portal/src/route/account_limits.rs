//! `/limits/NUMBER`: the limits of one account, and one of them changed, on what the page had read.

use crate::page::account_limits::{View, account_limits};
use crate::page::credentials::{Change, Typed};
use crate::page::part::Refusal;
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::credentials::unfit;
use crate::route::form::Form;
use crate::route::limit::{NewLimit, changeable, wanted};
use crate::route::limits::of_account;
use crate::route::widen::{Widened, approval_page, widen};
use crate::route::{framed, refused};
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::account::Account;
use kernel::command::Command;

pub async fn page(State(world): State<Shared>, person: Person, Path(number): Path<String>) -> Response {
    show(&world, &person, &number, None, None).await
}

fn account(person: &Person, number: &str) -> Option<Account> {
    person.actor.read(|state| state.customer.accounts.iter().find(|one| one.number == number).cloned())
}

async fn show(
    world: &Shared,
    person: &Person,
    number: &str,
    no: Option<(StatusCode, Refusal)>,
    typed: Option<&Typed>,
) -> Response {
    let Some(one) = account(person, number) else { return refused::missing(world, &person.nonce) };
    let (status, refusal) = no.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let now = person.actor.now();
    let (read, controls) = (one.limits.digest().to_string(), changeable(&one.limits));
    let view = View {
        limits: person.actor.read(|state| of_account(state, &one, now)),
        change: Change { read, controls, typed: typed.cloned() },
        number: one.number,
        refusal,
    };
    let frame = framed::inside(world, person, Nav::Limits, "Limits of an account", Vec::new()).await;
    (status, account_limits(&frame, &view)).into_response()
}

pub async fn change(
    State(world): State<Shared>,
    person: Person,
    Path(number): Path<String>,
    Form(form): Form<NewLimit>,
) -> Response {
    let Some(one) = account(&person, &number) else { return refused::missing(&world, &person.nonce) };
    let typed = form.typed();
    let limits = match wanted(&one.limits, &form) {
        Ok(limits) => limits,
        Err(why) => return show(&world, &person, &number, Some(unfit(&why)), Some(&typed)).await,
    };
    let command = Command::SetAccountLimits { id: one.id, limits, read: Some(form.read()) };
    match widen(&world, &person, command).await {
        Ok(Widened::Asked(approval)) => approval_page(approval),
        Ok(Widened::Done) => Redirect::to(&place::under(place::LIMITS, &number)).into_response(),
        Err(no) => {
            let told = (refused::status(&no), refused::told(&no));
            show(&world, &person, &number, Some(told), Some(&typed)).await
        }
    }
}
