//! More than one account upstream: each order and each figure of the day belongs to its own.

use super::upstream::{Past, Peer, Upstream, acknowledged, error, id, open_order, send, soon};
use kernel::effect::Effect;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::sync::Arc;
use tws::{PlaceOrder, Request, Response};
use venue::tws::TwsVenue;
use venue::{Venue, What};

const NOW: Timestamp = Timestamp(1_000);

/// The next that is asked of an account, in a word.
async fn of_account(peer: &mut Peer) -> (String, i32) {
    loop {
        match peer.next().await.expect("the adapter has gone") {
            Request::ReqAccountUpdates { subscribe, account } => return (format!("balance {account} {subscribe}"), 0),
            Request::ReqPnl { request_id, account, .. } => return (format!("day {account}"), request_id),
            Request::CancelPnl { request_id } => return ("no day".to_owned(), request_id),
            Request::ReqContractDetails { request_id, .. } => {
                peer.say(&[error(request_id, 200, "No security definition")]).await;
            }
            _ => {}
        }
    }
}

async fn asked(peer: &mut Peer, expected: &[&str]) -> Vec<i32> {
    let mut numbers = Vec::new();
    for expected in expected {
        let (told, number) = of_account(peer).await;
        assert_eq!(told, *expected);
        numbers.push(number);
    }
    numbers
}

async fn open() -> (Arc<TwsVenue>, Peer, Vec<i32>) {
    let upstream = Upstream::bind().await;
    let (venue, (peer, numbers)) = tokio::join!(upstream.connect(), async {
        let mut peer = upstream.greet_for(&["DU1", "DU2"], 1).await;
        let numbers = asked(&mut peer, &["balance DU1 true", "day DU1", "day DU2"]).await;
        peer.tell(Past::default()).await;
        (peer, numbers)
    });
    (venue.unwrap(), peer, numbers)
}

fn made(request_id: i32, daily: i64) -> Response {
    Response::Pnl { request_id, daily: Some(Decimal::from(daily)), unrealized: None, realized: None }
}

#[tokio::test]
async fn what_each_account_made_today_is_told_and_its_balance_once_it_is_served() {
    let (venue, mut peer, numbers) = open().await;
    peer.say(&[made(numbers[1], -5), made(numbers[2], -700)]).await;
    let told = async {
        while venue.daily("DU2", NOW).is_none() {
            tokio::task::yield_now().await;
        }
    };
    soon(told).await;
    assert_eq!(venue.daily("DU1", NOW), Some(Decimal::from(-5)));
    assert_eq!(venue.daily("DU2", NOW), Some(Decimal::from(-700)));
    venue.serve(vec!["DU2".to_owned()]);
    let now = ["balance DU1 false", "no day", "no day", "balance DU2 true", "day DU2"];
    let again = asked(&mut peer, &now).await;
    assert_eq!(again[1..3], numbers[1..3]);
    assert_eq!(venue.daily("DU2", NOW), None, "until it is told again");
    // Upstream has its data back without the streams.
    peer.say(&[error(-1, 1_100, "lost"), error(-1, 1_101, "restored, data lost")]).await;
    asked(&mut peer, &["balance DU2 false", "no day", "balance DU2 true", "day DU2"]).await;
}

#[tokio::test]
async fn an_order_that_nobody_has_told_of_belongs_to_the_account_that_is_told_with_it() {
    let (venue, mut peer, _) = open().await;
    send(&venue, Effect::Cancel { id: id(5) }).await;
    let told = soon(venue.reports()).await;
    assert_eq!(told[0].order, Some(id(5)));
    assert!(matches!(told[0].what, What::CancelRejected { .. }), "{told:?}");
    assert_eq!(told[0].account, "", "whose it is, the order says");
    let mut place = PlaceOrder { order_id: 17, ..PlaceOrder::default() };
    (place.order.order_ref, place.order.account) = (id(5).to_string(), "DU2".to_owned());
    peer.say(&[open_order(&place, "Submitted")]).await;
    let told = soon(venue.reports()).await;
    assert_eq!((told[0].account.as_str(), &told[0].what), ("DU2", &acknowledged()));
    assert_eq!(peer.cancelled().await, 17);
}
