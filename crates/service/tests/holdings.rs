//! Positions by the venue's word: what was held before, or traded past us, is written down once it stands.

use crate::world::World;
use kernel::actor::Actor as By;
use kernel::command::{Command, Report};
use kernel::id::AccountId;
use kernel::money::{Price, Quantity};
use kernel::order::{ClientRef, Side};
use kernel::working::Execution;
use rust_decimal::Decimal;
use service::Clock;
use std::collections::{BTreeMap, BTreeSet};
use store::{Fault, StoreError};
use venue::contract::Holdings;

const STANDS_MS: i64 = 15_000;

/// All fills have been asked for by now.
fn says(world: &World, told: &[(i64, i64)], moving: &[i64]) {
    lists(world, told, moving, 0);
}

fn lists(world: &World, told: &[(i64, i64)], moving: &[i64], ms_ago: i64) {
    let told: BTreeMap<i64, Decimal> = told.iter().map(|(id, quantity)| (*id, Decimal::from(*quantity))).collect();
    let moving: BTreeSet<i64> = moving.iter().copied().collect();
    *world.wire.held.lock().unwrap() =
        Some(Holdings { told, moving, whole: true, fills_listed: world.clock.now().plus_ms(STANDS_MS - ms_ago) });
}

fn look(world: &mut World, after_ms: i64) -> Vec<(i64, String)> {
    world.clock.advance_ms(after_ms);
    world.node.look_at_the_clock();
    world.write_all();
    let net = |((_, id), position): (&(AccountId, i64), &kernel::book::Position)| (*id, position.net.to_string());
    world.actor.read(|state| state.book.positions.iter().map(net).collect())
}

fn held(expected: &[(i64, &str)]) -> Vec<(i64, String)> {
    expected.iter().map(|(id, net)| (*id, (*net).to_owned())).collect()
}

#[test]
fn what_the_venue_has_not_named_is_nothing_only_once_it_has_told_everything_anew() {
    let mut world = World::new(false);
    says(&world, &[(1, 20)], &[]);
    look(&mut world, 0);
    assert_eq!(look(&mut world, STANDS_MS), held(&[(1, "20")]));
    let silent = |world: &World, whole: bool| {
        says(world, &[], &[]);
        world.wire.held.lock().unwrap().as_mut().unwrap().whole = whole;
    };
    for (whole, expected) in [(false, held(&[(1, "20")])), (true, held(&[]))] {
        silent(&world, whole);
        look(&mut world, 1_000);
        silent(&world, whole);
        assert_eq!(look(&mut world, STANDS_MS), expected);
    }
}

/// The venue's word has the fill in it that waits to be written again: taken first, it would count twice.
#[test]
fn no_word_overtakes_a_fill_that_could_not_be_written() {
    let mut world = World::new(false);
    let fill = Execution {
        exec_id: "late".to_owned(),
        order: None,
        account: world.account,
        contract_id: 1,
        side: Side::Buy,
        quantity: Quantity::parse("20").unwrap(),
        price: Price::parse("100").unwrap(),
        at: world.actor.now(),
    };
    says(&world, &[(1, 20)], &[]);
    look(&mut world, 0);
    world.store.fail_next(Fault::Before(StoreError::Io { what: "gone".to_owned() }));
    drop(world.actor.report(Report::Filled(fill.clone())));
    world.write_all();
    for _ in 0..3 {
        says(&world, &[(1, 20)], &[]);
        assert_eq!(look(&mut world, STANDS_MS), held(&[]), "it waits for whoever told the fill");
    }
    world.actor.line_again();
    drop(world.actor.report(Report::Filled(fill)));
    world.write_all();
    says(&world, &[(1, 20)], &[]);
    assert_eq!(look(&mut world, 1_000), held(&[(1, "20")]), "once");
}

#[test]
fn a_fill_that_was_missed_is_asked_for_before_the_venues_word_is_taken() {
    let mut world = World::new(false);
    lists(&world, &[(1, 20)], &[], STANDS_MS);
    assert_eq!(look(&mut world, 0), held(&[]));
    assert_eq!(look(&mut world, STANDS_MS * 3), held(&[]), "they were listed before it differed");
    lists(&world, &[(1, 20)], &[], STANDS_MS);
    assert_eq!(look(&mut world, 1_000), held(&[(1, "20")]));
}

/// Why a sale is refused.
fn sale(world: &mut World, number: i32) -> String {
    let mut terms = world.limit("10", Price::parse("100").unwrap());
    terms.side = Side::Sell;
    let place = Command::Place { client_ref: ClientRef { client_id: 2, order_id: number }, terms };
    let mut answer = world.actor.submit(By::Credential(world.credential), place);
    world.write_all();
    format!("{:?}", answer.try_recv().unwrap())
}

