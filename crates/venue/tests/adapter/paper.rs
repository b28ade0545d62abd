//! The embedded paper broker: each instruction has an answer, also when it comes again after a crash.

use super::upstream::{ACCOUNT, id, replace, soon, submit};
use kernel::effect::Effect;
use kernel::id::OrderId;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::sync::{Arc, Mutex};
use venue::contract::{Later, Log, LogEvent, Space};
use venue::paper::{Hours, PaperVenue};
use venue::{Venue, What};

/// What a crash leaves behind: the recorded events, and nothing else.
#[derive(Default)]
struct Kept(Mutex<Vec<LogEvent>>, Mutex<Vec<Space>>);

impl Log for Kept {
    fn append(
        &self,
        _stream: &str,
        expected: u64,
        events: Vec<LogEvent>,
        space: Space,
    ) -> Later<'_, Result<(), String>> {
        let mut kept = self.0.lock().unwrap();
        assert_eq!(kept.len() as u64, expected);
        kept.extend(events);
        self.1.lock().unwrap().push(space);
        Box::pin(async { Ok(()) })
    }
}

fn started(log: &Arc<Kept>) -> PaperVenue {
    let recorded: Vec<_> = log.0.lock().unwrap().iter().map(|event| event.body.clone()).collect();
    PaperVenue::new(Arc::<Kept>::clone(log), 7, Hours::AroundTheClock, &recorded).unwrap()
}

async fn funded(log: &Arc<Kept>) -> PaperVenue {
    let venue = started(log);
    venue.open_account(ACCOUNT, "USD", Decimal::from(1_000_000), Timestamp(1_000)).await.unwrap();
    venue
}

/// What is told of an instruction.
async fn answer(venue: &PaperVenue, effect: Effect) -> Vec<What> {
    venue.send(effect, Timestamp(1_000)).await.unwrap();
    soon(venue.reports()).await.into_iter().map(|report| report.what).collect()
}

fn resting(id: OrderId) -> Effect {
    let Effect::Submit { id, account, .. } = submit(id) else { unreachable!() };
    Effect::Submit { id, account, terms: super::upstream::terms("10", "1"), tied: kernel::effect::Tied::default() }
}

#[tokio::test]
async fn a_change_to_what_an_order_already_is_is_answered_each_time_and_recorded_never() {
    let log = Arc::default();
    let venue = funded(&log).await;
    assert!(matches!(answer(&venue, resting(id(1))).await[..], [What::Acknowledged { .. }]));
    let before = log.0.lock().unwrap().len();
    for _ in 0..3 {
        assert_eq!(answer(&venue, replace(id(1), "1")).await, [What::Replaced]);
    }
    assert_eq!(log.0.lock().unwrap().len(), before);
    assert_eq!(answer(&venue, replace(id(1), "2")).await, [What::Replaced]);
}

#[tokio::test]
async fn a_change_that_was_recorded_just_before_a_crash_is_answered_when_it_comes_again() {
    let log = Arc::default();
    let venue = funded(&log).await;
    answer(&venue, resting(id(1))).await;
    venue.send(replace(id(1), "2"), Timestamp(1_000)).await.unwrap();
    // The answer dies with the process.
    drop(venue);
    let venue = started(&log);
    let told: Vec<What> = venue.recount(vec![id(1)]).await.into_iter().map(|report| report.what).collect();
    // Which change the book waits for only its instruction says: the order may have been changed before.
    assert!(matches!(told[..], [What::Acknowledged { .. }]), "{told:?}");
    assert_eq!(answer(&venue, replace(id(1), "2")).await, [What::Replaced]);
}

