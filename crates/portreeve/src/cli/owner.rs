//! `portreeve owner enrol`: a one-time link by which the first owner comes in.

use super::client::Client;
use super::say::{line, value};
use super::{Common, Done};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Make a one-time link for the first owner; the link before it is void
    Enrol,
}

pub(crate) fn enrol(common: &Common) -> Done {
    let answer = Client::new(common)?.post("/v1/owner/enrol", None)?;
    if common.json {
        value(&answer);
        return Ok(());
    }
    let text = |name: &str| answer.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    line("Open this link in a browser on this machine. It works once.");
    line("");
    line(&format!("  {}", text("link")));
    line("");
    line(&format!("It ends at {}. A link made before is void now.", text("expires_at")));
    Ok(())
}
