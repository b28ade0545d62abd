//! A person's orders: durable before they are sent, one for each form, also when the node ends in between.

use crate::world::World;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::event::Event;
use kernel::id::{CredentialId, FormId, OrderId, UserId};
use kernel::instrument::Selector;
use kernel::money::Price;
use kernel::ticket::Stated;
use kernel::working;
use service::{No, Outcome};

struct Desk {
    world: World,
    by: By,
    user: UserId,
}

impl Desk {
    fn new(idempotent: bool) -> Self {
        let mut world = World::new(idempotent);
        let (user, by) = world.owner();
        let mut desk = Self { world, by, user };
        desk.does(Command::OpenTicket).unwrap();
        let limits = desk.world.actor.read(|state| state.customer.credential(desk.world.credential).unwrap().limits);
        let expires_at = Some(desk.world.actor.now().plus_ms(86_400_000));
        let instruments = vec![Selector::Contract(1)];
        let stated = Stated { limits, instruments, expires_at, ..Stated::default() };
        let mut set = desk.world.actor.submit(By::House, Command::SetTicket { id: desk.ticket(), stated, read: None });
        desk.world.write_all();
        set.try_recv().unwrap().unwrap();
        desk
    }
    fn ticket(&self) -> CredentialId {
        self.world.actor.read(|state| state.customer.ticket(self.user).unwrap().id)
    }
    fn does(&mut self, command: Command) -> Outcome {
        let mut answer = self.world.actor.submit(self.by, command);
        self.world.write_all();
        answer.try_recv().expect("answered once written")
    }
    fn form(&self, n: u128) -> FormId {
        FormId::new(self.world.actor.now().0, n)
    }
    fn order(&self, form: FormId) -> Command {
        Command::PlaceAtTicket { form, terms: self.world.limit("1", Price::parse("90").unwrap()), closes: false }
    }
    fn crash(self) -> Self {
        Self { world: self.world.crash(), ..self }
    }
}

fn admitted(outcome: Outcome) -> OrderId {
    match &outcome.unwrap().last().unwrap().event {
        Event::Order(working::Event::Admitted { ask, .. }) => ask.id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_persons_order_is_durable_before_it_is_sent_and_its_form_sends_no_other() {
    let mut desk = Desk::new(true);
    let form = desk.form(1);
    let mut first = desk.world.actor.submit(desk.by, desk.order(form));
    // The same form again, before the first is written: a double click.
    let mut second = desk.world.actor.submit(desk.by, desk.order(form));
    desk.world.send_all();
    assert!(first.try_recv().is_err() && desk.world.wire.submitted().is_empty(), "nothing leaves before it is durable");
    desk.world.write_all();
    let id = admitted(first.try_recv().unwrap());
    let No::Refused { refusal, .. } = second.try_recv().unwrap().unwrap_err() else { panic!("not refused") };
    assert_eq!(refusal.code(), "ticket_form_sent");
    desk.world.send_all();
    assert_eq!(desk.world.wire.submitted(), [id]);
    assert_eq!(desk.world.open(), [id]);
}

#[test]
fn an_open_order_of_a_person_outlives_the_node_and_is_not_sent_again_by_its_form() {
    let mut desk = Desk::new(true);
    let form = desk.form(1);
    let order = desk.order(form);
    let id = admitted(desk.does(order.clone()));
    let before = desk.world.actor.read(Clone::clone);
    let mut desk = desk.crash();
    desk.world.write_all();
    assert_eq!(desk.world.actor.read(|state| state.book.orders.clone()), before.book.orders);
    let No::Refused { refusal, .. } = desk.does(order).unwrap_err() else { panic!("not refused") };
    assert_eq!(refusal.code(), "ticket_form_sent");
    desk.world.send_all();
    assert_eq!(desk.world.wire.submitted(), [id], "told once, though the node ended");
}

#[test]
fn what_was_lost_with_the_node_was_never_sent_and_the_form_may_be_sent_again() {
    let desk = Desk::new(true);
    let form = desk.form(1);
    drop(desk.world.actor.submit(desk.by, desk.order(form)));
    let mut desk = desk.crash();
    desk.world.write_all();
    assert!(desk.world.open().is_empty());
    let order = desk.order(form);
    let id = admitted(desk.does(order));
    assert_eq!(desk.world.open(), [id]);
}

#[test]
fn a_program_on_its_way_in_finds_no_listener_of_a_ticket() {
    let mut desk = Desk::new(true);
    let id = desk.ticket();
    let connect = Command::UseCredential { id, peer_uid: u32::MAX, secret: None };
    let mut answer = desk.world.actor.submit(By::Credential(id), connect);
    desk.world.write_all();
    let No::Refused { refusal, .. } = answer.try_recv().unwrap().unwrap_err() else { panic!("not refused") };
    assert_eq!(refusal.code(), "credential_is_ticket");
}
