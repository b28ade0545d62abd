//! The hash link of an event: it binds the event to all earlier ones of its stream.
//!
//! ```text
//! link(n) = SHA-256( "portreeve/link/v1" 0x00
//!                    link(n-1)                       32 bytes; 32 zero bytes before the first
//!                    u64be(len(stream)) stream
//!                    u64be(version)                  1 for the first event of a stream
//!                    u64be(len(tag))    tag
//!                    i64be(at)
//!                    u64be(len(body))   body )
//! ```
//! Every variable part has its length before it, so no two events share an encoding. Tag and
//! time are bound as well as the body: a row that differs in any column has another link.

use crate::Hash;

/// What stands before the first event of every stream.
pub const GENESIS: Hash = Hash([0; 32]);

const DOMAIN: &[u8] = b"portreeve/link/v1\0";

/// The parts of one event that its link binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    pub stream: &'a str,
    /// Counts from 1 in each stream.
    pub version: u64,
    pub tag: &'a str,
    /// Time of the decision, in the unit of the writer (Portreeve: microseconds since 1970).
    pub at: i64,
    /// Canonical JSON.
    pub body: &'a [u8],
}

/// The link of `entry`, whose predecessor in the stream has the link `prev`.
pub fn next(prev: &Hash, entry: &Entry<'_>) -> Hash {
    Hash::of(&[
        DOMAIN,
        &prev.0,
        &(entry.stream.len() as u64).to_be_bytes(),
        entry.stream.as_bytes(),
        &entry.version.to_be_bytes(),
        &(entry.tag.len() as u64).to_be_bytes(),
        entry.tag.as_bytes(),
        &entry.at.to_be_bytes(),
        &(entry.body.len() as u64).to_be_bytes(),
        entry.body,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Entry<'_> = Entry {
        stream: "customer/7",
        version: 1,
        tag: "kill_switch.engaged",
        at: 1_700_000_000_000_000,
        body: b"{\"level\":\"firm\"}",
    };

    #[test]
    fn a_change_of_any_part_changes_the_link() {
        let base = next(&GENESIS, &ENTRY);
        let others = [
            next(&Hash([1; 32]), &ENTRY),
            next(&GENESIS, &Entry { stream: "customer/8", ..ENTRY }),
            next(&GENESIS, &Entry { version: 2, ..ENTRY }),
            next(&GENESIS, &Entry { tag: "kill_switch.released", ..ENTRY }),
            next(&GENESIS, &Entry { at: ENTRY.at + 1, ..ENTRY }),
            next(&GENESIS, &Entry { body: b"{\"level\":\"firn\"}", ..ENTRY }),
        ];
        assert!(others.iter().all(|other| *other != base));
    }

    #[test]
    fn bytes_cannot_move_from_one_part_to_the_next() {
        let left = next(&GENESIS, &Entry { stream: "ab", tag: "c", ..ENTRY });
        let right = next(&GENESIS, &Entry { stream: "a", tag: "bc", ..ENTRY });
        assert_ne!(left, right);
    }

    #[test]
    fn the_encoding_is_what_the_page_says() {
        // Written out by hand once more, so that a change of the format cannot pass unseen.
        let mut bytes = b"portreeve/link/v1\0".to_vec();
        bytes.extend([0u8; 32]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 10]);
        bytes.extend(b"customer/7");
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 1]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 19]);
        bytes.extend(b"kill_switch.engaged");
        bytes.extend(1_700_000_000_000_000_i64.to_be_bytes());
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 16]);
        bytes.extend(b"{\"level\":\"firm\"}");
        assert_eq!(next(&GENESIS, &ENTRY), Hash::of(&[&bytes]));
    }
}
