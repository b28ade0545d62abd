//! Noise: nothing that comes from outside may panic, and what is accepted is stable.
use crate::captured;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tws::{FrameReader, HelloReader, Request, Response, ServerVersion};

const EACH: Duration = Duration::from_secs(10);

fn version(seed: u8) -> ServerVersion {
    let versions: Vec<ServerVersion> = ServerVersion::all().collect();
    versions[usize::from(seed) % versions.len()]
}

/// Random bytes are hardly ever a message, so noise is also laid over real ones: a few fields of
/// a captured message are replaced by others, or dropped, or doubled.
fn disturbed(messages: &[Vec<u8>], seed: u16, changes: &[(u8, u8, u8)]) -> Vec<u8> {
    const VALUES: &[&str] = &[
        "",
        "0",
        "1",
        "-1",
        "2",
        "7",
        "1e5",
        "0.5",
        "nan",
        "Infinite",
        "2147483647",
        "BAG",
        "1.7976931348623157E308",
        "PEG BENCH",
        "PEG BEST",
        "IBKRATS",
        "None",
        "4294967295",
        "99999999999999999999999999999",
        "caf\u{e9}",
        "\\u00e9",
        "3",
        "5",
        "x",
    ];
    let message = &messages[usize::from(seed) % messages.len()];
    let mut fields: Vec<&[u8]> = message.split(|byte| *byte == 0).collect();
    for (position, action, value) in changes {
        let position = usize::from(*position) % fields.len();
        match action % 8 {
            0 => drop(fields.remove(position)),
            1 => fields.insert(position, fields[position]),
            _ => fields[position] = VALUES[usize::from(*value) % VALUES.len()].as_bytes(),
        }
        if fields.is_empty() {
            break;
        }
    }
    fields.join(&0)
}

fn requests() -> Vec<Vec<u8>> {
    captured::all().into_iter().map(|captured| captured.payload).collect()
}

/// Noise that is all refused at its first field would show nothing.
static ACCEPTED: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

fn check_request(version: ServerVersion, payload: &[u8]) {
    let Ok(request) = Request::decode(version, payload) else {
        return;
    };
    ACCEPTED[0].fetch_add(1, Ordering::Relaxed);
    if let Ok(written) = request.encode(version) {
        assert_eq!(Request::decode(version, &written).as_ref(), Ok(&request));
    }
}

fn check_response(version: ServerVersion, payload: &[u8]) {
    let Ok(response) = Response::decode(version, payload) else {
        return;
    };
    ACCEPTED[1].fetch_add(1, Ordering::Relaxed);
    let written = response.encode(version);
    if matches!(response, Response::Other { .. }) {
        assert_eq!(written, b"");
        return;
    }
    let again = Response::decode(version, &written).unwrap();
    // Text that clients do not unescape is read as the escapes it was written with.
    if payload.is_ascii() && payload.iter().all(|byte| *byte == 0 || (32..127).contains(byte)) {
        assert_eq!(again, response);
    }
}

#[test]
fn noise_on_a_connection_is_framed_greeted_and_refused_without_a_panic() {
    bolero::check!().with_test_time(EACH).with_type::<(Vec<u8>, u8)>().for_each(|(bytes, step)| {
        let mut hello = HelloReader::new();
        let mut frames = FrameReader::new(64);
        for piece in bytes.chunks(usize::from(*step).max(1)) {
            hello.push(piece);
            let _greeting = hello.poll();
            frames.push(piece);
            while let Ok(Some(frame)) = frames.next() {
                assert!(!frame.is_empty() && frame.len() <= 64);
            }
            assert!(frames.buffered() <= 64 + 4 + piece.len());
        }
        let mut greeted = HelloReader::new();
        greeted.push(&[b"API\0", &tws::frame(bytes)[..]].concat());
        if let Ok(Some(hello)) = greeted.poll() {
            assert!(hello.min <= hello.max);
        }
    });
}

#[test]
fn a_request_that_is_read_from_noise_is_written_and_read_the_same() {
    let requests = requests();
    bolero::check!().with_test_time(EACH).with_type::<(u8, u16, Vec<(u8, u8, u8)>, Vec<u8>)>().for_each(
        |(at, seed, changes, noise)| {
            check_request(version(*at), noise);
            check_request(version(*at), &disturbed(&requests, *seed, changes));
        },
    );
}

#[test]
fn a_response_that_is_read_from_noise_is_written_and_read_the_same() {
    let mut responses: Vec<Vec<u8>> = Vec::new();
    for version in [ServerVersion::OLDEST, ServerVersion::NEWEST] {
        responses.extend(crate::responses::all().iter().map(|r| r.encode(version)));
    }
    bolero::check!().with_test_time(EACH).with_type::<(u8, u16, Vec<(u8, u8, u8)>, Vec<u8>)>().for_each(
        |(at, seed, changes, noise)| {
            check_response(version(*at), noise);
            check_response(version(*at), &disturbed(&responses, *seed, changes));
        },
    );
}
