//! By push: one word to each device on which it is on, at least once, under one id, and no more often than is told.

use super::{Letterbox, Office};
use kernel::actor::Actor;
use kernel::change::Change;
use kernel::command::Command;
use kernel::evidence::{Evidence, Proof};
use kernel::id::DeviceId;
use kernel::notice::{Group, UNANSWERED, Why};
use kernel::people::Command as Ask;
use kernel::signature::{self, Shown, Signature};
use notify::NotSent;
use service::notices::SUBSCRIPTION;
use std::sync::Arc;

const WHERE_TO: &str = "https://push.example/secret-path";

impl Letterbox {
    fn kinds(&self) -> Vec<String> {
        self.came.lock().unwrap().iter().map(|(_, parcel)| parcel.kind.clone()).collect()
    }
    fn forget(&self) {
        self.came.lock().unwrap().clear();
    }
}

/// An office with an owner on whose browser push is on, and nothing that waits.
fn on() -> (Office, Actor, DeviceId) {
    let mut office = Office::new();
    let (_, owner) = office.world.owner();
    let device = turn_on(&mut office, owner);
    office.deliver();
    office.push.forget();
    (office, owner, device)
}

fn turn_on(office: &mut Office, owner: Actor) -> DeviceId {
    let device = office.world.actor.read(|state| state.customer.people.devices[0].id);
    let (sealed, stream) = (Arc::clone(&office.sealed), office.world.actor.stream().to_owned());
    let kept = async move { sealed.seal(&stream, SUBSCRIPTION, WHERE_TO.as_bytes()).await };
    let (row, sha256) = office.world.wait(kept).unwrap();
    let ask = Command::AskChange(Change::Push { device, sha256, host: "push.example".to_owned() });
    let asked = office.world.actor.submit_sealed(owner, ask, vec![row]);
    office.world.wait(asked).unwrap().unwrap();
    let at = office.world.actor.now();
    let sign = office.world.actor.read(|state| {
        let (id, asked) = state.customer.changes.last_key_value().unwrap();
        let known = state.customer.people.authenticators.last().unwrap();
        let kernel::authenticator::Kind::Passkey(passkey) = &known.kind else { panic!("no passkey") };
        let display = "Turn push on".to_owned();
        let challenge = signature::challenge(&asked.change.digest(), &display, &asked.nonce);
        let sign_count = passkey.sign_count + 1;
        let proof = Proof::Assertion { challenge, user_verified: true, backed_up: false, sign_count };
        let evidence = Evidence { authenticator: known.id, revision: known.revision, at, proof };
        let text = || "x".to_owned();
        let shown = Shown { display, client_data: text(), authenticator_data: text(), signature: text() };
        Command::SignChange { id: *id, signature: Signature { evidence, shown } }
    });
    let signed = office.world.actor.submit(owner, sign);
    office.world.wait(signed).unwrap().unwrap();
    device
}

fn is_on(office: &Office) -> bool {
    office.world.actor.read(|state| !state.customer.people.pushes.is_empty())
}

#[test]
fn a_device_on_which_it_is_on_is_told_by_one_word_where_its_subscription_says() {
    let (mut office, ..) = on();
    office.kill();
    office.deliver();
    office.deliver();
    assert_eq!(office.push.kinds(), ["security"]);
    assert_eq!(office.push.came.lock().unwrap()[0].0, WHERE_TO);
    assert_eq!(office.unsent(), 0);
}

#[test]
fn a_push_service_that_is_down_for_an_hour_loses_nothing_and_each_comes_once() {
    let (mut office, ..) = on();
    *office.push.down.lock().unwrap() = true;
    office.kill();
    for _ in 0..60 {
        office.deliver();
        office.world.clock.advance_ms(60_000);
    }
    assert!(office.push.ids().is_empty());
    *office.push.down.lock().unwrap() = false;
    office.world.clock.advance_ms(3_600_000);
    office.deliver();
    assert_eq!(office.push.kinds(), ["security"]);
    assert!(office.dead().is_empty() && office.unsent() == 0);
}

