//! Incidents: one record stops all that the suspect could do, and closing it releases nothing.

use super::house::{House, Person};
use crate::world::{LOCAL, buy};
use kernel::actor::Actor;
use kernel::api_credential::State;
use kernel::command::Command;
use kernel::event::Event;
use kernel::incident::{Suspect, Why};
use kernel::kill_switch::{Level, Resting};
use kernel::people::Command as Ask;
use kernel::user::Role;

fn owned() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

fn tags(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::tag).collect()
}

fn signed_in(house: &House, person: &Person) -> bool {
    house.world.state.customer.people.signed_in(person.session, house.world.now).is_ok()
}

/// All of it is one decision: no order comes between the switch and the credentials.
#[test]
fn an_incident_of_a_user_ends_sessions_suspends_credentials_and_stops_every_order_at_once() {
    let (mut house, phone) = owned();
    let mut thief = phone;
    house.enters_by_passkey(&mut thief);
    let mut other = house.person(Role::Trader);
    house.enters_by_passkey(&mut other);
    let ticket = house.ticket(phone.user, |_| {});
    let rests = house.world.rest(buy("1", "90"));
    let limits = kernel::guard::Limits { day_count: Some(1_000_000), ..crate::world::wide_limits() };
    let raise = Command::SetCredentialLimits { id: house.world.bot, limits, read: None };
    let change = kernel::decide::change_of(&house.world.state, &raise).unwrap();
    house.ask(thief.actor(), Command::AskChange(change)).unwrap();
    let held = house.held();
    let open = Command::OpenIncident { suspect: Suspect::User(phone.user), why: Why::NotMe { approval: Some(held) } };
    let events = house.ask(phone.actor(), open.clone()).unwrap();
    assert_eq!(&tags(&events)[..2], ["kill_switch.engaged", "incident.opened"]);
    assert!(events.iter().all(|event| event.aggregate() == events[0].aggregate()), "one stream, one record");
    let customer = &house.world.state.customer;
    assert!(customer.credentials.iter().all(|one| one.state == State::Suspended), "the ticket {ticket} too");
    assert!(customer.changes.is_empty(), "what the thief asked for is not asked any more");
    // Also what would only reduce: whoever placed it may not be who they said.
    assert_eq!((customer.kills[0].level, customer.kills[0].resting), (Level::Customer, Resting::CancelAll));
    assert!(signed_in(&house, &phone) && signed_in(&house, &other), "who says so goes on, and so do others");
    assert!(!signed_in(&house, &thief));
    assert_eq!(house.world.place(buy("1", "100")), "credential_suspended");
    // Carried out: what rests is cancelled, also what would only reduce, and what was held is refused.
    let enforced = house.ask(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert!(tags(&enforced).contains(&"order.cancel_requested"), "{rests} rests: {enforced:?}");
    assert!(house.world.state.book.pending.is_empty());
    // Again: stopped again, and it stays one incident.
    let again = house.ask(phone.actor(), open).unwrap();
    assert_eq!(tags(&again), ["kill_switch.engaged", "session.lowered"]);
    let id = house.world.state.customer.incidents[0].id;
    // What was open stays open to nobody: whoever says that it is over shows that it is them.
    assert_eq!(house.ask(phone.actor(), Command::CloseIncident { id }).unwrap_err(), "step_up_needed");
    let mut phone = phone;
    house.enters_by_passkey(&mut phone);
    house.ask(phone.actor(), Command::CloseIncident { id }).unwrap();
    assert_eq!(house.ask(phone.actor(), Command::CloseIncident { id }).unwrap_err(), "incident_not_open");
    assert_eq!(house.world.state.customer.kills.len(), 1, "closing releases nothing");
    assert_eq!(house.world.place(buy("1", "100")), "credential_suspended");
}

#[test]
fn an_incident_of_one_program_leaves_the_others_and_every_session() {
    let (mut house, person) = owned();
    let (bot, second) = (house.world.bot, house.second);
    let open = Command::OpenIncident { suspect: Suspect::Credential(bot), why: Why::Declared };
    let events = house.ask(LOCAL, open).unwrap();
    assert_eq!(tags(&events), ["kill_switch.engaged", "incident.opened", "credential.suspended"]);
    assert_eq!(house.world.place(buy("1", "100")), "credential_suspended");
    assert_eq!(house.world.place(buy("1", "100").by(second)), "admitted");
    assert!(signed_in(&house, &person));
    let nobody = Suspect::Credential(kernel::id::CredentialId::new(1, 99));
    let open = Command::OpenIncident { suspect: nobody, why: Why::Declared };
    assert_eq!(house.ask(LOCAL, open).unwrap_err(), "credential_not_found");
}

#[test]
fn this_was_not_me_of_a_device_opens_an_incident_but_by_a_viewer() {
    for (role, opens) in [(Role::Owner, true), (Role::Trader, true), (Role::Viewer, false)] {
        let mut house = House::new();
        let mut person = house.person(role);
        house.enters_by_passkey(&mut person);
        let strange = house.device(person.user, kernel::device::State::Pending, |_| {});
        house.act(person.actor(), Ask::RevokeDevice { id: strange, not_me: true }).unwrap();
        assert_eq!(!house.world.state.customer.incidents.is_empty(), opens, "{role:?}");
        assert_eq!(house.world.state.customer.kills.is_empty(), !opens, "{role:?}");
        assert!(signed_in(&house, &person));
        let lost = house.trusted_since(person.user, house.world.now);
        house.act(person.actor(), Ask::RevokeDevice { id: lost, not_me: false }).unwrap();
        assert_eq!(house.world.state.customer.incidents.len(), usize::from(opens), "a lost device is no incident");
    }
}

#[test]
fn a_question_to_resume_stands_only_while_it_is_suspended() {
    let (mut house, person) = owned();
    let bot = house.world.bot;
    let resume = || Command::AskChange(kernel::change::Change::Resume { id: bot });
    assert_eq!(house.ask(person.actor(), resume()).unwrap_err(), "changed_meanwhile", "before it is suspended");
    house.ask(person.actor(), Command::SuspendCredential { id: bot }).unwrap();
    house.ask(person.actor(), resume()).unwrap();
    assert_eq!(house.world.state.customer.changes.len(), 1);
    // Whoever asked: an incident of the program is about what waits for it.
    let open = Command::OpenIncident { suspect: Suspect::Credential(bot), why: Why::Declared };
    house.ask(person.actor(), open).unwrap();
    assert!(house.world.state.customer.changes.is_empty());
}

/// The hour begins with the incident, also where the switch was on before; a second tap does not put it off.
#[test]
fn an_incident_begins_the_hour_anew_and_a_tap_does_not() {
    let (mut house, person) = owned();
    let level = Level::Customer;
    let tap = Command::Engage { level, resting: Resting::KeepProtective };
    house.ask(person.actor(), tap.clone()).unwrap();
    house.world.later(10 * super::house::MINUTE);
    house.ask(person.actor(), tap).unwrap();
    let since = |house: &House| house.world.state.customer.kills[0].at;
    assert_eq!(since(&house), house.world.now.minus_ms(10 * super::house::MINUTE));
    let open = Command::OpenIncident { suspect: Suspect::User(person.user), why: Why::Declared };
    house.ask(person.actor(), open).unwrap();
    assert_eq!(since(&house), house.world.now);
}

#[test]
fn a_trader_stops_everything_and_puts_no_owner_out() {
    let (mut house, owner) = owned();
    let mut trader = house.person(Role::Trader);
    house.enters_by_passkey(&mut trader);
    let open = Command::OpenIncident { suspect: Suspect::User(owner.user), why: Why::Declared };
    house.ask(trader.actor(), open.clone()).unwrap();
    assert_eq!(house.world.state.customer.kills[0].level, Level::Customer);
    assert!(signed_in(&house, &owner));
    house.ask(LOCAL, open).unwrap();
    assert!(!signed_in(&house, &owner), "at the machine it ends them");
}

/// Thirty days unused it only reads: to connect again does not make it trade, a signed resume does.
#[test]
fn a_credential_that_slept_trades_again_only_when_it_is_resumed() {
    let (mut house, mut person) = owned();
    let bot = house.world.bot;
    house.world.later(30 * super::house::DAY - 1);
    let connects = Command::UseCredential { id: bot, peer_uid: 1_000, secret: None };
    let mut in_time = house.clone();
    assert_eq!(tags(&in_time.ask(Actor::Credential(bot), connects.clone()).unwrap()), ["credential.used"]);
    assert_eq!(in_time.world.place(buy("1", "100")), "admitted");
    house.world.later(1);
    assert_eq!(house.ask(Actor::Credential(bot), connects).unwrap(), [], "it connects, and that counts as nothing");
    assert_eq!(house.world.place(buy("1", "100")), "credential_dormant");
    person.device = house.trusted_since(person.user, house.world.now.minus_ms(super::house::DAY));
    house.enters_by_passkey(&mut person);
    // What was asked while it slept is not asked any more once somebody suspends it.
    house.ask(person.actor(), Command::AskChange(kernel::change::Change::Resume { id: bot })).unwrap();
    house.ask(person.actor(), Command::SuspendCredential { id: bot }).unwrap();
    assert!(house.world.state.customer.changes.is_empty());
    house.widens(&person, Command::ResumeCredential { id: bot }).unwrap();
    assert_eq!(house.world.place(buy("1", "100")), "admitted");
}
