//! `portreeve credential`: create, list, show, rotate, suspend, resume, revoke.

use super::client::{Client, segment};
use super::config::Listen;
use super::layout::{Row, facts, hanging, table};
use super::say::{line, moment, money, text, value};
use super::{Common, Done, End, expiry, limit, usage};
use clap::builder::NonEmptyStringValueParser;
use kernel::instrument::Selector;
use kernel::scope::Scope;
use serde_json::{Map, Value, json};
use service::words::credential::ALLOWANCES;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Make a new one; its listener is open when this returns
    Create(Box<Create>),
    /// All of them
    List,
    /// One of them, with its limits and what is used today
    Show(Named),
    /// What it used of each limit at most, and what was or would have been refused: for finding its limits
    Usage(Over),
    /// Draw a new secret for its listener; the old one is good for one more day
    Rotate(Named),
    /// Keep it from connecting until it is resumed; its open orders go on
    Suspend(Named),
    /// Let a suspended one connect again
    Resume(Named),
    /// End it for good; its open orders go on
    Revoke(Named),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// Its name or its id
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    name: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Over {
    /// Its name or its id
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    name: String,
    /// The last so many days (UTC), with today
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u8).range(1..=90))]
    days: u8,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// 1 to 40 letters, digits, dots, dashes
    #[arg(long)]
    name: String,
    /// An account it may use; may be said more than once
    #[arg(long = "account", value_name = "NUMBER", value_delimiter = ',')]
    accounts: Vec<String>,
    /// account:read, market:read, order:submit or order:cancel; read-only unless said
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',', value_parser = scope)]
    scopes: Vec<String>,
    /// stock, etf, forex, future, option, SYMBOL/CURRENCY or #CONTRACT-ID
    #[arg(long = "instrument", value_name = "WHICH", value_delimiter = ',', value_parser = instrument)]
    instruments: Vec<String>,
    /// A span (30d, 12h), a day (its first moment, UTC) or an RFC 3339 instant
    #[arg(long, value_name = "WHEN", value_parser = expiry::parse)]
    expires: Option<String>,
    /// One limit; see: portreeve limit set --help
    #[arg(long = "limit", value_name = "KEY=VALUE", value_parser = limit::parse)]
    limits: Vec<limit::Change>,
    /// Orders above this value wait for an approval
    #[arg(long, value_name = "VALUE", value_parser = limit::approve_above)]
    approve_above: Option<limit::Change>,
    /// 127.0.0.1:PORT; the first free port from 4102 up unless said
    #[arg(long, value_name = "ADDR")]
    listen: Option<Listen>,
    /// market, stop, trailing, auction, short_sale, option_writing, outside_hours or close_any; may be said more than once
    #[arg(long, value_name = "WHAT", value_delimiter = ',',
          value_parser = ALLOWANCES)]
    allow: Vec<String>,
    /// Cancel its open orders when its program goes away
    #[arg(long)]
    cancel_on_disconnect: bool,
    /// Record what the guard would refuse, and let it pass
    #[arg(long)]
    observe: bool,
    /// Draw a secret that its program must show; printed once
    #[arg(long)]
    secret: bool,
}

fn scope(text: &str) -> Result<String, String> {
    let known = || Scope::ALL.map(Scope::as_str).join(", ");
    Scope::parse(text).map(|scope| scope.as_str().to_owned()).ok_or_else(|| format!("a scope is one of {}", known()))
}

fn instrument(text: &str) -> Result<String, String> {
    let wrong = || "say stock, etf, forex, future, option, SYMBOL/CURRENCY (AAPL/USD) or #CONTRACT-ID".to_owned();
    Selector::parse(text).map(|selector| selector.text()).ok_or_else(wrong)
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let client = Client::new(common)?;
    let (answer, did) = match verb {
        Verb::List => return list(common, &client.get("/v1/credentials")?),
        Verb::Create(create) => (client.post("/v1/credentials", Some(&body(*create)))?, "created"),
        Verb::Usage(over) => return usage::run(common, &client, &over.name, over.days),
        Verb::Show(named) => (client.get(&path(&named, ""))?, ""),
        Verb::Rotate(named) => (client.post(&path(&named, "/rotate"), None)?, "rotated"),
        Verb::Suspend(named) => (client.post(&path(&named, "/suspend"), None)?, "suspended"),
        Verb::Resume(named) => (client.post(&path(&named, "/resume"), None)?, "resumed"),
        Verb::Revoke(named) => (client.post(&path(&named, "/revoke"), None)?, "revoked"),
    };
    show(common, &answer, did)
}

