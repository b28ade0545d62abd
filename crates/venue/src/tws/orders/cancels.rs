//! Cancels: a wish that is kept until its order has ended, and written once on each connection.

use super::{Known, Orders, Stage, Unfit, WORKS};
use kernel::id::OrderId;
use tws::OpenOrder;

impl Orders {
    /// The wish is kept: should the order turn up later, its cancel goes out then.
    pub(in crate::tws) fn cancel(&mut self, id: OrderId) -> Result<i32, Unfit> {
        // Of whose account it is upstream tells.
        let known = self.entry(id, "");
        known.cancelling = true;
        let Some(number) = known.number else {
            let told = std::mem::replace(&mut known.wait_told, true);
            return Err(if told { Unfit::StillNoNumber } else { Unfit::NoNumber });
        };
        // Where it cannot be written, the connection is of no more use.
        known.cancel_told = true;
        Ok(number)
    }

    /// Cancels of open orders that were written on a connection that is no more: a cancel may be told twice.
    pub(in crate::tws) fn lost_cancels(&mut self) -> Vec<i32> {
        let works = |known: &&mut Known| known.cancelling && known.stage == Stage::Working && !known.cancel_told;
        let mut numbers = Vec::new();
        for known in self.known.values_mut().filter(works) {
            known.cancel_told = known.number.is_some();
            numbers.extend(known.number);
        }
        numbers
    }

    /// Cancels that waited for a number, or for a word that the order works, and of what should not be there at all.
    pub(in crate::tws) fn owed_cancels(&mut self) -> Vec<i32> {
        let mut numbers = std::mem::take(&mut self.undead);
        for id in std::mem::take(&mut self.owed) {
            let Some(known) = self.known.get_mut(&id) else { continue };
            if known.stage != Stage::Ended && !known.cancel_told {
                known.cancel_told = known.number.is_some();
                numbers.extend(known.number);
            }
        }
        numbers
    }

    /// An order that has ended here and is told as open works without a charge: it is asked back, once on each connection.
    pub(super) fn look_for_undead(&mut self, id: OrderId, told: &OpenOrder) {
        let ended = |known: &&mut Known| known.stage == Stage::Ended && known.number == Some(told.order_id);
        let Some(known) = self.known.get_mut(&id).filter(ended) else { return };
        if WORKS.contains(&told.state.status.as_str()) && !std::mem::replace(&mut known.cancel_told, true) {
            tracing::error!(order = %id, "the venue tells an order as open that has ended here; it is cancelled");
            self.undead.push(told.order_id);
        }
    }
}
