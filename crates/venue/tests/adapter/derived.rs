//! Futures and options of upstream: read with all that they count by, or not at all; ordered where they are listed.

use super::market::apple;
use super::upstream::{ACCOUNT, Peer, Upstream, error, id, send, soon, terms};
use kernel::effect::{Effect, Tied};
use kernel::instrument::{AssetClass, Derivative, Right, Struck};
use kernel::money::{Price, Quantity};
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use tws::{Contract, ContractDetails, Request, Response};
use venue::contract::{ChainQuery, OptionChain};
use venue::{ContractQuery, Venue};

const NOW: Timestamp = Timestamp(1_000);

fn future() -> ContractDetails {
    let mut told = apple(0);
    told.contract = Contract {
        con_id: 551_601_561,
        symbol: "ES".to_owned(),
        sec_type: "FUT".to_owned(),
        expiry: "20261218".to_owned(),
        multiplier: "50".to_owned(),
        exchange: "CME".to_owned(),
        currency: "USD".to_owned(),
        local_symbol: "ESZ6".to_owned(),
        ..Contract::default()
    };
    (told.valid_exchanges, told.price_magnifier, told.under_con_id) = ("CME,QBALGO".to_owned(), 1, 11_004_968);
    told
}

fn option() -> ContractDetails {
    let mut told = future();
    told.contract = Contract {
        con_id: 700_000_001,
        sec_type: "OPT".to_owned(),
        symbol: "SPY".to_owned(),
        strike: Decimal::new(5_875, 1),
        right: "P".to_owned(),
        multiplier: "100".to_owned(),
        exchange: "SMART".to_owned(),
        ..told.contract
    };
    told.valid_exchanges = "SMART,CBOE".to_owned();
    told
}

/// The next question for a contract that is no pair of currencies, answered by this.
async fn told(peer: &mut Peer, mut details: ContractDetails) -> Contract {
    loop {
        let Some(Request::ReqContractDetails { request_id, contract }) = soon(peer.next()).await else { continue };
        if contract.sec_type == "CASH" {
            peer.say(&[error(request_id, 200, "No security definition")]).await;
            continue;
        }
        details.request_id = request_id;
        let end = Response::ContractDetailsEnd { request_id };
        peer.say(&[Response::ContractDetails(Box::new(details)), end]).await;
        return contract;
    }
}

fn asked() -> ContractQuery {
    ContractQuery {
        symbol: "SPY".to_owned(),
        sec_type: "OPT".to_owned(),
        expiry: "20261218".to_owned(),
        strike: Decimal::new(5_875, 1),
        right: "P".to_owned(),
        multiplier: "100".to_owned(),
        ..ContractQuery::default()
    }
}

#[tokio::test]
async fn they_are_read_with_their_multiplier_day_strike_and_right() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let (found, question) = tokio::join!(venue.look_up(asked(), NOW), told(&mut peer, option()));
    assert_eq!((question.expiry.as_str(), question.right.as_str(), question.strike), ("20261218", "P", asked().strike));
    let [put] = &found[..] else { panic!("{found:?}") };
    let struck = Struck { right: Right::Put, strike: Price::parse("587.5").unwrap() };
    let multiplier = Quantity::parse("100").unwrap();
    assert_eq!(put.instrument.class, AssetClass::Option);
    assert_eq!(put.instrument.derivative, Some(Derivative { multiplier, expiry: 20_261_218, option: Some(struck) }));
    assert_eq!((put.exchange.as_str(), put.under_contract_id), ("SMART", 11_004_968));
    let by_number = ContractQuery { contract_id: 551_601_561, ..ContractQuery::default() };
    let (found, _) = tokio::join!(venue.look_up(by_number, NOW), told(&mut peer, future()));
    let derivative = Derivative { multiplier: Quantity::parse("50").unwrap(), expiry: 20_261_218, option: None };
    assert_eq!((found[0].instrument.class, found[0].instrument.derivative), (AssetClass::Future, Some(derivative)));
    assert_eq!(found[0].exchange, "CME");
}

