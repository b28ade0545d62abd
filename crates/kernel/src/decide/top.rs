//! The top tier: which held orders take a device-bound key or two approvers, and what a signature weighs there.

use crate::account::Account;
use crate::api_credential::ApiCredential;
use crate::approval::{self, Approval, First};
use crate::authenticator::Authenticator;
use crate::decide::ticket;
use crate::device;
use crate::guard::Question;
use crate::id::{ApprovalId, UserId};
use crate::money::Amount;
use crate::people::{People, Signed};
use crate::refusal::Refusal;
use crate::state::State;
use crate::time::Timestamp;
use crate::user::User;
use alloc::vec::Vec;

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    One,
    /// A device-bound key, or the second of two people.
    Top,
}

/// Whether an order that counts so much takes more than one approver. What only reduces a position takes one at the
/// most: whoever is alone must be able to close, also while nobody knows what it is worth.
pub(super) fn takes(credential: &ApiCredential, account: &Account, value: Amount, reduces: bool) -> bool {
    let above = credential.limits.top_above.into_iter().chain(account.limits.top_above).min();
    !reduces && above.is_some_and(|above| value > above)
}

/// Whether it can only bring a position towards zero, as the guard takes it.
pub(super) fn reduces(question: &Question<'_>) -> bool {
    let (side, quantity) = (question.terms.side, question.terms.order_qty);
    question.exposures.is_some_and(|all| all.reduces(side, quantity))
}

/// What the signature weighs, once it was checked; why it does not count.
pub(super) fn weight(
    state: &State,
    approval: &Approval,
    signed: &Signed<'_>,
    key: &Authenticator,
    now: Timestamp,
) -> Result<Weight, Refusal> {
    if is_enough(state, approval, signed.user, key) {
        return Ok(Weight::Top);
    }
    if approval.top { two(state, approval, signed, now) } else { Ok(Weight::One) }
}

/// It cannot be copied, and was not made for this: whoever holds a session could add one, let the order lapse and ask
/// again. Of what one asks for oneself it is enough only where one may state the limit too.
fn is_enough(state: &State, approval: &Approval, user: &User, key: &Authenticator) -> bool {
    let old = key.bound_at.plus_ms(device::MOVE_AFTER_MS) <= approval.asked_at;
    let others = user.role.may_move() || holder(state, approval) != Some(user.id);
    key.is_device_bound() && others && (old || is_first_of_all(&state.customer.people, approval, user, key))
}

/// What the first owner was enrolled with: there was nobody yet whose session could have added it.
fn is_first_of_all(people: &People, approval: &Approval, user: &User, key: &Authenticator) -> bool {
    let first = people.first == Some(user.id);
    user.role.may_move() && first && key.bound_at == user.created_at && key.bound_at <= approval.asked_at
}

/// The same for a page, before anybody has signed: with the keys they have.
pub(super) fn may(state: &State, approval: &Approval, signed: &Signed<'_>, now: Timestamp) -> Result<(), Refusal> {
    let alone = state.customer.people.active(signed.user.id).any(|key| is_enough(state, approval, signed.user, key));
    if alone || !approval.top { Ok(()) } else { two(state, approval, signed, now).map(|_| ()) }
}

/// With a key that may be copied.
fn two(state: &State, approval: &Approval, signed: &Signed<'_>, now: Timestamp) -> Result<Weight, Refusal> {
    // Whoever asks is neither of the two.
    if holder(state, approval) == Some(signed.user.id) {
        return Err(approval::Refusal::OwnRequest.into());
    }
    approval::bound_before(approval.asked_at, signed.device)?;
    match first(&state.customer.people, approval, now) {
        Some(first) if first.user == signed.user.id => Err(approval::Refusal::SignedAlready.into()),
        Some(_) => Ok(Weight::Top),
        None if of(state, approval, now).is_reachable() => Ok(Weight::One),
        None => Err(approval::Refusal::OutOfReach.into()),
    }
}

/// The first of two, while they are still there: signed in, on a device that is bound, with a key that is theirs.
fn first(people: &People, approval: &Approval, now: Timestamp) -> Option<First> {
    let first = approval.first?;
    let signed = people.signed_in(first.session, now).ok().filter(|signed| signed.user.role.may_trade())?;
    let stands = signed.user.id == first.user && people.active(first.user).any(|one| one.id == first.authenticator);
    stands.then_some(first)
}

fn holder(state: &State, approval: &Approval) -> Option<UserId> {
    ticket::of(state, approval.requester).map(|(_, holder)| holder)
}

/// Who has signed and who may, for pages that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    pub signed: Option<UserId>,
    /// Besides them: any of these is the other one, or two of them.
    pub may: Vec<UserId>,
    /// One of these is enough, with a device-bound key.
    pub alone: Vec<UserId>,
}

impl Outlook {
    pub fn is_reachable(&self) -> bool {
        !self.alone.is_empty() || self.may.len().saturating_add(usize::from(self.signed.is_some())) >= 2
    }
}

/// `None` where one approver is enough, or nothing waits.
pub fn outlook(state: &State, id: ApprovalId, now: Timestamp) -> Option<Outlook> {
    let approval = state.book.pending.get(&id).filter(|one| one.top && now < one.expires_at)?;
    Some(of(state, approval, now))
}

fn of(state: &State, approval: &Approval, now: Timestamp) -> Outlook {
    let people = &state.customer.people;
    let (signed, asks) = (first(people, approval, now).map(|one| one.user), holder(state, approval));
    let able = |user: &&User| user.role.may_trade() && people.active(user.id).any(Authenticator::is_passkey);
    let bound = |user: &User| {
        let mut theirs = people.devices.iter().filter(|one| one.user == user.id && one.trusted(now).is_ok());
        theirs.any(|one| approval::bound_before(approval.asked_at, one).is_ok())
    };
    let one_of_two = |user: &&User| Some(user.id) != asks && Some(user.id) != signed && bound(user);
    let alone = |user: &&User| people.active(user.id).any(|key| is_enough(state, approval, user, key));
    let all = || people.users.iter().filter(able);
    Outlook {
        signed,
        may: all().filter(one_of_two).map(|user| user.id).collect(),
        alone: all().filter(alone).map(|user| user.id).collect(),
    }
}
