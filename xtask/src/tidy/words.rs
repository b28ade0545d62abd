//! The words that the vocabulary bans, wherever they stand, and the word to use instead.

use super::{Offence, Source};

struct Ban {
    /// Lower case, in order; `AuditLog`, `audit_log` and `audit logs` are all `audit log`.
    words: &'static [&'static str],
    instead: &'static str,
    /// Paths that begin so may say it.
    allowed: &'static [&'static str],
}

const fn everywhere(words: &'static [&'static str], instead: &'static str) -> Ban {
    Ban { words, instead, allowed: &[] }
}

/// Only what is unambiguous: `client` is also a TWS client, `error` and `panic` are also Rust,
/// `portfolio` is also a TWS message, so they are left to the reader.
const BANS: [Ban; 13] = [
    everywhere(&["tenant"], "customer (or firm, for what all customers share)"),
    everywhere(&["subtenant"], "account"),
    everywhere(&["principal"], "user"),
    everywhere(&["wallet"], "account"),
    everywhere(&["panic", "button"], "kill switch"),
    everywhere(&["risk", "engine"], "guard"),
    everywhere(&["acl"], "rule book"),
    everywhere(&["access", "control", "list"], "rule book"),
    everywhere(&["trust", "level"], "assurance"),
    everywhere(&["superuser"], "operator"),
    Ban { words: &["audit", "log"], instead: "journal", allowed: &["crates/portal/"] },
    Ban { words: &["audit", "trail"], instead: "journal", allowed: &["crates/portal/"] },
    // Prose may speak of what exchanges call their keys; code and clients may not.
    Ban { words: &["api", "key"], instead: "API credential", allowed: &["docs/", "README.md"] },
];

/// The licence is not our text, and the list itself must name what it bans.
const EXEMPT: [&str; 2] = ["LICENSE", "xtask/src/tidy/words.rs"];

pub fn check(source: &Source) -> Vec<Offence> {
    if EXEMPT.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let bans: Vec<&Ban> =
        BANS.iter().filter(|ban| !ban.allowed.iter().any(|start| source.path.starts_with(start))).collect();
    let mut offences = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let parts = parts(line);
        for ban in &bans {
            if parts.windows(ban.words.len()).any(|window| says(window, ban.words)) {
                let message = format!("`{}` is not a word of ours: say {}", ban.words.join(" "), ban.instead);
                offences.push(Offence::new(&source.path, index + 1, message));
            }
        }
    }
    offences
}

/// The last word may be a plural.
fn says(window: &[String], words: &[&str]) -> bool {
    let last = words.len().saturating_sub(1);
    window
        .iter()
        .zip(words)
        .enumerate()
        .all(|(index, (found, word))| found == word || (index == last && found.strip_suffix('s') == Some(word)))
}

/// The words of a line, lower case; identifiers fall into theirs.
fn parts(line: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut after_lower = false;
    for c in line.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && after_lower) {
            parts.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    parts.push(word);
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &str, text: &str) -> Option<String> {
        check(&Source::new(path, text.into())).into_iter().next().map(|offence| offence.message)
    }

    #[test]
    fn a_banned_word_offends_in_prose_and_in_every_spelling_of_an_identifier() {
        for text in ["the audit log", "AuditLog", "audit_logs", "AUDIT_LOG", "audit-log", "let auditLog"] {
            let found = message("crates/kernel/src/a.rs", text);
            assert!(found.is_some_and(|message| message.contains("say journal")), "{text}");
        }
        assert!(message("docs/plan.md", "each tenant").is_some());
        assert!(message("crates/api/src/a.rs", "struct TenantId;").is_some());
        assert!(message("crates/api/src/a.rs", "fn acl() {}").is_some());
    }

    #[test]
    fn ordinary_words_that_only_look_alike_pass() {
        for text in ["tenantless", "oracle", "principally", "panic = \"unwind\"", "log of the audit", "Macl"] {
            assert_eq!(message("crates/kernel/src/a.rs", text), None, "{text}");
        }
    }

    #[test]
    fn a_word_is_allowed_where_its_context_is() {
        assert_eq!(message("crates/portal/src/page.rs", "the audit log"), None);
        assert_eq!(message("docs/limits.md", "an exchange's API key"), None);
        assert!(message("crates/api/src/a.rs", "api_key").is_some());
        assert_eq!(message("LICENSE", "principal place of business"), None);
    }
}
