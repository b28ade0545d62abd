//! Keep: hearing what upstream says, connecting again when it falls silent, and asking for what was missed.

use super::link::{self, Deaf, Hearing, Opened};
use super::quotes::PAIRS;
use super::{State, TwsVenue};
use crate::contract::{ContractQuery, Venue};
use crate::report::{Report, What};
use kernel::effect::Effect;
use kernel::working::Ended;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tws::{Request, Response};

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
    /// A change of where a trailing stop begins, which upstream would not tell.
    StartStands,
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Upstream has lost its own connection, has it back without its data streams, has it back with them.
const CUT_OFF: [i32; 2] = [1_100, 2_110];
const BACK_EMPTY: i32 = 1_101;
const BACK_WHOLE: i32 = 1_102;

/// An instruction of which nothing is written, in the words of a report.
pub(super) fn unfit(effect: &Effect, why: Unfit) -> Vec<Report> {
    let id = effect.order();
    let (account, what) = match (effect, why) {
        (Effect::Submit { account, .. }, Unfit::OutOfNumbers) => {
            tracing::error!(order = %id, "upstream's order numbers are used up: orders are rejected");
            let text = "upstream's order numbers are used up: reset the API order ids in TWS".to_owned();
            (account.as_str(), What::Ended { how: Ended::Rejected, text })
        }
        (Effect::Replace { account, .. }, Unfit::StartStands) => {
            let text = "the venue does not tell where a trailing stop began: that cannot be changed".to_owned();
            (account.as_str(), What::ReplaceRejected { text })
        }
        (_, Unfit::OutOfNumbers | Unfit::StillNoNumber | Unfit::StartStands) => return Vec::new(),
        (Effect::Submit { account, .. }, Unfit::NoNumber) => {
            tracing::error!(order = %id, "the venue has told no number of this order's parent; it was not sent");
            (account.as_str(), What::Unknown)
        }
        (Effect::Submit { account, .. }, Unfit::Told) => {
            tracing::error!(order = %id, "an order was to be told twice; it was not");
            (account.as_str(), What::Unknown)
        }
        (Effect::Replace { account, .. }, Unfit::Told | Unfit::NoNumber) => {
            let text = "the venue has not told of this order: it cannot be changed".to_owned();
            (account.as_str(), What::ReplaceRejected { text })
        }
        (Effect::Cancel { .. }, Unfit::Told | Unfit::NoNumber) => {
            let text = "the venue has not told of this order; its cancel goes out when it does".to_owned();
            // Whose it is, the order says.
            ("", What::CancelRejected { text })
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
            (state.fills_asked, state.fills_listed) = (None, None);
            state.cut_off = false;
        }
        *self.link.lock().await = Some(opened.link);
        opened.hearing
    }

    pub(super) fn watch_again(&self, state: &mut State) {
        for contract_id in state.quotes.restart() {
            if self.chores.try_send(Chore::Watch(contract_id)).is_err() {
                tracing::warn!(contract_id, "too many contracts wait to be watched");
            }
        }
    }

    fn heard(&self, response: &Response) {
        let now = (self.now)();
        let reports = {
            let mut state = self.hold();
            let reports = state.orders.heard(response, now);
            state.quotes.heard(response, now);
            state.balances.traded(&reports);
            state.balances.heard(response, now);
            if matches!(response, Response::ExecutionDetails(told) if told.request_id == -1) {
                reports.iter().for_each(|report| state.balances.filled(report, now));
            }
            if let Response::ExecutionDetailsEnd { request_id } = response
                && let Some((_, at)) = state.fills_asked.filter(|(asked, _)| asked == request_id)
            {
                state.fills_listed = Some(at);
            }
            state.details.heard(response);
            state.bars.heard(response);
            state.chains.heard(response);
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
                tracing::warn!(%text, "the venue has lost its own connection: orders are refused, cancels go out");
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
                    self.subscribe_later();
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
            state.chains.restart();
            state.bars.lost();
            state.previews.lost();
            state.syncing = None;
            (state.unsettled, state.losses, state.connection) = (true, state.losses + 1, state.connection + 1);
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
            match link::open(self.dial.as_ref(), self.client_id, self.named.as_deref()).await {
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
        tokio::spawn(Arc::clone(&venue).settle());
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
            Chore::Subscribe => {
                venue.subscribe_anew().await;
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
    Subscribe,
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
