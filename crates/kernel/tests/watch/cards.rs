//! The cards: more of a sign never counts less, nothing fragile reaches an alert by itself, and sittings are learned.

use super::{DAY, HOUR, THEN};
use kernel::time::Timestamp;
use kernel::watch::{Asked, BIT, Deed, Flow, Heat, Observation, Signal, Step, Thresholds, Whose, assess, on_each_card};
use proptest::prelude::*;

const BOTH: [Whose; 2] = [Whose::Person, Whose::Program];
const MINUTE: i64 = 60_000;

fn heat(of: &[(Signal, i32)]) -> Heat {
    let mut heat = Heat::default();
    of.iter().for_each(|(signal, bits)| heat.add(Timestamp(THEN), *signal, *bits));
    heat
}

fn assessed(whose: Whose, of: &[(Signal, i32)], pace: i32) -> kernel::watch::Assessed {
    assess(whose, &[&heat(of)], pace, &Thresholds::usual())
}

#[test]
fn nothing_seen_counts_nothing_on_any_card() {
    for whose in BOTH {
        assert!(on_each_card(whose, &Heat::default(), 0).iter().all(|(_, bits)| *bits == 0));
        assert_eq!(assessed(whose, &[], 0).step, None);
    }
}

/// What honest people of other populations may do often is bounded, whatever the made ones said.
#[test]
fn by_itself_a_signal_is_not_told_but_for_those_that_hardly_anybody_honest_shows() {
    for whose in BOTH {
        for signal in Signal::ALL {
            let most = match signal {
                Signal::SecretElsewhere => 22 * BIT,
                Signal::FailedSignIns => 20 * BIT,
                Signal::AskedAgain | Signal::ManyPrograms => 12 * BIT,
                _other => 9 * BIT,
            };
            let bits = assessed(whose, &[(signal, 100 * BIT)], 0).bits;
            let told = Thresholds::usual().notify;
            assert!(most < told || most >= 12 * BIT);
            assert!(bits <= most, "{whose:?} {signal:?} {bits}");
        }
    }
}

/// No name is given twice, and each card has something that reaches an alert.
#[test]
fn each_card_can_tell() {
    for whose in BOTH {
        let all: Vec<(Signal, i32)> = Signal::ALL.into_iter().map(|signal| (signal, 100 * BIT)).collect();
        let names = on_each_card(whose, &heat(&all), 0);
        assert!(names.iter().all(|(_, bits)| *bits >= Thresholds::usual().notify), "{names:?}");
        let known: std::collections::BTreeSet<_> = names.iter().map(|(name, _)| name).collect();
        assert_eq!(known.len(), names.len());
    }
}

#[test]
fn the_right_secret_elsewhere_takes_the_credential_however_busy_it_is() {
    for pace in [0, 4 * BIT, 400 * BIT] {
        let alone = assessed(Whose::Program, &[(Signal::SecretElsewhere, 20 * BIT)], pace);
        assert_eq!(alone.step, Some(Step::Kill), "{alone:?}");
    }
    let knocked = assessed(Whose::Program, &[(Signal::CredentialRefused, 100 * BIT)], 0);
    assert_eq!(knocked.step, None, "wrong secrets alone never do");
}

/// Of whom little is known, everything is new; somebody who is known is judged as ever.
#[test]
fn the_same_counts_less_in_the_first_days_and_never_more() {
    for whose in BOTH {
        for signal in Signal::ALL {
            let heat = heat(&[(signal, 8 * BIT)]);
            let bits = |days| assess(whose, &[&heat], 0, &Thresholds::usual().known_for(days)).bits;
            assert!((0..20).all(|days| bits(days) <= bits(days + 1)), "{signal:?}");
            assert_eq!(bits(10), assess(whose, &[&heat], 0, &Thresholds::usual()).bits);
        }
    }
    let bought = heat(&[(Signal::OneInstrument, 8 * BIT)]);
    let bits = |days| assess(Whose::Person, &[&bought], 0, &Thresholds::usual().known_for(days)).bits;
    assert!(bits(3) < bits(7) && bits(7) < bits(10), "{} {} {}", bits(3), bits(7), bits(10));
}

/// What is told of first is what counts most on the card, with how rare it is.
#[test]
fn an_alert_lists_what_counts_the_heaviest_first() {
    let seen = [(Signal::OddHour, 6 * BIT), (Signal::NewDevice, 5 * BIT), (Signal::AskedAgain, 4 * BIT)];
    let assessed = assessed(Whose::Person, &seen, 0);
    assert_eq!(assessed.step, Some(Step::StepUp), "{assessed:?}");
    let signals: Vec<Signal> = assessed.seen.iter().map(|(signal, _)| *signal).collect();
    assert_eq!(signals, [Signal::AskedAgain, Signal::NewDevice, Signal::OddHour]);
    assert!(seen.iter().all(|one| assessed.seen.contains(one)), "{assessed:?}");
}

