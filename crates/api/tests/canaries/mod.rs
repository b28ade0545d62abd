//! A canary in every parameter and every member of every verb that the API describes: none is found where none belongs.

mod described;
#[path = "../../../portal/tests/canaries/log.rs"]
mod log;
#[path = "../../../portal/tests/canaries/planted.rs"]
mod planted;

use crate::world::{ACCOUNT, World};
use described::{Verb, verbs};
use planted::{Planted, Search};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const UNREAD: &str = "whoever sends what cannot be read is told which word it was";
const LIMIT: &str = "a limit is an event, and told to whoever asks";

/// Where what was sent is found again, and why that is right: by the member's name, or by verb and name. Everything else
/// is found nowhere. No verb takes a secret: those are drawn by the gate, and told once.
const SEEN: &[(&str, &[&str], &str)] = &[
    ("POST /v1/credentials name", &["answer", "told", "journal"], "events name programs"),
    ("GET /v1/diagnose/{id} id", &["answer"], "it is told what was looked for"),
    ("order_value", &["answer", "told", "journal"], LIMIT),
    ("day_value", &["answer", "told", "journal"], LIMIT),
    ("open_value", &["answer", "told", "journal"], LIMIT),
    ("order_quantity", &["answer", "told", "journal"], LIMIT),
    ("position_quantity", &["answer", "told", "journal"], LIMIT),
    ("leverage", &["answer", "told", "journal"], LIMIT),
    ("approve_leverage_above", &["answer", "told", "journal"], LIMIT),
    ("margin_use_bps", &["answer"], UNREAD),
    ("approve_above", &["answer", "told", "journal"], LIMIT),
    ("top_above", &["answer", "told", "journal"], LIMIT),
    ("day_loss", &["answer", "told", "journal"], LIMIT),
    ("a member it does not have", &["answer"], UNREAD),
    ("a field it does not have", &["answer"], UNREAD),
    ("collar_bps", &["answer"], UNREAD),
    ("day_count", &["answer"], UNREAD),
    ("open_orders", &["answer"], UNREAD),
    ("messages_per_second", &["answer"], UNREAD),
    ("orders_per_second", &["answer"], UNREAD),
    ("repeated_fills", &["answer"], UNREAD),
    ("dead_man_seconds", &["answer"], UNREAD),
    ("instruments", &["answer"], UNREAD),
    ("scopes", &["answer"], UNREAD),
    ("allow", &["answer"], UNREAD),
    ("cancel_on_disconnect", &["answer"], UNREAD),
    ("observe", &["answer"], UNREAD),
    ("secret", &["answer"], UNREAD),
    ("level", &["answer"], UNREAD),
    ("all", &["answer"], UNREAD),
];

fn allowed(place: &str) -> BTreeSet<&'static str> {
    let name = place.splitn(3, ' ').last().unwrap();
    let row = SEEN.iter().find(|row| row.0 == place).or_else(|| SEEN.iter().find(|row| row.0 == name));
    row.map(|row| row.1.iter().copied().collect()).unwrap_or_default()
}

/// What is sent where it is another's turn: a figure that is a canary itself, where figures are wanted.
fn usual(planted: &mut Planted, verb: &Verb, member: &str) -> Value {
    match (verb.path.as_str(), member) {
        ("/v1/credentials", "name") => json!("fresh"),
        ("/v1/credentials", "accounts") => json!([ACCOUNT]),
        ("/v1/credentials", "instruments") => json!(["stock"]),
        ("/v1/credentials", "limits") => json!({ "order_value": "1000", "day_value": "5000" }),
        ("/v1/credentials", "scopes") => json!(["account:read", "order:submit"]),
        ("/v1/credentials", "allow") => json!(["market"]),
        (_, "level") => json!("credential"),
        (_, "target" | "credential") => json!("bot"),
        (_, "all" | "cancel_on_disconnect" | "observe" | "secret") => json!(false),
        (
            _,
            "order_value"
            | "day_value"
            | "open_value"
            | "approve_above"
            | "top_above"
            | "day_loss"
            | "order_quantity"
            | "position_quantity"
            | "leverage"
            | "approve_leverage_above",
        ) => {
            json!(planted.figure(&format!("{} {} {member}", verb.method, verb.path), 9))
        }
        (_, "expires_at" | "listen") => Value::Null,
        _ => json!(5),
    }
}

/// The same, as a list of one where a list is wanted.
fn planted_as(member: &str, canary: &str) -> Value {
    match member {
        "accounts" | "instruments" | "scopes" | "allow" => json!([canary]),
        "limits" => json!({ "order_value": canary }),
        _ => json!(canary),
    }
}

const NO_MEMBER: &str = "a member it does not have";
const NO_FIELD: &str = "a field it does not have";

/// What there is to ask about.
struct Things {
    order: String,
    approval: String,
    /// Where one is asked about: it stops what the others need.
    incident: String,
}

struct Run {
    planted: Planted,
    found: BTreeMap<String, BTreeSet<&'static str>>,
    taken: BTreeSet<String>,
}

