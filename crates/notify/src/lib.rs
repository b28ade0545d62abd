//! Carriers: what takes a notice to a person or a program outside, and spans to a collector. They hold no rule: who is
//! told what is decided above.
#![forbid(unsafe_code)]

mod address;
mod carrier;
mod collector;
mod letter;
pub mod otlp;
mod place;
mod post;
mod push;
mod secret;
mod smtp;
mod tls;
mod webhook;

pub use address::{Address, NotAnAddress};
pub use carrier::{Attached, Carrier, Link, NotSent, Parcel};
pub use collector::{Collector, CollectorSettings};
pub use push::{
    Endpoint, Hosts, NoKey, NotAHost, NotASubscription, NotAnEndpoint, Push, PushSettings, Subscription, VapidKey,
};
pub use secret::{NoSecret, SecretFrom};
pub use smtp::{Smtp, SmtpSettings, Tls};
pub use webhook::{Webhook, WebhookSettings};

/// Why a carrier cannot be set up as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum Misconfigured {
    #[error("{0}")]
    Stated(String),
    #[error("{0}")]
    Secret(#[from] NoSecret),
}

impl Misconfigured {
    fn stated(why: impl Into<String>) -> Self {
        Self::Stated(why.into())
    }
}
