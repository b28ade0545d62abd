//! `/authenticators`: what a user proves with: all of it on cards; a passkey, a password and recovery codes are added here.

use crate::page::authenticators::{Codes, Item, Kind as Card, View, authenticators, codes};
use crate::page::part::{Ask, Refusal as Told};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::prove;
use crate::route::bind::{Secret, bind, is_shut, let_go, may_bind};
use crate::route::device::{RECOVERY_CODES, key};
use crate::route::form::Form;
use crate::route::framed::{self, told};
use crate::route::new_device::is_visit;
use crate::route::{refused, step_up};
use crate::typed::{PASSWORD, SMS_NUMBER};
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::authenticator::{self, Authenticator, Kind};
use kernel::digest::Digest;
use kernel::id::AuthenticatorId;
use kernel::refusal::Refusal;
use serde::Deserialize;
use service::No;
use vault::codes::RecoveryCode;
use vault::hasher::Unhashed;
use vault::index::Name;
use vault::password::{LONGEST, Password, SHORTEST};
use vault::sms::Number;

/// What a user calls a passkey.
const LABEL: &str = "passkey_label";
const LONGEST_LABEL: usize = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    ceremony: String,
    response: String,
    #[serde(default)]
    name: String,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Made")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    password: String,
    again: String,
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chosen")
    }
}

pub async fn page(State(world): State<Shared>, person: Person, headers: HeaderMap) -> Response {
    show(&world, &person, StatusCode::OK, None, is_visit(&headers)).await
}

/// The page again, and why nothing was done.
pub async fn refuse(world: &World, person: &Person, status: StatusCode, refusal: Told) -> Response {
    show(world, person, status, Some(refusal), true).await
}

async fn show(world: &World, person: &Person, status: StatusCode, refusal: Option<Told>, visit: bool) -> Response {
    let frame = framed::inside(world, person, Nav::Authenticators, "Authenticators", Vec::new()).await;
    let name = frame.signed_in.as_ref().map(|who| who.name.clone()).unwrap_or_default();
    let locked = may_bind(person).err().map(|refusal| refused::because(refusal).text);
    let open = visit && locked.is_none();
    let own = own(person);
    let has = |fits: fn(&Kind) -> bool| own.iter().any(|(one, _)| is_active(one) && fits(&one.kind));
    let mut items = Vec::new();
    for (one, only) in &own {
        items.push(item(world, person, one, *only).await);
    }
    let view = View {
        items,
        passkey: open.then(|| new_passkey(world, person, &name)).flatten(),
        password_rules: rules(),
        has_password: has(|kind| matches!(kind, Kind::Password)),
        has_totp: has(|kind| matches!(kind, Kind::Totp { .. })),
        has_codes: has(|kind| matches!(kind, Kind::RecoveryCodes { .. })),
        sms: world.texts.is_on().then(|| has(|kind| matches!(kind, Kind::Sms))),
        locked,
        refusal,
    };
    (status, authenticators(&frame, &view)).into_response()
}

fn is_active(one: &Authenticator) -> bool {
    one.state == authenticator::State::Active
}

/// Those that were not removed, each with whether it is the only passkey.
fn own(person: &Person) -> Vec<(Authenticator, bool)> {
    person.actor.read(|state| {
        let people = &state.customer.people;
        let passkeys = people.active(person.user).filter(|one| one.is_passkey()).count();
        let own = people.authenticators.iter().filter(|one| one.user == person.user);
        let kept = own.filter(|one| one.state != authenticator::State::Removed);
        kept.map(|one| (one.clone(), one.is_passkey() && is_active(one) && passkeys == 1)).collect()
    })
}

