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
        if self.answers.len() >= MOST_KEPT {
            self.answers.clear();
        }
        if self.by_id.len() >= MOST_KEPT {
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
