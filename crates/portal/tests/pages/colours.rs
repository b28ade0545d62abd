//! The colours of tokens.css: readable in both themes, and named nowhere else.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../style/tokens.css");
const STYLE: &str = concat!(include_str!("../../style/portal.css"), include_str!("../../style/phone.css"));

/// (text, ground): WCAG AA asks for 4.5.
const TEXT: [(&str, &str); 31] = [
    ("ink", "ground"),
    ("ink", "plate"),
    ("ink", "sunk"),
    ("ink", "accent-tint"),
    ("ink", "good-tint"),
    ("ink", "wait-tint"),
    ("ink", "bad-tint"),
    ("muted", "ground"),
    ("muted", "plate"),
    ("muted", "sunk"),
    ("muted", "bad-tint"),
    ("accent", "ground"),
    ("accent", "plate"),
    ("accent", "sunk"),
    ("accent", "accent-tint"),
    ("accent", "bad-tint"),
    ("accent", "wait-tint"),
    ("accent", "good-tint"),
    ("on-accent", "accent"),
    ("good", "ground"),
    ("good", "plate"),
    ("good", "good-tint"),
    ("wait", "ground"),
    ("wait", "plate"),
    ("wait", "wait-tint"),
    ("plate", "wait"),
    ("bad", "ground"),
    ("bad", "plate"),
    ("bad", "bad-tint"),
    ("on-stop", "stop"),
    ("bad", "sunk"),
];

/// (mark, ground): what is no text asks for 3.
const MARKS: [(&str, &str); 6] =
    [("edge", "ground"), ("edge", "plate"), ("edge", "sunk"), ("accent", "sunk"), ("stop", "plate"), ("wait", "sunk")];

/// Both themes: what the dark one does not say again, it takes from the light one.
fn themes() -> [BTreeMap<String, [u8; 3]>; 2] {
    let (light, dark) = TOKENS.split_once("@media").unwrap();
    let light = colours(light);
    let mut both = light.clone();
    both.extend(colours(dark));
    [light, both]
}

fn colours(css: &str) -> BTreeMap<String, [u8; 3]> {
    let lines = css.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"));
    let byte = |hex: &str, at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    lines.map(|(name, hex)| (name.to_owned(), [byte(hex, 0), byte(hex, 2), byte(hex, 4)])).collect()
}

#[allow(clippy::float_arithmetic)]
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[allow(clippy::float_arithmetic)]
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn black_on_white_is_21_to_1() {
    assert!((contrast([0; 3], [255; 3]) * 100.0).round() as i32 == 2100);
    assert!((contrast([0x77; 3], [255; 3]) * 100.0).round() as i32 == 448);
}

#[test]
fn every_text_stands_out_from_its_ground_in_both_themes() {
    for (theme, colours) in ["light", "dark"].iter().zip(themes()) {
        for (pairs, least) in [(TEXT.as_slice(), 4.5), (MARKS.as_slice(), 3.0)] {
            for (text, ground) in pairs {
                let found = contrast(colours[*text], colours[*ground]);
                assert!(found >= least, "{theme}: {text} on {ground} is {found:.2}, below {least}");
            }
        }
    }
}

#[test]
fn the_dark_theme_says_every_colour_again() {
    let (light, dark) = TOKENS.split_once("@media").unwrap();
    assert_eq!(colours(light).keys().collect::<Vec<_>>(), colours(dark).keys().collect::<Vec<_>>());
}

/// A QR code is black on white in both themes: readers need it so.
#[test]
fn no_colour_is_named_outside_the_tokens() {
    for (n, line) in STYLE.lines().enumerate().filter(|(_, line)| !line.starts_with(".qr ")) {
        let named = line.split('#').skip(1).any(|hex| hex.chars().take(3).all(|c| c.is_ascii_hexdigit()));
        assert!(!named && !line.contains("rgb(") && !line.contains("hsl("), "line {}: {line}", n + 1);
    }
}

#[test]
fn every_token_that_is_used_is_there() {
    for used in STYLE.split("var(--").skip(1) {
        let name = used.split(')').next().unwrap();
        assert!(TOKENS.contains(&format!("--{name}:")), "{name}");
    }
}
