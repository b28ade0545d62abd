//! Decisions on orders: a new one, a change of an open one, and the answer to a held one.

use crate::account::{Account, Environment};
use crate::actor::Actor;
use crate::api_credential::ApiCredential;
use crate::approval::{self, Approval, Verdict};
use crate::book::MAX_ORDER_NUMBER;
use crate::decide::family;
use crate::decide::question::{Asking, Who, question};
use crate::decide::ticket;
use crate::decide::top::{self, Weight};
use crate::digest::Digest;
use crate::event::Event;
use crate::given::Given;
use crate::group;
use crate::guard::{self, Question, Replaced};
use crate::id::{ApprovalId, CredentialId, DeviceId, OrderId};
use crate::leverage::Raised;
use crate::meter::{Charge, Pace};
use crate::order::{ClientRef, Terms};
use crate::reason::Reason;
use crate::refusal::{self, Family, OrderNumber, Refusal};
use crate::scope::Scope;
use crate::state::State;
use crate::ties::{Key, Ties};
use crate::time::Timestamp;
use crate::working::{self, Ask, Ended, Order, Status};
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

/// Observe mode on a live account ends by itself: from then on its limits hold.
const OBSERVED_LIVE_MS: i64 = 7 * 86_400_000;

/// Who places, and for which account: both may.
pub(super) struct Trader<'a> {
    pub credential: &'a ApiCredential,
    pub account: &'a Account,
    pub ticket: Option<guard::Ticket>,
    /// The device of the person who asks now.
    pub asked_on: Option<DeviceId>,
    pub closes: bool,
}

fn trader<'a>(state: &'a State, id: CredentialId, terms: &Terms, given: &Given) -> Result<Trader<'a>, Refusal> {
    let credential = state.customer.program(id)?;
    credential.may(Scope::OrderSubmit, given.now)?;
    credential.may_use(terms.account)?;
    let account = state.customer.account(terms.account)?;
    terms.check()?;
    Ok(Trader { credential, account, ticket: None, asked_on: None, closes: false })
}

pub(super) fn place(
    state: &State,
    actor: &Actor,
    client_ref: ClientRef,
    terms: &Terms,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::Credential(id) = actor else {
        return Err(Refusal::NotYours);
    };
    let trader = trader(state, *id, terms, given)?;
    let own = |order: &&Order| order.credential == trader.credential.id && order.client_ref == client_ref;
    match state.book.orders.values().find(own) {
        Some(order) if order.status == Status::Parked => Err(Family::ParkedNotChanged.into()),
        Some(order) if order.status == Status::Held => change_held(state, &trader, order, terms, given),
        Some(order) => change_working(state, &trader, order, terms, given),
        None => {
            let highest = state.book.highest_reference(trader.credential.id, client_ref.client_id);
            if !(1..=MAX_ORDER_NUMBER).contains(&client_ref.order_id) {
                return Err(Refusal::OrderNumber(OrderNumber::OutOfRange));
            }
            if client_ref.order_id <= highest {
                return Err(Refusal::OrderNumber(OrderNumber::Used { next: highest.saturating_add(1) }));
            }
            let id = OrderId::new(given.now.0, given.dice[0]);
            let ask = Ask { id, credential: trader.credential.id, client_ref, terms: terms.clone() };
            new_order(state, &trader, ask, None, given)
        }
    }
}

/// Admitted, or held until a person answers.
pub(super) fn new_order(
    state: &State,
    trader: &Trader<'_>,
    ask: Ask,
    instead_of: Option<OrderId>,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let parent = family::parent(state, trader.credential, ask.client_ref.client_id, &ask.terms, given)?;
    let tied =
        Tied { closes: parent.is_some(), group: group::key(&ask.terms, ask.credential, parent.map(|one| one.id)) };
    let Judged { verdict, charge, observed, reduces, raised } =
        judge(state, trader, &ask.terms, &tied, Over { instead_of, ..Over::NEW }, given)?;
    let market = given.market;
    match verdict {
        guard::Verdict::Admit(_) => {
            let mut events = match parent.filter(|_| !ask.terms.ties.parked) {
                Some(parent) => family::released(state, parent),
                None => Vec::new(),
            };
            events.push(Event::Order(working::Event::Admitted { ask, charge, approval: None, market, observed }));
            Ok(events)
        }
        // It would wait for a person while the others trade.
        guard::Verdict::Hold(_) if !ask.terms.ties.is_none() => Err(Family::NeedsApproval.into()),
        guard::Verdict::Hold(_) => {
            // The one it takes the place of is voided by the same decision.
            let mut pending = state.book.pending.clone();
            pending.retain(|_, approval| Some(approval.order) != instead_of);
            approval::may_request(&pending, ask.credential, trader.asked_on)?;
            let id = ApprovalId::new(given.now.0, given.dice[1]);
            let approval = Approval {
                order: ask.id,
                request: ask.terms.digest(),
                nonce: Digest::of(&[b"portreeve/nonce/v1", &given.dice[0].to_be_bytes(), &given.dice[1].to_be_bytes()]),
                requester: ask.credential,
                asked_at: given.now,
                expires_at: given.now.plus_ms(approval::ORDER_LIFETIME_MS),
                asked_on: trader.asked_on,
                missed: 0,
                closes: trader.closes,
                top: top::takes(trader.credential, trader.account, charge.value, reduces),
                raised,
                first: None,
            };
            Ok(vec![
                Event::Approval(approval::Event::Requested { id, approval }),
                Event::Order(working::Event::Held { ask, charge, approval: id, market }),
            ])
        }
    }
}

