//! Versions: how far the streams that a customer's decisions read and write have come.

use kernel::event::Aggregate;

#[derive(Default)]
pub(super) struct Versions {
    pub customer: u64,
    pub book: u64,
    pub firm: u64,
}

impl Versions {
    pub fn of(&mut self, aggregate: Aggregate) -> &mut u64 {
        match aggregate {
            Aggregate::Customer => &mut self.customer,
            Aggregate::Book | Aggregate::Source => &mut self.book,
            Aggregate::Firm => &mut self.firm,
        }
    }
}
