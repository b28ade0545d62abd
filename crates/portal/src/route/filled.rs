//! Filled: what a person has filled into the wizard so far, and what of it belongs to which step.

use crate::route::limit::limit_value;
use kernel::api_credential::MAX_LIFETIME_MS;
use kernel::guard::Limits;
use kernel::scope::{Scope, Scopes};
use kernel::time::{Day, Timestamp};
use service::credential::{Unfit, Wanted, changed};
use service::words::changed::LIMITS;
use std::collections::BTreeMap;

const MOST_FIELDS: usize = 200;
const LONGEST: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    May,
    Where,
    Limits,
    Summary,
}

impl At {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "may" => Some(Self::May),
            "where" => Some(Self::Where),
            "limits" => Some(Self::Limits),
            "summary" => Some(Self::Summary),
            _other => None,
        }
    }
    pub const fn next(self) -> Self {
        match self {
            Self::May => Self::Where,
            Self::Where => Self::Limits,
            Self::Limits | Self::Summary => Self::Summary,
        }
    }
    pub const fn back(self) -> Self {
        match self {
            Self::May | Self::Where => Self::May,
            Self::Limits => Self::Where,
            Self::Summary => Self::Limits,
        }
    }
}

/// The text of every field, by its name; ticks may come several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    pub name: String,
    pub scopes: Vec<String>,
    pub accounts: Vec<String>,
    pub instruments: String,
    pub listen: String,
    pub allow: Vec<String>,
    pub more: Vec<String>,
    pub limits: BTreeMap<&'static str, String>,
    pub expires: String,
    pub observe: bool,
}

/// A form of the wizard: where it stood, where it wants to go, and a passkey's answer.
#[derive(Clone, Default)]
pub struct Sent {
    pub step: String,
    pub back: bool,
    pub ceremony: String,
    pub response: String,
    pub typed: Typed,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent").field("step", &self.step).finish_non_exhaustive()
    }
}

impl Sent {
    /// A field that nobody knows, one that comes twice, or too much of it refuses the whole.
    pub fn read(fields: Vec<(String, String)>) -> Option<Self> {
        let mut sent = Self::default();
        let mut seen = Vec::new();
        if fields.len() > MOST_FIELDS {
            return None;
        }
        for (name, value) in fields {
            let several = matches!(name.as_str(), "scope" | "account" | "allow" | "more");
            let long = value.len() > LONGEST && name != "response";
            if long || (!several && seen.contains(&name)) {
                return None;
            }
            sent.take(&name, value)?;
            seen.push(name);
        }
        Some(sent)
    }

    fn take(&mut self, name: &str, value: String) -> Option<()> {
        let typed = &mut self.typed;
        match name {
            "step" => self.step = value,
            "go" => self.back = value == "back",
            "ceremony" => self.ceremony = value,
            "response" => self.response = value,
            "name" => typed.name = value.trim().to_owned(),
            "scope" => typed.scopes.push(value),
            "account" => typed.accounts.push(value),
            "instruments" => typed.instruments = value,
            "listen" => typed.listen = value.trim().to_owned(),
            "allow" => typed.allow.push(value),
            "more" => typed.more.push(value),
            "expires" => typed.expires = value.trim().to_owned(),
            "observe" => typed.observe = value == "yes",
            limit => {
                let (known, _) = LIMITS.iter().find(|(known, _)| *known == limit)?;
                typed.limits.insert(known, value.trim().to_owned());
            }
        }
        Some(())
    }
}

impl Typed {
    /// The fields of all steps but one, to be sent along hidden.
    pub fn carried(&self, at: At) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let mut add = |name: &str, value: &str| all.push((name.to_owned(), value.to_owned()));
        if at != At::May {
            add("name", &self.name);
            self.scopes.iter().for_each(|one| add("scope", one));
        }
        if at != At::Where {
            self.accounts.iter().for_each(|one| add("account", one));
            add("instruments", &self.instruments);
            add("listen", &self.listen);
            self.allow.iter().for_each(|one| add("allow", one));
            self.more.iter().for_each(|one| add("more", one));
        }
        if at != At::Limits {
            self.limits.iter().for_each(|(name, value)| add(name, value));
            add("expires", &self.expires);
            if self.observe {
                add("observe", "yes");
            }
        }
        all
    }

    pub fn trades(&self) -> bool {
        self.scopes.iter().any(|one| one == Scope::OrderSubmit.as_str())
    }

    /// What is asked for with it; what one that only reads does not need is left out.
    pub fn wanted(&self, now: Timestamp) -> Result<Wanted, Unfit> {
        let (trades, more) = (self.trades(), |name: &str| self.more.iter().any(|one| one == name));
        let instruments = self.instruments.split([',', ';']).map(str::trim).filter(|one| !one.is_empty());
        Ok(Wanted {
            name: self.name.clone(),
            scopes: Some(self.scopes()?),
            accounts: self.accounts.clone(),
            instruments: if trades { instruments.map(str::to_owned).collect() } else { Vec::new() },
            expires_at: expiry(&self.expires, now)?,
            limits: if trades { self.stated()? } else { Limits::default() },
            allow: if trades { self.allow.clone() } else { Vec::new() },
            listen: Some(self.listen.clone()).filter(|listen| !listen.is_empty()),
            cancel_on_disconnect: trades && more("cancel_on_disconnect"),
            observe: trades && self.observe,
            secret: more("secret"),
        })
    }

    fn scopes(&self) -> Result<Scopes, Unfit> {
        let unknown = |text: &String| Unfit::Malformed(format!("{text:?} is no scope"));
        let all = self.scopes.iter().map(|text| Scope::parse(text).ok_or_else(|| unknown(text)));
        let all: Vec<Scope> = all.collect::<Result<_, _>>()?;
        if all.is_empty() { Err(Unfit::Malformed("it may do nothing at all".to_owned())) } else { Ok(Scopes::of(&all)) }
    }

    fn stated(&self) -> Result<Limits, Unfit> {
        let mut changes = serde_json::Map::new();
        for (name, typed) in self.limits.iter().filter(|(_, typed)| !typed.is_empty()) {
            let wrong = || Unfit::Malformed(format!("{} is a number, not {typed:?}", name.replace('_', " ")));
            changes.insert((*name).to_owned(), limit_value(name, typed).ok_or_else(wrong)?);
        }
        changed(&Limits::default(), changes)
    }
}

