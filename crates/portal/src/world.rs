//! World: what every page works on: the node, the keys, the ceremonies under way, and the portal's true address.

use crate::countries::Countries;
use crate::glances::Glances;
use crate::history::History;
use crate::letters::Letters;
use crate::memory::Memory;
use crate::origin::Origin;
use crate::streams::Streams;
use crate::texts::Texts;
use crate::turns::Turns;
use kernel::digest::Digest;
use kernel::id::{CustomerId, UserId};
use kernel::network::Network;
use kernel::time::Timestamp;
use notify::{Carrier, Push};
use service::actor::CustomerActor;
use service::{Node, Sealed, SealedError, Sources};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use vault::hasher::{Hasher, NotStarted, Settings};
use vault::webauthn::{BadOrigin, Ceremonies, Refused, RelyingParty};

pub use service::credential::AfterChange;

pub struct World {
    pub node: Arc<Node>,
    pub origin: Origin,
    pub party: RelyingParty,
    pub ceremonies: Ceremonies,
    pub sealed: Arc<Sealed>,
    pub hasher: Hasher,
    pub sources: Arc<Sources>,
    pub after_credentials_changed: AfterChange,
    /// The user the server runs as: whose programs may use a new API credential.
    pub own_uid: u32,
    /// `paper` or `tws`: told on every page.
    pub venue: String,
    /// SHA-256 of the CA that was made here, where one was.
    pub authority: Option<String>,
    /// For requests of sessions that live.
    pub turns: Turns,
    /// For all others.
    pub strangers: Turns,
    pub streams: Arc<Streams>,
    pub glances: Glances,
    pub history: History,
    pub memory: Memory,
    pub texts: Texts,
    pub letters: Letters,
    /// Where it is configured.
    pub push: Option<Arc<Push>>,
    /// Names of the operator's programs that are told.
    pub webhooks: Vec<String>,
    countries: Option<Countries>,
    names: Mutex<BTreeMap<Digest, Arc<str>>>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("origin", &self.origin).finish_non_exhaustive()
    }
}

pub type Shared = Arc<World>;

/// Why there is no portal.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    #[error(transparent)]
    Origin(#[from] BadOrigin),
    #[error(transparent)]
    Hasher(#[from] NotStarted),
    #[error(transparent)]
    Ceremonies(#[from] Refused),
}

/// What the portal needs of the process around it.
pub struct Hooks {
    pub after_credentials_changed: AfterChange,
    pub own_uid: u32,
    pub venue: String,
    pub authority: Option<String>,
    /// The program that sends SMS, and its arguments; empty: codes by SMS are off.
    pub sms: Vec<String>,
    /// What sends e-mail, where that is configured.
    pub mail: Option<Arc<dyn Carrier>>,
    pub push: Option<Arc<Push>>,
    pub webhooks: Vec<String>,
    /// Where the operator gives a country database.
    pub countries: Option<Countries>,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl World {
    pub fn new(node: Arc<Node>, sealed: Arc<Sealed>, origin: Origin, hooks: Hooks) -> Result<Shared, NotOpened> {
        let party = RelyingParty::new(origin.host(), "Portreeve", &[origin.as_str().to_owned()])?;
        let hasher = Hasher::start(Settings::of_machine(Some(sealed.pepper().clone())))?;
        let sources = Sources::new(node.commit().clone());
        Ok(Arc::new(Self {
            node,
            origin,
            party,
            ceremonies: Ceremonies::new()?,
            sealed,
            hasher,
            sources,
            after_credentials_changed: hooks.after_credentials_changed,
            own_uid: hooks.own_uid,
            venue: hooks.venue,
            authority: hooks.authority,
            turns: Turns::of_known(),
            strangers: Turns::of_strangers(),
            streams: Streams::new(),
            glances: Glances::default(),
            history: History::default(),
            memory: Memory::default(),
            texts: Texts::by(hooks.sms),
            letters: Letters::by(hooks.mail),
            push: hooks.push,
            webhooks: hooks.webhooks,
            countries: hooks.countries,
            names: Mutex::default(),
        }))
    }

    /// Of a decision that is made now: the node's clock, never behind the customer's own record.
    pub fn now(&self) -> Timestamp {
        self.node.clock().now()
    }

    /// Where an address is, as far as it is ever written down.
    pub fn network(&self, customer: CustomerId, address: IpAddr) -> Network {
        let country = self.countries.as_ref().and_then(|countries| countries.of(address));
        Network { tag: self.sealed.networks().tag(customer, address), country }
    }

    pub fn customer(&self, id: CustomerId) -> Option<Arc<CustomerActor>> {
        self.node.actor(id)
    }

    /// There is one customer for now: the one a first owner is enrolled for.
    pub fn first(&self) -> Option<Arc<CustomerActor>> {
        self.node.actors().into_iter().next()
    }

    /// The name a user has given, from its sealed row.
    pub async fn name(&self, actor: &CustomerActor, user: UserId) -> Result<Arc<str>, SealedError> {
        let sha256 = actor.read(|state| state.customer.people.user(user).map(|user| user.name_sha256));
        let missing = || SealedError::Missing { owner: actor.stream().to_owned(), what: NAME };
        let sha256 = sha256.ok_or_else(missing)?;
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner).get(&sha256).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let bytes = self.sealed.unseal(actor.stream(), NAME, &sha256).await?;
        let name: Arc<str> = String::from_utf8_lossy(&bytes).into();
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(sha256, Arc::clone(&name));
        Ok(name)
    }
}

/// What the row of a user's name is sealed as.
pub const NAME: &str = "name";
