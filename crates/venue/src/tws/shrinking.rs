//! Shrinking: orders of which upstream takes away what others of their group have filled. Such a one is told as filled
//! with less than was asked; the rest has ended, which nothing else says.

use crate::exact;
use kernel::effect::Tied;
use kernel::id::OrderId;
use kernel::order::Terms;
use kernel::ties::Fills;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use tws::OrderStatus;

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

    /// Why it has ended, where this says so.
    pub(super) fn done(&mut self, id: OrderId, status: &OrderStatus) -> Option<String> {
        match status.status.as_str() {
            "Filled" => {
                let asked = self.0.remove(&id)?;
                (status.filled < asked).then(|| "the rest was filled by another order of its group".to_owned())
            }
            "Cancelled" | "ApiCancelled" => self.0.remove(&id).and(None),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn less_than_was_asked_and_filled_is_the_end_of_it_once() {
        let id = OrderId::new(1, 1);
        let status = |word: &str, filled: i64| OrderStatus {
            status: word.to_owned(),
            filled: filled.into(),
            ..OrderStatus::default()
        };
        let mut one = Shrinking([(id, Decimal::TEN)].into());
        assert_eq!(one.done(id, &status("Submitted", 4)), None);
        assert!(one.done(id, &status("Filled", 6)).is_some());
        assert_eq!(one.done(id, &status("Filled", 6)), None);
        let mut one = Shrinking([(id, Decimal::TEN)].into());
        assert_eq!(one.done(id, &status("Filled", 10)), None);
        assert_eq!(Shrinking::default().done(id, &status("Filled", 1)), None);
    }
}
