//! Resting: what is to become of open orders though nobody asks: when they are looked at, and which may stay at a kill.

use crate::approval;
use crate::book::Book;
use crate::cover;
use crate::group;
use crate::money::Quantity;
use crate::order::Side;
use crate::ties::Key;
use crate::time::Timestamp;
use crate::working::{Order, Status};

/// How long a part of a family waits here for the others: no longer than a quote is fresh.
pub const PARKED_MS: i64 = 5_000;

/// The next instant at which this book must be looked at, though nobody asks.
pub fn next_wakeup(book: &Book) -> Option<Timestamp> {
    let held = book.pending.values().map(|approval: &approval::Approval| approval.expires_at).min();
    let parked = book.orders.values().filter(|order| order.status == Status::Parked);
    held.into_iter().chain(parked.map(|order| order.since.plus_ms(PARKED_MS)).min()).min()
}

/// Whether the order, with those that are kept before it, could only bring its credential's part of a
/// position towards zero, and the account's net too: a person may have closed that part elsewhere.
pub fn only_reduces(book: &Book, order: &Order, closes_any: bool) -> bool {
    let terms = &order.terms;
    let (own, net) = book.position(terms.account, terms.instrument.contract_id, order.credential);
    let own_group = group::shared(&book.groups, order).map(|(key, _)| key);
    // Nothing of what it would close is there yet.
    if order.parent().is_some() && group::left(&book.groups, &book.orders, order).is_zero() {
        return false;
    }
    let towards_zero = |position: Quantity, any: bool| {
        let counts = |other: &Order| {
            (any || other.credential == order.credential)
                && other.terms.account == terms.account
                && other.terms.instrument.contract_id == terms.instrument.contract_id
                && other.terms.side == terms.side
        };
        let before = |other: &Order| counts(other) && working_before(other, order);
        let mut total = group::left(&book.groups, &book.orders, order);
        for other in book.orders.values().filter(|other| before(other)) {
            if group::shared(&book.groups, other).is_none() {
                total = total.saturating_add(other.remaining());
            }
        }
        // Those that count together count once, if any of them is kept before it.
        for (key, group) in &book.groups {
            let counted = |key: &Key| Some(key) != own_group && group.is_shared();
            if let Some(first) = group.members(&book.orders).find(|other| before(other)).filter(|_| counted(key)) {
                total = total.saturating_add(group::left(&book.groups, &book.orders, first));
            }
        }
        let against = match terms.side {
            Side::Sell => position.is_positive(),
            Side::Buy => position.is_negative(),
        };
        against && total <= position.saturating_abs()
    };
    let beside = |other: &Order| {
        let same = other.terms.instrument.contract_id == terms.instrument.contract_id;
        other.id != order.id && (!same || working_before(other, order))
    };
    towards_zero(net, true)
        && (closes_any || towards_zero(own, false))
        && !cover::uncovers(book, terms, (order.remaining(), order.group.as_ref()), beside)
}

/// Protective stops are kept first, then the older orders.
fn working_before(one: &Order, other: &Order) -> bool {
    let rank = |order: &Order| (!order.terms.kind.is_stop(), order.id);
    rank(one) < rank(other)
}