#[tokio::test]
async fn what_nobody_can_value_is_no_contract() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let wrong: [fn(&mut ContractDetails); 7] = [
        |told| told.contract.multiplier.clear(),
        |told| told.contract.multiplier = "0".to_owned(),
        |told| told.contract.expiry = "202612".to_owned(),
        |told| told.contract.right = "?".to_owned(),
        |told| told.contract.strike = Decimal::ZERO,
        // A price in cents.
        |told| told.price_magnifier = 100,
        |told| told.contract.sec_type = "FOP".to_owned(),
    ];
    for (n, edit) in (1..).zip(wrong) {
        let mut details = option();
        edit(&mut details);
        let query = ContractQuery { contract_id: n, ..ContractQuery::default() };
        let (found, _) = tokio::join!(venue.look_up(query, NOW), told(&mut peer, details));
        assert!(found.is_empty(), "{n}: {found:?}");
    }
}

#[tokio::test]
async fn an_order_says_all_of_it_and_where_it_is_listed() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    for (n, details, exchange) in [(1, future(), "CME"), (2, option(), "SMART")] {
        let query = ContractQuery { contract_id: i64::from(details.contract.con_id), ..ContractQuery::default() };
        let (found, _) = tokio::join!(venue.look_up(query, NOW), told(&mut peer, details.clone()));
        let terms = kernel::order::Terms { instrument: found[0].instrument.clone(), ..terms("1", "100") };
        let tied = Tied::default();
        send(&venue, Effect::Submit { id: id(n), account: ACCOUNT.to_owned(), terms, tied }).await;
        let place = peer.placed().await.contract;
        let says = |one: &Contract| {
            (
                one.con_id,
                one.sec_type.clone(),
                one.expiry.clone(),
                one.multiplier.clone(),
                one.strike,
                one.right.clone(),
            )
        };
        assert_eq!((says(&place), place.exchange.as_str()), (says(&details.contract), exchange));
    }
}

#[tokio::test]
async fn a_chain_is_passed_on_and_a_no_is_an_end() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let asked = || ChainQuery {
        symbol: "SPY".to_owned(),
        exchange: String::new(),
        sec_type: "STK".to_owned(),
        contract_id: 756_733,
    };
    let question = async |peer: &mut Peer| loop {
        if let Some(Request::ReqSecDefOptParams { request_id, symbol, con_id, .. }) = soon(peer.next()).await {
            assert_eq!((symbol.as_str(), con_id), ("SPY", 756_733));
            return request_id;
        }
    };
    let chain = OptionChain {
        exchange: "CBOE".to_owned(),
        under_contract_id: 756_733,
        trading_class: "SPY".to_owned(),
        multiplier: "100".to_owned(),
        expirations: vec!["20261218".to_owned()],
        strikes: vec![Decimal::new(5_875, 1)],
    };
    let (found, ()) = tokio::join!(venue.option_chains(asked(), NOW), async {
        let request_id = question(&mut peer).await;
        let told = |request_id| Response::OptionParameters {
            request_id,
            exchange: chain.exchange.clone(),
            under_con_id: 756_733,
            trading_class: chain.trading_class.clone(),
            multiplier: chain.multiplier.clone(),
            expirations: chain.expirations.clone(),
            strikes: chain.strikes.clone(),
        };
        // Of a question that nobody asked, too.
        let end = Response::OptionParametersEnd { request_id };
        peer.say(&[told(request_id + 1), told(request_id), end, told(request_id)]).await;
    });
    assert_eq!(found, std::slice::from_ref(&chain));
    let (found, ()) = tokio::join!(venue.option_chains(asked(), NOW), async {
        let request_id = question(&mut peer).await;
        peer.say(&[error(request_id, 200, "No security definition")]).await;
    });
    assert!(found.is_empty());
}