#[tokio::test]
async fn prices_that_are_replayed_are_traded_on_until_they_end_and_grow_old_then() {
    let log = Arc::default();
    let rows = "2020-01-02T14:30:00Z,AAPL,10.00,10.02,\n2020-01-02T14:30:02Z,EUR.USD,,,1.1\n";
    let tape = paper::Tape::parse(&format!("{}\n{rows}", paper::tape::HEADER)).unwrap();
    let venue = funded(&log).await.replaying(paper::Replay::starting(tape, 1_000));
    let (apple, msft) = (265_598, 9_000_001);
    let [now, last, after] = [1_000, 3_000, 9_000].map(Timestamp);
    assert_eq!(venue.quote(apple, now).unwrap().at, now);
    assert_eq!(venue.quote(apple, after).unwrap().at, last, "nothing new is told");
    assert_eq!(venue.quote(msft, now), None);
    let [dollar, euro] = ["USD", "EUR"].map(|code| kernel::money::Currency::parse(code).unwrap());
    assert_eq!(venue.rate(euro, dollar, now), None, "not told yet");
    assert_eq!(venue.rate(euro, dollar, after).unwrap().at, last);
    assert_eq!(venue.rate(dollar, dollar, after).unwrap().at, after);
    let filled = |told: &[What]| told.iter().any(|what| matches!(what, What::Filled { .. }));
    assert!(filled(&answer(&venue, submit(id(1))).await));
    venue.send(submit(id(2)), after).await.unwrap();
    let told: Vec<What> = soon(venue.reports()).await.into_iter().map(|report| report.what).collect();
    assert!(!filled(&told), "the market is over: {told:?}");
}

/// Written down by the broker and not yet by the book when the process ended: a start tells it again, as nobody's.
#[tokio::test]
async fn what_was_closed_by_force_is_told_again_after_a_crash() {
    let log = Arc::default();
    let tape = |last: &str| {
        let rows = format!("2020-01-02T14:30:00Z,AAPL,,,{last}\n2020-01-02T14:40:00Z,IBM,,,1\n");
        paper::Replay::starting(paper::Tape::parse(&format!("{}\n{rows}", paper::tape::HEADER)).unwrap(), 1_000)
    };
    let venue = started(&log).replaying(tape("100"));
    venue.open_account(ACCOUNT, "USD", Decimal::from(600), Timestamp(1_000)).await.unwrap();
    answer(&venue, submit(id(1))).await;
    let venue = started(&log).replaying(tape("45"));
    let asked = std::mem::take(&mut *log.1.lock().unwrap());
    assert!(!asked.is_empty() && asked.iter().all(|space| *space == Space::Reserve), "{asked:?}");
    for at in [2_000, 62_000] {
        venue.tick(Timestamp(at)).await.unwrap();
    }
    let ticked = std::mem::take(&mut *log.1.lock().unwrap());
    assert!(!ticked.is_empty() && ticked.iter().all(|space| *space == Space::Ordinary), "{ticked:?}");
    let forced: Vec<_> = soon(venue.reports()).await.into_iter().filter(|report| report.order.is_none()).collect();
    let fills = |reports: &[venue::Report]| -> Vec<What> {
        let filled = reports.iter().filter(|report| matches!(report.what, What::Filled { .. }));
        filled.map(|report| report.what.clone()).collect()
    };
    assert_eq!(fills(&forced).len(), 1);
    let again = started(&log);
    again.retell(Timestamp(63_000));
    let told = soon(again.reports()).await;
    assert!(told.iter().all(|report| report.order.is_none() && report.account == ACCOUNT));
    assert_eq!(fills(&told), fills(&forced), "and the order of the program is not told as nobody's");
    // What the book may have forgotten is not told: it would count twice.
    let late = started(&log);
    late.retell(Timestamp(8 * 86_400_000));
    late.send(resting(id(2)), Timestamp(8 * 86_400_000)).await.unwrap();
    assert!(fills(&soon(late.reports()).await).is_empty());
    // Nor where the clock was ahead, so that the book has turned its day, and is right again.
    let corrected = started(&log);
    corrected.retell(Timestamp(63_000));
    corrected.send(resting(id(3)), Timestamp(64_000)).await.unwrap();
    assert!(fills(&soon(corrected.reports()).await).is_empty());
}

#[tokio::test]
async fn what_is_short_counts_against_the_value_of_stock() {
    let log = Arc::default();
    let venue = funded(&log).await;
    let Effect::Submit { id, account, terms, tied } = submit(id(1)) else { unreachable!() };
    let terms = kernel::order::Terms { side: kernel::order::Side::Sell, kind: kernel::order::Kind::Market, ..terms };
    assert!(answer(&venue, Effect::Submit { id, account, terms, tied }).await.len() > 1);
    let view = venue.account(ACCOUNT, Timestamp(1_000)).unwrap();
    assert!(view.gross_position_value > Decimal::ZERO);
    assert_eq!(view.stock_value, Some(-view.gross_position_value));
}
