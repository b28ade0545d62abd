//! `/quotes`: bid, ask and last of what is held, worked or asked for, with their age.

use crate::glances::{self, Glance};
use crate::page::Nav;
use crate::page::part::Refusal;
use crate::page::quotes::{self, Row, View};
use crate::person::Person;
use crate::route::framed::{self, told};
use crate::route::positions::price;
use crate::route::refused;
use crate::world::{Shared, World};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use kernel::instrument::Selector;
use kernel::limits::QUOTE_AGE_MS;
use kernel::state;
use kernel::time::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use venue::contract::ContractQuery;

/// A venue elsewhere may be slow to answer.
pub const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST: usize = 32;
const MOST: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    instrument: String,
}

pub async fn page(
    State(world): State<Shared>,
    person: Person,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let asked: String = wanted.instrument.trim().chars().take(LONGEST).collect();
    let now = person.actor.now();
    let mut known: BTreeMap<i64, (String, String)> = person.actor.read(watched);
    known.keys().take(MOST).for_each(|id| world.node.venue().watch(*id));
    let refusal = match asked.is_empty() {
        true => None,
        false => match glance(&world, &person, &asked, now).await {
            Ok(one) => {
                known.entry(one.contract_id).or_insert((one.instrument, one.name));
                None
            }
            Err(refusal) => Some(refusal),
        },
    };
    let rows = known.iter().take(MOST).filter_map(|(id, named)| row(&world, *id, named, now)).collect();
    let frame = framed::inside(&world, &person, Nav::Quotes, "Quotes", Vec::new()).await;
    quotes::quotes(&frame, &View { rows, asked, refusal }).into_response()
}

/// With a position or an open order.
fn watched(state: &state::State) -> BTreeMap<i64, (String, String)> {
    let held = state.book.positions.values().filter_map(|position| position.instrument.as_ref());
    let worked = state.book.orders.values().map(|order| &order.terms.instrument);
    let named = |symbol: &str, currency: String| (format!("{symbol}/{currency}"), String::new());
    held.chain(worked).map(|one| (one.contract_id, named(&one.name(), one.currency.to_string()))).collect()
}

/// One that is traded is watched in any case; one that is only looked at, as long as this page is open.
async fn glance(world: &Shared, person: &Person, asked: &str, now: Timestamp) -> Result<Glance, Refusal> {
    if let Some(known) = world.glances.again(person.session, asked, now) {
        return Ok(known);
    }
    let not_found = || refused::guard("contract_not_found");
    for query in queries(asked).ok_or_else(not_found)? {
        let finding = tokio::time::timeout(PATIENCE, world.node.venue().look_up(query, now)).await;
        if let Some(contract) = finding.unwrap_or_default().into_iter().next() {
            let one = contract.instrument;
            let found = Glance {
                asked: asked.to_owned(),
                contract_id: one.contract_id,
                instrument: format!("{}/{}", one.symbol, one.currency),
                name: contract.long_name,
            };
            glances::look(world, person.session, found.clone(), now);
            return Ok(found);
        }
    }
    Err(not_found())
}

/// As the ticket takes it: `AAPL/USD`, `EUR/USD`, `#265598`.
pub fn queries(asked: &str) -> Option<Vec<ContractQuery>> {
    match Selector::parse(asked)? {
        Selector::Class(_) => None,
        Selector::Contract(contract_id) => Some(vec![ContractQuery { contract_id, ..ContractQuery::default() }]),
        Selector::Symbol { symbol, currency } => {
            let query = |sec_type: &str, exchange: &str| ContractQuery {
                symbol: symbol.clone(),
                sec_type: sec_type.to_owned(),
                exchange: exchange.to_owned(),
                currency: currency.to_string(),
                ..ContractQuery::default()
            };
            Some(vec![query("STK", "SMART"), query("CASH", "IDEALPRO")])
        }
    }
}

fn row(world: &World, contract_id: i64, (instrument, name): &(String, String), now: Timestamp) -> Option<Row> {
    let quote = world.node.venue().full_quote(contract_id, now)?;
    Some(Row {
        instrument: instrument.clone(),
        name: name.clone(),
        bid: price(quote.bid),
        ask: price(quote.ask),
        last: price(quote.last),
        at: told(quote.at),
        stale: now.since(quote.at) > QUOTE_AGE_MS,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_is_asked_for_by_symbol_and_currency_or_by_contract() {
        let stock = queries("AAPL/USD").unwrap();
        assert_eq!(stock.iter().map(|one| one.sec_type.as_str()).collect::<Vec<_>>(), ["STK", "CASH"]);
        assert!(stock.iter().all(|one| one.symbol == "AAPL" && one.currency == "USD"));
        assert_eq!(queries("#265598").unwrap().first().map(|one| one.contract_id), Some(265_598));
        for nothing in ["", "stock", "AAPL", "#0", "AAPL/usd", "<b>/USD\u{7f}"] {
            assert_eq!(queries(nothing), None, "{nothing}");
        }
    }
}
