//! The carriers of notices as they are configured, and the bell of the console.

use crate::serve::{Failed, Notify};
use kernel::approval;
use kernel::event::Event;
use notify::{Misconfigured, Push, Smtp, VapidKey, Webhook};
use service::notices::{Carriers, Hook};
use service::{Node, Sealed, Unheard};
use std::io::{IsTerminal, Write};
use std::sync::Arc;

/// A secret that cannot be read is no start: nobody would be told anything.
pub fn open(settings: &Notify) -> Result<(Carriers, Option<Arc<Push>>), Failed> {
    let variable = |name: &str| std::env::var_os(name);
    let failed = |why: Misconfigured| Failed::Notify(why.to_string());
    let email = settings.smtp.as_ref().map(|smtp| Smtp::open(smtp, variable)).transpose().map_err(failed)?;
    let mut hooks = Vec::new();
    for hook in &settings.webhooks {
        let carrier = Webhook::open(hook, variable).map_err(failed)?;
        hooks.push(Hook { name: hook.name.clone(), fills: hook.fills, carrier: Arc::new(carrier) });
    }
    let push = settings.push.as_ref().map(Push::open).transpose().map_err(failed)?.map(Arc::new);
    let email = email.map(|smtp| Arc::new(smtp) as Arc<dyn notify::Carrier>);
    let carriers = Carriers { email, push: push.clone().map(|push| push as Arc<dyn notify::Carrier>), hooks };
    Ok((carriers, push))
}

/// What the key for push is sealed as.
const KEY: &str = "push key";

/// Made where push is configured for the first time. Another one would reach no browser that has subscribed.
pub async fn sign(push: &Push, sealed: &Sealed) -> Result<(), Failed> {
    let failed = |why: String| Failed::Notify(format!("push: {why}"));
    let kept = sealed.firms(KEY, VapidKey::generate).await.map_err(|error| failed(error.to_string()))?;
    push.sign_with(VapidKey::read(&kept).map_err(|error| failed(error.to_string()))?);
    Ok(())
}

/// Whoever sits at the console hears that an answer is waited for.
pub fn bell(node: &Node, on: bool) {
    if !on || !std::io::stdout().is_terminal() {
        return;
    }
    let mut told = node.subscribe();
    tokio::spawn(async move {
        loop {
            match told.recv().await {
                Ok(notice) if rings(&notice.recorded.event) => {
                    let mut console = std::io::stdout().lock();
                    drop(console.write_all(b"\x07").and_then(|()| console.flush()));
                }
                Ok(_) | Err(Unheard::Behind) => {}
                Err(Unheard::Over) => return,
            }
        }
    });
}

const fn rings(event: &Event) -> bool {
    matches!(event, Event::Approval(approval::Event::Requested { .. }))
}
