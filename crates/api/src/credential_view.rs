//! The JSON of an API credential: its record, what is used today, and what stops it.

use kernel::api_credential::{ApiCredential, Refusal, State as Stored};
use kernel::guard::Limits;
use kernel::id::CredentialId;
use kernel::instrument;
use kernel::scope::Scopes;
use kernel::state::State;
use kernel::time::Timestamp;
use kernel::working::Order;
use serde::Serialize;
use service::words::credential::{allowed, base_currency, killed, standing};
use service::words::names::{account_number, moment};

#[derive(Debug, Serialize)]
pub(crate) struct CredentialView {
    id: CredentialId,
    name: String,
    state: &'static str,
    scopes: Scopes,
    accounts: Vec<String>,
    /// Of its values and limits, where its accounts have one in common.
    base_currency: Option<String>,
    instruments: Vec<String>,
    listen: String,
    expires_at: Option<String>,
    limits: Limits,
    allow: Vec<&'static str>,
    observe: bool,
    cancel_on_disconnect: bool,
    needs_secret: bool,
    kill: bool,
    /// Repeated execution has stopped it until a person releases it.
    disarmed: bool,
    used: Used,
    created_at: String,
    last_used_at: String,
    /// Told to whoever stops the credential: neither a suspension nor a revocation cancels anything.
    #[serde(flatten)]
    left: Option<Left>,
}

/// What goes on, and what would end it.
#[derive(Debug, Serialize)]
struct Left {
    open_orders: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_with: Option<String>,
}

impl CredentialView {
    /// With what is still open of it.
    pub fn with_open_orders(self, state: &State) -> Self {
        let own = |order: &&Order| order.credential == self.id;
        let open_orders = state.book.orders.values().filter(own).count();
        let cancel_with = (open_orders > 0).then(|| format!("portreeve kill --credential {}", self.name));
        Self { left: Some(Left { open_orders, cancel_with }), ..self }
    }
}

/// Of the present UTC day.
#[derive(Debug, Serialize)]
struct Used {
    day_value: String,
    day_count: u32,
}

/// The credential of this id or name; a revoked one only where no living one has the name.
pub(crate) fn find<'a>(state: &'a State, name: &str) -> Result<&'a ApiCredential, kernel::refusal::Refusal> {
    if let Ok(id) = CredentialId::parse(name) {
        return Ok(state.customer.program(id)?);
    }
    let named = || state.customer.programs().rev().filter(|credential| credential.name == name);
    let found = named().find(|credential| credential.state != Stored::Revoked).or_else(|| named().next());
    found.ok_or_else(|| Refusal::NotFound.into())
}

pub(crate) fn view(state: &State, credential: &ApiCredential, now: Timestamp) -> CredentialView {
    let meter = state.standing.credentials.get(credential.id).map(|row| &row.meter);
    CredentialView {
        id: credential.id,
        name: credential.name.clone(),
        state: standing(credential, now),
        scopes: credential.scopes,
        accounts: credential.accounts.iter().map(|id| account_number(state, *id)).collect(),
        base_currency: base_currency(state, credential),
        instruments: instrument::texts(&credential.instruments),
        listen: format!("127.0.0.1:{}", credential.port),
        expires_at: credential.expires_at.map(moment),
        limits: credential.limits,
        allow: allowed(credential.allowances),
        observe: credential.observe,
        cancel_on_disconnect: credential.cancel_on_disconnect,
        needs_secret: !credential.secrets.is_empty(),
        kill: killed(state, credential),
        disarmed: meter.is_some_and(|meter| meter.disarmed.is_some()),
        used: Used {
            day_value: meter.map(|meter| meter.day_value(now)).unwrap_or_default().to_string(),
            day_count: meter.map_or(0, |meter| meter.day_count(now)),
        },
        created_at: moment(credential.created_at),
        last_used_at: moment(credential.last_used_at),
        left: None,
    }
}
