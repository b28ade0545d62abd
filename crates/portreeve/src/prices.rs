//! Prices: a file that the paper broker replays, read whole before anything is served.

use kernel::time::Timestamp;
use paper::{Replay, Tape};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use venue::paper::PaperVenue;

/// More bytes than the most rows of a tape take.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What was wrong is told with the file, and with the line where one is to blame.
pub fn read(path: &Path) -> Result<Tape, String> {
    let told = |why: String| format!("{}: {why}", path.display());
    let mut text = String::new();
    let file = File::open(path).map_err(|why| told(why.to_string()))?;
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|why| told(why.to_string()))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(told(format!("it has more than {MOST_BYTES} bytes")));
    }
    Tape::parse(&text).map_err(|wrong| told(wrong.to_string()))
}

/// The broker with these prices from now on, if there are any.
pub fn replayed(broker: PaperVenue, tape: Option<Tape>, now: Timestamp) -> PaperVenue {
    let Some(tape) = tape else { return broker };
    let (prices, instruments, lasts_ms) = tape.extent();
    tracing::info!(prices, instruments, lasts_ms, "the paper broker replays prices from now on, once");
    broker.replaying(Replay::starting(tape, now.0))
}
