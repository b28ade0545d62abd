//! Invariant 15: nothing admitted before a kill is sent after its acknowledgement.

use crate::world::{World, poll};
use kernel::actor::Actor as By;
use kernel::command::{Command, Report};
use kernel::id::UserId;
use kernel::incident::{Suspect, Why};
use kernel::kill_switch::{Level, Resting};
use kernel::working::Ended;
use service::{KillOutcome, No};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Overridden by `PORTREEVE_KILL_RACES`.
const RACES: u32 = 100_000;

type Killing = Pin<Box<dyn Future<Output = Result<KillOutcome, No>>>>;
type Sending = Pin<Box<dyn Future<Output = Option<bool>>>>;

/// A small generator of its own: the same seed is the same run on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Debug, Default)]
struct Tally {
    sent_first: u32,
    voided: u32,
    refused: u32,
}

/// What stops: a kill switch, or all that "this was not me" does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Switch,
    Incident { of: UserId },
}

impl Stop {
    fn level(self, world: &World) -> Level {
        match self {
            Self::Switch => Level::Credential(world.credential),
            Self::Incident { .. } => Level::Customer,
        }
    }
    fn now(self, world: &World) -> Killing {
        let (node, actor, level) = (Arc::clone(&world.node), Arc::clone(&world.actor), self.level(world));
        let by = By::Local { uid: 0 };
        match self {
            Self::Switch => Box::pin(async move { node.kill(&actor, by, level, Resting::KeepProtective).await }),
            Self::Incident { of } => {
                let why = Why::NotMe { approval: None };
                Box::pin(async move { node.contain(&actor, by, Suspect::User(of), why).await })
            }
        }
    }
    /// By the house: what people have to sign is another test's.
    fn undone(self, world: &mut World) {
        let mut all = vec![Command::Release { level: self.level(world) }];
        if let Self::Incident { .. } = self {
            let id = world.actor.read(|state| state.customer.incidents.last().unwrap().id);
            all.extend([Command::ResumeCredential { id: world.credential }, Command::CloseIncident { id }]);
        }
        for command in all {
            let mut answer = world.actor.submit(By::House, command);
            world.write_all();
            answer.try_recv().unwrap().unwrap();
        }
    }
}

/// One order and one kill; who comes first, and how far each gets in between, is up to the dice.
fn race(world: &mut World, dice: &mut Dice, tally: &mut Tally, stop: Stop) {
    world.clock.advance_ms(1_000);
    let sent_before = world.wire.submitted().len();
    let mut killing: Option<Killing> = None;
    let mut acknowledged = false;
    let mut placed = None;
    let mut sending: Option<Sending> = None;
    while !acknowledged {
        match dice.below(if placed.is_none() { 5 } else { 4 }) {
            0 => drop(world.steps.step()),
            1 => {
                let node = Arc::clone(&world.node);
                let next = sending.get_or_insert_with(|| {
                    Box::pin(async move { node.dispatch().send_next(node.venue(), node.clock()).await })
                });
                if poll(next).is_some() {
                    sending = None;
                }
            }
            2 | 3 if killing.is_none() && (placed.is_some() || dice.below(4) == 0) => {
                killing = Some(stop.now(world));
            }
            2 | 3 => {
                if let Some(answer) = killing.as_mut().and_then(poll) {
                    assert_eq!(answer, Ok(KillOutcome { durable: true }));
                    acknowledged = true;
                }
            }
            _ => placed = Some(world.place("1")),
        }
    }
    let sent_by_then = world.wire.submitted();
    // Everything else may now happen, in any order, for as long as it likes.
    while sending.as_mut().is_some_and(|sending| poll(sending).is_none()) {}
    drop(sending);
    world.write_all();
    world.send_all();
    world.write_all();
    assert_eq!(world.wire.submitted(), sent_by_then, "an order was sent after the kill was acknowledged");
    // What rests is called back, and whatever comes now is refused.
    assert!(world.actor.read(|state| state.book.orders.values().all(|order| order.cancel_requested)));
    let mut late = world.place("1");
    world.write_all();
    assert!(matches!(late.try_recv().unwrap(), Err(No::Refused { .. })), "admitted after it was stopped");
    match placed.map(|mut answer| answer.try_recv().unwrap()) {
        Some(Err(_)) => tally.refused += 1,
        Some(Ok(_)) if sent_by_then.len() > sent_before => tally.sent_first += 1,
        Some(Ok(_)) => tally.voided += 1,
        None => {}
    }
    for id in world.open() {
        let how = Ended::Cancelled;
        let fact = Command::Report(Report::Ended { id, how, text: String::new() });
        drop(world.actor.submit(By::Venue, fact));
    }
    world.wire.sent.lock().unwrap().clear();
    stop.undone(world);
}

#[test]
fn nothing_admitted_before_a_kill_is_sent_after_its_acknowledgement() {
    let (mut world, mut dice, mut tally) = (World::new(false), Dice(7), Tally::default());
    let races = std::env::var("PORTREEVE_KILL_RACES").map_or(RACES, |text| text.parse().unwrap());
    for _ in 0..races {
        race(&mut world, &mut dice, &mut tally, Stop::Switch);
    }
    println!("{races} races: {tally:?}");
    let frequent = races / 20;
    assert!(tally.sent_first > frequent && tally.voided > frequent && tally.refused > frequent, "{tally:?}");
}

/// From alert to contained: "this was not me", 1,000 times, against an order that is anywhere on its way.
#[test]
fn nothing_of_a_user_is_admitted_or_sent_once_somebody_said_that_it_was_not_them() {
    let (mut world, mut dice, mut tally) = (World::new(false), Dice(11), Tally::default());
    let (user, _) = world.owner();
    for _ in 0..1_000 {
        race(&mut world, &mut dice, &mut tally, Stop::Incident { of: user });
    }
    println!("1,000 incidents: {tally:?}");
    assert!(tally.sent_first > 50 && tally.voided > 50 && tally.refused > 50, "{tally:?}");
}