fn path(named: &Named, rest: &str) -> String {
    format!("/v1/credentials/{}{rest}", segment(&named.name))
}

fn body(create: Create) -> Value {
    let limits: Map<String, Value> =
        create.limits.into_iter().chain(create.approve_above).map(limit::Change::member).collect();
    let mut body = json!({
        "name": create.name,
        "accounts": create.accounts,
        "instruments": create.instruments,
        "limits": limits,
        "allow": create.allow,
        "cancel_on_disconnect": create.cancel_on_disconnect,
        "observe": create.observe,
        "secret": create.secret,
    });
    if let Value::Object(members) = &mut body {
        if !create.scopes.is_empty() {
            members.insert("scopes".to_owned(), json!(create.scopes));
        }
        members.extend(create.expires.map(|at| ("expires_at".to_owned(), Value::String(at))));
        members.extend(create.listen.map(|at| ("listen".to_owned(), json!(format!("127.0.0.1:{}", at.0)))));
    }
    body
}

fn list(common: &Common, answer: &Value) -> Done {
    if common.json {
        value(answer);
        return Ok(());
    }
    let rows = answer.as_array().map_or(&[][..], Vec::as_slice);
    let row = |one: &Value| Row {
        cells: vec![
            text(one, "name"),
            standing(one, "killed", "disarmed"),
            may(one).to_owned(),
            text(one, "listen"),
            expiry(one),
        ],
        below: Vec::new(),
    };
    table(&["NAME", "STATE", "MAY", "LISTENS AT", "EXPIRES (UTC)"], &rows.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

/// Its state, and in the words given what else stops it.
fn standing(one: &Value, kill: &str, disarmed: &str) -> String {
    let on = |member: &str| one.get(member) == Some(&Value::Bool(true));
    let stops = [("kill", kill), ("disarmed", disarmed)];
    stops.iter().filter(|(member, _)| on(member)).fold(text(one, "state"), |told, (_, stop)| format!("{told}, {stop}"))
}

fn may(one: &Value) -> &'static str {
    let scopes = one.get("scopes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if scopes.iter().any(|scope| scope == Scope::OrderSubmit.as_str()) { "trade" } else { "read" }
}

fn expiry(one: &Value) -> String {
    Some(moment(one, "expires_at")).filter(|at| !at.is_empty()).unwrap_or_else(|| "never".to_owned())
}

fn show(common: &Common, one: &Value, did: &str) -> Result<(), End> {
    if common.json {
        value(one);
        return Ok(());
    }
    if !did.is_empty() {
        line(&format!("{} is {did}.", text(one, "name")));
    }
    let used = one.get("used").cloned().unwrap_or_default();
    let currency = text(one, "base_currency");
    let worth = format!("{} {currency}", money(&used, "day_value"));
    let on = |member: &str| if one.get(member) == Some(&Value::Bool(true)) { "yes" } else { "" }.to_owned();
    facts(&[
        ("name", text(one, "name")),
        ("id", text(one, "id")),
        ("state", standing(one, "kill switch engaged", "stopped by repeated execution")),
        ("listens at", text(one, "listen")),
        ("scopes", text(one, "scopes")),
        ("accounts", text(one, "accounts")),
        ("instruments", text(one, "instruments")),
        ("allowed", text(one, "allow").replace('_', " ")),
        ("expires (UTC)", expiry(one)),
        ("limits", limit::told(one.get("limits"), &currency)),
        ("used today", format!("{}; orders: {}", worth.trim(), text(&used, "day_count"))),
        ("observe mode", on("observe")),
        ("cancel on disconnect", on("cancel_on_disconnect")),
        ("needs a secret", on("needs_secret")),
    ]);
    if let Some(kill) = one.get("cancel_with").and_then(Value::as_str) {
        line("");
        hanging(
            "",
            &format!("Orders of it that are still open, and go on: {}. To cancel them:", text(one, "open_orders")),
        );
        line(&format!("  {kill}"));
        hanging("", "That keeps those that only reduce a position; add --all to cancel these too.");
    }
    if let Some(secret) = one.get("secret").and_then(Value::as_str) {
        line("");
        line("Its secret, shown this once. Set it in the program's connect options:");
        line(&format!("  secret={secret}"));
    }
    Ok(())
}
