//! Pretty: canonical JSON with a member a line. One spelling, which Python writes with `indent=2` and `sort_keys`.

use journal::canonical::{self, CanonicalError};
use serde::Serialize;

/// The text of a value, with a newline at its end.
pub(crate) fn text<T: Serialize>(value: &T) -> Result<String, CanonicalError> {
    let bytes = canonical::encode(value)?;
    let compact = core::str::from_utf8(&bytes).map_err(|error| CanonicalError::NotUtf8 { at: error.valid_up_to() })?;
    Ok(indented(compact))
}

fn indented(compact: &str) -> String {
    let mut out = String::with_capacity(compact.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut letters = compact.chars().peekable();
    while let Some(letter) = letters.next() {
        if quoted {
            out.push(letter);
            quoted = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
            continue;
        }
        let closing = letters.peek().is_some_and(|next| matches!(next, '}' | ']'));
        match letter {
            '{' | '[' if closing => out.push(letter),
            '{' | '[' => {
                depth += 1;
                out.push(letter);
                line(&mut out, depth);
            }
            '}' | ']' if out.ends_with(['{', '[']) => out.push(letter),
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                quoted = letter == '"';
                out.push(letter);
            }
        }
    }
    out.push('\n');
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str("  "));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As Python 3.11 writes it with `json.dumps(v, indent=2, sort_keys=True, ensure_ascii=False)`.
    #[test]
    fn a_member_a_line_and_what_is_in_quotes_untouched() {
        let value = json!({"b": [1, {}, []], "a": {"x": "{\"y\":[1,2]}, \\", "ä": null}});
        let expected = "{\n  \"a\": {\n    \"x\": \"{\\\"y\\\":[1,2]}, \\\\\",\n    \"ä\": null\n  },\n  \"b\": [\n    1,\n    {},\n    []\n  ]\n}\n";
        assert_eq!(text(&value).unwrap(), expected);
    }
}