async fn item(world: &World, person: &Person, one: &Authenticator, only: bool) -> Item {
    let disabled = one.state == authenticator::State::Disabled;
    let (kind, name, detail) = match &one.kind {
        Kind::Passkey(passkey) if passkey.backed_up => {
            (Card::SyncedPasskey, "Passkey", "kept by a provider, on several devices".to_owned())
        }
        Kind::Passkey(passkey) if passkey.backup_eligible => {
            (Card::SyncedPasskey, "Passkey", "may be kept by a provider, is not yet".to_owned())
        }
        Kind::Passkey(_) => (Card::SecurityKey, "Security key", "cannot be copied".to_owned()),
        Kind::Password => (Card::Password, "Password", "kept as a hash".to_owned()),
        Kind::Totp { .. } => (Card::Totp, "Authenticator app", "each code once".to_owned()),
        Kind::RecoveryCodes { left } => {
            (Card::RecoveryCodes, "Recovery codes", format!("{} of {} left", left.len(), authenticator::RECOVERY_CODES))
        }
        Kind::Sms => (Card::Sms, "Codes by SMS", number(world, person, one).await),
    };
    let label = match (&one.kind, one.sealed_sha256) {
        (Kind::Passkey(_), Some(sha256)) => world.sealed.unseal(person.actor.stream(), LABEL, &sha256).await.ok(),
        _ => None,
    };
    Item {
        id: one.id.to_string(),
        kind,
        name: label.map_or_else(|| name.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned()),
        added: told(one.bound_at),
        used: (one.used_at != one.bound_at).then(|| told(one.used_at)),
        disabled: disabled.then(|| "too many failures in a row: add another, and remove this one".to_owned()),
        detail,
        kept: only.then(|| "it is the only passkey. Add another one first.".to_owned()),
    }
}

/// Told only by its end.
async fn number(world: &World, person: &Person, one: &Authenticator) -> String {
    let sha256 = one.sealed_sha256.unwrap_or_else(|| Digest::plain(b""));
    let row = world.sealed.unseal(person.actor.stream(), SMS_NUMBER, &sha256).await.ok();
    let number = row.and_then(|bytes| Number::parse(std::str::from_utf8(&bytes).ok()?).ok());
    let whose = number.map_or_else(|| "its number cannot be read".to_owned(), |one| format!("ends in {}", one.end()));
    if world.texts.is_on() { whose } else { format!("{whose}; nothing is sent now") }
}

fn new_passkey(world: &World, person: &Person, name: &str) -> Option<Ask> {
    let known = prove::passkeys(&person.actor, person.user);
    let handle = person.user.bits().to_be_bytes();
    let (by, now) = (prove::by_session(person), world.now().0);
    world.ceremonies.begin_registration(&world.party, &by, (&handle, name), &known, now).ok().map(prove::asking)
}

fn rules() -> Vec<String> {
    vec![
        format!("From {SHORTEST} to {LONGEST} characters. Four or five unrelated words make a good one."),
        "Any characters, blanks too; nothing has to be a digit or a sign.".to_owned(),
        "Not one that many people use, not a row of the keyboard, not about you.".to_owned(),
    ]
}

pub async fn passkey(State(world): State<Shared>, person: Person, Form(made): Form<Made>) -> Response {
    let name = made.name.trim();
    let not_made = || refuse(&world, &person, StatusCode::BAD_REQUEST, refused::identity("passkey_not_made"));
    let registered = prove::registered(&world, &prove::by_session(&person), &made.ceremony, &made.response);
    let Ok((user, passkey)) = registered else { return not_made().await };
    if user != person.user {
        return not_made().await;
    }
    if !name.is_empty() && (Name::parse(name).is_err() || name.chars().count() > LONGEST_LABEL) {
        return refuse(&world, &person, StatusCode::BAD_REQUEST, refused::identity("name_malformed")).await;
    }
    let label = (!name.is_empty()).then_some(Secret { what: LABEL, plain: name.as_bytes() });
    bound(&world, &person, bind(&world, &person, passkey.kind, label).await).await
}

