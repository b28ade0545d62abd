//! Bind: an authenticator is bound or let go together with the sealed row of its secret: both, or neither.

use crate::person::Person;
use crate::route::device::unreadable;
use crate::world::World;
use kernel::authenticator::{Authenticator, Kind};
use kernel::command::Command;
use kernel::decide;
use kernel::id::AuthenticatorId;
use kernel::people::{self, NewAuthenticator};
use kernel::refusal::Refusal;
use kernel::session;
use service::No;
use service::node::answer;
use store::SealedChange;

/// What is kept of an authenticator that only its owner's key opens.
pub struct Secret<'a> {
    pub what: &'static str,
    pub plain: &'a [u8],
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.what)
    }
}

/// Whether the session may bind anything now.
pub fn may_bind(person: &Person) -> Result<(), Refusal> {
    let any = NewAuthenticator { kind: Kind::Password, sealed_sha256: None };
    let command = Command::People(people::Command::BindAuthenticator(any));
    let now = person.actor.now();
    person.actor.read(|state| decide::allowed(state, &person.by(), &command, now))
}

/// Showing an authenticator again opens what is shut.
pub const fn is_shut(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::People(people::Refusal::Session(session::Refusal::StepUp { .. })))
}

pub async fn bind(world: &World, person: &Person, kind: Kind, secret: Option<Secret<'_>>) -> Result<(), No> {
    let mut rows = replaced(person, &kind);
    let mut sealed_sha256 = None;
    if let Some(secret) = secret {
        let sealed = world.sealed.seal(person.actor.stream(), secret.what, secret.plain).await;
        let (row, sha256) = sealed.map_err(unreadable)?;
        rows.push(row);
        sealed_sha256 = Some(sha256);
    }
    let new = NewAuthenticator { kind, sealed_sha256 };
    let command = Command::People(people::Command::BindAuthenticator(new));
    answer(person.actor.submit_sealed(person.by(), command, rows)).await.map(|_| ())
}

pub async fn let_go(person: &Person, id: AuthenticatorId) -> Result<(), No> {
    let own = |one: &&Authenticator| one.id == id && one.user == person.user;
    let row = person.actor.read(|state| {
        let known = state.customer.people.authenticators.iter().find(own)?;
        forgotten(person, known)
    });
    let command = Command::People(people::Command::RemoveAuthenticator { id });
    answer(person.actor.submit_sealed(person.by(), command, row.into_iter().collect())).await.map(|_| ())
}

/// A password, an app and a set of codes take the place of the one before: its secret goes.
fn replaced(person: &Person, kind: &Kind) -> Vec<SealedChange> {
    if matches!(kind, Kind::Passkey(_)) {
        return Vec::new();
    }
    let same = |one: &&Authenticator| std::mem::discriminant(&one.kind) == std::mem::discriminant(kind);
    person.actor.read(|state| {
        let old = state.customer.people.active(person.user).filter(same);
        old.filter_map(|one| forgotten(person, one)).collect()
    })
}

fn forgotten(person: &Person, one: &Authenticator) -> Option<SealedChange> {
    let name = one.sealed_sha256?.to_string();
    Some(SealedChange::Remove { owner: person.actor.stream().to_owned(), name })
}
