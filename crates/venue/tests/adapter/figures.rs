//! An account's own figures, as the guard asks for them: their age, a trade that voids them, and asking anew.

use super::upstream::{ACCOUNT, Past, Peer, Upstream, fill, id, send, soon, submit};
use kernel::given::Figures;
use kernel::money::{Amount, Currency};
use kernel::time::Timestamp;
use std::sync::Arc;
use tws::{Request, Response};
use venue::Venue;
use venue::tws::TwsVenue;

const NOW: Timestamp = Timestamp(1_000);

fn value(key: &str, value: &str) -> Response {
    let (key, value) = (key.to_owned(), value.to_owned());
    Response::AccountValue { key, value, currency: "USD".to_owned(), account: ACCOUNT.to_owned() }
}
fn figures(venue: &Arc<TwsVenue>) -> Option<Figures> {
    venue.figures(ACCOUNT, Currency::parse("USD").unwrap(), NOW)
}
fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}
async fn until(so: impl Fn() -> bool) {
    soon(async {
        while !so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
/// Connected, and told all of the account.
async fn told() -> (Arc<TwsVenue>, Peer) {
    let (venue, mut peer) = Upstream::in_memory().await.open().await;
    assert_eq!(figures(&venue), None, "nothing is told yet");
    let all = [
        value("NetLiquidation", "1000.25"),
        value("GrossPositionValue", "500.5"),
        Response::AccountDownloadEnd { account: ACCOUNT.to_owned() },
    ];
    peer.say(&all).await;
    until(|| figures(&venue).is_some()).await;
    (venue, peer)
}

#[tokio::test]
async fn figures_are_told_as_the_account_is_with_when_that_was() {
    let (venue, mut peer) = told().await;
    let mut expected = Figures {
        net_liquidation: amount("1000.25"),
        gross_position_value: amount("500.5"),
        initial_margin: None,
        at: NOW,
    };
    assert_eq!(figures(&venue), Some(expected), "the initial margin was not said");
    peer.say(&[value("InitMarginReq", "250")]).await;
    expected.initial_margin = Some(amount("250"));
    until(|| figures(&venue) == Some(expected)).await;
    assert_eq!(venue.figures(ACCOUNT, Currency::parse("EUR").unwrap(), NOW), None, "not in that currency");
    assert_eq!(venue.figures("DU9", Currency::parse("USD").unwrap(), NOW), None);
    for nonsense in [value("GrossPositionValue", "-1"), value("NetLiquidation", "9999999999999999999999999")] {
        peer.say(&[nonsense]).await;
        until(|| figures(&venue).is_none()).await;
        peer.say(&[value("GrossPositionValue", "1"), value("NetLiquidation", "1")]).await;
        until(|| figures(&venue).is_some()).await;
    }
}

/// Past what is asked for once a minute: the account, anew.
async fn asked_anew(peer: &mut Peer) {
    let mut asked = Vec::new();
    while asked.len() < 2 {
        match peer.next().await.unwrap() {
            Request::ReqAccountUpdates { subscribe, account } => asked.push((subscribe, account)),
            Request::ReqOpenOrders => peer.say(&[Response::OpenOrderEnd]).await,
            Request::ReqExecutions { request_id, .. } => {
                peer.say(&[Response::ExecutionDetailsEnd { request_id }]).await;
            }
            Request::ReqCompletedOrders { .. } => peer.say(&[Response::CompletedOrdersEnd]).await,
            _ => {}
        }
    }
    assert_eq!(asked, [(false, ACCOUNT.to_owned()), (true, ACCOUNT.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_trade_voids_them_until_how_much_is_held_was_told_after_it() {
    let (venue, mut peer) = told().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    peer.say(&[fill(&place, "0001.01.01.01", "4")]).await;
    until(|| figures(&venue).is_none()).await;
    peer.say(&[value("NetLiquidation", "999")]).await;
    // Nobody says how much is held: it is asked for.
    asked_anew(&mut peer).await;
    assert_eq!(figures(&venue), None);
    peer.say(&[value("GrossPositionValue", "900")]).await;
    until(|| figures(&venue).is_some_and(|told| told.gross_position_value == amount("900"))).await;
    // Told again, as it is once a minute, it is no other trade.
    peer.say(&[fill(&place, "0001.01.01.01", "4"), value("InitMarginReq", "7")]).await;
    until(|| figures(&venue).is_some_and(|told| told.initial_margin == Some(amount("7")))).await;
}

#[tokio::test]
async fn todays_trades_that_are_told_after_the_account_void_it_too() {
    let upstream = Upstream::in_memory().await;
    let placed = tws::PlaceOrder { order_id: 3, ..tws::PlaceOrder::default() };
    let (venue, mut peer) = tokio::join!(upstream.connect(), async {
        let mut peer = upstream.greet(1).await;
        let all = [
            value("NetLiquidation", "1000"),
            value("GrossPositionValue", "500"),
            Response::AccountDownloadEnd { account: ACCOUNT.to_owned() },
        ];
        peer.say(&all).await;
        let executed = vec![fill(&placed, "0002.01.01.01", "4")];
        peer.tell(Past { executed, ..Past::default() }).await;
        peer
    });
    let venue = venue.unwrap();
    assert_eq!(figures(&venue), None);
    asked_anew(&mut peer).await;
    peer.say(&[value("GrossPositionValue", "500")]).await;
    until(|| figures(&venue).is_some()).await;
}
