//! `/credentials/ID/limit`: one limit is changed, on what the page had read; and every limit by its name.

use crate::page::credentials::{Change, Typed};
use crate::page::place;
use crate::person::Person;
use crate::route::credentials::{show, unfit};
use crate::route::form::Form;
use crate::route::refused;
use crate::route::ticket_terms::plain;
use crate::route::widen::{Widened, approval_page, widen};
use crate::world::Shared;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::api_credential::ApiCredential;
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::id::CredentialId;
use kernel::limits::Limits;
use kernel::scope::Scope;
use serde::Deserialize;
use service::credential::{Unfit, changed};
use service::words::changed::LIMITS;
use service::words::figures::money;

/// Amounts and quantities are texts in a record, counts are numbers; empty states none.
pub fn limit_value(name: &str, typed: &str) -> Option<serde_json::Value> {
    let plain = plain(typed)?;
    if plain.is_empty() {
        return Some(serde_json::Value::Null);
    }
    match name {
        "order_value"
        | "day_value"
        | "open_value"
        | "approve_above"
        | "top_above"
        | "day_loss"
        | "order_quantity"
        | "position_quantity"
        | "leverage"
        | "approve_leverage_above" => Some(plain.into()),
        _ => plain.parse::<u32>().ok().map(Into::into),
    }
}

/// The form by which a limit is changed, with what was typed before; one that only reads has none.
pub fn change_of(one: &ApiCredential, typed: Option<&Typed>) -> Option<Change> {
    let change =
        || Change { read: one.limits.digest().to_string(), controls: changeable(&one.limits), typed: typed.cloned() };
    one.scopes.has(Scope::OrderSubmit).then(change)
}

pub fn changeable(limits: &Limits) -> Vec<(String, String, String)> {
    let stated = serde_json::to_value(limits).unwrap_or_default();
    let now = |name: &str| match stated.get(name) {
        Some(serde_json::Value::String(text)) => money(text),
        Some(other) => other.to_string(),
        None => "not stated".to_owned(),
    };
    LIMITS.iter().map(|(name, label)| ((*name).to_owned(), (*label).to_owned(), now(name))).collect()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLimit {
    control: String,
    value: String,
    /// What the page had read.
    read: Digest,
}

impl NewLimit {
    pub fn typed(&self) -> Typed {
        Typed { control: self.control.clone(), value: self.value.clone() }
    }
    pub const fn read(&self) -> Digest {
        self.read
    }
}

/// What is stated with this one changed; why not, where it is no limit or no number.
pub fn wanted(stated: &Limits, form: &NewLimit) -> Result<Limits, Unfit> {
    let known = LIMITS.iter().any(|(name, _)| *name == form.control);
    let value = limit_value(&form.control, &form.value).filter(|_| known);
    let value = value.ok_or_else(|| Unfit::Malformed("a limit is a number".to_owned()))?;
    changed(stated, [(form.control.clone(), value)].into_iter().collect())
}

pub async fn limit(
    State(world): State<Shared>,
    person: Person,
    Path(id): Path<String>,
    Form(form): Form<NewLimit>,
) -> Response {
    let Ok(id) = CredentialId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    let typed = form.typed();
    let stated = person.actor.read(|state| state.customer.credential(id).map(|one| one.limits));
    let Ok(stated) = stated else { return refused::missing(&world, &person.nonce) };
    let limits = match wanted(&stated, &form) {
        Ok(limits) => limits,
        Err(why) => return show(&world, &person, id, Some(unfit(&why)), Some(&typed)).await,
    };
    let read = Some(form.read);
    match widen(&world, &person, Command::SetCredentialLimits { id, limits, read }).await {
        Ok(Widened::Asked(approval)) => approval_page(approval),
        Ok(Widened::Done) => Redirect::to(&place::under(place::CREDENTIALS, &id.to_string())).into_response(),
        // What was typed stays: only what it was typed over may be another one now.
        Err(no) => {
            let told = (refused::status(&no), refused::told(&no));
            show(&world, &person, id, Some(told), Some(&typed)).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_as_people_write_it() {
        assert_eq!(limit_value("day_value", "250,000.50"), Some("250000.50".into()));
        assert_eq!(limit_value("day_count", "1,200"), Some(1_200.into()));
        assert_eq!(limit_value("day_count", " "), Some(serde_json::Value::Null));
        for wrong in ["-1", "many", "1.5", "4294967296"] {
            assert_eq!(limit_value("day_count", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_limit_of_the_record_can_be_changed_here() {
        for (name, _) in LIMITS {
            let stated = changed(
                &Default::default(),
                [(name.to_owned(), limit_value(name, "5").unwrap_or_default())].into_iter().collect(),
            );
            let told = stated.ok().and_then(|limits| serde_json::to_value(limits).ok());
            assert!(told.is_some_and(|told| told.get(name).is_some()), "{name}");
        }
    }
}
