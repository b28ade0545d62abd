//! The self-check of a venue: what a TWS on loopback answers, step by step, in our own words and figures only.

mod peer;
mod steps;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests;

use peer::Peer;
pub use peer::greeted;
use serde::Serialize;
use std::net::SocketAddr;
use std::time::Duration;

/// Beside the house's own, so that a gate which runs is not disturbed.
const CLIENT_ID: i32 = 7_301;
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    Failed,
    NotTried,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::NotTried => "not tried",
        }
    }
}

/// One thing that was looked at. Nothing in it was copied from the venue: no account, no name, no balance, no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub step: &'static str,
    pub outcome: Outcome,
    pub said: String,
    /// From the question to the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
}

/// All steps, in their order; where one cannot be taken, why not.
pub fn run(address: SocketAddr, symbol: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if !address.ip().to_canonical().is_loopback() {
        let said = "not on this machine: a TWS is reached on loopback only".to_owned();
        steps.push(Step { step: "connect", outcome: Outcome::Failed, said, ms: None });
    } else {
        match Peer::connect(address, CLIENT_ID) {
            Ok(mut peer) => steps::all(&mut peer, symbol, &mut steps),
            Err(said) => steps.push(Step { step: "connect", outcome: Outcome::Failed, said, ms: None }),
        }
    }
    for step in steps::EVERY {
        if !steps.iter().any(|taken| taken.step == step) {
            let said = "what comes before it did not work".to_owned();
            steps.push(Step { step, outcome: Outcome::NotTried, said, ms: None });
        }
    }
    steps
}
