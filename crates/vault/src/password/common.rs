//! The block list: known passwords and phrases, words everyone uses, and words about the user.

use super::{LONGEST, NotAccepted, SUBSTANCE};
use crate::index::fold;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// Whole passwords and phrases; ASVS 6.2.4 asks for 3,000 that the length rule would let pass.
static PHRASES: LazyLock<Vec<&str>> = LazyLock::new(|| lines(include_str!("common.txt")));
/// A password made of so few of these is as good as common.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| lines(include_str!("words.txt")));
const FEW_WORDS: usize = 3;
/// The shortest phrase of the list.
const SHORTEST_LISTED: usize = 8;
/// Shorter words about the user are in every second password by chance.
const SHORTEST_ABOUT: usize = 3;
const MOST_ABOUT: usize = 64;
const LONGEST_WORD: usize = 64;
/// A year, half a date, a PIN; more digits are more pieces.
const LONGEST_NUMBER: usize = 4;
/// More digits and signs around a word are no mere dress.
const MOST_DRESS: usize = 8;
const PRODUCT: &str = "portreeve";

/// What each digit and sign stands for in passwords; 1 and ! are read both ways.
const STANDS_FOR: [&[(char, char)]; 3] = [
    &[],
    &[('0', 'o'), ('1', 'i'), ('3', 'e'), ('4', 'a'), ('5', 's'), ('7', 't'), ('@', 'a'), ('$', 's'), ('!', 'i')],
    &[('0', 'o'), ('1', 'l'), ('3', 'e'), ('4', 'a'), ('5', 's'), ('7', 't'), ('@', 'a'), ('$', 's'), ('!', 'l')],
];

fn lines(text: &'static str) -> Vec<&'static str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

fn is_listed(list: &[&str], text: &str) -> bool {
    list.binary_search(&text).is_ok()
}

/// Compared are whole passwords (NI-03): as typed, without what stands before and behind, and with digits read as the
/// letters they stand for; never a part alone.
pub(super) fn check(password: &str, about: &[&str]) -> Result<(), NotAccepted> {
    let about = about_words(about);
    let folded = fold(password);
    for text in std::iter::once(folded.as_str()).chain(undressed(&folded)) {
        for stands_for in STANDS_FOR {
            let text = letters_and_digits(text, stands_for);
            if text.chars().count() < SHORTEST_LISTED {
                continue; // mostly signs: what makes it a password is not what is left
            }
            if is_listed(&PHRASES, &text) {
                return Err(NotAccepted::Common);
            }
            check_words(&text, &about)?;
        }
    }
    Ok(())
}

/// Without the few digits and signs that stand before and behind, if that is all they are.
fn undressed(text: &str) -> Option<&str> {
    let bare = text.trim_matches(|c: char| !c.is_alphabetic());
    (!bare.is_empty() && text.chars().count() - bare.chars().count() <= MOST_DRESS).then_some(bare)
}

fn letters_and_digits(text: &str, stands_for: &[(char, char)]) -> Zeroizing<String> {
    let read = |c| stands_for.iter().find(|(sign, _)| *sign == c).map_or(c, |(_, letter)| *letter);
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    out.extend(text.chars().map(read).filter(|c| c.is_alphanumeric()));
    out
}

/// The product's name, and each of the user's words both whole and in its parts: of `Maya Chen` also `maya` and `chen`,
/// of an address what stands before the @. Longest first.
fn about_words(about: &[&str]) -> Vec<Zeroizing<String>> {
    let mut words = vec![Zeroizing::new(PRODUCT.to_owned())];
    for text in about.iter().filter(|text| text.len() <= LONGEST) {
        let local = text.split_once('@').map_or(*text, |(local, _)| local);
        let parts = local.split(|c: char| !c.is_alphanumeric());
        for word in parts.chain([local, *text]) {
            let word = letters_and_digits(&fold(word), &[]);
            if (SHORTEST_ABOUT..=LONGEST_WORD).contains(&word.chars().count()) {
                words.push(word);
            }
        }
    }
    words.truncate(MOST_ABOUT);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

fn check_words(text: &str, about: &[Zeroizing<String>]) -> Result<(), NotAccepted> {
    let mut rest = Zeroizing::new(text.to_owned());
    for word in about {
        rest = Zeroizing::new(rest.replace(word.as_str(), ""));
    }
    if rest.len() < text.len() && rest.chars().count() < SUBSTANCE {
        return Err(NotAccepted::AboutYou);
    }
    match fewest_pieces(text, about) {
        Some(Pieces { count, about: true }) if count <= FEW_WORDS => Err(NotAccepted::AboutYou),
        Some(Pieces { count, about: false }) if count <= FEW_WORDS => Err(NotAccepted::Common),
        _ => Ok(()),
    }
}

#[derive(Clone, Copy)]
struct Pieces {
    count: usize,
    about: bool,
}

/// Into how few listed words, words about the user and runs of digits does the text fall? `None` if it does not.
fn fewest_pieces(text: &str, about: &[Zeroizing<String>]) -> Option<Pieces> {
    let mut best: Vec<Option<Pieces>> = vec![None; text.len() + 1];
    *best.first_mut()? = Some(Pieces { count: 0, about: false });
    for end in 1..=text.len() {
        let from = end.saturating_sub(LONGEST_WORD);
        let mut fewest: Option<Pieces> = None;
        for start in from..end {
            let (Some(before), Some(piece)) = (best.get(start).copied().flatten(), text.get(start..end)) else {
                continue;
            };
            let own = about.iter().any(|word| word.as_str() == piece);
            let digits = piece.len() <= LONGEST_NUMBER && piece.bytes().all(|byte| byte.is_ascii_digit());
            if !(own || digits || is_listed(&WORDS, piece)) {
                continue;
            }
            if fewest.is_none_or(|fewest| before.count + 1 < fewest.count) {
                fewest = Some(Pieces { count: before.count + 1, about: before.about || own });
            }
        }
        if let Some(place) = best.get_mut(end) {
            *place = fewest;
        }
    }
    best.last().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::SHORTEST;
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_written_as_they_are_compared() {
        for list in [&PHRASES, &WORDS] {
            assert!(list.is_sorted_by(|one, next| one < next));
            for entry in list.iter() {
                assert_eq!(*letters_and_digits(&fold(entry), &[]), *entry);
            }
        }
        assert_eq!(PHRASES.iter().map(|phrase| phrase.chars().count()).min(), Some(SHORTEST_LISTED));
    }

    #[test]
    fn at_least_three_thousand_phrases_are_long_enough_to_pass_otherwise() {
        // ASVS 6.2.4: the commonest 3,000 that match the rules.
        let long = PHRASES.iter().filter(|phrase| phrase.chars().count() >= SHORTEST).count();
        assert!(long >= 3000, "{long}");
    }
}
