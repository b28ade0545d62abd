//! Traces: where the way of each order is told, as it is configured.

use notify::{Collector, CollectorSettings, Misconfigured};
use service::Traces;
use std::time::Duration;

/// At the end the last spans have so long to get to the collector.
pub const LAST: Duration = Duration::from_secs(2);

/// A collector that does not answer is no reason not to start: orders do not wait for it.
pub fn open(settings: Option<&CollectorSettings>) -> Result<Traces, Misconfigured> {
    let Some(settings) = settings else { return Ok(Traces::default()) };
    let collector = Collector::open(settings)?;
    let (traces, spans) = Traces::recorded();
    tokio::spawn(spans.go_to(collector));
    Ok(traces)
}
