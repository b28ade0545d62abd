//! A customer with one account and one trading credential, made through the kernel's own events.

use kernel::actor::Actor;
use kernel::api_credential::Dormancy;
use kernel::command::{Command, NewCredential, Report};
use kernel::decide::decide;
use kernel::event::{Recorded, VERSION};
use kernel::given::{Given, Market, Quote, RateQuote, Session};
use kernel::guard::{Allowances, Limits};
use kernel::id::{AccountId, CorrelationId, CustomerId};
use kernel::instrument::{AssetClass, Instrument, Selector};
use kernel::money::{Amount, Currency, Price, Quantity, Rate};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce};
use kernel::scope::{Scope, Scopes};
use kernel::state::{State, apply};
use kernel::time::Timestamp;
use kernel::working::Execution;

pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub fn market(now: Timestamp) -> Market {
    let price = |text| Price::parse(text).unwrap();
    Market {
        quote: Some(Quote { bid: price("99.99"), ask: price("100.01"), at: now }),
        rate: Some(RateQuote { rate: Rate::ONE, at: now }),
        session: Some(Session::Regular),
        figures: None,
    }
}

pub fn given(number: u128) -> Given {
    let dice = [number, number.wrapping_mul(3)];
    Given { now: NOW, dice, correlation: CorrelationId::new(NOW.0, number), market: market(NOW), venue_lost: false }
}

pub fn credential(account: AccountId, limit: &str) -> NewCredential {
    let amount = |text: &str| Some(Amount::parse(text).unwrap());
    NewCredential {
        name: "bot".to_owned(),
        scopes: Scopes::of(&Scope::ALL),
        accounts: vec![account],
        instruments: vec![Selector::Class(AssetClass::Stock)],
        port: 4_100,
        peer_uid: 0,
        secret: None,
        expires_at: Some(NOW.plus_ms(80 * 86_400_000)),
        dormancy: Dormancy::default(),
        limits: Limits {
            order_value: amount(limit),
            day_value: amount("100000000000"),
            day_count: Some(u32::MAX),
            open_orders: Some(u32::MAX),
            messages_per_second: Some(1_000_000),
            orders_per_second: Some(1_000_000),
            repeated_fills: Some(u32::MAX),
            ..Limits::default()
        },
        allowances: Allowances::default(),
        cancel_on_disconnect: false,
        observe: false,
    }
}

pub fn state(number: u128) -> State {
    let mut state = State::default();
    let mut run = |command: Command| {
        let given = given(number);
        let events = decide(&state, &Actor::House, &command, &given).unwrap();
        for event in events {
            let correlation = given.correlation;
            apply(&mut state, &Recorded { at: NOW, actor: Actor::House, correlation, event, v: VERSION });
        }
        state.customer.accounts.first().map(|account| account.id)
    };
    run(Command::OpenCustomer { id: CustomerId::new(NOW.0, number), name: "c".to_owned() });
    let base_currency = Currency::parse("USD").unwrap();
    let account = run(Command::OpenAccount { number: "DU0000001".to_owned(), base_currency, live: false }).unwrap();
    run(Command::CreateCredential(credential(account, "25000")));
    state
}

/// One that has traded: a position, an order that rests, meters that were used.
pub fn trading(number: u128) -> State {
    let mut state = state(number);
    let credential = state.customer.credentials.first().unwrap().id;
    let account = state.customer.accounts.first().unwrap().id;
    let mut run = |actor: Actor, command: Command, dice: u128| {
        let given = Given { now: NOW.minus_ms(10_000), market: market(NOW.minus_ms(10_000)), ..given(dice) };
        for event in decide(&state, &actor, &command, &given).unwrap() {
            let (at, correlation) = (given.now, given.correlation);
            apply(&mut state, &Recorded { at, actor, correlation, event, v: VERSION });
        }
        state.book.orders.keys().next_back().copied()
    };
    let place = |order_id: i32, price: &str| Command::Place {
        client_ref: ClientRef { client_id: 1, order_id },
        terms: terms(account, price),
    };
    let filled = run(Actor::Credential(credential), place(1, "100"), number + 1).unwrap();
    let fill = Execution {
        exec_id: "1".to_owned(),
        order: Some(filled),
        account,
        contract_id: 1,
        side: Side::Buy,
        quantity: Quantity::parse("1").unwrap(),
        price: Price::parse("100").unwrap(),
        at: NOW,
    };
    run(Actor::Venue, Command::Report(Report::Filled(fill)), number + 2);
    run(Actor::Credential(credential), place(2, "99"), number + 3).unwrap();
    assert_eq!((state.book.orders.len(), state.book.positions.len()), (1, 1));
    state
}

pub fn terms(account: AccountId, price: &str) -> Terms {
    Terms {
        account,
        instrument: Instrument {
            contract_id: 1,
            symbol: "X".to_owned(),
            class: AssetClass::Stock,
            currency: Currency::parse("USD").unwrap(),
            derivative: None,
        },
        side: Side::Buy,
        order_qty: Quantity::parse("1").unwrap(),
        kind: Kind::Limit { price: Price::parse(price).unwrap() },
        time_in_force: TimeInForce::Day,
        outside_hours: false,
        label: String::new(),
        ties: kernel::ties::Ties::default(),
    }
}
