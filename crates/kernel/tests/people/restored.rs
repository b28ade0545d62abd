//! Restored: after a journal was copied back nothing is as it was but what takes risk away.

use super::house::{House, Person, digest};
use crate::world::{LOCAL, buy, sell};
use kernel::actor::Actor;
use kernel::api_credential::State;
use kernel::command::Command;
use kernel::event::{Aggregate, Event};
use kernel::invitation::{self, Invitation};
use kernel::kill_switch::{Level, Resting};
use kernel::people::Event as People;
use kernel::restore::{Backup, Command as Restore};
use kernel::user::Role;
use kernel::working::Status;

fn backup(house: &House) -> Backup {
    Backup { size: 7, root: digest("root"), made_at: house.world.now.minus_ms(60_000) }
}

fn restore(house: &mut House, suspend: bool) -> Vec<Event> {
    let mut all = Vec::new();
    for (part, aggregate) in [
        (Restore::Firm(backup(house)), Aggregate::Firm),
        (Restore::Customer { suspend }, Aggregate::Customer),
        (Restore::Book, Aggregate::Book),
    ] {
        let events = house.ask(Actor::House, Command::Restore(part)).unwrap();
        assert!(events.iter().all(|event| event.aggregate() == aggregate), "one stream each: {events:?}");
        all.extend(events);
    }
    all
}

fn owned() -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    house.enters_by_passkey(&mut person);
    (house, person)
}

#[test]
fn what_increases_risk_is_refused_and_what_reduces_it_is_not_until_a_person_releases_it() {
    let (mut house, mut person) = owned();
    house.world.trade(buy("3", "100"));
    let made_at = backup(&house).made_at;
    restore(&mut house, false);
    let restored = house.world.state.firm.restored.unwrap();
    assert_eq!((restored.at, restored.made_at), (house.world.now, made_at));
    let switch = house.world.state.firm.kills[0];
    assert_eq!((switch.level, switch.resting), (Level::Firm, Resting::KeepProtective));
    assert_eq!(house.world.place(buy("1", "100")), "kill_switch_engaged");
    assert_eq!(house.world.place(sell("3", "100")), "admitted");
    assert_eq!(house.world.place(sell("1", "100")), "kill_switch_engaged", "beyond the position");
    let release = Command::Release { level: Level::Firm };
    assert_eq!(house.ask(LOCAL, release.clone()).unwrap_err(), "owner_must_sign");
    house.world.later(super::house::HOUR);
    house.enters_by_passkey(&mut person);
    let second = Person { passkey: person.second, ..person };
    house.widens(&second, release).unwrap();
    assert_eq!(house.world.place(buy("1", "90")), "admitted");
    assert_eq!(house.world.state.firm.restored, Some(restored), "it stays on record");
}

#[test]
fn nobody_stays_signed_in_and_nothing_that_was_offered_or_asked_for_opens_anything() {
    let (mut house, person) = owned();
    let (mut other, now) = (house.person(Role::Viewer), house.world.now);
    house.enters_by_passkey(&mut other);
    house.code(person.user, "a code");
    let link = digest("link");
    let invited = Invitation {
        id: kernel::id::InvitationId::new(1, 1),
        role: Role::Trader,
        label: "b".into(),
        by: person.user,
        made_at: now,
        expires_at: now.plus_ms(invitation::LIFETIME_MS),
        link: Some(link),
    };
    house.happened(People::Invitation(invitation::Event::Made(invited)));
    let raise = Command::ResumeCredential { id: house.second };
    house.ask(person.actor(), Command::SuspendCredential { id: house.second }).unwrap();
    let change = kernel::decide::change_of(&house.world.state, &raise).unwrap();
    house.ask(person.actor(), Command::AskChange(change)).unwrap();
    restore(&mut house, false);
    let customer = &house.world.state.customer;
    for one in [person, other] {
        assert!(customer.people.living(one.session, now).is_err());
    }
    assert!(customer.people.codes.is_empty() && customer.changes.is_empty());
    assert!(invitation::open(&customer.people.invitations, &link, now).is_none());
    assert_eq!(invitation::living(&customer.people.invitations, now).count(), 0, "nor is another link made for it");
    let active =
        |house: &House| house.world.state.customer.credentials.iter().filter(|one| one.state == State::Active).count();
    assert_eq!(active(&house), 1, "a program may still reduce");
    restore(&mut house, true);
    assert_eq!(active(&house), 0, "unless it is said otherwise");
}

#[test]
fn what_a_person_was_asked_ends_and_a_cancel_may_be_asked_for_anew() {
    let (mut house, _) = owned();
    let rests = house.world.rest(buy("1", "90"));
    let stays = house.world.rest(buy("1", "91"));
    house.world.must(Command::CancelOrder { id: rests });
    house.held();
    let events = restore(&mut house, false);
    let book = &house.world.state.book;
    assert!(book.pending.is_empty() && house.world.place(buy("30", "100")) == "kill_switch_engaged");
    let book = &house.world.state.book;
    assert!(!book.orders[&rests].cancel_requested && book.orders[&rests].status == Status::Acknowledged);
    assert_eq!(book.orders[&stays].status, Status::Acknowledged, "nothing is said of it");
    assert!(!events.iter().any(|event| kernel::effect::of(&house.world.state, event).is_some()), "nothing is sent");
    // The switch is carried out as every other: both could increase risk.
    let enforced = house.ask(Actor::House, Command::Enforce { voided: Vec::new() }).unwrap();
    assert_eq!(enforced.iter().map(Event::tag).collect::<Vec<_>>(), ["order.cancel_requested"; 2]);
}
