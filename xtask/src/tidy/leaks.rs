//! Nothing in the tree names a machine it was made on, or a host that packages came from.

use super::{Offence, Source};

const HOSTS: [&str; 6] = ["crates.io", "pypi.org", "pythonhosted.org", "npmjs", "deb.debian.org", "registry.yarnpkg"];
const MACHINE_PATHS: [&str; 3] = ["/root", "/work", "/tmp/t-"];

pub fn check(source: &Source) -> Vec<Offence> {
    if source.path.starts_with("xtask/src/tidy/leaks") {
        return Vec::new(); // the list itself
    }
    let mut offences = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let lower = line.to_lowercase();
        if let Some(host) = HOSTS.iter().find(|host| lower.contains(*host)) {
            let message = format!(
                "names the host {host}: say `the crates registry`, `the Python registry` or `the system's packages`, and let the ordinary client choose the host"
            );
            offences.push(Offence::new(&source.path, index + 1, message));
        }
        if let Some(path) = MACHINE_PATHS.iter().find(|path| names_path(line, path)) {
            let message = format!(
                "names the machine's path {path}: use a path inside the repository, `$HOME`, or a temporary directory asked from the system"
            );
            offences.push(Offence::new(&source.path, index + 1, message));
        }
    }
    offences
}

/// Does the path stand here as a path of its own, and not as part of a longer one?
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|part| part.chars().next_back());
        let after = line.get(at + path.len()..).and_then(|part| part.chars().next());
        let part_of_longer = |c: char| c.is_alphanumeric() || "_-.~}/".contains(c);
        let goes_on = |c: char| c.is_alphanumeric() || "_-".contains(c);
        !before.is_some_and(part_of_longer) && (path.ends_with('-') || !after.is_some_and(goes_on))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offends(text: &str) -> bool {
        !check(&Source::new("docs/plan.md", text.into())).is_empty()
    }

    #[test]
    fn a_registry_host_offends() {
        assert!(offends("pip install -i https://pypi.org/simple x"));
        assert!(offends("see crates.io"));
        assert!(!offends("from the crates registry"));
    }

    #[test]
    fn a_path_of_one_machine_offends_and_a_path_in_the_product_does_not() {
        assert!(offends("cd /root/portreeve"));
        assert!(offends("CARGO_TARGET_DIR=/tmp/t-kernel cargo test"));
        assert!(offends("`/work`"));
        assert!(!offends("$HOME/work"));
        assert!(!offends("docs/work/plan.md"));
        assert!(!offends("POST /workspaces"));
        assert!(!offends("/tmp/data"));
    }
}
