//! The shape of a password: repeats, sequences and walks over the keyboard count as hardly anything.

use super::{NotAccepted, SHORTEST, SUBSTANCE};
use crate::index::fold;
use zeroize::Zeroizing;

/// Fewer different characters than this are a pattern, however long.
const FEWEST_DIFFERENT: usize = 5;
/// From this length on a run is a pattern, and it counts as two characters: words have such runs by chance.
const SHORTEST_RUN: usize = 3;
/// From this length on it hardly is by chance, and counts as one.
const LONG_RUN: usize = 4;

/// Rows and columns of the usual keyboards.
const KEYBOARD: [&str; 19] = [
    "1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./", // rows
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/", // columns
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn", // German, French
];

pub(super) fn check(password: &str) -> Result<(), NotAccepted> {
    let folded = fold(password);
    let mut characters = Zeroizing::new(Vec::with_capacity(folded.len()));
    characters.extend(folded.chars().map(unshifted));
    let mut different = Zeroizing::new(characters.to_vec());
    different.sort_unstable();
    different.dedup();
    if different.len() < FEWEST_DIFFERENT || period(&characters) < SHORTEST.min(characters.len()) {
        return Err(NotAccepted::Repeated);
    }
    if substance(&characters) < SUBSTANCE {
        return Err(NotAccepted::Sequence);
    }
    Ok(())
}

/// The length of the shortest beginning that, repeated at least twice, gives the whole; else the whole length.
fn period(characters: &[char]) -> usize {
    let repeats = |unit: &usize| characters.iter().skip(*unit).eq(characters.iter().take(characters.len() - unit));
    (1..=characters.len() / 2).find(repeats).unwrap_or(characters.len())
}

/// How many characters are left when each run counts as two or one.
fn substance(mut rest: &[char]) -> usize {
    let mut count = 0;
    while !rest.is_empty() {
        let run = longest_run(rest);
        let (taken, counts) = match run {
            LONG_RUN.. => (run, 1),
            SHORTEST_RUN.. => (run, 2),
            _ => (1, 1),
        };
        count += counts;
        rest = rest.get(taken..).unwrap_or(&[]);
    }
    count
}

/// The length of the longest pattern that the characters begin with.
fn longest_run(characters: &[char]) -> usize {
    let steps = [-1, 0, 1].map(|step| run(characters, |one, next| i64::from(next) - i64::from(one) == step));
    let walks = KEYBOARD.iter().flat_map(|row| {
        let place = |c: u32| row.chars().position(|known| u32::from(known) == c);
        let beside = move |one, next, forth: bool| match (place(one), place(next)) {
            (Some(one), Some(next)) => {
                if forth {
                    next == one + 1
                } else {
                    one == next + 1
                }
            }
            _ => false,
        };
        [run(characters, |one, next| beside(one, next, true)), run(characters, |one, next| beside(one, next, false))]
    });
    steps.into_iter().chain(walks).max().unwrap_or(0)
}

fn run(characters: &[char], follows: impl Fn(u32, u32) -> bool) -> usize {
    let pairs = characters.iter().zip(characters.iter().skip(1));
    1 + pairs.take_while(|(one, next)| follows(u32::from(**one), u32::from(**next))).count()
}

/// The key of a digit's shifted character, so that a walk with the shift key held is the same walk.
fn unshifted(c: char) -> char {
    match c {
        '!' => '1',
        '@' => '2',
        '#' => '3',
        '$' => '4',
        '%' => '5',
        '^' => '6',
        '&' => '7',
        '*' => '8',
        '(' => '9',
        ')' => '0',
        '_' => '-',
        '+' => '=',
        other => other,
    }
}
