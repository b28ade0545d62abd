//! `portreeve limit`: show and set the limits of a credential or an account.

use super::client::{Client, segment};
use super::layout::facts;
use super::say::{line, text, value};
use super::{Common, Done, End};
use clap::builder::NonEmptyStringValueParser;
use kernel::guard::{self, Limits};
use serde_json::{Map, Value, json};

/// Every limit there is, in the order in which they are shown.
pub(crate) const KEYS: [&str; 18] = [
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
    "top_above",
    "day_loss",
    "dead_man_seconds",
    "position_quantity",
    "leverage",
    "margin_use_bps",
    "approve_leverage_above",
];

/// Those that are amounts of money.
const AMOUNTS: [&str; 6] = ["order_value", "day_value", "open_value", "approve_above", "top_above", "day_loss"];

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// The limits of a credential, or of an account
    Show {
        /// A credential, by name or id
        #[arg(required_unless_present = "account", value_parser = NonEmptyStringValueParser::new())]
        name: Option<String>,
        /// An account, by number
        #[arg(long, value_name = "NUMBER", conflicts_with = "name", value_parser = NonEmptyStringValueParser::new())]
        account: Option<String>,
    },
    /// Set some limits; those not named stay
    ///
    /// Keys: order_value, order_quantity, collar_bps, day_value, day_count, open_orders, open_value,
    /// messages_per_second, orders_per_second, repeated_fills, approve_above, top_above, day_loss,
    /// dead_man_seconds, position_quantity, leverage, margin_use_bps, approve_leverage_above. The value `none` removes one.
    #[command(override_usage = "portreeve limit set <NAME|--account NUMBER> <KEY=VALUE>...")]
    Set {
        /// A credential, by name or id, and what is to change: KEY=VALUE
        #[arg(required = true, value_name = "NAME|KEY=VALUE")]
        words: Vec<String>,
        /// An account, by number, in place of a credential
        #[arg(long, value_name = "NUMBER", value_parser = NonEmptyStringValueParser::new())]
        account: Option<String>,
    },
}

/// Whose limits are meant.
#[derive(Clone, Debug, PartialEq)]
enum Of {
    Credential(String),
    Account(String),
}

impl Of {
    fn path(&self) -> String {
        match self {
            Self::Credential(name) => format!("/v1/credentials/{}/limits", segment(name)),
            Self::Account(number) => format!("/v1/accounts/{}/limits", segment(number)),
        }
    }
    /// What its amounts are in, where that is one currency.
    fn currency(&self, client: &Client) -> Result<String, End> {
        match self {
            Self::Credential(name) => {
                Ok(text(&client.get(&format!("/v1/credentials/{}", segment(name)))?, "base_currency"))
            }
            Self::Account(number) => {
                let status = client.get("/v1/status")?;
                let accounts = status.get("accounts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let own = accounts.iter().find(|one| text(one, "number") == *number);
                Ok(own.map(|one| text(one, "base_currency")).unwrap_or_default())
            }
        }
    }
}

/// No name has an equals sign, so whatever comes first and has none is whose limits are meant.
fn of(words: &[String], account: Option<String>) -> Result<(Of, &[String]), End> {
    match (account, words.split_first()) {
        (Some(number), _) => Ok((Of::Account(number), words)),
        (None, Some((name, changes))) if !name.is_empty() && !name.contains('=') => {
            Ok((Of::Credential(name.clone()), changes))
        }
        (None, _) => Err(End::Usage("say whose: the NAME of a credential, or --account NUMBER".to_owned())),
    }
}

fn changes(words: &[String]) -> Result<Map<String, Value>, End> {
    if words.is_empty() {
        return Err(End::Usage("say what is to change: KEY=VALUE".to_owned()));
    }
    let mut members = Map::new();
    for word in words {
        let (key, value) = parse_or_none(word).map_err(|why| End::Usage(format!("{word:?}: {why}")))?.member();
        if members.insert(key.clone(), value).is_some() {
            return Err(End::Usage(format!("{key} is said twice")));
        }
    }
    Ok(members)
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
    let (of, answer) = match verb {
        Verb::Show { name, account } => {
            let words: Vec<String> = name.into_iter().collect();
            let (of, _) = of(&words, account)?;
            let answer = client.get(&of.path())?;
            (of, answer)
        }
        Verb::Set { words, account } => {
            let (of, words) = of(&words, account)?;
            let answer = client.patch(&of.path(), &Value::Object(changes(words)?))?;
            (of, answer)
        }
    };
    if common.json {
        value(&answer);
        return Ok(());
    }
    show(&of, &answer, &of.currency(&client)?);
    Ok(())
}

fn show(of: &Of, answer: &Value, currency: &str) {
    let one = |key: &'static str| {
        let stated = answer.get(key).map(|value| amount(key, value, currency));
        let default = || by_default(key).filter(|_| matches!(of, Of::Credential(_)));
        stated.or_else(default).map(|told| (key, told))
    };
    let told: Vec<(&str, String)> = KEYS.iter().filter_map(|key| one(key)).collect();
    if told.is_empty() {
        line("This account states no limits: those of its credentials hold.");
    }
    facts(&told);
}

pub(crate) fn amount(key: &str, value: &Value, currency: &str) -> String {
    let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let told = service::words::figures::money(&plain);
    if AMOUNTS.contains(&key) { format!("{told} {currency}").trim_end().to_owned() } else { told }
}

/// What holds where a credential states nothing; an account that states nothing does not bind.
fn by_default(key: &str) -> Option<String> {
    let figure = match key {
        "order_value" | "day_value" => return Some("not stated: none is allowed".to_owned()),
        "collar_bps" => return Some(format!("{} (default; FX {})", guard::COLLAR_BPS, guard::FOREX_COLLAR_BPS)),
        "day_count" => guard::DAY_COUNT,
        "open_orders" => guard::OPEN_ORDERS,
        "messages_per_second" => guard::MESSAGES_PER_SECOND,
        "orders_per_second" => guard::ORDERS_PER_SECOND,
        "repeated_fills" => guard::REPEATED_FILLS,
        _ => return None,
    };
    Some(format!("{figure} (default)"))
}

/// All that are stated, on the page of a credential.
pub(crate) fn told(limits: Option<&Value>, currency: &str) -> String {
    let one = |key: &&str| {
        limits?.get(key).map(|value| format!("{} {}", key.replace('_', " "), amount(key, value, currency)))
    };
    KEYS.iter().filter_map(one).collect::<Vec<_>>().join(", ")
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
        assert!(parse("gearing=2").is_err());
        assert!(parse_or_none("gearing=none").is_err());
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