/// The end of a day; of today it is still to come.
pub fn expiry(text: &str, now: Timestamp) -> Result<Option<Timestamp>, Unfit> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Unfit::Malformed(format!("{text:?} is no date to come"));
    let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let noon = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?.timestamp();
    let end = Timestamp(noon.as_millisecond()).day().end();
    if end > now { Ok(Some(end)) } else { Err(wrong()) }
}

/// The last day at whose end one may still expire.
pub fn latest(now: Timestamp) -> String {
    date(Day(now.plus_ms(MAX_LIFETIME_MS).day().0.saturating_sub(1)))
}

/// As a field for dates has it: `2026-11-22`.
pub fn date(day: Day) -> String {
    let start = jiff::Timestamp::from_millisecond(day.0.saturating_mul(86_400_000)).unwrap_or_default();
    start.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// 2026-11-22, 10:00 UTC.
    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    fn fields(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn trader() -> Typed {
        let sent = fields(&[
            ("step", "summary"),
            ("name", " bot "),
            ("scope", "account:read"),
            ("scope", "order:submit"),
            ("account", "DU1"),
            ("instruments", "AAPL/USD, etf"),
            ("listen", "4102"),
            ("allow", "market"),
            ("more", "secret"),
            ("order_value", "25,000"),
            ("day_count", "9"),
            ("open_value", ""),
            ("expires", "2026-12-01"),
            ("observe", "yes"),
        ]);
        Sent::read(sent).unwrap().typed
    }

    #[test]
    fn what_was_typed_goes_through_every_step_and_back_unchanged() {
        let typed = trader();
        for at in [At::May, At::Where, At::Limits, At::Summary] {
            let mut all = typed.carried(at);
            // The fields of the step itself come from the page.
            let rest = typed.carried(At::Summary).into_iter().filter(|one| !typed.carried(at).contains(one));
            all.extend(rest.collect::<Vec<_>>());
            assert_eq!(Sent::read(all).unwrap().typed, typed, "{at:?}");
        }
    }

    #[test]
    fn a_form_with_a_field_that_nobody_knows_or_that_comes_twice_is_refused() {
        assert!(Sent::read(fields(&[("name", "a"), ("name", "b")])).is_none());
        assert!(Sent::read(fields(&[("peer_uid", "0")])).is_none());
        assert!(Sent::read(vec![("name".to_owned(), "a".repeat(2_000))]).is_none());
        assert!(Sent::read(fields(&[("scope", "a"); 201])).is_none());
    }

    #[test]
    fn it_becomes_what_the_service_is_asked_for() {
        let wanted = trader().wanted(NOW).unwrap();
        assert_eq!(
            (wanted.name.as_str(), wanted.instruments.as_slice()),
            ("bot", ["AAPL/USD".to_owned(), "etf".to_owned()].as_slice())
        );
        assert_eq!((wanted.limits.day_count, wanted.limits.open_value), (Some(9), None));
        assert_eq!(wanted.limits.order_value.map(|most| most.to_string()), Some("25000".to_owned()));
        assert!(wanted.secret && wanted.observe && !wanted.cancel_on_disconnect);
    }

    #[test]
    fn one_that_only_reads_carries_nothing_of_trading() {
        let reads = Typed { scopes: vec!["market:read".to_owned()], ..trader() };
        let wanted = reads.wanted(NOW).unwrap();
        assert!(wanted.instruments.is_empty() && wanted.allow.is_empty() && !wanted.observe);
        assert_eq!(wanted.limits, Limits::default());
    }

    #[test]
    fn a_date_means_its_end_and_is_still_to_come() {
        let end = |text: &str| expiry(text, NOW).map(|end| end.map(|end| end.0)).ok();
        assert_eq!(end("2026-11-22"), Some(Some(1_795_392_000_000)));
        assert_eq!(end(""), Some(None));
        for wrong in ["2026-11-21", "22.11.2026", "2026-13-01", "soon"] {
            assert_eq!(end(wrong), None, "{wrong}");
        }
        let last = expiry(&latest(NOW), NOW).unwrap().unwrap();
        assert!(last.since(NOW) <= MAX_LIFETIME_MS && last.plus_ms(86_400_000).since(NOW) > MAX_LIFETIME_MS);
    }

    #[test]
    fn nothing_to_do_and_a_word_for_a_number_are_told() {
        let none = Typed { scopes: Vec::new(), ..trader() };
        assert!(matches!(none.wanted(NOW), Err(Unfit::Malformed(_))));
        let mut words = trader();
        words.limits.insert("day_count", "many".to_owned());
        assert!(matches!(words.wanted(NOW), Err(Unfit::Malformed(_))));
    }
}
