//! What servers say: written the way clients count the fields, and read again.
use crate::captured::{payload, shown, version_of};
use crate::orders;
use rust_decimal::Decimal;
use tws::history::Bar;
use tws::response::{FamilyCode, PriceIncrement, SymbolSample};
use tws::{
    CompletedOrder, Contract, ContractDetails, Execution, OpenOrder, OrderState, OrderStatus, PortfolioValue, Response,
    SecurityId, ServerVersion,
};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// A contract as reports carry it: without the primary exchange and the identifiers.
pub fn reported() -> Contract {
    Contract {
        primary_exchange: String::new(),
        sec_id_type: String::new(),
        sec_id: String::new(),
        ..orders::contract()
    }
}

fn open_order() -> OpenOrder {
    let mut order = orders::order();
    order.transmit = true;
    OpenOrder {
        order_id: 42,
        contract: reported(),
        order,
        client_id: 7,
        perm_id: 9_000_000_001,
        state: OrderState {
            status: text("PreSubmitted"),
            init_margin_change: Some(dec("1250.5")),
            commission: Some(dec("1.00")),
            commission_currency: text("USD"),
            warning_text: text("over there"),
            ..OrderState::default()
        },
    }
}

fn completed_order() -> CompletedOrder {
    let mut order = orders::order();
    (order.transmit, order.what_if, order.parent_id) = (true, false, 0);
    CompletedOrder {
        contract: reported(),
        order,
        perm_id: 9_000_000_001,
        filled_quantity: dec("10.5"),
        status: text("Filled"),
        completed_time: text("20261122 10:00:00 UTC"),
        completed_status: text("Filled Size: 10.5"),
    }
}

fn contract_details() -> ContractDetails {
    ContractDetails {
        request_id: 7,
        contract: Contract { sec_id_type: String::new(), sec_id: String::new(), ..orders::contract() },
        market_name: text("AAPL"),
        min_tick: dec("0.01"),
        order_types: text("LMT,MKT"),
        valid_exchanges: text("SMART,NASDAQ"),
        price_magnifier: 1,
        long_name: text("Soci\u{e9}t\u{e9} \\ G\u{e9}n\u{e9}rale"),
        time_zone: text("US/Eastern"),
        trading_hours: text("20261123:0400-20261123:2000"),
        liquid_hours: text("20261123:0930-20261123:1600"),
        security_ids: vec![SecurityId { tag: text("ISIN"), value: text("US0378331005") }],
        agg_group: 1,
        market_rule_ids: text("26,26"),
        stock_type: text("COMMON"),
        ..ContractDetails::default()
    }
}

fn execution() -> Execution {
    Execution {
        request_id: -1,
        order_id: 42,
        contract: reported(),
        exec_id: text("0000e0d5.1"),
        time: text("20261122 10:00:00 US/Eastern"),
        account: text("DU1000001"),
        exchange: text("NASDAQ"),
        side: text("BOT"),
        shares: dec("100"),
        price: dec("189.25"),
        perm_id: 9_000_000_001,
        client_id: 7,
        cumulative_quantity: dec("100"),
        average_price: dec("189.25"),
        order_ref: text("ref-1"),
        last_liquidity: 2,
        ..Execution::default()
    }
}

/// One of everything that is built, with what every version has.
#[rustfmt::skip]
fn bar(date: &str, open: &str) -> Bar {
    let [open, high, low, close] = [open, "101.25", "98.75", "100"].map(dec);
    Bar { date: text(date), open, high, low, close, volume: dec("1200"), average: dec("99.875"), count: 12 }
}

