//! Needs: which figures of the market a decision wants; the service fills them in.

use crate::actor::Actor;
use crate::command::Command;
use crate::id::{AccountId, CredentialId};
use crate::instrument::Instrument;
use crate::money::Currency;
use crate::state::State;
use alloc::string::String;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    pub instrument: Instrument,
    /// Values are counted in this currency.
    pub base: Currency,
    /// The account, by its number, whose own figures are wanted: somebody states what it may bear.
    pub figures_of: Option<String>,
}

/// Whose limits bind what is asked, besides the account's: the API credential's, or the ticket's.
fn who(state: &State, by: &Actor, command: &Command) -> Option<CredentialId> {
    match (by, command) {
        (_, Command::Answer { id, .. } | Command::Grant { id, .. }) => {
            state.book.pending.get(id).map(|held| held.requester)
        }
        (Actor::Credential(id), _) => Some(*id),
        (Actor::User { user, .. }, _) => state.customer.ticket(*user).map(|record| record.id),
        (Actor::Local { .. } | Actor::Visitor | Actor::Venue | Actor::House, _) => None,
    }
}

fn levered(state: &State, who: Option<CredentialId>, account: AccountId) -> bool {
    let own = who.and_then(|id| state.standing.credentials.get(id));
    // Where the credential's row says that the account is quiet, nobody states anything.
    let quiet = own.is_some_and(|row| row.quiet == Some(account));
    let on = || state.standing.accounts.get(account).is_some_and(|row| row.bounds.levered);
    !quiet && (own.is_some_and(|row| row.bounds.levered) || on())
}

pub fn needs(state: &State, by: &Actor, command: &Command) -> Option<Needs> {
    let terms = match command {
        Command::Place { terms, .. } | Command::PlaceAtTicket { terms, .. } => terms,
        Command::Answer { id, .. } | Command::Grant { id, .. } => {
            let order = state.book.pending.get(id)?.order;
            &state.book.orders.get(&order)?.terms
        }
        Command::OpenCustomer { .. }
        | Command::OpenAccount { .. }
        | Command::SetAccountLimits { .. }
        | Command::SetRestricted { .. }
        | Command::CreateCredential(_)
        | Command::OpenTicket
        | Command::SetTicket { .. }
        | Command::RotateCredential { .. }
        | Command::SuspendCredential { .. }
        | Command::ResumeCredential { .. }
        | Command::RevokeCredential { .. }
        | Command::SetCredentialLimits { .. }
        | Command::UseCredential { .. }
        | Command::Rearm { .. }
        | Command::Engage { .. }
        | Command::Release { .. }
        | Command::AskChange(_)
        | Command::SignChange { .. }
        | Command::MissSignature { .. }
        | Command::OpenIncident { .. }
        | Command::CloseIncident { .. }
        | Command::Mark { .. }
        | Command::Silence { .. }
        | Command::TellExpiries
        | Command::Restore(_)
        | Command::Watch
        | Command::AnswerAlert { .. }
        | Command::People(_)
        | Command::Cancel { .. }
        | Command::Decline { .. }
        | Command::CancelAll
        | Command::CancelOrder { .. }
        | Command::Expire
        | Command::Enforce { .. }
        | Command::Disconnected { .. }
        | Command::Connection(_)
        | Command::Report(_) => return None,
    };
    let account = state.customer.account(terms.account).ok()?;
    let levered = levered(state, who(state, by, command), terms.account);
    Some(Needs {
        instrument: terms.instrument.clone(),
        base: account.base_currency,
        figures_of: levered.then(|| account.number.clone()),
    })
}
