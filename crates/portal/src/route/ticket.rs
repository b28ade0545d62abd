//! `/ticket`: an order of a person. Not built: it refuses by name.

use crate::person::Person;
use crate::route::refused;
use crate::world::Shared;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    refused::named(&world, &person, StatusCode::NOT_FOUND, "Not built", "ticket_not_built").await
}
