//! A newcomer: a fresh clone, and exactly what the README's five minutes say, in their order; then the cookbook's first two recipes.

use crate::workspace::Workspace;
use crate::{child, say};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const CHAPTER: &str = "## Five minutes";
const RECIPES: [&str; 2] = ["## Two bots on one account", "## A month in front of a TWS"];
/// What a recipe leaves open in its terminal, and what is there once it is ready.
const STAYS: [(&str, Ready); 2] =
    [("portreeve paper ", Ready::Listens(4_002)), ("portreeve serve ", Ready::File("gate/control.sock"))];
/// The recipes say the name of the program, which a newcomer has not installed.
const NAMED: &str = "portreeve() { cargo run -q --release -- \"$@\"; }\n";
const BUILD: Duration = Duration::from_secs(20 * 60);
const STEP: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug)]
enum Ready {
    Listens(u16),
    /// In the clone.
    File(&'static str),
}

#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    Shell(String),
    /// Saved under the name in its first line.
    Python {
        name: String,
        text: String,
    },
}

/// The chapter's blocks that are to be run; plain ones show what is printed.
pub fn blocks(page: &str, chapter: &str) -> Result<Vec<Block>, String> {
    let chapter = page.split_once(chapter).ok_or(format!("there is no chapter `{chapter}`"))?.1;
    let chapter = chapter.split("\n## ").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut lines = chapter.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text = text.join("\n") + "\n";
        match language {
            "sh" => found.push(Block::Shell(text)),
            "python" => {
                let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
                let name = name.ok_or("a Python block does not begin with its file's name")?;
                found.push(Block::Python { name: name.to_owned(), text: text.clone() });
            }
            "" => {}
            other => return Err(format!("there is a block of `{other}` that nobody runs")),
        }
    }
    Ok(found)
}

/// Everything that was started is ended with it, whatever happens.
#[derive(Debug)]
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            child::signal("TERM", -i64::from(child.id()));
            let _ = child.wait();
        }
    }
}

struct Place {
    clone: PathBuf,
    data: PathBuf,
    target: PathBuf,
}

impl Place {
    fn shell(&self, text: &str) -> Command {
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail", "-c", text]).current_dir(&self.clone);
        command.env("XDG_DATA_HOME", &self.data).env("CARGO_TARGET_DIR", &self.target).stdin(Stdio::null());
        command
    }

    fn background(&self, text: &str) -> Result<Child, String> {
        use std::os::unix::process::CommandExt as _;
        self.shell(text).process_group(0).spawn().map_err(|why| format!("{text}: {why}"))
    }
}

fn until(what: &str, limit: Duration, mut done: impl FnMut() -> Result<bool, String>) -> Result<(), String> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if done()? {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
    Err(format!("{what}: not within {} s", limit.as_secs()))
}

pub fn run(workspace: &Workspace) -> Result<(), String> {
    let home = std::env::temp_dir().join(format!("portreeve-newcomer-{}", std::process::id()));
    let place = Place { clone: home.join("clone"), data: home.join("data"), target: workspace.target.clone() };
    let walked = walk(workspace, &place);
    let _ = std::fs::remove_dir_all(&home);
    walked
}

fn walk(workspace: &Workspace, place: &Place) -> Result<(), String> {
    let clone = place.clone.display().to_string();
    let from = workspace.root.display().to_string();
    child::run(Command::new("git").args(["clone", "--quiet", &from, &clone]), STEP)?;
    let readme = std::fs::read_to_string(place.clone.join("README.md")).map_err(|why| format!("README.md: {why}"))?;
    let mut running = Running(Vec::new());
    for block in blocks(&readme, CHAPTER)? {
        match block {
            Block::Python { name, text } => save(&place.clone, &name, &text)?,
            Block::Shell(text) => step(place, &text, &mut running)?,
        }
    }
    // The held order was granted, so its program has ended by itself.
    let large = running.0.pop().ok_or("the README starts nothing that waits")?;
    finish(large)?;
    let cookbook = std::fs::read_to_string(place.clone.join("docs/cookbook.md"));
    let cookbook = cookbook.map_err(|why| format!("docs/cookbook.md: {why}"))?;
    for recipe in RECIPES {
        for block in blocks(&cookbook, recipe)? {
            match block {
                Block::Python { name, text } => save(&place.clone, &name, &text)?,
                Block::Shell(text) => recipe_step(place, &text, &mut running)?,
            }
        }
    }
    Ok(())
}

fn recipe_step(place: &Place, text: &str, running: &mut Running) -> Result<(), String> {
    let named = NAMED.to_owned() + text;
    let Some((_, ready)) = STAYS.iter().find(|(begins, _)| text.starts_with(begins)) else {
        return step(place, &named, running);
    };
    say::line(format!("$ {}", text.trim_end()));
    running.0.push(place.background(&named)?);
    until(text.trim_end(), STEP, || {
        Ok(match ready {
            Ready::Listens(port) => TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok(),
            Ready::File(path) => place.clone.join(path).exists(),
        })
    })
}

fn save(clone: &Path, name: &str, text: &str) -> Result<(), String> {
    std::fs::write(clone.join(name), text).map_err(|why| format!("{name}: {why}"))
}

fn finish(mut large: Child) -> Result<(), String> {
    let mut status = None;
    until("the program whose order was granted ends", STEP, || {
        status = large.try_wait().map_err(|why| why.to_string())?;
        Ok(status.is_some())
    })?;
    match status {
        Some(status) if status.success() => Ok(()),
        other => Err(format!("the program whose order was granted ended with {other:?}")),
    }
}

/// What stays open in its terminal is left running, and waited for only until it is ready.
fn step(place: &Place, text: &str, running: &mut Running) -> Result<(), String> {
    say::line(format!("$ {}", text.trim_end().replace('\n', "\n$ ")));
    if text == "cargo run --release\n" {
        running.0.push(place.background(text)?);
        let socket = place.data.join("portreeve/control.sock");
        return until("the server is ready", BUILD, || Ok(socket.exists()));
    }
    if text == "bot/bin/python large.py\n" {
        running.0.push(place.background(text)?);
        return until("an order waits for approval", STEP, || {
            let list = "cargo run -q --release -- approval list --quiet";
            child::text(&mut place.shell(list), STEP).map(|ids| !ids.trim().is_empty())
        });
    }
    child::run(&mut place.shell(text), STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_of_the_chapter_are_found_in_their_order() {
        let readme = "```sh\nno\n```\n## Five minutes\n```sh\na\nb\n```\n```\nshown\n```\n```python\n# x.py\nc\n```\n## Next\n```sh\nno\n```\n";
        let expected = vec![
            Block::Shell("a\nb\n".to_owned()),
            Block::Python { name: "x.py".to_owned(), text: "# x.py\nc\n".to_owned() },
        ];
        assert_eq!(blocks(readme, CHAPTER), Ok(expected));
    }

    #[test]
    fn a_block_that_nobody_would_run_is_an_error() {
        assert!(blocks("## Five minutes\n```ruby\nx\n```\n", CHAPTER).is_err());
        assert!(blocks("## Five minutes\n```python\nx\n```\n", CHAPTER).is_err());
        assert!(blocks("nothing", CHAPTER).is_err());
    }
}
