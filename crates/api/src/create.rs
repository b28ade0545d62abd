//! `POST /v1/credentials`: a new API credential, whose listener is open when the answer comes.

use crate::ask::{Body, By};
use crate::credentials::seen;
use crate::problem::Problem;
use crate::secret::{WithSecret, draw};
use crate::world::{Answer, Shared, account_id, whole};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::actor::Actor;
use kernel::api_credential::{Dormancy, Event as Credential, MAX_LIFETIME_MS, State as Stored};
use kernel::command::{Command, NewCredential};
use kernel::event::Event;
use kernel::guard::{Allowances, Limits};
use kernel::id::CredentialId;
use kernel::instrument::Selector;
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;
use serde::Deserialize;
use service::actor::CustomerActor;
use service::node::answer;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

/// 4100 and 4101 are where the demo credentials listen.
const FIRST_PORT: u16 = 4_102;
/// A trading credential that states no expiry lives as long as one may, but for a minute.
const DEFAULT_LIFETIME_MS: i64 = MAX_LIFETIME_MS - 60_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    name: String,
    /// Read-only unless stated.
    scopes: Option<Scopes>,
    #[serde(default)]
    accounts: Vec<String>,
    #[serde(default)]
    instruments: Vec<String>,
    expires_at: Option<String>,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    allow: Vec<String>,
    listen: Option<String>,
    #[serde(default)]
    cancel_on_disconnect: bool,
    #[serde(default)]
    observe: bool,
    #[serde(default)]
    secret: bool,
}

pub(crate) async fn create(
    State(world): State<Shared>,
    By(by): By,
    Body(body): Body<Create>,
) -> Answer<(StatusCode, Json<WithSecret>)> {
    let actor = world.customer()?;
    whole(async move {
        let _one_at_a_time = world.making.lock().await;
        let secret = if body.secret { Some(draw()?) } else { None };
        let mut new = translate(&actor, &body)?;
        new.peer_uid = world.hooks.own_uid;
        new.secret = secret.as_ref().map(|(_, digest)| *digest);
        new.port = port(&actor, body.listen.as_deref())?;
        let port = new.port;
        let recorded = answer(actor.submit(by, Command::CreateCredential(new))).await?;
        let id = recorded.iter().find_map(|one| match &one.event {
            Event::Credential(Credential::Created(made)) => Some(made.id),
            _ => None,
        });
        let id = id.ok_or_else(|| Problem::failed("a credential was created and not told"))?;
        listen(&world, &actor, id, port).await?;
        let credential = seen(&actor, &id.to_string())?;
        Ok((StatusCode::CREATED, Json(WithSecret { credential, secret: secret.map(|(text, _)| text) })))
    })
    .await
}

/// A credential nobody can reach is taken back.
async fn listen(world: &Shared, actor: &Arc<CustomerActor>, id: CredentialId, port: u16) -> Answer<()> {
    let closed = (world.hooks.after_credentials_changed)(Arc::clone(actor)).await;
    let Some(why) = closed.get(&id) else { return Ok(()) };
    tracing::warn!(%why, "a new credential has no listener and is revoked");
    answer(actor.submit(Actor::House, Command::RevokeCredential { id })).await?;
    Err(taken(port))
}

fn taken(port: u16) -> Problem {
    Problem::listener(&format!("127.0.0.1:{port} is taken by another program"))
}

fn translate(actor: &CustomerActor, body: &Create) -> Answer<NewCredential> {
    let scopes = body.scopes.unwrap_or_else(Scopes::read_only);
    let by_default = || scopes.has(Scope::OrderSubmit).then(|| actor.now().plus_ms(DEFAULT_LIFETIME_MS));
    let expires_at = body.expires_at.as_deref().map(expiry).transpose()?.or_else(by_default);
    Ok(NewCredential {
        name: body.name.clone(),
        scopes,
        accounts: body.accounts.iter().map(|number| account_id(actor, number)).collect::<Answer<_>>()?,
        instruments: body.instruments.iter().map(|text| instrument(text)).collect::<Answer<_>>()?,
        port: 0,
        peer_uid: u32::MAX,
        secret: None,
        expires_at,
        dormancy: Dormancy::default(),
        limits: body.limits,
        allowances: allowances(&body.allow)?,
        cancel_on_disconnect: body.cancel_on_disconnect,
        observe: body.observe,
    })
}

fn expiry(text: &str) -> Answer<Timestamp> {
    let parsed: jiff::Timestamp = text.parse().map_err(|error| Problem::malformed(&format!("expires_at: {error}")))?;
    Ok(Timestamp(parsed.as_millisecond()))
}

fn instrument(text: &str) -> Answer<Selector> {
    let wrong = || Problem::malformed(&format!("instrument {text:?} is not stock, etf, forex, SYMBOL/CUR or #ID"));
    Selector::parse(text).ok_or_else(wrong)
}

fn allowances(names: &[String]) -> Answer<Allowances> {
    let mut allow = Allowances::default();
    for name in names {
        let place = match name.as_str() {
            "market" => &mut allow.market,
            "stop" => &mut allow.stop,
            "short_sale" => &mut allow.short_sale,
            "outside_hours" => &mut allow.outside_hours,
            "close_any" => &mut allow.close_any,
            other => return Err(Problem::malformed(&format!("{other:?} is nothing that can be allowed"))),
        };
        *place = true;
    }
    Ok(allow)
}

/// The port asked for if it can be had, or the first free one.
fn port(actor: &CustomerActor, asked: Option<&str>) -> Answer<u16> {
    let used: Vec<u16> = actor.read(|state| {
        let living = state.customer.credentials.iter().filter(|credential| credential.state != Stored::Revoked);
        living.map(|credential| credential.port).collect()
    });
    let Some(asked) = asked else {
        let free = (FIRST_PORT..=u16::MAX).find(|port| !used.contains(port) && can_be_bound(*port));
        return free.ok_or_else(|| Problem::listener("no port is free from 4102 up"));
    };
    let port = match (asked.parse::<u16>(), asked.parse::<SocketAddr>()) {
        (Ok(port), _) => port,
        (Err(_), Ok(address)) if address.ip() == Ipv4Addr::LOCALHOST => address.port(),
        (Err(_), _) => return Err(Problem::malformed("a listener is 127.0.0.1:PORT: others are not built")),
    };
    if port == 0 {
        return Err(Problem::malformed("a listener has a port of its own, not 0"));
    }
    // One of another credential is the kernel's to refuse.
    if used.contains(&port) || can_be_bound(port) { Ok(port) } else { Err(taken(port)) }
}

fn can_be_bound(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
