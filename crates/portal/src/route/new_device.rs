//! `/devices/ID`: what a confirmed device is asked about one that waits, and the answer by a passkey.

use crate::page::new_device::{Asked as View, Replaceable, asked};
use crate::page::part::Refusal as Told;
use crate::page::{Nav, place};
use crate::person::{Person, Waiting};
use crate::prove;
use crate::route::device::{hashed, key};
use crate::route::devices::submit;
use crate::route::form::Form;
use crate::route::framed::{self, told};
use crate::route::refused;
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::authenticator::{self, Kind};
use kernel::decide::device_request;
use kernel::device::{self, Device, MAX_TRUSTED, places};
use kernel::digest::Digest;
use kernel::id::{AuthenticatorId, DeviceId};
use kernel::people::{self, Confirm, People};
use kernel::refusal::Refusal;
use kernel::session::Session;
use kernel::signature::{self, Signature};
use kernel::time::Timestamp;
use serde::Deserialize;
use service::No;
use vault::codes::DeviceCode;
use vault::webauthn::Purpose;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    ceremony: String,
    response: String,
    #[serde(default)]
    replace: String,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signed")
    }
}

/// A device of the user that waits, and the session on it.
struct Waits {
    device: Device,
    session: Session,
    from: String,
    evidence: String,
    /// What whoever confirms it signs.
    display: String,
}

impl Waits {
    fn of(world: &World, person: &Person, id: &str) -> Option<Self> {
        let (id, now) = (DeviceId::parse(id).ok()?, person.actor.now());
        let (device, session, evidence) = person.actor.read(|state| {
            let people = &state.customer.people;
            let device = people.device(id).ok().filter(|one| one.user == person.user)?;
            let session = people.sessions.iter().find(|one| one.device == id && people.living(one.id, now).is_ok())?;
            let pending = device.state == device::State::Pending;
            pending.then(|| (device.clone(), *session, evidence(people, session.authenticator)))
        })?;
        let from = from(world, &session);
        let since = told(session.began_at).text;
        let display = format!("Confirm the device {}: from {from}, since {since}, with {evidence}.", device.label);
        Some(Self { device, session, from, evidence, display })
    }

    fn challenge(&self) -> Digest {
        signature::challenge(&device_request(&self.device), &self.display, &self.device.sha256)
    }

    fn expires(&self) -> Timestamp {
        let idle = self.session.interface.lifetimes(false).map_or(0, |lifetimes| lifetimes.idle_ms);
        self.session.expires_at().min(self.session.seen_at.plus_ms(idle))
    }
}

/// Addresses are not written down: after a restart nobody knows before the session is used again.
pub fn from(world: &World, session: &Session) -> String {
    match world.memory.address(session.id) {
        Some(address) if address.is_loopback() => format!("this machine ({address})"),
        Some(address) => address.to_string(),
        None => "not known since the last start".to_owned(),
    }
}

/// What a session was opened with, in words.
pub fn evidence(people: &People, id: AuthenticatorId) -> String {
    let words = match people.authenticator(id).map(|one| &one.kind) {
        Ok(Kind::Passkey(passkey)) if passkey.backup_eligible => "a passkey",
        Ok(Kind::Passkey(_)) => "a security key",
        Ok(Kind::Password | Kind::Totp { .. }) => "password and one-time code",
        Ok(Kind::RecoveryCodes { .. }) => "a recovery code",
        Ok(Kind::Sms) => "password and a code by SMS, restricted",
        Err(_) => "an authenticator",
    };
    words.to_owned()
}

/// A visit begins ceremonies and shows codes; a page that looks again by itself (`live.js`) does not.
pub fn is_visit(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-mode").is_none_or(|mode| mode == "navigate")
}

pub async fn ask(State(world): State<Shared>, person: Person, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match Waits::of(&world, &person, &id) {
        Some(waits) => show(&world, &person, &waits, is_visit(&headers), None).await,
        None => gone(&world, &person).await,
    }
}

/// It is confirmed already, was turned away, or its time has run out.
pub async fn gone(world: &World, person: &Person) -> Response {
    let refusal = Refusal::People(people::Refusal::Device(device::Refusal::NotFound));
    let view = crate::page::refused::View {
        heading: "This device does not wait".to_owned(),
        refusal: refused::because(refusal),
        again: None,
        next: Some(crate::page::refused::Next::Home),
    };
    let frame = framed::inside(world, person, Nav::Devices, "This device does not wait", Vec::new()).await;
    (StatusCode::NOT_FOUND, crate::page::refused::refused(&frame, &view)).into_response()
}

