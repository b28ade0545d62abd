//! Contracts, quotes, hours and the account, as upstream tells them.

use super::upstream::{ACCOUNT, Peer, Upstream, error, soon};
use kernel::given::Session;
use kernel::instrument::AssetClass;
use kernel::money::Price;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::sync::Arc;
use tws::{Contract, ContractDetails, Request, Response};
use venue::tws::TwsVenue;
use venue::{ContractQuery, Venue};

pub fn apple(request_id: i32) -> ContractDetails {
    ContractDetails {
        request_id,
        contract: Contract {
            con_id: 265_598,
            symbol: "AAPL".to_owned(),
            sec_type: "STK".to_owned(),
            exchange: "NASDAQ".to_owned(),
            primary_exchange: "NASDAQ".to_owned(),
            currency: "USD".to_owned(),
            local_symbol: "AAPL".to_owned(),
            ..Contract::default()
        },
        min_tick: Decimal::new(1, 2),
        valid_exchanges: "SMART,NASDAQ".to_owned(),
        time_zone: "UTC".to_owned(),
        liquid_hours: "19700101:0000-19700101:0930;19700102:CLOSED".to_owned(),
        stock_type: "COMMON".to_owned(),
        ..ContractDetails::default()
    }
}

/// The next question for a contract by its number; pairs of currencies are unknown here.
async fn question(peer: &mut Peer) -> i32 {
    loop {
        match soon(peer.next()).await.unwrap() {
            Request::ReqContractDetails { request_id, contract } if contract.sec_type == "CASH" => {
                peer.say(&[error(request_id, 200, "No security definition")]).await;
            }
            Request::ReqContractDetails { request_id, .. } => return request_id,
            _ => {}
        }
    }
}

fn by_number() -> ContractQuery {
    ContractQuery { contract_id: 265_598, ..ContractQuery::default() }
}

async fn told(venue: &Arc<TwsVenue>, peer: &mut Peer) {
    let (found, ()) = tokio::join!(venue.contracts(by_number(), Timestamp(1_000)), async {
        let request_id = question(peer).await;
        // The same contract on another exchange is the same contract.
        let mut other = apple(request_id);
        other.contract.exchange = "ISLAND".to_owned();
        peer.say(&[
            Response::ContractDetails(Box::new(apple(request_id))),
            Response::ContractDetails(Box::new(other)),
            Response::ContractDetailsEnd { request_id },
        ])
        .await;
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].instrument.class, AssetClass::Stock);
    assert_eq!(found[0].exchange, "SMART");
}

#[tokio::test]
async fn a_contract_is_asked_for_once_and_known_from_then_on() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    assert_eq!(venue.session(265_598, Timestamp(1_000)), None);
    told(&venue, &mut peer).await;
    assert_eq!(soon(venue.contracts(by_number(), Timestamp(2_000))).await.len(), 1);
    assert_eq!(venue.session(265_598, Timestamp(1_000)), Some(Session::Regular));
    assert_eq!(venue.session(265_598, Timestamp(12 * 3_600_000)), Some(Session::Closed));
    assert_eq!(venue.session(265_598, Timestamp(72 * 3_600_000)), None);
}

#[tokio::test]
async fn a_contract_that_upstream_does_not_know_is_no_contract() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let (found, ()) = tokio::join!(venue.contracts(by_number(), Timestamp(1_000)), async {
        let request_id = question(&mut peer).await;
        peer.say(&[error(request_id, 200, "No security definition")]).await;
    });
    assert!(found.is_empty());
    assert!(soon(venue.contracts(ContractQuery::default(), Timestamp(1_000))).await.is_empty());
}

#[tokio::test]
async fn a_watched_contract_has_a_quote_with_its_time_of_arrival() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    told(&venue, &mut peer).await;
    assert_eq!(venue.quote(265_598, Timestamp(1_000)), None);
    venue.watch(265_598);
    let request_id = loop {
        if let Some(Request::ReqMarketData { request_id, contract, snapshot: false, .. }) = soon(peer.next()).await {
            assert_eq!((contract.con_id, contract.exchange.as_str()), (265_598, "SMART"));
            break request_id;
        }
    };
    let tick = |tick_type, price: &str| {
        let (price, size) = (price.parse().unwrap(), Decimal::TEN);
        Response::TickPrice { request_id, tick_type, price, size, attributes: 0 }
    };
    peer.say(&[tick(1, "99.5"), tick(2, "99.75")]).await;
    let quote = until(|| venue.quote(265_598, Timestamp(9_999))).await;
    assert_eq!((quote.bid, quote.ask), (Price::parse("99.5").unwrap(), Price::parse("99.75").unwrap()));
    assert_eq!(quote.at, Timestamp(1_000));
    let full = venue.full_quote(265_598, Timestamp(9_999)).unwrap();
    assert_eq!((full.bid_size, full.last), (Decimal::TEN, Decimal::NEGATIVE_ONE));
}

#[tokio::test]
async fn prices_from_before_upstream_was_cut_off_are_no_quote_until_both_are_told_again() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    told(&venue, &mut peer).await;
    venue.watch(265_598);
    let request_id = loop {
        if let Some(Request::ReqMarketData { request_id, .. }) = soon(peer.next()).await {
            break request_id;
        }
    };
    let tick = |tick_type, price: &str| {
        let (price, size) = (price.parse().unwrap(), Decimal::TEN);
        Response::TickPrice { request_id, tick_type, price, size, attributes: 0 }
    };
    peer.say(&[tick(1, "99.5"), tick(2, "99.75")]).await;
    until(|| venue.quote(265_598, Timestamp(1_000))).await;
    peer.say(&[error(-1, 1_100, "connectivity lost"), error(-1, 1_102, "connectivity restored")]).await;
    until(|| venue.quote(265_598, Timestamp(1_000)).is_none().then_some(())).await;
    peer.say(&[tick(2, "89.75"), tick(1, "89.5")]).await;
    let quote = until(|| venue.quote(265_598, Timestamp(1_000))).await;
    assert_eq!((quote.bid, quote.ask), (Price::parse("89.5").unwrap(), Price::parse("89.75").unwrap()));
}

/// What upstream said is heard by a task beside this one.
async fn until<T>(look: impl Fn() -> Option<T>) -> T {
    soon(async {
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

#[tokio::test]
async fn the_account_is_shown_as_upstream_tells_it() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    assert_eq!(venue.accounts(), [ACCOUNT]);
    assert_eq!(venue.account(ACCOUNT, Timestamp(0)), None);
    let value = |key: &str, value: &str| Response::AccountValue {
        key: key.to_owned(),
        value: value.to_owned(),
        currency: "USD".to_owned(),
        account: ACCOUNT.to_owned(),
    };
    let end = Response::AccountDownloadEnd { account: ACCOUNT.to_owned() };
    peer.say(&[value("NetLiquidation", "1000000.25"), value("BuyingPower", "4000000"), end]).await;
    let view = until(|| venue.account(ACCOUNT, Timestamp(0))).await;
    assert_eq!(view.base_currency, "USD");
    assert_eq!(view.net_liquidation, "1000000.25".parse().unwrap());
    assert_eq!(view.buying_power, Decimal::from(4_000_000));
}
