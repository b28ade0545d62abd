//! `/m/pair`: on the phone: the link's code, then a passkey that is made there or that is there already.

use crate::cookies::DeviceCookie;
use crate::label;
use crate::page::phone::door::{self, Open};
use crate::page::place;
use crate::protect::Nonce;
use crate::prove::{self, NotProven};
use crate::route::form::Form;
use crate::route::framed::{on_a_phone, told};
use crate::route::password::later;
use crate::route::refused;
use crate::route::sign_in::{Begun, token};
use crate::world::{Shared, World};
use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::device;
use kernel::digest::Digest;
use kernel::id::UserId;
use kernel::pairing::Pairing;
use kernel::people::{self, NewDevice, Pair, PairBy};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Deserialize;
use service::No;
use service::actor::CustomerActor;
use service::node::answer;
use service::sources::{Key, NotTried, Tried};
use std::net::SocketAddr;
use std::sync::Arc;
use vault::token::Token;
use vault::webauthn::{Asked, Purpose};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    code: String,
    ceremony: String,
    response: String,
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}
impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answered")
    }
}

/// A link that stands, of whoever shows it.
struct Link {
    actor: Arc<CustomerActor>,
    pairing: Pairing,
    code: String,
}

/// Why there is none, in no more words than these.
enum Not {
    Void,
    Throttled { until: Timestamp },
    Counted(String),
}

/// Who asks, and where they are.
struct Asker<'a> {
    peer: SocketAddr,
    nonce: &'a str,
    headers: &'a HeaderMap,
}

pub async fn page(State(world): State<Shared>, Extension(Nonce(nonce)): Extension<Nonce>) -> Response {
    door::pair(&on_a_phone(&world, &nonce, "Pair this phone"), None).into_response()
}

fn again(world: &World, nonce: &str, no: &No) -> Response {
    let frame = on_a_phone(world, nonce, "Pair this phone");
    (refused::status(no), door::pair(&frame, Some(&refused::told(no)))).into_response()
}

/// Every code that opens nothing is a guess, and is counted where it comes from; whoever has a good one guesses nothing.
async fn opened(world: &Shared, from: SocketAddr, typed: &str) -> Result<Link, Not> {
    // The whole link may have been pasted.
    let code = typed.rsplit('#').next().unwrap_or_default().trim();
    let sha256 = Token::parse(code).map_or_else(|| Digest::plain(code.as_bytes()), |token| token.sha256());
    let from = Key::of_address(world.sealed.index(), from.ip());
    let tried = Tried { who: Key::of_name(&sha256), from, device: None };
    let attempt = world.sources.attempt(tried, world.now()).await.map_err(|not| match not {
        NotTried::Throttled { until } => Not::Throttled { until },
        NotTried::NotCounted(why) => Not::Counted(why),
    })?;
    let found = world.node.actors().into_iter().find_map(|actor| {
        let now = actor.now();
        let pairing = actor.read(|state| state.customer.people.pairing(&sha256, now).ok().copied())?;
        Some(Link { actor, pairing, code: code.to_owned() })
    });
    match found {
        Some(link) => Ok(link),
        None => {
            attempt.failed().await.map_err(Not::Counted)?;
            Err(Not::Void)
        }
    }
}

/// The same page for each: wrong, used, too old, none at all.
fn not(world: &World, nonce: &str, not: Not) -> Response {
    let frame = on_a_phone(world, nonce, "Pair this phone");
    match not {
        Not::Void => {
            let void = refused::because(Refusal::People(people::Refusal::Device(device::Refusal::PairingVoid)));
            (StatusCode::FORBIDDEN, door::pair(&frame, Some(&void))).into_response()
        }
        Not::Throttled { until } => {
            let response = door::pair(&frame, Some(&refused::identity("throttled"))).into_response();
            later(response, until.since(world.now()))
        }
        Not::Counted(why) => {
            tracing::error!(%why, "a link to pair a phone could not be judged");
            again(world, nonce, &No::NotRecorded { why })
        }
    }
}

