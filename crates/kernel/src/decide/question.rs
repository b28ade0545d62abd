//! Question: what the guard is asked, put together from the state.

use crate::account;
use crate::api_credential;
use crate::bounds::Bounds;
use crate::exposure::{Adds, exposure};
use crate::given::Market;
use crate::guard::{Exposures, Question, Replaced, Ticket};
use crate::id::{AccountId, CredentialId, OrderId};
use crate::instrument;
use crate::kill_switch::{self, Engaged};
use crate::leverage::{self, Strain};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::money::Quantity;
use crate::order::Terms;
use crate::refusal::Refusal;
use crate::standing::Row;
use crate::state::State;
use crate::ties::Key;
use crate::time::Timestamp;
use crate::working::Order;

/// Who asks, on which account.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    pub credential: &'a Row<CredentialId>,
    /// `None` where the credential's row says that the account is quiet: then it need not be read.
    pub account: Option<&'a Row<AccountId>>,
}

impl<'a> Who<'a> {
    #[inline]
    pub fn find(state: &'a State, credential: CredentialId, account: AccountId) -> Result<Self, Refusal> {
        let standing = &state.standing;
        let credential = standing.credentials.get(credential).ok_or(api_credential::Refusal::NotFound)?;
        let account = match credential.quiet {
            Some(quiet) if quiet == account => None,
            Some(_) | None => Some(standing.accounts.get(account).ok_or(account::Refusal::NotFound)?),
        };
        Ok(Self { credential, account })
    }
}

/// What a credential asks for, and with which figures of the market.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    pub terms: &'a Terms,
    pub replaces: Option<Replaced>,
    /// The open order that is changed, held or working: it does not count against its new terms.
    pub changes: Option<OrderId>,
    pub approved: bool,
    /// Of a person's ticket.
    pub ticket: Option<Ticket>,
    /// The group it is in, or would join; and whether its parent is there, whose fills alone it closes.
    pub group: Option<&'a Key>,
    pub closes_parent: bool,
    pub market: &'a Market,
    pub now: Timestamp,
}

#[inline]
pub fn question<'a>(state: &'a State, who: &Who<'a>, asking: &Asking<'a>) -> Question<'a> {
    const OPEN: &Bounds = &Bounds::OPEN;
    const UNUSED: &Meter = &Meter::NEW;
    const UNSIZED: (Quantity, Quantity) = (Quantity::MAX, Quantity::MAX);
    let (terms, limits, credential) = (asking.terms, &who.credential.bounds, who.credential.id);
    let class = terms.instrument.class;
    let quiet = Question {
        terms,
        limits,
        instrument_allowed: limits.listed.cover(class) || limits.listed.more && allowed(state, credential, terms),
        restricted: false,
        meter: &who.credential.meter,
        exposures: None,
        account_limits: OPEN,
        account_meter: UNUSED,
        positions: if limits.sized { (sized(state, credential), Quantity::MAX) } else { UNSIZED },
        killed: false,
        ticket: asking.ticket,
        replaces: asking.replaces,
        approved: asking.approved,
        closes_parent: asking.closes_parent,
        observing: false,
        market: asking.market,
        now: asking.now,
    };
    let Some(account) = who.account else { return quiet };
    let (book, customer, restricts) = (&state.book, &state.customer, account.bounds.listed);
    let levered = limits.levered || account.bounds.levered;
    let idle = book.orders.is_empty() && book.positions.is_empty() && !levered;
    let stopped =
        |kills: &[Engaged]| !kills.is_empty() && kill_switch::stops(kills, credential, terms.account).is_some();
    Question {
        restricted: restricts.cover(class) || restricts.more && restricted(state, terms),
        exposures: if idle { None } else { Some(exposures(state, who.credential, (asking, levered))) },
        account_limits: &account.bounds,
        account_meter: &account.meter,
        positions: if account.bounds.sized { (quiet.positions.0, sized_on(state, terms)) } else { quiet.positions },
        killed: stopped(&customer.kills) || stopped(&state.firm.kills),
        ..quiet
    }
}

fn exposures<'a>(state: &'a State, who: &Row<CredentialId>, (asking, levered): (&Asking<'_>, bool)) -> Exposures<'a> {
    let (book, terms) = (&state.book, asking.terms);
    let (part, net) = book.position(terms.account, terms.instrument.contract_id, who.id);
    let any = who.bounds.allowances.close_any;
    let position = if any { net } else { part };
    let filled = asking.replaces.map_or(Quantity::ZERO, |replaced| replaced.filled);
    let quantity = terms.order_qty.saturating_sub(filled);
    let adds = Adds { terms, quantity, changes: asking.changes, group: asking.group };
    let open = (&book.orders, &book.groups);
    let mut own = exposure(open, (position, net), &adds, |credential, _| credential == who.id);
    let account = exposure(open, (net, net), &adds, |_, account| account == terms.account);
    if any {
        own.same_side = account.same_side;
    }
    let strain = if levered { Some(strain(state, who, asking)) } else { None };
    Exposures { own, account, strain }
}

/// The most that a credential may hold of one instrument. Without a record it may hold nothing.
#[cold]
fn sized(state: &State, credential: CredentialId) -> Quantity {
    let record = state.customer.credential(credential);
    record.map_or(Quantity::ZERO, |record| record.limits.position_quantity.unwrap_or(Quantity::MAX))
}

/// The same, of the account.
#[cold]
fn sized_on(state: &State, terms: &Terms) -> Quantity {
    let record = state.customer.account(terms.account);
    record.map_or(Quantity::ZERO, |record| record.limits.position_quantity.unwrap_or(Quantity::MAX))
}

/// What is stated of the order's account, and what else could still be added to it.
#[cold]
fn strain<'a>(state: &'a State, who: &Row<CredentialId>, asking: &Asking<'_>) -> Strain<'a> {
    static NOTHING: Limits = Limits::NONE;
    let (book, id) = (&state.book, asking.terms.account);
    let own = state.customer.credential(who.id).ok().filter(|_| who.bounds.levered);
    let account = state.customer.account(id).ok();
    let net = |order: &Order| book.position(id, order.terms.instrument.contract_id, who.id).1;
    Strain {
        own: own.map_or(&NOTHING, |record| &record.limits),
        account: account.map_or(&NOTHING, |record| &record.limits),
        open: leverage::open((&book.orders, &book.groups), net, id, asking.changes),
    }
}

/// What is listed by its own name is looked up in the record.
#[cold]
fn allowed(state: &State, credential: CredentialId, terms: &Terms) -> bool {
    let record = state.customer.credential(credential);
    record.is_ok_and(|record| instrument::allowed(&record.instruments, &terms.instrument))
}

#[cold]
fn restricted(state: &State, terms: &Terms) -> bool {
    let record = state.customer.account(terms.account);
    record.map_or(true, |record| instrument::restricted(&record.restricted, &terms.instrument))
}
