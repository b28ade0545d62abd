//! `/v1/orders`: open orders, those that ended today, one of any age, and cancelling.

use crate::ask::{Asked, By, Name};
use crate::journal_routes::each;
use crate::order_view::{OrderView, of_ask, open_status, view};
use crate::problem::Problem;
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::command::Command;
use kernel::event::Event;
use kernel::id::OrderId;
use kernel::refusal::{Order as NotThat, Refusal};
use kernel::working;
use serde::Deserialize;
use serde_json::{Value, json};
use service::No;
use service::actor::CustomerActor;
use service::words::names::word;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Also those that ended today.
    #[serde(default)]
    all: bool,
}

pub(crate) async fn list(State(world): State<Shared>, Asked(which): Asked<Which>) -> Answer<Json<Vec<OrderView>>> {
    let actor = world.customer()?;
    let found = actor.read(|state| {
        let open = state.book.orders.values().map(|order| view(state, order, open_status(order)));
        let ended = state.book.day.ended.iter().filter(|_| which.all);
        open.chain(ended.map(|(order, how)| view(state, order, word(how)))).collect()
    });
    Ok(Json(found))
}

pub(crate) async fn show(State(world): State<Shared>, Name(id): Name) -> Answer<Json<OrderView>> {
    let id = order_id(&id)?;
    let actor = world.customer()?;
    let known = actor.read(|state| {
        let open = state.book.orders.get(&id).map(|order| view(state, order, open_status(order)));
        let ended = || state.book.day.ended.iter().find(|(order, _)| order.id == id);
        open.or_else(|| ended().map(|(order, how)| view(state, order, word(how))))
    });
    match known {
        Some(order) => Ok(Json(order)),
        None => recorded(&world, &actor, id).await.map(Json),
    }
}

/// An older one, as the journal tells it.
async fn recorded(world: &Shared, actor: &Arc<CustomerActor>, id: OrderId) -> Answer<OrderView> {
    let (mut asked, mut status) = (None, None);
    each(world, 0, |recorded, _| {
        let Event::Order(event) = &recorded.event else { return };
        match event {
            working::Event::Held { ask, .. } | working::Event::Admitted { ask, .. } if ask.id == id => {
                asked = Some((ask.clone(), recorded.at));
                status = Some("held".to_owned());
            }
            working::Event::Refused { ask, .. } if ask.id == id => {
                asked = Some((ask.clone(), recorded.at));
                status = Some("refused".to_owned());
            }
            working::Event::Ended { id: ended, how, .. } if *ended == id => status = Some(word(how)),
            working::Event::Filled { execution } if execution.order == Some(id) => status = Some("filled".to_owned()),
            _ => {}
        }
    })
    .await?;
    let (ask, at) = asked.ok_or_else(|| Problem::from(Refusal::Order(NotThat::NotOpen)))?;
    Ok(actor.read(|state| of_ask(state, &ask, status.unwrap_or_default(), at)))
}

/// A cancel goes out even when it cannot be recorded; `durable` says whether it is.
pub(crate) async fn cancel(State(world): State<Shared>, By(by): By, Name(id): Name) -> Answer<Json<Value>> {
    let id = order_id(&id)?;
    let actor = world.customer()?;
    whole(async move {
        let durable = match world.node.restrict(&actor, by, Command::CancelOrder { id }).await {
            Ok(_) => true,
            Err(No::NotRecorded { .. }) => false,
            Err(no) => return Err(no.into()),
        };
        Ok(Json(json!({ "id": id.to_string(), "cancel_requested": true, "durable": durable })))
    })
    .await
}

fn order_id(text: &str) -> Answer<OrderId> {
    OrderId::parse(text).map_err(|_| Refusal::Order(NotThat::NotOpen).into())
}
