//! `portreeve portal ca`: which CAs were made here, so that a person can install one and see that it is the right one.

use super::layout::facts;
use super::say::{line, value};
use super::{Common, Done, End, PLACE, places};
use crate::portal_door::local_cas;
use serde_json::json;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Where the local CA's certificate is, and its SHA-256; its private key is never shown
    Ca,
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let Verb::Ca = verb;
    let data = places::data(common)?;
    let all = ::portal::tls::authorities(&local_cas(&data)).map_err(|why| End::failed(why, PLACE))?;
    if common.json {
        let all: Vec<_> = all
            .iter()
            .map(|one| json!({ "name": one.name, "certificate": one.certificate.display().to_string(), "sha256": one.sha256 }))
            .collect();
        value(&json!({ "authorities": all }));
        return Ok(());
    }
    if all.is_empty() {
        line("No local CA was made here: the configuration has no tls = { local_ca = true }.");
    }
    for one in all {
        facts(&[("for", one.name), ("certificate", one.certificate.display().to_string()), ("SHA-256", one.sha256)]);
    }
    Ok(())
}
