//! Progress: a connection whose other side takes nothing of what it asked for ends after a while.

use std::future::Future;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

#[derive(Debug)]
pub struct Progress<S> {
    stream: S,
    longest: Duration,
    /// Since the other side took nothing more.
    waits: Option<Pin<Box<Sleep>>>,
}

impl<S> Progress<S> {
    pub const fn of(stream: S, longest: Duration) -> Self {
        Self { stream, longest, waits: None }
    }

    fn watched<T>(&mut self, context: &mut Context<'_>, written: Poll<Result<T>>) -> Poll<Result<T>> {
        if written.is_ready() {
            self.waits = None;
            return written;
        }
        let longest = self.longest;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(longest)));
        waits.as_mut().poll(context).map(|()| Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Progress<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Progress<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, written)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watched(context, flushed)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(context);
        self.watched(context, ended)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn whoever_takes_nothing_is_left() {
        let (ours, _theirs) = duplex(64);
        let ended = Progress::of(ours, Duration::ZERO).write_all(&[0; 1_000]).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whoever_takes_it_by_and_by_gets_all_of_it() {
        let (ours, mut theirs) = duplex(64);
        let mut ours = Progress::of(ours, Duration::from_secs(3_600));
        let (written, taken) = tokio::join!(ours.write_all(&[7; 1_000]), async {
            let mut taken = [0; 1_000];
            theirs.read_exact(&mut taken).await.unwrap();
            taken
        });
        written.unwrap();
        assert_eq!(taken, [7; 1_000]);
        assert!(ours.waits.is_none());
    }
}
