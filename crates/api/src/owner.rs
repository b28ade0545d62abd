//! `/v1/owner/enrol`: a one-time link for the first owner. Its token is told once, and kept as a hash.

use crate::ask::By;
use crate::problem::Problem;
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::command::Command;
use kernel::enrolment;
use kernel::event::{Event, Recorded};
use kernel::people;
use serde_json::{Value, json};
use service::node::answer;
use service::words::names::moment;
use vault::token::Token;

pub(crate) async fn enrol(State(world): State<Shared>, By(by): By) -> Answer<Json<Value>> {
    let actor = world.customer()?;
    let Some(portal) = world.hooks.portal.clone() else {
        return Err(Problem::no_portal());
    };
    let token = Token::random().map_err(|_| Problem::failed("no randomness to be had"))?;
    let sha256 = token.sha256();
    let offer = Command::People(people::Command::OfferEnrolment { sha256 });
    let recorded = whole(async move { Ok(answer(actor.submit(by, offer)).await?) }).await?;
    let offered = |one: &Recorded| match &one.event {
        Event::People(people::Event::Enrolment(enrolment::Event::Offered(offered))) => Some(offered.expires_at),
        _ => None,
    };
    let expires_at = recorded.iter().find_map(offered).map(moment);
    let link = format!("{portal}/enrol/{}", token.text().as_str());
    Ok(Json(json!({ "link": link, "expires_at": expires_at })))
}
