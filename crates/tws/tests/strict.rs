//! A message that is not exactly what its layout says is refused, with the id to answer to.
use crate::captured::{self, payload, version_of};
use tws::{Class, DecodeErrorKind, EncodeError, Request, ServerVersion, request_table};

fn fields_of(payload: &[u8]) -> Vec<&[u8]> {
    let mut fields: Vec<_> = payload.split(|byte| *byte == 0).collect();
    assert_eq!(fields.pop(), Some(&b""[..]));
    fields
}

#[test]
fn a_message_with_one_field_fewer_or_more_at_any_place_is_refused() {
    let mut refused = 0;
    for captured in captured::all() {
        let fields = fields_of(&captured.payload);
        // Without its number, or with one before it, a message is another one or none.
        for position in 1..fields.len() {
            let mut fewer = fields.clone();
            fewer.remove(position);
            let mut empty = fields.clone();
            empty.insert(position, b"");
            let mut double = fields.clone();
            double.insert(position, fields[position]);
            for changed in [fewer, empty, double] {
                let changed = [changed.join(&0), vec![0]].concat();
                let read = Request::decode(captured.version, &changed);
                assert!(read.is_err(), "{} field {position}: {read:?}", captured.at());
                refused += 1;
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn a_message_cut_anywhere_is_refused_and_so_is_one_that_goes_on() {
    for captured in captured::all() {
        let at = captured.at();
        let mut longer = captured.payload.clone();
        longer.extend_from_slice(b"0\0");
        let error = Request::decode(captured.version, &longer).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::TrailingFields { count: 1 }, "{at}");
        for end in 0..captured.payload.len() {
            let cut = Request::decode(captured.version, &captured.payload[..end]);
            assert!(cut.is_err(), "{at} cut at {end}: {cut:?}");
        }
    }
}

#[test]
fn an_order_of_another_version_is_refused() {
    // Within a span nothing about an order changes. 161 and 177 add and drop a field: 166..=168
    // and 177.. are equally long, but the fields mean something else, and some then do not fit.
    let spans = [157..=157, 159..=159, 160..=161, 162..=165, 166..=168, 169..=176, 177..=178];
    let span = |version: ServerVersion| spans.iter().position(|s| s.contains(&version.get()));
    for captured in captured::all().iter().filter(|c| c.name == "order-market") {
        for version in ServerVersion::all() {
            let read = Request::decode(version, &captured.payload);
            let at = format!("{} read at {version}", captured.at());
            assert_eq!(read.is_ok(), span(version) == span(captured.version), "{at}: {read:?}");
        }
    }
}

#[test]
fn a_refusal_names_the_order_it_is_about() {
    let market = captured::all().into_iter().find(|c| c.name == "order-market").unwrap();
    let text = captured::shown(&market.payload).replace("|100|MKT|", "|nan|MKT|");
    let error = Request::decode(market.version, &payload(&text)).unwrap_err();
    assert_eq!(error.message_id, Some(3));
    assert_eq!(error.order_or_request_id, Some(42));
    let said = error.to_string();
    assert!(said.contains("PLACE_ORDER") && said.contains("42"), "{said}");
    assert!(said.contains("totalQuantity") && said.contains("nan"), "{said}");
}

#[test]
fn a_number_that_is_none_is_refused_by_the_name_of_its_field() {
    let limit = captured::all().into_iter().find(|c| c.name == "order-limit").unwrap();
    let text = captured::shown(&limit.payload);
    for wrong in ["nan", "inf", "Infinite", "1e400", "-1.7976931348623157E308", "1_0", "0x1"] {
        let changed = payload(&text.replace("|189.25|", &format!("|{wrong}|")));
        let error = Request::decode(limit.version, &changed).unwrap_err();
        let value = wrong.to_owned();
        assert_eq!(error.kind, DecodeErrorKind::NotADecimal { field: "lmtPrice", value });
    }
    for unset in ["", "1.7976931348623157E308", "1.7976931348623157e+308"] {
        let changed = payload(&text.replace("|189.25|", &format!("|{unset}|")));
        let Request::PlaceOrder(place) = Request::decode(limit.version, &changed).unwrap() else {
            panic!("{unset}");
        };
        assert_eq!(place.order.lmt_price, None, "{unset}");
    }
}

#[test]
fn a_list_that_claims_more_than_is_there_is_refused_before_it_is_made() {
    let bag = captured::all().into_iter().find(|c| c.name == "order-bag").unwrap();
    let text = captured::shown(&bag.payload);
    for claim in ["4294967295", "1000000", "-1", "", "2.0"] {
        let changed = payload(&text.replacen("|2|1|1|BUY|", &format!("|{claim}|1|1|BUY|"), 1));
        let error = Request::decode(bag.version, &changed).unwrap_err();
        assert_eq!(error.order_or_request_id, Some(42), "{claim}: {error}");
        if let Ok(_count) = claim.parse::<u32>() {
            let (field, value) = ("comboLegs", claim.to_owned());
            assert_eq!(error.kind, DecodeErrorKind::BadCount { field, value });
        }
    }
}

#[test]
fn what_is_not_plain_text_is_refused() {
    for name in ["caf\u{e9}", "a\nb", "\u{7f}", "\u{430}apl"] {
        let message = format!("81|9|{name}|");
        let error = Request::decode(version_of(178), &payload(&message)).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::NotPlainText { field: "pattern" }, "{name:?}");
        assert_eq!(error.order_or_request_id, Some(9));
    }
}

#[test]
fn messages_that_are_not_built_are_read_by_name_and_never_written() {
    let version = version_of(178);
    let exercise = payload("21|2|77|265598|AAPL|OPT|20261218|200|C|100|SMART|USD|||1|1||0|");
    let read = Request::decode(version, &exercise).unwrap();
    let (id, name, request_id) = (21, "EXERCISE_OPTIONS", Some(77));
    assert_eq!(read, Request::Other { id, name, request_id });
    assert_eq!((read.class(), read.name()), (Class::Trade, "EXERCISE_OPTIONS"));
    assert_eq!(read.encode(version), Err(EncodeError::NotBuilt { id, name }));
}

#[test]
fn unknown_messages_are_refused_and_denied() {
    for id in [0, 26, 48, 60, 110, 203, 4_294_967_295_u32] {
        let error = Request::decode(version_of(178), &payload(&format!("{id}|1|"))).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::UnknownMessage, "{id}");
        assert_eq!(tws::class(id), Class::Deny, "{id}");
    }
    for text in ["", "|", "x|", "-3|1|", "3.0|1|", "99999999999|"] {
        assert!(Request::decode(version_of(178), &payload(text)).is_err(), "{text}");
    }
}

#[test]
fn the_table_names_every_message_once_and_denies_what_widens_authority() {
    let ids: Vec<u32> = request_table::ids().collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "sorted, so none twice");
    assert_eq!(ids.len(), 85);
    assert_eq!(tws::class(109), Class::Deny);
    assert_eq!(tws::class(4), Class::Reduce);
    assert_eq!(tws::class(58), Class::Reduce);
    let trade: Vec<u32> = ids.into_iter().filter(|id| tws::class(*id) == Class::Trade).collect();
    assert_eq!(trade, [3, 21]);
}

#[test]
fn an_order_that_is_not_understood_is_not_written() {
    for captured in captured::all().iter().filter(|c| c.name == "order-everything") {
        let request = Request::decode(captured.version, &captured.payload).unwrap();
        let refused = request.encode(captured.version).unwrap_err();
        assert!(matches!(refused, EncodeError::Extras { order_id: 42, .. }), "{refused}");
    }
}
