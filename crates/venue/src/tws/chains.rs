//! Chains: questions for the options on something that wait for upstream. No IO.

use super::{ANSWER, TwsVenue, wire};
use crate::contract::{ChainQuery, OptionChain};
use std::collections::BTreeMap;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tws::{Request, Response};

/// Exchanges times classes, and what one of them lists: more is no answer.
const MOST_CHAINS: usize = 1_000;
const MOST_LISTED: usize = 10_000;
const MOST_WAITING: usize = 64;

#[derive(Debug)]
struct Waiting {
    found: Vec<OptionChain>,
    done: oneshot::Sender<Vec<OptionChain>>,
}

#[derive(Debug, Default)]
pub(super) struct Chains(BTreeMap<i32, Waiting>);

impl Chains {
    /// `None` when too many wait already.
    fn ask(&mut self, request_id: i32) -> Option<oneshot::Receiver<Vec<OptionChain>>> {
        if self.0.len() >= MOST_WAITING {
            return None;
        }
        let (done, answer) = oneshot::channel();
        self.0.insert(request_id, Waiting { found: Vec::new(), done });
        Some(answer)
    }

    fn give_up(&mut self, request_id: i32) {
        self.0.remove(&request_id);
    }

    /// Nobody answers any more.
    pub(super) fn restart(&mut self) {
        self.0.clear();
    }

    pub(super) fn heard(&mut self, response: &Response) {
        match response {
            Response::OptionParameters {
                request_id,
                exchange,
                under_con_id,
                trading_class,
                multiplier,
                expirations,
                strikes,
            } => {
                let Some(waiting) = self.0.get_mut(request_id) else { return };
                let fits = expirations.len() <= MOST_LISTED && strikes.len() <= MOST_LISTED;
                if fits && waiting.found.len() < MOST_CHAINS {
                    waiting.found.push(OptionChain {
                        exchange: exchange.clone(),
                        under_contract_id: i64::from(*under_con_id),
                        trading_class: trading_class.clone(),
                        multiplier: multiplier.clone(),
                        expirations: expirations.clone(),
                        strikes: strikes.clone(),
                    });
                }
            }
            Response::OptionParametersEnd { request_id } => self.answer(*request_id),
            Response::Error { request_id, code, .. } if !wire::remarks(*code) => self.answer(*request_id),
            _ => {}
        }
    }

    fn answer(&mut self, request_id: i32) {
        if let Some(waiting) = self.0.remove(&request_id) {
            // Whoever asked may have gone.
            drop(waiting.done.send(waiting.found));
        }
    }
}

impl TwsVenue {
    pub(super) async fn chains(&self, asked: ChainQuery) -> Vec<OptionChain> {
        let Ok(con_id) = i32::try_from(asked.contract_id) else { return Vec::new() };
        self.places.turn().await;
        let (request_id, answer) = {
            let mut state = self.hold();
            let request_id = state.request_id();
            let Some(answer) = state.chains.ask(request_id) else { return Vec::new() };
            (request_id, answer)
        };
        let ChainQuery { symbol, exchange, sec_type, .. } = asked;
        let question = Request::ReqSecDefOptParams { request_id, symbol, exchange, sec_type, con_id };
        let found =
            if self.ask(&[question]).await { timeout(ANSWER, answer).await.ok().and_then(Result::ok) } else { None };
        self.hold().chains.give_up(request_id);
        found.unwrap_or_default()
    }
}
