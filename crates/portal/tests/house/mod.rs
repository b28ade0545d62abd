//! A portal on loopback over a node on a memory journal, whose clock moves only when the test says so.

mod bot;
mod counted;
pub mod passkey;
pub mod push;
mod watched;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request};
use axum::response::Response;
pub use counted::Calls;
use counted::Counted;
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use kernel::actor::Actor;
use kernel::authenticator::{Kind, Passkey};
use kernel::command::Command;
use kernel::event::Event;
use kernel::id::UserId;
use kernel::people::{self, Enrol, NewAuthenticator, NewDevice};
use kernel::session;
use kernel::time::Timestamp;
use portal::{Door, Hooks, Origin, Source, World};
use service::actor::CustomerActor;
use service::log::JournalLog;
use service::node::answer;
use service::{Clock, Commit, ManualClock, Node, Sealed};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use store::FaultyStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tower_service::Service;
use vault::index::Name;
use vault::password::Password;
use vault::seal::{Keyring, SecretKey};
use vault::token::Token;
use vault::totp::Secret;
use venue::contract::{Log, Venue};
use venue::paper::PaperVenue;
use watched::Watched;

/// The one address that is believed about others.
pub const PROXY: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 99));
/// Where the portal says that it is. Nothing listens: each request is handed over with the address it says it has.
const PORTAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4_180);
pub const ORIGIN: &str = "http://localhost:4180";
pub const START: Timestamp = Timestamp(1_790_000_000_000);

pub struct House {
    pub clock: Arc<ManualClock>,
    pub store: Counted,
    pub node: Arc<Node>,
    pub sealed: Arc<Sealed>,
    pub paper: Arc<PaperVenue>,
    pub mail: Arc<Mail>,
    pub venue: Arc<Watched>,
    pub world: portal::Shared,
    disk: FaultyStore,
    key: SecretKey,
    router: Router,
    port: u16,
}

/// Where all e-mail arrives.
#[derive(Default)]
pub struct Mail(pub std::sync::Mutex<Vec<(String, notify::Parcel)>>);

#[async_trait::async_trait]
impl notify::Carrier for Mail {
    async fn send(&self, to: &str, parcel: &notify::Parcel, _: Timestamp) -> Result<(), notify::NotSent> {
        if to.starts_with("down@") {
            return Err(notify::NotSent::Later(format!("450 {to} is busy")));
        }
        self.0.lock().unwrap().push((to.to_owned(), parcel.clone()));
        Ok(())
    }
}

