//! Historical bars: what is asked for is told, in text and in protobuf; what is not built is refused by its name.

use crate::world::{World, apple, resting};
use rust_decimal::Decimal;
use std::sync::atomic::Ordering;
use tws::history::{Bar, HistoryQuery};
use tws::{Contract, Request, Response};

fn asked(request_id: i32, bar_size: &str, duration: &str) -> HistoryQuery {
    HistoryQuery {
        request_id,
        contract: apple(),
        bar_size: bar_size.to_owned(),
        duration: duration.to_owned(),
        show: "TRADES".to_owned(),
        format: 1,
        ..HistoryQuery::default()
    }
}

fn history(query: HistoryQuery) -> Request {
    Request::ReqHistoricalData(Box::new(query))
}

async fn bars(raw: &mut crate::world::Raw, query: HistoryQuery) -> Vec<Bar> {
    raw.say(&history(query)).await;
    match raw.until(|told| matches!(told, Response::HistoricalData { .. })).await.pop() {
        Some(Response::HistoricalData { bars, .. }) => bars,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_of_minutes_is_told_in_either_encoding_and_ends() {
    let (_world, door) = World::trading().await;
    let mut text = door.connect(1).await;
    let minutes = bars(&mut text, asked(5, "1 min", "3600 S")).await;
    assert!((60..=61).contains(&minutes.len()), "{}", minutes.len());
    let first = &minutes[0];
    assert!(first.date.ends_with(" UTC") && first.low <= first.open && first.open <= first.high, "{first:?}");
    let mut protobuf = door.connect_in_protobuf(2).await;
    assert_eq!(bars(&mut protobuf, asked(6, "1 min", "3600 S")).await, minutes);
    let end = protobuf.hear().await;
    assert!(matches!(end, Some(Response::HistoricalDataEnd { request_id: 6, .. })), "{end:?}");
    // In text the end is told with the bars: the next that is heard is the answer to the next question.
    text.say(&Request::ReqCurrentTime).await;
    assert!(matches!(text.hear().await, Some(Response::CurrentTime { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_told_by_their_date_and_seconds_where_they_are_asked_for() {
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let days = bars(&mut raw, asked(5, "1 day", "1 W")).await;
    assert!((7..=8).contains(&days.len()) && days.iter().all(|bar| bar.date.len() == 8), "{days:?}");
    let epoch = bars(&mut raw, HistoryQuery { format: 2, ..asked(6, "1 hour", "1 D") }).await;
    assert!(epoch.iter().all(|bar| bar.date.parse::<i64>().is_ok_and(|at| at % 3_600 == 0)), "{epoch:?}");
    let middle = bars(&mut raw, HistoryQuery { show: "MIDPOINT".to_owned(), ..asked(7, "1 hour", "1 D") }).await;
    assert!(middle.iter().all(|bar| bar.volume == Decimal::NEGATIVE_ONE && bar.count == -1), "{middle:?}");
    let past = HistoryQuery { end: "20260901 12:00:00 UTC".to_owned(), ..asked(8, "1 hour", "1 D") };
    assert!(bars(&mut raw, past).await.iter().all(|bar| bar.date.as_str() < "20260901 12"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_built_is_refused_by_name_and_nothing_is_too_much() {
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let wrong: [(HistoryQuery, i32, &str); 8] = [
        (HistoryQuery { keep_up_to_date: true, ..asked(1, "1 min", "1 D") }, 321, "keepUpToDate"),
        (HistoryQuery { show: "ADJUSTED_LAST".to_owned(), ..asked(2, "1 day", "1 M") }, 321, "whatToShow"),
        (HistoryQuery { format: 3, ..asked(3, "1 day", "1 M") }, 321, "formatDate"),
        (asked(4, "7 mins", "1 D"), 321, "barSizeSetting"),
        (asked(5, "1 min", "1 H"), 321, "durationStr"),
        (HistoryQuery { end: "yesterday".to_owned(), ..asked(6, "1 min", "1 D") }, 321, "endDateTime"),
        (asked(7, "1 secs", "30 Y"), 162, "more than 5000 bars"),
        (
            HistoryQuery {
                contract: Contract { symbol: "NOTHING".to_owned(), ..Contract::default() },
                ..asked(8, "1 min", "1 D")
            },
            200,
            "No security",
        ),
    ];
    for (query, code, named) in wrong {
        let request_id = query.request_id;
        raw.say(&history(query)).await;
        let told = raw.refusal(request_id).await;
        assert!(told.0 == code && told.1.contains(named), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_read_the_market_is_told_no_bars() {
    let world = World::new().await;
    let door =
        world.credential(|new| new.scopes = kernel::scope::Scopes::of(&[kernel::scope::Scope::AccountRead])).await;
    let mut raw = door.connect(1).await;
    raw.say(&history(asked(5, "1 min", "1 D"))).await;
    let (_, text) = raw.refusal(5).await;
    assert!(text.contains("scope"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_bars_are_awaited_everything_else_is_answered_and_they_can_be_called_off() {
    let (world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    raw.say(&resting(1)).await;
    raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
    world.silent.store(true, Ordering::SeqCst);
    for request_id in 100..132 {
        raw.say(&history(asked(request_id, "1 min", "3600 S"))).await;
    }
    raw.say(&Request::CancelOrder { order_id: 1, manual_time: String::new() }).await;
    assert_eq!(raw.refusal(1).await.0, 202);
    // As many as one program may have; and none of them twice.
    raw.say(&history(asked(132, "1 min", "3600 S"))).await;
    assert_eq!(raw.refusal(132).await.0, 322);
    raw.say(&Request::CancelHistoricalData { request_id: 100 }).await;
    world.silent.store(false, Ordering::SeqCst);
    let mut refused = None;
    while refused.is_none() {
        // Until the place is free again.
        raw.say(&history(asked(101, "1 min", "3600 S"))).await;
        refused = Some(raw.refusal(101).await).filter(|(_, text)| text.contains("Duplicate"));
    }
    let told = bars(&mut raw, asked(100, "1 min", "3600 S")).await;
    assert!(told.len() >= 60);
}
