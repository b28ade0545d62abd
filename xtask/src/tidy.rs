//! `cargo xtask tidy`: the house rules that the compiler cannot hold. Each message says what to do instead.

mod captions;
mod crates;
mod files;
mod habits;
mod leaks;
mod lessons;
mod modules;
mod sizes;
mod source;
mod words;

use crate::say;
use crate::workspace::Workspace;
use source::Source;

/// One place that breaks one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    pub path: String,
    pub line: usize,
    pub message: String,
}

impl Offence {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Offence {
        Offence { path: path.to_owned(), line, message: message.into() }
    }
}

pub fn run(workspace: &Workspace) -> Result<(), String> {
    let sources = files::read(&workspace.root)?;
    let mut offences = crates::check(&workspace.metadata);
    offences.extend(modules::check(&sources));
    offences.extend(lessons::check(&sources));
    for source in &sources {
        offences.extend(of_one_file(source));
    }
    offences.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    for offence in &offences {
        say::line(format!("{}:{}: {}", offence.path, offence.line, offence.message));
    }
    match offences.len() {
        0 => {
            say::line(format!("tidy: {} files, nothing to mend", sources.len()));
            Ok(())
        }
        count => Err(format!("{count} places to mend")),
    }
}

fn of_one_file(source: &Source) -> Vec<Offence> {
    let mut offences = captions::check(source);
    offences.extend(sizes::check(source));
    offences.extend(habits::check(source));
    offences.extend(words::check(source));
    offences.extend(leaks::check(source));
    offences
}
