//! A journal breaks at the event that was touched, whatever was done to it.

use journal::link::{self, Entry};
use journal::{Broken, Checkpoint, Hash, Mismatch, Record, Verified, Verifier, What, tree};
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq)]
struct Row {
    position: u64,
    stream: String,
    version: u64,
    tag: String,
    at: i64,
    link: Hash,
    body: Vec<u8>,
}

fn journal(n: u64) -> Vec<Row> {
    let mut heads: HashMap<String, (u64, Hash)> = HashMap::new();
    (0..n)
        .map(|position| {
            let stream = ["customer/1", "book/1", "firm"][(position % 3) as usize].to_owned();
            let (last, prev) = heads.get(&stream).copied().unwrap_or((0, link::GENESIS));
            let version = last + 1;
            let body = format!("{{\"n\":{position},\"s\":\"x\"}}").into_bytes();
            let (tag, at) = ("order.admitted".to_owned(), 1000 + position as i64);
            let entry = Entry { stream: &stream, version, tag: &tag, at, body: &body };
            let link = link::next(&prev, &entry);
            heads.insert(stream.clone(), (version, link));
            Row { position, stream, version, tag, at, link, body }
        })
        .collect()
}

fn record(row: &Row) -> Record<'_> {
    Record {
        position: row.position,
        stream: &row.stream,
        version: row.version,
        tag: &row.tag,
        at: row.at,
        link: row.link,
        body: &row.body,
    }
}

fn walk(mut verifier: Verifier, rows: &[Row]) -> Result<Verified, Broken> {
    rows.iter().try_for_each(|row| verifier.record(&record(row)))?;
    Ok(verifier.finish())
}

fn verify(rows: &[Row]) -> Result<Verified, Broken> {
    walk(Verifier::new(), rows)
}

#[test]
fn a_journal_left_alone_holds_and_has_the_root_of_its_links() {
    let rows = journal(20);
    let verified = verify(&rows).unwrap();
    let leaves: Vec<Hash> = rows.iter().map(|row| tree::leaf(&row.link)).collect();
    assert_eq!((verified.size, verified.root, verified.streams), (20, tree::root(&leaves), 3));
    assert_eq!(verify(&[]).unwrap().root, tree::empty_root());
}

#[test]
fn an_edited_dropped_doubled_or_reordered_event_is_named() {
    let good = journal(12);
    let mut edited = good.clone();
    edited[4].body = b"{\"n\":5,\"s\":\"x\"}".to_vec();
    let broken = verify(&edited).unwrap_err();
    assert_eq!((broken.position, &broken.what), (4, &What::Link));
    assert_eq!(broken.to_string(), "event 4 (book/1 version 2): the hash link does not match: the event was altered");

    let mut loose = good.clone();
    loose[4].body = b"{\"s\":\"x\",\"n\":4}".to_vec();
    let broken = verify(&loose).unwrap_err();
    assert!(broken.position == 4 && matches!(broken.what, What::Body(_)));

    let mut dropped = good.clone();
    dropped.remove(4);
    let broken = verify(&dropped).unwrap_err();
    assert_eq!((broken.position, broken.what), (5, What::Position { expected: 4 }));

    let mut renumbered = dropped.clone();
    renumbered.iter_mut().enumerate().for_each(|(i, row)| row.position = i as u64);
    let broken = verify(&renumbered).unwrap_err();
    assert_eq!((broken.position, broken.what), (6, What::Version { expected: 2 }));

    let mut doubled = good.clone();
    doubled.insert(5, good[4].clone());
    assert_eq!(verify(&doubled).unwrap_err().what, What::Position { expected: 5 });

    let mut swapped = good.clone();
    swapped.swap(4, 7);
    assert_eq!(verify(&swapped).unwrap_err().what, What::Position { expected: 4 });
}

#[test]
fn a_cut_end_and_a_rewritten_journal_show_against_a_checkpoint() {
    let rows = journal(12);
    let whole = walk(Verifier::watching(&[0, 5, 7]), &rows).unwrap();
    let at = |size, root| Checkpoint { origin: "o".into(), size, root };
    for size in [0, 5, 7, 12] {
        let part = verify(&rows[..size]).unwrap();
        assert_eq!(whole.compare(&at(size as u64, part.root)), Ok(()));
    }
    assert_eq!(whole.compare(&at(6, Hash([0; 32]))), Err(Mismatch::NotWatched { size: 6 }));
    let cut = verify(&rows[..9]).unwrap();
    assert_eq!(cut.compare(&at(12, whole.root)), Err(Mismatch::Shorter { size: 9, claimed: 12 }));
    // Two streams in another order: every link holds, only the tree tells.
    let mut reordered = rows.clone();
    reordered.swap(3, 4);
    reordered.iter_mut().enumerate().for_each(|(i, row)| row.position = i as u64);
    let other = verify(&reordered).unwrap();
    assert!(matches!(other.compare(&at(12, whole.root)), Err(Mismatch::Root { .. })));
}

