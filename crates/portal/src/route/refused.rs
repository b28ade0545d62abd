//! Refused: a no as a page, with its code and what to do about it.

use crate::page::frame::{Frame, Nav};
use crate::page::part::Refusal as Told;
use crate::page::refused::{Next, View, refused};
use crate::person::Waiting;
use crate::protect::Nonce;
use crate::route::framed;
use crate::world::{Shared, World};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::people;
use kernel::reason::Category;
use kernel::refusal::Refusal;
use kernel::session;
use service::No;
use service::words::figures::of_refusal;

/// A no that somebody who is signed in may know in full.
pub async fn no(world: &World, person: &Waiting, no: &No) -> Response {
    let frame = framed::inside(world, person, Nav::Home, "Refused", Vec::new()).await;
    page(&frame, status(no), view(no))
}

/// The same without a session.
pub fn outside(world: &World, nonce: &str, no: &No) -> Response {
    page(&framed::outside(world, nonce, "Refused"), status(no), view(no))
}

fn page(frame: &Frame, status: StatusCode, view: View) -> Response {
    (status, refused(frame, &view)).into_response()
}

pub fn status(no: &No) -> StatusCode {
    match no {
        No::Refused { refusal, .. } => match refusal.category() {
            Category::Identity => StatusCode::UNAUTHORIZED,
            Category::Entitlement | Category::DeviceSession => StatusCode::FORBIDDEN,
            Category::Guard => StatusCode::CONFLICT,
        },
        No::NotRecorded { .. } | No::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn view(no: &No) -> View {
    let next = match no {
        No::Refused { refusal: Refusal::People(people::Refusal::Session(session::Refusal::StepUp { .. })), .. } => {
            Next::StepUp
        }
        No::Refused { .. } | No::NotRecorded { .. } | No::Busy => Next::Home,
    };
    View { heading: "Not done".to_owned(), refusal: told(no), again: None, next: Some(next) }
}

/// In plain words, as every door says it.
pub fn told(no: &No) -> Told {
    let (category, code, facts, correlation) = match no {
        No::Refused { refusal, correlation } => {
            let reason = refusal.reason();
            (reason.category, reason.code, of_refusal(&reason.facts), Some(correlation.to_string()))
        }
        No::NotRecorded { .. } | No::Busy => (Category::Guard, no.code().to_owned(), Vec::new(), None),
    };
    let words = lexicon::refusal(&code, &facts);
    Told { category: category.as_str().to_owned(), code, text: words.text, remedy: words.remedy, correlation }
}

/// A no that was found here, by the kernel's own word for it.
pub fn because(refusal: Refusal) -> Told {
    let reason = refusal.reason();
    let words = lexicon::refusal(&reason.code, &of_refusal(&reason.facts));
    let category = reason.category.as_str().to_owned();
    Told { category, code: reason.code, text: words.text, remedy: words.remedy, correlation: None }
}

/// A no about who somebody is, by its code alone.
pub fn identity(code: &str) -> Told {
    by_code(Category::Identity, code)
}

/// The same, with a reason in its words.
pub fn identity_with(code: &str, name: &str, fact: &str) -> Told {
    let words = lexicon::refusal(code, &[(name.to_owned(), fact.to_owned())]);
    Told { text: words.text, remedy: words.remedy, ..identity(code) }
}

pub fn guard(code: &str) -> Told {
    by_code(Category::Guard, code)
}

fn by_code(category: Category, code: &str) -> Told {
    let words = lexicon::refusal(code, &[]);
    let category = category.as_str().to_owned();
    Told { category, code: code.to_owned(), text: words.text, remedy: words.remedy, correlation: None }
}

/// Of a thing that is not there, or not this person's.
pub fn missing(world: &World, nonce: &str) -> Response {
    plain(world, nonce, StatusCode::NOT_FOUND, "This page does not exist", "page_not_found")
}

/// Not there, or over: on a phone an old notice may lead here, and the way on is its first screen.
pub fn over(world: &World, person: &Waiting) -> Response {
    if !person.is_on_a_phone() {
        return missing(world, &person.nonce);
    }
    let heading = "This does not wait any more";
    let frame = framed::on_a_phone(world, &person.nonce, heading);
    let refusal = guard("approval_not_pending");
    let view = View { heading: heading.to_owned(), refusal, again: None, next: Some(Next::Home) };
    page(&frame, StatusCode::NOT_FOUND, view)
}

pub fn nonce(request: &Request) -> String {
    request.extensions().get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default()
}

fn plain(world: &World, nonce: &str, status: StatusCode, heading: &str, code: &str) -> Response {
    let view = View { heading: heading.to_owned(), refusal: guard(code), again: None, next: Some(Next::Home) };
    page(&framed::outside(world, nonce, heading), status, view)
}

pub fn malformed(world: &World, nonce: &str, status: StatusCode) -> Response {
    plain(world, nonce, status, "Not understood", "form_malformed")
}

pub async fn nowhere(State(world): State<Shared>, request: Request) -> Response {
    plain(&world, &nonce(&request), StatusCode::NOT_FOUND, "This page does not exist", "page_not_found")
}

pub async fn not_so(State(world): State<Shared>, request: Request) -> Response {
    plain(&world, &nonce(&request), StatusCode::METHOD_NOT_ALLOWED, "Not understood", "method_not_allowed")
}