/// One who was enrolled, with the session that came of it.
pub struct Owner {
    pub actor: Arc<CustomerActor>,
    pub by: Actor,
    pub cookie: String,
    /// Of the browser it was enrolled from, which was confirmed by that.
    pub device: String,
    pub secret: Secret,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl House {
    pub async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(START));
        Self::on(FaultyStore::new(), SecretKey::random().unwrap(), clock, Vec::new()).await
    }

    /// With a program that sends SMS.
    pub async fn with_sms(program: &[&str]) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let words = program.iter().map(|word| (*word).to_owned()).collect();
        Self::on(FaultyStore::new(), SecretKey::random().unwrap(), clock, words).await
    }

    /// With its journal in this file.
    pub async fn in_file(path: &std::path::Path, sms: &[&str]) -> Self {
        let store = Counted::over(store::SqliteStore::open(path).unwrap());
        let clock = Arc::new(ManualClock::at(START));
        let words = sms.iter().map(|word| (*word).to_owned()).collect();
        Self::over(store, FaultyStore::new(), SecretKey::random().unwrap(), clock, words).await
    }

    async fn on(disk: FaultyStore, key: SecretKey, clock: Arc<ManualClock>, sms: Vec<String>) -> Self {
        Self::over(Counted::over(disk.clone()), disk, key, clock, sms).await
    }

    async fn over(
        store: Counted,
        disk: FaultyStore,
        key: SecretKey,
        clock: Arc<ManualClock>,
        sms: Vec<String>,
    ) -> Self {
        let (commit, _thread) = Commit::start(Box::new(store.clone()), Box::new(|| false)).unwrap();
        let log: Arc<dyn Log> = Arc::new(JournalLog::new(commit.clone()));
        let paper = Arc::new(PaperVenue::new(log, 7, paper::Hours::AroundTheClock, &[]).unwrap());
        let venue = Arc::new(Watched::over(Arc::clone(&paper)));
        let told = Arc::clone(&venue) as Arc<dyn Venue>;
        let node = Node::start(commit.clone(), told, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let sealed = Sealed::open(commit, Keyring::new(std::slice::from_ref(&key)).unwrap()).await.unwrap();
        let mail = Arc::<Mail>::default();
        let hooks = Hooks {
            after_credentials_changed: Box::new(|_| Box::pin(async { service::credential::Closed::new() })),
            own_uid: 1_000,
            venue: "paper".to_owned(),
            authority: None,
            sms,
            mail: Some(Arc::clone(&mail) as Arc<dyn notify::Carrier>),
            push: Some(push::service()),
            webhooks: vec!["ops".to_owned()],
            countries: None,
        };
        let world = World::new(Arc::clone(&node), Arc::clone(&sealed), Origin::local(PORTAL), hooks).unwrap();
        let router = portal::router(Arc::clone(&world));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(portal::serve(Arc::clone(&world), vec![listener], Door { tls: None, proxies: vec![PROXY] }));
        Self { clock, store, node, sealed, paper, venue, mail, world, disk, key, router, port }
    }

    /// The process ends without warning and another begins on what the disk has.
    pub async fn crash(self) -> Self {
        Self::on(self.disk.crash(), self.key, self.clock, Vec::new()).await
    }

    /// A customer with an owner of that name, who has a passkey and nothing else.
    pub async fn enrolled(&self, name: &str) -> Owner {
        let actor = self.node.open_customer(name).await.unwrap();
        let (link, session, device) = (Token::random().unwrap(), Token::random().unwrap(), Token::random().unwrap());
        let offer = people::Command::OfferEnrolment { sha256: link.sha256() };
        answer(actor.submit(Actor::House, Command::People(offer))).await.unwrap();
        let (row, name_sha256) = self.sealed.seal(actor.stream(), "name", name.as_bytes()).await.unwrap();
        let passkey = Passkey {
            credential_id: format!("passkey-of-{}", name.len()),
            public_key: "none".to_owned(),
            aaguid: String::new(),
            backup_eligible: false,
            backed_up: false,
            sign_count: 0,
        };
        let enrol = Enrol {
            user: UserId::new(START.0, name.len() as u128),
            link: link.sha256(),
            name_sha256,
            name_key: self.sealed.index().blind(&Name::parse(name).unwrap()),
            passkey: NewAuthenticator { kind: Kind::Passkey(passkey), sealed_sha256: None },
            device: NewDevice { sha256: device.sha256(), label: "a browser".to_owned() },
            session: session.sha256(),
        };
        let command = Command::People(people::Command::Enrol(enrol));
        let recorded = answer(actor.submit_sealed(Actor::Visitor, command, vec![row])).await.unwrap();
        let begun = recorded.iter().find_map(|one| match &one.event {
            Event::People(people::Event::Session(session::Event::Begun(begun))) => Some(*begun),
            _ => None,
        });
        let begun = begun.unwrap();
        let cookie = format!("__Host-portreeve={}.{}.{}", actor.id, begun.id, session.text().as_str());
        let by = Actor::User { user: begun.user, session: begun.id };
        let secret = device.text();
        let device = format!("__Host-portreeve-device={}.{}.{}", actor.id, begun.device, secret.as_str());
        Owner { actor, by, cookie, device, secret: Secret::random().unwrap() }
    }

    /// The same, with a password and a TOTP secret besides.
    pub async fn with_password(&self, name: &str, password: &str) -> Owner {
        let owner = self.enrolled(name).await;
        let hash = self.world.hasher.hash(Password::offered(password).unwrap()).await.unwrap();
        self.bind(&owner, Kind::Password, "password", hash.text().as_bytes()).await;
        self.bind(&owner, Kind::Totp { step: None }, "totp", owner.secret.bytes()).await;
        owner
    }

    pub async fn bind(&self, owner: &Owner, kind: Kind, what: &'static str, plain: &[u8]) {
        let (row, sha256) = self.sealed.seal(owner.actor.stream(), what, plain).await.unwrap();
        let new = NewAuthenticator { kind, sealed_sha256: Some(sha256) };
        let command = Command::People(people::Command::BindAuthenticator(new));
        answer(owner.actor.submit_sealed(owner.by, command, vec![row])).await.unwrap();
    }

    /// The owner is told by e-mail, and one notice could not be delivered.
    pub async fn told(&self, owner: &Owner, email: &str) {
        use kernel::notice::{Dead, Kind as What, Why};
        let what = service::notices::ADDRESS;
        let (row, sha256) = self.sealed.seal(owner.actor.stream(), what, email.as_bytes()).await.unwrap();
        let set = Command::People(people::Command::SetEmail { sha256 });
        answer(owner.actor.submit_sealed(owner.by, set, vec![row])).await.unwrap();
        let (stream, carrier) = (owner.actor.stream().to_owned(), "webhook:ops".to_owned());
        let (id, at) = (kernel::id::NoticeId::new(START.0, 1), START);
        let (kind, why) = (What::UserEnrolled, Why::Late);
        let dead =
            Dead { id, stream, version: 1, kind, user: None, carrier, email: None, device: None, more: 0, why, at };
        let given_up = Command::People(people::Command::GiveUpNotice(dead));
        answer(owner.actor.submit(Actor::House, given_up)).await.unwrap();
    }

    /// What comes next cannot be written: the disk is full.
    pub fn disk_is_full(&self) {
        self.disk.fail_next(store::Fault::Before(store::StoreError::Full));
    }

    /// What the app on the owner's phone shows now.
    pub fn code(&self, owner: &Owner) -> String {
        owner.secret.code(self.clock.now().0).to_string()
    }

    /// Name, password and code, typed at the address 192.0.2.`from`, or on this machine where that is 0.
    pub async fn sign_in(&self, from: u8, name: &str, password: &str, code: &str) -> Answer {
        self.sign_in_on(from, "", name, (password, code)).await
    }

    /// The same, in a browser that shows this cookie.
    pub async fn sign_in_on(&self, from: u8, cookie: &str, name: &str, typed: (&str, &str)) -> Answer {
        let fields = [("name", name), ("password", typed.0), ("code", typed.1)];
        self.post(from, "/sign-in/password", &fields, cookie).await
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.get_from(0, path, cookie).await
    }

    pub async fn get_from(&self, from: u8, path: &str, cookie: &str) -> Answer {
        self.send(from, Request::get(path).header("cookie", cookie), String::new()).await
    }

    /// A connection from 127.0.0.`from` on which so much has been said.
    pub async fn said(&self, from: u8, text: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, from], 0).into()).unwrap();
        let mut stream = socket.connect(([127, 0, 0, 1], self.port).into()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// The first lines of a request, with whatever else is told.
    pub fn head(first: &str, more: &str) -> String {
        let host = ORIGIN.trim_start_matches("http://");
        format!("{first} HTTP/1.1\r\nHost: {host}\r\nOrigin: {ORIGIN}\r\n{more}\r\n")
    }

    /// The status of a page that is asked for from 127.0.0.`from`.
    pub async fn looks(&self, from: u8, path: &str, more: &str) -> u16 {
        let mut stream = self.said(from, &Self::head(&format!("GET {path}"), more)).await;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        std::str::from_utf8(&answer).unwrap().rsplit(' ').next().unwrap().parse().unwrap()
    }

    pub async fn post(&self, from: u8, path: &str, fields: &[(&str, &str)], cookie: &str) -> Answer {
        self.send(from, Self::form(path, cookie), sent(fields)).await
    }

    fn form(path: &str, cookie: &str) -> Builder {
        let request = Request::post(path).header("origin", ORIGIN).header("cookie", cookie);
        request.header("content-type", "application/x-www-form-urlencoded")
    }

    /// Over a connection from 127.0.0.`from`, with a header that says for whom it was sent on.
    pub async fn post_for(&self, from: u8, client: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, from], 0).into()).unwrap();
        let stream = socket.connect(([127, 0, 0, 1], self.port).into()).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Self::form(path, "").header("host", "localhost:4180").header("x-forwarded-for", client);
        let response = sender.send_request(request.body(Body::from(sent(fields))).unwrap()).await.unwrap();
        Self::read(response.map(Body::new)).await
    }

    /// The stream of an open page: what comes next of it, until it ends.
    pub async fn live(&self, cookie: &str) -> Live {
        self.live_from("/live", cookie).await
    }
    /// As a page says that it is to be listened to.
    pub async fn live_from(&self, path: &str, cookie: &str) -> Live {
        let response = self.respond(0, Request::get(path).header("cookie", cookie), String::new()).await;
        Live { status: response.status().as_u16(), body: response.into_body() }
    }

    pub async fn send(&self, from: u8, request: Builder, body: String) -> Answer {
        Self::read(self.respond(from, request, body).await).await
    }

    async fn read(response: Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn respond(&self, from: u8, request: Builder, body: String) -> Response {
        let address = if from == 0 { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(192, 0, 2, from) };
        let mut request = request.header("host", "localhost:4180").body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 40_000))));
        request.extensions_mut().insert(Source { address: address.into(), here: from == 0 });
        self.router.clone().call(request).await.unwrap()
    }
}

