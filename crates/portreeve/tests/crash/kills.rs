//! Kills: `kill -9` in every window between a program's order and the broker's word on it.

use super::check;
use super::load::{Key, Ledger, Load};
use super::process::{World, until};
use super::program::{Program, percent, place};
use super::record::Ours;
use crate::cluster::Cluster;
use crate::served::Home;
use kernel::id::{CredentialId, OrderId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use tws::Request;

/// Overridden by `PORTREEVE_CRASH_KILLS`.
const KILLS: usize = 30;
const KILLS_OVER_POSTGRESQL: usize = 8;
/// More of them, while a window was not met.
const MORE: usize = 60;
const EACH: i32 = 3;
const NAMES: [&str; 2] = ["one", "two"];

type Ports = BTreeMap<u16, CredentialId>;

/// Seeded, so that a run can be had again, as far as two processes allow.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// What one kill caught on its way.
#[derive(Clone, Copy, Debug, Default)]
struct Caught {
    before_append: usize,
    before_send: usize,
    before_acknowledgement: usize,
}

/// Kills, and orders, in each window.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    windows: [(&'static str, usize, usize); 3],
}

impl Tally {
    fn is_full(&self) -> bool {
        self.windows.iter().all(|(_, kills, _)| *kills > 0)
    }

    fn count(&mut self, caught: Caught) {
        self.kills += 1;
        let now = [
            ("before append", caught.before_append),
            ("between append and send", caught.before_send),
            ("between send and acknowledgement", caught.before_acknowledgement),
        ];
        for ((name, kills, orders), (own, caught)) in self.windows.iter_mut().zip(now) {
            *name = own;
            *kills += usize::from(caught > 0);
            *orders += caught;
        }
    }
}

/// Which orders were where: `ours` as the kill left it, `told` what was seen on the wire to the broker.
fn caught(ledger: &Ledger, ours: &Ours, told: &BTreeMap<OrderId, usize>, ports: &Ports) -> Caught {
    let decided = |(port, client_id, number): &&Key| ours.decided.contains(&(ports[port], *client_id, *number));
    let unanswered = ledger.sent.difference(&ledger.answered);
    let silent = |id: &&OrderId| !ours.reported.contains(id) && !ours.unknown.contains(id);
    let sent = |id: &OrderId| told.contains_key(id);
    let (there, not_there): (Vec<OrderId>, Vec<OrderId>) = ours.admitted.keys().filter(silent).copied().partition(sent);
    Caught {
        before_append: unanswered.filter(|key| !decided(key)).count(),
        before_send: not_there.len(),
        before_acknowledgement: there.len(),
    }
}

struct Campaign {
    world: World,
    ports: Ports,
    listeners: Vec<u16>,
    dice: Dice,
}

impl Campaign {
    fn start(home: &Home, words: &[&str]) -> Self {
        let world = World::told(&home.0, home.data(), words);
        let listeners: Vec<u16> = NAMES.iter().map(|name| world.wide_credential(name)).collect();
        let ours = Ours::read(&world.gate_data);
        let credentials = ours.state.customer.credentials.iter();
        let ports = credentials.map(|credential| (credential.port, credential.id)).collect();
        let dice = Dice(0x5eed);
        Self { world, ports, listeners, dice }
    }

    /// Load, a kill somewhere in it, a restart, and everything that must hold after it.
    fn round(&mut self) -> Caught {
        // The gate knows a price before it is asked for an order.
        let bid = Program::connect(self.listeners[0], 99).unwrap().bid();
        let load = Load::start(&self.listeners, EACH, bid);
        let enough = usize::try_from(1 + self.dice.below(250)).unwrap();
        until("the load is answered", || {
            if load.answered() >= enough || load.ended() { Ok(()) } else { Err(load.answered().to_string()) }
        });
        let spin = Instant::now();
        let pause = u128::from(self.dice.below(4_000));
        while spin.elapsed().as_micros() < pause {
            std::hint::spin_loop();
        }
        self.world.gate.kill();
        let ledger = load.end();
        let left = Ours::read(&self.world.gate_data);
        let before: BTreeSet<OrderId> = left.admitted.keys().copied().collect();
        self.world.restart_gate();
        until("everything holds after the crash", || check::all(&self.world, &before));
        let caught = caught(&ledger, &left, &self.world.wire.told(), &self.ports);
        self.clear();
        caught
    }

