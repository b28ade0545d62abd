//! A push service that is allowed, and a browser that says where it is told; nothing is ever sent there.

use notify::{Push, PushSettings, VapidKey};
use std::sync::Arc;

/// What nobody but its user's own server may see again.
pub const ENDPOINT: &str = "https://push.example/wpush/c4n4ry-of-the-path";
pub const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
pub const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

pub fn service() -> Arc<Push> {
    let (contact, hosts) = ("mailto:ops@trade.example".to_owned(), vec!["push.example".to_owned()]);
    let push = Push::open(&PushSettings { contact, hosts, ca: None }).unwrap();
    push.sign_with(VapidKey::read(&VapidKey::generate().unwrap()).unwrap());
    Arc::new(push)
}
