//! Shrinking: orders of which upstream takes away what others of their group have filled. Such a one is told as filled
//! with less than was asked; the rest has ended, which nothing else says. While it works it is told with less, too.

use crate::exact;
use kernel::effect::Tied;
use kernel::id::OrderId;
use kernel::order::Terms;
use kernel::ties::Fills;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// An order, and what binds it to others.
pub(super) type Bound<'a> = (&'a Terms, &'a Tied);

/// How much was asked of each that works.
#[derive(Debug, Default)]
pub(super) struct Shrinking(BTreeMap<OrderId, Decimal>);

impl Shrinking {
    pub(super) fn asked(&mut self, id: OrderId, (terms, tied): Bound<'_>) {
        if tied.group.as_ref().is_some_and(|(_, fills)| *fills != Fills::CancelBlocked) {
            self.0.insert(id, exact::from_quantity(terms.order_qty));
        }
    }

    pub(super) fn forget(&mut self, id: OrderId) {
        self.0.remove(&id);
    }

    /// Others may take from it.
    pub(super) fn may(&self, id: OrderId) -> bool {
        self.0.contains_key(&id)
    }

    /// An order that is done came to so much: others of its group have taken the rest.
    pub(super) fn is_short(&self, id: OrderId, came_to: Decimal) -> bool {
        came_to > Decimal::ZERO && self.0.get(&id).is_some_and(|asked| came_to < *asked)
    }

    /// Those that may be done with less.
    pub(super) fn all(&self) -> Vec<OrderId> {
        self.0.keys().copied().collect()
    }
}
