//! The portal's door: its keys, its address, how it is reached, and the listeners.

use crate::serve::{Options, VenueChoice};
use gateway::Gate;
use portal::tls::{Acme, Authority, Certificates, NoTls, Pair, Tls};
use portal::{AfterChange, Countries, Hooks, Origin, World};
use service::{Clock, Node, Sealed, rotation};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;
use tokio::net::TcpListener;
use vault::seal::{Forgotten, Found, Keyring, Places};

/// Where it listens, what it is called, and who is believed: of one piece, as the configuration was settled.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    pub origin: Origin,
    /// None: plain HTTP, on loopback alone.
    pub tls: Option<TlsFrom>,
    pub proxies: Vec<IpAddr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsFrom {
    Files(Pair),
    LocalCa,
    Acme { server: String, contact: Vec<String>, root: Option<PathBuf> },
}

/// Where the local CAs of a data directory are.
pub fn local_cas(data: &Path) -> PathBuf {
    data.join("portal").join("local-ca")
}

/// What the portal can show of itself.
#[derive(Debug)]
pub enum Ready {
    Plain,
    Tls(Tls),
    /// What the data directory keeps for it cannot be used: trading goes on without a portal.
    Closed(NoTls),
}

/// Opened before anything else is: a configuration that cannot show a certificate is no start.
pub fn ready(options: &Options, clock: &Arc<dyn Clock>) -> Result<Ready, NoTls> {
    match tls(options, clock) {
        Ok(None) => Ok(Ready::Plain),
        Ok(Some(tls)) => Ok(Ready::Tls(tls)),
        Err(why) if options.portal.tls == Some(TlsFrom::LocalCa) => Ok(Ready::Closed(why)),
        Err(why) => Err(why),
    }
}

/// Where they come from, where there are any.
pub fn certificates(options: &Options) -> Option<Certificates> {
    let kept = || options.data.join("portal").join("acme");
    Some(match options.portal.tls.clone()? {
        TlsFrom::Files(pair) => Certificates::Files(pair),
        TlsFrom::LocalCa => Certificates::LocalCa(local_cas(&options.data)),
        TlsFrom::Acme { server, contact, root } => Certificates::Acme(Acme { server, contact, root, kept: kept() }),
    })
}

fn tls(options: &Options, clock: &Arc<dyn Clock>) -> Result<Option<Tls>, NoTls> {
    let Some(from) = certificates(options) else { return Ok(None) };
    Tls::open(from, options.portal.origin.host(), Arc::clone(clock)).map(Some)
}

/// By what people are told: the portal confirms addresses, and says by what. And what tells countries apart.
pub struct Told {
    pub mail: Option<Arc<dyn notify::Carrier>>,
    pub push: Option<Arc<notify::Push>>,
    pub webhooks: Vec<String>,
    pub countries: Option<Countries>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").field("push", &self.push).field("webhooks", &self.webhooks).finish_non_exhaustive()
    }
}

/// Serves the portal from now on, where its port is free.
pub async fn open(
    node: &Arc<Node>,
    gate: &Arc<Gate>,
    options: &Options,
    (sealed, ready): (Arc<Sealed>, Ready),
    told: Told,
) -> Result<Door, String> {
    let settings = &options.portal;
    let origin = settings.origin.clone();
    let gate = Arc::clone(gate);
    let after_credentials_changed: AfterChange = Box::new(move |actor| {
        let gate = Arc::clone(&gate);
        Box::pin(async move {
            gate.sync(&actor).await;
            crate::control::closed(&gate)
        })
    });
    let venue = match options.venue {
        VenueChoice::Paper => "paper",
        VenueChoice::Tws(_) => "tws",
    };
    let own_uid = crate::serve::own_uid();
    let (tls, closed) = match ready {
        Ready::Plain => (None, None),
        Ready::Tls(tls) => (Some(tls), None),
        Ready::Closed(why) => (None, Some(why.to_string())),
    };
    let is_new = tls.as_ref().is_some_and(Tls::is_new);
    let authority = tls.as_ref().and_then(Tls::authority).cloned();
    let sha256 = authority.as_ref().map(|authority| authority.sha256.clone());
    let (venue, sms) = (venue.to_owned(), options.sms.clone());
    let Told { mail, push, webhooks, countries } = told;
    let hooks =
        Hooks { after_credentials_changed, own_uid, venue, authority: sha256, sms, mail, push, webhooks, countries };
    let enrolled_at = enrolled_at(node, options).map_err(|why| why.to_string())?;
    let world = World::new(Arc::clone(node), sealed, origin.clone(), hooks).map_err(|error| error.to_string())?;
    // Never plain in place of TLS.
    let found = if closed.is_some() { None } else { listen(settings.listen, tls.is_some()).await };
    let (reached, listens) = (found.is_some(), settings.listen);
    let door = Door { origin, reached, closed, listens, authority, is_new, enrolled_at };
    if let Some(listeners) = found {
        let way = portal::Door { tls, proxies: settings.proxies.clone() };
        tokio::spawn(portal::serve(world, listeners, way));
    }
    Ok(door)
}

