//! The detector by itself: bounded, deterministic, and no step harder than its evidence allows.

mod cards;
mod hand;

use kernel::time::Timestamp;
use kernel::watch::{
    Asked, BIT, Class, Deed, Flow, Heat, Observation, Person, Place, Signal, Step, Telling, Thresholds, Told, Whose,
    assess,
};
use proptest::prelude::*;

const THEN: i64 = 1_790_000_000_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn place(network: u64) -> Place {
    Place { network: Some(network), country: Some(u16::try_from(network % 3).unwrap()) }
}

fn see(person: &mut Person, at: i64, deed: Deed) {
    person.observe(&Observation { at: Timestamp(THEN + at), deed });
}

fn signed_in(network: u64, session: u64) -> Deed {
    Deed::SignedIn { place: place(network), device: 1, session, resistant: true, shared: false }
}

/// Sixty evenings at home.
fn settled() -> Person {
    let mut person = Person::default();
    for day in 0..60 {
        see(&mut person, day * DAY, signed_in(3, u64::try_from(day).unwrap()));
    }
    person
}

fn bits(heats: &[&Heat]) -> i32 {
    assess(Whose::Person, heats, 0, &Thresholds::usual()).bits
}

#[test]
fn what_is_usual_is_worth_nothing_and_what_never_was_is_worth_much() {
    let mut person = settled();
    see(&mut person, 60 * DAY, signed_in(3, 100));
    assert_eq!(bits(&[&person.heat]), 0);
    see(&mut person, 61 * DAY, Deed::DeviceBound { place: place(4), device: 2 });
    let strange = Deed::SignedIn { place: place(4), device: 2, session: 101, resistant: false, shared: false };
    see(&mut person, 61 * DAY + 60_000, strange);
    let assessed = assess(Whose::Person, &[&person.heat], 0, &Thresholds::usual());
    assert!(assessed.step >= Some(Step::Notify), "{assessed:?}");
    let seen: Vec<Signal> = assessed.seen.iter().map(|(signal, _)| *signal).collect();
    assert!(seen.contains(&Signal::NewDevice) && seen.contains(&Signal::WeakerAuthenticator), "{seen:?}");
    // Evidence fades.
    person.heat.fade(Timestamp(THEN + 80 * DAY));
    assert_eq!(bits(&[&person.heat]), 0);
}

#[test]
fn a_session_used_from_two_networks_in_turn_is_told() {
    let mut person = settled();
    see(&mut person, 60 * DAY, signed_in(3, 100));
    for n in 1..6 {
        let network = if n % 2 == 0 { 3 } else { 6 };
        see(&mut person, 60 * DAY + n * 60_000, Deed::InUse { place: place(network), session: 100 });
    }
    assert!(person.heat.of(Signal::TwoNetworks) > 0);
    assert!(assess(Whose::Person, &[&person.heat], 0, &Thresholds::usual()).step.is_some());
}

#[test]
fn strangers_who_try_passwords_are_told_and_the_owners_own_slips_are_not() {
    let failed = |network, known| Deed::Failed { place: place(network), known, second: false };
    let (mut strangers, mut own) = (settled(), settled());
    for n in 0..3 {
        see(&mut strangers, 60 * DAY + n * HOUR, failed(100 + u64::try_from(n).unwrap(), false));
        see(&mut own, 60 * DAY + n * HOUR, failed(3, true));
    }
    let step = |person: &Person| assess(Whose::Person, &[&person.heat], 0, &Thresholds::usual()).step;
    assert!(step(&strangers).is_some());
    assert_eq!(step(&own), None);
}

#[test]
fn orders_far_above_the_usual_size_and_rate_are_told() {
    let ordered = |instrument, value| Deed::Ordered { instrument, value: Some(value), reduces: false, refused: None };
    let mut flow = Flow::default();
    for day in 0..60 {
        for n in 0..4u64 {
            let at = Timestamp(THEN + day * DAY + i64::try_from(n).unwrap() * 60_000);
            flow.observe(&Observation { at, deed: ordered(n, 1_000 + n * 100) });
        }
    }
    assert_eq!(assess(Whose::Program, &[&flow.heat], flow.pace.bits(), &Thresholds::usual()).step, None);
    for n in 0..30 {
        let at = Timestamp(THEN + 60 * DAY + n * 10_000);
        flow.observe(&Observation { at, deed: ordered(77, 50_000) });
    }
    let assessed = assess(Whose::Program, &[&flow.heat], flow.pace.bits(), &Thresholds::usual());
    assert!(assessed.step.is_some(), "{assessed:?}");
    assert!(flow.heat.of(Signal::OrderSize) > 0 && flow.heat.of(Signal::OrderRate) > 0);
}

