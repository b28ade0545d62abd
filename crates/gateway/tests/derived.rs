//! Futures and options at a listener, in text and in protobuf: named, bought, held and sold, and written by nobody.

use crate::world::{ACCOUNT, Door, Raw, World, apple, order};
use kernel::instrument::{AssetClass, Selector};
use kernel::money::Amount;
use rust_decimal::Decimal;
use tws::{Contract, ContractDetails, PlaceOrder, Request, Response};

const FUND: i32 = 9_000_010;

fn named(sec_type: &str, symbol: &str) -> Contract {
    Contract {
        sec_type: sec_type.to_owned(),
        symbol: symbol.to_owned(),
        currency: "USD".to_owned(),
        ..Contract::default()
    }
}

async fn world() -> (World, Door) {
    let world = World::new().await;
    let door = world
        .credential(|new| {
            new.instruments = [AssetClass::Future, AssetClass::Option].map(Selector::Class).into();
            new.limits.order_value = Some(Amount::parse("1000000").unwrap());
            new.limits.day_value = Some(Amount::parse("100000000").unwrap());
        })
        .await;
    (world, door)
}

async fn details(raw: &mut Raw, contract: Contract) -> Vec<ContractDetails> {
    raw.say(&Request::ReqContractDetails { request_id: 7, contract }).await;
    let told = raw.until(|told| matches!(told, Response::ContractDetailsEnd { request_id: 7 })).await;
    let one = |told| if let Response::ContractDetails(details) = told { Some(*details) } else { None };
    told.into_iter().filter_map(one).collect()
}

async fn chains(raw: &mut Raw, symbol: &str, con_id: i32) -> Vec<Response> {
    let (symbol, exchange, sec_type) = (symbol.to_owned(), String::new(), "STK".to_owned());
    raw.say(&Request::ReqSecDefOptParams { request_id: 8, symbol, exchange, sec_type, con_id }).await;
    let mut told = raw.until(|told| matches!(told, Response::OptionParametersEnd { request_id: 8 })).await;
    told.retain(|one| matches!(one, Response::OptionParameters { .. }));
    told
}

fn placed(order_id: i32, contract: &Contract, change: impl FnOnce(&mut tws::Order)) -> Request {
    match order(order_id, change) {
        Request::PlaceOrder(place) => {
            Request::PlaceOrder(Box::new(PlaceOrder { contract: contract.clone(), ..*place }))
        }
        other => other,
    }
}

fn market(action: &str) -> impl FnOnce(&mut tws::Order) {
    let action = action.to_owned();
    |order| (order.action, order.order_type, order.lmt_price) = (action, "MKT".to_owned(), None)
}

async fn filled(raw: &mut Raw) -> tws::Execution {
    let told = raw.until(|told| matches!(told, Response::CommissionReport { .. })).await;
    let one =
        told.into_iter().find_map(|told| if let Response::ExecutionDetails(one) = told { Some(one) } else { None });
    *one.expect("an execution before its commission")
}

