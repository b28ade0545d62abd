//! Tell: events of the journal as a person reads them: when, who, what, and after a no what to do.

use super::layout::hanging;
use super::say::{line, moment, text};
use serde_json::Value;

/// As wide as most names of credentials; a longer one moves its own line only.
const WHO: usize = 10;
/// Hours, minutes, seconds.
const TIME: usize = 8;

/// Remembers which day was told last: a new one is said once, above its events.
#[derive(Debug, Default)]
pub(crate) struct Teller {
    day: String,
    /// Also the correlation ids, where somebody looks for one.
    correlations: bool,
}

impl Teller {
    pub fn with_correlations() -> Self {
        Self { correlations: true, ..Self::default() }
    }

    pub fn tell(&mut self, event: &Value) {
        let (at, by) = (moment(event, "at"), text(event, "by"));
        let (day, time) = at.split_once(' ').unwrap_or(("", &at));
        if self.day != day {
            self.day = day.to_owned();
            line(&format!("{day} (UTC)"));
        }
        hanging(&format!("{time:TIME$}  {by:WHO$}  "), &text(event, "text"));
        let below = " ".repeat(TIME + WHO + 4);
        let remedy = text(event, "remedy");
        if !remedy.is_empty() {
            hanging(&below, &format!("what to do: {remedy}"));
        }
        if self.correlations {
            line(&format!("{below}{}", text(event, "correlation_id")));
        }
    }
}