/// A push service keeps it for as long as there is something to answer, and no longer.
#[test]
fn a_question_is_kept_by_the_push_service_for_as_long_as_it_waits() {
    let (mut office, ..) = on();
    drop(office.world.place("200"));
    office.world.write_all();
    let asked_at = office.world.actor.now();
    office.world.clock.advance_ms(20_000);
    office.deliver();
    let parcel = office.push.came.lock().unwrap()[0].1.clone();
    assert_eq!(parcel.kind, "approval");
    assert_eq!(parcel.until, Some(asked_at.plus_ms(kernel::approval::ORDER_LIFETIME_MS)));
    office.kill();
    office.deliver();
    assert!(office.push.came.lock().unwrap().iter().any(|(_, one)| one.kind == "security" && one.until.is_none()));
}

/// A phone that rings after an hour does not say that something still waits.
#[test]
fn a_question_that_is_long_over_is_told_as_something_to_look_at() {
    let (mut office, ..) = on();
    *office.push.down.lock().unwrap() = true;
    drop(office.world.place("200"));
    office.world.write_all();
    office.deliver();
    *office.push.down.lock().unwrap() = false;
    office.world.clock.advance_ms(kernel::approval::ORDER_LIFETIME_MS);
    office.deliver();
    assert_eq!(office.push.kinds(), ["alert"]);
}

#[test]
fn an_end_between_the_event_and_the_sending_loses_nothing_and_a_repeated_one_has_the_same_id() {
    let (mut office, ..) = on();
    office.kill();
    let mut office = office.crash();
    office.expand();
    let delivery = Arc::clone(&office.delivery);
    let mut sending: std::pin::Pin<Box<dyn Future<Output = _>>> =
        Box::pin(async move { delivery.send_next("push").await });
    while office.push.ids().is_empty() {
        assert!(crate::world::poll(&mut sending).is_none());
        if office.push.ids().is_empty() {
            office.world.steps.step();
        }
    }
    drop(sending);
    // The push service had it, and its record was not written.
    let mut office = office.crash();
    office.deliver();
    let ids = office.push.ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn what_the_push_service_knows_no_more_is_turned_off_and_listed_without_where_it_was() {
    let (mut office, ..) = on();
    office.push.says.lock().unwrap().push_back(NotSent::Gone(format!("410 for {WHERE_TO}")));
    office.kill();
    office.deliver();
    assert!(!is_on(&office));
    assert_eq!(office.dead().iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Why::Refused]);
    office.world.actor.read(|state| {
        let dead = &state.customer.people.notices.dead[0];
        assert!(dead.carrier == "push" && dead.device.is_some());
        assert!(!format!("{dead:?}").contains("secret"));
    });
    // Once more it goes nowhere: there is nowhere any more. Anew it arrives.
    let id = office.dead()[0].0;
    office.world.done(Command::People(Ask::RetryNotice { id })).unwrap();
    office.deliver();
    assert_eq!(office.dead(), [(id, Why::Unreadable)]);
    assert_eq!(office.push.kinds(), Vec::<String>::new());
}

#[test]
fn a_push_service_that_says_when_to_come_back_is_not_asked_before() {
    let (mut office, ..) = on();
    office.push.says.lock().unwrap().push_back(NotSent::Wait { why: "429".into(), ms: 600_000 });
    office.kill();
    office.deliver();
    office.world.clock.advance_ms(599_999);
    office.deliver();
    assert_eq!(office.push.kinds(), Vec::<String>::new());
    office.world.clock.advance_ms(1);
    office.deliver();
    assert_eq!(office.push.kinds(), ["security"]);
}

