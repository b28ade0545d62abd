//! A protobuf message that is not exactly what its schema says is refused, with the id to answer to.
use crate::captured;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tws::{Class, DecodeErrorKind, Request, Response, ServerVersion, request_table};

const VERSION: ServerVersion = ServerVersion::PROTOBUF;

fn varint(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// A field: its number, its wire type, and its value as it is on the wire.
fn field(number: u32, wire: u64, value: &[u8]) -> Vec<u8> {
    [varint(u64::from(number) << 3 | wire), value.to_vec()].concat()
}

fn within(number: u32, inner: &[u8]) -> Vec<u8> {
    field(number, 2, &[&varint(inner.len() as u64)[..], inner].concat())
}

fn message(id: u32, body: &[u8]) -> Vec<u8> {
    [&(id + 200).to_be_bytes()[..], body].concat()
}

/// Contract 2 and order 3 of a plain market order for 42, each with more behind it.
fn an_order(contract: &[u8], order: &[u8]) -> Result<Request, tws::DecodeError> {
    let shown = [field(1, 0, &varint(265_598)), within(2, b"AAPL"), within(3, b"STK"), within(8, b"SMART")].concat();
    let said = [within(5, b"BUY"), within(6, b"100"), within(8, b"MKT"), field(66, 0, &[1])].concat();
    let contract = within(2, &[&shown[..], contract].concat());
    let order = within(3, &[&said[..], order].concat());
    Request::decode(VERSION, &message(3, &[field(1, 0, &[42]), contract, order].concat()))
}

fn kind(read: Result<Request, tws::DecodeError>) -> DecodeErrorKind {
    read.unwrap_err().kind
}

#[test]
fn no_field_of_an_order_or_its_contract_can_be_set_without_being_seen() {
    let plain = an_order(&[], &[]).unwrap();
    let values: [(u64, Vec<u8>); 4] =
        [(0, varint(7)), (0, varint(1)), (1, 0.25_f64.to_le_bytes().to_vec()), (2, [&[1][..], b"x"].concat())];
    let mut seen = 0;
    for number in 1..=200 {
        for (wire, value) in &values {
            let added = field(number, *wire, value);
            // Whose order it was and its name for life (1, 3), and the words of a search (15).
            if ![1, 3].contains(&number) {
                assert_ne!(an_order(&[], &added).as_ref().ok(), Some(&plain), "order {number} {wire}");
            }
            if number != 15 {
                assert_ne!(an_order(&added, &[]).as_ref().ok(), Some(&plain), "contract {number} {wire}");
            }
            seen += 2;
        }
    }
    assert_eq!(seen, 1_600);
    let of_another = an_order(&[], &field(2, 0, &varint(41))).unwrap();
    let Request::PlaceOrder(place) = of_another else { panic!() };
    assert_eq!((place.order_id, place.extras[0].name), (42, "order.orderId"));
}

#[test]
fn a_field_that_is_not_known_refuses_the_message_wherever_it_is() {
    let unknown = field(146, 0, &[1]);
    assert_eq!(kind(an_order(&[], &unknown)), DecodeErrorKind::UnknownField { number: 146 });
    assert_eq!(kind(an_order(&unknown, &[])), DecodeErrorKind::UnknownField { number: 146 });
    for captured in captured::protobuf() {
        for added in [field(99, 0, &[0]), field(99, 2, &[0]), field(99, 1, &[0; 8])] {
            let longer = [&captured.payload[..], &added].concat();
            let read = Request::decode(VERSION, &longer).unwrap_err();
            assert_eq!(read.kind, DecodeErrorKind::UnknownField { number: 99 }, "{}", captured.at());
        }
    }
}

#[test]
fn a_field_that_is_there_twice_is_refused_also_when_it_says_the_same() {
    for (order, name) in [
        (within(5, b"BUY"), "action"),
        (within(6, b"1"), "totalQuantity"),
        ([field(9, 1, &10_f64.to_le_bytes()), field(9, 1, &11_f64.to_le_bytes())].concat(), "lmtPrice"),
        (field(66, 0, &[1]), "transmit"),
    ] {
        assert_eq!(kind(an_order(&[], &order)), DecodeErrorKind::Twice { field: name });
    }
    // Others would mix two orders in one message into one.
    let again = within(3, &within(6, b"1"));
    let body = [field(1, 0, &[42]), within(3, &within(5, b"BUY")), again].concat();
    let read = Request::decode(VERSION, &message(3, &body)).unwrap_err();
    assert_eq!((read.kind, read.order_or_request_id), (DecodeErrorKind::Twice { field: "order" }, Some(42)));
    for captured in captured::protobuf().iter().filter(|c| c.payload.get(4) == Some(&0x08)) {
        let twice = [&captured.payload[..], &[0x08, 0x01]].concat();
        let read = Request::decode(VERSION, &twice).unwrap_err();
        assert!(matches!(read.kind, DecodeErrorKind::Twice { .. }), "{}: {read:?}", captured.at());
    }
}

#[test]
fn a_value_that_is_none_of_its_field_is_refused() {
    let double = |value: f64| field(9, 1, &value.to_le_bytes());
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -f64::MAX, f64::MIN_POSITIVE] {
        let read = kind(an_order(&[], &double(value)));
        assert!(matches!(read, DecodeErrorKind::NotADecimal { field: "lmtPrice", .. }), "{value}: {read:?}");
    }
    let price = |read| match read {
        Ok(Request::PlaceOrder(place)) => place.order.lmt_price.map(|price| price.to_string()),
        other => panic!("{other:?}"),
    };
    // The largest double is how clients spell that there is none.
    assert_eq!(price(an_order(&[], &double(f64::MAX))), None);
    assert_eq!(price(an_order(&[], &double(189.25))).as_deref(), Some("189.25"));
    assert_eq!(price(an_order(&[], &double(0.1 + 0.2))).as_deref(), Some("0.30000000000000004"));
    // In a field that is not even understood, no number is no number either.
    let Ok(Request::PlaceOrder(place)) = an_order(&[], &field(138, 0, &[1])) else { panic!() };
    assert_eq!(place.extras[0].name, "deactivate");
    assert!(matches!(kind(an_order(&[], &field(66 + 1, 0, &[2]))), DecodeErrorKind::NotAFlag { .. }));
    assert!(matches!(kind(an_order(&[], &field(7, 0, &varint(1 << 31)))), DecodeErrorKind::NotAnInteger { .. }));
    assert_eq!(kind(an_order(&[], &field(7, 1, &[0; 8]))), DecodeErrorKind::WrongType { field: "displaySize" });
    assert_eq!(kind(an_order(&[], &field(9, 0, &[1]))), DecodeErrorKind::WrongType { field: "lmtPrice" });
    for text in [&b"caf\xc3\xa9"[..], b"a\0b", b"\xff"] {
        assert_eq!(kind(an_order(&[], &within(28, text))), DecodeErrorKind::NotPlainText { field: "orderRef" });
    }
}

