//! Every field of an order that is not understood is noticed; every one that is, survives.
use crate::captured::{self, version_of};
use rust_decimal::Decimal;
use tws::{Contract, OpenOrder, Order, PlaceOrder, Request, Response, ServerVersion};

/// Positions, in a plain order at 178, of fields that no setting can make risky.
const WITHOUT_MEANING: &[usize] = &[52, 53];

#[test]
fn no_field_of_an_order_can_be_set_without_being_seen() {
    let plain =
        captured::all().into_iter().find(|c| c.name == "order-market" && c.version == ServerVersion::NEWEST).unwrap();
    let before = Request::decode(plain.version, &plain.payload).unwrap();
    let fields: Vec<&str> = std::str::from_utf8(&plain.payload).unwrap().split('\0').collect();
    for position in 0..fields.len() - 1 {
        for set in ["7", "1", "-3", "0.25", "x"] {
            if fields[position] == set || WITHOUT_MEANING.contains(&position) {
                continue;
            }
            let mut changed = fields.clone();
            changed[position] = set;
            let read = Request::decode(plain.version, changed.join("\0").as_bytes());
            assert_ne!(read.as_ref().ok(), Some(&before), "field {position} set to {set}");
        }
    }
}

#[test]
fn an_order_in_which_everything_is_set_is_written_and_read_again_at_every_version() {
    let place = PlaceOrder { order_id: 7, contract: contract(), order: trailing(), extras: Vec::new() };
    let request = Request::PlaceOrder(Box::new(place));
    for version in ServerVersion::all().chain([ServerVersion::PROTOBUF]) {
        let written = request.encode(version).unwrap();
        assert_eq!(Request::decode(version, &written).unwrap(), request, "{version}");
    }
}

#[test]
fn sizes_are_written_whole_when_they_are_whole() {
    let mut place = PlaceOrder::default();
    place.order.total_quantity = Some("100.000".parse().unwrap());
    place.order.lmt_price = Some("10.50".parse().unwrap());
    let request = Request::PlaceOrder(Box::new(place));
    let written = captured::shown(&request.encode(version_of(178)).unwrap());
    assert!(written.contains("|100||10.5||"), "{written}");
}

pub fn contract() -> Contract {
    Contract {
        con_id: 265598,
        symbol: "AAPL".to_owned(),
        sec_type: "OPT".to_owned(),
        expiry: "20261218".to_owned(),
        strike: Decimal::new(2005, 1),
        right: "C".to_owned(),
        multiplier: "100".to_owned(),
        exchange: "SMART".to_owned(),
        primary_exchange: "NASDAQ".to_owned(),
        currency: "USD".to_owned(),
        local_symbol: "AAPL  261218C00200500".to_owned(),
        trading_class: "AAPL".to_owned(),
        sec_id_type: "ISIN".to_owned(),
        sec_id: "US0378331005".to_owned(),
    }
}

/// The same that trails.
fn trailing() -> Order {
    Order {
        trail_stop_price: Some(Decimal::new(9, 0)),
        trailing_percent: Some(Decimal::new(25, 1)),
        lmt_price_offset: Some(Decimal::new(-2, 1)),
        ..order()
    }
}

#[test]
fn a_trailing_order_is_told_and_read_again_at_every_version() {
    let mut told = OpenOrder { contract: contract(), order: trailing(), order_id: 7, ..OpenOrder::default() };
    // Not told: how it was sent.
    (told.order.transmit, told.contract.sec_id, told.contract.sec_id_type) = (true, String::new(), String::new());
    told.contract.primary_exchange = String::new();
    for version in ServerVersion::all().chain([ServerVersion::PROTOBUF]) {
        let written = Response::OpenOrder(Box::new(told.clone())).encode(version);
        let Response::OpenOrder(read) = Response::decode(version, &written).unwrap() else { panic!("{version}") };
        assert_eq!(read.order, told.order, "{version}");
    }
}

pub fn order() -> Order {
    Order {
        action: "SELL".to_owned(),
        total_quantity: Some(Decimal::new(105, 1)),
        order_type: "STP LMT".to_owned(),
        lmt_price: Some(Decimal::new(18925, 2)),
        aux_price: Some(Decimal::new(-5, 1)),
        tif: "GTD".to_owned(),
        oca_group: "group".to_owned(),
        oca_type: 2,
        account: "DU1000001".to_owned(),
        open_close: "C".to_owned(),
        origin: 1,
        order_ref: "a \\ b ~".to_owned(),
        transmit: false,
        parent_id: 6,
        display_size: 3,
        outside_rth: true,
        hidden: true,
        good_after_time: "20261122 10:00:00 UTC".to_owned(),
        good_till_date: "20261122 11:00:00 UTC".to_owned(),
        what_if: true,
        cash_qty: Some(Decimal::new(5000, 0)),
        ..Order::default()
    }
}
