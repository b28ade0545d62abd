//! Asking: all that upstream knows of our orders, on each connection before anything is traded, and once a minute.

use super::keep::Chore;
use super::{ANSWER, State, TwsVenue};
use crate::contract::Venue;
use kernel::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tws::{ExecutionFilter, Request, Response};

/// How often all is asked for while nothing seems to have been missed: trades by hand are told so.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Accounts whose profit of the day is asked for.
const MOST_SERVED: usize = 32;

/// Three lists that are awaited: open orders, executions, completed orders.
#[derive(Debug)]
pub(super) struct Syncing {
    open: bool,
    executed: bool,
    completed: bool,
    done: Option<oneshot::Sender<()>>,
}

/// What came of asking for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    All,
    /// All but completed orders: some Gateways do not answer for them at all. What is not told there stays open in our
    /// book, and charged: trading may go on.
    Enough,
    /// Something may work, or have traded, of which nothing is known.
    TooLittle,
    /// The connection that was asked on is gone.
    Gone,
}

impl Told {
    pub(super) fn is_enough(self) -> bool {
        matches!(self, Self::All | Self::Enough)
    }
}

impl Syncing {
    /// One connection tells in order: also the late end of a list that was asked for before has all that came with it.
    pub(super) fn heard(&mut self, response: &Response) {
        match response {
            Response::OpenOrderEnd => self.open = true,
            Response::ExecutionDetailsEnd { .. } => self.executed = true,
            Response::CompletedOrdersEnd => self.completed = true,
            _ => {}
        }
        if self.told() == Told::All
            && let Some(done) = self.done.take()
        {
            // Whoever waited may have given up.
            let _ = done.send(());
        }
    }

    fn told(&self) -> Told {
        match (self.open && self.executed, self.completed) {
            (true, true) => Told::All,
            (true, false) => Told::Enough,
            (false, _) => Told::TooLittle,
        }
    }
}

impl State {
    /// The balance of one account, for upstream tells no more at a time, and what each that is served made or lost.
    fn subscriptions(&mut self, now: Timestamp) -> Vec<Request> {
        let served = if self.served.is_empty() { self.accounts.clone() } else { self.served.clone() };
        let shown = served.first().cloned().unwrap_or_default();
        let pnl: Vec<(String, i32)> =
            served.into_iter().take(MOST_SERVED).map(|account| (account, self.request_id())).collect();
        let mut requests = vec![Request::ReqAccountUpdates { subscribe: true, account: shown.clone() }];
        requests.extend(pnl.iter().map(|(account, request_id)| pnl_of(account, *request_id)));
        self.balances.restart(&shown, pnl, now);
        requests
    }

    /// The same on a connection that has them already, and has perhaps lost them.
    fn subscribe_anew(&mut self, now: Timestamp) -> Vec<Request> {
        let (shown, pnl) = self.balances.subscribed();
        let mut requests: Vec<Request> =
            shown.map(|account| Request::ReqAccountUpdates { subscribe: false, account }).into_iter().collect();
        requests.extend(pnl.into_iter().map(|request_id| Request::CancelPnl { request_id }));
        requests.extend(self.subscriptions(now));
        requests
    }

    /// What was not told for long. The figures that were told stand until they are told anew.
    fn overdue(&mut self, now: Timestamp) -> Vec<Request> {
        let mut requests = Vec::new();
        for account in self.balances.silent(now) {
            requests.push(Request::ReqAccountUpdates { subscribe: false, account: account.clone() });
            requests.push(Request::ReqAccountUpdates { subscribe: true, account });
        }
        for (account, old) in self.balances.overdue(now) {
            let request_id = self.request_id();
            self.balances.asked_again(&account, request_id);
            requests.extend([Request::CancelPnl { request_id: old }, pnl_of(&account, request_id)]);
        }
        requests
    }
}

fn pnl_of(account: &str, request_id: i32) -> Request {
    Request::ReqPnl { request_id, account: account.to_owned(), model: String::new() }
}

impl TwsVenue {
    /// Those of upstream's accounts that are served: without it, all. The first one's balance is told.
    pub fn serve(&self, accounts: Vec<String>) {
        let mut state = self.hold();
        if state.served != accounts {
            state.served = accounts;
            self.subscribe_later();
        }
    }

