//! Ticket: what a person places orders by: a record like that of an API credential, held by a user instead of a listener.
//!
//! It is born narrow: it closes what the accounts hold and does nothing else, until limits are stated for it.

use crate::allowances::Allowances;
pub use crate::api_credential::Stated;
use crate::api_credential::{ApiCredential, Dormancy, MAX_LIFETIME_MS, Refusal as OfRecord, State};
use crate::digest::Digest;
use crate::id::{CredentialId, FormId, OrderId, UserId};
use crate::limits::Limits;
use crate::scope::{Scope, Scopes};
use crate::time::Timestamp;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A form that was shown longer ago sends nothing: what was sent from it is not remembered any more.
pub const FORM_LIFETIME_MS: i64 = 30 * 60_000;
/// It is never dormant: whoever uses it has just shown who they are. A hundred years.
const NEVER_MS: i64 = 100 * 365 * 86_400_000;
/// Forms remembered at once; older ones then send nothing.
const MOST_SENT: usize = 1_024;

/// Why a ticket only closes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseOnly {
    NothingStated,
    Suspended,
    Expired,
    /// It was asked for only to close.
    Asked,
}

impl CloseOnly {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingStated => "no limits are stated for it",
            Self::Suspended => "it is suspended",
            Self::Expired => "what was stated for it has expired",
            Self::Asked => "it was asked for only to close",
        }
    }
}

/// As the guard sees it: it closes whatever the account holds; where it does nothing else now, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub close_only: Option<CloseOnly>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotOpen,
    /// This form has sent its order already.
    FormSent {
        order: OrderId,
    },
    FormTooOld,
    /// A person at a ticket sends no signs of life: a timer that is stated there would hold nothing.
    NoTimer,
}

/// No port, no secret, no peer: no program can ever use it.
pub const fn blank(id: CredentialId, holder: UserId, scopes: Scopes, now: Timestamp) -> ApiCredential {
    ApiCredential {
        id,
        name: String::new(),
        state: State::Active,
        scopes,
        accounts: Vec::new(),
        instruments: Vec::new(),
        port: 0,
        peer_uid: u32::MAX,
        secrets: Vec::new(),
        created_at: now,
        expires_at: None,
        last_used_at: now,
        dormancy: Dormancy { suspend_after_ms: NEVER_MS, revoke_after_ms: NEVER_MS },
        limits: Limits::NONE,
        allowances: CLOSES,
        cancel_on_disconnect: false,
        observe: false,
        holder: Some(holder),
    }
}

/// Whatever is stated: a person may close all that the accounts hold.
const CLOSES: Allowances = Allowances { close_any: true, ..Allowances::NONE };

pub fn open(id: CredentialId, holder: UserId, now: Timestamp) -> ApiCredential {
    blank(id, holder, Scopes::of(&Scope::ALL), now)
}

/// Whether it only closes at `now`, and why: read from the record and the clock, at every order.
pub fn close_only(ticket: &ApiCredential, now: Timestamp) -> Option<CloseOnly> {
    match ticket.state {
        State::Suspended | State::Revoked => return Some(CloseOnly::Suspended),
        State::Active => {}
    }
    if ticket.limits.order_value.is_none() || ticket.limits.day_value.is_none() {
        return Some(CloseOnly::NothingStated);
    }
    ticket.expires_at.is_none_or(|at| now >= at).then_some(CloseOnly::Expired)
}

impl Stated {
    pub fn of(ticket: &ApiCredential) -> Self {
        Self {
            limits: ticket.limits,
            instruments: ticket.instruments.clone(),
            allowances: ticket.allowances,
            expires_at: ticket.expires_at,
        }
    }

    /// As it is recorded: closing is never taken away.
    pub fn closing(self) -> Self {
        Self { allowances: Allowances { close_any: true, ..self.allowances }, ..self }
    }

    fn states_nothing(&self) -> bool {
        self.limits.order_value.is_none() && self.limits.day_value.is_none()
    }

    /// What lets it open positions is stated in full, as for a program.
    pub fn check(&self, now: Timestamp) -> Result<(), OfRecord> {
        if self.states_nothing() {
            return Ok(());
        }
        if self.limits.order_value.is_none() || self.limits.day_value.is_none() {
            return Err(OfRecord::TradingNeedsLimits);
        }
        if self.instruments.is_empty() {
            return Err(OfRecord::TradingNeedsInstruments);
        }
        let at = self.expires_at.ok_or(OfRecord::TradingNeedsExpiry)?;
        if at.since(now) > MAX_LIFETIME_MS { Err(OfRecord::ExpiryTooFar) } else { Ok(()) }
    }