#[test]
fn an_alert_is_told_once_again_only_when_it_rises_and_anew_after_a_week() {
    let mut told = Told::default();
    let at = |days: i64| Timestamp(THEN + days * DAY);
    assert_eq!(told.tell(None, at(0)), None);
    assert_eq!(told.tell(Some(Step::Notify), at(0)), Some(Telling::Opens(Step::Notify)));
    assert_eq!(told.tell(Some(Step::Notify), at(1)), None);
    assert_eq!(told.tell(Some(Step::ReduceOnly), at(2)), Some(Telling::Rises(Step::ReduceOnly)));
    assert_eq!(told.tell(Some(Step::StepUp), at(3)), None);
    assert_eq!(told.tell(Some(Step::Notify), at(7)), Some(Telling::Opens(Step::Notify)));
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let place = || {
        (proptest::option::of(any::<u64>()), proptest::option::of(any::<u16>()))
            .prop_map(|(network, country)| Place { network, country })
    };
    let keys = || 0u64..6;
    prop_oneof![
        (place(), any::<bool>(), any::<bool>()).prop_map(|(place, known, second)| Deed::Failed {
            place,
            known,
            second
        }),
        (place(), keys(), keys(), any::<bool>(), any::<bool>()).prop_map(
            |(place, device, session, resistant, shared)| Deed::SignedIn { place, device, session, resistant, shared }
        ),
        (place(), keys()).prop_map(|(place, session)| Deed::InUse { place, session }),
        (place(), keys()).prop_map(|(place, device)| Deed::DeviceBound { place, device }),
        keys().prop_map(|session| Deed::Widened { session }),
        place().prop_map(|place| Deed::Asked { place }),
        (place(), keys()).prop_map(|(place, client)| Deed::Connected { place, client }),
        place().prop_map(|place| Deed::ConnectRefused { place }),
        (any::<u64>(), proptest::option::of(any::<u64>()), any::<bool>(), proptest::option::of(keys())).prop_map(
            |(instrument, value, reduces, refused)| Deed::Ordered {
                instrument,
                value,
                reduces,
                refused: refused.map(Asked)
            }
        ),
        keys().prop_map(|asked| Deed::Rejected { asked: Asked(asked) }),
        Just(Deed::SecretElsewhere),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is seen, in whatever order of times: nothing overflows, a signal never counts more than its cap, the
    /// memory is bounded, and the same observations give the same.
    #[test]
    fn whatever_is_seen_is_counted_within_its_bounds(
        deeds in proptest::collection::vec((any::<i64>(), any_deed()), 1..300),
    ) {
        let (mut person, mut flow) = (Person::default(), Flow::by_hand());
        for (at, deed) in &deeds {
            let seen = Observation { at: Timestamp(*at), deed: *deed };
            person.observe(&seen);
            flow.observe(&seen);
            for signal in Signal::ALL {
                prop_assert!((0..=signal.cap()).contains(&person.heat.of(signal)));
                prop_assert!((0..=signal.cap()).contains(&flow.heat.of(signal)));
            }
        }
        prop_assert!(person.bytes() <= Person::MOST_BYTES && flow.bytes() <= Flow::MOST_BYTES);
        let (mut again, mut flow_again) = (Person::default(), Flow::by_hand());
        for (at, deed) in &deeds {
            let seen = Observation { at: Timestamp(*at), deed: *deed };
            again.observe(&seen);
            flow_again.observe(&seen);
        }
        prop_assert_eq!((again, flow_again), (person, flow));
    }

    /// Signs of who is there ask for a proof at most; what is done takes risk away at most; only what was seen of a
    /// secret itself takes the credential.
    #[test]
    fn no_step_is_harder_than_its_evidence_allows(
        bits in proptest::collection::vec((0usize..Signal::ALL.len(), 0i32..400), 0..30),
        pace in 0i32..400,
    ) {
        let mut heat = Heat::default();
        for (signal, bits) in &bits {
            heat.add(Timestamp(THEN), Signal::ALL[*signal], *bits);
        }
        for whose in [Whose::Person, Whose::Program] {
        let assessed = assess(whose, &[&heat], pace, &Thresholds::usual());
        let has = |class| assessed.seen.iter().any(|(signal, _)| signal.class() == class);
        if assessed.step == Some(Step::Kill) {
            prop_assert!(has(Class::Possession));
        }
        if assessed.step == Some(Step::ReduceOnly) {
            prop_assert!(has(Class::Conduct) || has(Class::Possession));
        }
        prop_assert_eq!(assessed.step.is_some(), assessed.bits >= Thresholds::usual().notify);
        }
        prop_assert!(Thresholds::usual().notify > 8 * BIT);
    }
}
