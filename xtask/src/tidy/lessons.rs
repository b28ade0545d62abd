//! Lessons: every test that docs/lessons.md names is there.

use super::Offence;
use super::source::{Source, words_at};

const HOME: &str = "docs/lessons.md";

/// Names of tests stand alone between backquotes, in the last column of the table.
pub fn check(sources: &[Source]) -> Vec<Offence> {
    let Some(lessons) = sources.iter().find(|source| source.path == HOME) else { return Vec::new() };
    let mut offences = Vec::new();
    for (at, line) in lessons.text.lines().enumerate() {
        let Some(last) = line.trim_end().strip_suffix('|').and_then(|row| row.rsplit('|').next()) else { continue };
        let names = last.split('`').skip(1).step_by(2).filter(|name| name.contains('_'));
        for name in names.filter(|name| !is_there(sources, name)) {
            offences.push(Offence::new(
                HOME,
                at + 1,
                format!("no test is called `{name}`: name the one that holds this"),
            ));
        }
    }
    offences
}

fn is_there(sources: &[Source], name: &str) -> bool {
    let declared = format!("fn {name}");
    sources.iter().filter(|source| source.is_rust()).any(|source| words_at(&source.code, &declared).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(lessons: &str, code: &str) -> usize {
        check(&[Source::new(HOME, lessons.to_owned()), Source::new("crates/kernel/src/a.rs", code.to_owned())]).len()
    }

    #[test]
    fn a_test_that_is_named_and_not_there_offends() {
        let lessons = "| went wrong | holds | test |\n| x | `other_thing` | `a_link_opens_once` |\n";
        assert_eq!(offences(lessons, "fn a_link_opens_once() {}"), 0);
        assert_eq!(offences(lessons, "fn a_link_opens_once_more() {}"), 1);
        assert_eq!(offences(lessons, "// fn a_link_opens_once() {}"), 1);
    }
}