fn only_amounts_differ(old: &Terms, new: &Terms) -> bool {
    let amounts = Terms { order_qty: new.order_qty, kind: new.kind, label: new.label.clone(), ..old.clone() };
    // What was parked is sent by now; a change of it waits for nothing.
    let ties = Ties { parked: new.ties.parked, ..amounts.ties.clone() };
    Terms { ties, ..amounts } == *new && !new.ties.parked && old.kind.as_str() == new.kind.as_str()
}

/// Any change voids the approval that was asked for; the changed order is asked about anew.
fn change_held(
    state: &State,
    trader: &Trader<'_>,
    order: &Order,
    terms: &Terms,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    if !only_amounts_differ(&order.terms, terms) {
        return Err(Refusal::Order(refusal::Order::CannotChangeThat));
    }
    let ask = Ask { id: order.id, credential: order.credential, client_ref: order.client_ref, terms: terms.clone() };
    let asked = new_order(state, trader, ask, Some(order.id), given)?;
    let voided = order
        .approval
        .map(|id| Event::Approval(approval::Event::Settled { id, verdict: Verdict::Void, by: Actor::House }));
    Ok(voided.into_iter().chain(asked).collect())
}

fn change_working(
    state: &State,
    trader: &Trader<'_>,
    order: &Order,
    terms: &Terms,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let refuse = |why| Err(Refusal::Order(why));
    if order.cancel_requested {
        return refuse(refusal::Order::CancelPending);
    }
    if order.replacing.is_some() {
        return refuse(refusal::Order::ChangePending);
    }
    if order.status == Status::Unknown {
        return refuse(refusal::Order::OutcomeUnknown);
    }
    if !only_amounts_differ(&order.terms, terms) || !family::fits(state, order, terms) {
        return refuse(refusal::Order::CannotChangeThat);
    }
    let replaces = Replaced { value: order.charge.value, filled: order.filled };
    // What its parent has opened is a position by now, and counts as one.
    let closes = order.parent().is_some_and(|parent| state.book.orders.contains_key(&parent));
    let tied = Tied { closes, group: order.group.clone() };
    let over = Over { instead_of: Some(order.id), replaces: Some(replaces), approved: false };
    let Judged { verdict, charge, .. } = judge(state, trader, terms, &tied, over, given)?;
    match verdict {
        guard::Verdict::Admit(_) => Ok(vec![Event::Order(working::Event::ReplaceAdmitted {
            id: order.id,
            terms: terms.clone(),
            charge,
            market: given.market,
        })]),
        // The order goes on working on its old terms; what needs a signature is asked for as a new order.
        guard::Verdict::Hold(_) => refuse(refusal::Order::ChangeNeedsApproval),
    }
}

