//! A grant moves the counter of the key that signed it: in the customer's stream, with the order in the book's.

use crate::world::World;
use kernel::actor::Actor;
use kernel::authenticator::Kind;
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::evidence::{Evidence, Proof};
use kernel::id::ApprovalId;
use kernel::people::{self, NewAuthenticator, NewDevice};
use kernel::session;
use kernel::signature::{self, Shown, Signature};

fn held(world: &mut World) -> ApprovalId {
    drop(world.place("200"));
    world.write_all();
    world.actor.read(|state| *state.book.pending.last_key_value().unwrap().0)
}

fn grant(world: &World, id: ApprovalId, sign_count: u32) -> Command {
    let at = world.actor.now();
    world.actor.read(|state| {
        let approval = &state.book.pending[&id];
        let known = state.customer.people.authenticators.last().unwrap();
        let display = "BUY 200 X".to_owned();
        let challenge = signature::challenge(&approval.request, &display, &approval.nonce);
        let proof = Proof::Assertion { challenge, user_verified: true, backed_up: false, sign_count };
        let evidence = Evidence { authenticator: known.id, revision: known.revision, at, proof };
        let text = || "x".to_owned();
        let shown = Shown { display, client_data: text(), authenticator_data: text(), signature: text() };
        Command::Grant { id, signature: Signature { evidence, shown } }
    })
}

fn count(world: &World) -> u32 {
    world.actor.read(|state| match &state.customer.people.authenticators.last().unwrap().kind {
        Kind::Passkey(passkey) => passkey.sign_count,
        Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => panic!("no passkey"),
    })
}

/// Without those that are held.
fn open(world: &World) -> usize {
    world.actor.read(|state| state.book.orders.len() - state.book.pending.len())
}

/// WA-09.
#[test]
fn a_grant_moves_the_counter_of_its_key_and_a_copy_that_lags_behind_grants_nothing() {
    let mut world = World::new(true);
    let owner = world.owner().1;
    let id = held(&mut world);
    let command = grant(&world, id, 7);
    let mut answer = world.actor.submit(owner, command);
    world.write_all();
    let recorded = answer.try_recv().unwrap().unwrap();
    let tags: Vec<&str> = recorded.iter().map(|one| one.event.tag()).collect();
    assert_eq!(tags, ["approval.signed", "approval.settled", "order.admitted"]);
    assert_eq!((count(&world), open(&world)), (7, 1));
    let mut world = world.crash();
    assert_eq!((count(&world), open(&world)), (7, 1));
    let second = held(&mut world);
    let command = grant(&world, second, 7);
    let mut answer = world.actor.submit(owner, command);
    world.write_all();
    assert!(answer.try_recv().unwrap().is_err());
    assert_eq!(open(&world), 1);
    let command = grant(&world, second, 8);
    let mut answer = world.actor.submit(owner, command);
    world.write_all();
    assert!(answer.try_recv().unwrap().is_ok());
    assert_eq!((count(&world), open(&world)), (8, 2));
}

#[test]
fn what_was_signed_and_not_written_moves_neither_the_counter_nor_the_order() {
    let mut world = World::new(true);
    let owner = world.owner().1;
    let id = held(&mut world);
    let command = grant(&world, id, 7);
    drop(world.actor.submit(owner, command));
    let world = world.crash();
    assert_eq!((count(&world), open(&world)), (0, 0));
    assert!(world.actor.read(|state| state.book.pending.contains_key(&id)));
}

/// Whoever comes to stop something has to come in first: there is room for that on a full disk, and for nothing wider.
#[test]
fn on_a_full_disk_the_reserve_lets_an_owner_in_and_binds_nothing() {
    let mut world = World::new(true);
    let (user, owner) = world.owner();
    let sign_in = |world: &World| {
        let at = world.actor.now();
        let (authenticator, revision) = world.actor.read(|state| {
            let known = state.customer.people.authenticators.last().unwrap();
            (known.id, known.revision)
        });
        let device = world.actor.read(|state| state.customer.people.devices.last().unwrap().id);
        let challenge = Digest::plain(b"challenge");
        let proof = Proof::Assertion { challenge, user_verified: true, backed_up: false, sign_count: 0 };
        let sign_in = people::SignIn {
            user,
            evidence: vec![Evidence { authenticator, revision, at, proof }],
            interface: session::Interface::Portal,
            known: Some((device, Digest::plain(b"device"))),
            fresh: NewDevice { sha256: Digest::plain(b"fresh"), label: String::new() },
            shared: false,
            session: Digest::plain(b"another session"),
        };
        Command::People(people::Command::SignIn(sign_in))
    };
    let bind = Command::People(people::Command::BindAuthenticator(NewAuthenticator {
        kind: Kind::Password,
        sealed_sha256: None,
    }));
    for (reserves, by, command, recorded) in [
        (1, Actor::Visitor, sign_in(&world), true),
        (0, Actor::Visitor, sign_in(&world), false),
        (1, owner, bind, false),
    ] {
        world.reserves.store(reserves, std::sync::atomic::Ordering::SeqCst);
        world.store.fail_next(store::Fault::Before(store::StoreError::Full));
        let mut answer = world.actor.submit(by, command);
        world.write_all();
        assert_eq!(answer.try_recv().unwrap().is_ok(), recorded, "{reserves}");
    }
}
