//! The guard allocates nothing, whatever it answers: every order of every program waits for it.
//!
//! A binary of its own, because a global allocator is for a whole binary.
#![allow(unsafe_code, clippy::unwrap_used)]

use kernel::bounds::Bounds;
use kernel::given::{Market, Quote, RateQuote, Session};
use kernel::guard::{self, Exposures, Question, Refusal, Verdict};
use kernel::id::AccountId;
use kernel::instrument::{AssetClass, Instrument};
use kernel::meter::{Likeness, Meter, Pace};
use kernel::money::{Amount, Currency, Price, Quantity, Rate};
use kernel::order::{Kind, Side, Terms, TimeInForce};
use kernel::time::Timestamp;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations<T>(run: impl FnOnce() -> T) -> (usize, T) {
    let before = COUNT.with(Cell::get);
    let result = run();
    (COUNT.with(Cell::get) - before, result)
}

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn terms(quantity: &str) -> Terms {
    Terms {
        account: AccountId::new(1, 1),
        instrument: Instrument {
            contract_id: 1,
            symbol: "AAPL".into(),
            class: AssetClass::Stock,
            currency: Currency::parse("USD").unwrap(),
            derivative: None,
        },
        side: Side::Buy,
        order_qty: Quantity::parse(quantity).unwrap(),
        kind: Kind::Limit { price: Price::parse("100").unwrap() },
        time_in_force: TimeInForce::Day,
        outside_hours: false,
        label: "a label that is long enough to live on the heap".into(),
        ties: kernel::ties::Ties::default(),
    }
}

/// A meter that has seen a thousand orders and as many fills.
fn used() -> Meter {
    let mut meter = Meter::default();
    let pace =
        Pace { messages: 1_000, orders: 1_000, repeated_fills: 5_000, account_messages: None, account_orders: None };
    for n in 0..1_000 {
        let mut other = terms("1");
        other.order_qty = Quantity::from_units(n + 1);
        meter.take(NOW, other.account, &pace, true);
        meter.remember(NOW, Likeness::of(&other));
        meter.charge(NOW, Amount::from_units(1), 1);
        meter.filled(NOW, 1, Side::Buy, pace.repeated_fills);
    }
    meter
}

fn ask(terms: &Terms, meter: &Meter) -> (usize, Result<Verdict, Refusal>) {
    let limits = Bounds {
        order_value: Amount::parse("25000").unwrap(),
        day_value: Amount::parse("250000").unwrap(),
        day_count: 10_000,
        messages: 5_000,
        orders: 5_000,
        approve_above: Amount::parse("10000").unwrap(),
        ..Bounds::OPEN
    };
    let price = Price::parse("100").unwrap();
    let market = Market {
        quote: Some(Quote { bid: price, ask: price, at: NOW }),
        rate: Some(RateQuote { rate: Rate::ONE, at: NOW }),
        session: Some(Session::Regular),
        figures: None,
    };
    let question = Question {
        terms,
        limits: &limits,
        instrument_allowed: true,
        restricted: false,
        meter,
        exposures: Some(&Exposures::NONE),
        account_limits: &Bounds::OPEN,
        account_meter: &Meter::default(),
        killed: false,
        ticket: None,
        replaces: None,
        approved: false,
        closes_parent: false,
        observing: false,
        market: &market,
        now: NOW,
    };
    allocations(|| guard::decide(&question))
}

#[test]
fn the_count_counts() {
    let (count, kept) = allocations(|| Box::new(1));
    assert_eq!((count, *kept), (1, 1));
}

#[test]
fn the_guard_allocates_nothing_when_it_admits_holds_or_refuses() {
    let meter = used();
    let (admitting, admitted) = ask(&terms("99"), &meter);
    assert!(matches!(admitted, Ok(Verdict::Admit(_))), "{admitted:?}");
    let (holding, held) = ask(&terms("101"), &meter);
    assert!(matches!(held, Ok(Verdict::Hold(_))), "{held:?}");
    let (refusing, refused) = ask(&terms("251"), &meter);
    assert!(matches!(refused, Err(Refusal::OrderValue { .. })), "{refused:?}");
    let (repeating, repeated) = ask(&terms("0.00000999"), &meter);
    assert_eq!(repeated, Err(Refusal::Duplicate));
    assert_eq!([admitting, holding, refusing, repeating], [0; 4]);
}
