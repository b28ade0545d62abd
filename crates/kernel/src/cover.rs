//! Cover: what lies under an option that was written. Whoever closes that leaves the option naked.

use crate::book::Book;
use crate::instrument::{AssetClass, Instrument};
use crate::order::{Side, Terms};

/// Whether an option on the same symbol was written on the account, and this order does not buy one back. How much cover
/// it needs, and on which side, is not worked out: the option is bought back first.
pub fn uncovers(book: &Book, terms: &Terms) -> bool {
    let asked = &terms.instrument;
    if asked.class == AssetClass::Option && terms.side == Side::Buy {
        return false;
    }
    let on_it =
        |of: &Instrument| of.class == AssetClass::Option && of.symbol == asked.symbol && of.currency == asked.currency;
    book.positions.iter().any(|((account, _), held)| {
        *account == terms.account && held.net.is_negative() && held.instrument.as_ref().is_some_and(on_it)
    })
}
