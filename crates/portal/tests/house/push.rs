//! A push service that is allowed; nothing is ever sent there.

use notify::{Push, PushSettings, VapidKey};
use std::sync::Arc;

pub fn service() -> Arc<Push> {
    let (contact, hosts) = ("mailto:ops@trade.example".to_owned(), vec!["push.example".to_owned()]);
    let push = Push::open(&PushSettings { contact, hosts, ca: None }).unwrap();
    push.sign_with(VapidKey::read(&VapidKey::generate().unwrap()).unwrap());
    Arc::new(push)
}
