//! Lessons: every test that docs/lessons.md and docs/requirements.md name is there.

use super::Offence;
use super::source::{Source, words_at};

const HOMES: [&str; 2] = ["docs/lessons.md", "docs/requirements.md"];

/// Names of tests stand alone between backquotes, in the last column of the table.
pub fn check(sources: &[Source]) -> Vec<Offence> {
    let homes = sources.iter().filter(|source| HOMES.contains(&source.path.as_str()));
    homes.flat_map(|home| of(sources, home)).collect()
}

fn of(sources: &[Source], home: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (at, line) in home.text.lines().enumerate() {
        let Some(last) = line.trim_end().strip_suffix('|').and_then(|row| row.rsplit('|').next()) else { continue };
        let names = last.split('`').skip(1).step_by(2).filter(|name| name.contains('_'));
        for name in names.filter(|name| !is_there(sources, name)) {
            offences.push(Offence::new(
                &home.path,
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
        let of = |home: &str| {
            let all = [Source::new(home, lessons.to_owned()), Source::new("crates/kernel/src/a.rs", code.to_owned())];
            check(&all).len()
        };
        let [one, two] = HOMES.map(of);
        assert_eq!(one, two);
        one
    }

    #[test]
    fn a_test_that_is_named_and_not_there_offends() {
        let lessons = "| went wrong | holds | test |\n| x | `other_thing` | `a_link_opens_once` |\n";
        assert_eq!(offences(lessons, "fn a_link_opens_once() {}"), 0);
        assert_eq!(offences(lessons, "fn a_link_opens_once_more() {}"), 1);
        assert_eq!(offences(lessons, "// fn a_link_opens_once() {}"), 1);
    }
}
