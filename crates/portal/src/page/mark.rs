//! The portal's own marks, as inline SVG: the gate at its three heights, and the shapes of states.

use maud::{Markup, html};

/// How high the portcullis hangs: it says what the session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Height {
    Down,
    Half,
    Up,
}

/// An arch with its portcullis.
pub(crate) fn gate(height: Height, size: u32) -> Markup {
    let bars = match height {
        Height::Down => "M9 11v13M16 6v18M23 11v13M5 15h22M5 20h22",
        Height::Half => "M9 11v6M16 6v11M23 11v6M5 14h22",
        Height::Up => "M9 10v1M16 5v5M23 10v1",
    };
    html! {
        svg width=(size) height=(size) viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-linecap="round" aria-hidden="true" {
            path d="M5 27V15a11 11 0 0 1 22 0v12M2 27h6M24 27h6" stroke-width="2.5" {}
            path d=(bars) stroke-width="2" {}
        }
    }
}

/// A shape for each tone, so that colour is never the only sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Full,
    Half,
    Hollow,
    Cross,
}

pub(crate) fn shape(shape: Shape) -> Markup {
    html! {
        svg width="12" height="12" viewBox="0 0 12 12" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true" {
            @match shape {
                Shape::Full => circle cx="6" cy="6" r="4" fill="currentColor" {},
                Shape::Half => { circle cx="6" cy="6" r="4.5" {} path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" stroke="none" {} }
                Shape::Hollow => rect x="2" y="2" width="8" height="8" {},
                Shape::Cross => path d="M2 2l8 8M10 2l-8 8" {},
            }
        }
    }
}

fn line(d: &str) -> Markup {
    html! {
        svg width="18" height="18" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {
            path d=(d) {}
        }
    }
}

pub(crate) fn key() -> Markup {
    line("M3 10a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M10 10h8v3M15 10v2.5")
}
pub(crate) fn halt() -> Markup {
    line("M6.5 2h7L18 6.5v7L13.5 18h-7L2 13.5v-7zM6 10h8")
}
pub(crate) fn yes() -> Markup {
    line("M3 10.5l4.5 4.5L17 5")
}
pub(crate) fn no() -> Markup {
    line("M5 5l10 10M15 5L5 15")
}
pub(crate) fn look() -> Markup {
    line("M10 3v8M10 16v.5")
}
pub(crate) fn menu() -> Markup {
    line("M3 5h14M3 10h14M3 15h14")
}
pub(crate) fn stack() -> Markup {
    line("M3 6l7-3 7 3-7 3zM3 10l7 3 7-3M3 14l7 3 7-3")
}
pub(crate) fn phone() -> Markup {
    line("M6 2h8v16H6zM9 15h2")
}
