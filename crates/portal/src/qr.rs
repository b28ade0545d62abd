//! QR: a text as a picture that cameras read.

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// Around the code, in modules: readers ask for it.
const QUIET: usize = 4;

/// One path of dark modules on a light ground, in both themes: readers take no other.
pub fn drawn(text: &str) -> Option<Markup> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, mut path) = (code.width(), String::new());
    for (n, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (n % width + QUIET, n / width + QUIET);
            write!(path, "M{x} {y}h1v1h-1z").ok()?;
        }
    }
    let side = width + 2 * QUIET;
    Some(html! {
        svg viewBox={ "0 0 " (side) " " (side) } shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use vault::totp::Secret;

    #[test]
    fn the_picture_is_one_square_of_dark_and_light_without_style() {
        let url = Secret::random().unwrap().url("Maya").unwrap();
        let svg = drawn(&url).unwrap().into_string();
        assert!(svg.starts_with("<svg") && !svg.contains("style") && !svg.contains("<?xml"), "{svg}");
        let side = QrCode::with_error_correction_level(url.as_str(), EcLevel::M).unwrap().width() + 2 * QUIET;
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")), "{svg}");
        // The corner of the first finder pattern, seven dark modules wide.
        assert!((QUIET..QUIET + 7).all(|x| svg.contains(&format!("M{x} {QUIET}h1v1h-1z"))));
        assert!(!svg.contains(&format!("M{} {QUIET}h1", QUIET + 7)), "no light after the finder pattern");
    }
}
