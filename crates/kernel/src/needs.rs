//! Needs: which figures of the market a decision wants; the service fills them in.

use crate::command::Command;
use crate::instrument::Instrument;
use crate::money::Currency;
use crate::state::State;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    pub instrument: Instrument,
    /// Values are counted in this currency.
    pub base: Currency,
}

pub fn needs(state: &State, command: &Command) -> Option<Needs> {
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
    Some(Needs { instrument: terms.instrument.clone(), base: account.base_currency })
}