    /// Whether nothing may be done under it that was not allowed before.
    pub fn no_wider_than(&self, old: &Self) -> bool {
        let fewer = self.instruments.iter().all(|one| old.instruments.contains(one));
        let named = |all: &Allowances| {
            [all.market, all.stop, all.short_sale, all.outside_hours, all.trailing, all.auction, all.option_writing]
        };
        let allowed = named(&self.allowances).into_iter().zip(named(&old.allowances)).all(|(new, old)| old || !new);
        let sooner = match (self.expires_at, old.expires_at) {
            (Some(new), Some(old)) => new <= old,
            (None, None) => true,
            // Without an expiry nothing but closing is allowed.
            (None, Some(_)) => self.states_nothing(),
            (Some(_), None) => false,
        };
        // To state no value allows the least there is. Counts, rates and the threshold bind what closes, too.
        let (order_value, day_value) = (old.limits.order_value, old.limits.day_value);
        let counted =
            if self.states_nothing() { Limits { order_value, day_value, ..self.limits } } else { self.limits };
        counted.no_wider_than(&old.limits) && fewer && allowed && sooner
    }
}

/// The order that this form places. Of a hash, so that no form can be made up that names another's order.
pub fn order_id(ticket: CredentialId, form: FormId) -> OrderId {
    let digest = Digest::of(&[b"portreeve/ticket/v1", &ticket.bits().to_be_bytes(), &form.bits().to_be_bytes()]);
    let dice = digest.bytes().iter().take(16).fold(0, |dice: u128, byte| (dice << 8) | u128::from(*byte));
    OrderId::new(form.shown_at().0, dice)
}

/// The orders that were placed, held or refused by tickets of late: none of their forms sends another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    orders: BTreeSet<OrderId>,
    floor: Timestamp,
}

impl Sent {
    pub fn note(&mut self, order: OrderId, now: Timestamp) {
        self.orders.insert(order);
        while let Some(oldest) = self.orders.first().copied() {
            if self.orders.len() <= MOST_SENT && now.since(oldest.born_at()) <= FORM_LIFETIME_MS {
                break;
            }
            self.orders.pop_first();
            self.floor = self.floor.max(oldest.born_at());
        }
    }

    /// Whether this form may still send its order.
    pub fn fresh(&self, form: FormId, order: OrderId, now: Timestamp) -> Result<(), Refusal> {
        if self.orders.contains(&order) {
            return Err(Refusal::FormSent { order });
        }
        let shown = form.shown_at();
        let late = now.since(shown) > FORM_LIFETIME_MS || shown <= self.floor;
        if late || shown > now { Err(Refusal::FormTooOld) } else { Ok(()) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::type_complexity)]
mod tests {
    use super::*;
    use crate::instrument::{AssetClass, Selector};
    use crate::money::Amount;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn ticket() -> ApiCredential {
        open(CredentialId::new(1, 1), UserId::new(1, 1), NOW)
    }

    fn stated() -> Stated {
        let amount = |text| Some(Amount::parse(text).unwrap());
        Stated {
            limits: Limits { order_value: amount("100"), day_value: amount("1000"), ..Limits::NONE },
            instruments: [Selector::Class(AssetClass::Stock)].into(),
            allowances: Allowances::default(),
            expires_at: Some(NOW.plus_ms(MAX_LIFETIME_MS)),
        }
    }

    #[test]
    fn it_is_born_closing_and_closes_again_when_what_was_stated_ends() {
        let mut one = ticket();
        assert_eq!(close_only(&one, NOW), Some(CloseOnly::NothingStated));
        (one.limits, one.expires_at) = (stated().limits, Some(NOW.plus_ms(1)));
        assert_eq!(close_only(&one, NOW), None);
        assert_eq!(close_only(&one, NOW.plus_ms(1)), Some(CloseOnly::Expired));
        let halves: [fn(&mut Limits); 2] = [|limits| limits.order_value = None, |limits| limits.day_value = None];
        for half in halves {
            let mut one = one.clone();
            half(&mut one.limits);
            assert_eq!(close_only(&one, NOW), Some(CloseOnly::NothingStated));
        }
        one.state = State::Suspended;
        assert_eq!(close_only(&one, NOW), Some(CloseOnly::Suspended));
        (one.state, one.expires_at) = (State::Active, None);
        assert_eq!(close_only(&one, NOW), Some(CloseOnly::Expired));
    }