fn put(flow: &mut Flow, at: i64, instrument: u64, refused: bool) {
    let refused = refused.then_some(Asked(instrument));
    let deed = Deed::Ordered { instrument, value: Some(1_000), reduces: false, refused };
    flow.observe(&Observation { at: Timestamp(THEN + at), deed });
}

/// Every third day an order in each of so many instruments, a few minutes apart.
fn every_third_day(orders: u64) -> Flow {
    let mut flow = Flow::by_hand();
    for n in 0..60 {
        for order in 0..orders {
            put(&mut flow, n * 3 * DAY + i64::try_from(order).unwrap() * 5 * MINUTE, order, false);
        }
    }
    flow
}

#[test]
fn many_orders_in_one_sitting_count_for_who_never_gives_many() {
    let bits = |usual: u64| {
        let mut flow = every_third_day(usual);
        for n in 0..6 {
            put(&mut flow, 180 * DAY + n * 5 * MINUTE, u64::try_from(n).unwrap() % usual, false);
        }
        flow.heat.of(Signal::OrderSitting)
    };
    assert!(bits(1) > 8 * BIT, "{}", bits(1));
    assert!(bits(6) < 2 * BIT, "{}", bits(6));
}

/// Orders hours apart are no sitting.
#[test]
fn a_sitting_ends_an_hour_after_its_last_order() {
    let mut flow = every_third_day(1);
    for n in 0..6 {
        put(&mut flow, 180 * DAY + n * 2 * HOUR, 0, false);
    }
    assert_eq!(flow.heat.of(Signal::OrderSitting), 0);
}

#[test]
fn a_sitting_in_what_was_never_ordered_counts_for_who_orders_the_same() {
    let bits = |instrument: u64| {
        let mut flow = every_third_day(2);
        for n in 0..4 {
            put(&mut flow, 180 * DAY + n * 5 * MINUTE, instrument, false);
        }
        flow.heat.of(Signal::FreshOrders)
    };
    assert!(bits(900) > 8 * BIT, "{}", bits(900));
    assert_eq!(bits(1), 0);
}

#[test]
fn something_new_day_after_day_counts_more_than_once() {
    let bits = |days: i64| {
        let mut flow = every_third_day(2);
        for day in 0..days {
            put(&mut flow, (180 + day) * DAY, 900 + u64::try_from(day).unwrap(), false);
        }
        flow.heat.of(Signal::NewDays)
    };
    assert!(bits(1) > 0 && bits(5) > bits(1) + 8 * BIT, "{} {}", bits(1), bits(5));
}

#[test]
fn a_refusal_counts_more_where_what_it_refuses_is_new() {
    let (mut known, mut new) = (every_third_day(2), every_third_day(2));
    put(&mut known, 180 * DAY, 1, true);
    put(&mut new, 180 * DAY, 900, true);
    assert_eq!(known.heat.of(Signal::NewRefused), 0);
    assert_eq!(new.heat.of(Signal::NewRefused), 4 * BIT);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A card is no black box that more evidence could calm: whatever else was seen, more of a sign counts no less, and
    /// whoever does more is judged no harder.
    #[test]
    fn more_of_a_sign_never_counts_less(
        bits in proptest::collection::vec((0usize..Signal::ALL.len(), 0i32..400), 0..12),
        (more, by) in (0usize..Signal::ALL.len(), 0i32..400),
        pace in 0i32..200,
        busier in 0i32..100,
    ) {
        let seen: Vec<(Signal, i32)> = bits.iter().map(|(n, bits)| (Signal::ALL[*n], *bits)).collect();
        let mut further = seen.clone();
        further.push((Signal::ALL[more], by));
        for whose in BOTH {
            let before = on_each_card(whose, &heat(&seen), pace);
            for ((name, less), (_, then)) in before.into_iter().zip(on_each_card(whose, &heat(&further), pace)) {
                prop_assert!(then >= less, "{name}: {less} {then}");
            }
            let calm = on_each_card(whose, &heat(&seen), pace + busier);
            for ((name, busy), (_, then)) in calm.into_iter().zip(on_each_card(whose, &heat(&seen), pace)) {
                prop_assert!(then >= busy, "{name}: {then} {busy}");
            }
        }
    }
}
