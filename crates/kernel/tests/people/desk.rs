//! Desk: a person who is signed in at a ticket, and sends forms from it.

use super::house::{House, Person};
use crate::world::{Ask, wide};
use kernel::command::{Command, Report};
use kernel::event::Event;
use kernel::id::{ApprovalId, CredentialId, FormId, OrderId};
use kernel::order::Side;
use kernel::ticket::Stated;
use kernel::user::Role;

pub struct Desk {
    pub house: House,
    pub person: Person,
    pub ticket: CredentialId,
    forms: u128,
}

impl Desk {
    /// Signed in with every window open, at a ticket that only closes.
    pub fn of(role: Role) -> Self {
        let mut house = House::new();
        let mut person = house.person(role);
        house.enters_by_passkey(&mut person);
        house.ask(person.actor(), Command::OpenTicket).unwrap();
        let ticket = house.world.state.customer.ticket(person.user).unwrap().id;
        Self { house, person, ticket, forms: 0 }
    }
    /// The same, with limits too wide to matter.
    pub fn wide(edit: impl FnOnce(&mut Stated)) -> Self {
        let mut desk = Self::of(Role::Owner);
        let mut stated = wide_stated();
        edit(&mut stated);
        desk.states(stated).unwrap();
        desk
    }
    pub fn states(&mut self, stated: Stated) -> Result<Vec<Event>, &'static str> {
        self.house.widens(&self.person, Command::SetTicket { id: self.ticket, stated, read: None })
    }
    pub fn form(&mut self) -> FormId {
        self.forms += 1;
        FormId::new(self.house.world.now.0, self.forms)
    }
    pub fn command(&self, ask: Ask, form: FormId) -> Command {
        let (_, Command::Place { terms, .. }) = self.house.world.order(&ask) else { panic!("no order") };
        Command::PlaceAtTicket { form, terms, closes: false }
    }
    /// From a form that was opened to close a position.
    pub fn closes(&mut self, ask: Ask) -> &'static str {
        let form = self.form();
        let Command::PlaceAtTicket { form, terms, .. } = self.command(ask, form) else { panic!("no ticket's order") };
        match self.house.ask(self.person.actor(), Command::PlaceAtTicket { form, terms, closes: true }) {
            Ok(events) => events.last().unwrap().tag(),
            Err(code) => code,
        }
    }
    pub fn sends(&mut self, ask: Ask, form: FormId) -> &'static str {
        let command = self.command(ask, form);
        match self.house.ask(self.person.actor(), command) {
            Ok(events) => events.last().unwrap().tag(),
            Err(code) => code,
        }
    }
    pub fn places(&mut self, ask: Ask) -> &'static str {
        let form = self.form();
        self.sends(ask, form)
    }
    /// The account holds so much, by a program.
    pub fn held(&mut self, side: Side, qty: &str) {
        self.house.world.manual(side, qty);
    }
    pub fn filled(&mut self) -> OrderId {
        let id = self.house.world.last();
        let qty = self.house.world.state.book.orders[&id].terms.order_qty;
        self.house.world.report(Report::Acknowledged { id, venue_ref: "v".into() });
        self.house.world.fill(id, qty);
        id
    }
    pub fn holds(&mut self, ask: Ask) -> ApprovalId {
        assert_eq!(self.places(ask), "order.held");
        *self.house.world.state.book.pending.last_key_value().unwrap().0
    }
    pub fn grants(&mut self, by: &Person, id: ApprovalId) -> Result<Vec<Event>, &'static str> {
        let approval = self.house.world.state.book.pending[&id].clone();
        let signature = self.house.signs(by.passkey, &approval.request, &approval.nonce);
        self.house.ask(by.actor(), Command::Grant { id, signature })
    }
    /// The same person on another device, which is trusted since then.
    pub fn elsewhere(&mut self, since_ms_ago: i64) -> Person {
        let since = self.house.world.now.minus_ms(since_ms_ago);
        let device = self.house.trusted_since(self.person.user, since);
        let mut there = Person { device, ..self.person };
        self.house.enters_by_passkey(&mut there);
        there
    }
}

pub fn wide_stated() -> Stated {
    let new = wide(&[], "", 0);
    Stated { limits: new.limits, instruments: new.instruments, allowances: new.allowances, expires_at: new.expires_at }
}
