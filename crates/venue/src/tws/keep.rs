//! Keep: hearing what upstream says, connecting again when it falls silent, and asking for what was missed.

use super::link::{self, Deaf, Hearing, Opened};
use super::quotes::PAIRS;
use super::{ANSWER, State, TwsVenue};
use crate::contract::{ContractQuery, Venue};
use crate::report::{Report, What};
use kernel::effect::Effect;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tws::{ExecutionFilter, Request, Response};

/// Why an order is not even prepared. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It was told before; it is never told twice.
    Told,
    /// No number of it is known upstream.
    NoNumber,
    /// No number of it is known, and that was said on this connection before.
    StillNoNumber,
    OutOfNumbers,
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often all is asked for while nothing seems to have been missed: trades by hand are told so.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// Upstream has lost its own connection, has it back without its data streams, has it back with them.
const CUT_OFF: [i32; 2] = [1_100, 2_110];
const BACK_EMPTY: i32 = 1_101;
const BACK_WHOLE: i32 = 1_102;

/// Three lists that are awaited: open orders, executions, completed orders.
#[derive(Debug)]
pub(super) struct Syncing {
    executions: i32,
    open: bool,
    executed: bool,
    completed: bool,
    done: Option<oneshot::Sender<()>>,
}

impl Syncing {
    fn heard(&mut self, response: &Response) {
        match response {
            Response::OpenOrderEnd => self.open = true,
            Response::ExecutionDetailsEnd { request_id } if *request_id == self.executions => self.executed = true,
            Response::CompletedOrdersEnd => self.completed = true,
            _ => {}
        }
        if self.open
            && self.executed
            && self.completed
            && let Some(done) = self.done.take()
        {
            // Whoever waited may have given up.
            let _ = done.send(());
        }
    }
}

/// An instruction of which nothing is written, in the words of a report.
pub(super) fn unfit(effect: &Effect, why: Unfit, own: &str) -> Vec<Report> {
    let id = effect.order();
    let (account, what) = match (effect, why) {
        (_, Unfit::OutOfNumbers | Unfit::StillNoNumber) => return Vec::new(),
        (Effect::Submit { account, .. }, Unfit::Told | Unfit::NoNumber) => {
            tracing::error!(order = %id, "an order was to be told twice; it was not");
            (account.as_str(), What::Unknown)
        }
        (Effect::Replace { account, .. }, Unfit::Told | Unfit::NoNumber) => {
            let text = "the venue has not told of this order: it cannot be changed".to_owned();
            (account.as_str(), What::ReplaceRejected { text })
        }
        (Effect::Cancel { .. }, Unfit::Told | Unfit::NoNumber) => {
            let text = "the venue has not told of this order; its cancel goes out when it does".to_owned();
            (own, What::CancelRejected { text })
        }
    };
    vec![Report { account: account.to_owned(), order: Some(id), what }]
}

impl TwsVenue {
    pub(super) async fn take_over(&self, opened: Opened) -> Hearing {
        {
            let mut state = self.hold();
            state.orders.next_valid(opened.next_number);
            state.accounts = opened.accounts;
            state.cut_off = false;
        }
        *self.link.lock().await = Some(opened.link);
        opened.hearing
    }

    /// Everything that a new connection needs: our orders, the account, the streams, and cancels that
    /// may have been lost with the old one.
    pub(super) async fn settle_in(&self) -> bool {
        let again = {
            let mut state = self.hold();
            let (account, request_id) = (state.account(), state.request_id());
            state.balances.restart(&account, request_id);
            state.details.restart();
            self.watch_again(&mut state);
            vec![
                Request::ReqAccountUpdates { subscribe: true, account: account.clone() },
                Request::ReqPnl { request_id, account, model: String::new() },
            ]
        };
        let settled = self.ask(&again).await && self.find_orders_again().await;
        let again = self.hold().orders.to_cancel_again();
        settled && self.cancel(again).await
    }

    async fn cancel(&self, numbers: Vec<i32>) -> bool {
        let cancel = |order_id| Request::CancelOrder { order_id, manual_time: String::new() };
        let cancels: Vec<Request> = numbers.into_iter().map(cancel).collect();
        cancels.is_empty() || self.ask(&cancels).await
    }

