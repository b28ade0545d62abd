//! How much of a limit is used: a bar, beside which the figures stand in words.

use maud::{Markup, html};

/// `percent` of 100; near from 80, full at 100.
pub(crate) fn meter(percent: u8, label: &str) -> Markup {
    let percent = percent.min(100);
    let class = match percent {
        100 => "meter full",
        80.. => "meter near",
        _ => "meter",
    };
    html! {
        svg class=(class) viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={ (label) ": " (percent) " % used" } {
            rect.track width="100" height="8" {}
            rect.used width=(percent) height="8" {}
        }
    }
}