#[test]
fn a_message_cut_anywhere_is_refused_or_says_less() {
    let mut cuts = 0;
    for captured in captured::protobuf() {
        let whole = Request::decode(VERSION, &captured.payload);
        for end in 0..captured.payload.len() {
            let cut = Request::decode(VERSION, &captured.payload[..end]);
            // Clients end some messages with a flag that is off, or with a message that is empty.
            let tail = &captured.payload[end..];
            let said_nothing = tail == [0x12, 2, 8, 0] || tail.chunks(2).all(|field| field.get(1) == Some(&0));
            let says_nothing = captured.name == "ids" || said_nothing;
            assert!(says_nothing && end > 3 || cut != whole, "{} at {end}", captured.at());
            cuts += 1;
        }
    }
    assert!(cuts > 2_000, "{cuts}");
}

#[test]
fn bytes_that_are_no_message_are_refused_with_the_number_and_the_id_where_they_can_be_read() {
    for (body, id) in
        [(&[0x08, 0x2a, 0x12, 0x7f][..], Some(42)), (&[0x12, 0x00, 0x08, 0x2a, 0x1a], Some(42)), (&[0x0a], None)]
    {
        let read = Request::decode(VERSION, &message(3, body)).unwrap_err();
        let expected = (Some(3), id, DecodeErrorKind::NotProtobuf);
        assert_eq!((read.message_id, read.order_or_request_id, read.kind), expected, "{body:?}");
    }
    for short in [&b""[..], &[0], &[0, 0, 1]] {
        assert_eq!(kind(Request::decode(VERSION, short)), DecodeErrorKind::NoMessageId);
    }
    // Text at this version, with its number in four bytes as clients of 201 and later write it.
    let text = [&3_u32.to_be_bytes()[..], b"42\0"].concat();
    assert_eq!(kind(Request::decode(VERSION, &text)), DecodeErrorKind::TextMessage { number: 3 });
    assert_eq!(kind(Request::decode(VERSION, b"61\x001\0")), DecodeErrorKind::UnknownMessage);
    assert_eq!(kind(Request::decode(VERSION, &message(1_000, b""))), DecodeErrorKind::UnknownMessage);
    assert_eq!(kind(Request::decode(VERSION, &u32::MAX.to_be_bytes())), DecodeErrorKind::UnknownMessage);
}

