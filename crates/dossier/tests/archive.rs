//! A dossier as one zip: the same files, and nothing else taken for them.

use crate::house::{House, order};
use dossier::archive::{pack, unpack};
use dossier::{Known, verify};
use proptest::prelude::*;
use std::sync::LazyLock;

static PACKED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let files = House::new().export(order());
    let packed = pack(&files).unwrap();
    assert_eq!(unpack(&packed).unwrap(), files);
    assert_eq!(pack(&unpack(&packed).unwrap()).unwrap(), packed, "the same files give the same bytes");
    packed
});

#[test]
fn what_was_packed_is_unpacked_and_sound() {
    let files = unpack(&PACKED).unwrap();
    assert!(verify(&files, &Known::default()).is_ok());
}

proptest! {
    #[test]
    fn a_zip_with_another_byte_holds_the_same_files_or_is_not_sound(at: prop::sample::Index, byte: u8) {
        let mut packed = PACKED.clone();
        let at = at.index(packed.len());
        packed[at] = byte;
        if let Ok(files) = unpack(&packed) {
            prop_assert!(files == unpack(&PACKED).unwrap() || verify(&files, &Known::default()).is_err());
        }
    }
}

#[test]
fn whatever_the_bytes_of_a_zip_nothing_breaks() {
    bolero::check!().with_iterations(2_000).for_each(|bytes: &[u8]| {
        assert!(unpack(bytes).is_err());
        let at = bytes.first().map_or(0, |byte| usize::from(*byte) * PACKED.len() / 256);
        let spliced = [PACKED.split_at(at).0, bytes, PACKED.split_at(at).1].concat();
        if let Ok(files) = unpack(&spliced) {
            assert!(
                bytes.is_empty() || files == unpack(&PACKED).unwrap() || verify(&files, &Known::default()).is_err()
            );
        }
    });
}
