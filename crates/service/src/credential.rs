//! Credential: an API credential as the doors spell it: what is asked for, its port, its secret, its limits.

use crate::actor::CustomerActor;
use crate::clock::dice;
use crate::node::answer;
use crate::outcome::No;
use crate::ports::Kept;
use crate::words::credential::allowance;
use kernel::account;
use kernel::actor::Actor;
use kernel::api_credential::{Dormancy, Event as Credential, MAX_LIFETIME_MS, State as Standing};
use kernel::command::{Command, NewCredential};
use kernel::decide::change_of;
use kernel::digest::Digest;
use kernel::event::Event;
use kernel::guard::{Allowances, Limits};
use kernel::id::{AccountId, CredentialId};
use kernel::instrument::Selector;
use kernel::refusal::Refusal;
use kernel::scope::{Scope, Scopes};
use kernel::state::State;
use kernel::time::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The credentials that nobody can reach, and why.
pub type Closed = BTreeMap<CredentialId, String>;

/// Called when credentials have changed; returns once their listeners are as the records say, but for these.
pub type AfterChange = Box<dyn Fn(Arc<CustomerActor>) -> Pin<Box<dyn Future<Output = Closed> + Send>> + Send + Sync>;

/// 4100 and 4101 are where the demo credentials listen.
const FIRST_PORT: u16 = 4_102;
/// A trading credential that states no expiry lives as long as one may, but for a minute.
pub const DEFAULT_LIFETIME_MS: i64 = MAX_LIFETIME_MS - 60_000;

/// One is made at a time, whatever door asks: two must not settle on one port of this machine.
static MAKING: Mutex<()> = Mutex::const_new(());

/// What is asked for; what is left out is as little as can be.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub name: String,
    /// Read-only unless stated.
    pub scopes: Option<Scopes>,
    /// By their numbers.
    pub accounts: Vec<String>,
    pub instruments: Vec<String>,
    pub expires_at: Option<Timestamp>,
    pub limits: Limits,
    /// What is allowed by name.
    pub allow: Vec<String>,
    /// `4102`, or `127.0.0.1:4102`; the first free one unless stated.
    pub listen: Option<String>,
    pub cancel_on_disconnect: bool,
    pub observe: bool,
    pub secret: bool,
}

/// Why it was not made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unfit {
    #[error("{0}")]
    Malformed(String),
    /// Not by another API credential but by another program: the text says which port.
    #[error("{0}")]
    Listener(String),
    #[error("{}", .0.code())]
    Refused(Refusal),
    #[error(transparent)]
    No(#[from] No),
    #[error("{0}")]
    Failed(String),
}

