//! Expiries at run time: people are told three days before and at the end, once each, also after a crash.

use crate::world::World;
use kernel::api_credential::Event as Own;
use kernel::event::{Event, Recorded};
use kernel::expiry::{BEFORE_MS, Stage};
use kernel::notice::Kind;
use service::codec;
use store::{Fault, Store, StoreError};

fn told(world: &World) -> Vec<(Stage, u32)> {
    recorded(world).iter().map(|(_, stage, open)| (*stage, *open)).collect()
}

fn recorded(world: &World) -> Vec<(Recorded, Stage, u32)> {
    let events = world.store.clone().load(&format!("customer/{}", world.actor.id), 0, 1_000).unwrap();
    let all = events.iter().map(|stored| codec::decode(stored).unwrap());
    all.filter_map(|one| match &one.event {
        Event::Credential(Own::Expiry(told)) => Some((one.clone(), told.stage, told.open)),
        _ => None,
    })
    .collect()
}

fn left_ms(world: &World) -> i64 {
    let expires_at = world.actor.read(|state| state.customer.credential(world.credential).unwrap().expires_at);
    expires_at.unwrap().since(service::Clock::now(&*world.clock))
}

/// At so long before its end.
fn at(world: &mut World, left: i64) {
    let ahead = left_ms(world) - left;
    world.clock.advance_ms(ahead);
    world.node.look_at_the_clock();
    world.write_all();
}

#[test]
fn whoever_runs_a_program_is_told_before_its_credential_ends_and_when_it_has() {
    let mut world = World::new(false);
    let resting = world.place("1");
    world.write_all();
    drop(resting);
    world.send_all();
    at(&mut world, BEFORE_MS + 1_000);
    assert_eq!(told(&world), []);
    at(&mut world, BEFORE_MS);
    assert_eq!(told(&world), [(Stage::Soon, 1)]);
    for left in [BEFORE_MS - 60_000, 1_000] {
        at(&mut world, left);
        assert_eq!(told(&world).len(), 1, "once");
    }
    at(&mut world, 0);
    assert_eq!(told(&world), [(Stage::Soon, 1), (Stage::Over, 1)]);
    let words: Vec<String> = recorded(&world)
        .iter()
        .map(|(one, ..)| world.actor.read(|state| service::words::story::tell(state, one).text))
        .collect();
    assert!(
        words[0].starts_with("bot expires on ") && words[0].ends_with("also not to sell; give it a successor before"),
        "{words:?}"
    );
    let (begins, ends) = ("bot expired on ", ": its program is not let in any more; 1 order of it is open and goes on");
    assert!(words[1].starts_with(begins) && words[1].ends_with(ends), "{words:?}");
    for (recorded, kind) in recorded(&world).iter().zip([Kind::CredentialExpiring, Kind::CredentialExpired]) {
        let letter = world.actor.read(|state| service::words::notice::words(state, &recorded.0, kind, 0));
        assert!(letter.not_me.is_none() && !letter.text.contains("If that was you"), "{letter:?}");
    }
    let mut world = world.crash();
    at(&mut world, -60_000);
    assert_eq!(told(&world).len(), 2, "and it is known after a crash");
}

#[test]
fn what_could_not_be_recorded_is_told_when_it_can_be() {
    let mut world = World::new(false);
    at(&mut world, BEFORE_MS + 1_000);
    world.store.fail_next(Fault::Before(StoreError::Full));
    at(&mut world, BEFORE_MS);
    assert_eq!(told(&world), []);
    at(&mut world, BEFORE_MS - 1_000);
    assert_eq!(told(&world), [(Stage::Soon, 0)]);
}

#[test]
fn an_end_that_came_while_nothing_ran_is_told_at_the_start_and_the_days_before_it_are_not() {
    let world = World::new(false);
    let left = left_ms(&world);
    let mut world = world.crash();
    world.clock.advance_ms(left + 86_400_000);
    world.node.look_at_the_clock();
    world.write_all();
    assert_eq!(told(&world), [(Stage::Over, 0)]);
}
