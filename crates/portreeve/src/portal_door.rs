//! The portal's door: its keys, its address, and the listener on loopback.

use crate::serve::{Options, VenueChoice};
use gateway::Gate;
use portal::{AfterChange, Hooks, Origin, World};
use service::{Node, Sealed, rotation};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use store::Store;
use tokio::net::TcpListener;
use vault::seal::{Found, Keyring, Places};

/// Serves the portal from now on, where its port is free.
pub async fn open(node: &Arc<Node>, gate: &Arc<Gate>, options: &Options) -> Result<Door, String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.portal));
    let origin = Origin::local(address);
    let sealed = sealed(node, options).await?;
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
    let hooks = Hooks { after_credentials_changed, own_uid, venue: venue.to_owned() };
    let world = World::new(Arc::clone(node), sealed, origin.clone(), hooks).map_err(|error| error.to_string())?;
    let Some(listeners) = listen(options.portal).await else {
        let port = options.portal;
        return Ok(Door { origin, reached: false, port });
    };
    tokio::spawn(portal::serve(world, listeners));
    Ok(Door { origin, reached: true, port: options.portal })
}

/// Where the portal is, and whether it could be opened there.
#[derive(Debug)]
pub struct Door {
    pub origin: Origin,
    pub reached: bool,
    pub port: u16,
}

/// Both addresses that `localhost` may mean: on one that is left, another user's program could pose as the portal.
/// So a port that is taken on either is not waited for, and no link to it is ever told.
async fn listen(port: u16) -> Option<Vec<TcpListener>> {
    let four = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let six = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await;
    match (four, six) {
        (Ok(four), Ok(six)) => Some(vec![four, six]),
        // A machine without IPv6: nobody else can be there either.
        (Ok(four), Err(error)) if error.kind() == ErrorKind::AddrNotAvailable => Some(vec![four]),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(port, %error, "the portal is not opened: its port is not free");
            None
        }
    }
}

/// A keyring is made only where nothing is sealed yet: a second one would open nothing of what is there.
async fn sealed(node: &Arc<Node>, options: &Options) -> Result<Arc<Sealed>, String> {
    let read = node.with_store(|store: &mut dyn Store| Sealed::is_empty(store)).await?;
    let empty = read.map_err(|error| error.to_string())?;
    let places = Places::of_process(None, &options.data).map_err(|error| error.to_string())?;
    let (keyring, found) = places.open(empty).map_err(|error| error.to_string())?;
    let keyring = all_opens(node, keyring, &found).await?;
    Sealed::open(node.commit().clone(), keyring).await.map_err(|error| error.to_string())
}

/// Every data key is opened once. Then the key that a rotation has kept aside is not needed any more.
async fn all_opens(node: &Arc<Node>, keyring: Keyring, found: &Found) -> Result<Keyring, String> {
    let read = move |store: &mut dyn Store| rotation::opens_all(store, &keyring).map(|()| keyring);
    let keyring = node.with_store(read).await?.map_err(|error| error.to_string())?;
    if let Found::DataDirectory(path) = found {
        if keyring.older().next().is_some() {
            tracing::warn!("a rotation of the master key was not finished: portreeve seal rotate goes on with it");
        } else if vault::seal::forget_aside(path).map_err(|error| format!("{}: {error}", path.display()))? {
            tracing::info!("everything opens under the new master key: the old one is gone from the data directory");
        }
    }
    Ok(keyring)
}
