//! A trading credential in process: real actors, a real journal, and a venue that is told what to report.

use crate::sink::{Counted, Sink};
use crate::world::{credential, terms};
use futures_util::stream::{self, StreamExt};
use kernel::actor::Actor;
use kernel::command::{Command, Report};
use kernel::event::Event;
use kernel::id::{AccountId, CredentialId};
use kernel::money::{Amount, Currency, Price};
use kernel::order::{ClientRef, Kind};
use kernel::working::{Ask, Commission, Ended, Event as E, Execution};
use service::actor::CustomerActor;
use service::node::answer;
use service::{Commit, Node, SystemClock};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use store::SqliteStore;

const AT_ONCE: usize = 256;

/// A node on a journal of its own, and its traders.
#[derive(Debug)]
pub struct Desk {
    _node: Arc<Node>,
    commit: Commit,
    thread: JoinHandle<()>,
    traders: Vec<Arc<Trader>>,
    /// Each transaction is one sync of the log.
    pub transactions: Arc<AtomicU64>,
}

impl Desk {
    pub async fn open(directory: &Path, customers: usize) -> Self {
        let transactions = Arc::new(AtomicU64::new(0));
        let inner = SqliteStore::open(&directory.join("portreeve.db")).unwrap();
        let store = Box::new(Counted { inner, transactions: Arc::clone(&transactions) });
        let (commit, thread) = Commit::start(store, Box::new(|| false)).unwrap();
        let node = Node::start(commit.clone(), Arc::new(Sink::default()), Arc::new(SystemClock)).await.unwrap();
        node.pump();
        // Many at once, so that they share their syncs.
        let opened = (0..customers).map(|n| Trader::open(&node, n));
        let traders = stream::iter(opened).buffered(AT_ONCE).map(Arc::new).collect().await;
        Self { _node: node, commit, thread, traders, transactions }
    }

    /// So many at once, each with one order at a time, for so long or until there are enough.
    pub async fn trade(&self, at_once: usize, how: How, lasting: Duration, enough: u64) -> (u64, Duration) {
        let (done, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let mut tasks = Vec::new();
        // A client id for each, because the numbers of one client id must come in order.
        for (client_id, trader) in (1..).zip(self.traders.iter().cycle().take(at_once)) {
            let (trader, done) = (Arc::clone(trader), Arc::clone(&done));
            tasks.push(tokio::spawn(async move {
                while start.elapsed() < lasting && done.load(Ordering::Relaxed) < enough {
                    trader.order(how, client_id).await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        (done.load(Ordering::Relaxed), start.elapsed())
    }

    /// Once all that waits is written.
    pub fn close(self) {
        self.commit.close();
        self.thread.join().unwrap();
    }
}

/// What becomes of an order after it was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The venue ends it: two records.
    Ended,
    /// The venue acknowledges each; every second one is filled and charged for, the others end.
    Lived,
}

#[derive(Debug)]
struct Trader {
    actor: Arc<CustomerActor>,
    credential: CredentialId,
    account: AccountId,
    number: AtomicI32,
}

impl Trader {
    async fn open(node: &Arc<Node>, n: usize) -> Self {
        let actor = node.open_customer("bench").await.unwrap();
        let base_currency = Currency::parse("USD").unwrap();
        let number = format!("DU{n:07}");
        answer(actor.submit(Actor::House, Command::OpenAccount { number, base_currency, live: false })).await.unwrap();
        let account = actor.read(|state| state.customer.accounts.first().map(|account| account.id)).unwrap();
        let mut new = credential(account, "25000");
        new.expires_at = Some(actor.now().plus_ms(86_400_000));
        answer(actor.submit(Actor::House, Command::CreateCredential(new))).await.unwrap();
        let credential = actor.read(|state| state.customer.credentials.first().map(|known| known.id)).unwrap();
        Self { actor, credential, account, number: AtomicI32::new(1) }
    }

    /// Admitted and durable; the venue's reports follow, so that the book stays small.
    async fn order(&self, how: How, client_id: i32) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let mut terms = terms(self.account, "100");
        // No two that the guard would take for the same order.
        terms.kind = Kind::Limit { price: Price::from_units(9_000_000_000 + i64::from(number % 90_000) * 10_000) };
        let client_ref = ClientRef { client_id, order_id: number };
        let placed = self.actor.submit(Actor::Credential(self.credential), Command::Place { client_ref, terms });
        let recorded = answer(placed).await.expect("an order that is admitted");
        let Some(Event::Order(E::Admitted { ask, .. })) = recorded.first().map(|one| &one.event) else {
            unreachable!("nothing here is held for approval")
        };
        self.reports(ask, how, number);
    }

    fn reports(&self, ask: &Ask, how: How, number: i32) {
        let id = ask.id;
        let tell = |report| drop(self.actor.submit(Actor::Venue, Command::Report(report)));
        if how == How::Lived {
            tell(Report::Acknowledged { id, venue_ref: number.to_string() });
        }
        if how == How::Ended || number % 2 == 0 {
            return tell(Report::Ended { id, how: Ended::Cancelled, text: String::new() });
        }
        let exec_id = id.to_string();
        tell(Report::Filled(Execution {
            exec_id: exec_id.clone(),
            order: Some(id),
            account: self.account,
            contract_id: ask.terms.instrument.contract_id,
            side: ask.terms.side,
            quantity: ask.terms.order_qty,
            price: Price::parse("100").unwrap(),
            at: self.actor.now(),
        }));
        let (amount, currency) = (Amount::parse("1").unwrap(), Currency::parse("USD").unwrap());
        tell(Report::Commissioned(Commission { exec_id, amount, currency, realized: None }));
    }
}
