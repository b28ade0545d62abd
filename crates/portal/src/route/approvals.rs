//! `/approvals`: what waits for a person's signature, and the signature over exactly those words.

use crate::history::Answered as Settled;
use crate::page::approvals::{self, Answer, Answered, Approval, Row, State as Standing, View, Who};
use crate::page::part::Refusal;
use crate::page::{Nav, place};
use crate::person::Person;
use crate::prove::{self, Signed};
use crate::route::form::Form;
use crate::route::waits::{Asks, Waits, waits};
use crate::route::widen::{approval_page, on_a_phone, seen_at};
use crate::route::{credentials, framed, incidents, limits, refused, two};
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::approval::Verdict;
use kernel::change;
use kernel::command::Command;
use kernel::decide;
use kernel::evidence::Capability;
use kernel::id::ApprovalId;
use kernel::incident::{Suspect, Why};
use kernel::signature::Signature;
use kernel::state;
use kernel::time::Timestamp;
use service::node::answer;
use service::words::asked;
use service::words::story;

pub async fn list(State(world): State<Shared>, person: Person) -> Response {
    let now = person.actor.now();
    drop(world.history.read(&world, &person.actor, now).await);
    let frame = framed::inside(&world, &person, Nav::Approvals, "Approvals", Vec::new()).await;
    let settled = world.history.answered();
    let view = person.actor.read(|state| View {
        pending: pending(state, now),
        answered: settled.iter().map(|one| told(state, one)).collect(),
    });
    approvals::approvals(&frame, &view).into_response()
}

pub(super) fn pending(state: &state::State, now: Timestamp) -> Vec<Row> {
    let ids = state.book.pending.keys().chain(state.customer.changes.keys());
    let row = |id: &ApprovalId| {
        let waits = waits(state, *id, now)?;
        let (what, who) = (waits.text.what, waits.who.name);
        Some(Row { id: id.to_string(), what, value: waits.value, who, expires: waits.expires })
    };
    ids.filter_map(row).collect()
}

fn answer_of(verdict: Verdict) -> Answer {
    match verdict {
        Verdict::Grant => Answer::Approved,
        Verdict::Refuse => Answer::Refused,
        Verdict::TimeOut => Answer::TimedOut,
        Verdict::Void => Answer::Void,
    }
}

fn told(state: &state::State, one: &Settled) -> Answered {
    Answered {
        at: framed::told(one.at),
        what: asked::what(&one.terms),
        value: asked::worth(state, &one.terms, one.value),
        answer: answer_of(one.verdict),
        by: story::who(state, &one.by),
    }
}

pub async fn page(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    show(&world, &person, &id, None, StatusCode::OK).await
}

pub(super) async fn show(
    world: &Shared,
    person: &Person,
    id: &str,
    refusal: Option<Refusal>,
    status: StatusCode,
) -> Response {
    let Ok(id) = ApprovalId::parse(id) else { return nowhere(world, person) };
    let now = person.actor.now();
    let Some(waits) = person.actor.read(|state| waits(state, id, now)) else {
        return ended(world, person, id, refusal).await;
    };
    let (standing, two) = (standing(world, person, id, &waits), two::of(world, person, id).await);
    let frame = framed::inside(world, person, Nav::Approvals, "Approve or refuse", Vec::new()).await;
    let limits = match &waits.asks {
        Asks::Program(credential) | Asks::AtTicket(credential) => {
            person.actor.read(|state| limits::of_credential(state, *credential, now))
        }
        Asks::Person(_) => Vec::new(),
    };
    let (not_me, share) = (waits.suspect(person), waits.share(world, person));
    let (what, text) = (waits.text.what, waits.text.rest);
    let view = Approval {
        id: id.to_string(),
        what,
        text,
        value: waits.value,
        share,
        who: waits.who,
        why: waits.why,
        expires: waits.expires,
        limits,
        state: standing,
        two,
        not_me,
        refusal,
    };
    (status, approvals::approval(&frame, &view)).into_response()
}

