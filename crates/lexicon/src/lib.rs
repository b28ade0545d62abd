//! Refusals in plain words with remedies, once for all doors; found by their stable codes.
#![forbid(unsafe_code)]

mod files;
mod readings;
mod table;
mod tied;

pub use readings::reading;
use table::CODES;
pub use table::Entry;

/// A refusal as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub text: String,
    pub remedy: String,
}

/// `{name}` in a text is filled with the fact of that name. A code nobody wrote words for is shown as it is.
pub fn refusal(code: &str, facts: &[(String, String)]) -> Words {
    let found = all().find(|entry| entry.code == code);
    let (text, remedy) = found.map_or((code, "Ask the operator what this code means."), |e| (e.text, e.remedy));
    Words { text: fill(text, facts), remedy: fill(remedy, facts) }
}

/// The words of every code.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    CODES.iter().chain(tied::TIED).chain(files::FILES)
}

/// In one pass: a name in braces inside a fact stays as it was said.
fn fill(text: &str, facts: &[(String, String)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = facts.iter().find(|(known, _)| known == name)?;
            Some((value, tail))
        });
        match named {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_in_the_text() {
        let facts = [("value".to_owned(), "30000".to_owned()), ("limit".to_owned(), "25000".to_owned())];
        let words = refusal("order_value", &facts);
        assert!(words.text.contains("30000") && words.text.contains("25000"), "{}", words.text);
    }

    #[test]
    fn a_fact_is_told_as_it_is_whatever_it_says() {
        let facts = [("field".to_owned(), "{value}".to_owned()), ("value".to_owned(), "{ 1".to_owned())];
        assert_eq!(refusal("field_not_understood", &facts).text, "the field {value} ({ 1) is not built");
        assert_eq!(fill("{unknown} {a} {", &[("a".to_owned(), "1".to_owned())]), "{unknown} 1 {");
    }

    #[test]
    fn every_code_is_written_once_and_says_what_to_do() {
        for (n, entry) in all().enumerate() {
            assert!(!entry.text.is_empty() && !entry.remedy.is_empty(), "{}", entry.code);
            assert!(all().skip(n + 1).all(|other| other.code != entry.code), "{} twice", entry.code);
        }
    }
}
