//! What a session knows that the journal holds. A server that has come back without it is not written or believed.
//!
//! A server may be restored, or replaced at its address by a replica that had not heard of everything. Its turn is the
//! same, its head and its events fit together, and what is missing was confirmed: a kill switch, perhaps.

use super::fail::Fail;
use super::read;
use crate::contract::{Receipt, StoredEvent};
use crate::{Head, StoreError};
use journal::{Frontier, Hash};
use sqlx::PgConnection;

/// Where the journal stood after a commit of ours. The last append tells of those that have no event.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub frontier: Frontier,
    pub append: Option<([u8; 16], Receipt)>,
}

/// Of a writer.
#[derive(Debug)]
pub(super) struct Known {
    sure: Mark,
    /// After a commit whose answer is missing, which may or may not have happened.
    perhaps: Option<Mark>,
}

/// Whether others may have written beside us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    None,
    Some,
}

impl Known {
    pub(super) fn found(frontier: Frontier) -> Known {
        Known { sure: Mark { frontier, append: None }, perhaps: None }
    }

    /// A commit is on its way.
    pub(super) fn trying(&mut self, mark: Mark) {
        self.perhaps = Some(mark);
    }

    /// Its answer has come.
    pub(super) fn answered(&mut self, happened: bool) {
        if let (Some(mark), true) = (self.perhaps.take(), happened) {
            self.sure = mark;
        }
    }

    /// On the connection of the last commit.
    pub(super) fn check(&self, found: &Frontier, others: Others) -> Result<(), StoreError> {
        if grown(&self.sure.frontier, found, others) { Ok(()) } else { Err(self.forgotten(found)) }
    }

    /// On a new connection, when nobody is at work for an old one any more. The commit whose answer is missing has
    /// happened or not, once and for all.
    pub(super) async fn recall(&mut self, db: &mut PgConnection, others: Others) -> Result<(), Fail> {
        let found = read::frontier(db).await?;
        if let Some(perhaps) = &self.perhaps {
            let happened = stands(db, perhaps, &found, others).await?;
            if happened || stands(db, &self.sure, &found, others).await? {
                self.answered(happened);
                return Ok(());
            }
        } else if stands(db, &self.sure, &found, others).await? {
            return Ok(());
        }
        Err(self.forgotten(&found).into())
    }

    pub(super) fn forgotten(&self, found: &Frontier) -> StoreError {
        StoreError::Forgotten { known: self.sure.frontier.size(), found: found.size() }
    }
}

/// Alone, nobody but us has added anything. Beside others it may have grown; our last append is looked for by its id.
fn grown(known: &Frontier, found: &Frontier, others: Others) -> bool {
    found == known || (others == Others::Some && found.size() > known.size())
}

async fn stands(db: &mut PgConnection, mark: &Mark, found: &Frontier, others: Others) -> Result<bool, Fail> {
    if !grown(&mark.frontier, found, others) {
        return Ok(false);
    }
    // Appends are committed one after the other: with the last one all before it are there.
    match &mark.append {
        None => Ok(true),
        Some((id, receipt)) => Ok(read::receipt(db, id).await? == Some(*receipt)),
    }
}

/// Of a reader: how far it has looked, and the last event that it was shown.
#[derive(Debug, Default)]
pub(super) struct Seen {
    size: u64,
    last: Option<(u64, Hash)>,
}

impl Seen {
    pub(super) fn head(&mut self, head: Head) {
        self.size = self.size.max(head.size);
    }

    pub(super) fn events(&mut self, events: &[StoredEvent]) {
        let last = events.last().map(|event| (event.position, event.link));
        self.last = last.filter(|(position, _)| self.last.is_none_or(|(known, _)| known <= *position)).or(self.last);
    }

    pub(super) async fn recall(&self, db: &mut PgConnection) -> Result<(), Fail> {
        let found = read::frontier(db).await?.size();
        let known = self.size.max(self.last.map_or(0, |(position, _)| position.saturating_add(1)));
        let same = match self.last {
            Some((position, link)) if found >= known => read::link(db, position).await? == Some(link),
            Some(_) => false,
            None => found >= known,
        };
        if same { Ok(()) } else { Err(StoreError::Forgotten { known, found }.into()) }
    }
}
