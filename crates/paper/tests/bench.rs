//! Bench: a broker under test, which records its events and moves its own clock.

use paper::{Broker, Command, Event, Given, Hours, Kind, Market, Order, Side, Tif, apply, decide};
use rust_decimal::Decimal;

/// A Tuesday, 14:13:20 UTC, 09:13:20 in New York.
pub const START: i64 = 1_795_529_600_000;
pub const AAPL: u32 = 265_598;
pub const EUR_USD: u32 = 9_000_101;

pub struct Bench {
    pub broker: Broker,
    pub given: Given<'static>,
    pub events: Vec<Event>,
}

impl Bench {
    /// A broker with the account DU1 in dollars and nothing in it.
    pub fn empty() -> Self {
        let mut bench = Bench {
            broker: Broker::new(),
            given: Given { now_ms: START, market: Market::Computed(1), hours: Hours::AroundTheClock },
            events: Vec::new(),
        };
        bench.send(&Command::OpenAccount { number: "DU1".to_owned(), base_currency: "USD".to_owned() });
        bench
    }

    /// The same with a million dollars.
    pub fn funded() -> Self {
        let mut bench = Bench::empty();
        bench.deposit("USD", "1000000");
        bench
    }

    pub fn deposit(&mut self, currency: &str, amount: &str) -> Vec<Event> {
        self.send(&Command::Deposit {
            account: "DU1".to_owned(),
            currency: currency.to_owned(),
            amount: number(amount),
        })
    }

    pub fn send(&mut self, command: &Command) -> Vec<Event> {
        let events = decide(&self.broker, command, &self.given);
        for event in &events {
            apply(&mut self.broker, event);
        }
        self.events.extend(events.iter().cloned());
        events
    }

    pub fn submit(&mut self, order: &Order) -> Vec<Event> {
        self.send(&Command::Submit(order.clone()))
    }

    pub fn cancel(&mut self, reference: &str) -> Vec<Event> {
        self.send(&Command::Cancel { reference: reference.to_owned() })
    }

    pub fn replace(&mut self, order: &Order) -> Vec<Event> {
        self.send(&Command::Replace { reference: order.reference.clone(), order: order.clone() })
    }

    /// Lets time pass and ticks once.
    pub fn after(&mut self, ms: i64) -> Vec<Event> {
        self.given.now_ms += ms;
        self.send(&Command::Tick)
    }

    pub fn touch(&self, con_id: u32) -> paper::Touch {
        let instrument = paper::instrument::by_id(con_id).unwrap();
        self.given.market.mark(instrument, self.given.now_ms)
    }
}

pub fn order(reference: &str, side: Side, quantity: i64, kind: Kind) -> Order {
    Order {
        reference: reference.to_owned(),
        account: "DU1".to_owned(),
        con_id: AAPL,
        side,
        quantity: quantity.into(),
        kind,
        tif: Tif::Gtc,
        label: String::new(),
        outside_hours: false,
        parent: None,
        parked: false,
        group: None,
    }
}

pub fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}