async fn show(
    world: &World,
    person: &Person,
    waits: &Waits,
    visit: bool,
    refusal: Option<(StatusCode, Told)>,
) -> Response {
    let code = match code(world, person, &waits.device, visit).await {
        Ok(code) => code,
        // On a shared computer there is neither code nor signature.
        Err(no) => return refused::no(world, person, &no).await,
    };
    let allow = prove::passkeys(&person.actor, person.user);
    let purpose = Purpose::Approval(*waits.challenge().bytes());
    let (status, refusal) = refusal.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let view = View {
        id: waits.device.id.to_string(),
        device: waits.device.label.clone(),
        from: waits.from.clone(),
        since: told(waits.session.began_at),
        expires: told(waits.expires()),
        evidence: waits.evidence.clone(),
        code,
        display: waits.display.clone(),
        passkey: visit.then(|| prove::ask(world, person, purpose, &allow)).flatten(),
        replace: replaceable(person, &waits.device),
        refusal,
    };
    let frame = framed::inside(world, person, Nav::Devices, "A new device wants in", Vec::new()).await;
    (status, asked(&frame, &view)).into_response()
}

/// The code that is shown stays the same until it was typed or has run out: the page may be looked at again.
async fn code(world: &World, person: &Person, device: &Device, visit: bool) -> Result<String, No> {
    let (key, now) = (key(world, person).await?, person.actor.now());
    let shown = world.memory.code(device.id).filter(|code| {
        let sha256 = hashed(code, &key, device.id, now);
        let counts = |one: &device::Code| one.user == person.user && one.sha256 == sha256 && now < one.expires_at;
        person.actor.read(|state| state.customer.people.codes.iter().any(counts))
    });
    if let Some(code) = shown {
        return Ok(code.text().to_string());
    }
    if !visit {
        return Ok(String::new());
    }
    let code = DeviceCode::random().map_err(|error| No::NotRecorded { why: error.to_string() })?;
    let sha256 = hashed(&code, &key, device.id, now);
    submit(person, people::Command::OfferDeviceCode { sha256 }).await?;
    let text = code.text().to_string();
    world.memory.show_code(device.id, code);
    Ok(text)
}

/// Those whose place a device may take, where all places are taken.
pub fn replaceable(person: &Waiting, device: &Device) -> Vec<Replaceable> {
    let now = person.actor.now();
    person.actor.read(|state| {
        let trusted: Vec<&Device> = places(&state.customer.people.devices, person.user, now).collect();
        if device.shared || trusted.len() < MAX_TRUSTED {
            return Vec::new();
        }
        let one = |one: &&Device| Replaceable {
            id: one.id.to_string(),
            name: one.label.clone(),
            last_used: told(one.used_at),
            here: one.id == person.device,
        };
        trusted.iter().map(one).collect()
    })
}

pub async fn confirm(
    State(world): State<Shared>,
    person: Person,
    Path(id): Path<String>,
    Form(signed): Form<Signed>,
) -> Response {
    let Some(waits) = Waits::of(&world, &person, &id) else { return gone(&world, &person).await };
    let proof = (signed.ceremony.as_str(), signed.response.as_str());
    let purpose = Purpose::Approval(*waits.challenge().bytes());
    let Ok(found) = prove::own(&world, &person, proof, purpose) else {
        let wrong = Refusal::People(people::Refusal::Authenticator(authenticator::Refusal::WrongChallenge));
        let refusal = (StatusCode::UNAUTHORIZED, refused::because(wrong));
        return show(&world, &person, &waits, true, Some(refusal)).await;
    };
    let shown = prove::shown(&waits.display, &found.shown);
    let by = Confirm::Tap(Signature { evidence: found.evidence, shown });
    let replaces = DeviceId::parse(&signed.replace).ok();
    match submit(&person, people::Command::ConfirmDevice { id: waits.device.id, by, replaces }).await {
        Ok(_) => Redirect::to(place::DEVICES).into_response(),
        Err(no @ No::Refused { .. }) => {
            show(&world, &person, &waits, true, Some((refused::status(&no), refused::told(&no)))).await
        }
        Err(no) => refused::no(&world, &person, &no).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_page_that_looks_again_by_itself_is_no_visit() {
        let said = |mode: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            mode.map(|mode| headers.insert("sec-fetch-mode", HeaderValue::from_static(mode)));
            is_visit(&headers)
        };
        assert!(said(None) && said(Some("navigate")));
        assert!(!said(Some("cors")) && !said(Some("same-origin")) && !said(Some("no-cors")));
    }
}
