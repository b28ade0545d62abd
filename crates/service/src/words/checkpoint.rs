//! A checkpoint in words: what it states, what it is kept for, and how it is compared.

use super::names::moment;
use kernel::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub subject: String,
    pub text: String,
}

/// `vkey` is the public part of the key that signed it.
pub fn words(size: u64, at: Timestamp, vkey: &str) -> Words {
    let at = moment(at);
    Words {
        subject: format!("Checkpoint of the journal: {size} events"),
        text: format!(
            "The journal had {size} events at {at}; what is signed here states them all.\n\n\
             Keep it where nobody comes who can reach that machine. To see whether the journal still begins with these \
             events, save what is attached, or this text, and say:\n\n\
             portreeve journal verify --checkpoint FILE --key {vkey}\n\n\
             The key has to be the one that you have from the beginning."
        ),
    }
}
