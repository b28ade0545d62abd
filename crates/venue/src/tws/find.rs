//! Find: contracts, from memory or from upstream, and the first quote of one that is about to be ordered.

use super::details::{self, Details};
use super::keep::Chore;
use super::{ANSWER, TwsVenue, wire};
use crate::contract::{Contract, ContractQuery};
use kernel::time::Timestamp;
use std::time::Duration;
use tokio::time::timeout;
use tws::Request;

/// How long the first question for a contract waits for its first quote, once.
const FIRST_QUOTE: Duration = Duration::from_secs(1);

/// An order for a future says where it is listed, as its record has it.
pub(super) fn listed(mut request: Request, details: &Details) -> Request {
    if let Request::PlaceOrder(place) = &mut request
        && place.contract.exchange.is_empty()
        && let Some(contract) = details.contract(i64::from(place.contract.con_id))
    {
        place.contract.exchange.clone_from(&contract.exchange);
    }
    request
}

impl TwsVenue {
    /// A program asks for a contract just before it orders: the quote that the guard will want is fetched
    /// with it. Where none comes, later questions do not wait again.
    pub(super) async fn find_with_quote(&self, query: ContractQuery, now: Timestamp) -> Vec<Contract> {
        let found = self.find(query, now).await;
        let [contract] = found.as_slice() else { return found };
        let contract_id = contract.instrument.contract_id;
        if !self.hold().quotes.want(contract_id) || self.chores.try_send(Chore::Watch(contract_id)).is_err() {
            return found;
        }
        let quoted = async {
            loop {
                let ticking = self.ticked.notified();
                tokio::pin!(ticking);
                // From here on no tick is missed, though nothing is awaited yet.
                ticking.as_mut().enable();
                if self.hold().quotes.quote(contract_id).is_some() {
                    return;
                }
                ticking.await;
            }
        };
        if timeout(FIRST_QUOTE, quoted).await.is_err() {
            tracing::info!(contract_id, "the venue has no quote for a contract yet");
        }
        found
    }

    pub(super) async fn find(&self, query: ContractQuery, now: Timestamp) -> Vec<Contract> {
        let key = details::key(&query);
        let named = query.contract_id != 0 || !query.symbol.is_empty() || !query.local_symbol.is_empty();
        let Some(contract) = wire::question(&query).filter(|_| named) else { return Vec::new() };
        let (request_id, answer) = {
            let mut state = self.hold();
            if let Some(found) = state.details.fresh(&key, now) {
                return found;
            }
            let request_id = state.request_id();
            let Some(answer) = state.details.ask(request_id) else { return state.details.last(&key) };
            (request_id, answer)
        };
        let asked = self.ask(&[Request::ReqContractDetails { request_id, contract }]).await;
        let found = if asked { timeout(ANSWER, answer).await.ok().and_then(Result::ok) } else { None };
        let mut state = self.hold();
        match found {
            Some(found) => {
                state.details.keep(key, &found, now);
                found
            }
            None => {
                state.details.give_up(request_id);
                state.details.last(&key)
            }
        }
    }
}