async fn positions(raw: &mut Raw) -> Vec<(Contract, Decimal)> {
    raw.say(&Request::ReqPositions).await;
    let told = raw.until(|told| matches!(told, Response::PositionEnd)).await;
    let one = |told| match told {
        Response::Position { account, contract, position, .. } if account == ACCOUNT && !position.is_zero() => {
            Some((contract, position))
        }
        _ => None,
    };
    told.into_iter().filter_map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_is_told_in_either_encoding_and_names_what_there_is() {
    let (_world, door) = world().await;
    let mut text = door.connect(1).await;
    let told = chains(&mut text, "SPY", FUND).await;
    let [Response::OptionParameters { under_con_id, multiplier, expirations, strikes, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((*under_con_id, multiplier.as_str(), strikes.len()), (FUND, "100", 17));
    let mut protobuf = door.connect_in_protobuf(2).await;
    assert_eq!(chains(&mut protobuf, "SPY", FUND).await, told);
    for (symbol, con_id) in [("AAPL", 265_598), ("SPY", 0), ("AAPL", FUND), ("NONE", 1)] {
        assert!(chains(&mut text, symbol, con_id).await.is_empty(), "{symbol} {con_id}");
    }
    let mut found = 0;
    for expiry in expirations {
        let of_a_day = Contract { expiry: expiry.clone(), ..named("OPT", "SPY") };
        let all = details(&mut text, of_a_day.clone()).await;
        assert_eq!(details(&mut protobuf, of_a_day).await, all);
        found += all.len();
        for each in all {
            assert_eq!(
                (&each.contract.expiry, each.under_con_id, each.contract.multiplier.as_str()),
                (expiry, FUND, "100")
            );
            assert!(strikes.contains(&each.contract.strike), "{each:?}");
        }
    }
    // A chain is one question, and so many answers.
    assert_eq!(details(&mut text, named("OPT", "SPY")).await.len(), found);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_a_symbol_alone_is_told_of_nothing_that_expires() {
    let (_world, door) = world().await;
    let mut raw = door.connect(1).await;
    let found = details(&mut raw, Contract { sec_type: String::new(), ..named("", "SPY") }).await;
    assert_eq!(found.iter().map(|each| each.contract.con_id).collect::<Vec<_>>(), [FUND]);
    let futures = details(&mut raw, named("FUT", "PRX")).await;
    assert_eq!(futures.len(), 4);
    for each in futures {
        let contract = &each.contract;
        assert_eq!((contract.multiplier.as_str(), contract.exchange.as_str()), ("50", "PAPER"));
        assert_eq!(
            (each.contract_month.as_str(), &each.real_expiration_date),
            (&contract.expiry[..6], &contract.expiry)
        );
        // By its number, its local name, or its month.
        for by in [
            Contract { con_id: contract.con_id, ..Contract::default() },
            Contract { local_symbol: contract.local_symbol.clone(), ..Contract::default() },
            Contract { expiry: each.contract_month.clone(), ..named("FUT", "PRX") },
        ] {
            assert_eq!(details(&mut raw, by).await, std::slice::from_ref(&each));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_bought_held_and_sold_and_nothing_is_written() {
    let (world, door) = world().await;
    for (client_id, protobuf) in [(1, false), (2, true)] {
        let mut raw = if protobuf { door.connect_in_protobuf(client_id).await } else { door.connect(client_id).await };
        let future = details(&mut raw, named("FUT", "PRX")).await.swap_remove(0).contract;
        let call = Contract { strike: 590.into(), right: "C".to_owned(), ..named("OPT", "SPY") };
        let call = details(&mut raw, call).await.swap_remove(0).contract;
        for (n, contract, code) in [(0, &future, "short_sale"), (10, &call, "option_writing")] {
            raw.say(&placed(n + 1, contract, market("BUY"))).await;
            let fill = filled(&mut raw).await;
            let says = |told: &Contract| {
                (
                    told.con_id,
                    told.sec_type.clone(),
                    told.multiplier.clone(),
                    told.expiry.clone(),
                    told.strike,
                    told.right.clone(),
                )
            };
            assert_eq!(says(&fill.contract), says(contract));
            let held = positions(&mut raw).await;
            let [(held, one)] = &held[..] else { panic!("{held:?}") };
            assert_eq!(*one, Decimal::ONE);
            assert_eq!((says(held), &held.local_symbol), (says(contract), &contract.local_symbol));
            raw.say(&placed(n + 2, contract, market("SELL"))).await;
            assert_eq!(filled(&mut raw).await.side, "SLD");
            world.clock.advance_ms(3_000);
            raw.say(&placed(n + 3, contract, market("SELL"))).await;
            let (rejected, text) = raw.refusal(n + 3).await;
            let words = lexicon::refusal(code, &[("position".to_owned(), "0".to_owned())]).text;
            assert!(rejected == 201 && text.contains(&words), "{text} {words}");
            world.clock.advance_ms(3_000);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_trade_the_fund_may_not_trade_what_is_on_it() {
    let world = World::new().await;
    let door = world
        .credential(|new| {
            new.instruments = vec![Selector::parse("SPY/USD").unwrap(), Selector::parse("stock").unwrap()]
        })
        .await;
    let mut raw = door.connect(1).await;
    let call = Contract { strike: 590.into(), right: "P".to_owned(), ..named("OPT", "SPY") };
    let call = details(&mut raw, call).await.swap_remove(0).contract;
    raw.say(&placed(1, &call, market("BUY"))).await;
    let (_, text) = raw.refusal(1).await;
    assert!(text.contains("may not trade that instrument"), "{text}");
    raw.say(&placed(2, &apple(), market("BUY"))).await;
    filled(&mut raw).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_leaves_the_account() {
    let (world, door) = world().await;
    let mut raw = door.connect(1).await;
    // Of the 16th of October 2026, which ends at 20:00 UTC.
    let put =
        Contract { strike: 550.into(), right: "P".to_owned(), expiry: "202610".to_owned(), ..named("OPT", "SPY") };
    let put = details(&mut raw, put).await.swap_remove(0).contract;
    raw.say(&placed(1, &put, market("BUY"))).await;
    filled(&mut raw).await;
    let place = (world.accounts()[0], i64::from(put.con_id));
    let net = |world: &World| world.actor.read(|state| state.book.position(place.0, place.1, door.id).1);
    assert!(net(&world).is_positive());
    world.clock.advance_ms(1_792_180_800_000 - world.actor.now().0);
    world.venue.tick(world.actor.now()).await.unwrap();
    world.until(|world| net(world).is_zero()).await;
    let held = world.venue.look(|broker| {
        broker.account(ACCOUNT).is_some_and(|one| one.positions.values().any(|each| !each.quantity.is_zero()))
    });
    assert!(!held);
}