    #[test]
    fn what_opens_positions_is_stated_in_full_and_for_ninety_days_at_the_most() {
        let cases: [(fn(&mut Stated), Option<OfRecord>); 7] = [
            (|_| {}, None),
            (|s| *s = Stated::default(), None),
            (|s| s.limits.order_value = None, Some(OfRecord::TradingNeedsLimits)),
            (|s| s.limits.day_value = None, Some(OfRecord::TradingNeedsLimits)),
            (|s| s.instruments.clear(), Some(OfRecord::TradingNeedsInstruments)),
            (|s| s.expires_at = None, Some(OfRecord::TradingNeedsExpiry)),
            (|s| s.expires_at = s.expires_at.map(|at| at.plus_ms(1)), Some(OfRecord::ExpiryTooFar)),
        ];
        for (n, (edit, refusal)) in cases.into_iter().enumerate() {
            let mut one = stated();
            edit(&mut one);
            assert_eq!(one.check(NOW).err(), refusal, "case {n}");
        }
    }

    #[test]
    fn less_in_every_respect_is_narrower_and_more_in_one_is_wider() {
        let cases: [(fn(&mut Stated), bool); 15] = [
            (|_| {}, true),
            (|s| *s = Stated::default(), true),
            (|s| s.limits.order_value = Some(Amount::parse("99").unwrap()), true),
            (|s| s.limits.order_value = Some(Amount::parse("101").unwrap()), false),
            (|s| s.instruments.clear(), true),
            (|s| s.instruments.push(Selector::Contract(1)), false),
            (|s| s.allowances.market = true, false),
            (|s| s.allowances.stop = true, false),
            (|s| s.allowances.short_sale = true, false),
            (|s| s.allowances.option_writing = true, false),
            (|s| s.allowances.outside_hours = true, false),
            (|s| s.allowances.trailing = true, false),
            (|s| s.allowances.auction = true, false),
            (|s| s.expires_at = s.expires_at.map(|at| at.minus_ms(1)), true),
            (|s| s.expires_at = s.expires_at.map(|at| at.plus_ms(1)), false),
        ];
        for (n, (edit, narrower)) in cases.into_iter().enumerate() {
            let mut one = stated();
            edit(&mut one);
            assert_eq!(one.no_wider_than(&stated()), narrower, "case {n}");
        }
        assert!(!stated().no_wider_than(&Stated::default()));
        // What a person had to be asked about is not done without being asked.
        let asked = Stated { limits: Limits { approve_above: Some(Amount::ZERO), ..stated().limits }, ..stated() };
        assert!(!Stated::default().no_wider_than(&asked));
    }

    #[test]
    fn a_form_sends_one_order_and_none_once_it_is_forgotten() {
        let (mut sent, one) = (Sent::default(), FormId::new(NOW.0, 1));
        let order = order_id(CredentialId::new(1, 1), one);
        assert_ne!(order, order_id(CredentialId::new(1, 2), one));
        assert_ne!(order, order_id(CredentialId::new(1, 1), FormId::new(NOW.0, 2)));
        assert_eq!(sent.fresh(one, order, NOW.minus_ms(1)), Err(Refusal::FormTooOld), "not shown yet");
        let last = NOW.plus_ms(FORM_LIFETIME_MS);
        assert_eq!(sent.fresh(one, order, last), Ok(()));
        assert_eq!(sent.fresh(one, order, last.plus_ms(1)), Err(Refusal::FormTooOld));
        sent.note(order, NOW);
        assert_eq!(sent.fresh(one, order, last), Err(Refusal::FormSent { order }));
        sent.note(order_id(CredentialId::new(1, 1), FormId::new(last.0 + 1, 1)), last.plus_ms(1));
        assert_eq!(sent.fresh(one, order, last), Err(Refusal::FormTooOld), "forgotten, and not sent again");
    }

    #[test]
    fn a_flood_of_forms_makes_the_oldest_too_old_and_never_fresh_again() {
        let mut sent = Sent::default();
        let of = |n: i64| FormId::new(NOW.0 + n, 1);
        for n in 0..=1_024 {
            sent.note(order_id(CredentialId::new(1, 1), of(n)), NOW.plus_ms(n));
        }
        let now = NOW.plus_ms(2_000);
        let fresh = |n: i64| sent.fresh(of(n), order_id(CredentialId::new(1, 1), of(n)), now);
        assert_eq!(fresh(0), Err(Refusal::FormTooOld));
        assert!(matches!(fresh(1), Err(Refusal::FormSent { .. })));
        assert_eq!(fresh(1_500), Ok(()));
    }
}
