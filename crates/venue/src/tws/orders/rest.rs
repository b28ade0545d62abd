//! The rest of an order that is done with less than was asked: others of its group have filled it.

use super::{Orders, Stage};
use crate::report::{Report, What};
use kernel::id::OrderId;
use kernel::working::Ended;

const TEXT: &str = "the rest was filled by another order of its group";

impl Orders {
    /// Whoever told that it is filled, and whenever: nothing else says that no more of it will come.
    pub(super) fn rest_has_ended(&mut self, id: OrderId) -> Vec<Report> {
        let done = |known: &&super::Known| known.stage == Stage::Ended && known.ended.is_none();
        let Some(came_to) = self.known.get(&id).filter(done).and_then(|known| known.whole) else { return Vec::new() };
        self.end_short(id, came_to)
    }

    /// All lists are told: of what is done without a word on how much, its fills say it.
    pub(super) fn rests_have_ended(&mut self) -> Vec<Report> {
        let done =
            |id: &OrderId| self.known.get(id).is_some_and(|known| known.stage == Stage::Ended && known.ended.is_none());
        let done: Vec<OrderId> = self.shrinking.all().into_iter().filter(done).collect();
        let came_to = |id: OrderId| Some((id, self.fills.quantity(id)?));
        let filled: Vec<_> = done.into_iter().filter_map(came_to).collect();
        filled.into_iter().flat_map(|(id, came_to)| self.end_short(id, came_to)).collect()
    }

    fn end_short(&mut self, id: OrderId, came_to: rust_decimal::Decimal) -> Vec<Report> {
        if !self.shrinking.is_short(id, came_to) {
            return Vec::new();
        }
        self.shrinking.forget(id);
        let Some(known) = self.known.get_mut(&id) else { return Vec::new() };
        // A change of it has ended with it.
        known.replacing = None;
        let (how, text) = (Ended::Cancelled, TEXT.to_owned());
        known.ended = Some((how, text.clone()));
        vec![Report { account: known.account.clone(), order: Some(id), what: What::Ended { how, text } }]
    }
}
