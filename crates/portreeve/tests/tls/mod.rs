//! The portal over TLS, as real clients with verification on see it.

mod acme;
mod authority;
mod clients;
mod files;
mod local_ca;
mod ways;

use crate::served::{Home, Served, two_free_ports};

const HOST: &str = "trade.example.test";

/// A gate whose portal listens on loopback at a port of its own, under the name and with the keys given.
struct Portal {
    served: Served,
    port: u16,
}

impl Portal {
    fn start(home: &Home, data: &str, host: &str, keys: &str) -> Self {
        let port = two_free_ports();
        let file = home.file(&format!("{data}.toml"), &table(port, host, keys));
        Self { served: Served::told(home.0.join(data), &["--config", &file]), port }
    }
}

fn table(port: u16, host: &str, keys: &str) -> String {
    format!("[portal]\nlisten = \"127.0.0.1:{port}\"\norigin = \"https://{host}:{port}\"\n{keys}\n")
}
