//! A grant moves the counter of the key that signed it: in the customer's stream, with the order in the book's.

use crate::world::World;
use kernel::actor::Actor;
use kernel::authenticator;
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::evidence::{Evidence, Proof};
use kernel::id::{AccountId, ApprovalId};
use kernel::money::{Currency, Price, Quantity};
use kernel::order::{Kind, Terms, TimeInForce};
use kernel::people::{self, NewAuthenticator, NewDevice};
use kernel::session;
use kernel::signature::{self, Shown, Signature};
use kernel::state::State;
use service::words::asked;

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
    use authenticator::Kind as Key;
    world.actor.read(|state| match &state.customer.people.authenticators.last().unwrap().kind {
        Key::Passkey(passkey) => passkey.sign_count,
        Key::Password | Key::Totp { .. } | Key::RecoveryCodes { .. } | Key::Sms => panic!("no passkey"),
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
            network: None,
        };
        Command::People(people::Command::SignIn(sign_in))
    };
    let bind = Command::People(people::Command::BindAuthenticator(NewAuthenticator {
        kind: authenticator::Kind::Password,
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

/// PSD2 RTS 5(1)(a), WS-02: whoever signs sees what is traded, at which price, for how much, where, how long, for whom;
/// and what differs in any of it has other words.
#[test]
fn the_words_of_an_order_say_all_that_counts_and_no_two_orders_have_the_same() {
    let mut world = World::new(true);
    world.owner();
    let id = held(&mut world);
    let state = world.actor.read(Clone::clone);
    let approval = &state.book.pending[&id];
    let said = |state: &State| asked::order(state, id, approval).unwrap().display();
    let words = said(&state);
    let order = &state.book.orders[&approval.order];
    let (account, terms) = (&state.customer.accounts[0], &order.terms);
    let named = |what: String| assert!(words.contains(&what), "no {what:?} in {words}");
    named(format!("Buy 200 {}", terms.instrument.symbol));
    named(format!("contract {}", terms.instrument.contract_id));
    named(format!("on account {}, good for the day", account.number));
    named(format!("at {} {} or better", terms.kind.price().unwrap(), terms.instrument.currency));
    named("at the most".to_owned());
    named(format!("asked by the API credential {}", state.customer.credential(order.credential).unwrap().name));
    named(format!("approval {id}, to be answered before "));
    let edits: [fn(&mut Terms); 10] = [
        |terms| terms.side = terms.side.opposite(),
        |terms| terms.order_qty = Quantity::from_units(terms.order_qty.units() + 1),
        |terms| terms.kind = Kind::Market,
        |terms| terms.kind = Kind::Limit { price: Price::from_units(terms.kind.price().unwrap().units() + 1) },
        |terms| terms.time_in_force = TimeInForce::GoodTillCancel,
        |terms| terms.outside_hours = true,
        |terms| terms.instrument.contract_id += 1,
        |terms| terms.instrument.symbol.push('X'),
        |terms| terms.instrument.currency = Currency::parse("JPY").unwrap(),
        |terms| terms.account = AccountId::new(7, 7),
    ];
    for (n, edit) in edits.into_iter().enumerate() {
        let mut other = state.clone();
        edit(&mut other.book.orders.get_mut(&approval.order).unwrap().terms);
        assert_ne!(said(&other), words, "edit {n}");
    }
}
