//! Say: what is printed, for a person in words, for a program as one JSON document.

use super::End;
use super::client::NoAnswer;
use kernel::id::CorrelationId;
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Clock, SystemClock};
use std::io::Write;
use std::process::ExitCode;

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const REFUSED: u8 = 3;
const NO_SERVER: u8 = 4;
/// The member that shows the very place of a mistake, in lines of its own.
pub(crate) const POINTER: &str = "pointer";

/// A no, wherever it came from.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refusal {
    #[serde(rename = "detail")]
    pub text: String,
    pub category: String,
    pub code: String,
    pub remedy: String,
    pub correlation_id: String,
    /// Figures of this very refusal, for programs.
    #[serde(skip)]
    pub facts: serde_json::Map<String, Value>,
}

impl Refusal {
    /// A no of the command line itself, without a server, in the words that the lexicon has for it.
    pub fn own(code: &str, facts: &[(&str, &str)]) -> Self {
        let facts: Vec<_> = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let words = lexicon::refusal(code, &facts);
        let dice = service::clock::dice().unwrap_or_default();
        Self {
            text: words.text,
            category: "guard".to_owned(),
            code: code.to_owned(),
            remedy: words.remedy,
            correlation_id: CorrelationId::new(SystemClock.now().0, dice).to_string(),
            facts: serde_json::Map::new(),
        }
    }

    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

/// When the other end of a pipe is gone, nobody is left to talk to: a tail that follows would go on for ever.
pub(crate) fn line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

pub(crate) fn value(value: &Value) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}

fn complain(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Tells why, and how the process is to end.
pub(crate) fn end(end: &End, json: bool) -> ExitCode {
    let (code, head, refusal) = match end {
        End::Usage(text) => {
            complain(&format!("error: {text}"));
            return ExitCode::from(USAGE);
        }
        End::Failed { why, remedy } => (FAILED, "portreeve cannot go on", failed(why, remedy)),
        End::Refused(refusal) => (REFUSED, "refused", refusal.as_ref().clone()),
        End::NoServer { socket, why } => (NO_SERVER, "no server", no_server(socket, why)),
    };
    complain(&format!("{head}: {} ({}/{})", refusal.text, refusal.category, refusal.code));
    if let Some(pointer) = refusal.facts.get(POINTER).and_then(Value::as_str) {
        complain(pointer);
    }
    complain(&format!("what to do: {}", refusal.remedy));
    complain(&format!("correlation id: {}", refusal.correlation_id));
    if json {
        let mut document = json!({
            "category": refusal.category,
            "code": refusal.code,
            "text": refusal.text,
            "remedy": refusal.remedy,
            "correlation_id": refusal.correlation_id,
        });
        if let Value::Object(members) = &mut document {
            members.extend(refusal.facts);
        }
        value(&document);
    }
    ExitCode::from(code)
}

/// Not a rule's no but the world's: what it says is told as it is.
fn failed(why: &str, remedy: &str) -> Refusal {
    Refusal { text: why.to_owned(), remedy: remedy.to_owned(), ..Refusal::own("not_done", &[]) }
}

fn no_server(socket: &std::path::Path, why: &NoAnswer) -> Refusal {
    let (at, data) = (socket.display().to_string(), socket.parent().unwrap_or(socket).display().to_string());
    let refusal = Refusal::own("no_server", &[("socket", &at), ("why", why.text()), ("data", &data)]);
    let remedy = match why {
        NoAnswer::Silent(_) => refusal.remedy,
        NoAnswer::Denied => "Ask as the user whose server it is, or say your own --data DIR.".to_owned(),
    };
    Refusal { category: "device-session".to_owned(), remedy, ..refusal }
}

/// A member of an answer as a person reads it.
pub(crate) fn text(value: &Value, member: &str) -> String {
    match value.get(member) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        Some(Value::Bool(on)) => if *on { "yes" } else { "no" }.to_owned(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// An amount or a quantity, with its thousands apart.
pub(crate) fn money(value: &Value, member: &str) -> String {
    service::words::figures::money(&text(value, member))
}

/// 2026-09-21T10:00:00.123Z as 2026-09-21 10:00:00.
pub(crate) fn moment(value: &Value, member: &str) -> String {
    let text = text(value, member);
    text.get(..19).map_or_else(|| text.clone(), |whole| whole.replace('T', " "))
}