#[test]
fn what_is_not_built_is_passed_on_by_name_and_never_read() {
    for id in request_table::ids() {
        let read = Request::decode(VERSION, &message(id, &[0x08, 0x07]));
        if let Ok(Request::Other { id: told, name, request_id }) = &read {
            assert_eq!((*told, Some(*name)), (id, request_table::name(id)));
            assert!(request_id.is_none_or(|id| id == 7));
            assert!(read.as_ref().unwrap().encode(VERSION).is_err());
        }
    }
    let update = Request::decode(VERSION, &message(109, b"any")).unwrap();
    assert_eq!(update.class(), Class::Deny);
}

static ACCEPTED: AtomicUsize = AtomicUsize::new(0);

fn check(payload: &[u8]) {
    if let Ok(request) = Request::decode(VERSION, payload) {
        ACCEPTED.fetch_add(1, Ordering::Relaxed);
        if let Ok(written) = request.encode(VERSION) {
            assert_eq!(Request::decode(VERSION, &written).as_ref(), Ok(&request));
        }
    }
    if let Ok(response) = Response::decode(VERSION, payload) {
        let written = response.encode(VERSION);
        if !written.is_empty() {
            assert!(Response::decode(VERSION, &written).is_ok());
        }
    }
}

#[test]
fn noise_is_refused_without_a_panic_and_what_is_read_from_it_is_stable() {
    let mut messages: Vec<Vec<u8>> = captured::protobuf().into_iter().map(|c| c.payload).collect();
    messages.extend(crate::responses::all().iter().map(|r| r.encode(VERSION)));
    bolero::check!().with_test_time(Duration::from_secs(12)).with_type::<(u16, Vec<(u8, u8, u8)>, Vec<u8>)>().for_each(
        |(seed, changes, noise)| {
            check(noise);
            check(&message(3, noise));
            let mut bytes = messages[usize::from(*seed) % messages.len()].clone();
            for (position, action, value) in changes {
                let position = 3 + usize::from(*position) % (bytes.len() - 3);
                match action % 4 {
                    0 if bytes.len() > 4 => drop(bytes.remove(position)),
                    1 => bytes.insert(position, *value),
                    2 => bytes[position] ^= 1 << (value % 8),
                    _ => bytes[position] = *value,
                }
            }
            check(&bytes);
        },
    );
    assert!(ACCEPTED.load(Ordering::Relaxed) > 0);
}

/// It only takes risk away: who cancelled by hand, and when, is no reason to refuse it.
#[test]
fn a_cancel_is_read_whoever_it_says_has_cancelled() {
    let by_hand = [within(1, b"20261122-10:00:00"), within(2, b"maya"), field(3, 0, &[1])].concat();
    let one = Request::decode(VERSION, &message(4, &[field(1, 0, &[42]), within(2, &by_hand)].concat())).unwrap();
    assert!(matches!(one, Request::CancelOrder { order_id: 42, .. }), "{one:?}");
    let all = Request::decode(VERSION, &message(58, &within(1, &by_hand))).unwrap();
    assert_eq!(all, Request::ReqGlobalCancel);
    let more = [&by_hand[..], &field(4, 0, &[1])].concat();
    assert!(Request::decode(VERSION, &message(58, &within(1, &more))).is_err(), "what is not known is refused still");
}
