//! House: the real service on the real adapter behind real listeners, and what its owner asks of it.

use super::broker::{ACCOUNT, Tws};
use super::turn::{Turned, drive, write};
use crate::world::own_uid;
use gateway::Gate;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::id::{AccountId, CredentialId};
use kernel::kill_switch::{Level, Resting};
use kernel::limits::Limits;
use kernel::money::Currency;
use kernel::time::Timestamp;
use service::actor::CustomerActor;
use service::codec;
use service::commit::Commit;
use service::credential::{self, AfterChange, Closed, Made, Wanted};
use service::node::answer;
use service::usage::Usage;
use service::{Clock, Node};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::SqliteStore;
use tokio::task::JoinHandle;
use venue::tws::TwsVenue;

const PAGE: usize = 1_000;

pub struct House {
    pub node: Arc<Node>,
    pub actor: Arc<CustomerActor>,
    pub venue: Arc<TwsVenue>,
    gate: Arc<Gate>,
    writing: JoinHandle<()>,
}

pub fn journal(directory: &Path) -> PathBuf {
    directory.join("portreeve.db")
}

fn owner() -> By {
    By::Local { uid: own_uid() }
}

impl House {
    /// As `serve` starts it in front of a TWS, for the first time.
    pub async fn open(directory: &Path, tws: &Tws, clock: Arc<Turned>) -> Self {
        let now = Arc::clone(&clock);
        let address = ([127, 0, 0, 1], tws.port).into();
        let venue = drive(TwsVenue::connect(address, None, move || now.now())).await.unwrap();
        venue.serve(vec![ACCOUNT.to_owned()]);
        let store = SqliteStore::open(&journal(directory)).unwrap();
        let (commit, steps) = Commit::stepped(Box::new(store), Box::new(|| false));
        let writing = write(steps);
        let node = drive(Node::start(commit, Arc::clone(&venue) as _, clock as _)).await.unwrap();
        node.pump();
        let actor = drive(node.open_customer("month")).await.unwrap();
        let gate = drive(Gate::open(Arc::clone(&node))).await;
        gate.follow();
        let house = Self { node, actor, venue, gate, writing };
        let base_currency = Currency::parse("USD").unwrap();
        house.ask(Command::OpenAccount { number: ACCOUNT.to_owned(), base_currency, live: false }).await;
        house
    }

    /// The journal is whole, and free for another.
    pub async fn close(self) {
        drive(self.gate.close()).await;
        self.writing.abort();
        drop(self.writing.await);
    }

    pub async fn ask(&self, command: Command) {
        drive(answer(self.actor.submit(owner(), command))).await.unwrap();
    }

    pub fn account(&self) -> AccountId {
        self.actor.read(|state| state.customer.accounts[0].id)
    }

    /// As every door makes one.
    pub async fn create(&self, wanted: &Wanted) -> Made {
        let gate = Arc::clone(&self.gate);
        let after: AfterChange = Box::new(move |actor| {
            let gate = Arc::clone(&gate);
            Box::pin(async move {
                gate.sync(&actor).await;
                gate.closed().into_iter().map(|one| (one.credential, one.why)).collect::<Closed>()
            })
        });
        drive(credential::create(&self.actor, owner(), wanted, own_uid(), &after)).await.unwrap()
    }

    pub async fn revoke(&self, id: CredentialId) {
        self.ask(Command::RevokeCredential { id }).await;
        drive(self.gate.sync(&self.actor)).await;
    }

    pub fn limits(&self, id: CredentialId) -> Limits {
        self.actor.read(|state| state.customer.credential(id).unwrap().limits)
    }

    /// A new secret for its listener; the old one is good for one more day.
    pub async fn rotate(&self, id: CredentialId) -> String {
        let (secret, sha256) = credential::draw().unwrap();
        self.ask(Command::RotateCredential { id, sha256 }).await;
        secret
    }

    pub async fn kill(&self, level: Level) {
        let killed = drive(self.node.kill(&self.actor, owner(), level, Resting::KeepProtective)).await;
        assert!(killed.unwrap().durable);
    }

    pub async fn release(&self, level: Level) {
        self.ask(Command::Release { level }).await;
    }

    /// What `portreeve credential usage` tells: the same figures from the same journal.
    pub async fn usage(&self, id: CredentialId, since: Timestamp) -> Usage {
        let read = self.node.with_reader(move |reader| {
            let (mut usage, mut from) = (Usage::of(id), 0);
            loop {
                let events = reader.tail(from, PAGE).unwrap();
                let Some(last) = events.last() else { return usage };
                from = last.position + 1;
                let ours = events.iter().filter(|stored| codec::is_ours(stored));
                for recorded in ours.map(|stored| codec::decode(stored).unwrap()) {
                    if recorded.at >= since {
                        usage.see(&recorded);
                    }
                }
            }
        });
        drive(read).await.unwrap()
    }
}