/// Begins the ceremony, where this person may sign at all.
fn standing(world: &World, person: &Person, id: ApprovalId, waits: &Waits) -> Standing {
    let now = person.actor.now();
    let locked = person.actor.read(|state| {
        let signed = state.customer.people.signed_in(person.session, now).ok()?;
        let (needs, alone) = match &waits.asks {
            Asks::Program(_) | Asks::AtTicket(_) => (Capability::Trade, None),
            Asks::Person(change) if change.change.is_ones_own() => return None,
            Asks::Person(change) => {
                let alone = decide::alone_from(state, &change.change).filter(|at| now < *at);
                (Capability::Move, alone.filter(|_| change.user == person.user))
            }
        };
        let able = if needs == Capability::Move { signed.user.role.may_move() } else { signed.user.role.may_trade() };
        match (able, alone) {
            (false, _) => Some(format!("your role is {}", signed.user.role.as_str())),
            (true, Some(at)) => Some(format!("one person alone may sign this only from {}", framed::told(at).text)),
            (true, None) => None,
        }
    });
    let mut allow = prove::passkeys(&person.actor, person.user);
    if let Asks::Person(change) = &waits.asks
        && change.change.takes_two()
        && change.user == person.user
    {
        let own = prove::signed_in_with(person);
        allow.retain(|id| Some(id) != own.as_ref());
    }
    // Where they are no one of two, only the keys that are enough by themselves.
    allow = two::keys(person, id).unwrap_or(allow);
    // Whoever asked here is told here that it takes another device.
    let here = person.actor.read(|state| match waits.asks {
        Asks::AtTicket { .. } | Asks::Program { .. } => decide::may_grant(state, &person.by(), id, now).err(),
        Asks::Person(_) => decide::may_sign(state, &person.by(), id, now).err(),
    });
    // What to do about those two is said where the signatures are.
    let said = |code: &str| ["approval_out_of_reach", "approval_signed_already"].contains(&code);
    let here = here.map(|refusal| (said(refusal.code()), lexicon::refusal(refusal.code(), &[])));
    let here = here.map(|(said, words)| if said { words.text } else { format!("{}. {}", words.text, words.remedy) });
    if let Some(why) = locked.or(here) {
        return Standing::Locked { why };
    }
    if allow.is_empty() {
        let why = "it takes a passkey, and here another one than the one you signed in with".to_owned();
        return Standing::Locked { why };
    }
    match prove::ask(world, person, waits.challenge(), &allow) {
        Some(passkey) => Standing::Open { passkey },
        None => Standing::Locked { why: "no signature can be asked for now: load the page again".to_owned() },
    }
}

async fn ended(world: &Shared, person: &Person, id: ApprovalId, refusal: Option<Refusal>) -> Response {
    let now = person.actor.now();
    drop(world.history.read(world, &person.actor, now).await);
    let Some(one) = world.history.answered().into_iter().find(|one| one.id == id) else {
        return nowhere(world, person);
    };
    let frame = framed::inside(world, person, Nav::Approvals, "An approval", Vec::new()).await;
    let view = person.actor.read(|state| Approval {
        id: id.to_string(),
        what: asked::what(&one.terms),
        text: String::new(),
        value: asked::worth(state, &one.terms, one.value),
        share: None,
        who: Who {
            name: String::new(),
            kind: "an API credential".to_owned(),
            from: "this machine".to_owned(),
            since: framed::told(one.at),
        },
        why: "its value was above what may be traded without an approval".to_owned(),
        expires: framed::told(one.at),
        limits: Vec::new(),
        state: Standing::Ended {
            answer: answer_of(one.verdict),
            at: framed::told(one.at),
            by: story::who(state, &one.by),
        },
        two: None,
        not_me: None,
        refusal,
    });
    approvals::approval(&frame, &view).into_response()
}

fn nowhere(world: &World, person: &Person) -> Response {
    refused::over(world, person)
}

pub async fn approve(
    State(world): State<Shared>,
    person: Person,
    Path(path): Path<String>,
    Form(form): Form<Signed>,
) -> Response {
    signed(&world, &person, &path, &form).await
}

