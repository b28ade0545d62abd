//! What the four Python clients write is read for what it means.
use crate::captured::{self, Captured};
use crate::orders;
use rust_decimal::Decimal;
use tws::{Order, PlaceOrder, Request};

fn placed(name: &str) -> Vec<(Captured, PlaceOrder)> {
    let named = captured::all().into_iter().filter(|c| c.name == name);
    let orders: Vec<_> = named.map(|c| (order(&c), c)).map(|(o, c)| (c, o)).collect();
    assert!(!orders.is_empty(), "{name}");
    orders
}

fn order(captured: &Captured) -> PlaceOrder {
    match Request::decode(captured.version, &captured.payload) {
        Ok(Request::PlaceOrder(order)) => *order,
        other => panic!("{}: {other:?}", captured.at()),
    }
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn every_captured_message_is_read_as_the_message_it_is() {
    for captured in captured::all() {
        let request = Request::decode(captured.version, &captured.payload)
            .unwrap_or_else(|error| panic!("{}: {error}", captured.at()));
        assert!(!matches!(request, Request::Other { .. }), "{}", captured.at());
    }
}

#[test]
fn a_plain_order_has_110_fields_at_157_115_at_176_and_114_at_178() {
    for (captured, _) in placed("order-market") {
        let expected = match captured.version.get() {
            157 => 110,
            176 => 115,
            178 => 114,
            other => panic!("{other}"),
        };
        assert_eq!(captured.fields(), expected, "{}", captured.at());
    }
}

#[test]
fn a_market_order_is_an_order_without_prices_and_without_extras() {
    for (captured, place) in placed("order-market") {
        let at = captured.at();
        assert_eq!(place.extras, [], "{at}");
        assert_eq!((place.order_id, place.contract.con_id), (42, 265598), "{at}");
        let contract = &place.contract;
        assert_eq!((contract.symbol.as_str(), contract.sec_type.as_str()), ("AAPL", "STK"));
        assert_eq!((contract.exchange.as_str(), contract.currency.as_str()), ("SMART", "USD"));
        assert_eq!(contract.strike, Decimal::ZERO, "{at}");
        let order = &place.order;
        assert_eq!((order.action.as_str(), order.order_type.as_str()), ("BUY", "MKT"), "{at}");
        assert_eq!(order.total_quantity, Some(dec("100")), "{at}");
        assert_eq!((order.lmt_price, order.aux_price, order.cash_qty), (None, None, None), "{at}");
        assert!(order.transmit && !order.what_if && order.parent_id == 0, "{at}");
    }
}

#[test]
fn a_limit_order_keeps_its_price_account_reference_and_time_in_force() {
    for (captured, place) in placed("order-limit") {
        let at = captured.at();
        assert_eq!(place.extras, [], "{at}");
        let order = &place.order;
        assert_eq!(order.action, "SELL", "{at}");
        assert_eq!(order.total_quantity, Some(dec("10.5")), "{at}");
        assert_eq!(order.lmt_price, Some(dec("189.25")), "{at}");
        assert_eq!((order.tif.as_str(), order.account.as_str()), ("GTC", "DU1000001"), "{at}");
        assert_eq!(order.order_ref, "ref-1", "{at}");
        assert!(order.outside_rth, "{at}");
    }
}

#[test]
fn a_stop_limit_child_keeps_its_parent_its_group_and_that_it_is_parked() {
    for (captured, place) in placed("order-stop-limit") {
        let at = captured.at();
        assert_eq!(place.extras, [], "{at}");
        let order = &place.order;
        assert_eq!(order.lmt_price, Some(dec("201")), "{at}");
        assert_eq!(order.aux_price, Some(dec("200.5")), "{at}");
        assert_eq!((order.parent_id, order.oca_type, order.transmit), (41, 1, false), "{at}");
        assert_eq!(order.oca_group, "g", "{at}");
    }
}

#[test]
fn a_preview_is_not_taken_for_an_order() {
    for (captured, place) in placed("order-what-if") {
        assert!(place.order.what_if && place.extras.is_empty(), "{}", captured.at());
    }
}

#[test]
fn an_order_that_a_client_learned_from_our_report_comes_back_as_the_same_order() {
    // `order-again` is what each client sent when it was given the bytes of our open order, as
    // after a reconnect, and placed that order again.
    for (captured, place) in placed("order-again") {
        let at = captured.at();
        assert_eq!(place.extras, [], "{at}");
        let order = Order { transmit: true, ..orders::order() };
        assert_eq!(place.order, order, "{at}");
        assert_eq!(place.contract, crate::responses::reported(), "{at}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    for (name, expected) in [
        ("order-bag", &["secType", "comboLegs", "orderComboLegs", "smartComboRoutingParams"][..]),
        (
            "order-everything",
            &[
                "deltaNeutralOrderType",
                "scalePriceIncrement",
                "hedgeType",
                "deltaNeutralContract",
                "algoStrategy",
                "algoParams",
                "conditions",
                "softDollarTier.name",
            ][..],
        ),
        ("order-peg-bench", &["orderType", "referenceContractId", "peggedChangeAmount"][..]),
        ("order-peg-best", &["exchange", "minTradeQty", "minCompeteSize", "midOffsetAtHalf"][..]),
        ("order-peg-mid", &["orderType", "midOffsetAtWhole", "midOffsetAtHalf"][..]),
    ] {
        for (captured, place) in placed(name) {
            let names: Vec<_> = place.extras.iter().map(|extra| extra.name).collect();
            for expected in expected {
                assert!(names.contains(expected), "{}: {expected} in {names:?}", captured.at());
            }
        }
    }
}

#[test]
fn what_is_read_is_written_so_that_it_reads_the_same() {
    let mut compared = 0;
    for captured in captured::all() {
        let request = Request::decode(captured.version, &captured.payload).unwrap();
        let Ok(written) = request.encode(captured.version) else {
            let Request::PlaceOrder(place) = &request else {
                panic!("{}", captured.at());
            };
            assert!(!place.extras.is_empty(), "{}", captured.at());
            continue;
        };
        let fields = written.iter().filter(|byte| **byte == 0).count();
        assert_eq!(fields, captured.fields(), "{}", captured.at());
        let again = Request::decode(captured.version, &written).unwrap();
        assert_eq!(again, request, "{}", captured.at());
        compared += 1;
    }
    assert!(compared > 150);
}

#[test]
fn the_same_order_at_every_version_is_read_as_the_same_order() {
    let mut read = Vec::new();
    for line in include_str!("fixtures/ibapi_10.50-every-version.txt").lines() {
        let (version, fields) = line.split_once(' ').unwrap();
        let version = captured::version_of(version.parse().unwrap());
        let order = Request::decode(version, &captured::payload(fields)).unwrap();
        let Request::PlaceOrder(place) = &order else {
            panic!("{order:?}");
        };
        assert_eq!(place.extras, [], "{version}");
        assert_eq!(place.order.lmt_price, Some(dec("189.25")), "{version}");
        let written = order.encode(version).unwrap();
        assert_eq!(written.split(|byte| *byte == 0).count(), fields.split('|').count(), "{version}");
        read.push(order);
    }
    assert_eq!(read.len(), tws::ServerVersion::all().count());
    assert!(read.windows(2).all(|pair| pair[0] == pair[1]));
}
