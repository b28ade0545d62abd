//! A file as tidy sees it: its text, its code with comments and literals blanked, its test lines.

use std::ops::Range;

#[derive(Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
    /// Same length in lines as `text`; what is not code is spaces. Empty unless the file is Rust.
    pub code: String,
    tests: Vec<Range<usize>>,
    all_tests: bool,
}

impl Source {
    pub fn new(path: &str, text: String) -> Source {
        let rust = path.ends_with(".rs");
        let code = if rust { blanked(&text) } else { String::new() };
        let tests = test_items(&code);
        let all_tests = rust
            && (path.contains("/tests/")
                || path.contains("/benches/")
                || path.ends_with("/tests.rs")
                || path.ends_with("_tests.rs"));
        Source { path: path.to_owned(), text, code, tests, all_tests }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Is this line (counted from 1) test code?
    pub fn is_test(&self, line: usize) -> bool {
        self.all_tests || self.tests.iter().any(|range| range.contains(&line))
    }

    /// Lines of code, counted from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Where each needle begins in `code`, as whole words: no identifier character touches its ends.
pub fn words_at<'a>(code: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(needle).map(|(at, _)| at).filter(move |at| {
        let before = code.get(..*at).and_then(|part| part.chars().next_back());
        let after = code.get(at + needle.len()..).and_then(|part| part.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The line (from 1) on which this byte stands.
pub fn line_of(code: &str, at: usize) -> usize {
    1 + code.get(..at).unwrap_or(code).matches('\n').count()
}

/// The end of the item that begins at `from`: past its closing brace, or past its semicolon.
pub fn item_end(code: &str, from: usize) -> usize {
    let (mut braces, mut others) = (0usize, 0usize);
    for (offset, c) in code.get(from..).unwrap_or("").char_indices() {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others = others.saturating_sub(1),
            '{' => braces += 1,
            '}' if braces <= 1 => return from + offset + 1,
            '}' => braces -= 1,
            ';' if braces == 0 && others == 0 => return from + offset + 1,
            _ => {}
        }
    }
    code.len()
}

fn test_items(code: &str) -> Vec<Range<usize>> {
    const MARK: &str = "#[cfg(test)]";
    code.match_indices(MARK)
        .map(|(at, _)| line_of(code, at)..line_of(code, item_end(code, at + MARK.len())) + 1)
        .collect()
}

/// Blanks comments, strings and characters; newlines stay, so that line numbers stay true.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(first) = rest.chars().next() {
        let skipped = if after_word && first != '/' && first != '"' { 0 } else { not_code(rest) };
        let (taken, blank) = if skipped > 0 { (skipped, true) } else { (first.len_utf8(), false) };
        let (piece, tail) = rest.split_at(taken.min(rest.len()));
        if blank {
            out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(piece);
        }
        after_word = !blank && is_word(first);
        rest = tail;
    }
    out
}

/// How many bytes from here on are a comment or a literal; 0 when this is code.
fn not_code(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    if let Some(length) = raw_string(text) {
        return length;
    }
    for prefix in ["\"", "b\"", "c\""] {
        if let Some(body) = text.strip_prefix(prefix) {
            return prefix.len() + string_body(body);
        }
    }
    character(text)
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0usize);
    while let Some(here) = text.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn string_body(body: &str) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    body.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let after = ["br", "cr", "r"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let body = after.trim_start_matches('#');
    let hashes = after.len() - body.len();
    let content = body.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - content.len();
    Some(content.find(&close).map_or(text.len(), |at| start + at + close.len()))
}

/// A character literal, told from a lifetime by its closing quote.
fn character(text: &str) -> usize {
    let Some(body) = text.strip_prefix("b'").or_else(|| text.strip_prefix('\'')) else {
        return 0;
    };
    let opening = text.len() - body.len();
    if body.starts_with('\\') {
        let close = body.char_indices().skip(2).find(|(_, c)| *c == '\'');
        return close.map_or(0, |(at, _)| opening + at + 1);
    }
    let mut characters = body.char_indices().skip(1);
    match characters.next() {
        Some((at, '\'')) => opening + at + 1,
        Some(_) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_not_code() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x\"y", z)"#, "f(      , z)"),
            ("r#\"a \" b\"# + c", "           + c"),
            ("let c = '\"'; d", "let c =    ; d"),
            (r"let c = '\''; d", "let c =     ; d"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("for r in x {}", "for r in x {}"),
            ("b\"x\" b'y' z", "          z"),
        ];
        for (text, code) in cases {
            assert_eq!(blanked(text), code, "{text}");
        }
    }

    #[test]
    fn a_test_module_is_test_code_and_what_follows_is_not() {
        let source = Source::new(
            "crates/kernel/src/order.rs",
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n".into(),
        );
        let marked: Vec<bool> = (1..=6).map(|line| source.is_test(line)).collect();
        assert_eq!(marked, [false, true, true, true, true, false]);
        assert!(Source::new("crates/kernel/tests/main.rs", "fn a() {}".into()).is_test(1));
    }

    #[test]
    fn a_word_is_found_only_whole() {
        assert_eq!(words_at("ab a.b(a) a_", "a").collect::<Vec<_>>(), [3, 7]);
    }
}