pub fn all() -> Vec<Response> {
    let (request_id, account) = (7, text("DU1000001"));
    vec![
        Response::ManagedAccounts { accounts: vec![account.clone(), text("DU1000002")] },
        Response::NextValidId { order_id: 42 },
        Response::Error { request_id: -1, code: 2104, text: text("caf\u{e9} \\ ok"), reject_json: String::new() },
        Response::CurrentTime { epoch_seconds: 1_795_000_000 },
        Response::ContractDetails(Box::new(contract_details())),
        Response::ContractDetailsEnd { request_id },
        Response::AccountValue {
            key: text("NetLiquidation"),
            value: text("100000.00"),
            currency: text("USD"),
            account: account.clone(),
        },
        Response::PortfolioValue(Box::new(PortfolioValue {
            contract: Contract { exchange: String::new(), primary_exchange: text("NASDAQ"), ..reported() },
            position: dec("-100"),
            market_price: dec("189.25"),
            market_value: dec("-18925"),
            average_cost: dec("180.5"),
            unrealized_pnl: dec("-875"),
            realized_pnl: dec("0"),
            account: account.clone(),
        })),
        Response::AccountTime { time: text("10:00") },
        Response::AccountDownloadEnd { account: account.clone() },
        Response::Position {
            account: account.clone(),
            contract: reported(),
            position: dec("100"),
            average_cost: dec("180.5"),
        },
        Response::PositionEnd,
        Response::PositionMulti {
            request_id,
            account: account.clone(),
            contract: reported(),
            position: dec("100"),
            average_cost: dec("180.5"),
            model: text("m"),
        },
        Response::PositionMultiEnd { request_id },
        Response::AccountSummary {
            request_id,
            account: account.clone(),
            tag: text("BuyingPower"),
            value: text("1"),
            currency: text("USD"),
        },
        Response::AccountSummaryEnd { request_id },
        Response::AccountUpdateMulti {
            request_id,
            account: account.clone(),
            model: text("m"),
            key: text("Cash"),
            value: text("1"),
            currency: text("USD"),
        },
        Response::AccountUpdateMultiEnd { request_id },
        Response::OpenOrder(Box::new(open_order())),
        Response::OrderStatus(Box::new(OrderStatus {
            order_id: 42,
            status: text("PreSubmitted"),
            filled: dec("0"),
            remaining: dec("100"),
            average_fill_price: dec("0"),
            perm_id: 9_000_000_001,
            parent_id: 41,
            last_fill_price: dec("0"),
            client_id: 7,
            why_held: text("approval"),
            market_cap_price: dec("0"),
        })),
        Response::OpenOrderEnd,
        Response::ExecutionDetails(Box::new(execution())),
        Response::ExecutionDetailsEnd { request_id },
        Response::CommissionReport {
            exec_id: text("0000e0d5.1"),
            commission: dec("1.05"),
            currency: text("USD"),
            realized_pnl: None,
        },
        Response::CompletedOrder(Box::new(completed_order())),
        Response::CompletedOrdersEnd,
        Response::MarketDataType { request_id, kind: 3 },
        Response::TickReqParams {
            request_id,
            min_tick: dec("0.01"),
            bbo_exchange: text("9c0001"),
            snapshot_permissions: 3,
        },
        Response::TickPrice { request_id, tick_type: 1, price: dec("189.24"), size: dec("100"), attributes: 1 },
        Response::TickSize { request_id, tick_type: 0, size: dec("100") },
        Response::TickGeneric { request_id, tick_type: 49, value: dec("0") },
        Response::TickString { request_id, tick_type: 45, value: text("1795000000") },
        Response::TickSnapshotEnd { request_id },
        Response::Pnl { request_id, daily: Some(dec("-5.25")), unrealized: None, realized: Some(dec("0")) },
        Response::PnlSingle {
            request_id,
            position: dec("100"),
            daily: Some(dec("1")),
            unrealized: None,
            realized: None,
            value: Some(dec("18925")),
        },
        Response::SymbolSamples {
            request_id,
            samples: vec![SymbolSample {
                con_id: 265598,
                symbol: text("AAPL"),
                sec_type: text("STK"),
                primary_exchange: text("NASDAQ"),
                currency: text("USD"),
                derivative_sec_types: vec![text("OPT"), text("CFD")],
                description: String::new(),
            }],
        },
        Response::MarketRule {
            rule_id: 26,
            increments: vec![PriceIncrement { low_edge: dec("0"), increment: dec("0.01") }],
        },
        Response::FamilyCodes { codes: vec![FamilyCode { account, code: text("F1") }] },
        Response::OptionParameters {
            request_id,
            exchange: text("SMART"),
            under_con_id: 756733,
            trading_class: text("SPY"),
            multiplier: text("100"),
            expirations: vec![text("20261218"), text("20270115")],
            strikes: vec![dec("585"), dec("587.5"), dec("590")],
        },
        Response::OptionParametersEnd { request_id },
        Response::UserInfo { request_id, white_branding_id: text("w") },
    ]
}

#[test]
fn every_response_reads_as_it_was_written_at_every_version() {
    for version in ServerVersion::all() {
        for response in all() {
            let written = response.encode(version);
            assert_eq!(Response::decode(version, &written).as_ref(), Ok(&response), "{version}");
            let mut longer = written.clone();
            longer.extend_from_slice(b"0\0");
            assert!(Response::decode(version, &longer).is_err(), "{version} {response:?}");
            let shorter = &written[..written.len() - 1];
            assert!(Response::decode(version, shorter).is_err(), "{version} {response:?}");
        }
    }
}

