//! `/v1/credentials/{name}/limits`, `/v1/accounts/{number}/limits`: shown, replaced as a whole, changed one by one.

use crate::ask::{Body, By, Name};
use crate::credential_view::find;
use crate::credentials::id_of;
use crate::world::{Answer, Shared, account_id, whole};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::guard::Limits;
use kernel::id::{AccountId, CredentialId};
use kernel::refusal::Refusal;
use serde_json::{Map, Value};
use service::No;
use service::actor::CustomerActor;
use service::credential::changed;
use service::node::answer;
use std::convert::Infallible;
use std::sync::Arc;

/// How often a change is made again on what another door has left meanwhile.
const TRIES: usize = 8;

/// Whose limits: each of the two levels states its own, and the strictest binds.
#[derive(Clone, Copy, Debug)]
enum Of {
    Credential(CredentialId),
    Account(AccountId),
}

fn credential(actor: &CustomerActor, name: &str) -> Answer<Of> {
    Ok(Of::Credential(id_of(actor, name)?))
}

fn account(actor: &CustomerActor, number: &str) -> Answer<Of> {
    Ok(Of::Account(account_id(actor, number)?))
}

pub(crate) async fn show(State(world): State<Shared>, Name(name): Name) -> Answer<Stated> {
    let actor = world.customer()?;
    Ok(stated(current(&actor, credential(&actor, &name)?)?))
}

pub(crate) async fn replace(
    State(world): State<Shared>,
    by: By,
    Name(name): Name,
    read: Read,
    to: Body<Limits>,
) -> Answer<Stated> {
    let actor = world.customer()?;
    let of = credential(&actor, &name)?;
    set(world, actor, (by.0, read), of, To::Whole(Box::new(to.0))).await
}

pub(crate) async fn change(
    State(world): State<Shared>,
    by: By,
    Name(name): Name,
    read: Read,
    to: Body<Changes>,
) -> Answer<Stated> {
    let actor = world.customer()?;
    let of = credential(&actor, &name)?;
    set(world, actor, (by.0, read), of, To::Changed(to.0)).await
}

pub(crate) async fn show_account(State(world): State<Shared>, Name(number): Name) -> Answer<Stated> {
    let actor = world.customer()?;
    Ok(stated(current(&actor, account(&actor, &number)?)?))
}

pub(crate) async fn replace_account(
    State(world): State<Shared>,
    by: By,
    Name(number): Name,
    read: Read,
    to: Body<Limits>,
) -> Answer<Stated> {
    let actor = world.customer()?;
    let of = account(&actor, &number)?;
    set(world, actor, (by.0, read), of, To::Whole(Box::new(to.0))).await
}

pub(crate) async fn change_account(
    State(world): State<Shared>,
    by: By,
    Name(number): Name,
    read: Read,
    to: Body<Changes>,
) -> Answer<Stated> {
    let actor = world.customer()?;
    let of = account(&actor, &number)?;
    set(world, actor, (by.0, read), of, To::Changed(to.0)).await
}

/// Members set a limit, `null` removes it, what is not named stays.
type Changes = Map<String, Value>;

enum To {
    Whole(Box<Limits>),
    Changed(Changes),
}

fn current(actor: &CustomerActor, of: Of) -> Answer<Limits> {
    let stated = actor.read(|state| match of {
        Of::Credential(id) => find(state, &id.to_string()).map(|credential| credential.limits),
        Of::Account(id) => state.customer.account(id).map(|account| account.limits).map_err(Refusal::from),
    });
    Ok(stated?)
}

/// With the tag by which whoever has read them says so (`If-Match`).
type Stated = ([(HeaderName, String); 1], Json<Limits>);

fn stated(limits: Limits) -> Stated {
    ([(header::ETAG, tag(&limits))], Json(limits))
}

fn tag(limits: &Limits) -> String {
    format!("\"{}\"", limits.digest())
}

/// What a request says it has read; nothing said is nothing asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read(Option<String>);

impl<S: Sync> FromRequestParts<S> for Read {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let said = parts.headers.get(header::IF_MATCH).map(|said| String::from_utf8_lossy(said.as_bytes()));
        Ok(Self(said.map(|said| said.trim().to_owned()).filter(|said| said != "*")))
    }
}

/// Read, changed and set as one: of two changes at once each is made on what the other left. Whoever names what they
/// have read is told when it says something else now.
async fn set(world: Shared, actor: Arc<CustomerActor>, (by, read): (Actor, Read), of: Of, to: To) -> Answer<Stated> {
    whole(async move {
        let _one = world.limiting.lock().await;
        for _ in 0..TRIES {
            let now = current(&actor, of)?;
            if read.0.as_ref().is_some_and(|said| *said != tag(&now)) {
                return Err(Refusal::ChangedMeanwhile.into());
            }
            let limits = match &to {
                To::Whole(limits) => **limits,
                To::Changed(changes) => changed(&now, changes.clone())?,
            };
            // Other doors do not wait for this lock.
            let seen = Some(now.digest());
            let command = match of {
                Of::Credential(id) => Command::SetCredentialLimits { id, limits, read: seen },
                Of::Account(id) => Command::SetAccountLimits { id, limits, read: seen },
            };
            match answer(actor.submit(by, command)).await {
                Err(No::Refused { refusal: Refusal::ChangedMeanwhile, .. }) => {}
                done => {
                    done?;
                    return Ok(stated(current(&actor, of)?));
                }
            }
        }
        Err(Refusal::ChangedMeanwhile.into())
    })
    .await
}
