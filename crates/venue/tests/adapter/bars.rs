//! Bars: asked upstream in our own words, several at once, read strictly, and never waited for without end.

use super::market::apple;
use super::upstream::{Peer, Upstream, error, id, in_memory, send, soon, submit};
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tws::history::{Bar as Told, HistoryQuery};
use tws::{Request, Response};
use venue::Venue;
use venue::history::{Bar, BarsQuery, NoBars, Show, Size, Span};
use venue::tws::TwsVenue;

const NOW: Timestamp = Timestamp(1_795_446_000_000);

fn query(size: &str, span: &str) -> BarsQuery {
    BarsQuery {
        contract_id: 265_598,
        end: NOW,
        span: Span::parse(span).unwrap(),
        size: Size::parse(size).unwrap(),
        show: Show::Trades,
        regular_hours: true,
    }
}

/// The next question for bars; our contract is told, other things are not there.
async fn asked(peer: &mut Peer) -> HistoryQuery {
    loop {
        match peer.next().await.expect("the adapter has gone") {
            Request::ReqHistoricalData(query) => return *query,
            Request::ReqContractDetails { request_id, contract } if contract.con_id == 265_598 => {
                let end = Response::ContractDetailsEnd { request_id };
                peer.say(&[Response::ContractDetails(Box::new(apple(request_id))), end]).await;
            }
            Request::ReqContractDetails { request_id, .. } => {
                peer.say(&[error(request_id, 200, "No security definition")]).await;
            }
            _ => {}
        }
    }
}

async fn called_off(peer: &mut Peer) -> i32 {
    loop {
        let next = soon(peer.next()).await.expect("the adapter has gone");
        if let Request::CancelHistoricalData { request_id } = next {
            return request_id;
        }
    }
}

fn told(request_id: i32, dates: &[&str]) -> Response {
    let [open, high, low, close] = [230, 233, 229, 231].map(Decimal::from);
    let bar = |date: &&str| Told {
        date: (*date).to_owned(),
        open,
        high,
        low,
        close,
        volume: Decimal::from(1_000),
        average: open,
        count: 7,
    };
    let (start, end) = ("20261122  15:00:00".to_owned(), "20261123  15:00:00".to_owned());
    Response::HistoricalData { request_id, start, end, bars: dates.iter().map(bar).collect() }
}

/// A question of the adapter's, on a task of its own.
fn ask(venue: &Arc<TwsVenue>, query: BarsQuery) -> tokio::task::JoinHandle<Result<Vec<Bar>, NoBars>> {
    let venue = Arc::clone(venue);
    tokio::spawn(async move { venue.bars(query, NOW).await })
}

#[tokio::test]
async fn bars_are_asked_for_in_our_own_words_several_at_once_and_each_has_its_own_answer() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let days = ask(&venue, query("1 day", "1 W"));
    let first = asked(&mut peer).await;
    assert_eq!((first.contract.con_id, first.contract.exchange.as_str()), (265_598, "SMART"));
    let words = (first.end.as_str(), first.bar_size.as_str(), first.duration.as_str(), first.show.as_str());
    assert_eq!(words, ("", "1 day", "1 W", "TRADES"));
    assert!(first.regular_hours && !first.keep_up_to_date && first.format == 2, "{first:?}");
    let minutes = ask(&venue, BarsQuery { end: Timestamp(NOW.0 - 3_600_000), ..query("1 min", "3600 S") });
    let second = asked(&mut peer).await;
    assert_eq!(second.end, "20261123 14:00:00 UTC");
    assert_ne!(first.request_id, second.request_id);
    let remark = error(first.request_id, 2_174, "You submitted request without explicit time zone.");
    let others = told(4_711, &["20261120"]);
    peer.say(&[remark, others, told(second.request_id, &["1795442340", "1795442400"])]).await;
    peer.say(&[told(first.request_id, &["20261120", "20261123"])]).await;
    let minutes = soon(minutes).await.unwrap().unwrap();
    assert_eq!(minutes.iter().map(|bar| bar.at.0).collect::<Vec<_>>(), [1_795_442_340_000, 1_795_442_400_000]);
    let days = soon(days).await.unwrap().unwrap();
    assert_eq!((days.len(), days[0].volume, days[0].count), (2, Some(Decimal::from(1_000)), Some(7)));
    assert_eq!(days[1].at, Timestamp(1_795_392_000_000));
    assert!(days[1].low < days[1].open && days[1].close < days[1].high, "{days:?}");
}

#[tokio::test]
async fn what_upstream_will_not_tell_and_what_cannot_be_read_are_told_and_the_connection_goes_on() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let answers = [
        (error(0, 162, "HMDS query returned no data"), NoBars::Told("HMDS query returned no data".to_owned())),
        (error(0, 200, "No security"), NoBars::Told("No security".to_owned())),
        (told(0, &["20261123", "20261122"]), NoBars::Unreadable),
        (told(0, &["20261123 15:00:00 US/Eastern"]), NoBars::Unreadable),
    ];
    for (mut answer, why) in answers {
        let bars = ask(&venue, query("1 day", "1 W"));
        let question = asked(&mut peer).await;
        if let Response::Error { request_id, .. } | Response::HistoricalData { request_id, .. } = &mut answer {
            *request_id = question.request_id;
        }
        peer.say(&[answer.clone(), answer]).await;
        assert_eq!(soon(bars).await.unwrap(), Err(why));
    }
    assert_eq!(soon(venue.bars(query("1 secs", "1 Y"), NOW)).await, Err(NoBars::TooMany));
    send(&venue, submit(id(1))).await;
    assert_eq!(peer.placed().await.order_id, 1);
}

