//! The carriers of notices as they are configured, and the bell of the console.

use crate::serve::{Failed, Notify};
use kernel::approval;
use kernel::event::Event;
use notify::{Misconfigured, Smtp, Webhook};
use service::Node;
use service::notices::{Carriers, Hook};
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// A secret that cannot be read is no start: nobody would be told anything.
pub fn open(settings: &Notify) -> Result<Carriers, Failed> {
    let variable = |name: &str| std::env::var_os(name);
    let failed = |why: Misconfigured| Failed::Notify(why.to_string());
    let email = settings.smtp.as_ref().map(|smtp| Smtp::open(smtp, variable)).transpose().map_err(failed)?;
    let mut hooks = Vec::new();
    for hook in &settings.webhooks {
        let carrier = Webhook::open(hook, variable).map_err(failed)?;
        hooks.push(Hook { name: hook.name.clone(), fills: hook.fills, carrier: Arc::new(carrier) });
    }
    Ok(Carriers { email: email.map(|smtp| Arc::new(smtp) as Arc<dyn notify::Carrier>), hooks })
}

/// Whoever sits at the console hears that an answer is waited for.
pub fn bell(node: &Node, on: bool) {
    if !on || !std::io::stdout().is_terminal() {
        return;
    }
    for actor in node.actors() {
        let mut told = actor.subscribe();
        tokio::spawn(async move {
            loop {
                match told.recv().await {
                    Ok(notice) if rings(&notice.recorded.event) => {
                        let mut console = std::io::stdout().lock();
                        drop(console.write_all(b"\x07").and_then(|()| console.flush()));
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }
}

const fn rings(event: &Event) -> bool {
    matches!(event, Event::Approval(approval::Event::Requested { .. }))
}
