//! The portal's door: its keys, its address, and the listener on loopback.

use crate::serve::{Options, VenueChoice};
use gateway::Gate;
use portal::{AfterChange, Hooks, Origin, World};
use service::{Node, Sealed};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use vault::seal::Places;

/// A port that another program has is tried again: it ends no start.
const AGAIN: Duration = Duration::from_secs(5);

/// Serves the portal from now on; says at which address.
pub async fn open(node: &Arc<Node>, gate: &Arc<Gate>, options: &Options) -> Result<String, String> {
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
    tokio::spawn(async move {
        let listener = listener(address).await;
        if let Err(error) = portal::serve(world, listener).await {
            tracing::error!(%error, "the portal is no longer served");
        }
    });
    Ok(origin.as_str().to_owned())
}

/// A keyring is made only where nothing is sealed yet: a second one would open nothing of what is there.
async fn sealed(node: &Arc<Node>, options: &Options) -> Result<Arc<Sealed>, String> {
    let read = node.with_store(|store: &mut dyn Store| Sealed::is_empty(store)).await?;
    let empty = read.map_err(|error| error.to_string())?;
    let places = Places::of_process(None, &options.data).map_err(|error| error.to_string())?;
    let (keyring, _) = places.open(empty).map_err(|error| error.to_string())?;
    Sealed::open(node.commit().clone(), keyring).await.map_err(|error| error.to_string())
}

async fn listener(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(error) => tracing::warn!(%address, %error, "the portal cannot be reached: its port is tried again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
