//! Files of at most 400 lines and functions of at most 70: what is longer holds two thoughts.

use super::source::{is_word, item_end, line_of, words_at};
use super::{Offence, Source};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

pub fn check(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    let script = [".rs", ".py", ".sh", ".mjs"].iter().any(|end| source.path.ends_with(end));
    let lines = source.text.lines().count();
    if script && lines > FILE_LINES {
        let message = format!(
            "{lines} lines, at most {FILE_LINES}: a file is one concept; move the second one to a file of its own"
        );
        offences.push(Offence::new(&source.path, FILE_LINES + 1, message));
    }
    for (name, from, length) in functions(&source.code) {
        if length > FUNCTION_LINES && !source.is_test(from) {
            let message =
                format!("`{name}` has {length} lines, at most {FUNCTION_LINES}: give its parts names and call them");
            offences.push(Offence::new(&source.path, from, message));
        }
    }
    offences
}

/// Name, first line and number of lines of every function with a name.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    words_at(code, "fn")
        .filter_map(|at| {
            let after = code.get(at + 2..)?.trim_start();
            let name: String = after.chars().take_while(|c| is_word(*c)).collect();
            if name.is_empty() {
                return None; // the type `fn(…)`
            }
            let (first, last) = (line_of(code, at), line_of(code, item_end(code, at)));
            Some((name, first, 1 + last - first))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function_of(lines: usize) -> String {
        format!("//! X.\nfn long(x: [u8; 2]) {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    fn offences(path: &str, text: String) -> usize {
        check(&Source::new(path, text)).len()
    }

    #[test]
    fn a_function_may_have_seventy_lines_and_not_one_more() {
        assert_eq!(offences("a.rs", function_of(70)), 0);
        assert_eq!(offences("a.rs", function_of(71)), 1);
        assert_eq!(offences("crates/a/tests/main.rs", function_of(71)), 0);
        assert_eq!(offences("a.rs", format!("//! X.\n// {}", function_of(71))), 1);
    }

    #[test]
    fn a_file_may_have_four_hundred_lines_and_not_one_more() {
        assert_eq!(offences("a.rs", "//! X.\n".repeat(400)), 0);
        assert_eq!(offences("a.rs", "//! X.\n".repeat(401)), 1);
        assert_eq!(offences("a.py", "#\n".repeat(401)), 1);
        assert_eq!(offences("README.md", "#\n".repeat(401)), 0);
    }

    #[test]
    fn function_types_and_declarations_are_told_from_functions() {
        let found = functions("type F = fn(u8) -> u8;\nfn a();\nfn b() {\n}\n");
        assert_eq!(found, [("a".to_owned(), 2, 1), ("b".to_owned(), 3, 2)]);
    }
}