#[tokio::test]
async fn a_venue_that_is_lost_while_it_is_asked_is_told_as_such_and_is_not_asked() {
    for cut_off in [false, true] {
        let upstream = Upstream::bind().await;
        let (venue, mut peer) = upstream.open().await;
        let bars = [ask(&venue, query("1 day", "1 W")), ask(&venue, query("1 hour", "1 W"))];
        asked(&mut peer).await;
        asked(&mut peer).await;
        let mut open = Some(peer);
        match open.as_mut().filter(|_| cut_off) {
            Some(peer) => peer.say(&[error(-1, 1_100, "Connectivity between IB and TWS has been lost")]).await,
            None => open = None,
        }
        for each in bars {
            assert_eq!(soon(each).await.unwrap(), Err(NoBars::Lost));
        }
        assert!(venue.reach().lost);
        assert_eq!(soon(venue.bars(query("1 day", "1 W"), NOW)).await, Err(NoBars::Lost));
        drop(open);
    }
}

#[tokio::test(start_paused = true)]
async fn bars_that_are_never_told_are_given_up_called_off_and_never_told_later() {
    let (venue, mut peer) = in_memory(None).await;
    let mut bars = ask(&venue, query("1 day", "1 W"));
    let question = asked(&mut peer).await;
    assert!(timeout(Duration::from_secs(49), &mut bars).await.is_err(), "it was not waited for");
    assert_eq!(timeout(Duration::from_secs(2), bars).await.unwrap().unwrap(), Err(NoBars::Silent));
    assert_eq!(called_off(&mut peer).await, question.request_id);
    peer.say(&[told(question.request_id, &["20261123"])]).await;
    let (bars, ()) = tokio::join!(ask(&venue, query("1 day", "1 W")), async {
        let again = asked(&mut peer).await;
        assert_ne!(again.request_id, question.request_id);
        peer.say(&[told(again.request_id, &["20261120", "20261123"])]).await;
    });
    assert_eq!(bars.unwrap().unwrap().len(), 2);
}

#[tokio::test]
async fn whoever_stops_waiting_is_told_of_upstream() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let bars = ask(&venue, query("1 day", "1 W"));
    let question = asked(&mut peer).await;
    bars.abort();
    assert_eq!(called_off(&mut peer).await, question.request_id);
}

/// However many are asked for, upstream is asked 20 things a second at the most, and 40 at a time.
#[tokio::test(start_paused = true)]
async fn many_questions_take_turns() {
    let (venue, mut peer) = in_memory(None).await;
    let first = ask(&venue, query("1 day", "1 W"));
    let number = asked(&mut peer).await.request_id;
    peer.say(&[told(number, &["20261123"])]).await;
    assert!(first.await.unwrap().is_ok(), "from here on the contract is known");
    let all: Vec<_> = (0..60).map(|_| ask(&venue, query("1 day", "1 W"))).collect();
    let mut numbers = Vec::new();
    let hearing = async {
        loop {
            numbers.push(asked(&mut peer).await.request_id);
        }
    };
    assert!(timeout(Duration::from_millis(990), hearing).await.is_err());
    assert!((18..=20).contains(&numbers.len()), "{} in a second", numbers.len());
    let hearing = async {
        loop {
            numbers.push(asked(&mut peer).await.request_id);
        }
    };
    assert!(timeout(Duration::from_secs(5), hearing).await.is_err());
    assert_eq!(numbers.len(), 40);
    for number in numbers {
        peer.say(&[told(number, &["20261123"])]).await;
    }
    for _ in 0..20 {
        let number = asked(&mut peer).await.request_id;
        peer.say(&[told(number, &["20261123"])]).await;
    }
    for each in all {
        assert!(each.await.unwrap().is_ok());
    }
}

/// Each of a contract that is not known yet is two questions, and both are counted.
#[tokio::test(start_paused = true)]
async fn looking_up_what_is_not_known_takes_turns_too() {
    let (venue, mut peer) = in_memory(None).await;
    let unknown = |contract_id| ask(&venue, BarsQuery { contract_id, ..query("1 day", "1 W") });
    let all: Vec<_> = (1..=30).map(unknown).collect();
    let mut asked = 0;
    let hearing = async {
        loop {
            if let Some(Request::ReqContractDetails { request_id, contract }) = peer.next().await {
                // The house's own, for rates, are no program's questions.
                asked += usize::from(contract.con_id != 0);
                peer.say(&[error(request_id, 200, "No security definition")]).await;
            }
        }
    };
    assert!(timeout(Duration::from_millis(990), hearing).await.is_err());
    assert!((18..=20).contains(&asked), "{asked} in a second");
    all.into_iter().for_each(|one| one.abort());
}
