//! The table in docs/messages.md is what the door does with every message there is.

use crate::world::World;
use std::fmt::Write as _;
use tws::Class;

const fn scope(class: Class) -> &'static str {
    match class {
        Class::Session => "none",
        Class::Account => "`account:read`",
        Class::Market => "`market:read`",
        Class::Trade => "`order:submit`",
        Class::Reduce => "`order:cancel`",
        Class::Config | Class::Deny => "-",
    }
}

/// Answered, refused by name because it is not built, or denied to every credential.
pub fn fate(id: u32, built: bool, class: Class) -> &'static str {
    match class {
        // Clients send these two on their own; they change nothing here.
        Class::Config if matches!(id, 14 | 15) => "answered, changes nothing",
        Class::Config | Class::Deny => "denied",
        _ if id == 71 => "answered once, as the first message",
        _ if built => "answered",
        _ => "refused by name",
    }
}

pub fn is_built(id: u32) -> bool {
    let version = tws::ServerVersion::NEWEST;
    // Messages that are not built are not read beyond their number; the others want their fields.
    !matches!(tws::Request::decode(version, format!("{id}\0").as_bytes()), Ok(tws::Request::Other { .. }))
}

fn table() -> String {
    let mut table = String::from("| id | message | scope | what happens |\n|--|--|--|--|\n");
    for id in tws::request_table::ids() {
        let (name, class) = (tws::request_table::name(id).unwrap(), tws::class(id));
        writeln!(table, "| {id} | {name} | {} | {} |", scope(class), fate(id, is_built(id), class)).unwrap();
    }
    table
}

#[test]
fn the_page_of_messages_says_what_is_done() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/messages.md")).unwrap();
    assert!(page.contains(&table()), "docs/messages.md should contain:\n{}", table());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_that_is_refused_by_name_or_denied_is_so_at_the_door() {
    let (_world, door) = World::trading().await;
    let ids = tws::request_table::ids().map(|id| (id, fate(id, is_built(id), tws::class(id))));
    let refused = ids.filter(|(_, fate)| matches!(*fate, "denied" | "refused by name"));
    for (id, fate) in refused {
        let name = tws::request_table::name(id).unwrap();
        let mut raw = door.connect(1).await;
        raw.fields(&[&id.to_string(), "1", "1"]).await;
        let wanted = if fate == "denied" { "message_denied" } else { "message_not_built" };
        let told =
            raw.until(|told| matches!(told, tws::Response::Error { code: 321, text, .. } if text.contains(name))).await;
        assert!(format!("{told:?}").contains(wanted), "{id} {name}: {told:?}");
    }
}
