//! Export: what was recorded, on its way to the collector; nothing waits for it, and it waits for nothing but this.

use super::{PATIENCE, Recorder};
use notify::otlp::{self, Span};
use notify::{Collector, NotSent};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

/// Spans of one request, and how long it waits for more.
const BATCH: usize = 512;
const MORE: Duration = Duration::from_secs(1);
/// What the collector does not take now is tried again so often, with pauses that double; then it is dropped.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) enum Item {
    Span(Box<Span>),
    /// Answered when all before it are given to the collector, or given up.
    Flush(oneshot::Sender<()>),
}

/// The spans that were recorded.
#[derive(Debug)]
pub struct Spans {
    recorder: Arc<Recorder>,
    items: mpsc::Receiver<Item>,
    /// The collector has taken the last that it was given.
    takes: bool,
}

impl Spans {
    pub(super) fn of(recorder: Arc<Recorder>, items: mpsc::Receiver<Item>) -> Self {
        Self { recorder, items, takes: true }
    }

    /// The next that has ended already.
    pub fn try_next(&mut self) -> Option<Span> {
        std::iter::from_fn(|| self.items.try_recv().ok()).find_map(|item| match item {
            Item::Span(span) => Some(*span),
            Item::Flush(_) => None,
        })
    }

    /// Runs until the process ends.
    pub async fn go_to(mut self, collector: Collector) {
        loop {
            let (spans, flush) = self.gathered().await;
            if !spans.is_empty() {
                self.give(&collector, &spans, flush.is_some()).await;
            }
            if let Some(reply) = flush {
                // Whoever waited may have given up.
                reply.send(()).unwrap_or_default();
            }
        }
    }

    /// What comes within a moment, or as much as one request holds; and who waits until it is given.
    async fn gathered(&mut self) -> (Vec<Span>, Option<oneshot::Sender<()>>) {
        let (mut spans, begun) = (Vec::new(), Instant::now());
        while spans.len() < BATCH {
            let left = MORE.saturating_sub(begun.elapsed());
            match timeout(left, self.items.recv()).await {
                Ok(Some(Item::Span(span))) => spans.push(*span),
                Ok(Some(Item::Flush(reply))) => return (spans, Some(reply)),
                // Nobody is left who could tell anything.
                Ok(None) => std::future::pending().await,
                Err(_) => break,
            }
        }
        self.recorder.give_up(Instant::now().checked_sub(PATIENCE));
        (spans, None)
    }

    /// Who is in a hurry tries once.
    async fn give(&mut self, collector: &Collector, spans: &[Span], hurry: bool) {
        let body = otlp::encode("portreeve", env!("CARGO_PKG_VERSION"), spans);
        let many = spans.len() as u64;
        let mut pause = PAUSE;
        for nth in 1..=TRIES {
            let Err(why) = collector.take(body.clone()).await else {
                self.taken(None);
                self.recorder.exported.inc_by(many);
                return;
            };
            self.taken(Some(&why));
            if hurry || nth == TRIES || matches!(why, NotSent::Never(_) | NotSent::Gone(_)) {
                break;
            }
            sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
        self.recorder.dropped.inc_by(many);
    }

    /// Said once, until it is otherwise.
    fn taken(&mut self, failed: Option<&NotSent>) {
        let takes = failed.is_none();
        self.recorder.failing.set(i64::from(!takes));
        if std::mem::replace(&mut self.takes, takes) == takes {
            return;
        }
        match failed {
            Some(why) => tracing::warn!(%why, "the collector of traces takes nothing; orders go on"),
            None => {
                let dropped = self.recorder.dropped.get();
                tracing::info!(dropped, "the collector of traces takes spans again");
            }
        }
    }
}
