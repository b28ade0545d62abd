//! Layout: columns, facts and stories that fit the width of a terminal.

use super::say::line;

/// What a terminal has unless it says otherwise.
const COLUMNS: usize = 80;
const NARROWEST: usize = 40;
const INDENT: &str = "  ";

/// Columns to fill: those that the shell exports, or as many as every terminal has.
fn columns() -> usize {
    let stated = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    stated.unwrap_or(COLUMNS).max(NARROWEST)
}

/// A row of a table, and what is said below it.
#[derive(Debug)]
pub(crate) struct Row {
    pub cells: Vec<String>,
    pub below: Vec<String>,
}

/// Rows under a head, each column as wide as its widest entry.
pub(crate) fn table(head: &[&str], rows: &[Row]) {
    let mut widths: Vec<usize> = head.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(&row.cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let aligned = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    line(&aligned(head));
    for row in rows {
        line(&aligned(&row.cells.iter().map(String::as_str).collect::<Vec<_>>()));
        for below in row.below.iter().filter(|below| !below.is_empty()) {
            hanging(INDENT, below);
        }
    }
}

/// One fact a line, names aligned; what is empty is left out.
pub(crate) fn facts(facts: &[(&str, String)]) {
    let told = || facts.iter().filter(|(_, fact)| !fact.is_empty());
    let width = told().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, fact) in told() {
        hanging(&format!("{name:width$}  "), fact);
    }
}

/// What comes first, then the text beside it, in as many lines as it takes.
pub(crate) fn hanging(first: &str, text: &str) {
    let indent = first.chars().count();
    let mut before = first.to_owned();
    for part in wrapped(text, columns().saturating_sub(indent)) {
        line(format!("{before}{part}").trim_end());
        before = " ".repeat(indent);
    }
}

/// Broken between words; a word that is too long stays whole, for whoever copies it.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(last) = lines.last_mut() else { continue };
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_nowhere_else() {
        assert_eq!(wrapped("buy 10 AAPL at market", 11), ["buy 10 AAPL", "at market"]);
        assert_eq!(wrapped("ord_01m80txgsm6m94wd077df120hg8 ended", 10), ["ord_01m80txgsm6m94wd077df120hg8", "ended"]);
        assert_eq!(wrapped("", 10), [""]);
        assert_eq!(wrapped("at 5 € each", 6), ["at 5 €", "each"]);
    }
}
