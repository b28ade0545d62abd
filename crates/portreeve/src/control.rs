//! Control: the owner's Unix socket in the data directory, served by the HTTP API.

use gateway::Gate;
use journal::SigningKey;
use service::Node;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

pub const SOCKET: &str = "control.sock";

/// Opens the socket and serves it from now on.
pub fn open(node: Arc<Node>, gate: Arc<Gate>, key: Arc<SigningKey>, data: &Path) -> Result<(), api::NoSocket> {
    let path = data.join(SOCKET);
    let listener = api::open_socket(&path)?;
    // The socket was made by this process: its owner is who the server runs as.
    let made = std::fs::metadata(&path);
    let own_uid = made.map_err(|why| api::NoSocket::Io { path: path.display().to_string(), why })?.uid();
    let after_credentials_changed: api::AfterChange = Box::new(move |actor| {
        let gate = Arc::clone(&gate);
        Box::pin(async move { gate.sync(&actor).await.map_err(|error| error.to_string()) })
    });
    tokio::spawn(async move {
        let hooks = api::Hooks { after_credentials_changed, key, own_uid };
        if let Err(error) = api::serve(node, listener, hooks).await {
            tracing::error!(%error, "the control socket is no longer served");
        }
    });
    Ok(())
}
