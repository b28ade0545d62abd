//! Control: the owner's Unix socket in the data directory, served by the HTTP API.

use gateway::Gate;
use journal::SigningKey;
use kernel::id::CredentialId;
use service::Node;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

pub const SOCKET: &str = "control.sock";

/// Opens the socket and serves it from now on.
pub fn open(
    node: Arc<Node>,
    gate: Arc<Gate>,
    key: Arc<SigningKey>,
    portal: Option<String>,
    data: &Path,
) -> Result<(), api::NoSocket> {
    let path = data.join(SOCKET);
    let listener = api::open_socket(&path)?;
    // The socket was made by this process: its owner is who the server runs as.
    let made = std::fs::metadata(&path);
    let own_uid = made.map_err(|why| api::NoSocket::Io { path: path.display().to_string(), why })?.uid();
    let reached = Arc::clone(&gate);
    let closed_listeners: api::ClosedListeners = Box::new(move || closed(&reached));
    let after_credentials_changed: api::AfterChange = Box::new(move |actor| {
        let gate = Arc::clone(&gate);
        Box::pin(async move {
            gate.sync(&actor).await;
            closed(&gate)
        })
    });
    tokio::spawn(async move {
        let hooks = api::Hooks { after_credentials_changed, closed_listeners, portal, key, own_uid };
        if let Err(error) = api::serve(node, listener, hooks).await {
            tracing::error!(%error, "the control socket is no longer served");
        }
    });
    Ok(())
}

pub fn closed(gate: &Gate) -> BTreeMap<CredentialId, String> {
    gate.closed().into_iter().map(|one| (one.credential, one.why)).collect()
}