pub struct Live {
    pub status: u16,
    body: Body,
}

impl Live {
    /// The next message; `None` once the stream has ended.
    pub async fn next(&mut self) -> Option<String> {
        let frame = self.body.frame().await?.unwrap();
        Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
    }
}

fn sent(fields: &[(&str, &str)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    fields.join("&")
}

/// As a form is sent.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Answer {
    /// What a browser sends from now on: the cookies that were set, by their names.
    pub fn cookies(&self) -> String {
        let set = self.headers.get_all("set-cookie").iter().filter_map(|one| one.to_str().unwrap().split(';').next());
        set.collect::<Vec<_>>().join("; ")
    }

    /// The texts between the first `open` and the `close` after it, and so on.
    pub fn between(&self, open: &str, close: &str) -> Vec<String> {
        let parts = self.body.split(open).skip(1);
        parts.filter_map(|part| part.split_once(close).map(|(text, _)| text.to_owned())).collect()
    }

    /// All that is sent, without what is made by chance: nonces, ceremonies, challenges; and the date.
    pub fn plain(&self) -> String {
        let mut headers = self.headers.clone();
        headers.remove("date");
        let said: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        let all = format!("{}\n{}\n\n{}", self.status, said.join("\n"), self.body);
        let mut plain = String::new();
        let mut run = String::new();
        for c in all.chars().chain(['\n']) {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                run.push(c);
                continue;
            }
            // One in forty has no digit, and none in a million neither a digit nor a capital.
            let by_chance =
                run.len() >= 22 && run.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
            plain.push_str(if by_chance { "*" } else { &run });
            plain.push(c);
            run.clear();
        }
        plain
    }
}
