//! Control: the owner's Unix socket in the data directory, served by the HTTP API.

use gateway::Gate;
use journal::SigningKey;
use service::Node;
use service::actor::CustomerActor;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub const SOCKET: &str = "control.sock";

/// The gate follows the records by itself too; while it is opening a listener, another attempt finds the port taken.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Opens the socket and serves it from now on.
pub fn open(node: Arc<Node>, gate: Arc<Gate>, key: Arc<SigningKey>, data: &Path) -> Result<(), api::NoSocket> {
    let listener = api::open_socket(&data.join(SOCKET))?;
    let after_credentials_changed: api::AfterChange = Box::new(move |actor| {
        let gate = Arc::clone(&gate);
        Box::pin(async move { synced(&gate, &actor).await })
    });
    tokio::spawn(async move {
        let hooks = api::Hooks { after_credentials_changed, key };
        if let Err(error) = api::serve(node, listener, hooks).await {
            tracing::error!(%error, "the control socket is no longer served");
        }
    });
    Ok(())
}

async fn synced(gate: &Arc<Gate>, actor: &Arc<CustomerActor>) -> Result<(), String> {
    for _ in 1..TRIES {
        if gate.sync(actor).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    gate.sync(actor).await.map_err(|error| error.to_string())
}