/// The secret is told here and nowhere else.
pub struct Made {
    pub id: CredentialId,
    pub port: u16,
    pub secret: Option<String>,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Made").field("id", &self.id).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Its listener is open when this returns; one that nobody can reach is taken back.
pub async fn create(
    actor: &Arc<CustomerActor>,
    by: Actor,
    wanted: &Wanted,
    own_uid: u32,
    after: &AfterChange,
) -> Result<Made, Unfit> {
    let _one_at_a_time = MAKING.lock().await;
    let secret = if wanted.secret { Some(draw()?) } else { None };
    let asked = translate(actor, wanted)?;
    // Let go at the end, where nobody opened it.
    let (port, _kept) = place(actor, wanted.listen.as_deref())?;
    let new = NewCredential { port, peer_uid: own_uid, secret: secret.as_ref().map(|(_, digest)| *digest), ..asked };
    let recorded = answer(actor.submit(by, Command::CreateCredential(new))).await?;
    let id = recorded.iter().find_map(|one| match &one.event {
        Event::Credential(Credential::Created(made)) => Some(made.id),
        _ => None,
    });
    let id = id.ok_or_else(|| Unfit::Failed("a credential was created and not told".to_owned()))?;
    let closed = after(Arc::clone(actor)).await;
    if let Some(why) = closed.get(&id) {
        tracing::warn!(%why, "a new credential has no listener and is revoked");
        answer(actor.submit(Actor::House, Command::RevokeCredential { id })).await?;
        return Err(taken(port));
    }
    Ok(Made { id, port, secret: secret.map(|(text, _)| text) })
}

/// What is to be signed before it is made, where real money is behind it. The page that asks for a signature shows no
/// secret, so that one is drawn once the credential stands.
pub fn to_sign(actor: &CustomerActor, wanted: &Wanted, own_uid: u32) -> Result<Option<NewCredential>, Unfit> {
    let asked = translate(actor, wanted)?;
    let new = NewCredential { port: port(actor, wanted.listen.as_deref())?, peer_uid: own_uid, ..asked };
    let create = Command::CreateCredential(new.clone());
    if actor.read(|state| change_of(state, &create)).is_none() {
        return Ok(None);
    }
    if wanted.secret {
        let why = "on a live account it is made without a secret: draw one once it is signed, before a program uses it";
        return Err(Unfit::Malformed(why.to_owned()));
    }
    Ok(Some(new))
}

/// 256 bits in hexadecimal, and what is stored of them.
pub fn draw() -> Result<(String, Digest), Unfit> {
    let half = || dice().map_err(|error| Unfit::Failed(error.to_string()));
    let secret = format!("{:032x}{:032x}", half()?, half()?);
    let digest = Digest::of(&[secret.as_bytes()]);
    Ok((secret, digest))
}

/// All but where it listens.
pub fn translate(actor: &CustomerActor, wanted: &Wanted) -> Result<NewCredential, Unfit> {
    let scopes = wanted.scopes.unwrap_or_else(Scopes::read_only);
    let by_default = || scopes.has(Scope::OrderSubmit).then(|| actor.now().plus_ms(DEFAULT_LIFETIME_MS));
    Ok(NewCredential {
        name: wanted.name.clone(),
        scopes,
        accounts: wanted.accounts.iter().map(|number| account_id(actor, number)).collect::<Result<_, _>>()?,
        instruments: wanted.instruments.iter().map(|text| instrument(text)).collect::<Result<_, _>>()?,
        port: 0,
        peer_uid: u32::MAX,
        secret: None,
        expires_at: wanted.expires_at.or_else(by_default),
        dormancy: Dormancy::default(),
        limits: wanted.limits,
        allowances: allowances(&wanted.allow)?,
        cancel_on_disconnect: wanted.cancel_on_disconnect,
        observe: wanted.observe,
    })
}

/// The account that the venue knows by this number.
pub fn account_id(actor: &CustomerActor, number: &str) -> Result<AccountId, Unfit> {
    let named = |state: &State| state.customer.accounts.iter().find(|one| one.number == number).map(|one| one.id);
    actor.read(named).ok_or_else(|| Unfit::Refused(account::Refusal::NotFound.into()))
}

fn instrument(text: &str) -> Result<Selector, Unfit> {
    let wrong =
        || Unfit::Malformed(format!("instrument {text:?} is not stock, etf, forex, future, option, SYMBOL/CUR or #ID"));
    Selector::parse(text).ok_or_else(wrong)
}

fn allowances(names: &[String]) -> Result<Allowances, Unfit> {
    let mut allow = Allowances::default();
    for name in names {
        let wrong = || Unfit::Malformed(format!("{name:?} is nothing that can be allowed"));
        *allowance(&mut allow, name).ok_or_else(wrong)? = true;
    }
    Ok(allow)
}

/// The port asked for if it can be had, or the first free one.
pub fn port(actor: &CustomerActor, asked: Option<&str>) -> Result<u16, Unfit> {
    place(actor, asked).map(|(port, _)| port)
}

/// The same, and kept from every other program of the machine; one of another credential is not.
fn place(actor: &CustomerActor, asked: Option<&str>) -> Result<(u16, Option<Kept>), Unfit> {
    let used: Vec<u16> = actor.read(|state| {
        let living = state.customer.credentials.iter().filter(|credential| credential.state != Standing::Revoked);
        living.map(|credential| credential.port).collect()
    });
    let Some(asked) = asked else {
        let free = |port: u16| Kept::of(port).map(|kept| (port, Some(kept)));
        let found = (FIRST_PORT..=u16::MAX).filter(|port| !used.contains(port)).find_map(free);
        return found.ok_or_else(|| Unfit::Listener("no port is free from 4102 up".to_owned()));
    };
    let port = match (asked.parse::<u16>(), asked.parse::<SocketAddr>()) {
        (Ok(port), _) => port,
        (Err(_), Ok(address)) if address.ip() == Ipv4Addr::LOCALHOST => address.port(),
        (Err(_), _) => return Err(Unfit::Malformed("a listener is 127.0.0.1:PORT: others are not built".to_owned())),
    };
    if port == 0 {
        return Err(Unfit::Malformed("a listener has a port of its own, not 0".to_owned()));
    }
    // One of another credential is the kernel's to refuse.
    if used.contains(&port) {
        return Ok((port, None));
    }
    Kept::of(port).map(|kept| (port, Some(kept))).ok_or_else(|| taken(port))
}

fn taken(port: u16) -> Unfit {
    Unfit::Listener(format!("127.0.0.1:{port} is taken by another program"))
}

/// Members set a limit, `null` removes it, what is not named stays.
pub fn changed(stated: &Limits, changes: Map<String, Value>) -> Result<Limits, Unfit> {
    let mut merged = serde_json::to_value(stated).map_err(|error| Unfit::Failed(error.to_string()))?;
    if let Value::Object(members) = &mut merged {
        members.extend(changes);
    }
    serde_json::from_value(merged).map_err(|error| Unfit::Malformed(error.to_string()))
}
