//! Decisions on orders: a new one, a change of an open one, and the answer to a held one.

use crate::account::{Account, Environment};
use crate::actor::Actor;
use crate::api_credential::ApiCredential;
use crate::approval::{self, Approval, Verdict};
use crate::book::MAX_ORDER_NUMBER;
use crate::digest::Digest;
use crate::event::Event;
use crate::given::Given;
use crate::guard::{self, Allowances, Limits, Question, Replaced};
use crate::id::{ApprovalId, OrderId};
use crate::instrument;
use crate::kill_switch::{self, Engaged};
use crate::meter::Meter;
use crate::money::{Amount, Quantity};
use crate::order::{ClientRef, Terms};
use crate::refusal::{self, OrderNumber, Refusal};
use crate::scope::Scope;
use crate::state::State;
use crate::working::{self, Ask, Ended, Order, Status};
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

/// Who places, and for which account: both may.
struct Trader<'a> {
    credential: &'a ApiCredential,
    account: &'a Account,
}

fn trader<'a>(state: &'a State, actor: &Actor, terms: &Terms, given: &Given) -> Result<Trader<'a>, Refusal> {
    let Actor::Credential(id) = actor else {
        return Err(Refusal::NotYours);
    };
    let credential = state.customer.credential(*id)?;
    credential.may(Scope::OrderSubmit, given.now)?;
    credential.may_use(terms.account)?;
    let account = state.customer.account(terms.account)?;
    terms.check()?;
    Ok(Trader { credential, account })
}

pub(super) fn place(
    state: &State,
    actor: &Actor,
    client_ref: ClientRef,
    terms: &Terms,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let trader = trader(state, actor, terms, given)?;
    let own = |order: &&Order| order.credential == trader.credential.id && order.client_ref == client_ref;
    match state.book.orders.values().find(own) {
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
fn new_order(
    state: &State,
    trader: &Trader<'_>,
    ask: Ask,
    instead_of: Option<OrderId>,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let (verdict, observed) = judge(state, trader, &ask.terms, None, instead_of, false, given)?;
    let market = given.market;
    match verdict {
        guard::Verdict::Admit(charge) => {
            Ok(vec![Event::Order(working::Event::Admitted { ask, charge, approval: None, market, observed })])
        }
        guard::Verdict::Hold(charge) => {
            // The one it takes the place of is voided by the same decision.
            let mut pending = state.book.pending.clone();
            pending.retain(|_, approval| Some(approval.order) != instead_of);
            approval::may_request(&pending, ask.credential)?;
            let id = ApprovalId::new(given.now.0, given.dice[1]);
            let approval = Approval {
                order: ask.id,
                request: ask.terms.digest(),
                nonce: Digest::of(&[b"portreeve/nonce/v1", &given.dice[0].to_be_bytes(), &given.dice[1].to_be_bytes()]),
                requester: ask.credential,
                asked_at: given.now,
                expires_at: given.now.plus_ms(approval::ORDER_LIFETIME_MS),
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
    amounts == *new && old.kind.as_str() == new.kind.as_str()
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
    if !only_amounts_differ(&order.terms, terms) {
        return refuse(refusal::Order::CannotChangeThat);
    }
    let replaces = Replaced { value: order.charge.value, filled: order.filled };
    let (verdict, _) = judge(state, trader, terms, Some(replaces), Some(order.id), false, given)?;
    match verdict {
        guard::Verdict::Admit(charge) => Ok(vec![Event::Order(working::Event::ReplaceAdmitted {
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
    verdict: Verdict,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let approval = approval::answerable(&state.book.pending, id, actor, given.now)?;
    let order = state.book.orders.get(&approval.order).ok_or(approval::Refusal::NotPending)?;
    let settled = |verdict| Event::Approval(approval::Event::Settled { id, verdict, by: actor });
    let ended = |how, text: &str| Event::Order(working::Event::Ended { id: order.id, how, text: text.to_string() });
    if verdict != Verdict::Grant {
        return Ok(vec![settled(Verdict::Refuse), ended(Ended::ApprovalRefused, "")]);
    }
    // The guard decides again, with the price, limits and switches of this moment.
    let program = Actor::Credential(order.credential);
    let judged = trader(state, &program, &order.terms, given)
        .and_then(|trader| judge(state, &trader, &order.terms, None, Some(order.id), true, given));
    match judged {
        Ok((guard::Verdict::Admit(charge) | guard::Verdict::Hold(charge), observed)) => {
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

/// Puts the guard's question together; in observe mode a no of the credential's own limits is only noted.
fn judge(
    state: &State,
    trader: &Trader<'_>,
    terms: &Terms,
    replaces: Option<Replaced>,
    changes: Option<OrderId>,
    approved: bool,
    given: &Given,
) -> Result<(guard::Verdict, Option<crate::reason::Reason>), Refusal> {
    let (book, credential) = (&state.book, trader.credential);
    let (own, net) = book.position(terms.account, terms.instrument.contract_id, credential.id);
    let any = credential.allowances.close_any;
    let position = if any { net } else { own };
    let mine = |order: &Order| order.credential == credential.id;
    let on_account = |order: &Order| order.terms.account == terms.account;
    let mut exposure = working::exposure(&book.orders, position, net, terms, mine, changes);
    let account_exposure = working::exposure(&book.orders, net, net, terms, on_account, changes);
    if any {
        exposure.same_side = account_exposure.same_side;
    }
    let unused = Meter::default();
    let stopped = |kills: &[Engaged]| kill_switch::stops(kills, credential.id, terms.account).is_some();
    let question = Question {
        terms,
        limits: &credential.limits,
        allowances: &credential.allowances,
        instrument_allowed: instrument::allowed(&credential.instruments, &terms.instrument),
        restricted: instrument::allowed(&trader.account.restricted, &terms.instrument),
        meter: book.by_credential.get(&credential.id).unwrap_or(&unused),
        exposure,
        account_limits: &trader.account.limits,
        account_meter: book.by_account.get(&terms.account).unwrap_or(&unused),
        account_exposure,
        killed: stopped(&state.customer.kills) || stopped(&state.firm.kills),
        replaces,
        approved,
        observing: false,
        market: &given.market,
        now: given.now,
    };
    match guard::decide(&question) {
        Ok(verdict) => Ok((verdict, None)),
        Err(refusal) if credential.observe && trader.account.environment == Environment::Paper => {
            observed(&question, refusal)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// Everything but the credential's own limits still binds.
fn observed(
    question: &Question<'_>,
    refusal: guard::Refusal,
) -> Result<(guard::Verdict, Option<crate::reason::Reason>), Refusal> {
    let limits = Limits {
        order_value: Some(Amount::from_units(i128::MAX)),
        order_quantity: Some(Quantity::from_units(i64::MAX)),
        day_value: Some(Amount::from_units(i128::MAX)),
        day_count: Some(u32::MAX),
        open_orders: Some(u32::MAX),
        open_value: Some(Amount::from_units(i128::MAX)),
        approve_above: question.limits.approve_above,
        ..*question.limits
    };
    let allowances = Allowances { market: true, stop: true, short_sale: true, outside_hours: true, close_any: true };
    let open =
        Question { limits: &limits, allowances: &allowances, instrument_allowed: true, observing: true, ..*question };
    let verdict = guard::decide(&open)?;
    Ok((verdict, Some(Refusal::from(refusal).reason())))
}
