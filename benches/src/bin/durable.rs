//! Durable orders a second in process: one customer and 64, one order at a time and 64 at once, and the
//! transactions (each one sync) that 1,000 orders took. SQLite on the disk of the temporary directory.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::float_arithmetic)]

use benches::sink::{Counted, Sink};
use benches::world::{credential, terms};
use kernel::actor::Actor;
use kernel::command::{Command, Report};
use kernel::event::Event;
use kernel::id::{AccountId, CredentialId};
use kernel::money::{Currency, Price};
use kernel::order::{ClientRef, Kind};
use kernel::working::{Ended, Event as E};
use service::actor::CustomerActor;
use service::node::answer;
use service::{Commit, Node, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::SqliteStore;

const ROUND: Duration = Duration::from_secs(2);

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
        answer(actor.submit(Actor::House, Command::OpenAccount { number, base_currency })).await.unwrap();
        let account = actor.read(|state| state.customer.accounts[0].id);
        let now = actor.now();
        let mut new = credential(account, "25000");
        new.expires_at = Some(now.plus_ms(86_400_000));
        answer(actor.submit(Actor::House, Command::CreateCredential(new))).await.unwrap();
        let credential = actor.read(|state| state.customer.credentials[0].id);
        Self { actor, credential, account, number: AtomicI32::new(1) }
    }

    /// Admitted, durable, and cancelled by the venue's report, so that the book stays small.
    async fn order(&self) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let mut terms = terms(self.account, "100");
        terms.kind = Kind::Limit { price: Price::from_units(9_000_000_000 + i64::from(number % 90_000) * 10_000) };
        let client_ref = ClientRef { client_id: number % 64, order_id: number };
        let placed = self.actor.submit(Actor::Credential(self.credential), Command::Place { client_ref, terms });
        let recorded = answer(placed).await.unwrap();
        let Some(Event::Order(E::Admitted { ask, .. })) = recorded.first().map(|one| &one.event) else { return };
        let ended = Report::Ended { id: ask.id, how: Ended::Cancelled, text: String::new() };
        drop(self.actor.submit(Actor::Venue, Command::Report(ended)));
    }
}

async fn round(traders: &[Arc<Trader>], at_once: usize) -> (u64, Duration) {
    let (done, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut tasks = Vec::new();
    for n in 0..at_once {
        let (trader, done) = (Arc::clone(&traders[n % traders.len()]), Arc::clone(&done));
        tasks.push(tokio::spawn(async move {
            while start.elapsed() < ROUND {
                trader.order().await;
                done.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    (done.load(Ordering::Relaxed), start.elapsed())
}

#[tokio::main]
async fn main() {
    println!("{}", benches::machine());
    for (customers, at_once) in [(1, 1), (1, 64), (64, 64)] {
        let dir = std::env::temp_dir().join(format!("portreeve-bench-{}-{customers}-{at_once}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let transactions = Arc::new(AtomicU64::new(0));
        let inner = SqliteStore::open(&dir.join("portreeve.db")).unwrap();
        let store = Box::new(Counted { inner, transactions: Arc::clone(&transactions) });
        let (commit, thread) = Commit::start(store, Box::new(|| false)).unwrap();
        let node = Node::start(commit.clone(), Arc::new(Sink::default()), Arc::new(SystemClock)).await.unwrap();
        node.pump();
        let mut traders = Vec::new();
        for n in 0..customers {
            traders.push(Arc::new(Trader::open(&node, n).await));
        }
        let mut rates = Vec::new();
        let (before, mut orders) = (transactions.load(Ordering::Relaxed), 0);
        for _ in 0..5 {
            let (done, took) = round(&traders, at_once).await;
            orders += done;
            rates.push(done as f64 / took.as_secs_f64());
        }
        let syncs = (transactions.load(Ordering::Relaxed) - before) * 1_000 / orders.max(1);
        let all: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
        println!(
            "{customers} customers, {at_once} at once: {:.0} durable orders/s median of rounds {}; {syncs} syncs per 1,000",
            benches::median_ratio(rates),
            all.join(" ")
        );
        commit.close();
        drop(node);
        drop(thread.join());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
