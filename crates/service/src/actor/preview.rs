//! Preview: what the guard would say of a person's order now, for the page on which it is written.

use super::CustomerActor;
use kernel::command::Command;
use kernel::decide;
use kernel::given::Given;
use kernel::guard::Verdict;
use kernel::id::{CorrelationId, FormId, UserId};
use kernel::order::Terms;
use kernel::refusal::Refusal;

impl CustomerActor {
    /// Nothing is decided, recorded or counted by it.
    pub fn preview(&self, user: UserId, terms: &Terms, closes: bool) -> Result<Verdict, Refusal> {
        let (now, inner) = (self.now(), self.hold());
        let asked = Command::PlaceAtTicket { form: FormId::new(now.0, 0), terms: terms.clone(), closes };
        let market = self.market(&inner.state, &asked, now);
        let given = Given { now, dice: [0, 0], correlation: CorrelationId::new(now.0, 0), market };
        decide::preview(&inner.state, user, (terms, closes), &given)
    }
}
