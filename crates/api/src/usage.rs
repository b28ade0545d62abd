//! `/v1/credentials/{name}/usage`: what an API credential used at most, and what was or would have been refused.

use crate::ask::{Asked, Name};
use crate::credentials::id_of;
use crate::journal_routes::{each, first_since};
use crate::problem::Problem;
use crate::world::{Answer, Shared};
use axum::Json;
use axum::extract::State;
use kernel::event::Recorded;
use kernel::limits::Limits;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use service::usage::{Met, Usage};
use service::words::names::moment;
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 30;
/// As long as an API credential lives.
const MOST_DAYS: i64 = 90;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Over {
    days: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct UsageView {
    since: String,
    orders: u32,
    most: Limits,
    /// Limits with room for twice of what was used.
    twice: Limits,
    instruments: BTreeSet<String>,
    refused: BTreeMap<String, MetView>,
    would_refuse: BTreeMap<String, MetView>,
}

#[derive(Debug, Serialize)]
struct MetView {
    times: u32,
    last: String,
}

fn view(codes: &BTreeMap<String, Met>) -> BTreeMap<String, MetView> {
    let one = |met: &Met| MetView { times: met.times, last: moment(met.last) };
    codes.iter().map(|(code, met)| (code.clone(), one(met))).collect()
}

/// The day that runs counts as one, so that a day's figures are whole.
pub(crate) async fn show(
    State(world): State<Shared>,
    Name(name): Name,
    Asked(over): Asked<Over>,
) -> Answer<Json<UsageView>> {
    let days = over.days.unwrap_or(DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::malformed(&format!("days is a number from 1 to {MOST_DAYS}")));
    }
    let actor = world.customer()?;
    let mut usage = Usage::of(id_of(&actor, &name)?);
    let first = actor.now().day().0.saturating_sub(days - 1);
    let since = Timestamp(first.saturating_mul(DAY_MS));
    let from = first_since(&world, since).await?;
    let seen = |recorded: &Recorded, _| {
        if recorded.at >= since {
            usage.see(recorded)
        }
    };
    each(&world, from, seen).await?;
    Ok(Json(UsageView {
        since: moment(since),
        orders: usage.orders,
        most: usage.most,
        twice: usage.twice(),
        refused: view(&usage.refused),
        would_refuse: view(&usage.observed),
        instruments: usage.instruments,
    }))
}