    pub(super) fn subscribe_later(&self) {
        if self.chores.try_send(Chore::Subscribe).is_err() {
            tracing::warn!("too much waits to be asked: the account is told with the next connection");
        }
    }

    pub(super) async fn subscribe_anew(&self) {
        let requests = self.hold().subscribe_anew((self.now)());
        // Without a connection it is asked for on the next one.
        self.ask(&requests).await;
    }

    /// Everything that a new connection needs: our orders, the account, the streams, and cancels that
    /// may have been lost with the old one.
    pub(super) async fn settle_in(&self) -> Told {
        let again = {
            let mut state = self.hold();
            state.details.restart();
            self.watch_again(&mut state);
            state.subscriptions((self.now)())
        };
        if !self.ask(&again).await {
            return Told::Gone;
        }
        let told = self.find_orders_again().await;
        // Today's trades may have been told after the account.
        self.ask_for_overdue().await;
        told
    }

    async fn ask_for_overdue(&self) {
        let overdue = self.hold().overdue((self.now)());
        if !overdue.is_empty() {
            self.ask(&overdue).await;
        }
    }

    pub(super) async fn cancel(&self, numbers: Vec<i32>) -> bool {
        let cancel = |order_id| Request::CancelOrder { order_id, manual_time: String::new() };
        let cancels: Vec<Request> = numbers.into_iter().map(cancel).collect();
        cancels.is_empty() || self.ask(&cancels).await
    }

    /// On a connection that was made again: nothing is traded on what was told in part, and nobody is locked out for a
    /// list that was late.
    pub(super) async fn settle(self: Arc<Self>) {
        let connection = self.hold().connection;
        let mut told = self.settle_in().await;
        while told == Told::TooLittle && self.hold().connection == connection {
            tracing::warn!("the venue is connected again, but did not tell all of our orders; it is asked again");
            told = self.find_orders_again().await;
        }
        match told {
            Told::All => tracing::info!("the venue is connected again"),
            Told::Enough => tracing::warn!("the venue is connected again, and does not tell completed orders"),
            Told::TooLittle | Told::Gone => tracing::warn!("the venue was lost again before it told our orders"),
        }
    }

    /// Asks for all there is; what comes is reported as it is heard. With enough of it the connection is settled.
    pub(super) async fn find_orders_again(&self) -> Told {
        let _one_at_a_time = self.sync.lock().await;
        let (done, ended) = oneshot::channel();
        let (connection, request_id) = {
            let mut state = self.hold();
            let (open, executed, completed) = (false, false, false);
            state.syncing = Some(Syncing { open, executed, completed, done: Some(done) });
            let request_id = state.request_id();
            state.fills_asked = Some((request_id, (self.now)()));
            (state.connection, request_id)
        };
        let questions = [
            Request::ReqOpenOrders,
            Request::ReqExecutions { request_id, filter: ExecutionFilter::default() },
            Request::ReqCompletedOrders { api_only: false },
        ];
        let asked = self.ask(&questions).await;
        let all = asked && matches!(timeout(ANSWER, ended).await, Ok(Ok(())));
        let (told, answered, cancels) = {
            let mut state = self.hold();
            // By then. What was told stays told, also where the connection is gone since.
            let syncing = state.syncing.take().filter(|_| asked && state.connection == connection);
            let told = if all { Told::All } else { syncing.map_or(Told::Gone, |syncing| syncing.told()) };
            let answered = if told.is_enough() { state.orders.answer_lost_changes() } else { Vec::new() };
            // Where nothing could be asked there is no connection yet: what is taken for told on it would be lost.
            let here = asked && state.connection == connection;
            let cancels = if here { state.orders.lost_cancels() } else { Vec::new() };
            (told, answered, cancels)
        };
        self.reports.push(answered);
        // Before any order, and whatever was told.
        self.cancel(cancels).await;
        let mut state = self.hold();
        if told.is_enough() && state.connection == connection {
            state.unsettled = false;
        }
        told
    }
}

/// A TWS pushes what its own client id does; what others do on the account, it tells whoever asks.
pub(super) async fn look_again(venue: Arc<TwsVenue>) {
    loop {
        sleep(LOOK_AGAIN).await;
        if !venue.reach().lost {
            venue.find_orders_again().await;
            venue.ask_for_overdue().await;
        }
    }
}
