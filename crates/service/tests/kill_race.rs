//! Invariant 15: nothing admitted before a kill is sent after its acknowledgement.

use crate::world::{World, poll};
use kernel::actor::Actor as By;
use kernel::command::{Command, Report};
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

/// One order and one kill; who comes first, and how far each gets in between, is up to the dice.
fn race(world: &mut World, dice: &mut Dice, tally: &mut Tally) {
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
                let (node, actor) = (Arc::clone(&world.node), Arc::clone(&world.actor));
                let level = Level::Credential(world.credential);
                killing = Some(Box::pin(async move {
                    node.kill(&actor, By::Local { uid: 0 }, level, Resting::KeepProtective).await
                }));
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
    world.done(Command::Release { level: Level::Credential(world.credential) }).unwrap();
}

#[test]
fn nothing_admitted_before_a_kill_is_sent_after_its_acknowledgement() {
    let (mut world, mut dice, mut tally) = (World::new(false), Dice(7), Tally::default());
    let races = std::env::var("PORTREEVE_KILL_RACES").map_or(RACES, |text| text.parse().unwrap());
    for _ in 0..races {
        race(&mut world, &mut dice, &mut tally);
    }
    println!("{races} races: {tally:?}");
    let frequent = races / 20;
    assert!(tally.sent_first > frequent && tally.voided > frequent && tally.refused > frequent, "{tally:?}");
}
