//! Widen: a command that may widen authority is done at once, or asked for and signed on the approval's own page.

use crate::page::place;
use crate::person::Person;
use crate::route::credentials;
use crate::world::Shared;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::change::{Change, Event as Changed};
use kernel::command::Command;
use kernel::decide;
use kernel::event::{Event, Recorded};
use kernel::id::ApprovalId;
use service::No;

/// What became of a command that may widen: carried out, or a signature is asked for on the approval's own page.
#[derive(Clone, Copy, Debug)]
pub enum Widened {
    Done,
    Asked(ApprovalId),
}

pub async fn widen(world: &Shared, person: &Person, command: Command) -> Result<Widened, No> {
    let change = person.actor.read(|state| decide::change_of(state, &command));
    let command = change.map_or(command, Command::AskChange);
    let recorded = credentials::change(world, person, command).await?;
    Ok(asked_for(&recorded).map_or(Widened::Done, Widened::Asked))
}

/// The question that was asked, where a change takes a signature.
pub fn asked_for(recorded: &[Recorded]) -> Option<ApprovalId> {
    recorded.iter().find_map(|one| match &one.event {
        Event::Change(Changed::Asked { id, .. }) => Some(*id),
        _ => None,
    })
}

pub fn approval_page(id: ApprovalId) -> Response {
    Redirect::to(&place::under(place::APPROVALS, &id.to_string())).into_response()
}

/// Where what a change has done is seen.
pub fn seen_at(change: &Change) -> String {
    match change {
        Change::Release { .. } | Change::AccountLimits { .. } | Change::Restricted { .. } => place::LIMITS.to_owned(),
        Change::CredentialLimits { id, .. } | Change::Resume { id } | Change::Ticket { id, .. } => {
            place::under(place::CREDENTIALS, &id.to_string())
        }
        Change::Credential(_) => place::CREDENTIALS.to_owned(),
        Change::Push { .. } => place::NOTICES.to_owned(),
        Change::Invite { .. } | Change::RemoveOwner { .. } => place::PEOPLE.to_owned(),
    }
}

/// The same on a phone, which shows less.
pub fn on_a_phone(change: &Change) -> Response {
    let seen = if change.is_ones_own() { place::PHONE_SETTINGS } else { place::PHONE };
    Redirect::to(seen).into_response()
}
