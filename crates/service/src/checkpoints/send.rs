//! Sending a checkpoint: one at a time to each place, until the carrier has it, the place wants none, or a day has passed.

use super::rows::{Row, give_up, place, rows};
use super::{Checkpoints, Place, append};
use crate::clock::dice;
use crate::notices::{GIVEN_UP_AFTER_MS, Next, wait_ms};
use crate::words::checkpoint::words;
use kernel::notice::Why;
use kernel::time::Timestamp;
use notify::{Attached, NotSent, Parcel};

/// The word of its kind, for programs.
const WORD: &str = "journal_checkpoint";

impl Checkpoints {
    /// Sends the first that is due. When the node ends between the carrier's yes and the record of it, it is sent again
    /// under the same id.
    pub async fn send_next(&self, to: &Place) -> Result<Next, String> {
        let waiting: Vec<Row> = rows(&self.node, &place(&to.name)).await?;
        let row = match self.due(waiting, to) {
            Ok(row) => row,
            Err(next) => return Ok(next),
        };
        let sent = to.carrier.send(&to.to, &parcel(&row), self.node.clock().now()).await;
        let now = self.node.clock().now();
        let (why, told) = match sent {
            Ok(()) => {
                append(&self.node, vec![row.taken()], Vec::new()).await?;
                return Ok(Next::Again);
            }
            Err(NotSent::Never(told) | NotSent::Gone(told)) => (Why::Refused, told),
            Err(NotSent::Later(told) | NotSent::Wait { why: told, .. }) if late(&row, now) => (Why::Late, told),
            Err(NotSent::Later(told)) => return self.put_off(&row, to, (&told, 0)),
            Err(NotSent::Wait { why, ms }) => return self.put_off(&row, to, (&why, ms)),
        };
        tracing::error!(id = %row.id, place = row.to, why = clean(&told, to), "a checkpoint is given up");
        give_up(&self.node, &row, why, now).await?;
        Ok(Next::Again)
    }

    fn due(&self, waiting: Vec<Row>, to: &Place) -> Result<Row, Next> {
        let now = self.node.clock().now();
        let mut waits = self.waits();
        let waits = waits.entry(to.name.clone()).or_default();
        // Whatever is not there any more is waited for by nobody.
        waits.retain(|id, _| waiting.iter().any(|row| row.id == *id));
        let at = |row: &Row| waits.get(&row.id).map_or(row.since.min(now), |(_, at)| *at);
        let first = waiting.iter().min_by_key(|row| at(row)).ok_or(Next::Nothing)?;
        if at(first) > now { Err(Next::At(at(first))) } else { Ok(first.clone()) }
    }

    fn put_off(&self, row: &Row, to: &Place, (why, least_ms): (&str, i64)) -> Result<Next, String> {
        let (dice, now) = (dice().map_err(|error| error.to_string())?, self.node.clock().now());
        let mut waits = self.waits();
        let (failures, at) = waits.entry(to.name.clone()).or_default().entry(row.id).or_insert((0, now));
        *failures = failures.saturating_add(1);
        *at = now.plus_ms(wait_ms(*failures, dice).max(least_ms));
        tracing::warn!(id = %row.id, place = to.name, failures = *failures, why = clean(why, to), "a checkpoint was not sent");
        Ok(Next::Again)
    }
}

fn late(row: &Row, now: Timestamp) -> bool {
    now.since(row.since) >= GIVEN_UP_AFTER_MS
}

/// Servers like to repeat whom they refuse.
fn clean(why: &str, to: &Place) -> String {
    if to.to.is_empty() { why.to_owned() } else { why.replace(&to.to, "the address") }
}

fn parcel(row: &Row) -> Parcel {
    let words = words(row.size, row.at, &row.vkey);
    Parcel {
        id: row.id.to_string(),
        at: row.at,
        until: None,
        kind: WORD.to_owned(),
        customer: None,
        subject: words.subject,
        text: words.text,
        links: Vec::new(),
        attached: Some(Attached { name: "checkpoint".to_owned(), text: row.note.clone() }),
    }
}
