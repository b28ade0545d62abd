//! `/v1/alerts`: what was unusual; a person answers it at the portal.

use crate::world::{Answer, Shared};
use axum::Json;
use axum::extract::State;
use kernel::alert::Alert;
use kernel::id::AlertId;
use kernel::state;
use kernel::watch::Step;
use serde::Serialize;
use service::words::names::moment;
use service::words::story::alerts as words;

#[derive(Debug, Serialize)]
pub(crate) struct AlertView {
    id: AlertId,
    /// Whose doing it looks like.
    subject: String,
    step: Step,
    seen: Vec<SignView>,
    /// What was done, in plain words.
    done: &'static str,
    raised_at: String,
    answered_at: Option<String>,
    /// "This was me."
    mine: Option<bool>,
}

#[derive(Debug, Serialize)]
struct SignView {
    what: &'static str,
    usual: String,
}

fn view(state: &state::State, one: &Alert) -> AlertView {
    AlertView {
        id: one.id,
        subject: words::subject(state, one.subject),
        step: one.step,
        seen: one
            .signs
            .iter()
            .map(|sign| SignView { what: words::seen(sign.signal), usual: words::usual(*sign) })
            .collect(),
        done: words::done(one),
        raised_at: moment(one.raised_at),
        answered_at: one.answered.map(|said| moment(said.at)),
        mine: one.answered.map(|said| said.mine),
    }
}

pub(crate) async fn list(State(world): State<Shared>) -> Answer<Json<Vec<AlertView>>> {
    let actor = world.customer()?;
    Ok(Json(actor.read(|state| state.customer.alerts.iter().rev().map(|one| view(state, one)).collect())))
}
