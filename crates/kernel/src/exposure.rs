//! Exposure: what an order would add to: a position, and the open orders beside it.

use crate::group::{self, Group, Groups};
use crate::id::{AccountId, CredentialId, OrderId};
use crate::money::{Amount, Quantity};
use crate::order::{Side, Terms};
use crate::ties::Key;
use crate::working::Orders;

/// What this order would add to, seen from the credential (or the account, where it may close any).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Signed position that the order may count as its own.
    pub position: Quantity,
    /// The account's signed position.
    pub net: Quantity,
    /// Unfilled quantity of the other open orders on the same side.
    pub same_side: Quantity,
    pub open_orders: u32,
    pub open_value: Amount,
    /// An open order of the account on the other side could trade with this one.
    pub crosses: bool,
}

impl Exposure {
    /// Of who has nothing.
    pub const NONE: Self = Self {
        position: Quantity::ZERO,
        net: Quantity::ZERO,
        same_side: Quantity::ZERO,
        open_orders: 0,
        open_value: Amount::ZERO,
        crosses: false,
    };

    /// The most that could be held on this side, once all that is open there has traded, and nothing on the other.
    pub fn worst(&self, side: Side, quantity: Quantity) -> Option<Quantity> {
        let held = match side {
            Side::Buy => self.position,
            Side::Sell => Quantity::ZERO.checked_sub(self.position)?,
        };
        held.checked_add(self.same_side)?.checked_add(quantity)
    }

    /// Whether, with all that is open on its side, an order can only bring the position towards zero.
    #[inline]
    pub fn reduces(&self, side: Side, quantity: Quantity) -> bool {
        let against = match side {
            Side::Sell => self.position.is_positive(),
            Side::Buy => self.position.is_negative(),
        };
        let total = quantity.checked_add(self.same_side);
        against && total.is_some_and(|total| total <= self.position.saturating_abs())
    }
}

/// Who asks, for what.
#[derive(Clone, Copy, Debug)]
pub struct Adds<'a> {
    pub terms: &'a Terms,
    /// What is left of it, where it changes an open one: that one is left out.
    pub quantity: Quantity,
    pub changes: Option<OrderId>,
    pub group: Option<&'a Key>,
}

/// What an order would add to, of those that count: by their credential and their account.
pub fn exposure(
    (orders, groups): (&Orders, &Groups),
    (position, net): (Quantity, Quantity),
    adds: &Adds<'_>,
    counts: impl Fn(CredentialId, AccountId) -> bool,
) -> Exposure {
    let (terms, changes) = (adds.terms, adds.changes);
    let parent = match adds.group {
        Some(Key::Family(parent)) => Some(*parent),
        Some(Key::Named(..)) | None => None,
    };
    let mut exposure = Exposure { position, net, ..Exposure::default() };
    for order in orders.values().filter(|order| Some(order.id) != changes) {
        let same_instrument =
            order.terms.account == terms.account && order.terms.instrument.contract_id == terms.instrument.contract_id;
        // Whatever a parent at the market trades, its child trades after it.
        let before_it = Some(order.id) == parent && order.terms.kind.price().is_none();
        if same_instrument
            && order.could_trade_with(terms.side, terms.kind.price())
            && !terms.kind.is_stop()
            && !before_it
        {
            exposure.crosses = true;
        }
        if counts(order.credential, order.terms.account) {
            exposure.open_orders = exposure.open_orders.saturating_add(1);
            exposure.open_value = exposure.open_value.saturating_add(order.value());
            let alone = same_instrument && order.terms.side == terms.side && group::shared(groups, order).is_none();
            if alone {
                exposure.same_side = exposure.same_side.saturating_add(order.remaining());
            }
        }
    }
    if !groups.is_empty() {
        let theirs = |group: &Group| counts(group.credential, terms.account);
        let beside = group::beside((groups, orders), terms, (adds.group, adds.quantity), theirs, changes);
        exposure.same_side = exposure.same_side.saturating_add(beside);
    }
    exposure
}
