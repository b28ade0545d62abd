//! Readers: pages read the journal on a thread and a connection of their own; no append waits for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use store::Reader;

/// Reads that wait; more are turned away.
const WAITING: usize = 64;

pub type Look = Box<dyn FnOnce(&mut dyn Reader) + Send>;

/// Ends when the last handle is gone.
#[derive(Clone, Debug)]
pub(super) struct Readers(SyncSender<Look>);

impl Readers {
    pub(super) fn start(reader: Box<dyn Reader>) -> std::io::Result<Self> {
        let (sender, waiting) = sync_channel(WAITING);
        std::thread::Builder::new().name("read".into()).spawn(move || serve(reader, &waiting))?;
        Ok(Self(sender))
    }

    /// False when too many wait; then it is never called.
    pub(super) fn look(&self, look: Look) -> bool {
        match self.0.try_send(look) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }
}

fn serve(mut reader: Box<dyn Reader>, waiting: &Receiver<Look>) {
    while let Ok(look) = waiting.recv() {
        if catch_unwind(AssertUnwindSafe(|| look(reader.as_mut()))).is_err() {
            tracing::error!("a panic on the reading thread; it goes on");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use store::FaultyStore;

    #[test]
    fn too_many_that_wait_are_turned_away_and_a_panic_of_one_is_not_one_of_the_others() {
        let readers = Readers::start(Box::new(FaultyStore::new())).unwrap();
        let (begun, waits) = channel();
        let (go, held) = channel::<()>();
        assert!(readers.look(Box::new(move |_| {
            begun.send(()).unwrap();
            assert!(held.recv().is_err());
            panic!("as it was told to");
        })));
        waits.recv().unwrap();
        let (told, heads) = channel();
        let taken = (0..2 * WAITING).filter(|_| {
            let told = told.clone();
            readers.look(Box::new(move |reader| told.send(reader.head().unwrap().size).unwrap()))
        });
        assert_eq!(taken.count(), WAITING);
        drop((go, told));
        assert_eq!(heads.iter().count(), WAITING);
    }
}
