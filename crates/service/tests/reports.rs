//! Reports of the venue share a sync; none overtakes another, none is lost, none is recorded twice.

use crate::world::{ACCOUNT, World, poll};
use kernel::command::{Command, Report as Fact};
use kernel::event::Event;
use kernel::id::OrderId;
use kernel::kill_switch::{Level, Resting};
use kernel::money::{Price, Quantity};
use kernel::order::Side;
use kernel::working::{Ended, Event as OrderEvent};
use service::codec;
use service::node::Line;
use store::{Fault, Store, StoreError};
use venue::{Report, What};

fn says(order: OrderId, what: What) -> Report {
    Report { account: ACCOUNT.to_owned(), order: Some(order), what }
}

/// Acknowledged, filled by half, ended.
fn life(world: &World, order: OrderId) -> Vec<Report> {
    let filled = What::Filled {
        exec_id: order.to_string(),
        contract_id: 1,
        side: Side::Buy,
        quantity: Quantity::parse("1").unwrap(),
        price: Price::parse("90").unwrap(),
        at: world.actor.now(),
    };
    let ended = What::Ended { how: Ended::Cancelled, text: String::new() };
    [What::Acknowledged { venue_ref: "7".to_owned() }, filled, ended].map(|what| says(order, what)).into()
}

impl World {
    fn sent(&mut self, orders: usize) -> Vec<OrderId> {
        for _ in 0..orders {
            drop(self.place("2"));
        }
        self.write_all();
        self.send_all();
        self.open()
    }

    /// What the journal holds of each order after its admission, in its order.
    fn reported(&self) -> Vec<(OrderId, &'static str)> {
        let events = self.store.clone().load(&format!("book/{}", self.actor.id), 0, 10_000).unwrap();
        let reported = |event| match event {
            Event::Order(OrderEvent::Acknowledged { id, .. }) => Some((id, "acknowledged")),
            Event::Order(OrderEvent::Filled { execution }) => Some((execution.order?, "filled")),
            Event::Order(OrderEvent::Ended { id, .. }) => Some((id, "ended")),
            _ => None,
        };
        events.iter().filter_map(|stored| reported(codec::decode(stored).unwrap().event)).collect()
    }

    /// Until all of it is recorded; how often it had to be begun again.
    fn take(&mut self, line: &mut Line) -> usize {
        let mut again = 0;
        while !line.is_empty() {
            line.ask(&self.node);
            if !self.settled(line) {
                again += 1;
                self.wait(line.again());
            }
        }
        again
    }

    fn settled(&mut self, line: &mut Line) -> bool {
        self.wait(line.settle())
    }
}

fn whole(orders: &[OrderId]) -> Vec<(OrderId, &'static str)> {
    orders.iter().flat_map(|id| ["acknowledged", "filled", "ended"].map(|what| (*id, what))).collect()
}

#[test]
fn what_the_venue_tells_at_once_is_recorded_in_one_batch_and_in_its_order() {
    let mut world = World::new(false);
    let orders = world.sent(50);
    let (mut line, before) = (Line::default(), world.store.syncs());
    line.extend(orders.iter().flat_map(|id| life(&world, *id)).collect());
    line.ask(&world.node);
    assert!(poll(&mut Box::pin(line.settle())).is_none(), "nothing is recorded yet");
    assert!(world.steps.step());
    assert_eq!(world.store.syncs(), before + 1);
    assert_eq!(world.take(&mut line), 0);
    assert_eq!((world.store.syncs(), world.reported()), (before + 1, whole(&orders)));
}

#[test]
fn no_more_are_on_the_way_than_one_transaction_takes() {
    let mut world = World::new(false);
    let orders = world.sent(200);
    let (mut line, before) = (Line::default(), world.store.syncs());
    line.extend(orders.iter().flat_map(|id| life(&world, *id)).collect());
    line.ask(&world.node);
    world.write_all();
    assert!(line.is_long());
    assert_eq!((world.store.syncs(), world.reported().len()), (before + 1, 256));
    assert_eq!(world.take(&mut line), 0);
    assert_eq!(world.reported(), whole(&orders));
}

#[test]
fn a_batch_that_fails_is_told_again_in_its_order_none_lost_and_none_twice() {
    let gone = || StoreError::Io { what: "gone".to_owned() };
    for fault in [Fault::Before(gone()), Fault::After(gone()), Fault::Unsynced(gone())] {
        let mut world = World::new(false);
        let orders = world.sent(50);
        let mut line = Line::default();
        line.extend(orders.iter().flat_map(|id| life(&world, *id)).collect());
        line.ask(&world.node);
        let written = !matches!(fault, Fault::Before(_));
        world.store.fail_next(fault);
        assert_eq!(world.take(&mut line), usize::from(!written));
        assert_eq!(world.reported(), whole(&orders));
    }
}