/// Flips one bit somewhere in a row; None where the text would no longer be UTF-8.
fn flip(row: &Row, bit: usize) -> Option<Row> {
    let text = |text: &str, bit: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    };
    let mut row = row.clone();
    let sizes = [8, row.stream.len(), 8, row.tag.len(), 8, 32, row.body.len()];
    let mut at = bit % (sizes.iter().sum::<usize>() * 8);
    let mut field = 0;
    while at >= sizes[field] * 8 {
        at -= sizes[field] * 8;
        field += 1;
    }
    match field {
        0 => row.position ^= 1 << at,
        1 => row.stream = text(&row.stream, at)?,
        2 => row.version ^= 1 << at,
        3 => row.tag = text(&row.tag, at)?,
        4 => row.at ^= 1 << at,
        5 => row.link.0[at / 8] ^= 1 << (at % 8),
        _ => row.body[at / 8] ^= 1 << (at % 8),
    }
    Some(row)
}

#[test]
fn any_single_flipped_bit_breaks_at_its_own_event() {
    let good = journal(10);
    let mut tried = 0;
    for at in 0..good.len() {
        for bit in 0..1200 {
            let Some(row) = flip(&good[at], bit) else {
                continue;
            };
            let mut rows = good.clone();
            let claimed = row.position;
            rows[at] = row;
            assert_eq!(verify(&rows).unwrap_err().position, claimed, "event {at}, bit {bit}");
            // Only the bit flips of the position itself change what the event is called.
            assert!(claimed == at as u64 || rows[at].link == good[at].link);
            tried += 1;
        }
    }
    assert!(tried > 5000);
}

/// Of a large one each flip is looked at from a verifier that has read what stands before, as it does not change.
#[test]
fn ten_thousand_random_bits_of_a_large_journal_break_at_their_own_event() {
    const EACH: usize = 200;
    let good = journal(20_000);
    let mut read = vec![Verifier::new()];
    for rows in good.chunks(EACH) {
        let mut verifier = read.last().unwrap().clone();
        rows.iter().for_each(|row| verifier.record(&record(row)).unwrap());
        read.push(verifier);
    }
    // A multiplier of Knuth's: any sequence will do, and this one is the same on every machine.
    let mut dice = 0x5eed_u64;
    let mut roll = |below: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % below
    };
    let mut tried = 0;
    while tried < 10_000 {
        let at = roll(good.len());
        let Some(row) = flip(&good[at], roll(1200)) else { continue };
        let mut verifier = read[at / EACH].clone();
        let before = &good[at - at % EACH..at];
        before.iter().for_each(|row| verifier.record(&record(row)).unwrap());
        assert_eq!(verifier.record(&record(&row)).unwrap_err().position, row.position, "event {at}");
        tried += 1;
    }
}

#[test]
fn the_first_half_that_differs_is_told_by_its_events() {
    let of = |rows: &[Row]| verify(rows).unwrap().frontier;
    let good = journal(13);
    assert_eq!(of(&good).first_difference(&of(&good)), None);
    for (swapped, among) in [(3, 0..8), (9, 8..12)] {
        let mut reordered = good.clone();
        reordered.swap(swapped, swapped + 1);
        reordered.iter_mut().enumerate().for_each(|(i, row)| row.position = i as u64);
        assert_eq!(of(&reordered).first_difference(&of(&good)), Some(among));
    }
}

#[test]
fn wild_records_never_panic_and_never_pass_for_the_true_journal() {
    let good = journal(8);
    bolero::check!().with_type::<(u8, u64, u64, i64, Vec<u8>, u16)>().with_iterations(5000).for_each(
        |(at, position, version, time, body, bit)| {
            let at = usize::from(*at) % good.len();
            let mut rows = good.clone();
            rows[at] = Row { version: *version, at: *time, body: body.clone(), ..rows[at].clone() };
            assert_eq!(verify(&rows).unwrap_err().position, at as u64);
            rows[at] = Row { position: *position, ..good[at].clone() };
            assert_eq!(verify(&rows).is_ok(), *position == at as u64);
            if let Some(row) = flip(&good[at], usize::from(*bit)) {
                rows[at] = row;
                assert!(verify(&rows).is_err());
            }
        },
    );
}
