//! `portreeve journal copy`: a whole journal to another place, compared with it row by row at the end.

use super::say::{Refusal, line, value};
use super::{Common, Done, End, PLACE, verify};
use crate::journal_place::{self, JournalPlace};
use serde_json::{Map, json};
use std::fmt;
use std::path::PathBuf;
use store::StoreError;
use store::copy::{Same, compare, fill};
use store::postgres::Disk;

#[derive(clap::Args)]
pub(crate) struct Copy {
    /// A data directory, or the URL of a PostgreSQL; nothing may serve it meanwhile
    #[arg(value_name = "FROM")]
    from: String,
    /// The same; there must be nothing in it yet
    #[arg(value_name = "TO")]
    to: String,
}

/// What was said may hold a password, although it must not.
impl fmt::Debug for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Copy")
    }
}

fn is_url(text: &str) -> bool {
    text.contains("://")
}

fn url(text: &str) -> Result<JournalPlace, End> {
    let place = text.parse().map_err(|why: store::postgres::BadPlace| End::Usage(why.to_string()))?;
    Ok(JournalPlace::Postgres { place, disk: Disk::MustSync })
}

fn source(text: &str) -> Result<JournalPlace, End> {
    if is_url(text) { url(text) } else { verify::place(&PathBuf::from(text)) }
}

fn target(text: &str) -> Result<JournalPlace, End> {
    if is_url(text) {
        return url(text);
    }
    let directory = PathBuf::from(text);
    crate::serve::prepare(&directory).map_err(|error| End::failed(error, PLACE))?;
    Ok(journal_place::file(&directory))
}

pub(crate) fn run(common: &Common, asked: &Copy) -> Done {
    let (from, to) = (source(&asked.from)?, target(&asked.to)?);
    let mut original = from.source().map_err(verify::unreadable)?;
    // Held to the end: what is written meanwhile would be in one of them only.
    let held = from.open().map_err(|error| match error {
        StoreError::InUse { .. } | StoreError::Held { .. } => {
            End::failed(error, "End the server that has it open, and copy then.")
        }
        other => verify::unreadable(other),
    })?;
    let mut target = to.target().map_err(not_copied)?;
    fill(original.as_mut(), target.as_mut()).map_err(not_copied)?;
    let mut copied = to.copied().map_err(not_copied)?;
    let same = compare(original.as_mut(), copied.as_mut()).map_err(not_copied)?;
    // Nobody could open it until now: what is not the same is no journal.
    target.release().map_err(not_copied)?;
    drop(held);
    tell(common, &same);
    Ok(())
}

fn not_copied(error: StoreError) -> End {
    match error {
        StoreError::NotEmpty | StoreError::HalfCopied => {
            let remedy = "Choose another place; or empty this one: remove the file, or DROP SCHEMA … CASCADE.";
            End::failed(error, remedy)
        }
        StoreError::Corrupt { what } => Refusal::own("journal_broken", &[("what", &what)]).with("sound", false).into(),
        other => End::failed(other, "What was copied so far is not opened by anybody: empty the place, and try again."),
    }
}

fn tell(common: &Common, same: &Same) {
    if common.json {
        let rows: Map<_, _> = same.rows.iter().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
        let (size, root) = (same.head.size, same.head.root.to_string());
        value(&json!({ "copied": true, "compared": true, "events": size, "root": root, "rows": rows }));
        return;
    }
    line(&format!("Copied, and compared row by row: {} events.", same.head.size));
    line(&format!("root {}", same.head.root));
    let rows: Vec<String> = same.rows.iter().map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    line(&rows.join(", "));
    line("Serve one of the two from now on, and keep the other aside: docs/operations.md says how.");
}
