//! What a person and a program seldom do, beside what each of them usually does.

use super::{DAY, HOUR, THEN, place, see, settled, signed_in};
use kernel::time::Timestamp;
use kernel::watch::{Asked, Deed, Flow, Observation, Person, Place, Signal, Step, Thresholds, Whose, assess};

const MINUTE: i64 = 60_000;

fn bought(instrument: u64) -> Deed {
    Deed::Ordered { instrument, value: Some(1_000), reduces: false, refused: None }
}

fn refused(instrument: u64, asked: u64) -> Deed {
    Deed::Ordered { instrument, value: Some(1_000), reduces: false, refused: Some(Asked(asked)) }
}

fn put(flow: &mut Flow, at: i64, deed: Deed) {
    flow.observe(&Observation { at: Timestamp(THEN + at), deed });
}

/// One order a week, in one of three instruments, for half a year.
fn seldom() -> Flow {
    let mut flow = Flow::by_hand();
    for week in 0..26 {
        put(&mut flow, week * 7 * DAY, bought(u64::try_from(week).unwrap() % 3));
    }
    flow
}

/// Four orders a day in twenty instruments, for two months.
fn often() -> Flow {
    let mut flow = Flow::by_hand();
    for n in 0..240 {
        put(&mut flow, n / 4 * DAY + n % 4 * HOUR, bought(u64::try_from(n * 7).unwrap() % 20));
    }
    flow
}

#[test]
fn who_seldom_trades_and_buys_one_new_thing_again_and_again_is_told() {
    let mut flow = seldom();
    for n in 0..6 {
        put(&mut flow, 26 * 7 * DAY + n * MINUTE, bought(900));
    }
    for signal in [Signal::SeldomTrades, Signal::OneInstrument, Signal::OrderRate, Signal::OrderSpell] {
        assert!(flow.heat.of(signal) > 0, "{signal:?}");
    }
    assert!(assess(Whose::Person, &[&flow.heat], flow.pace.bits(), &Thresholds::usual()).step.is_some());
}

#[test]
fn the_same_orders_are_no_sign_of_who_does_so_every_day() {
    let mut flow = often();
    for n in 0..4 {
        put(&mut flow, 60 * DAY + n * HOUR, bought(u64::try_from(n).unwrap()));
    }
    for signal in [Signal::SeldomTrades, Signal::OneInstrument, Signal::OrderRate, Signal::OrderSpell] {
        assert_eq!(flow.heat.of(signal), 0, "{signal:?}");
    }
}

#[test]
fn a_spell_of_orders_counts_though_no_day_of_it_is_much() {
    let mut flow = seldom();
    for day in 0..9 {
        put(&mut flow, (26 * 7 + day) * DAY, bought(u64::try_from(day).unwrap() % 3));
    }
    assert_eq!(flow.heat.of(Signal::OrderRate), 0);
    assert!(flow.heat.of(Signal::OrderSpell) > 0);
}

#[test]
fn refusals_count_by_how_rare_they_are_among_the_orders() {
    let mut flow = often();
    for n in 0..4 {
        put(&mut flow, 60 * DAY + n * HOUR, refused(u64::try_from(n).unwrap(), u64::try_from(n).unwrap()));
    }
    assert!(flow.heat.of(Signal::RefusedOften) > 0);
    assert_eq!(flow.heat.of(Signal::SameRefused), 0);
}

#[test]
fn a_new_device_where_the_user_always_was_counts_less_than_one_elsewhere_and_least_with_their_passkey() {
    let bits = |network, resistant| {
        let mut person = settled();
        see(&mut person, 60 * DAY, Deed::DeviceBound { place: place(network), device: 2 });
        let there = Deed::SignedIn { place: place(network), device: 2, session: 100, resistant, shared: false };
        see(&mut person, 60 * DAY + MINUTE, there);
        person.heat.of(Signal::NewDevice)
    };
    let (home, elsewhere, shown) = (bits(3, false), bits(6, false), bits(6, true));
    assert!(0 < home && home < elsewhere && shown < home, "{home} {elsewhere} {shown}");
}