    /// Cancels what rests, so that a long campaign does not end in a market of its own orders.
    fn clear(&self) {
        // The word for all orders of a program reaches those of the credential's other programs too.
        let mut programs: Vec<_> = self.listeners.iter().map(|port| Program::connect(*port, 98).unwrap()).collect();
        programs.iter_mut().for_each(|program| program.ask(&[Request::ReqGlobalCancel]).unwrap());
        until("what rests is cancelled", || {
            let listed = self.world.ask("order list");
            let open = listed.as_array().unwrap().iter().filter(|order| order["status"] != "unknown").count();
            if open == 0 { Ok(()) } else { Err(format!("{open} are open")) }
        });
    }

    /// An order whose outcome is unknown takes a place among the open ones until somebody settles it.
    fn unknown_orders_are_counted(&self) {
        let (name, port) = self.with_unknown();
        let mut program = Program::connect(port, 97).unwrap();
        let bid = program.bid();
        for (room, taken) in [(0, false), (1, true)] {
            until("an order is asked for while nothing else ends", || {
                let open = self.open_of(port);
                let limit = open + room;
                self.world.ask(&format!("limit set {name} open_orders={limit}"));
                let number = program.next_number;
                program.next_number += 1;
                program.ask(&[place(number, "BUY", 1, percent(bid, 92, number % 50), "GTC")]).unwrap();
                let (refused, told) = program.refused(number);
                // What is listed may be ahead of what is on the disk: the last cancel of all can come between.
                let still = self.open_of(port) - usize::from(!refused);
                if still != open {
                    return Err(format!("{open} were open, and then {still}"));
                }
                assert_eq!(refused, !taken, "with {open} unknown orders and room for {limit}: {told}");
                assert_eq!(refused, told.contains("open_orders"), "{told}");
                Ok(())
            });
        }
    }

    /// A credential that has some, and where it listens.
    fn with_unknown(&self) -> (&'static str, u16) {
        let mut all = NAMES.into_iter().zip(self.listeners.iter().copied());
        all.find(|(_, port)| self.open_of(*port) > 0).expect("some orders are unknown")
    }

    /// How many orders of the credential that listens there are open, by what is on the disk.
    fn open_of(&self, port: u16) -> usize {
        let ours = Ours::read(&self.world.gate_data);
        ours.state.book.orders.values().filter(|order| order.credential == self.ports[&port]).count()
    }
}

#[test]
fn whenever_the_gate_is_killed_nothing_is_lost_and_nothing_is_sent_twice() {
    let kills = std::env::var("PORTREEVE_CRASH_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let begun = Instant::now();
    let home = Home::new();
    let mut campaign = Campaign::start(&home, &[]);
    let mut tally = Tally::default();
    for round in 0..kills {
        let caught = campaign.round();
        println!("kill {:>3} after {:>5.1?}: {caught:?}", round + 1, begun.elapsed());
        tally.count(caught);
    }
    // Where the kill falls is not ours to say: it goes on until each window was met, within reason.
    while !tally.is_full() && tally.kills < kills + MORE {
        tally.count(campaign.round());
    }
    campaign.unknown_orders_are_counted();
    let ours = Ours::read(&campaign.world.gate_data);
    let (admitted, unknown) = (ours.admitted.len(), ours.unknown.len());
    println!("{} kills in {:.1?}, {admitted} orders admitted, {unknown} unknown", tally.kills, begun.elapsed());
    for (name, kills, orders) in tally.windows {
        println!("  {name}: {kills} kills caught {orders} orders");
    }
    let verified = campaign.world.ask("journal verify");
    assert_eq!(verified["sound"], true, "{verified}");
    assert!(tally.is_full(), "a window is empty: {tally:?}");
}

#[test]
fn whenever_the_gate_is_killed_its_journal_in_postgresql_has_lost_nothing_and_nothing_is_sent_twice() {
    let home = Home::new();
    let mut campaign = Campaign::start(&home, &["--store", &Cluster::shared().url()]);
    let mut tally = Tally::default();
    for _ in 0..KILLS_OVER_POSTGRESQL {
        tally.count(campaign.round());
    }
    println!("PostgreSQL: {tally:?}");
    assert!(!home.data().join("portreeve.db").exists(), "the data directory keeps keys only");
    let verified = campaign.world.ask("journal verify");
    assert_eq!(verified["sound"], true, "{verified}");
    let [.., (_, kills, _)] = tally.windows;
    assert!(kills > 0, "no kill caught an order on its way: {tally:?}");
}