/// Where the portal is, and whether it could be opened there.
#[derive(Debug)]
pub struct Door {
    pub origin: Origin,
    pub reached: bool,
    /// Why it was not even tried.
    pub closed: Option<String>,
    pub listens: SocketAddr,
    /// The CA that was made here, where one was.
    pub authority: Option<Authority>,
    /// At this start.
    pub is_new: bool,
    /// The name that the owner's passkeys belong to, where it is another one now.
    pub enrolled_at: Option<String>,
}

async fn listen(address: SocketAddr, tls: bool) -> Option<Vec<TcpListener>> {
    // Over TLS nobody else can pose as us: who takes another address has no certificate.
    let found =
        if tls { TcpListener::bind(address).await.map(|one| vec![one]) } else { loopback(address.port()).await };
    found.map_err(|error| tracing::error!(%address, %error, "the portal is not opened: its port is not free")).ok()
}

/// Both addresses that `localhost` may mean: on one that is left, another user's program could pose as the portal.
/// So a port that is taken on either is not waited for, and no link to it is ever told.
async fn loopback(port: u16) -> std::io::Result<Vec<TcpListener>> {
    let four = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let six = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await;
    match (four, six) {
        (Ok(four), Ok(six)) => Ok(vec![four, six]),
        // A machine without IPv6: nobody else can be there either.
        (Ok(four), Err(error)) if error.kind() == ErrorKind::AddrNotAvailable => Ok(vec![four]),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Kept since the last start without an owner. Whoever enrolled before this was kept did so at localhost.
fn enrolled_at(node: &Node, options: &Options) -> std::io::Result<Option<String>> {
    let own = options.portal.origin.host();
    let kept = options.data.join("portal-name");
    let owned = node.actors().iter().any(|actor| actor.read(|state| state.customer.people.owner().is_some()));
    if !owned {
        let fresh = options.data.join("portal-name.new");
        std::fs::write(&fresh, own)?;
        std::fs::rename(fresh, kept)?;
        return Ok(None);
    }
    let name = match std::fs::read_to_string(kept) {
        Ok(name) => name,
        Err(error) if error.kind() == ErrorKind::NotFound => "localhost".to_owned(),
        Err(error) => return Err(error),
    };
    if name == own {
        return Ok(None);
    }
    tracing::warn!(enrolled_at = %name, now = %own, "the owner's passkeys belong to another name and do not work here");
    Ok(Some(name))
}

/// A keyring is made only where nothing is sealed yet: a second one would open nothing of what is there.
/// Before any program is let in: a start that cannot open what is sealed is no start.
pub async fn sealed(node: &Arc<Node>, options: &Options) -> Result<Arc<Sealed>, String> {
    let read = node.with_store(|store: &mut dyn Store| Sealed::is_empty(store)).await?;
    let empty = read.map_err(|error| error.to_string())?;
    let places = Places::of_process(None, &options.data).map_err(|error| error.to_string())?;
    let (keyring, found) = places.open(empty).map_err(|error| error.to_string())?;
    let read = move |store: &mut dyn Store| rotation::opens_all(store, &keyring).map(|()| keyring);
    let keyring = node.with_store(read).await?.map_err(|error| error.to_string())?;
    tidied(&keyring, &found, &places.own(), &options.data)?;
    Sealed::open(node.commit().clone(), keyring).await.map_err(|error| error.to_string())
}

/// Everything opens. What a rotation has kept aside or left behind is not needed any more, and it is noted for the next
/// one whether the key is ours to write.
fn tidied(keyring: &Keyring, found: &Found, own: &Path, data: &Path) -> Result<(), String> {
    let failed = |why: &dyn std::fmt::Display| format!("{}: {why}", own.display());
    note_place(data, found.is_ours()).map_err(|why| failed(&why))?;
    if !found.is_ours() {
        if own.exists() {
            tracing::warn!(file = %own.display(), "the sealing key comes from elsewhere: this file is not used");
        }
        return Ok(());
    }
    let swept = vault::seal::sweep(own).map_err(|why| failed(&why))?;
    if swept > 0 {
        tracing::warn!(swept, "files with keys that an interrupted write had left were taken away");
    }
    if keyring.older().next().is_some() {
        tracing::warn!("a rotation of the master key was not finished: portreeve seal rotate goes on with it");
        return Ok(());
    }
    match vault::seal::forget_aside(own, keyring).map_err(|why| failed(&why))? {
        Forgotten::Nothing => {}
        Forgotten::Old => {
            tracing::info!("everything opens under the new master key: the old one is gone from the data directory");
        }
        Forgotten::NotBegun => {
            tracing::warn!(
                "a rotation of the master key was broken off before it began: the key is the same as before"
            );
        }
    }
    Ok(())
}

const PLACE: &str = "seal.place";
const HERE: &str = "the data directory\n";
const ELSEWHERE: &str = "elsewhere\n";

fn note_place(data: &Path, here: bool) -> std::io::Result<()> {
    let place = if here { HERE } else { ELSEWHERE };
    if std::fs::read_to_string(data.join(PLACE)).is_ok_and(|noted| noted == place) {
        return Ok(());
    }
    let fresh = data.join("seal.place.new");
    std::fs::write(&fresh, place)?;
    std::fs::rename(fresh, data.join(PLACE))
}

/// Whether the last start found its sealing key in another place than the data directory.
pub fn sealed_elsewhere(data: &Path) -> bool {
    std::fs::read_to_string(data.join(PLACE)).is_ok_and(|noted| noted == ELSEWHERE)
}
