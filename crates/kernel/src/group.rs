//! Groups: orders of which the venue lets no more trade than the largest could alone, or than their parent has traded.
//!
//! What they could trade together is all that the guard counts of them, on their side of their instrument.

use crate::id::{AccountId, CredentialId, OrderId};
use crate::money::Quantity;
use crate::order::{Side, Terms};
use crate::ties::{Fills, Key};
use crate::working::{Order, Orders};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

pub type Groups = BTreeMap<Key, Group>;

/// What the orders of one group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Like {
    pub account: AccountId,
    pub contract_id: i64,
    pub side: Side,
    pub fills: Fills,
}

impl Like {
    pub const fn of(terms: &Terms, fills: Fills) -> Self {
        Self { account: terms.account, contract_id: terms.instrument.contract_id, side: terms.side, fills }
    }
    fn counts_beside(&self, terms: &Terms) -> bool {
        self.account == terms.account && self.contract_id == terms.instrument.contract_id && self.side == terms.side
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub credential: CredentialId,
    /// `None` once two of them differed: then each counts by itself.
    like: Option<Like>,
    /// Of a family: what its parent has traded, which bounds all of them together.
    parent: Option<Quantity>,
    /// By those that were in it when they did.
    traded: Quantity,
    /// What each of them is for, and whether that was ever so of all.
    size: Quantity,
    equal: bool,
    open: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Member {
    id: OrderId,
    /// What the group had traded when it came, or was changed, less what it had itself: that took nothing from it.
    before: Quantity,
}

impl Group {
    /// Whether they count together.
    #[inline]
    pub fn is_shared(&self) -> bool {
        self.like.is_some_and(|like| like.fills.blocked())
    }

    /// What they could still trade together.
    fn left(&self, orders: &Orders, without: Option<OrderId>) -> Quantity {
        let open = self.open.iter().filter(|member| Some(member.id) != without);
        let largest = open.filter_map(|member| Some(self.of(member, orders.get(&member.id)?))).max();
        let bound = self.parent.map_or(Quantity::MAX, |traded| traded.saturating_sub(self.traded));
        largest.unwrap_or_default().min(bound).max(Quantity::ZERO)
    }

    /// What one could still trade: each fill in the group, its own or another's, takes as much from it. While it is
    /// changed the venue may give back what others took; of unequal ones it may take less than as much.
    fn of(&self, member: &Member, order: &Order) -> Quantity {
        if order.replacing.is_some() || !self.equal {
            return order.remaining();
        }
        order.whole().saturating_sub(self.traded.saturating_sub(member.before)).min(order.remaining())
    }

    /// What each of them could still trade, added up.
    fn each(&self, orders: &Orders) -> Quantity {
        let open = self.members(orders);
        open.fold(Quantity::ZERO, |sum, order| sum.saturating_add(order.remaining()))
    }

    fn takes_in(&mut self, order: &Order, like: Like) {
        if self.like != Some(like) {
            self.like = None;
        }
        self.equal &= self.size == order.terms.order_qty;
        self.open.push(Member { id: order.id, before: self.traded });
    }

    /// Of a family: what its parent may trade in all, as far as anybody knows; it bounds each of the children.
    pub fn bound(&self, parent: Option<&Order>) -> Quantity {
        let asked = |order: &Order| match &order.replacing {
            Some(new) => new.terms.order_qty.min(order.terms.order_qty),
            None => order.terms.order_qty,
        };
        parent.map_or_else(|| self.parent.unwrap_or_default(), asked)
    }

    pub fn members<'a>(&'a self, orders: &'a Orders) -> impl Iterator<Item = &'a Order> {
        self.open.iter().filter_map(|member| orders.get(&member.id))
    }
}

/// The group that an order says it belongs to; `parent` is the order that its number means.
pub fn key(terms: &Terms, credential: CredentialId, parent: Option<OrderId>) -> Option<Key> {
    let named = |name: &str| Key::Named(credential, name.into());
    parent.map(Key::Family).or_else(|| terms.ties.group.as_ref().map(|group| named(&group.name)))
}

/// An order was admitted into it.
pub fn join(groups: &mut Groups, order: &Order) {
    let Some(key) = &order.group else { return };
    let parent = matches!(key, Key::Family(_)).then_some(Quantity::ZERO);
    let fills = order.terms.ties.group.as_ref().map_or(Fills::ReduceBlocked, |group| group.fills);
    let like = Like::of(&order.terms, fills);
    let new = || Group {
        credential: order.credential,
        like: Some(like),
        parent,
        traded: Quantity::ZERO,
        size: order.terms.order_qty,
        equal: true,
        open: Vec::new(),
    };
    groups.entry(key.clone()).or_insert_with(new).takes_in(order, like);
}

/// An order of it, or its parent, has traded.
pub fn traded(groups: &mut Groups, order: &Order, quantity: Quantity) {
    // One that has left may have been in another of that name.
    if let Some(group) = order.group.as_ref().and_then(|key| groups.get_mut(key))
        && group.open.iter().any(|member| member.id == order.id)
    {
        group.traded = group.traded.saturating_add(quantity);
    }
    if !groups.is_empty()
        && let Some(Group { parent: Some(traded), .. }) = groups.get_mut(&Key::Family(order.id))
    {
        *traded = traded.saturating_add(quantity);
    }
}

/// The venue is told its whole quantity again: what others took from it may be given back.
pub fn changed(groups: &mut Groups, order: &Order) {
    if let Some(group) = order.group.as_ref().and_then(|key| groups.get_mut(key)) {
        let before = group.traded.saturating_sub(order.filled);
        group.equal &= group.size == order.whole();
        let mut open = group.open.iter_mut();
        open.find(|member| member.id == order.id).into_iter().for_each(|member| member.before = before);
    }
}

/// An order of it has ended; the last one takes it along.
pub fn leave(groups: &mut Groups, order: &Order) {
    let Some(key) = &order.group else { return };
    if let Some(group) = groups.get_mut(key) {
        group.open.retain(|member| member.id != order.id);
        if group.open.is_empty() {
            groups.remove(key);
        }
    }
}

/// What all shared groups of an order's instrument and side could still trade, besides the `quantity` that it asks
/// for itself: in its own group it adds to nothing but what is larger than it.
pub fn beside(
    (groups, orders): (&Groups, &Orders),
    terms: &Terms,
    (own, quantity): (Option<&Key>, Quantity),
    counts: impl Fn(&Group) -> bool,
    changes: Option<OrderId>,
) -> Quantity {
    let mut total = Quantity::ZERO;
    for (key, group) in groups.iter().filter(|(_, group)| group.is_shared() && counts(group)) {
        let Some(like) = group.like.filter(|like| like.counts_beside(terms)) else { continue };
        let left = group.left(orders, changes);
        let kept = match (&terms.ties.group, own == Some(key)) {
            (_, false) => left,
            // It would not count with them: it makes a mixed group of it.
            (Some(other), true) if other.fills != like.fills => group.each(orders),
            (_, true) => left.saturating_sub(quantity).max(Quantity::ZERO),
        };
        total = total.saturating_add(kept);
    }
    total
}

/// What an order could still trade, with those that count with it.
pub fn left(groups: &Groups, orders: &Orders, order: &Order) -> Quantity {
    match shared(groups, order) {
        Some((_, group)) => group.left(orders, None),
        None => order.remaining(),
    }
}

/// The group that it counts with, where there is one.
#[inline]
pub fn shared<'a>(groups: &'a Groups, order: &'a Order) -> Option<(&'a Key, &'a Group)> {
    let key = order.group.as_ref()?;
    groups.get(key).filter(|group| group.is_shared()).map(|group| (key, group))
}
