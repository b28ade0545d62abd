//! The floors inside the kernel: words, concepts, aggregates, the three lists, and what reads them all.

use super::source::{is_word, line_of, words_at};
use super::{Offence, Source};
use std::collections::{BTreeMap, BTreeSet};

const HOME: &str = "crates/kernel/src/";

/// From the bottom up. A module uses its own floor and those below, never in a circle.
const FLOORS: [(&str, &[&str]); 5] = [
    (
        "words",
        &[
            "id",
            "time",
            "money",
            "digest",
            "scope",
            "instrument",
            "order",
            "given",
            "evidence",
            "actor",
            "reason",
            "spelling",
            "canonical",
            "ties",
        ],
    ),
    (
        "concepts",
        &[
            "account",
            "alert",
            "allowances",
            "api_credential",
            "approval",
            "attempt",
            "authenticator",
            "bounds",
            "change",
            "connection",
            "day_loss",
            "dead_man",
            "device",
            "enrolment",
            "expiry",
            "exposure",
            "group",
            "guard",
            "incident",
            "invitation",
            "kill_switch",
            "leverage",
            "limits",
            "meter",
            "network",
            "new_credential",
            "notice",
            "pairing",
            "people",
            "push",
            "restore",
            "seal",
            "session",
            "signature",
            "standing",
            "ticket",
            "user",
            "watch",
            "working",
            "worth",
        ],
    ),
    ("aggregates", &["customer", "book", "source", "firm", "cover", "resting"]),
    ("lists", &["command", "event", "refusal"]),
    ("top", &["state", "effect", "telling", "needs", "decide", "view", "watching"]),
];

pub fn check(sources: &[Source]) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        let Some(module) = module_of(&source.path) else {
            continue;
        };
        let Some(own) = floor(module) else {
            let message = format!(
                "the kernel module `{module}` stands on no floor: place it in FLOORS in xtask/src/tidy/modules.rs"
            );
            offences.push(Offence::new(&source.path, 1, message));
            continue;
        };
        for (line, used) in imports(source) {
            if used == module {
                continue;
            }
            if used.starts_with(char::is_uppercase) {
                let message = format!(
                    "`crate::{used}` hides which module it comes from: name the module, `crate::module::{used}`"
                );
                offences.push(Offence::new(&source.path, line, message));
            } else if floor(&used).is_some_and(|floor| floor > own) {
                let message = format!(
                    "`{module}` ({}) uses `{used}` ({}), which stands above it: move the shared word down, or take the value as an argument",
                    floor_name(own),
                    floor(&used).map_or("?", floor_name)
                );
                offences.push(Offence::new(&source.path, line, message));
            } else if floor(&used) == Some(own) {
                uses.entry(module.to_owned()).or_default().insert(used);
            }
        }
    }
    offences.extend(circle(&uses));
    offences
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|(_, modules)| modules.contains(&module))
}

fn floor_name(floor: usize) -> &'static str {
    FLOORS.get(floor).map_or("?", |(name, _)| name)
}

/// `guard/limits.rs` belongs to the concept `guard`; `lib.rs` only lists the modules.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix(HOME)?.strip_suffix(".rs")?;
    let module = inside.split('/').next()?;
    (module != "lib").then_some(module)
}

/// The first name after each `crate::`, and after as many `super::` as lead to the crate's root.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let depth = source.path.strip_prefix(HOME).map_or(0, |inside| inside.matches('/').count());
    let climb = "super::".repeat(depth + 1);
    let mut found = Vec::new();
    for prefix in ["crate::", climb.as_str()] {
        // `words_at` asks for word ends on both sides; the colons end the needle one word early.
        for at in words_at(&source.code, prefix.trim_end_matches(':')) {
            let line = line_of(&source.code, at);
            let rest = source.code.get(at..).and_then(|rest| rest.strip_prefix(prefix));
            if let Some(rest) = rest.filter(|_| !source.is_test(line)) {
                found.extend(first_names(rest).into_iter().map(|name| (line, name)));
            }
        }
    }
    found.retain(|(_, name)| name != "super" && name != "self");
    found
}

/// `a::B` gives `a`; `{a::{B, C}, d}` gives `a` and `d`.
fn first_names(rest: &str) -> Vec<String> {
    let name_at = |text: &str| -> String { text.chars().take_while(|c| is_word(*c)).collect() };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name_at(rest)].into_iter().filter(|name| !name.is_empty()).collect();
    };
    let (mut depth, mut fresh, mut names) = (0usize, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            _ if fresh && is_word(c) => {
                names.push(name_at(group.get(at..).unwrap_or("")));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

/// Peels off modules that use nothing left; what cannot be peeled off goes in a circle.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Offence> {
    let mut left = uses.clone();
    loop {
        let busy: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, used| used.iter().any(|name| busy.contains(name)));
        if left.len() == before {
            break;
        }
    }
    let (first, _) = left.first_key_value()?;
    let names: Vec<&str> = left.keys().map(String::as_str).collect();
    let message = format!(
        "these modules of one floor use each other in a circle: {}; move the shared word down to `words`",
        names.join(", ")
    );
    Some(Offence::new(&format!("{HOME}{first}.rs"), 1, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> =
            files.iter().map(|(name, text)| Source::new(&format!("{HOME}{name}"), (*text).to_owned())).collect();
        check(&sources).into_iter().map(|offence| offence.message).collect()
    }

    fn one(files: &[(&str, &str)], words: &str) {
        let found = messages(files);
        assert!(found.len() == 1 && found.iter().all(|message| message.contains(words)), "{found:?}");
    }

    #[test]
    fn a_module_that_uses_a_higher_floor_offends() {
        one(&[("money.rs", "use crate::guard::Limit;")], "stands above it");
        one(&[("guard/limits.rs", "use super::super::decide;")], "stands above it");
        one(&[("guard.rs", "fn f(x: super::event::Event) {}")], "stands above it");
        one(&[("guard.rs", "use crate::{money::{A, B}, event};")], "`event`");
    }

    #[test]
    fn a_module_uses_its_own_floor_and_those_below() {
        let none: Vec<String> = Vec::new();
        assert_eq!(messages(&[("guard.rs", "use crate::{money::Money, account};\nuse super::order;")]), none);
        assert_eq!(messages(&[("guard/limits.rs", "use super::Guard;\nuse crate::guard::Guard;")]), none);
        assert_eq!(messages(&[("money.rs", "#[cfg(test)]\nmod tests {\n use crate::guard;\n}")]), none);
        assert_eq!(messages(&[("lib.rs", "pub mod anything;")]), none);
    }

    #[test]
    fn a_circle_on_one_floor_offends() {
        one(&[("guard.rs", "use crate::approval;"), ("approval.rs", "use crate::guard;")], "circle");
        let line = [("guard.rs", "use crate::approval;"), ("approval.rs", "use crate::account;")];
        assert_eq!(messages(&line), Vec::<String>::new());
    }

    #[test]
    fn a_module_on_no_floor_offends_with_the_place_to_put_it() {
        one(&[("misc.rs", "")], "place it in FLOORS");
    }

    #[test]
    fn a_name_taken_from_the_root_of_the_crate_offends() {
        one(&[("guard.rs", "use crate::Money;")], "name the module");
    }
}
