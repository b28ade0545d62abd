//! A whole gate in process: a journal in SQLite, the paper broker, listeners, and a clock that is turned by hand.

use crate::world::credential;
use gateway::Gate;
use kernel::actor::Actor;
use kernel::command::{Command, NewCredential};
use kernel::money::{Amount, Currency};
use kernel::time::Timestamp;
use service::actor::CustomerActor;
use service::log::JournalLog;
use service::node::answer;
use service::{Commit, ManualClock, Node};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use store::{SqliteStore, Store};
use venue::contract::Log;
use venue::paper::{PaperVenue, STREAM};

const ACCOUNT: &str = "DU0000001";
const MONEY: i64 = 1_000_000;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug)]
pub struct House {
    pub clock: Arc<ManualClock>,
    pub node: Arc<Node>,
    pub actor: Arc<CustomerActor>,
    gate: Arc<Gate>,
    commit: Commit,
    thread: JoinHandle<()>,
}

impl House {
    /// As `serve` opens it; the first time with an account.
    pub async fn open(directory: &Path, now: Timestamp) -> Self {
        let mut store = SqliteStore::open(&directory.join("portreeve.db")).unwrap();
        let recorded = recorded(&mut store);
        let clock = Arc::new(ManualClock::at(now));
        let (commit, thread) = Commit::start(Box::new(store), Box::new(|| false)).unwrap();
        let log: Arc<dyn Log> = Arc::new(JournalLog::new(commit.clone()));
        let venue = Arc::new(PaperVenue::new(log, 7, paper::Hours::AroundTheClock, &recorded).unwrap());
        let node = Node::start(commit.clone(), Arc::clone(&venue) as _, Arc::clone(&clock) as _).await.unwrap();
        node.pump();
        let actor = match node.actors().first() {
            Some(actor) => Arc::clone(actor),
            None => {
                let actor = node.open_customer("bench").await.unwrap();
                let base_currency = Currency::parse("USD").unwrap();
                let open = Command::OpenAccount { number: ACCOUNT.to_owned(), base_currency, live: false };
                answer(actor.submit(Actor::House, open)).await.unwrap();
                venue.open_account(ACCOUNT, "USD", MONEY.into(), now).await.unwrap();
                actor
            }
        };
        let gate = Gate::open(Arc::clone(&node)).await;
        gate.follow();
        Self { clock, node, actor, gate, commit, thread }
    }

    /// Once all that waits is written; the journal is free for another.
    pub fn close(self) {
        self.commit.close();
        self.thread.join().unwrap();
    }

    /// A trading credential that the guard holds back in little; its listener is open when this returns.
    pub async fn program(&self, name: &str, port: u16) -> u16 {
        let account = self.actor.read(|state| state.customer.accounts[0].id);
        let mut new = NewCredential { name: name.to_owned(), port, ..credential(account, "100000") };
        new.peer_uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
        new.expires_at = Some(self.actor.now().plus_ms(80 * DAY_MS));
        new.allowances.market = true;
        new.limits.day_value = Amount::parse("1000000000").ok();
        answer(self.actor.submit(Actor::House, Command::CreateCredential(new))).await.unwrap();
        self.gate.sync(&self.actor).await;
        port
    }
}

/// What the paper broker has written down.
fn recorded(store: &mut SqliteStore) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    loop {
        let events = store.load(STREAM, all.len() as u64, 1_000).unwrap();
        if events.is_empty() {
            return all;
        }
        all.extend(events.iter().map(|event| serde_json::from_slice::<serde_json::Value>(&event.body).unwrap()));
    }
}