    fn watch_again(&self, state: &mut State) {
        for contract_id in state.quotes.restart() {
            if self.chores.try_send(Chore::Watch(contract_id)).is_err() {
                tracing::warn!(contract_id, "too many contracts wait to be watched");
            }
        }
    }

    /// Asks for all there is; what comes is reported as it is heard. False when it was not all told.
    pub(super) async fn find_orders_again(&self) -> bool {
        let _one_at_a_time = self.sync.lock().await;
        let (done, told) = oneshot::channel();
        let request_id = {
            let mut state = self.hold();
            let executions = state.request_id();
            let (open, executed, completed) = (false, false, false);
            state.syncing = Some(Syncing { executions, open, executed, completed, done: Some(done) });
            executions
        };
        let questions = [
            Request::ReqOpenOrders,
            Request::ReqExecutions { request_id, filter: ExecutionFilter::default() },
            Request::ReqCompletedOrders { api_only: false },
        ];
        let whole = self.ask(&questions).await && matches!(timeout(ANSWER, told).await, Ok(Ok(())));
        let answered = {
            let mut state = self.hold();
            state.syncing = None;
            if whole { state.orders.answer_lost_changes() } else { Vec::new() }
        };
        self.reports.push(answered);
        whole
    }

    fn heard(&self, response: &Response) {
        let now = (self.now)();
        let reports = {
            let mut state = self.hold();
            let reports = state.orders.heard(response, now);
            state.quotes.heard(response, now);
            state.balances.heard(response);
            state.details.heard(response);
            state.bars.heard(response);
            state.previews.heard(response);
            if let Some(syncing) = state.syncing.as_mut() {
                syncing.heard(response);
            }
            self.connectivity(&mut state, response);
            reports
        };
        self.reports.push(reports);
        if matches!(response, Response::TickPrice { .. }) {
            self.ticked.notify_waiters();
        }
    }

    fn connectivity(&self, state: &mut State, response: &Response) {
        let Response::Error { request_id: -1, code, text, .. } = response else { return };
        match *code {
            code if CUT_OFF.contains(&code) => {
                tracing::warn!(%text, "the venue has lost its own connection: orders are refused, cancels wait");
                if !std::mem::replace(&mut state.cut_off, true) {
                    state.losses += 1;
                }
                state.quotes.forget();
                state.bars.lost();
                state.previews.lost();
            }
            BACK_EMPTY | BACK_WHOLE => {
                tracing::info!(%text, "the venue has its own connection back");
                state.cut_off = false;
                if *code == BACK_EMPTY {
                    self.watch_again(state);
                }
                // What happened meanwhile was perhaps not told.
                if self.chores.try_send(Chore::LookAgain).is_err() {
                    tracing::warn!("too much waits to be asked: our orders are asked for later");
                }
            }
            code => tracing::debug!(code, %text, "the venue remarks"),
        }
    }

    async fn lost(&self) {
        // Whatever is being written is written or refused before this gets the place.
        *self.link.lock().await = None;
        // A write may have found the end as well: it does not end the next connection too.
        tokio::select! {
            biased;
            () = self.broken.notified() => {}
            () = std::future::ready(()) => {}
        }
        let doubtful = {
            let mut state = self.hold();
            state.details.restart();
            state.bars.lost();
            state.previews.lost();
            state.syncing = None;
            (state.unsettled, state.losses) = (true, state.losses + 1);
            state.orders.dropped()
        };
        self.reports.push(doubtful);
    }

    async fn listen(&self, hearing: &mut Hearing) -> Deaf {
        loop {
            let next = tokio::select! {
                next = hearing.next() => next,
                () = self.broken.notified() => Err(Deaf::Closed),
            };
            match next {
                Ok(response) => {
                    self.heard(&response);
                    let owed = {
                        let mut state = self.hold();
                        [state.orders.owed_cancels(), state.previews.made()].concat()
                    };
                    self.cancel(owed).await;
                }
                Err(deaf) => return deaf,
            }
        }
    }

