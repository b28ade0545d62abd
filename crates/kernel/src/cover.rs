//! Cover: what lies under options that were written. Whoever sells that leaves them naked.

use crate::book::Book;
use crate::instrument::{AssetClass, Instrument, Right};
use crate::money::Quantity;
use crate::order::{Side, Terms};
use crate::ties::Key;
use crate::working::Order;

/// One share, in the units of a quantity.
const ONE: i128 = 100_000_000;

/// Whether, with so much sold, more options of this symbol would be naked on the account than without. A written call is
/// covered by shares and by calls that are held, a written put by puts. What else is open to be sold (`counts`) may trade
/// first: an option is written once that could be, and shares are gone. Of a group one is sold, and a child waits for what
/// its parent opens.
pub fn uncovers(
    book: &Book,
    terms: &Terms,
    (sold, group): (Quantity, Option<&Key>),
    counts: impl Fn(&Order) -> bool,
) -> bool {
    let option = terms.instrument.derivative.and_then(|derivative| derivative.option);
    let right = match (terms.side, terms.instrument.class) {
        (Side::Sell, AssetClass::Stock | AssetClass::Etf) => Some(Right::Call),
        (Side::Sell, AssetClass::Option) => option.map(|struck| struck.right),
        (Side::Sell, AssetClass::Future | AssetClass::Forex) | (Side::Buy, _) => None,
    };
    let Some(right) = right else { return false };
    let under = Under { book, terms, right, group, counts };
    under.naked(sold) > under.naked(Quantity::ZERO)
}

struct Under<'a, F> {
    book: &'a Book,
    terms: &'a Terms,
    right: Right,
    group: Option<&'a Key>,
    counts: F,
}

impl<F: Fn(&Order) -> bool> Under<'_, F> {
    /// In shares, which one of it stands for; nothing where it neither covers nor is covered.
    fn stands_for(&self, of: &Instrument) -> Option<i128> {
        let asked = &self.terms.instrument;
        if of.symbol != asked.symbol || of.currency != asked.currency {
            return None;
        }
        match (of.class, of.derivative) {
            (AssetClass::Stock | AssetClass::Etf, _) => (self.right == Right::Call).then_some(ONE),
            (AssetClass::Option, Some(derivative)) if derivative.option?.right == self.right => {
                Some(i128::from(derivative.multiplier.units()))
            }
            (AssetClass::Option | AssetClass::Future | AssetClass::Forex, _) => None,
        }
    }

    fn open_to_be_sold(&self) -> impl Iterator<Item = &Order> {
        let here = |order: &&Order| order.terms.account == self.terms.account && order.terms.side == Side::Sell;
        let waits = |order: &Order| order.parent().is_some_and(|parent| self.book.orders.contains_key(&parent));
        let theirs = |order: &Order| self.group.is_some() && order.group.as_ref() == self.group;
        self.book
            .orders
            .values()
            .filter(here)
            .filter(move |order| (self.counts)(order) && !theirs(order) && !waits(order))
    }

    fn naked(&self, sold: Quantity) -> i128 {
        let (mut cover, mut written) = (0_i128, 0_i128);
        let (account, asked) = (self.terms.account, &self.terms.instrument);
        for ((_, contract), held) in self.book.positions.range((account, i64::MIN)..=(account, i64::MAX)) {
            let known = if *contract == asked.contract_id { Some(asked) } else { held.instrument.as_ref() };
            let Some((of, each)) = known.and_then(|of| Some((of, self.stands_for(of)?))) else { continue };
            let open = self.open_to_be_sold().filter(|order| order.terms.instrument.contract_id == *contract);
            let mut left = i128::from(held.net.units());
            left = open.fold(left, |left, order| left.saturating_sub(i128::from(order.remaining().units())));
            if *contract == asked.contract_id {
                left = left.saturating_sub(i128::from(sold.units()));
            }
            let shares = left.saturating_mul(each);
            if shares > 0 {
                cover = cover.saturating_add(shares);
            } else if of.class == AssetClass::Option {
                written = written.saturating_sub(shares);
            }
        }
        // Of options of which nothing is held yet, or nobody knows what is.
        for order in self.open_to_be_sold().filter(|order| order.terms.instrument.class == AssetClass::Option) {
            let contract = order.terms.instrument.contract_id;
            let counted = contract == asked.contract_id
                || self.book.positions.get(&(account, contract)).is_some_and(|held| held.instrument.is_some());
            if let Some(each) = self.stands_for(&order.terms.instrument).filter(|_| !counted) {
                written = written.saturating_add(i128::from(order.remaining().units()).saturating_mul(each));
            }
        }
        written.saturating_sub(cover).max(0)
    }
}
