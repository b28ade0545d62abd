//! Details: contracts that upstream has told, kept for a while, and the questions that wait for an answer. No IO.

use super::wire;
use crate::contract::{Contract, ContractQuery};
use kernel::time::Timestamp;
use std::collections::BTreeMap;
use tokio::sync::oneshot;
use tws::Response;

/// Trading hours change from day to day; nothing else here changes that often.
const FRESH_MS: i64 = 3_600_000;
const MOST_KEPT: usize = 10_000;
const MOST_WAITING: usize = 256;
/// Contracts that one question may be answered with.
const MOST_FOUND: usize = 1_000;
/// No security definition has been found.
const NOT_FOUND: i32 = 200;

#[derive(Debug)]
struct Waiting {
    found: Vec<Contract>,
    done: oneshot::Sender<Vec<Contract>>,
}

#[derive(Debug, Default)]
pub(super) struct Details {
    answers: BTreeMap<String, (Timestamp, Vec<Contract>)>,
    by_id: BTreeMap<i64, Contract>,
    waiting: BTreeMap<i32, Waiting>,
}

/// Questions with the same words have the same answer.
pub(super) fn key(query: &ContractQuery) -> String {
    format!("{query:?}")
}

impl Details {
    pub(super) fn fresh(&self, key: &str, now: Timestamp) -> Option<Vec<Contract>> {
        let (at, found) = self.answers.get(key)?;
        (now.since(*at) < FRESH_MS).then(|| found.clone())
    }

    /// The last answer, however old.
    pub(super) fn last(&self, key: &str) -> Vec<Contract> {
        self.answers.get(key).map(|(_, found)| found.clone()).unwrap_or_default()
    }

    pub(super) fn contract(&self, contract_id: i64) -> Option<&Contract> {
        self.by_id.get(&contract_id)
    }

    /// `None` when too many wait already.
    pub(super) fn ask(&mut self, request_id: i32) -> Option<oneshot::Receiver<Vec<Contract>>> {
        if self.waiting.len() >= MOST_WAITING {
            return None;
        }
        let (done, answer) = oneshot::channel();
        self.waiting.insert(request_id, Waiting { found: Vec::new(), done });
        Some(answer)
    }

    pub(super) fn give_up(&mut self, request_id: i32) {
        self.waiting.remove(&request_id);
    }

    /// Nobody answers any more.
    pub(super) fn restart(&mut self) {
        self.waiting.clear();
    }

    pub(super) fn keep(&mut self, key: String, found: &[Contract], now: Timestamp) {
        // Together: whoever is answered from memory is answered about trading hours too.
        if self.answers.len() >= MOST_KEPT || self.by_id.len() >= MOST_KEPT {
            self.answers.clear();
            self.by_id.clear();
        }
        self.by_id.extend(found.iter().map(|each| (each.instrument.contract_id, each.clone())));
        if !found.is_empty() {
            self.answers.insert(key, (now, found.to_vec()));
        }
    }

    pub(super) fn heard(&mut self, response: &Response) {
        match response {
            Response::ContractDetails(told) => {
                let Some(waiting) = self.waiting.get_mut(&told.request_id) else { return };
                let Some(contract) = wire::answer(told) else { return };
                // One contract is told once for each exchange that it trades on.
                let id = contract.instrument.contract_id;
                let known = waiting.found.iter().any(|each| each.instrument.contract_id == id);
                if !known && waiting.found.len() < MOST_FOUND {
                    waiting.found.push(contract);
                }
            }
            Response::ContractDetailsEnd { request_id } => self.answer(*request_id),
            Response::Error { request_id, code: NOT_FOUND, .. } => self.answer(*request_id),
            _ => {}
        }
    }

    fn answer(&mut self, request_id: i32) {
        if let Some(waiting) = self.waiting.remove(&request_id) {
            // Whoever asked may have gone.
            drop(waiting.done.send(waiting.found));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kernel::instrument::{AssetClass, Instrument};
    use kernel::money::Currency;
    use rust_decimal::Decimal;

    fn contract(contract_id: i64) -> Contract {
        Contract {
            instrument: Instrument {
                contract_id,
                symbol: contract_id.to_string(),
                class: AssetClass::Stock,
                currency: Currency::parse("USD").unwrap(),
                derivative: None,
            },
            sec_type: "STK".to_owned(),
            exchange: "SMART".to_owned(),
            primary_exchange: String::new(),
            local_symbol: String::new(),
            trading_class: String::new(),
            long_name: String::new(),
            stock_type: String::new(),
            time_zone: String::new(),
            trading_hours: String::new(),
            min_tick: Decimal::ONE,
            size_increment: Decimal::ONE,
            under_contract_id: 0,
        }
    }

    #[test]
    fn whatever_is_answered_from_memory_has_its_hours_in_memory_too() {
        let mut details = Details::default();
        let ids = 1..=i64::try_from(MOST_KEPT + 1).unwrap();
        // The first question has no answer, or many: contracts and answers do not fill up alike.
        details.keep("1 and 2".to_owned(), &[contract(1), contract(2)], Timestamp(1));
        for id in ids.clone() {
            details.keep(id.to_string(), &[contract(id)], Timestamp(1));
            assert!(details.answers.len() <= MOST_KEPT && details.by_id.len() <= MOST_KEPT);
        }
        let mut remembered = 0;
        for id in ids {
            for found in details.last(&id.to_string()) {
                assert!(details.contract(found.instrument.contract_id).is_some(), "{id}");
                remembered += 1;
            }
        }
        assert!(remembered > 0);
    }
}
