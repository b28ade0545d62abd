//! `/device`: what a browser sees while its device waits to be confirmed, and the code that is typed there.

use crate::cookies::SessionCookie;
use crate::page::new_device::{Pending, pending};
use crate::page::part::Refusal as Told;
use crate::page::place;
use crate::person::{Turned, Waiting, turned};
use crate::route::form::Form;
use crate::route::framed::{self, told};
use crate::route::new_device::replaceable;
use crate::route::refused;
use crate::world::{Shared, World};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::authenticator::{self, Kind};
use kernel::command::Command;
use kernel::device::{self, places};
use kernel::digest::Digest;
use kernel::evidence::{Evidence, Proof};
use kernel::id::DeviceId;
use kernel::people::{self, Confirm};
use kernel::refusal::Refusal;
use kernel::session::Interface;
use kernel::time::Timestamp;
use serde::Deserialize;
use service::No;
use service::node::answer;
use vault::codes::{CodeKey, DeviceCode, RecoveryCode};

/// What the row of a user's recovery codes is sealed as: their hashes, one after another.
pub const RECOVERY_CODES: &str = "recovery_codes";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    #[serde(default)]
    code: String,
    /// Which trusted device gives its place, where the code was right before.
    #[serde(default)]
    replace: String,
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}

pub async fn page(State(world): State<Shared>, person: Waiting) -> Response {
    match elsewhere(&person) {
        Some(elsewhere) => elsewhere,
        None => show(&world, &person, StatusCode::OK, None),
    }
}

/// Where whoever does not wait here belongs.
fn elsewhere(person: &Waiting) -> Option<Response> {
    match person.stands() {
        Ok(()) => Some(Redirect::to(place::HOME).into_response()),
        Err(people::Refusal::Device(device::Refusal::Pending)) => None,
        // It is confirmed anew by signing in.
        Err(people::Refusal::Device(device::Refusal::TrustExpired)) => {
            Some(Turned::SignIn { reason: "expired" }.into_response())
        }
        Err(other) => Some(turned(other).into_response()),
    }
}

fn show(world: &World, person: &Waiting, status: StatusCode, refusal: Option<Told>) -> Response {
    let now = person.actor.now();
    let proven = world.memory.confirmation(person.session).is_some();
    let found = person.actor.read(|state| {
        let people = &state.customer.people;
        let signed = people.living(person.session, now).ok()?;
        let idle = signed.session.interface.lifetimes(false).map_or(0, |lifetimes| lifetimes.idle_ms);
        let view = Pending {
            device: signed.device.label.clone(),
            expires: told(signed.session.expires_at().min(now.plus_ms(idle))),
            has_confirmed_device: places(&people.devices, person.user, now).next().is_some(),
            replace: Vec::new(),
            refusal,
        };
        Some((view, signed.device.clone()))
    });
    // Whoever has shown no code yet is not told which devices there are.
    let found = found.map(|(view, device)| {
        let replace = if proven { replaceable(person, &device) } else { Vec::new() };
        Pending { replace, ..view }
    });
    let Some(view) = found else { return Turned::SignIn { reason: "ended" }.into_response() };
    // Not the frame of those who are inside: it tells more than a device may see that waits.
    let frame = framed::outside(world, &person.nonce, "Confirm this device");
    (status, pending(&frame, &view)).into_response()
}

pub async fn confirm(State(world): State<Shared>, person: Waiting, Form(typed): Form<Typed>) -> Response {
    if let Some(elsewhere) = elsewhere(&person) {
        return elsewhere;
    }
    match chosen(&world, &person, &typed) {
        Some((by, replaces)) => submit(&world, &person, by, Some(replaces)).await,
        None if !world.memory.may_try(person.session) => over(&world, &person).await,
        None => match proof(&world, &person, &typed.code).await {
            Ok(Some(by)) => submit(&world, &person, by, None).await,
            Ok(None) => wrong(&world, &person).await,
            Err(no) => refused::outside(&world, &person.nonce, &no),
        },
    }
}

/// The second step, where all places are taken: the code was right, and this is whose place it takes.
fn chosen(world: &World, person: &Waiting, typed: &Typed) -> Option<(Confirm, DeviceId)> {
    let replaces = DeviceId::parse(&typed.replace).ok().filter(|_| typed.code.is_empty())?;
    Some((world.memory.confirmation(person.session)?, replaces))
}

