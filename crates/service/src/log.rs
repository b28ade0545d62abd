//! The journal as a log for venue adapters: their streams lie beside ours, under the same root.

use crate::clock::dice;
use crate::commit::{Commit, Failed, Room};
use store::{Append, NewEvent};
use tokio::sync::oneshot;
use venue::contract::{Later, Log, LogEvent, Space};

#[derive(Clone, Debug)]
pub struct JournalLog {
    commit: Commit,
}

impl JournalLog {
    pub const fn new(commit: Commit) -> Self {
        Self { commit }
    }
}

fn row(event: LogEvent) -> Result<NewEvent, String> {
    let body = journal::canonical::encode(&event.body).map_err(|error| error.to_string())?;
    Ok(NewEvent { tag: event.tag, at: event.at.0, body })
}

impl Log for JournalLog {
    fn append(
        &self,
        stream: &str,
        expected: u64,
        events: Vec<LogEvent>,
        space: Space,
    ) -> Later<'_, Result<(), String>> {
        let room = match space {
            Space::Ordinary => Room::Ordinary,
            Space::Reserve => Room::Reserve,
        };
        let stream = stream.to_owned();
        Box::pin(async move {
            let events = events.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
            let id = dice().map_err(|error| error.to_string())?.to_be_bytes();
            let append = Append { id, stream, expected, events, ..Append::default() };
            let (reply, answer) = oneshot::channel();
            let waits = self.commit.append(
                append,
                room,
                Box::new(move |_, result| {
                    let told = result.map(|_| ()).map_err(|failed| match failed {
                        Failed::Conflict => "another writer moved the stream".to_owned(),
                        Failed::Store(why) => why,
                    });
                    drop(reply.send(told));
                }),
            );
            if !waits {
                return Err("the commit thread has ended".to_owned());
            }
            answer.await.map_err(|_| "the commit thread has ended".to_owned())?
        })
    }
}
