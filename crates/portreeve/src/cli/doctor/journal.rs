//! The journal as it lies there: whole at its head, not cut off behind a checkpoint, and its clock against this one.

use super::{Found, State, found};
use crate::checkpoint_file::{self, Place};
use crate::cli::verify;
use crate::journal_place::JournalPlace;
use crate::serve::Outside;
use kernel::time::Timestamp;
use service::{Clock, SystemClock};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How far the journal may be ahead of the clock: one of the two is wrong then.
const AHEAD_MS: i64 = 5_000;
/// A server signs one each minute.
const STALE_S: u64 = 10 * 60;

/// What was found, and how many events there are, where they can be counted.
pub(super) fn all(data: &Path) -> (Vec<Found>, Option<u64>) {
    let what = "journal";
    let place = match verify::place(data) {
        Ok(place) => place,
        Err(_) => return (vec![found(what, State::Wrong, "it is named in two places: docs/operations.md")], None),
    };
    let read = || {
        let mut reader = place.reader()?;
        let head = reader.freeze()?;
        reader.check_head()?;
        Ok::<_, store::StoreError>((head, reader.tail(head.size.saturating_sub(1), 1)?))
    };
    let (head, last) = match read() {
        Ok(read) => read,
        Err(why) => return (vec![found(what, State::Wrong, why.to_string())], None),
    };
    let at = match &place {
        JournalPlace::File(path) => path.display().to_string(),
        JournalPlace::Postgres { place, .. } => place.to_string(),
    };
    let told = format!("{} events at {at}; to check them all: journal verify", head.size);
    let mut all = vec![found(what, State::Good, told)];
    all.extend(last.first().map(|event| clock(Timestamp(event.at), SystemClock.now())));
    all.push(checkpoint(data, head.size));
    if let JournalPlace::File(path) = &place {
        all.push(match path.with_extension("reserve").exists() {
            true => found("space in reserve", State::Good, "kept for kills, cancels and reports"),
            false => found("space in reserve", State::Look, "none is kept: the disk is full, or was; no server runs"),
        });
    }
    (all, Some(head.size))
}

/// One that was set back stands still, as the gate sees it, until it has caught up.
fn clock(last: Timestamp, now: Timestamp) -> Found {
    let (what, ahead) = ("clock", last.since(now));
    match ahead {
        AHEAD_MS.. => {
            let told =
                format!("the last event is {ahead} ms later than this clock: it was set back, or was wrong then");
            found(what, State::Wrong, told)
        }
        _ => found(what, State::Good, "not behind the last event"),
    }
}

fn checkpoint(data: &Path, size: u64) -> Found {
    let (what, path) = ("checkpoint", data.join(verify::LATEST));
    let Ok(key) = verify::signing_key(data) else { return found(what, State::Look, "no key to read it with") };
    let Ok(known) = verify::read_checkpoint(&path, key.public()) else {
        return found(what, State::Look, "a server has not left a whole one here yet");
    };
    let stated = known.checkpoint.size;
    if stated > size {
        return found(what, State::Wrong, cut_off(stated, size));
    }
    let age = std::fs::metadata(&path).and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
    match age {
        Some(age) if age.as_secs() > STALE_S && stated != size => {
            found(what, State::Look, format!("the last one is {} minutes old", age.as_secs() / 60))
        }
        _ => found(what, State::Good, format!("of {stated} events; keep one on another machine")),
    }
}

fn cut_off(stated: u64, size: u64) -> String {
    format!("it states {stated} events and the journal has {size}: the end of the journal was cut off")
}

/// The file that checkpoints are added to: there, not on the same disk, not of more events than the journal has, not old.
pub(super) fn outside(data: &Path, outside: &Outside, size: Option<u64>, served: bool) -> Option<Found> {
    let (what, path) = ("checkpoints outside", outside.file.as_ref()?);
    let shown = path.display();
    let device = |path: &Path| std::fs::metadata(path).map(|one| one.dev()).ok();
    if !path.exists() {
        let told = format!("{shown} is not there");
        let (state, more) = match (served, path.parent().is_some_and(Path::exists)) {
            (true, _) => {
                (State::Wrong, "although a server runs: see its log, and whether it was started with this file")
            }
            (false, true) if device(path.parent().unwrap_or(path)) == device(data) => {
                (State::Wrong, "and is not made on the disk of the data directory: mount the other one, or make it")
            }
            (false, true) => (State::Look, "yet: a server makes it"),
            (false, false) => (State::Wrong, "nor is its directory: mount it, or make it"),
        };
        return Some(found(what, state, format!("{told}, {more}")));
    }
    let file = match (Place { path: path.clone(), data: data.to_owned() }).open() {
        Ok(file) => file,
        Err(why) => return Some(found(what, State::Wrong, format!("{shown} cannot be added to: {why}"))),
    };
    let Ok(key) = verify::signing_key(data) else { return Some(found(what, State::Look, "no key to read it with")) };
    let (stated, at) = match checkpoint_file::look(file, key.public()) {
        Ok((Some(stated), at)) => (stated, at),
        Ok((None, _)) => {
            return Some(found(what, State::Wrong, format!("{shown} does not end with one that this key has signed")));
        }
        Err(why) => return Some(found(what, State::Wrong, format!("{shown}: {why}"))),
    };
    let late = i64::try_from(outside.every.as_millis()).unwrap_or(i64::MAX).saturating_add(600_000);
    let old = at.is_none_or(|at| SystemClock.now().since(at) > late);
    Some(match size {
        Some(size) if stated > size => found(what, State::Wrong, format!("{shown}: {}", cut_off(stated, size))),
        Some(size) if stated < size && old && served => {
            let told = format!("the last one in {shown} is older than it should be: see the server's log");
            found(what, State::Wrong, told)
        }
        Some(_) | None if device(path) == device(data) => {
            let told = format!("{shown} is on the disk of the data directory: what takes that takes it, too");
            found(what, State::Look, told)
        }
        Some(_) | None => found(what, State::Good, format!("the last one in {shown} states {stated} events")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_runs_behind_the_journal_is_wrong_and_one_that_is_ahead_is_not() {
        let told = |last, now| clock(Timestamp(last), Timestamp(now)).state;
        assert_eq!((told(5_000, 0), told(4_999, 0), told(0, 5_000)), (State::Wrong, State::Good, State::Good));
        assert_eq!(told(i64::MAX, i64::MIN), State::Wrong);
    }
}