async fn submit(world: &World, person: &Waiting, by: Confirm, replaces: Option<DeviceId>) -> Response {
    let confirm = people::Command::ConfirmDevice { id: person.device, by: by.clone(), replaces };
    match answer(person.actor.submit(person.by(), Command::People(confirm))).await {
        Ok(_) => {
            world.memory.forgive(person.session);
            world.memory.end_confirmation(person.session);
            Redirect::to(place::HOME).into_response()
        }
        Err(No::Refused { refusal, .. }) if is_wrong(&refusal) => {
            world.memory.end_confirmation(person.session);
            wrong(world, person).await
        }
        // It was not used up: it is kept for the answer to the question that comes now.
        Err(No::Refused { refusal, .. }) if is_full(&refusal) => {
            world.memory.forgive(person.session);
            world.memory.begin_confirmation(person.session, by);
            show(world, person, StatusCode::OK, None)
        }
        Err(no @ No::Refused { .. }) => {
            world.memory.forgive(person.session);
            show(world, person, refused::status(&no), Some(refused::told(&no)))
        }
        Err(no) => refused::outside(world, &person.nonce, &no),
    }
}

const fn is_full(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::People(people::Refusal::Device(device::Refusal::TooMany)))
}

/// The code itself was not taken, whatever else there may be.
const fn is_wrong(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::People(
            people::Refusal::Device(device::Refusal::CodeVoid)
                | people::Refusal::Authenticator(authenticator::Refusal::EvidenceStale)
        )
    )
}

async fn wrong(world: &World, person: &Waiting) -> Response {
    if world.memory.is_last(person.session) {
        return over(world, person).await;
    }
    let void = refused::because(Refusal::People(people::Refusal::Device(device::Refusal::CodeVoid)));
    show(world, person, StatusCode::FORBIDDEN, Some(void))
}

/// Too many were wrong: whoever it was shows an authenticator again.
async fn over(world: &World, person: &Waiting) -> Response {
    let end = people::Command::EndSession { id: person.session };
    match answer(person.actor.submit(person.by(), Command::People(end))).await {
        Ok(_) | Err(No::Refused { .. }) => {
            let mut response = Turned::SignIn { reason: "ended" }.into_response();
            response.headers_mut().append(header::SET_COOKIE, SessionCookie::clear(Interface::Portal));
            response
        }
        Err(no) => refused::outside(world, &person.nonce, &no),
    }
}

/// The two kinds of code differ in length: which it is shows by itself. `None` is neither, or none of the user's.
async fn proof(world: &World, person: &Waiting, typed: &str) -> Result<Option<Confirm>, No> {
    if let Ok(code) = DeviceCode::parse(typed) {
        let key = key(world, person).await?;
        return Ok(Some(Confirm::Code(hashed(&code, &key, person.device, person.actor.now()))));
    }
    let Ok(code) = RecoveryCode::parse(typed) else { return Ok(None) };
    let (user, now) = (person.user, person.actor.now());
    let known = person.actor.read(|state| {
        let mut own = state.customer.people.active(user);
        let codes = own.find(|one| matches!(one.kind, Kind::RecoveryCodes { .. }))?;
        Some((codes.id, codes.revision, codes.sealed_sha256?))
    });
    let Some((authenticator, revision, sealed)) = known else { return Ok(None) };
    let row = world.sealed.unseal(person.actor.stream(), RECOVERY_CODES, &sealed).await.map_err(unreadable)?;
    let (digests, _) = row.as_chunks::<32>();
    let kept: Vec<Digest> = digests.iter().map(|bytes| Digest::from_bytes(*bytes)).collect();
    let Ok(index) = code.find(&key(world, person).await?, &user.to_string(), &kept) else { return Ok(None) };
    let Ok(index) = u8::try_from(index) else { return Ok(None) };
    let proof = Proof::RecoveryCode { index };
    Ok(Some(Confirm::RecoveryCode(Evidence { authenticator, revision, at: now, proof })))
}

/// Under which this customer's codes are hashed.
pub async fn key(world: &World, person: &Waiting) -> Result<CodeKey, No> {
    let owner = world.sealed.data_key(person.actor.stream()).await.map_err(unreadable)?;
    CodeKey::of(&owner).map_err(|error| unreadable(error.into()))
}

/// What the kernel knows of a device's code; it keeps the time itself.
pub fn hashed(code: &DeviceCode, key: &CodeKey, device: DeviceId, now: Timestamp) -> Digest {
    code.kept(key, &device.to_string(), now.0).hash
}

pub fn unreadable(error: service::SealedError) -> No {
    tracing::error!(%error, "what is sealed cannot be read or written");
    No::NotRecorded { why: error.to_string() }
}
