//! A question that states no exposures is answered as one that states that they are nothing.
//!
//! The guard is compiled apart for the plain order; whatever else the question says, it is the same guard.

use crate::world::{amount, buy, quantity};
use kernel::bounds::{Bounds, UNBOUND};
use kernel::given::{Market, Quote, RateQuote, Session};
use kernel::guard::{self, Allowances, Exposures, Question, Replaced};
use kernel::meter::Meter;
use kernel::money::{Amount, Percent, Price, Quantity, Rate};
use kernel::order::{Kind, Side, Terms, Trail};
use kernel::time::Timestamp;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// What would refuse nearly everything is rare, so that the controls behind it are reached.
fn seldom() -> impl Strategy<Value = bool> {
    proptest::bool::weighted(0.1)
}

fn price(units: i64) -> Price {
    Price::from_units(units * 100_000_000)
}

fn kinds() -> impl Strategy<Value = Kind> {
    (0..6u8, 90..111i64, 90..111i64).prop_map(|(which, one, other)| match which {
        0 => Kind::Market,
        1 => Kind::Limit { price: price(one) },
        2 => Kind::Stop { stop_px: price(one) },
        3 => Kind::TrailingStop { trail: Trail::Amount(price(one)), stop_px: None },
        4 => Kind::TrailingStopLimit {
            trail: Trail::Percent(Percent::parse("1").unwrap()),
            stop_px: Some(price(one)),
            offset: price(1),
        },
        _ => Kind::StopLimit { stop_px: price(one), price: price(other) },
    })
}

fn terms() -> impl Strategy<Value = Terms> {
    (any::<bool>(), 1..40i64, kinds(), any::<bool>()).prop_map(|(sells, count, kind, outside_hours)| {
        let side = if sells { Side::Sell } else { Side::Buy };
        let order_qty = Quantity::from_units(count * 100_000_000);
        Terms { side, order_qty, kind, outside_hours, ..buy("1", "100").terms }
    })
}

fn limit() -> impl Strategy<Value = Amount> {
    prop_oneof![4 => Just(Amount::MAX), 1 => Just(amount("0")), 2 => Just(amount("1000")), 2 => Just(amount("2500"))]
}

/// Of a level that states something or, with `OPEN`, nothing.
fn bounds() -> impl Strategy<Value = Bounds> {
    let amounts = (limit(), limit(), limit(), limit());
    let few = || prop_oneof![4 => Just(UNBOUND), 1 => 0..3u32];
    let (counts, rates) = ((few(), few()), (few(), few()));
    let collar = prop_oneof![Just(UNBOUND), Just(0), Just(300u32)];
    let allowed = any::<[bool; 8]>();
    let stated = (amounts, counts, rates, collar, allowed).prop_map(|(amounts, counts, rates, collar_bps, allowed)| {
        let [market, stop, short_sale, outside_hours, close_any, trailing, auction, option_writing] = allowed;
        Bounds {
            bind: true,
            allowances: Allowances {
                market,
                stop,
                short_sale,
                outside_hours,
                close_any,
                trailing,
                auction,
                option_writing,
            },
            order_quantity: if amounts.0 == Amount::MAX { Quantity::MAX } else { quantity("20") },
            order_value: amounts.0,
            day_value: amounts.1,
            open_value: amounts.2,
            approve_above: amounts.3,
            collar_bps,
            day_count: counts.0,
            open_orders: counts.1,
            messages: rates.0,
            orders: rates.1,
            ..Bounds::OPEN
        }
    });
    prop_oneof![1 => Just(Bounds::OPEN), 1 => stated]
}

fn markets() -> impl Strategy<Value = Market> {
    (seldom(), seldom(), seldom(), 0..6usize).prop_map(|(unquoted, unconverted, old, session)| {
        let at = NOW.minus_ms(if old { 5_001 } else { 5_000 });
        Market {
            quote: (!unquoted).then(|| Quote { bid: price(99), ask: price(101), at }),
            rate: (!unconverted).then_some(RateQuote { rate: Rate::ONE, at: NOW }),
            session: if session < 4 { Some(Session::Regular) } else { [None, Some(Session::Closed)][session - 4] },
            figures: None,
        }
    })
}

/// All that a question says but for the meters and the moment.
#[derive(Clone, Debug)]
struct Case {
    terms: Terms,
    limits: Bounds,
    account_limits: Bounds,
    market: Market,
    foreign: bool,
    restricted: bool,
    killed: bool,
    approved: bool,
    observing: bool,
    replaces: Option<Replaced>,
}

fn cases() -> impl Strategy<Value = Case> {
    let said = (terms(), bounds(), bounds(), markets());
    let rare = (seldom(), seldom(), seldom());
    let replaced = (0..3_000i64, 0..3i64).prop_map(|(value, filled)| Replaced {
        value: Amount::from_units(i128::from(value) * 10_000_000_000_000_000),
        filled: Quantity::from_units(filled * 100_000_000),
    });
    (said, rare, any::<(bool, bool)>(), proptest::option::of(replaced)).prop_map(|(said, rare, often, replaces)| {
        let (terms, limits, account_limits, market) = said;
        let ((foreign, restricted, killed), (approved, observing)) = (rare, often);
        Case { terms, limits, account_limits, market, foreign, restricted, killed, approved, observing, replaces }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_exposures_are_exposures_of_nothing(cases in proptest::collection::vec(cases(), 200)) {
        let meter = Meter::default();
        for case in &cases {
            let bare = Question {
                terms: &case.terms,
                limits: &case.limits,
                instrument_allowed: !case.foreign,
                restricted: case.restricted,
                meter: &meter,
                exposures: None,
                account_limits: &case.account_limits,
                account_meter: &meter,
                killed: case.killed,
                ticket: None,
                replaces: case.replaces,
                approved: case.approved,
                closes_parent: false,
                observing: case.observing,
                market: &case.market,
                now: NOW,
            };
            let general = Question { exposures: Some(&Exposures::NONE), ..bare };
            prop_assert_eq!(guard::decide(&bare), guard::decide(&general), "{:?}", case);
        }
    }
}
