//! Words for the person at the terminal: one whole line at a time, so that parallel clients do not mix.

use std::io::Write as _;

/// A line on standard output. A reader that went away is no reason to stop checking.
pub fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.as_ref());
    let _ = out.flush();
}

/// A line on standard error.
pub fn aside(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}
