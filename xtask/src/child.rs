//! Child processes: streamed, never without a time limit, ended with their whole group.

use std::io::{BufRead as _, BufReader, IsTerminal as _, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// Runs to the end; its output goes where ours goes.
pub fn run(command: &mut Command, limit: Duration) -> Result<(), String> {
    let name = name_of(command);
    let (child, group) = start(command, &name)?;
    finish(child, group, &name, limit)
}

/// Runs to the end and hands over each line of standard output as it comes.
pub fn lines(command: &mut Command, limit: Duration, on_line: impl FnMut(&str)) -> Result<(), String> {
    heard(command.stdout(Stdio::piped()), limit, on_line)
}

/// The same, with the lines of standard error among them.
pub fn all_lines(command: &mut Command, limit: Duration, on_line: impl FnMut(&str)) -> Result<(), String> {
    heard(command.stdout(Stdio::piped()).stderr(Stdio::piped()), limit, on_line)
}

fn heard(command: &mut Command, limit: Duration, mut on_line: impl FnMut(&str)) -> Result<(), String> {
    let name = name_of(command);
    let deadline = Instant::now() + limit;
    let (mut child, group) = start(command, &name)?;
    let (send, receive) = mpsc::channel();
    if let Some(errors) = child.stderr.take() {
        listen(errors, send.clone());
    }
    if let Some(output) = child.stdout.take() {
        listen(output, send);
    }
    loop {
        match receive.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => on_line(line.trim_end_matches('\r')),
            Err(RecvTimeoutError::Disconnected) => break,
            // `finish` finds no time left, ends the group and says so.
            Err(RecvTimeoutError::Timeout) => break,
        }
    }
    let left = deadline.saturating_duration_since(Instant::now());
    finish(child, group, &name, left)
}

fn listen(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            if to.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });
}

/// The whole standard output of a short command.
pub fn text(command: &mut Command, limit: Duration) -> Result<String, String> {
    let mut all = String::new();
    lines(command, limit, |line| {
        all.push_str(line);
        all.push('\n');
    })?;
    Ok(all)
}

/// Sends a signal by name to a process, or to a group when the number is negative.
/// The shell's own `kill` is used because a small system may have no program of that name.
pub fn signal(name: &str, target: i64) {
    let _ = Command::new("sh")
        .args(["-c", "kill -s \"$1\" -- \"$2\"", "sh", name, &target.to_string()])
        .stderr(Stdio::null())
        .status();
}

/// At a terminal a child stays in our group, so that Ctrl-C reaches it; elsewhere it leads a
/// group of its own, so that a time-out ends its children too.
fn start(command: &mut Command, name: &str) -> Result<(Child, bool), String> {
    let own_group = !std::io::stdin().is_terminal();
    if own_group {
        command.process_group(0);
    }
    let child = command.stdin(Stdio::null()).spawn().map_err(|why| format!("cannot start {name}: {why}"))?;
    Ok((child, own_group))
}

fn finish(mut child: Child, group: bool, name: &str, limit: Duration) -> Result<(), String> {
    let pid = i64::from(child.id());
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let _ = send.send(child.wait());
    });
    match receive.recv_timeout(limit) {
        Ok(ended) => judge(name, ended),
        Err(_) => {
            signal("KILL", if group { -pid } else { pid });
            let _ = receive.recv_timeout(Duration::from_secs(10));
            Err(format!("{name} did not end in its time and was ended"))
        }
    }
}

fn judge(name: &str, ended: std::io::Result<ExitStatus>) -> Result<(), String> {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(why) => Err(format!("{name}: {why}")),
    }
}

fn name_of(command: &Command) -> String {
    let mut name = std::path::Path::new(command.get_program())
        .file_name()
        .map_or_else(|| "?".into(), |name| name.to_string_lossy().into_owned());
    for argument in command.get_args().take(3) {
        name.push(' ');
        name.push_str(&argument.to_string_lossy());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_is_handed_over_line_by_line() {
        let mut seen = Vec::new();
        let ended = lines(&mut sh("echo one; echo two"), Duration::from_secs(10), |line| {
            seen.push(line.to_owned());
        });
        assert_eq!(ended, Ok(()));
        assert_eq!(seen, ["one", "two"]);
    }

    #[test]
    fn standard_error_is_heard_where_it_is_asked_for() {
        let mut seen = Vec::new();
        let ended = all_lines(&mut sh("echo one; echo two >&2"), Duration::from_secs(10), |line| {
            seen.push(line.to_owned());
        });
        seen.sort();
        assert_eq!((ended, seen), (Ok(()), vec!["one".to_owned(), "two".to_owned()]));
    }

    #[test]
    fn a_failing_child_is_a_failure_that_names_the_command() {
        let ended = run(&mut sh("exit 3"), Duration::from_secs(10));
        assert!(ended.is_err_and(|why| why.contains("exit 3") && why.contains('3')));
    }

    #[test]
    fn a_child_that_outlives_its_limit_is_ended() {
        let began = Instant::now();
        let ended = lines(&mut sh("echo up; cat /dev/zero >/dev/null"), Duration::from_millis(300), |_| {});
        assert!(ended.is_err_and(|why| why.contains("did not end in its time")));
        assert!(began.elapsed() < Duration::from_secs(9));
    }
}