#[test]
fn every_response_is_the_bytes_that_real_clients_were_seen_to_take() {
    // These bytes were given to the decoders of the four Python clients at their versions. Each
    // took every message it knows (user information is younger than ibapi 9.81), and where the
    // official ones read field by field, they left none over.
    for (version, file) in [
        (157, include_str!("fixtures/answers-157.txt")),
        (176, include_str!("fixtures/answers-176.txt")),
        (178, include_str!("fixtures/answers-178.txt")),
    ] {
        let written: Vec<_> = all().iter().map(|r| shown(&r.encode(version_of(version)))).collect();
        let seen: Vec<_> = file.lines().collect();
        assert_eq!(written, seen, "{version}");
    }
}

#[test]
fn every_response_has_as_many_fields_at_each_version_as_real_clients_took() {
    // From the decoders of ib_async and ibapi 10.50, set to each version in turn.
    let mut versions = 0;
    for line in include_str!("fixtures/answer-counts.txt").lines() {
        let mut counts = line.split(' ').map(|count| count.parse::<u32>().unwrap());
        let version = version_of(counts.next().unwrap());
        let fields = |bytes: Vec<u8>| bytes.iter().filter(|byte| **byte == 0).count() as u32;
        let written: Vec<u32> = all().iter().map(|r| fields(r.encode(version))).collect();
        assert_eq!(written, counts.collect::<Vec<_>>(), "{version}");
        versions += 1;
    }
    assert_eq!(versions, ServerVersion::all().count());
}

#[test]
fn clients_that_count_fields_get_exactly_as_many() {
    for (id, at_157, at_178) in [
        (1, 7, 7),
        (3, 12, 12),
        (4, 5, 6),
        (7, 20, 20),
        (9, 3, 3),
        (11, 31, 32),
        (15, 3, 3),
        (59, 8, 8),
        (61, 16, 16),
        (71, 18, 18),
        (73, 8, 8),
    ] {
        let response = all().into_iter().find(|response| response.id() == id).unwrap();
        for (version, expected) in [(157, at_157), (178, at_178)] {
            let written = response.encode(version_of(version));
            let fields = written.iter().filter(|byte| **byte == 0).count();
            assert_eq!(fields, expected, "message {id} at {version}");
        }
    }
}

#[test]
fn sizes_are_whole_and_prices_plain() {
    let tick =
        Response::TickPrice { request_id: 8, tick_type: 1, price: dec("189.2500"), size: dec("100.0"), attributes: 0 };
    assert_eq!(shown(&tick.encode(version_of(157))), "1|6|8|1|189.25|100|0|");
}

#[test]
fn text_never_breaks_out_of_its_field() {
    let error = Response::Error {
        request_id: 42,
        code: 201,
        text: text("a\0b\n\u{e9}\u{1f600}\\"),
        reject_json: String::new(),
    };
    let written = error.encode(version_of(178));
    assert_eq!(shown(&written), "4|2|42|201|a\\u0000b\\u000a\\u00e9\\U0001f600\\\\||");
    assert_eq!(Response::decode(version_of(178), &written), Ok(error));
    let bars = Response::HistoricalData { request_id: 9, start: text("a"), end: text("b"), bars: vec![bar("1", "2")] };
    assert_eq!(shown(&bars.encode(version_of(178))), "17|9|a|b|1|1|2|101.25|98.75|100|1200|99.875|12|");
    let end = Response::HistoricalDataEnd { request_id: 9, start: text("a"), end: text("b") };
    assert_eq!(end.encode(version_of(178)), b"", "in text the end is told with the bars");
    assert_eq!(Response::decode(ServerVersion::PROTOBUF, &end.encode(ServerVersion::PROTOBUF)), Ok(end));
    let hostile = Response::AccountTime { time: text("1\x002\0") };
    assert_eq!(shown(&hostile.encode(version_of(178))), "8|1|1\\u00002\\u0000|");
}

#[test]
fn what_is_not_built_is_passed_over_by_number() {
    for id in [10_000, 12, 80, 90, 99, 106] {
        let read = Response::decode(version_of(178), &payload(&format!("{id}|any|thing|")));
        assert_eq!(read, Ok(Response::Other { id }));
    }
    assert_eq!(Response::Other { id: 12 }.encode(version_of(178)), b"");
}

#[test]
fn an_open_order_with_blocks_that_are_not_built_is_read_to_its_end() {
    let version = version_of(178);
    let order = Response::OpenOrder(Box::new(open_order()));
    let plain = shown(&order.encode(version));
    let mut fields: Vec<&str> = plain.split('|').collect();
    // A real server spells the missing delta-neutral order "None", and its block follows.
    assert_eq!((fields[57], fields[61], fields[62]), ("6", "", ""), "{plain}");
    fields[61] = "None";
    fields.splice(63..63, ["0", "", "", "", "?", "0", "0", ""]);
    let read = Response::decode(version, &payload(&fields.join("|")));
    assert_eq!(read, Ok(order));
}
