//! Every Rust file opens with a caption: one line that says what it is.

use super::{Offence, Source};

pub fn check(source: &Source) -> Vec<Offence> {
    let captioned = source
        .text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("//! "))
        .is_some_and(|caption| !caption.trim().is_empty());
    if !source.is_rust() || captioned {
        return Vec::new();
    }
    let message = "line 1 is no caption: begin the file with `//! ` and one sentence that says what it is";
    vec![Offence::new(&source.path, 1, message)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offends(path: &str, text: &str) -> bool {
        !check(&Source::new(path, text.into())).is_empty()
    }

    #[test]
    fn a_rust_file_without_a_caption_offends() {
        assert!(offends("a.rs", "fn main() {}\n"));
        assert!(offends("a.rs", "//!\nfn main() {}\n"));
        assert!(offends("a.rs", "\n//! Late.\n"));
        assert!(offends("a.rs", ""));
        assert!(!offends("a.rs", "//! What it is.\n"));
        assert!(!offends("README.md", "# Portreeve\n"));
    }
}