pub(super) fn answer(
    state: &State,
    actor: Actor,
    id: ApprovalId,
    (verdict, weight): (Verdict, Weight),
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let approval = approval::answerable(&state.book.pending, id, actor, given.now)?;
    let order = state.book.orders.get(&approval.order).ok_or(approval::Refusal::NotPending)?;
    let settled = |verdict| Event::Approval(approval::Event::Settled { id, verdict, by: actor });
    let ended = |how, text: &str| Event::Order(working::Event::Ended { id: order.id, how, text: text.to_string() });
    if verdict != Verdict::Grant {
        return Ok(vec![settled(Verdict::Refuse), ended(Ended::ApprovalRefused, "")]);
    }
    if approval.top && weight != Weight::Top {
        return Err(approval::Refusal::TakesTwo.into());
    }
    ticket::elsewhere(state, &actor, approval, given.now)?;
    // The guard decides again, with the price, limits and switches of this moment.
    let judged = match ticket::of(state, order.credential) {
        Some((record, holder)) => {
            ticket::trader(state, (record, holder), &ticket::Asked::of(approval), &order.terms, given)
        }
        None => trader(state, order.credential, &order.terms, given),
    };
    let judged = judged.and_then(|trader| {
        let over = Over { instead_of: Some(order.id), replaces: None, approved: true };
        let judged = judge(state, &trader, &order.terms, &Tied::NONE, over, given)?;
        // It counts more than when it was asked about, or less is allowed.
        let takes = top::takes(trader.credential, trader.account, judged.charge.value, judged.reduces);
        let short = weight != Weight::Top && takes;
        if short { Err(approval::Refusal::TakesTwo.into()) } else { Ok(judged) }
    });
    match judged {
        Ok(Judged { charge, observed, .. }) => {
            let ask = Ask {
                id: order.id,
                credential: order.credential,
                client_ref: order.client_ref,
                terms: order.terms.clone(),
            };
            let admitted = working::Event::Admitted { ask, charge, approval: Some(id), market: given.market, observed };
            Ok(vec![settled(Verdict::Grant), Event::Order(admitted)])
        }
        Err(refusal) => Ok(vec![settled(Verdict::Grant), ended(Ended::RefusedWhenGranted, refusal.code())]),
    }
}

/// What the guard said, and what is recorded of it.
struct Judged {
    verdict: guard::Verdict,
    charge: Charge,
    /// What it would have been refused for, in observe mode.
    observed: Option<Reason>,
    /// It is held or granted, and can only bring a position towards zero.
    reduces: bool,
    /// It is held, for the leverage that it would bring its account to.
    raised: Option<Raised>,
}

/// What binds it to others.
struct Tied {
    /// Its parent's fills and no more.
    closes: bool,
    group: Option<Key>,
}

impl Tied {
    const NONE: Self = Self { closes: false, group: None };
}

/// What stands already: an open order that it changes or takes the place of, and a person's yes.
#[derive(Clone, Copy)]
struct Over {
    instead_of: Option<OrderId>,
    replaces: Option<Replaced>,
    approved: bool,
}

impl Over {
    const NEW: Self = Self { instead_of: None, replaces: None, approved: false };
}

/// Asks the guard; in observe mode a no of the credential's own limits is only noted.
fn judge(
    state: &State,
    trader: &Trader<'_>,
    terms: &Terms,
    tied: &Tied,
    Over { instead_of: changes, replaces, approved }: Over,
    given: &Given,
) -> Result<Judged, Refusal> {
    if given.venue_lost {
        return Err(Refusal::Order(refusal::Order::VenueLost));
    }
    let (ticket, market) = (trader.ticket, &given.market);
    let (group, closes_parent) = (tied.group.as_ref(), tied.closes);
    let who = Who::find(state, trader.credential.id, terms.account)?;
    let asking = Asking { terms, replaces, changes, approved, ticket, market, group, closes_parent, now: given.now };
    let mut beside = None;
    let question = question(state, &who, &asking, &mut beside);
    let (verdict, observed) = match guard::decide(&question) {
        Ok(verdict) => (verdict, None),
        Err(refusal) if observes(trader, given.now) => {
            (without_own_limits(&question, trader.account.environment)?, Some(Refusal::from(refusal).reason()))
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let (guard::Verdict::Admit(worth) | guard::Verdict::Hold(worth)) = verdict;
    let pace = Pace::of(question.limits, question.account_limits);
    let reduces = (approved || matches!(verdict, guard::Verdict::Hold(_))) && top::reduces(&question);
    let held = matches!(verdict, guard::Verdict::Hold(_)) && !reduces;
    let raised = if held { guard::raised(&question, worth.value) } else { None };
    Ok(Judged { verdict, charge: Charge { value: worth.value, added: worth.added, pace }, observed, reduces, raised })
}

/// Of real money for seven days, and while the account itself states how much.
fn observes(trader: &Trader<'_>, now: Timestamp) -> bool {
    let since = now.since(trader.credential.created_at);
    let young = trader.account.environment == Environment::Paper || since < OBSERVED_LIVE_MS;
    trader.credential.observe && young && trader.account.may_be_observed()
}

/// Everything but the credential's own limits still binds.
/// On real money so do its list of instruments, and what may lose more than it cost.
fn without_own_limits(question: &Question<'_>, environment: Environment) -> Result<guard::Verdict, guard::Refusal> {
    let mut limits = question.limits.observing();
    let live = environment == Environment::Live;
    if live {
        let own = &question.limits.allowances;
        (limits.allowances.short_sale, limits.allowances.option_writing) = (own.short_sale, own.option_writing);
    }
    let instrument_allowed = question.instrument_allowed || !live;
    guard::decide(&Question { limits: &limits, instrument_allowed, observing: true, ..*question })
}