pub async fn link(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    Form(typed): Form<Typed>,
) -> Response {
    match opened(&world, peer, &typed.code).await {
        Ok(link) => ask(&world, &nonce, &link, None).await,
        Err(why) => not(&world, &nonce, why),
    }
}

/// Both ceremonies are this link's alone.
async fn ask(world: &World, nonce: &str, link: &Link, code: Option<&'static str>) -> Response {
    let (by, user, now) = (link.pairing.sha256, link.pairing.user, world.now().0);
    let name = world.name(&link.actor, user).await;
    let name = name.map_or_else(|_| user.to_string(), |name| name.to_string());
    let (handle, known) = (user.bits().to_be_bytes(), prove::passkeys(&link.actor, user));
    let made = world.ceremonies.begin_registration(&world.party, by.bytes(), (&handle, &name), &known, now);
    let asked = Asked { purpose: Purpose::SignIn, allow: &[], conditional: false };
    let shown = world.ceremonies.begin_assertion(&world.party, by.bytes(), &asked, now);
    let (Ok(made), Ok(shown)) = (made, shown) else { return again(world, nonce, &No::Busy) };
    let view = Open {
        code: link.code.clone(),
        name,
        until: told(link.pairing.expires_at),
        made: prove::asking(made),
        shown: prove::asking(shown),
        refusal: code.map(refused::identity),
    };
    let status = if code.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    (status, door::open(&on_a_phone(world, nonce, "Pair this phone"), &view)).into_response()
}

pub async fn made(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    Form(form): Form<Answered>,
) -> Response {
    let link = match opened(&world, peer, &form.code).await {
        Ok(link) => link,
        Err(why) => return not(&world, &nonce, why),
    };
    let by = link.pairing.sha256;
    let theirs = |user: UserId| user == link.pairing.user;
    match prove::registered(&world, by.bytes(), &form.ceremony, &form.response) {
        Ok((user, new)) if theirs(user) => {
            paired(&world, &Asker { peer, nonce: &nonce, headers: &headers }, &link, PairBy::Made(new)).await
        }
        Ok(_) | Err(NotProven) => ask(&world, &nonce, &link, Some("passkey_not_made")).await,
    }
}

pub async fn shown(
    State(world): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    headers: HeaderMap,
    Form(form): Form<Answered>,
) -> Response {
    let link = match opened(&world, peer, &form.code).await {
        Ok(link) => link,
        Err(why) => return not(&world, &nonce, why),
    };
    let by = link.pairing.sha256;
    match prove::anyone(&world, by.bytes(), &form.ceremony, &form.response).await {
        Ok(found) if found.actor.id == link.actor.id => {
            let by = PairBy::Shown(found.evidence);
            paired(&world, &Asker { peer, nonce: &nonce, headers: &headers }, &link, by).await
        }
        Ok(_) | Err(NotProven) => ask(&world, &nonce, &link, Some("not_proven")).await,
    }
}

async fn paired(world: &World, asker: &Asker<'_>, link: &Link, by: PairBy) -> Response {
    match bound(asker, link, by).await {
        Ok(begun) => {
            tracing::info!(user = %link.pairing.user, from = %asker.peer.ip(), "a phone was paired");
            begun.go(place::PHONE)
        }
        // Also where another was faster with the same link, or has taken the last place.
        Err(no) => again(world, asker.nonce, &no),
    }
}

async fn bound(asker: &Asker<'_>, link: &Link, by: PairBy) -> Result<Begun, No> {
    let (session, device) = (token()?, token()?);
    let shown = DeviceCookie::of(asker.headers).filter(|cookie| cookie.customer == link.actor.id);
    let known = shown.map(|cookie| (cookie.device, cookie.secret.sha256()));
    let new = NewDevice { sha256: device.sha256(), label: label::of(asker.headers) };
    let pair = Pair { code: link.pairing.sha256, by, known, device: new, session: session.sha256() };
    let command = Command::People(people::Command::Pair(pair));
    let recorded = answer(link.actor.submit(Actor::Visitor, command)).await?;
    Begun::of(&link.actor, &recorded, session, device)
}
