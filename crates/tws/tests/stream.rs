//! Frames and greetings, however the bytes arrive.
use crate::captured::version_of;
use tws::{
    FrameError, FrameReader, Hello, HelloError, HelloReader, Protocol, Refused, ServerVersion, client_hello, frame,
    negotiate, parse_server_hello, server_hello,
};

#[test]
fn frames_come_out_whole_however_the_bytes_arrive() {
    let bytes = [frame(b"one\0"), frame(b"2\0"), frame(&[b'x'; 300])].concat();
    for step in [1, 2, 3, 5, 7, 100, 1000] {
        let mut reader = FrameReader::new(300);
        let mut frames = Vec::new();
        for piece in bytes.chunks(step) {
            reader.push(piece);
            while let Some(frame) = reader.next().unwrap() {
                frames.push(frame);
            }
        }
        assert_eq!(frames, [b"one\0".to_vec(), b"2\0".to_vec(), vec![b'x'; 300]], "{step}");
        assert_eq!(reader.buffered(), 0);
    }
}

#[test]
fn a_frame_too_long_is_refused_from_its_length_alone_and_for_good() {
    let mut reader = FrameReader::new(300);
    reader.push(&301_u32.to_be_bytes());
    let refused = FrameError::TooLong { length: 301, max: 300 };
    assert_eq!(reader.next(), Err(refused));
    reader.push(&[0; 100_000]);
    assert_eq!(reader.buffered(), 0);
    assert_eq!(reader.next(), Err(refused));
}

#[test]
fn an_empty_frame_is_refused() {
    let mut reader = FrameReader::new(300);
    reader.push(&[0, 0, 0, 0]);
    assert_eq!(reader.next(), Err(FrameError::Empty));
}

fn greet(bytes: &[u8]) -> Result<Option<Hello>, HelloError> {
    let mut reader = HelloReader::new();
    reader.push(bytes);
    reader.poll()
}

#[test]
fn a_greeting_is_read_byte_by_byte_and_what_follows_is_kept() {
    let mut bytes = client_hello(157, 178, "token=a b");
    bytes.extend(frame(b"71\x002\x000\0\0"));
    let mut reader = HelloReader::new();
    let mut greeting = None;
    for (read, byte) in bytes.iter().enumerate() {
        reader.push(&[*byte]);
        if let Some(hello) = reader.poll().unwrap() {
            assert_eq!(greeting.replace(hello), None);
            let mut frames = reader.into_frames(100);
            frames.push(&bytes[read + 1..]);
            assert_eq!(frames.next(), Ok(Some(b"71\x002\x000\0\0".to_vec())));
            break;
        }
    }
    let (min, max, options) = (157, 178, "token=a b".to_owned());
    assert_eq!(greeting, Some(Hello { min, max, options }));
}

#[test]
fn bytes_that_come_with_the_greeting_are_kept() {
    let mut bytes = client_hello(157, 178, "");
    bytes.extend(frame(b"49\x001\0"));
    let mut reader = HelloReader::new();
    reader.push(&bytes);
    assert!(reader.poll().unwrap().is_some());
    assert_eq!(reader.into_frames(100).next(), Ok(Some(b"49\x001\0".to_vec())));
}

#[test]
fn what_is_no_greeting_is_refused_at_its_first_wrong_byte() {
    assert_eq!(greet(b"G"), Err(HelloError::NotTheApi));
    assert_eq!(greet(b"AP"), Ok(None));
    assert_eq!(greet(b"APX"), Err(HelloError::NotTheApi));
    for range in [
        "",
        "v",
        "v157",
        "157..178",
        "v157..",
        "v..178",
        "v157..178..",
        "v-1..178",
        "v157...178",
        "v 157..178",
        "v1e2..178",
        "V157..178",
        "v0157000..178",
    ] {
        let bytes = [&b"API\0"[..], &frame(range.as_bytes())].concat();
        assert!(greet(&bytes).is_err(), "{range}");
    }
    let empty = [&b"API\0"[..], &frame(b"v178..157")].concat();
    assert_eq!(greet(&empty), Err(HelloError::EmptyRange { min: 178, max: 157 }));
    let long = client_hello(157, 178, &"x".repeat(600));
    assert!(matches!(greet(&long), Err(HelloError::Frame(FrameError::TooLong { .. }))));
}

#[test]
fn versions_are_negotiated_as_the_real_server_does_without_158_and_163() {
    for (min, max, agreed) in [
        (157, 178, Ok(178)), // ib_async
        (157, 176, Ok(176)), // ib_insync
        (100, 157, Ok(157)), // ibapi 9.81
        (100, 226, Ok(178)), // ibapi 10.50
        (100, 200, Ok(178)), // rust ibapi 2.12
        (100, 158, Ok(157)),
        (158, 158, Err(Refused::NotSpoken { version: 158 })),
        (100, 163, Ok(162)),
        (162, 163, Ok(162)),
        (163, 163, Err(Refused::NotSpoken { version: 163 })),
        (100, 156, Err(Refused::ClientTooOld { max: 156 })),
        (213, 226, Ok(213)), // rust ibapi 5.5
        (179, 213, Ok(213)),
        (214, 226, Err(Refused::ClientTooNew { min: 214 })),
        (178, 178, Ok(178)),
        (179, 200, Err(Refused::NoProtobuf { max: 200 })),
    ] {
        let hello = Hello { min, max, options: String::new() };
        assert_eq!(negotiate(&hello, Protocol::Auto).map(ServerVersion::get), agreed, "{min}..{max}");
    }
}

#[test]
fn a_client_that_speaks_both_is_answered_as_it_is_asked_for() {
    for (min, max, protocol, agreed) in [
        (100, 226, Protocol::Protobuf, Ok(213)), // ibapi 10.50
        (100, 226, Protocol::Text, Ok(178)),
        (213, 226, Protocol::Text, Err(Refused::ClientTooNew { min: 213 })),
        (157, 178, Protocol::Protobuf, Err(Refused::NoProtobuf { max: 178 })),
        (214, 226, Protocol::Protobuf, Err(Refused::ClientTooNew { min: 214 })),
    ] {
        let hello = Hello { min, max, options: String::new() };
        assert_eq!(negotiate(&hello, protocol).map(ServerVersion::get), agreed, "{min}..{max} {protocol:?}");
    }
    for protocol in [Protocol::Auto, Protocol::Text, Protocol::Protobuf] {
        assert_eq!(Protocol::parse(&format!("{protocol:?}").to_lowercase()), Some(protocol));
    }
    assert_eq!(Protocol::parse("xml"), None);
}

#[test]
fn the_servers_answer_is_two_fields_and_is_read_back() {
    let bytes = server_hello(version_of(178), "20261122 10:00:00 UTC");
    let mut reader = FrameReader::new(100);
    reader.push(&bytes);
    let payload = reader.next().unwrap().unwrap();
    assert_eq!(payload, b"178\x0020261122 10:00:00 UTC\0");
    let read = parse_server_hello(&payload).unwrap();
    assert_eq!(read, (178, "20261122 10:00:00 UTC".to_owned()));
    for wrong in [&b"178\0"[..], b"178", b"178\0t", b"178\0t\0u\0", b"x\0t\0", b""] {
        assert_eq!(parse_server_hello(wrong), Err(HelloError::NotAnAnswer), "{wrong:?}");
    }
}
