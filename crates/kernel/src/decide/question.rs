//! Question: what the guard is asked, put together from the state.

use crate::account;
use crate::api_credential;
use crate::bounds::Bounds;
use crate::cover;
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

/// What stands beside the order is put where the caller says.
#[inline]
pub fn question<'r, 'a: 'r>(
    state: &'a State,
    who: &Who<'a>,
    asking: &Asking<'a>,
    beside: &'r mut Option<Exposures<'a>>,
) -> Question<'r> {
    let (terms, limits, credential) = (asking.terms, &who.credential.bounds, who.credential.id);
    let class = terms.instrument.class;
    let around = match who.account {
        Some(account) => around(state, who, account, asking, beside),
        None => Around { restricted: false, killed: false, exposures: None, limits: &Bounds::OPEN, meter: &Meter::NEW },
    };
    Question {
        terms,
        limits,
        instrument_allowed: limits.listed.cover(class) || limits.listed.more && allowed(state, credential, terms),
        restricted: around.restricted,
        meter: &who.credential.meter,
        exposures: around.exposures,
        account_limits: around.limits,
        account_meter: around.meter,
        killed: around.killed,
        ticket: asking.ticket,
        replaces: asking.replaces,
        approved: asking.approved,
        closes_parent: asking.closes_parent,
        observing: false,
        market: asking.market,
        now: asking.now,
    }
}

/// What is not the credential's own: of its account, its customer and the firm.
struct Around<'r> {
    restricted: bool,
    killed: bool,
    exposures: Option<&'r Exposures<'r>>,
    limits: &'r Bounds,
    meter: &'r Meter,
}

#[inline]
fn around<'r, 'a: 'r>(
    state: &'a State,
    who: &Who<'a>,
    account: &'a Row<AccountId>,
    asking: &Asking<'a>,
    beside: &'r mut Option<Exposures<'a>>,
) -> Around<'r> {
    let (book, limits, restricts) = (&state.book, &who.credential.bounds, account.bounds.listed);
    let (terms, class) = (asking.terms, asking.terms.instrument.class);
    let (levered, sized) = (limits.levered || account.bounds.levered, limits.sized || account.bounds.sized);
    let idle = book.orders.is_empty() && book.positions.is_empty() && !levered && !sized;
    let stopped =
        |kills: &[Engaged]| !kills.is_empty() && kill_switch::stops(kills, who.credential.id, terms.account).is_some();
    Around {
        restricted: restricts.cover(class) || restricts.more && restricted(state, terms),
        killed: stopped(&state.customer.kills) || stopped(&state.firm.kills),
        exposures: if idle { None } else { Some(beside.insert(exposures(state, who, asking))) },
        limits: &account.bounds,
        meter: &account.meter,
    }
}

fn exposures<'a>(state: &'a State, asker: &Who<'_>, asking: &Asking<'_>) -> Exposures<'a> {
    let (who, on) = (asker.credential, asker.account.map(|account| &account.bounds));
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
    let levered = who.bounds.levered || on.is_some_and(|bounds| bounds.levered);
    let positions = (
        if who.bounds.sized { sized(state, who.id) } else { Quantity::MAX },
        if on.is_some_and(|bounds| bounds.sized) { sized_on(state, terms) } else { Quantity::MAX },
    );
    let beside = |order: &Order| Some(order.id) != asking.changes;
    let uncovers = !net.is_zero() && cover::uncovers(book, terms, (quantity, asking.group), beside);
    let strain = if levered { Some(strain(state, who, asking)) } else { None };
    Exposures { own, account, positions, uncovers, strain }
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