#[test]
fn what_comes_behind_a_batch_that_fails_does_not_overtake_it() {
    let mut world = World::new(false);
    let orders = world.sent(3);
    let mut line = Line::default();
    line.extend(life(&world, orders[0]));
    line.ask(&world.node);
    world.store.fail_next(Fault::Before(StoreError::Full));
    assert!(world.steps.step(), "the first three fail");
    // Asked before anyone has looked at how the first came out.
    line.extend(life(&world, orders[1]));
    line.ask(&world.node);
    world.write_all();
    assert_eq!(world.reported(), []);
    line.extend(life(&world, orders[2]));
    assert_eq!(world.take(&mut line), 1);
    assert_eq!(world.reported(), whole(&orders));
}

#[test]
fn reports_that_are_decided_again_because_the_firm_moved_keep_their_order() {
    let mut world = World::new(false);
    let orders = world.sent(4);
    let (first, _) = world.another();
    drop(world.ask(Command::Engage { level: Level::Firm, resting: Resting::KeepProtective }));
    world.actor = first;
    let mut line = Line::default();
    for id in &orders[..2] {
        line.extend(life(&world, *id));
        line.ask(&world.node);
    }
    assert!(world.steps.step(), "the switch moves the firm under them");
    for id in &orders[2..] {
        line.extend(life(&world, *id));
        line.ask(&world.node);
    }
    assert_eq!(world.take(&mut line), 0);
    assert_eq!(world.reported(), whole(&orders));
}

/// Finding 1 of the hostile reading: after 10147 on a new connection nobody asked for the kill's cancel again.
#[test]
fn a_cancel_that_the_venue_refuses_under_a_switch_is_asked_for_again_and_ever_more_rarely() {
    let mut world = World::new(false);
    let order = world.sent(1)[0];
    let level = Level::Account(world.account);
    drop(world.done(Command::Engage { level, resting: Resting::CancelAll }));
    world.send_all();
    assert_eq!(world.wire.cancelled(), [order]);
    let mut asked = Vec::new();
    for second in 0..600 {
        if world.wire.cancelled().len() > asked.len() {
            asked.push(second);
            world.venue_says(Fact::CancelRejected { id: order, text: "not found".to_owned() });
        }
        world.write_all();
        world.clock.advance_ms(1_000);
        world.node.look_at_the_clock();
        world.write_all();
        world.send_all();
    }
    assert_eq!(asked[..6], [0, 1, 3, 7, 15, 31], "{asked:?}");
    // Once the venue takes it, there is an end.
    world.venue_says(Fact::Ended { id: order, how: Ended::Cancelled, text: String::new() });
    let told = world.wire.cancelled().len();
    for _ in 0..400 {
        world.write_all();
        world.clock.advance_ms(1_000);
        world.node.look_at_the_clock();
        world.send_all();
    }
    assert_eq!(world.wire.cancelled().len(), told);
}

#[test]
fn a_program_whose_cancel_the_venue_refuses_is_told_and_asks_again_itself() {
    let mut world = World::new(false);
    let order = world.sent(1)[0];
    drop(world.done(Command::CancelOrder { id: order }));
    world.venue_says(Fact::CancelRejected { id: order, text: "not found".to_owned() });
    for _ in 0..10 {
        world.write_all();
        world.clock.advance_ms(1_000);
        world.node.look_at_the_clock();
        world.send_all();
    }
    assert_eq!(world.wire.cancelled(), [order]);
}

/// Finding 10: with two accounts upstream the first one's number stood for both, and what was told of the other's orders
/// was dropped.
#[test]
fn a_report_that_names_an_open_order_is_about_it_whatever_account_is_told() {
    for account in ["", "DU0000009"] {
        let mut world = World::new(false);
        let order = world.sent(1)[0];
        let mut line = Line::default();
        line.extend(
            life(&world, order).into_iter().map(|report| Report { account: account.to_owned(), ..report }).collect(),
        );
        world.take(&mut line);
        // A fill moves the account that it is told of, and nobody has that one.
        assert_eq!(world.reported(), [(order, "acknowledged"), (order, "ended")]);
    }
}