#[test]
fn what_was_held_before_counts_once_the_venue_has_said_so_for_a_while() {
    let mut world = World::new(false);
    says(&world, &[(1, 300), (2, -40)], &[]);
    assert_eq!(look(&mut world, 1_000), held(&[]));
    assert!(sale(&mut world, 1).contains("ShortSale"));
    let before = world.store.syncs();
    assert_eq!(look(&mut world, STANDS_MS - 1), held(&[]), "not a moment before");
    assert_eq!(world.store.syncs(), before, "looking is not an event");
    assert_eq!(look(&mut world, 1_000), held(&[(1, "300"), (2, "-40")]));
    assert!(sale(&mut world, 2).contains("NotYoursToClose"), "held, and by nobody here");
    let before = world.store.syncs();
    assert_eq!(look(&mut world, STANDS_MS * 2).len(), 2);
    assert_eq!(world.store.syncs(), before, "said once");
    let world = world.crash();
    let known = world.actor.read(|state| state.book.positions.len());
    assert_eq!(known, 2, "and known after a crash");
}

#[test]
fn a_fill_on_its_way_and_a_venue_that_does_not_tell_are_waited_for() {
    let mut world = World::new(false);
    let fill = |world: &mut World, exec_id: &str| {
        let (quantity, price) = (Quantity::parse("10").unwrap(), Price::parse("100").unwrap());
        let (account, exec_id) = (world.account, exec_id.to_owned());
        let at = world.actor.now();
        world.venue_says(Report::Filled(Execution {
            exec_id,
            order: None,
            account,
            contract_id: 1,
            side: Side::Buy,
            quantity,
            price,
            at,
        }));
        world.write_all();
    };
    fill(&mut world, "a");
    says(&world, &[], &[]);
    assert_eq!(look(&mut world, 1_000), held(&[(1, "10")]));
    fill(&mut world, "b");
    assert_eq!(look(&mut world, STANDS_MS - 1), held(&[(1, "20")]), "what differs has moved: it is waited for anew");
    says(&world, &[], &[1]);
    assert_eq!(look(&mut world, STANDS_MS), held(&[(1, "20")]), "the venue's word is from before the fill");
    says(&world, &[], &[]);
    assert_eq!(look(&mut world, 1_000), held(&[(1, "20")]));
    *world.wire.held.lock().unwrap() = None;
    assert_eq!(look(&mut world, STANDS_MS), held(&[(1, "20")]));
    says(&world, &[], &[]);
    assert_eq!(look(&mut world, 1_000), held(&[(1, "20")]), "from the beginning");
    assert_eq!(look(&mut world, STANDS_MS), held(&[]), "sold elsewhere while nobody was connected");
}

#[test]
fn of_a_pair_of_currencies_no_position_is_told_and_none_is_taken_from_us() {
    let mut world = World::new(false);
    let terms = {
        let mut terms = world.limit("1000", Price::parse("1.05").unwrap());
        terms.instrument.class = kernel::instrument::AssetClass::Forex;
        terms
    };
    let mut limits = world.actor.read(|state| state.customer.credentials[0].clone());
    limits.instruments = vec![kernel::instrument::Selector::Class(kernel::instrument::AssetClass::Forex)];
    let new = kernel::command::NewCredential {
        name: "fx".to_owned(),
        scopes: limits.scopes,
        accounts: limits.accounts,
        instruments: limits.instruments,
        port: 4_101,
        peer_uid: 0,
        secret: None,
        expires_at: limits.expires_at,
        dormancy: limits.dormancy,
        limits: limits.limits,
        allowances: limits.allowances,
        cancel_on_disconnect: false,
        observe: false,
    };
    world.done(Command::CreateCredential(new)).unwrap();
    let fx = world.actor.read(|state| state.customer.credentials[1].id);
    let place = Command::Place { client_ref: ClientRef { client_id: 1, order_id: 1 }, terms };
    drop(world.actor.submit(By::Credential(fx), place));
    world.write_all();
    let order = world.open()[0];
    let at = world.actor.now();
    let (account, quantity, price) = (world.account, Quantity::parse("1000").unwrap(), Price::parse("1.05").unwrap());
    let (exec_id, order) = ("fx".to_owned(), Some(order));
    let fill = Execution { exec_id, order, account, contract_id: 1, side: Side::Buy, quantity, price, at };
    world.venue_says(Report::Filled(fill));
    world.write_all();
    says(&world, &[], &[]);
    look(&mut world, 1_000);
    assert_eq!(look(&mut world, STANDS_MS * 2), held(&[(1, "1000")]));
}
