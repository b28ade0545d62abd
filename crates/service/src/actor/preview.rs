//! Preview: what the guard would say of a person's order now, for the page on which it is written.

use super::CustomerActor;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::decide;
use kernel::event::Event;
use kernel::given::Given;
use kernel::guard::Verdict;
use kernel::id::{CorrelationId, CredentialId, FormId, SessionId, UserId};
use kernel::meter::Charge;
use kernel::order::{ClientRef, Terms};
use kernel::refusal::Refusal;
use kernel::working::Event as Order;

/// What would become of a program's order now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// It would wait for an approval.
    pub held: bool,
    pub charge: Charge,
}

impl CustomerActor {
    /// A program's order or change, decided on like any other; what comes of it is told and nothing else: no record, no
    /// number, no token is used.
    pub fn what_if(&self, by: CredentialId, client_ref: ClientRef, terms: &Terms) -> Result<WhatIf, Refusal> {
        let (now, inner) = (self.now(), self.hold());
        let asked = Command::Place { client_ref, terms: terms.clone() };
        let market = self.market(&inner.state, &Actor::Credential(by), &asked, now);
        let venue_lost = self.shared.venue.reach().lost;
        let given = Given { now, dice: [0, 0], correlation: CorrelationId::new(now.0, 0), market, venue_lost };
        let events = decide::decide(&inner.state, &Actor::Credential(by), &asked, &given)?;
        let charged = events.iter().rev().find_map(|event| match event {
            Event::Order(Order::Admitted { charge, .. } | Order::ReplaceAdmitted { charge, .. }) => {
                Some((false, *charge))
            }
            Event::Order(Order::Held { charge, .. }) => Some((true, *charge)),
            _ => None,
        });
        let (held, charge) = charged.ok_or(Refusal::NotYours)?;
        Ok(WhatIf { held, charge })
    }

    /// Nothing is decided, recorded or counted by it.
    pub fn preview(&self, user: UserId, terms: &Terms, closes: bool) -> Result<Verdict, Refusal> {
        let (now, inner) = (self.now(), self.hold());
        let asked = Command::PlaceAtTicket { form: FormId::new(now.0, 0), terms: terms.clone(), closes };
        let by = Actor::User { user, session: SessionId::new(0, 0) };
        let market = self.market(&inner.state, &by, &asked, now);
        let venue_lost = self.shared.venue.reach().lost;
        let given = Given { now, dice: [0, 0], correlation: CorrelationId::new(now.0, 0), market, venue_lost };
        decide::preview(&inner.state, user, (terms, closes), &given)
    }
}
