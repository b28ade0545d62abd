//! The floors of the house: a crate imports only from floors below its own.

use super::Offence;
use serde_json::Value;

const FLOORS: [(&str, u8); 17] = [
    ("kernel", 1),
    ("journal", 1),
    ("tws", 1),
    ("paper", 1),
    ("lexicon", 1),
    ("vault", 2),
    ("store", 2),
    ("venue", 2),
    ("notify", 2),
    ("rulebook", 2),
    ("service", 3),
    ("dossier", 3),
    ("portal", 4),
    ("oauth", 4),
    ("api", 4),
    ("gateway", 4),
    ("portreeve", 5),
];
/// The workshop stands beside the house: it may use every floor, no floor may use it.
const WORKSHOP: [&str; 4] = ["xtask", "sim", "fuzz", "benches"];
/// What a detector is measured on knows nothing of the house, nor the house of it: no path in either direction.
const STRANGERS: [&str; 1] = ["range"];

pub fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

pub fn check(metadata: &Value) -> Vec<Offence> {
    let mut offences = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(package, "name");
        let manifest = format!("crates/{name}/Cargo.toml");
        if WORKSHOP.contains(&name) {
            continue;
        }
        if STRANGERS.contains(&name) {
            // Not even for its tests.
            for needed in list(package, "dependencies").iter().filter(|needed| needed.get("path").is_some()) {
                let message = format!("`{name}` imports `{}`: it must know nothing of the house", text(needed, "name"));
                offences.push(Offence::new(&manifest, 1, message));
            }
            continue;
        }
        let Some(own) = floor(name) else {
            let message =
                format!("the crate `{name}` stands on no floor: place it in FLOORS in xtask/src/tidy/crates.rs");
            offences.push(Offence::new(&manifest, 1, message));
            continue;
        };
        for needed in list(package, "dependencies").iter().filter(|needed| is_ours(needed)) {
            let below = text(needed, "name");
            if floor(below).is_none_or(|floor| floor >= own) {
                let message = format!(
                    "{} imports `{below}`{}: move what both need to a floor below {own}, or hand it in as an argument from above",
                    described(name),
                    floor(below)
                        .map_or_else(|| ", which stands on no floor".to_owned(), |floor| format!(" of floor {floor}"))
                );
                offences.push(Offence::new(&manifest, 1, message));
            }
        }
    }
    offences
}

fn described(name: &str) -> String {
    floor(name).map_or_else(|| format!("`{name}`"), |floor| format!("`{name}` on floor {floor}"))
}

/// A dependency by path is a crate of ours; tests may import from anywhere.
fn is_ours(dependency: &Value) -> bool {
    dependency.get("path").is_some_and(Value::is_string) && text(dependency, "kind") != "dev"
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(name: &str, dependency: &str, kind: Value) -> Vec<String> {
        let metadata = json!({"packages": [{"name": name, "dependencies": [
            {"name": "serde", "kind": null},
            {"name": dependency, "kind": kind, "path": "somewhere"},
        ]}]});
        check(&metadata).into_iter().map(|offence| offence.message).collect()
    }

    #[test]
    fn a_crate_imports_only_from_floors_below_its_own() {
        assert_eq!(found("store", "kernel", Value::Null), Vec::<String>::new());
        assert_eq!(found("kernel", "store", Value::Null).len(), 1);
        assert_eq!(found("kernel", "journal", Value::Null).len(), 1);
        assert_eq!(found("gateway", "api", Value::Null).len(), 1);
        assert_eq!(found("kernel", "store", json!("build")).len(), 1);
        assert_eq!(found("service", "xtask", Value::Null).len(), 1);
    }

    #[test]
    fn tests_may_import_from_anywhere_and_so_may_the_workshop() {
        assert_eq!(found("kernel", "store", json!("dev")), Vec::<String>::new());
        assert_eq!(found("sim", "service", Value::Null), Vec::<String>::new());
    }

    #[test]
    fn what_a_detector_is_measured_on_knows_nothing_of_it_and_the_house_nothing_of_that() {
        assert_eq!(found("range", "kernel", Value::Null).len(), 1);
        assert_eq!(found("range", "kernel", json!("dev")).len(), 1);
        assert_eq!(found("kernel", "range", Value::Null).len(), 1);
        assert_eq!(found("portreeve", "range", Value::Null).len(), 1);
        assert_eq!(found("sim", "range", Value::Null), Vec::<String>::new());
    }

    #[test]
    fn a_crate_on_no_floor_offends_with_the_place_to_put_it() {
        let messages = found("helpers", "kernel", Value::Null);
        assert!(messages.len() == 1 && messages.iter().all(|message| message.contains("FLOORS")));
    }
}