impl Run {
    async fn send(&mut self, world: &World, things: &Things, verb: &Verb, aim: Option<(&str, &str)>) {
        let from = self.planted.all.len();
        let place = |name: &str| format!("{} {} {name}", verb.method, verb.path);
        let aimed = |kind: &str, name: &str| aim == Some((kind, name));
        let (mut path, mut query, mut read) = (verb.path.clone(), Vec::new(), "*".to_owned());
        for (kind, name) in &verb.parameters {
            let planted = aimed(kind, name).then(|| self.planted.word(&place(name)));
            match kind.as_str() {
                "path" => {
                    let usual = match (verb.path.split('/').nth(2).unwrap(), name.as_str()) {
                        ("approvals", _) => things.approval.as_str(),
                        ("incidents", _) => things.incident.as_str(),
                        (_, "id") => things.order.as_str(),
                        (_, "number") => ACCOUNT,
                        _ => "bot",
                    };
                    path = path.replace(&format!("{{{name}}}"), planted.as_deref().unwrap_or(usual));
                }
                "query" => query.extend(planted.map(|word| format!("{name}={word}"))),
                _ => read = planted.unwrap_or(read),
            }
        }
        let mut body = serde_json::Map::new();
        for name in &verb.members {
            let value = match aimed("body", name) {
                true => planted_as(name, &self.planted.word(&place(name))),
                false => usual(&mut self.planted, verb, name),
            };
            body.insert(name.clone(), value);
        }
        if aimed("body", NO_MEMBER) {
            let word = self.planted.word(&place(NO_MEMBER));
            body.insert(word.clone(), json!(word));
        }
        if aimed("query", NO_FIELD) {
            let word = self.planted.word(&place(NO_FIELD));
            query.push(format!("{word}={word}"));
        }
        let body = if body.is_empty() { String::new() } else { Value::Object(body).to_string() };
        let path = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
        let (status, tag, told) = world.ask_of(&verb.method, &path, &body, &read).await;
        if status < 400 {
            self.taken.insert(format!("{} {}", verb.method, verb.path));
        }
        let fresh = &self.planted.all[from..];
        for at in Search::of(fresh).found(format!("{tag} {told}").as_bytes()) {
            self.found.entry(fresh[at].place.clone()).or_default().insert("answer");
        }
    }
}

/// A held order, which waits for a person, and one that rests.
async fn things(world: &World) -> Things {
    let bot = world.trader("bot", json!({ "approve_above": "10000" })).await;
    world.place(bot, 1, "1", true).await.unwrap();
    world.place(bot, 2, "90", false).await.unwrap();
    let orders = world.get("/v1/orders").await.1;
    let approvals = world.get("/v1/approvals").await.1;
    let approval = approvals[0]["id"].as_str().unwrap_or_else(|| panic!("{approvals} {orders}")).to_owned();
    let held = approvals[0]["order"].as_str().unwrap();
    let rests = orders.as_array().unwrap().iter().find(|one| one["id"] != held).unwrap();
    Things { order: rests["id"].as_str().unwrap().to_owned(), approval, incident: String::new() }
}

/// Issue 3, must show 6.
#[tokio::test]
async fn what_is_sent_in_any_place_of_any_verb_is_found_nowhere_but_where_it_belongs() {
    let log = log::Log::kept();
    let mut run = Run { planted: Planted::default(), found: BTreeMap::new(), taken: BTreeSet::new() };
    let (mut files, mut told) = (Vec::new(), Vec::new());
    for verb in verbs() {
        let world = World::in_file().await;
        let mut things = things(&world).await;
        let mut aims: Vec<Option<(&str, &str)>> =
            verb.parameters.iter().map(|(kind, name)| Some((kind.as_str(), name.as_str()))).collect();
        aims.extend(verb.members.iter().map(|name| Some(("body", name.as_str()))));
        aims.extend([None, Some(("body", NO_MEMBER)), Some(("query", NO_FIELD))]);
        if verb.path == "/v1/release" {
            world.post("/v1/kill", json!({ "level": "credential", "target": "bot" })).await;
        }
        if verb.path.starts_with("/v1/incidents/") {
            let opened = world.post("/v1/incidents", json!({ "credential": "bot" })).await.1;
            opened["id"].as_str().unwrap().clone_into(&mut things.incident);
        }
        for aim in aims {
            run.send(&world, &things, &verb, aim).await;
        }
        told.extend(world.get("/v1/journal/tail").await.1.to_string().into_bytes());
        told.extend(world.get("/v1/credentials").await.1.to_string().into_bytes());
        told.extend(world.get("/v1/status").await.1.to_string().into_bytes());
        files.extend(world.files());
    }
    let search = Search::of(&run.planted.all);
    for (hay, what) in [(&told, "told"), (&files, "journal"), (&log.bytes(), "log")] {
        for at in search.found(hay) {
            run.found.entry(run.planted.all[at].place.clone()).or_default().insert(what);
        }
    }
    let logged = log.bytes();
    assert!(String::from_utf8_lossy(&logged).contains("the API refused"), "nothing was logged");
    for (place, where_) in &run.found {
        assert!(where_.is_subset(&allowed(place)), "{place}: found in {where_:?}, and may be in {:?}", allowed(place));
    }
    for (place, _, why) in SEEN {
        let still = run.found.keys().any(|found| found == place || found.splitn(3, ' ').last() == Some(place));
        assert!(still, "{place} is found nowhere any more, although {why}");
    }
    let mut all: BTreeSet<String> = verbs().iter().map(|verb| format!("{} {}", verb.method, verb.path)).collect();
    // No notice was given up here: it takes nothing but an id, and says that there is none.
    assert!(all.remove("POST /v1/notices/{id}/retry"));
    assert_eq!(run.taken, all, "a verb that is never carried out shows nothing");
}
