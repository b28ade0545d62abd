//! A node on a memory journal and the paper broker, and its API on a socket of its own.

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use journal::SigningKey;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::id::{CredentialId, OrderId};
use kernel::money::{Currency, Price, Quantity};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce};
use kernel::state::State;
use kernel::time::Timestamp;
use serde_json::{Value, json};
use service::actor::CustomerActor;
use service::log::JournalLog;
use service::node::answer;
use service::{Commit, ManualClock, Node, Outcome};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use store::FaultyStore;
use tokio::net::UnixStream;
use venue::contract::{ContractQuery, Log, Venue};
use venue::paper::PaperVenue;

pub const ACCOUNT: &str = "DU0000001";
const JOURNAL: &str = "portreeve.db";
const PORTAL: &str = "http://localhost:4180";
const START: Timestamp = Timestamp(1_790_000_000_000);
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct World {
    pub clock: Arc<ManualClock>,
    pub store: FaultyStore,
    pub node: Arc<Node>,
    pub actor: Arc<CustomerActor>,
    pub key: Arc<SigningKey>,
    pub socket: PathBuf,
    /// How often the listeners were told to follow, and whether they refuse to.
    pub synced: Arc<AtomicUsize>,
    pub no_listener: Arc<AtomicBool>,
    directory: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

/// A directory nobody else uses.
pub fn directory() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("portreeve-api-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let path = std::env::temp_dir().join(name);
    drop(std::fs::remove_dir_all(&path));
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Looks again and again until it is so.
pub async fn until<F: Future<Output = bool>>(mut so: impl FnMut() -> F) {
    let looking = async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("it came to pass in time");
}

impl World {
    pub async fn new() -> Self {
        let store = FaultyStore::new();
        Self::over(Box::new(store.clone()), store, directory()).await
    }

    /// With its journal in a file.
    pub async fn in_file() -> Self {
        let directory = directory();
        let journal = store::SqliteStore::open(&directory.join(JOURNAL)).unwrap();
        Self::over(Box::new(journal), FaultyStore::new(), directory).await
    }

    /// The journal's files, as their bytes.
    pub fn files(&self) -> Vec<u8> {
        let files = std::fs::read_dir(&self.directory).unwrap().map(|file| file.unwrap().path());
        let own = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(JOURNAL));
        own.flat_map(|path| std::fs::read(path).unwrap()).collect()
    }

    async fn over(journal: Box<dyn store::Store>, store: FaultyStore, directory: PathBuf) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let (commit, _thread) = Commit::start(journal, Box::new(|| false)).unwrap();
        let log: Arc<dyn Log> = Arc::new(JournalLog::new(commit.clone()));
        let venue = Arc::new(PaperVenue::new(log, 7, paper::Hours::AroundTheClock, &[]).unwrap());
        let node = Node::start(commit, Arc::clone(&venue) as Arc<dyn Venue>, Arc::clone(&clock) as _).await.unwrap();
        node.pump();
        let actor = node.open_customer("test").await.unwrap();
        let base_currency = Currency::parse("USD").unwrap();
        let open = Command::OpenAccount { number: ACCOUNT.to_owned(), base_currency, live: false };
        answer(actor.submit(Actor::House, open)).await.unwrap();
        venue.open_account(ACCOUNT, "USD", 1_000_000.into(), START).await.unwrap();
        let socket = directory.join("control.sock");
        let key = Arc::new(SigningKey::generate("portreeve.test/journal", [7; 32]).unwrap());
        let (synced, no_listener) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, refuses, known) = (Arc::clone(&synced), Arc::clone(&no_listener), Arc::clone(&actor));
        let closed = move || {
            if !refuses.load(Ordering::SeqCst) {
                return api::Closed::new();
            }
            let all =
                |state: &State| state.customer.credentials.iter().map(|one| (one.id, "taken".to_owned())).collect();
            known.read(all)
        };
        let closed_listeners: api::ClosedListeners = Box::new(closed.clone());
        let after_credentials_changed: api::AfterChange = Box::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            let closed = closed();
            Box::pin(async move { closed })
        });
        let own_uid = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&directory).unwrap());
        let hooks = api::Hooks {
            after_credentials_changed,
            closed_listeners,
            portal: Some(PORTAL.to_owned()),
            key: Arc::clone(&key),
            own_uid,
        };
        let listener = api::open_socket(&socket).unwrap();
        tokio::spawn(api::serve(Arc::clone(&node), listener, hooks));
        Self { clock, store, node, actor, key, socket, synced, no_listener, directory }
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask("POST", path, &body.to_string()).await
    }

    pub async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (status, _, told) = self.ask_of(method, path, body, "*").await;
        (status, told)
    }

    /// The same of what was read, with the tag of what is told.
    pub async fn ask_of(&self, method: &str, path: &str, body: &str, read: &str) -> (u16, String, Value) {
        let stream = UnixStream::connect(&self.socket).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let body = Full::new(Bytes::from(body.to_owned()));
        let request = Request::builder().method(method).uri(path).header("host", "portreeve");
        let request = request.header("if-match", read).body(body).unwrap();
        let response = sender.send_request(request).await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(kind == "application/problem+json", status >= 400, "{status} came as {kind}");
        let tag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = || Value::String(String::from_utf8(bytes.to_vec()).unwrap());
        (status, tag, serde_json::from_slice(&bytes).unwrap_or_else(|_| text()))
    }

    /// A trading credential that may do all, with these limits besides.
    pub async fn trader(&self, name: &str, limits: Value) -> CredentialId {
        let mut stated = json!({ "order_value": "100000", "day_value": "1000000" });
        stated.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
        let body = json!({
            "name": name, "accounts": [ACCOUNT], "instruments": ["stock"], "allow": ["market"], "limits": stated,
            "scopes": ["account:read", "market:read", "order:submit", "order:cancel"],
        });
        let (status, made) = self.post("/v1/credentials", body).await;
        assert_eq!(status, 201, "{made}");
        CredentialId::parse(made["id"].as_str().unwrap()).unwrap()
    }

    /// A program's order for Apple: at market, or far below it so that it rests.
    pub async fn place(&self, credential: CredentialId, number: i32, quantity: &str, rests: bool) -> Outcome {
        let query = ContractQuery { symbol: "AAPL".to_owned(), currency: "USD".to_owned(), ..ContractQuery::default() };
        let contract = self.node.venue().contracts(query, self.actor.now()).await.remove(0);
        let quote = self.node.venue().quote(contract.instrument.contract_id, self.actor.now()).unwrap();
        let cents = quote.bid.units() / 1_000_000;
        let price = Price::from_units((cents - cents / 50) * 1_000_000);
        let terms = Terms {
            account: self.actor.read(|state| state.customer.accounts[0].id),
            instrument: contract.instrument,
            side: Side::Buy,
            order_qty: Quantity::parse(quantity).unwrap(),
            kind: if rests { Kind::Limit { price } } else { Kind::Market },
            time_in_force: TimeInForce::Day,
            outside_hours: false,
            label: String::new(),
            ties: kernel::ties::Ties::default(),
        };
        let client_ref = ClientRef { client_id: 1, order_id: number };
        answer(self.actor.submit(Actor::Credential(credential), Command::Place { client_ref, terms })).await
    }

    pub fn open(&self) -> Vec<OrderId> {
        self.actor.read(|state| state.book.orders.keys().copied().collect())
    }
}

/// Every member a refusal has, and the code it is about.
pub fn refused(answer: &(u16, Value), status: u16, code: &str) {
    let (found, body) = answer;
    assert_eq!((*found, body["code"].as_str()), (status, Some(code)), "{body}");
    for member in ["category", "remedy", "correlation_id", "title", "detail"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
    }
    assert!(kernel::id::CorrelationId::parse(body["correlation_id"].as_str().unwrap()).is_ok(), "{body}");
    assert_eq!(body["status"], json!(status));
}
