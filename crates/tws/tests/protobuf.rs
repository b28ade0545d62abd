//! The protobuf encoding means what the text encoding means: requests that clients wrote, responses that they took.
use crate::captured::{self, Captured, hexadecimal, version_of};
use crate::responses;
use rust_decimal::Decimal;
use std::time::Duration;
use tws::{Contract, Order, PlaceOrder, Request, Response, ServerVersion};

const VERSION: ServerVersion = ServerVersion::PROTOBUF;

/// Orders with what the product does not understand: there the two encodings name it differently.
const NOT_UNDERSTOOD: &[&str] =
    &["order-bag", "order-everything", "order-peg-bench", "order-peg-best", "order-peg-mid"];

fn in_text(name: &str) -> Request {
    let same = |c: &Captured| c.name == name && c.client == "ibapi 10.50.2";
    let text = captured::all().into_iter().find(same).unwrap();
    Request::decode(text.version, &text.payload).unwrap()
}

fn order(captured: &Captured) -> PlaceOrder {
    match Request::decode(captured.version, &captured.payload) {
        Ok(Request::PlaceOrder(order)) => *order,
        other => panic!("{}: {other:?}", captured.at()),
    }
}

#[test]
fn what_one_client_says_in_protobuf_and_in_text_is_read_as_the_same() {
    let mut compared = 0;
    for captured in captured::protobuf() {
        let read = Request::decode(VERSION, &captured.payload);
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", captured.at()));
        if NOT_UNDERSTOOD.contains(&captured.name) {
            continue;
        }
        assert_eq!(read, in_text(captured.name), "{}", captured.at());
        compared += 1;
    }
    let all = captured::all().iter().filter(|c| c.client == "ibapi 10.50.2").count();
    assert_eq!(compared, all - NOT_UNDERSTOOD.len());
}

#[test]
fn what_is_not_understood_is_named() {
    for (name, expected) in [
        ("order-bag", &["secType", "comboLegs", "smartComboRoutingParams"][..]),
        (
            "order-everything",
            &[
                "volatility",
                "deltaNeutralOrderType",
                "deltaNeutralAuxPrice",
                "scaleInitLevelSize",
                "scalePriceIncrement",
                "hedgeType",
                "hedgeParam",
                "deltaNeutralContract",
                "algoStrategy",
                "algoParams",
                "conditions",
                "softDollarTier.name",
            ][..],
        ),
        ("order-peg-bench", &["orderType", "referenceContractId", "peggedChangeAmount"][..]),
        ("order-peg-mid", &["orderType", "midOffsetAtWhole", "midOffsetAtHalf"][..]),
    ] {
        let captured = captured::protobuf().into_iter().find(|c| c.name == name).unwrap();
        let names: Vec<_> = order(&captured).extras.iter().map(|extra| extra.name).collect();
        for expected in expected {
            assert!(names.contains(expected), "{name}: {expected} in {names:?}");
        }
    }
}

#[test]
fn a_request_is_written_so_that_it_reads_the_same_in_either_encoding() {
    let mut compared = 0;
    for captured in captured::protobuf() {
        let request = Request::decode(VERSION, &captured.payload).unwrap();
        let Ok(written) = request.encode(VERSION) else { continue };
        assert_eq!(Request::decode(VERSION, &written).as_ref(), Ok(&request), "{}", captured.at());
        let text = request.encode(version_of(178)).unwrap();
        assert_eq!(Request::decode(version_of(178), &text).as_ref(), Ok(&request), "{}", captured.at());
        compared += 1;
    }
    assert!(compared >= 40, "{compared}");
}

#[test]
fn any_order_is_read_as_the_same_order_from_either_encoding() {
    type Seed = (i32, Option<i64>, Option<i64>, u8, u8, (bool, bool, bool), (i32, i32), Option<u32>);
    bolero::check!().with_test_time(Duration::from_secs(8)).with_type::<Seed>().for_each(
        |(id, limit, stop, places, word, (transmit, hidden, preview), (parent, size), quantity)| {
            // Prices of fifteen digits at most: those of a double are exact up to there, and clients have no others.
            let price =
                |units: &Option<i64>| units.map(|units| Decimal::new(units % 10_i64.pow(15), u32::from(places % 12)));
            let word =
                ["", "a", "GTC", "PEG BENCH", "IBKRATS", "a \\ b ~", "0", "BAG"][usize::from(word % 8)].to_owned();
            let unset = |number: i32| if number == i32::MAX { 0 } else { number };
            let order = Order {
                action: "BUY".to_owned(),
                total_quantity: quantity.map(Decimal::from),
                order_type: "LMT".to_owned(),
                lmt_price: price(limit),
                aux_price: price(stop),
                order_ref: word.clone(),
                account: word.clone(),
                transmit: *transmit,
                hidden: *hidden,
                what_if: *preview,
                parent_id: unset(*parent),
                display_size: unset(*size),
                ..Order::default()
            };
            let contract =
                Contract { con_id: unset(*size), symbol: word, sec_type: "STK".to_owned(), ..Contract::default() };
            let place = PlaceOrder { order_id: unset(*id), contract, order, extras: Vec::new() };
            let request = Request::PlaceOrder(Box::new(place));
            for version in [ServerVersion::NEWEST, VERSION] {
                let written = request.encode(version).unwrap();
                assert_eq!(Request::decode(version, &written).as_ref(), Ok(&request), "{version}");
            }
        },
    );
}

#[test]
fn every_response_is_the_bytes_that_a_real_client_was_seen_to_take_and_reads_the_same() {
    // Given to the decoder of ibapi 10.50.2, each led to the same calls as the text of version 178.
    let written: Vec<_> = responses::all().iter().map(|r| hexadecimal(&r.encode(VERSION))).collect();
    let seen: Vec<_> = include_str!("fixtures/answers-213.txt").lines().collect();
    assert_eq!(written, seen);
    for response in responses::all() {
        assert_eq!(Response::decode(VERSION, &response.encode(VERSION)), Ok(response));
    }
    assert_eq!(Response::Other { id: 17 }.encode(VERSION), b"");
}

#[test]
fn text_never_breaks_out_of_its_field() {
    let text = "a\0b\n\u{e9}\u{1f600}\\".to_owned();
    let error = Response::Error { request_id: -1, code: 201, text, reject_json: String::new() };
    assert_eq!(Response::decode(VERSION, &error.encode(VERSION)), Ok(error));
}

#[test]
fn of_a_real_server_what_is_not_known_is_skipped() {
    let mut bytes = Response::NextValidId { order_id: 42 }.encode(VERSION);
    bytes.extend_from_slice(&[0x7a, 0x01, b'x', 0x80, 0x01, 0x07]);
    assert_eq!(Response::decode(VERSION, &bytes), Ok(Response::NextValidId { order_id: 42 }));
    let depth = [&212_u32.to_be_bytes()[..], b"any"].concat();
    assert_eq!(Response::decode(VERSION, &depth), Ok(Response::Other { id: 12 }));
}