/// CB-10: whoever asks again and again rings a phone six times.
#[test]
fn of_twelve_questions_that_nobody_answers_six_ring_and_of_those_turned_off_none() {
    let questions = |office: &mut Office| {
        office.push.forget();
        for _ in 0..12 {
            drop(office.world.place("200"));
            office.world.write_all();
            office.deliver();
            office.world.clock.advance_ms(kernel::approval::ORDER_LIFETIME_MS);
            office.world.actor.submit(Actor::House, Command::Expire);
            office.world.write_all();
            office.deliver();
        }
        office.push.kinds().iter().filter(|kind| *kind == "approval").count()
    };
    assert_eq!(questions(&mut on().0), usize::from(UNANSWERED) + 1);
    let (mut office, owner, _) = on();
    let off = Command::People(Ask::SetNotices { group: Group::Approvals, on: false });
    let answer = office.world.actor.submit(owner, off);
    office.world.wait(answer).unwrap().unwrap();
    office.deliver();
    assert_eq!(questions(&mut office), 0);
}

#[test]
fn a_device_that_turned_it_off_or_is_trusted_no_more_hears_nothing() {
    let (mut office, owner, device) = on();
    let off = Command::People(Ask::TurnPushOff { device, only: None });
    let answer = office.world.actor.submit(owner, off);
    office.world.wait(answer).unwrap().unwrap();
    office.kill();
    office.deliver();
    assert_eq!(office.push.kinds(), Vec::<String>::new());
    assert_eq!(turn_on(&mut office, owner), device);
    office.deliver();
    office.push.forget();
    // Thirty days in which nobody came: whoever finds the phone now is told nothing.
    office.world.clock.advance_ms(kernel::device::UNUSED_MS);
    office
        .world
        .done(Command::Engage {
            level: kernel::kill_switch::Level::Firm,
            resting: kernel::kill_switch::Resting::KeepProtective,
        })
        .unwrap();
    office.deliver();
    assert_eq!(office.push.kinds(), Vec::<String>::new());
    assert!(is_on(&office), "it was not turned off: it is not told");
}

/// Whoever unbinds a phone to be unseen is seen by that phone: one last word, and then nothing.
#[test]
fn a_device_that_is_unbound_from_elsewhere_is_told_once_more_and_then_nothing() {
    let (mut office, _, device) = on();
    let gone = Command::People(Ask::RevokeDevice { id: device, not_me: false });
    office.world.done(gone).unwrap();
    office.deliver();
    office.kill();
    office.deliver();
    assert_eq!(office.push.kinds(), ["security"]);
    assert_eq!(office.push.came.lock().unwrap()[0].0, WHERE_TO);
    assert!(!is_on(&office) && office.unsent() == 0 && office.dead().is_empty());
}

/// A late 410 for what the browser had before does not silence what it has now.
#[test]
fn what_was_turned_on_anew_is_not_turned_off_by_an_answer_to_the_one_before() {
    let (mut office, _, device) = on();
    let before = Some(kernel::digest::Digest::plain(b"the one before"));
    let off = Command::People(Ask::TurnPushOff { device, only: before });
    let answer = office.world.actor.submit(Actor::House, off);
    assert!(office.world.wait(answer).unwrap().is_err());
    assert!(is_on(&office));
}

/// Its public half is what browsers have subscribed with: another one, and none of them would hear anything again.
#[test]
fn the_key_for_push_is_made_once_and_found_again() {
    let office = Office::new();
    let mut office = office;
    let ask = |office: &mut Office, byte: u8| {
        let sealed = Arc::clone(&office.sealed);
        let made =
            async move { sealed.firms("push key", || Ok::<_, String>(zeroize::Zeroizing::new(vec![byte]))).await };
        office.world.wait(made).unwrap()[0]
    };
    assert_eq!((ask(&mut office, 1), ask(&mut office, 2)), (1, 1));
    let mut office = office.crash();
    assert_eq!(ask(&mut office, 3), 1);
}