/// The same at every interface: it is the signature that grants.
pub(super) async fn signed(world: &Shared, person: &Person, path: &str, signed: &Signed) -> Response {
    let Ok(id) = ApprovalId::parse(path) else { return nowhere(world, person) };
    let now = person.actor.now();
    let Some(waits) = person.actor.read(|state| waits(state, id, now)) else {
        return ended(world, person, id, Some(refused::guard("approval_not_pending"))).await;
    };
    let proof = (signed.ceremony.as_str(), signed.response.as_str());
    let Ok(found) = prove::own(world, person, proof, waits.challenge()) else {
        drop(answer(person.actor.submit(person.by(), Command::MissSignature { id })).await);
        let refusal = Some(refused::identity("not_proven"));
        return show(world, person, path, refusal, StatusCode::UNAUTHORIZED).await;
    };
    let shown = prove::shown(&waits.text.display(), &found.shown);
    let signature = Signature { evidence: found.evidence, shown };
    let done = match &waits.asks {
        Asks::Program(_) | Asks::AtTicket(_) => {
            answer(person.actor.submit(person.by(), Command::Grant { id, signature })).await
        }
        Asks::Person(_) => credentials::change(world, person, Command::SignChange { id, signature }).await,
    };
    match (done, waits.asks) {
        (Ok(_), Asks::Person(change)) if person.is_on_a_phone() => on_a_phone(&change.change),
        (Ok(_), _) if person.is_on_a_phone() => {
            Redirect::to(&place::under(place::PHONE_APPROVALS, path)).into_response()
        }
        (Ok(_), Asks::Program(_) | Asks::AtTicket(_)) => approval_page(id),
        (Ok(_), Asks::Person(change)) => Redirect::to(&seen_at(&change.change)).into_response(),
        (Err(no), _) => {
            let status = refused::status(&no);
            show(world, person, path, Some(refused::told(&no)), status).await
        }
    }
}

pub async fn refuse(State(world): State<Shared>, person: Person, Path(path): Path<String>) -> Response {
    turned_down(&world, &person, &path).await
}

pub(super) async fn turned_down(world: &Shared, person: &Person, path: &str) -> Response {
    let Ok(id) = ApprovalId::parse(path) else { return nowhere(world, person) };
    let command = Command::Answer { id, verdict: Verdict::Refuse };
    match answer(person.actor.submit(person.by(), command)).await {
        Ok(_) if person.is_on_a_phone() => Redirect::to(place::PHONE).into_response(),
        Ok(_) => Redirect::to(place::APPROVALS).into_response(),
        Err(no) => refused::no(world, person, &no).await,
    }
}

pub async fn not_me(State(world): State<Shared>, person: Person, Path(path): Path<String>) -> Response {
    was_not_me(&world, &person, &path).await
}

/// Refuses, and stops whoever asked: the program, or all that comes in as the user.
pub(super) async fn was_not_me(world: &Shared, person: &Person, path: &str) -> Response {
    let Ok(id) = ApprovalId::parse(path) else { return nowhere(world, person) };
    let now = person.actor.now();
    let found = person.actor.read(|state| {
        let of = |credential| state.customer.credential(credential).ok().and_then(|one| one.holder);
        let program = |credential| of(credential).map_or(Suspect::Credential(credential), Suspect::User);
        let order = state.book.pending.get(&id).map(|one| program(one.requester));
        order.or_else(|| change::signable(&state.customer.changes, id, now).ok().map(|asked| Suspect::User(asked.user)))
    });
    let Some(suspect) = found else {
        return ended(world, person, id, Some(refused::guard("approval_not_pending"))).await;
    };
    let contained = incidents::contain(world, person, suspect, Why::NotMe { approval: Some(id) }).await;
    // The switch ends what is held; where it did that already there is nothing left to refuse.
    drop(answer(person.actor.submit(person.by(), Command::Answer { id, verdict: Verdict::Refuse })).await);
    match contained {
        Ok(()) => incidents::leads_to(person, suspect),
        Err(no) => refused::no(world, person, &no).await,
    }
}
