//! Restore: what a backup has as waiting is told to nobody, and what the venue says of it is believed.

use crate::world::{ACCOUNT, World};
use kernel::actor::Actor as By;
use kernel::command::{Command, Report};
use kernel::digest::Digest;
use kernel::id::OrderId;
use kernel::kill_switch::Level;
use kernel::restore::Backup;
use kernel::time::Timestamp;
use kernel::working::Status;
use service::restore::{Restored, restored};
use service::rotation::Asked;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use store::{Append, OutboxChange, Store};
use venue::What;

const BACKUP: Backup = Backup { size: 7, root: Digest::from_bytes([7; 32]), made_at: Timestamp(1_789_000_000_000) };

/// Where a backup of this moment would be copied back to.
fn restore(world: &World) -> Restored {
    let asked = Asked { by: By::Local { uid: 1_000 }, at: Timestamp(0), dice: 77 };
    restored(&mut world.store.clone(), BACKUP, false, &asked).unwrap()
}

fn statuses(world: &World) -> BTreeMap<OrderId, Status> {
    world.actor.read(|state| state.book.orders.values().map(|order| (order.id, order.status)).collect())
}

/// Acknowledged, acknowledged with a cancel on its way, held, and one that nobody was told of yet; a notice waits too.
fn busy(idempotent: bool) -> (World, [OrderId; 4]) {
    let mut world = World::new(idempotent);
    let mut placed = Vec::new();
    for quantity in ["1", "1", "120", "1"] {
        drop(world.place(quantity));
        world.write_all();
        let fresh = *world.open().iter().find(|id| !placed.contains(*id)).unwrap();
        if placed.len() < 2 {
            world.send_all();
            world.venue_says(Report::Acknowledged { id: fresh, venue_ref: "7".to_owned() });
            world.write_all();
        }
        placed.push(fresh);
    }
    drop(world.ask(Command::CancelOrder { id: placed[1] }));
    world.write_all();
    let notice = OutboxChange::Put { id: "notice:x:1".to_owned(), venue: "notify".to_owned(), body: b"{}".to_vec() };
    let append = Append { id: [1; 16], stream: "notices".to_owned(), outbox: vec![notice], ..Append::default() };
    world.store.clone().append(&[append]).unwrap()[0].clone().unwrap();
    (world, placed.try_into().unwrap())
}

#[test]
fn nothing_that_waited_is_sent_and_only_the_switch_takes_away() {
    for (idempotent, here) in [(false, false), (true, false), (true, true)] {
        let (world, [rests, leaving, held, unsent]) = busy(idempotent);
        world.wire.here.store(here, Ordering::SeqCst);
        let told = restore(&world);
        assert_eq!(told, Restored { ended: 1, cancels: 1, notices: 1, doubtful: 1, open: 2, suspended: 0 });
        let waiting: Vec<String> = world.store.clone().outbox(None).unwrap().into_iter().map(|row| row.id).collect();
        assert!(waiting.len() == 1 && waiting[0].starts_with(&format!("{unsent}:submit")), "{waiting:?}");
        let mut world = world.crash();
        world.write_all();
        world.send_all();
        assert!(world.wire.submitted().is_empty() && world.wire.replaced() == 0);
        let known = statuses(&world);
        assert!(!known.contains_key(&held));
        // What is surely nowhere ended; of what may be somewhere nobody knows, and it stays charged.
        assert_eq!(known.get(&unsent), (!here).then_some(&Status::Unknown), "{known:?}");
        let mut cancelled = world.wire.cancelled();
        cancelled.sort_unstable();
        let mut asked_back = vec![rests, leaving];
        asked_back.extend((!here).then_some(unsent));
        asked_back.sort_unstable();
        assert_eq!(cancelled, asked_back, "each once, as the switch asks");
        world.done(Command::Release { level: Level::Firm }).unwrap();
        for _ in 0..2 {
            world = world.crash();
            world.write_all();
            world.send_all();
            assert!(world.wire.submitted().is_empty(), "not after it is released either");
        }
    }
}

#[test]
fn what_the_venue_says_of_it_is_believed_and_what_came_since_is_taken_in() {
    let (world, [rests, _, _, unsent]) = busy(false);
    restore(&world);
    world.wire.knows(unsent, ACCOUNT, What::Acknowledged { venue_ref: "8".to_owned() });
    world.wire.knows(rests, ACCOUNT, What::Ended { how: kernel::working::Ended::Cancelled, text: String::new() });
    let mut world = world.crash();
    world.write_all();
    let known = statuses(&world);
    assert_eq!((known.get(&unsent), known.get(&rests)), (Some(&Status::Acknowledged), None));
    let mut refused = world.place("1");
    world.write_all();
    let told = format!("{:?}", refused.try_recv().unwrap().unwrap_err());
    assert!(told.contains("KillSwitch"), "{told}");
    let restored = world.actor.read(|state| state.firm.restored).unwrap();
    assert_eq!(restored.made_at, BACKUP.made_at);
    assert!(restored.at.0 >= 1_790_000_000_000, "never before what is on record, whatever the clock says");
}

#[test]
fn a_change_that_was_taken_back_is_told_as_not_made_where_that_is_sure() {
    let mut world = World::new(true);
    drop(world.place("1"));
    world.write_all();
    world.send_all();
    let id = world.open()[0];
    world.venue_says(Report::Acknowledged { id, venue_ref: "7".to_owned() });
    world.write_all();
    let client_ref = kernel::order::ClientRef { client_id: 1, order_id: world.number };
    let terms = world.limit("2", kernel::money::Price::from_units(9_001_000_000));
    drop(world.actor.submit(By::Credential(world.credential), Command::Place { client_ref, terms }));
    world.write_all();
    let changing = |world: &World| world.actor.read(|state| state.book.orders[&id].replacing.is_some());
    assert!(changing(&world));
    restore(&world);
    world.wire.here.store(true, Ordering::SeqCst);
    let mut world = world.crash();
    world.write_all();
    assert!(!changing(&world));
    world.send_all();
    assert_eq!((world.wire.replaced(), world.wire.cancelled().len()), (0, 1));
}
