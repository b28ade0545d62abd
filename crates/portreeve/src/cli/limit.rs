//! `portreeve limit`: show and set the limits of a credential.

use super::client::{Client, segment};
use super::say::{facts, line, value};
use super::{Common, Done};
use kernel::guard::Limits;
use serde_json::{Map, Value, json};

/// Every limit there is, in the order in which they are shown.
const KEYS: [&str; 11] = [
    "order_value",
    "order_quantity",
    "collar_bps",
    "day_value",
    "day_count",
    "open_orders",
    "open_value",
    "messages_per_second",
    "orders_per_second",
    "repeated_fills",
    "approve_above",
];

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// The limits of a credential
    Show {
        /// Its name or its id
        name: String,
    },
    /// Set some limits; those not named stay
    ///
    /// Keys: order_value, order_quantity, collar_bps, day_value, day_count, open_orders, open_value,
    /// messages_per_second, orders_per_second, repeated_fills, approve_above. The value `none` removes one.
    Set {
        /// Its name or its id
        name: String,
        #[arg(required = true, value_name = "KEY=VALUE", value_parser = parse_or_none)]
        changes: Vec<Change>,
    },
}

/// One limit, checked; `null` removes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    key: String,
    value: Value,
}

impl Change {
    pub fn member(self) -> (String, Value) {
        (self.key, self.value)
    }
}

/// A count is written as a number, everything with decimals as a string: the record's own types decide which.
pub(crate) fn parse(text: &str) -> Result<Change, String> {
    let (key, value) = text.split_once('=').ok_or("say KEY=VALUE")?;
    if !KEYS.contains(&key) {
        return Err(format!("there is no limit {key}; there are {}", KEYS.join(", ")));
    }
    let negative = value.starts_with('-');
    let number = value.parse::<u32>().ok().map(|number| json!(number));
    let spellings = [Some(json!(value)), number].into_iter().flatten();
    let mut fitting = spellings.filter(|value| serde_json::from_value::<Limits>(json!({ key: value })).is_ok());
    let value = fitting.next().filter(|_| !negative).ok_or_else(|| format!("{value:?} is no value for {key}"))?;
    Ok(Change { key: key.to_owned(), value })
}

fn parse_or_none(text: &str) -> Result<Change, String> {
    match text.split_once('=') {
        Some((key, "none")) if KEYS.contains(&key) => Ok(Change { key: key.to_owned(), value: Value::Null }),
        Some(_) | None => parse(text),
    }
}

pub(crate) fn approve_above(text: &str) -> Result<Change, String> {
    parse(&format!("approve_above={text}"))
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let client = Client::new(common)?;
    let path = |name: &str| format!("/v1/credentials/{}/limits", segment(name));
    let answer = match verb {
        Verb::Show { name } => client.get(&path(&name))?,
        Verb::Set { name, changes } => {
            let members: Map<String, Value> = changes.into_iter().map(Change::member).collect();
            client.patch(&path(&name), &Value::Object(members))?
        }
    };
    if common.json {
        value(&answer);
        return Ok(());
    }
    let stated: Vec<(&str, String)> =
        KEYS.iter().filter_map(|key| answer.get(key).map(|value| (*key, plain(value)))).collect();
    if stated.is_empty() {
        line("It states no limits: as order value and day value, none is allowed.");
    }
    facts(&stated);
    Ok(())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All on one line, for the page of a credential.
pub(crate) fn told(limits: Option<&Value>) -> String {
    let stated = KEYS.iter().filter_map(|key| limits?.get(key).map(|value| format!("{key}={}", plain(value))));
    stated.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_of_the_guard_can_be_set_and_no_other() {
        for key in KEYS {
            assert!(parse(&format!("{key}=5")).is_ok(), "{key}");
            assert_eq!(parse_or_none(&format!("{key}=none")).unwrap().value, Value::Null);
        }
        let all: Map<String, Value> = KEYS.iter().map(|key| parse(&format!("{key}=5")).unwrap().member()).collect();
        let limits: Limits = serde_json::from_value(Value::Object(all)).unwrap();
        assert_eq!(serde_json::to_value(limits).unwrap().as_object().unwrap().len(), KEYS.len());
        assert!(parse("leverage=2").is_err());
        assert!(parse_or_none("leverage=none").is_err());
    }

    #[test]
    fn a_value_that_is_none_is_refused() {
        for text in [
            "order_value",
            "order_value=",
            "order_value=-1",
            "order_value=1e9",
            "order_value=NaN",
            "day_count=1.5",
            "day_count=-1",
            "day_count=4294967296",
            "order_value=none",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("order_value=25000.50").unwrap().value, json!("25000.50"));
        assert_eq!(parse("day_count=200").unwrap().value, json!(200));
    }
}
