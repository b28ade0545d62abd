//! Market: what the venue says now of all that a decision wants to know.

use super::CustomerActor;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::given::Market;
use kernel::needs;
use kernel::state::State;
use kernel::time::Timestamp;

impl CustomerActor {
    pub(super) fn market(&self, state: &State, by: &By, command: &Command, now: Timestamp) -> Market {
        let Some(needs) = needs::needs(state, by, command) else { return Market::default() };
        let (venue, contract_id) = (&self.shared.venue, needs.instrument.contract_id);
        Market {
            quote: venue.quote(contract_id, now),
            rate: venue.rate(needs.instrument.currency, needs.base, now),
            session: venue.session(contract_id, now),
            figures: needs.figures_of.and_then(|number| venue.figures(&number, needs.base, now)),
        }
    }
}