pub async fn password(State(world): State<Shared>, person: Person, Form(chosen): Form<Chosen>) -> Response {
    // Nothing is hashed for whom it would be for nothing.
    if let Err(refusal) = may_bind(&person) {
        return shut(&world, &person, refusal).await;
    }
    if chosen.password != chosen.again {
        return refuse(&world, &person, StatusCode::BAD_REQUEST, refused::identity("passwords_differ")).await;
    }
    let name = world.name(&person.actor, person.user).await.unwrap_or_default();
    let about = [&*name, world.origin.host(), "portreeve", "interactive brokers"];
    let password = match Password::chosen(&chosen.password, &about) {
        Ok(password) => password,
        Err(why) => {
            let refusal = refused::identity_with("password_not_accepted", "why", &why.to_string());
            return refuse(&world, &person, StatusCode::BAD_REQUEST, refusal).await;
        }
    };
    let phc = match world.hasher.hash(password).await {
        Ok(phc) => phc,
        Err(why) => return unhashed(&world, &person, why).await,
    };
    let text = phc.text();
    let secret = Secret { what: PASSWORD, plain: text.as_bytes() };
    bound(&world, &person, bind(&world, &person, Kind::Password, Some(secret)).await).await
}

async fn unhashed(world: &World, person: &Person, why: Unhashed) -> Response {
    let Unhashed::Busy { retry_after_ms } = why else {
        return refused::no(world, person, &No::NotRecorded { why: why.to_string() }).await;
    };
    let seconds = retry_after_ms.div_ceil(1000).max(1);
    let refusal = refused::told(&No::Busy);
    let mut response = refuse(world, person, StatusCode::TOO_MANY_REQUESTS, refusal).await;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Ten new ones, on the answer to this form and nowhere else.
pub async fn recovery(State(world): State<Shared>, person: Person) -> Response {
    if let Err(refusal) = may_bind(&person) {
        return shut(&world, &person, refusal).await;
    }
    match make_codes(&world, &person).await {
        Ok(texts) => {
            let frame = framed::inside(&world, &person, Nav::Authenticators, "Recovery codes", Vec::new()).await;
            codes(&frame, &Codes { codes: texts }).into_response()
        }
        Err(no) => bound(&world, &person, Err(no)).await,
    }
}

async fn make_codes(world: &World, person: &Person) -> Result<Vec<String>, No> {
    let set = RecoveryCode::set().map_err(|error| No::NotRecorded { why: error.to_string() })?;
    let (key, user) = (key(world, person).await?, person.user.to_string());
    let hashes: Vec<u8> = set.iter().flat_map(|code| *code.hash(&key, &user).bytes()).collect();
    let left = (0..authenticator::RECOVERY_CODES).collect();
    let secret = Secret { what: RECOVERY_CODES, plain: &hashes };
    bind(world, person, Kind::RecoveryCodes { left }, Some(secret)).await?;
    Ok(set.iter().map(|code| code.text().to_string()).collect())
}

pub async fn remove(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = AuthenticatorId::parse(&id) else { return Redirect::to(place::AUTHENTICATORS).into_response() };
    bound(&world, &person, let_go(&person, id).await).await
}

/// Nothing can be changed now: a window is opened first, where one helps.
pub async fn shut(world: &World, person: &Person, refusal: Refusal) -> Response {
    if is_shut(&refusal) {
        return step_up::first(place::AUTHENTICATORS, "move");
    }
    refuse(world, person, StatusCode::FORBIDDEN, refused::because(refusal)).await
}

/// What came of it: the page again; where a window was shut, what opens it.
pub async fn bound(world: &World, person: &Person, done: Result<(), No>) -> Response {
    match done {
        Ok(()) => Redirect::to(place::AUTHENTICATORS).into_response(),
        Err(No::Refused { refusal, .. }) if is_shut(&refusal) => shut(world, person, refusal).await,
        Err(no @ No::Refused { .. }) => refuse(world, person, refused::status(&no), refused::told(&no)).await,
        Err(no) => refused::no(world, person, &no).await,
    }
}
