//! Habits of the code: no skipped tests, no sleeping tests, no clocks in pure crates, no catch-all in the kernel.

use super::source::words_at;
use super::{Offence, Source, crates};

/// Crates below this floor take time as an argument.
const FIRST_FLOOR_WITH_A_CLOCK: u8 = 3;
const CLOCKS: [&str; 5] = ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "Utc::now"];

pub fn check(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (number, line) in source.code_lines() {
        let test = source.is_test(number);
        let mut found = |message: &str| offences.push(Offence::new(&source.path, number, message));
        if line.contains("#[ignore") {
            found("a skipped test proves nothing: mend it, delete it, or make it a step of `cargo xtask soak`");
        }
        if test && sleeps(line) {
            found(
                "a test that sleeps is slow or flaky: wait for the event (a channel, a line of output) with a deadline, or move the injected clock",
            );
        }
        if !may_read_the_clock(&source.path) && CLOCKS.iter().any(|clock| words_at(line, clock).next().is_some()) {
            found("no clock below floor 3: take the time as an argument (`Given.now` in the kernel)");
        }
        if source.path.starts_with("crates/kernel/src/") && !test && catches_all(line) {
            found(
                "`_ =>` would swallow the next variant in silence: list the variants; for text or numbers bind a name (`other =>`)",
            );
        }
    }
    offences
}

fn sleeps(line: &str) -> bool {
    ["sleep", "sleep_until", "sleep_ms"].iter().any(|name| {
        words_at(line, name)
            .any(|at| line.get(at + name.len()..).is_some_and(|rest| rest.trim_start().starts_with('(')))
    })
}

fn may_read_the_clock(path: &str) -> bool {
    let name = path.strip_prefix("crates/").and_then(|rest| rest.split('/').next());
    // What lies outside `crates/` is the workshop.
    name.is_none_or(|name| crates::floor(name).is_none_or(|floor| floor >= FIRST_FLOOR_WITH_A_CLOCK))
}

fn catches_all(line: &str) -> bool {
    words_at(line, "_").any(|at| {
        let rest = line.get(at + 1..).unwrap_or("").trim_start();
        rest.starts_with("=>") || rest.starts_with("if ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        check(&Source::new(path, text.into())).into_iter().map(|offence| offence.message).collect()
    }

    fn one(path: &str, text: &str, words: &str) {
        let found = messages(path, text);
        assert!(found.len() == 1 && found.iter().all(|message| message.contains(words)), "{text}: {found:?}");
    }

    fn none(path: &str, text: &str) {
        assert_eq!(messages(path, text), Vec::<String>::new(), "{text}");
    }

    #[test]
    fn a_skipped_test_offends() {
        one("crates/kernel/tests/main.rs", "#[ignore]\nfn a() {}", "skipped test");
        one("crates/api/src/lib.rs", "#[ignore = \"slow\"]\nfn a() {}", "skipped test");
        none("crates/api/src/lib.rs", "// #[ignore]\n");
    }

    #[test]
    fn a_sleeping_test_offends_and_a_sleeping_service_does_not() {
        one("crates/service/tests/main.rs", "std::thread::sleep(d);", "sleeps");
        one("crates/service/src/a.rs", "#[cfg(test)]\nmod tests {\n fn a() { tokio::time::sleep(d); }\n}", "sleeps");
        none("crates/service/src/a.rs", "tokio::time::sleep(d);");
        none("crates/service/tests/main.rs", "let sleep = 1;");
    }

    #[test]
    fn a_clock_below_floor_three_offends() {
        one("crates/kernel/src/time.rs", "let now = SystemTime::now();", "no clock");
        one("crates/store/src/sqlite.rs", "let now = std::time::Instant::now();", "no clock");
        none("crates/service/src/timers.rs", "let now = Instant::now();");
        none("xtask/src/child.rs", "let now = Instant::now();");
    }

    #[test]
    fn a_catch_all_in_the_kernel_offends_outside_tests() {
        one("crates/kernel/src/decide.rs", "match c {\n A => 1,\n _ => 2,\n}", "list the variants");
        one("crates/kernel/src/decide.rs", "match c {\n _ if x => 2,\n}", "list the variants");
        none("crates/kernel/src/decide.rs", "match c { Some(_) => 1, Ok(..) => 2, other => 3 }");
        none("crates/kernel/src/decide.rs", "#[cfg(test)]\nmod tests {\n fn a() { match c { _ => 2 } }\n}");
        none("crates/tws/src/request.rs", "match c { _ => 2 }");
    }
}
