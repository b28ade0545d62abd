//! A program is told how each of its orders ends, however many have ended that day.

use crate::world::World;
use kernel::command::Report;
use kernel::event::Event;
use kernel::id::OrderId;
use kernel::money::{Amount, Currency, Price, Quantity};
use kernel::order::Side;
use kernel::working::{Commission, Ended, Event as OrderEvent, Execution, Order};
use service::Hearing;

const A_BUSY_DAY: usize = 10_001;
const AT_ONCE: usize = 500;

impl World {
    pub fn fill(&mut self, order: Option<OrderId>, exec_id: &str) {
        let execution = Execution {
            exec_id: exec_id.to_owned(),
            order,
            account: self.account,
            contract_id: 1,
            side: Side::Buy,
            quantity: Quantity::parse("1").unwrap(),
            price: Price::parse("90").unwrap(),
            at: self.actor.now(),
        };
        self.venue_says(Report::Filled(execution));
    }

    fn charge(&mut self, exec_id: &str) {
        let (amount, currency) = (Amount::parse("1").unwrap(), Currency::parse("USD").unwrap());
        self.venue_says(Report::Commissioned(Commission {
            exec_id: exec_id.to_owned(),
            amount,
            currency,
            realized: None,
        }));
    }

    /// Orders end, and fills come that are nobody's; the end of the last order is not written yet.
    fn end_a_busy_day(&mut self) -> OrderId {
        for round in 0..A_BUSY_DAY.div_ceil(AT_ONCE) {
            let many = AT_ONCE.min(A_BUSY_DAY - round * AT_ONCE);
            let placed: Vec<_> = (0..many).map(|_| self.place("1")).collect();
            self.write_all();
            placed.into_iter().for_each(|mut answer| drop(answer.try_recv().unwrap().unwrap()));
            self.send_all();
            let open = self.open();
            self.clock.advance_ms(30_000);
            for id in &open {
                self.fill(None, &id.to_string());
            }
            self.write_all();
            for id in open {
                self.venue_says(Report::Ended { id, how: Ended::Cancelled, text: String::new() });
                if many < AT_ONCE {
                    return id;
                }
            }
            self.write_all();
        }
        panic!("the day has no end")
    }
}

fn told(notices: &mut Hearing) -> Vec<(OrderEvent, Option<Order>)> {
    let mut told = Vec::new();
    while let Some(Ok(notice)) = notices.try_recv() {
        if let Event::Order(event) = &notice.recorded.event {
            told.push((event.clone(), notice.order.clone()));
        }
    }
    told
}

#[test]
fn after_a_busy_day_programs_are_still_told_how_their_orders_end() {
    let mut world = World::new(false);
    let before = world.credential;
    let cancelled = world.end_a_busy_day();
    let mut notices = world.actor.subscribe();
    world.write_all();
    let [(OrderEvent::Ended { id, .. }, Some(order))] = &told(&mut notices)[..] else { panic!("the end is not told") };
    assert_eq!((*id, order.id, order.credential), (cancelled, cancelled, before));
    // One more, filled whole and charged for.
    drop(world.place("1"));
    world.write_all();
    let id = world.open()[0];
    world.fill(Some(id), "the last");
    world.charge("the last");
    world.write_all();
    let told = told(&mut notices);
    let [(OrderEvent::Admitted { .. }, Some(_)), (OrderEvent::Filled { .. }, Some(filled)), charged] = &told[..] else {
        panic!("{told:?}")
    };
    let (OrderEvent::Commissioned { commission }, Some(charged)) = charged else { panic!("{charged:?}") };
    assert_eq!((filled.id, filled.filled, charged.id), (id, Quantity::parse("1").unwrap(), id));
    assert_eq!(commission.exec_id, "the last");
}

#[test]
fn the_record_of_a_busy_day_is_bounded_and_keeps_what_is_new() {
    let mut world = World::new(false);
    let cancelled = world.end_a_busy_day();
    world.write_all();
    world.actor.read(|state| {
        let day = &state.book.day;
        assert!((9_000..=10_000).contains(&day.ended.len()) && (9_000..=10_000).contains(&day.executions.len()));
        assert_eq!(day.ended.last().map(|(order, how)| (order.id, *how)), Some((cancelled, Ended::Cancelled)));
    });
    // A fill that comes after all still finds whose it is.
    world.fill(Some(cancelled), "late");
    world.write_all();
    world.actor.read(|state| {
        let late = state.book.day.executions.last().unwrap();
        assert_eq!(late.order.as_ref().map(|order| order.credential), Some(world.credential));
        assert_eq!(state.book.position(world.account, 1, world.credential).0, Quantity::parse("1").unwrap());
    });
}
