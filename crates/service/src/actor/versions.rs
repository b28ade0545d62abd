//! Versions: how far the streams that a customer's decisions read and write have come.

use super::{CustomerActor, FIRM};
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

impl CustomerActor {
    pub(super) fn written(&self, aggregate: Aggregate, versions: &Versions) -> (String, u64) {
        let [customer, book] = &self.streams;
        match aggregate {
            Aggregate::Customer => (customer.clone(), versions.customer),
            // Of a source no customer decides anything: `sources` does.
            Aggregate::Book | Aggregate::Source => (book.clone(), versions.book),
            Aggregate::Firm => (FIRM.to_owned(), versions.firm),
        }
    }

    /// A decision on the book holds only while authority stands still.
    pub(super) fn witnesses(&self, aggregate: Aggregate, versions: &Versions) -> Vec<(String, u64)> {
        let [customer, _] = &self.streams;
        match aggregate {
            Aggregate::Book => vec![(customer.clone(), versions.customer), (FIRM.to_owned(), versions.firm)],
            Aggregate::Customer | Aggregate::Firm | Aggregate::Source => Vec::new(),
        }
    }
}
