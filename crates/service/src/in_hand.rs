//! In hand: requests of one connection that are being answered; without one it is idle, whatever it has half said.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Clone, Debug, Default)]
pub struct InHand(Arc<AtomicUsize>);

/// One request, until it is answered or dropped.
#[derive(Debug)]
pub struct Busy(InHand);

impl InHand {
    pub fn take(&self) -> Busy {
        self.0.fetch_add(1, Ordering::SeqCst);
        Busy(self.clone())
    }

    pub fn is_idle(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_idle_again_once_all_are_answered() {
        let in_hand = InHand::default();
        let (one, other) = (in_hand.take(), in_hand.clone().take());
        drop(one);
        assert!(!in_hand.is_idle());
        drop(other);
        assert!(in_hand.is_idle());
    }
}
