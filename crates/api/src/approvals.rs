//! `/v1/approvals`: what waits for a person, and the person's answer.

use crate::ask::{By, Name};
use crate::journal_routes::each;
use crate::problem::Problem;
use crate::world::{Answer, Shared, whole};
use axum::Json;
use axum::extract::State;
use kernel::actor::Actor;
use kernel::approval::{Approval, Event as Asked, Refusal, Verdict};
use kernel::command::Command;
use kernel::decide;
use kernel::event::{Event, Recorded};
use kernel::id::ApprovalId;
use kernel::reason::Category;
use kernel::state;
use kernel::time::Timestamp;
use kernel::working::{self, Ended};
use serde::Serialize;
use serde_json::{Value, json};
use service::node::answer;
use service::words::figures::money;
use service::words::names::{account_number, credential_name, moment, user, word};
use service::words::terms::terms_text;

#[derive(Debug, Serialize)]
pub(crate) struct ApprovalView {
    id: ApprovalId,
    state: String,
    order: String,
    credential: String,
    account: Option<String>,
    symbol: Option<String>,
    side: Option<&'static str>,
    order_qty: Option<String>,
    ord_type: Option<&'static str>,
    /// In the account's base currency.
    value: Option<String>,
    base_currency: Option<String>,
    asked_at: String,
    expires_at: String,
    /// The digest of the order's canonical form: what the answer commits to.
    request: String,
    text: String,
    /// It takes two approvers, or a device-bound key.
    takes_two: bool,
    /// The first of two who has signed.
    signed_by: Option<String>,
}

fn view(state: &state::State, id: ApprovalId, approval: &Approval, standing: String, now: Timestamp) -> ApprovalView {
    let ended = || state.book.day.ended.iter().map(|(order, _)| order).find(|order| order.id == approval.order);
    let order = state.book.orders.get(&approval.order).or_else(ended);
    let terms = order.map(|order| &order.terms);
    let base = terms.and_then(|terms| state.customer.account(terms.account).ok()).map(|account| account.base_currency);
    let text = match (order, base) {
        (Some(order), Some(base)) => {
            format!("{}, about {} {base}", terms_text(&order.terms), money(&order.value().to_string()))
        }
        (Some(_), None) | (None, _) => "the order has ended; see: portreeve order show".to_owned(),
    };
    ApprovalView {
        id,
        state: standing,
        order: approval.order.to_string(),
        credential: credential_name(state, approval.requester),
        account: terms.map(|terms| account_number(state, terms.account)),
        symbol: terms.map(|terms| terms.instrument.symbol.clone()),
        side: terms.map(|terms| terms.side.as_str()),
        order_qty: terms.map(|terms| terms.order_qty.to_string()),
        ord_type: terms.map(|terms| terms.kind.as_str()),
        value: order.map(|order| order.value().to_string()),
        base_currency: base.map(|base| base.to_string()),
        asked_at: moment(approval.asked_at),
        expires_at: moment(approval.expires_at),
        request: approval.request.to_string(),
        text,
        takes_two: approval.top,
        signed_by: decide::outlook(state, id, now).and_then(|one| one.signed).map(|first| user(state, first)),
    }
}

pub(crate) async fn list(State(world): State<Shared>) -> Answer<Json<Vec<ApprovalView>>> {
    let actor = world.customer()?;
    let now = actor.now();
    let waiting = actor.read(|state| {
        let in_time = state.book.pending.iter().filter(|(_, approval)| now < approval.expires_at);
        in_time.map(|(id, approval)| view(state, *id, approval, "pending".to_owned(), now)).collect()
    });
    Ok(Json(waiting))
}

/// One that waits, or, from the journal, one that was settled.
pub(crate) async fn show(State(world): State<Shared>, Name(id): Name) -> Answer<Json<ApprovalView>> {
    let id = approval_id(&id)?;
    let actor = world.customer()?;
    let now = actor.now();
    let pending =
        |state: &state::State| state.book.pending.get(&id).map(|one| view(state, id, one, "pending".to_owned(), now));
    if let Some(found) = actor.read(pending) {
        return Ok(Json(found));
    }
    let (mut asked, mut settled) = (None, None);
    each(&world, 0, |recorded, _| match &recorded.event {
        Event::Approval(Asked::Requested { id: one, approval }) if *one == id => asked = Some(approval.clone()),
        Event::Approval(Asked::Settled { id: one, verdict, .. }) if *one == id => settled = Some(*verdict),
        _ => {}
    })
    .await?;
    let (Some(approval), Some(verdict)) = (asked, settled) else { return Err(not_pending()) };
    Ok(Json(actor.read(|state| view(state, id, &approval, settled_as(verdict).to_owned(), now))))
}

pub(crate) async fn grant(world: State<Shared>, by: By, id: Name) -> Answer<Json<Value>> {
    settle(world, by, id, Verdict::Grant).await
}

pub(crate) async fn refuse(world: State<Shared>, by: By, id: Name) -> Answer<Json<Value>> {
    settle(world, by, id, Verdict::Refuse).await
}

async fn settle(State(world): State<Shared>, By(by): By, Name(id): Name, verdict: Verdict) -> Answer<Json<Value>> {
    let id = approval_id(&id)?;
    let actor = world.customer()?;
    let recorded = whole(async move { Ok(answer(actor.submit(by, Command::Answer { id, verdict })).await?) }).await?;
    outcome(id, by, &recorded)
}

/// Granted is not yet admitted: the guard has decided again, and its no is the answer.
fn outcome(id: ApprovalId, by: Actor, recorded: &[Recorded]) -> Answer<Json<Value>> {
    let (mut settled, mut order, mut status) = (None, None, "admitted".to_owned());
    for one in recorded {
        match &one.event {
            Event::Approval(Asked::Settled { verdict, .. }) => settled = Some(settled_as(*verdict)),
            Event::Order(working::Event::Ended { how: Ended::RefusedWhenGranted, text, .. }) => {
                return Err(Problem::recorded(Category::Guard, text, one.correlation));
            }
            Event::Order(working::Event::Ended { id, how, .. }) => (order, status) = (Some(*id), word(how)),
            Event::Order(working::Event::Admitted { ask, .. }) => order = Some(ask.id),
            _ => {}
        }
    }
    let by = match by {
        Actor::Local { uid } => format!("local({uid})"),
        Actor::User { user, .. } => user.to_string(),
        Actor::Credential(_) | Actor::Visitor | Actor::Venue | Actor::House => String::new(),
    };
    Ok(Json(json!({
        "id": id.to_string(),
        "state": settled,
        "by": by,
        "order": order.map(|order| order.to_string()),
        "order_status": status,
        "correlation_id": recorded.first().map(|one| one.correlation.to_string()),
    })))
}

const fn settled_as(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Grant => "granted",
        Verdict::Refuse => "refused",
        Verdict::TimeOut => "timed_out",
        Verdict::Void => "voided",
    }
}

fn approval_id(text: &str) -> Answer<ApprovalId> {
    ApprovalId::parse(text).map_err(|_| not_pending())
}

fn not_pending() -> Problem {
    kernel::refusal::Refusal::Approval(Refusal::NotPending).into()
}