    async fn again(&self) -> Opened {
        let mut pause = FIRST_PAUSE;
        loop {
            sleep(pause).await;
            match link::open(self.dial.as_ref(), self.client_id).await {
                Ok(opened) => return opened,
                Err(why) => tracing::warn!(%why, "the venue is not connected"),
            }
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}

/// Hears until the process ends.
pub(super) async fn hear(venue: Arc<TwsVenue>, mut hearing: Hearing) {
    loop {
        let why = venue.listen(&mut hearing).await;
        tracing::warn!(%why, "the venue's connection ended");
        // What cannot be read is not the end for upstream, which would keep our client id for a connection half open.
        drop(hearing);
        venue.lost().await;
        hearing = venue.take_over(venue.again().await).await;
        let (settling, losses) = (Arc::clone(&venue), venue.hold().losses);
        tokio::spawn(async move {
            let settled = settling.settle_in().await;
            {
                // Unless it was lost again meanwhile.
                let mut state = settling.hold();
                state.unsettled &= state.losses != losses;
            }
            if settled {
                tracing::info!("the venue is connected again");
            } else {
                tracing::warn!("the venue is connected again, but did not tell all of our orders");
            }
        });
    }
}

/// Starts streams of quotes, one contract after the other.
pub(super) async fn chores(venue: Arc<TwsVenue>, mut waiting: mpsc::Receiver<Chore>) {
    while let Some(chore) = waiting.recv().await {
        let contract_id = match chore {
            Chore::Watch(contract_id) => contract_id,
            // Nobody looks any more.
            Chore::Glance(contract_id) if !venue.hold().quotes.glances(contract_id) => continue,
            Chore::Glance(contract_id) => contract_id,
            Chore::LookAgain => {
                venue.find_orders_again().await;
                continue;
            }
            Chore::EndBars(request_id) => {
                venue.ask(&[Request::CancelHistoricalData { request_id }]).await;
                continue;
            }
            Chore::End(request_id) => {
                venue.ask(&[Request::CancelMarketData { request_id }]).await;
                continue;
            }
        };
        if venue.hold().quotes.streams(contract_id) {
            continue;
        }
        let query = ContractQuery { contract_id, ..ContractQuery::default() };
        let found = venue.find(query, (venue.now)()).await;
        let [contract] = found.as_slice() else { continue };
        let contract = super::wire::listed(contract);
        let (request_id, given_up) = {
            let mut state = venue.hold();
            let request_id = state.request_id();
            (request_id, state.quotes.start(contract_id, request_id))
        };
        // All lines are somebody's: a glance takes none of them.
        if given_up == Some(request_id) {
            continue;
        }
        let mut requests = Vec::new();
        requests.extend(given_up.map(|request_id| Request::CancelMarketData { request_id }));
        let (generic_ticks, snapshot, regulatory_snapshot) = (String::new(), false, false);
        requests.push(Request::ReqMarketData { request_id, contract, generic_ticks, snapshot, regulatory_snapshot });
        // Without a connection it is asked for on the next one.
        venue.ask(&requests).await;
    }
}

/// What is to be asked of upstream when there is time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chore {
    Watch(i64),
    Glance(i64),
    End(i32),
    EndBars(i32),
    LookAgain,
}

/// A TWS pushes what its own client id does; what others do on the account, it tells whoever asks.
pub(super) async fn look_again(venue: Arc<TwsVenue>) {
    loop {
        sleep(LOOK_AGAIN).await;
        if !venue.reach().lost {
            venue.find_orders_again().await;
        }
    }
}

/// The currency pairs that rates are made of are watched from the start.
pub(super) async fn pairs(venue: Arc<TwsVenue>) {
    for (bought, sold) in PAIRS {
        let query = ContractQuery {
            symbol: bought.to_owned(),
            sec_type: "CASH".to_owned(),
            exchange: "IDEALPRO".to_owned(),
            currency: sold.to_owned(),
            ..ContractQuery::default()
        };
        let found = venue.find(query, (venue.now)()).await;
        let Some(contract) = found.first() else {
            tracing::warn!(bought, sold, "the venue does not know this pair: its rate is missing");
            continue;
        };
        let contract_id = contract.instrument.contract_id;
        venue.hold().quotes.pair(bought, sold, contract_id);
        venue.watch(contract_id);
    }
}