/// Sixty days of a device whose sessions all move, or none does, and then one that moves to where nobody was.
#[test]
fn a_session_that_moves_counts_by_how_often_this_device_moves() {
    let bits = |moves: bool| {
        let mut person = Person::default();
        for day in 0..60 {
            let session = u64::try_from(day).unwrap();
            see(&mut person, day * DAY, signed_in(3, session));
            if moves {
                let elsewhere = Deed::InUse { place: place(300 + 3 * session), session };
                see(&mut person, day * DAY + MINUTE, elsewhere);
            }
        }
        see(&mut person, 61 * DAY, signed_in(3, 100));
        see(&mut person, 61 * DAY + MINUTE, Deed::InUse { place: place(9_000), session: 100 });
        person.heat.of(Signal::SessionMoved)
    };
    assert!(bits(false) > bits(true), "{} {}", bits(false), bits(true));
}

#[test]
fn a_session_that_goes_on_for_hours_is_seen_where_none_did_and_not_where_all_do() {
    let bits = |usual: i64| {
        let mut person = Person::default();
        for day in 0..61 {
            let session = u64::try_from(day).unwrap();
            see(&mut person, day * DAY, signed_in(3, session));
            let lasts = if day == 60 { 400 } else { usual };
            for minute in 0..=lasts / 5 {
                let here = Place { network: None, country: None };
                see(&mut person, day * DAY + minute * 5 * MINUTE, Deed::InUse { place: here, session });
            }
        }
        person.heat.of(Signal::LongSession)
    };
    assert!(bits(20) > 0);
    assert_eq!(bits(400), 0);
}

/// A month of evenings, one in three days; `shared`: always on a shared computer.
fn seldom_there(shared: bool) -> Person {
    let mut person = Person::default();
    for n in 0..10_u8 {
        let at = i64::from(n) * 3 * DAY - THEN.rem_euclid(DAY) + 19 * HOUR;
        let deed = Deed::SignedIn { place: place(3), device: 1, session: n.into(), resistant: true, shared };
        see(&mut person, at, deed);
    }
    person
}

#[test]
fn ten_evenings_say_that_the_night_is_odd_and_an_hour_later_is_not() {
    let bits = |hour: i64| {
        let mut person = seldom_there(false);
        see(&mut person, 31 * DAY - THEN.rem_euclid(DAY) + hour * HOUR, signed_in(3, 100));
        person.heat.of(Signal::OddHour)
    };
    assert!(bits(4) > 2 * 16, "{}", bits(4));
    assert_eq!(bits(20), 0);
}

#[test]
fn a_shared_computer_that_stays_in_use_counts_more_for_who_never_uses_one() {
    let bits = |usual: bool, minutes: i64| {
        let (mut person, at) = (seldom_there(usual), 31 * DAY);
        see(
            &mut person,
            at,
            Deed::SignedIn { place: place(9), device: 2, session: 100, resistant: false, shared: true },
        );
        for minute in 1..=minutes {
            see(&mut person, at + minute * MINUTE, Deed::InUse { place: place(9), session: 100 });
        }
        person.heat.of(Signal::SharedInUse)
    };
    assert_eq!(bits(false, 2), 0, "it may have been a moment");
    assert!(bits(false, 3) > bits(true, 3) + 3 * 16, "{} {}", bits(false, 3), bits(true, 3));
}

/// Every third day something new, bought so many times.
fn explorer(times: i64) -> Flow {
    let mut flow = Flow::by_hand();
    for n in 0..30_i64 {
        for again in 0..times {
            put(&mut flow, n * 3 * DAY + again * 3 * HOUR, bought(u64::try_from(n).unwrap()));
        }
    }
    flow
}

#[test]
fn what_is_new_and_bought_again_counts_for_who_buys_such_things_once() {
    let bits = |usual: i64| {
        let mut flow = explorer(usual);
        for n in 0..3 {
            put(&mut flow, 95 * DAY + n * 3 * HOUR, bought(900));
        }
        flow.heat.of(Signal::BoughtAgain)
    };
    assert!(bits(1) > 6 * 16, "{}", bits(1));
    assert_eq!(bits(4), 0);
}

/// 1970 began on a Thursday.
fn works_on(at: i64) -> bool {
    (Timestamp(at).day().0 + 3).rem_euclid(7) < 5
}

/// A program that works from nine to twelve on working days.
fn program() -> Flow {
    let mut flow = Flow::default();
    for day in 0..60 {
        let at = day * DAY - THEN.rem_euclid(DAY) + 9 * HOUR;
        if works_on(THEN + at) {
            put(&mut flow, at, Deed::Connected { place: place(3), client: 1 });
            for n in 0..6 {
                put(&mut flow, at + n * 30 * MINUTE, bought(u64::try_from(n).unwrap()));
            }
        }
    }
    flow
}

