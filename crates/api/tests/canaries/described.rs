//! The API's own description, read as far as its style goes: blocks, and `{ }`, `[ ]` and scalars on one line.

use serde_json::{Map, Value, json};

/// One thing that can be asked, with every place in which something is said.
#[derive(Debug, Clone)]
pub struct Verb {
    pub method: String,
    pub path: String,
    /// Where, and its name: path, query, header.
    pub parameters: Vec<(String, String)>,
    /// The members of the body.
    pub members: Vec<String>,
}

pub fn verbs() -> Vec<Verb> {
    let lines: Vec<(usize, &str)> = include_str!("../../openapi.yaml")
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .map(|line| (line.len() - line.trim_start().len(), line.trim()))
        .collect();
    let all = block(&lines);
    let mut verbs = Vec::new();
    for (path, item) in all["paths"].as_object().unwrap() {
        for (method, verb) in item.as_object().unwrap().iter().filter(|one| one.0 != "parameters") {
            let given = [&item["parameters"], &verb["parameters"]].into_iter().filter_map(Value::as_array).flatten();
            let parameters = given.map(|one| resolved(&all, one)).map(|one| (text(&one["in"]), text(&one["name"])));
            let body = resolved(&all, &verb["requestBody"]);
            let schema = resolved(&all, &body["content"]["application/json"]["schema"]);
            let members = schema["properties"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default();
            let (method, path, parameters) = (method.to_uppercase(), path.clone(), parameters.collect());
            verbs.push(Verb { method, path, parameters, members });
        }
    }
    verbs
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn resolved(all: &Value, value: &Value) -> Value {
    match value["$ref"].as_str() {
        Some(to) => all.pointer(to.trim_start_matches('#')).unwrap_or_else(|| panic!("no {to}")).clone(),
        None => value.clone(),
    }
}

/// Lines of one depth, each with what is below it.
fn block(lines: &[(usize, &str)]) -> Value {
    let Some((depth, first)) = lines.first() else { return Value::Null };
    if first.starts_with("- ") {
        return lines.iter().filter(|line| line.0 == *depth).map(|line| flow(&mut line.1[2..].trim())).collect();
    }
    let mut map = Map::new();
    let mut rest = lines;
    while let Some(((_, line), below)) = rest.split_first() {
        let end = below.iter().position(|line| line.0 <= *depth).unwrap_or(below.len());
        let (inner, next) = below.split_at(end);
        let (key, value) = line.split_once(':').unwrap();
        let value = match value.trim() {
            "" => block(inner),
            "|" => json!("text"),
            mut said if said.starts_with(['{', '[', '"']) => flow(&mut said),
            said => json!(said),
        };
        map.insert(key.trim_matches('"').to_owned(), value);
        rest = next;
    }
    Value::Object(map)
}

fn flow(rest: &mut &str) -> Value {
    *rest = rest.trim_start();
    let first = rest.chars().next().unwrap_or('}');
    match first {
        '{' => {
            let mut map = Map::new();
            *rest = rest[1..].trim_start();
            while !rest.starts_with('}') {
                let key = scalar(rest);
                *rest = rest.trim_start().strip_prefix(':').unwrap_or_else(|| panic!("{key}: {rest}"));
                map.insert(key, flow(rest));
                *rest = rest.trim_start().trim_start_matches(',').trim_start();
            }
            *rest = &rest[1..];
            Value::Object(map)
        }
        '[' => {
            let mut list = Vec::new();
            *rest = rest[1..].trim_start();
            while !rest.starts_with(']') {
                list.push(flow(rest));
                *rest = rest.trim_start().trim_start_matches(',').trim_start();
            }
            *rest = &rest[1..];
            Value::Array(list)
        }
        _ => json!(scalar(rest)),
    }
}

fn scalar(rest: &mut &str) -> String {
    if let Some(quoted) = rest.strip_prefix('"') {
        let (inside, behind) = quoted.split_once('"').unwrap();
        *rest = behind;
        return inside.to_owned();
    }
    let ends = |at: usize, c: char| ",}]".contains(c) || (c == ':' && rest[at + 1..].starts_with(' '));
    let end = rest.char_indices().find(|(at, c)| ends(*at, *c)).map_or(rest.len(), |(at, _)| at);
    let (said, behind) = rest.split_at(end);
    *rest = behind;
    said.trim().to_owned()
}

#[test]
fn the_description_is_read_with_what_it_refers_to() {
    let all = verbs();
    let one = |method: &str, path: &str| all.iter().find(|one| one.method == method && one.path == path).unwrap();
    assert_eq!(one("POST", "/v1/kill").members, ["all", "level", "target"]);
    let limits = one("PATCH", "/v1/credentials/{name}/limits");
    let wanted = [("path", "name"), ("header", "If-Match")].map(|(place, name)| (place.to_owned(), name.to_owned()));
    assert_eq!((&limits.parameters[..], limits.members.len()), (&wanted[..], 18));
    assert_eq!(one("GET", "/v1/journal/tail").parameters.len(), 2);
}