#[test]
fn a_program_at_work_when_it_never_was_is_seen() {
    let (mut usual, mut at_night) = (program(), program());
    let day = (60..).find(|day| works_on(THEN + day * DAY)).unwrap();
    let midnight = day * DAY - THEN.rem_euclid(DAY);
    put(&mut usual, midnight + 10 * HOUR, bought(1));
    put(&mut at_night, midnight + 3 * HOUR, bought(1));
    let saturday = (61..).find(|day| !works_on(THEN + day * DAY)).unwrap();
    let mut at_the_weekend = program();
    put(&mut at_the_weekend, saturday * DAY - THEN.rem_euclid(DAY) + 10 * HOUR, bought(1));
    assert!(at_the_weekend.heat.of(Signal::OffHours) > 4 * 16);
    assert_eq!(usual.heat.of(Signal::OffHours), 0);
    assert!(at_night.heat.of(Signal::OffHours) > 0);
}

#[test]
fn one_program_after_another_with_one_credential_is_told() {
    let mut flow = program();
    for client in 0..5 {
        put(
            &mut flow,
            61 * DAY + client * MINUTE,
            Deed::Connected { place: place(3), client: 50 + u64::try_from(client).unwrap() },
        );
    }
    assert!(flow.heat.of(Signal::ManyPrograms) > 0);
    assert!(assess(Whose::Program, &[&flow.heat], flow.pace.bits(), &Thresholds::usual()).step.is_some());
}

/// Whoever has just enrolled pairs a phone and turns its push on; after the first week the same is told.
#[test]
fn the_devices_of_the_first_days_are_nobodys_alarm() {
    let judged = |person: &Person| assess(Whose::Person, &[&person.heat], 0, &Thresholds::usual()).step;
    for (begins, told) in [(0, false), (70 * DAY, true)] {
        let mut person = if told { settled() } else { Person::default() };
        let steps = [
            Deed::DeviceBound { place: place(3), device: 900 },
            Deed::SignedIn { place: place(3), device: 900, session: 70, resistant: false, shared: false },
            Deed::DeviceBound { place: place(77), device: 901 },
            Deed::SignedIn { place: place(77), device: 901, session: 71, resistant: false, shared: false },
            Deed::Widened { session: 71 },
        ];
        for (minute, deed) in (0..).zip(steps) {
            see(&mut person, begins + minute * MINUTE, deed);
        }
        assert_eq!(judged(&person).is_some(), told, "{:?}", person.heat);
    }
}

/// An owner who upgrades the library and tries another one the same day.
#[test]
fn two_new_programs_in_a_day_stop_nothing_and_whatever_programs_say_of_themselves_takes_no_credential() {
    let connected = |client| Deed::Connected { place: place(3), client };
    let judged = |flow: &Flow| assess(Whose::Program, &[&flow.heat], flow.pace.bits(), &Thresholds::usual());
    let mut flow = program();
    for (hour, client) in [(9, 50), (15, 51)] {
        put(&mut flow, 61 * DAY + hour * HOUR, connected(client));
    }
    assert!(judged(&flow).step <= Some(Step::Notify), "{:?}", judged(&flow));
    for n in 0..12_u64 {
        let at = 61 * DAY + 16 * HOUR + i64::try_from(n).unwrap() * MINUTE;
        put(&mut flow, at, connected(60 + n));
        put(&mut flow, at, bought(500 + n));
    }
    let odd = judged(&flow);
    assert!(odd.bits >= Thresholds::usual().kill, "{odd:?}");
    assert_eq!(odd.step, Some(Step::ReduceOnly));
}

/// Everything that is remembered at once: the most that there can be.
#[test]
fn at_its_fullest_a_memory_is_within_its_bound() {
    let (mut person, mut flow, mut hand) = (Person::default(), Flow::default(), Flow::by_hand());
    for n in 0..3_000u64 {
        let at = i64::try_from(n).unwrap() * MINUTE;
        let there = Place { network: Some(n), country: Some(u16::try_from(n).unwrap()) };
        for seen in [
            Deed::SignedIn { place: there, device: n, session: n, resistant: false, shared: false },
            Deed::InUse { place: place(10_000 + n), session: n },
        ] {
            see(&mut person, at, seen);
        }
        for flow in [&mut flow, &mut hand] {
            put(flow, at, Deed::Connected { place: there, client: n });
            put(flow, at, refused(n, n));
        }
    }
    assert!(person.bytes() <= Person::MOST_BYTES, "{}", person.bytes());
    for flow in [flow, hand] {
        assert!(flow.bytes() <= Flow::MOST_BYTES, "{}", flow.bytes());
    }
}
