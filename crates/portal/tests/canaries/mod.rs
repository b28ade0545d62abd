//! A canary in every field of every form, in every path and header: none is found again but where the table says so.

mod forms;
mod log;
mod planted;
mod run;
mod stage;
mod table;
mod trades;

use run::Run;
use stage::Stage;
use std::collections::BTreeSet;
use table::FIELDS;

/// Issue 3, must show 6. The forms and their fields are those of the pages themselves, all of them, inside and outside.
#[tokio::test]
async fn what_is_typed_into_any_field_of_any_form_is_found_nowhere_but_where_it_belongs() {
    let log = log::Log::kept();
    let mut run = Run::new();
    // Nothing is typed into this one: it says which forms there are.
    let calm = Stage::new(&mut run.planted).await;
    let mut done = BTreeSet::new();
    for source in calm.sources() {
        let page = calm.page(&source).await.unwrap_or_else(|| panic!("{source:?} cannot be reached"));
        assert_eq!(page.status, 200, "{source:?}");
        for form in forms::forms(&page.body) {
            if done.insert(run::key(&form)) {
                run.every_field(&source, &run::key(&form)).await;
            }
        }
    }
    run.every_path_and_header(&calm).await;
    run.end(&calm).await;
    let logged = log.bytes();
    run.search(&logged);

    let told = String::from_utf8_lossy(&logged);
    assert!(told.contains("a new passkey was not taken"), "nothing was logged: {told}");
    assert!(run.unknown.is_empty(), "the table does not say what becomes of {:#?}", run.unknown);
    assert!(run.not_taken.is_empty(), "filled in as a person would, these are refused: {:#?}", run.not_taken);
    every_route_was_asked(&run);
    for (place, where_) in &run.found {
        let seen = table::field(place).map_or(table::NOWHERE, |field| field.seen);
        let allowed = seen.places();
        assert!(where_.is_subset(&allowed), "{place}: found in {where_:?}, and may be in {allowed:?}");
    }
    for field in FIELDS {
        let nowhere = !run.found.contains_key(field.place);
        let why = field.seen.why;
        assert!(nowhere == why.is_empty(), "{} is found nowhere any more, although {why}", field.place);
        assert!(run.planted.all.iter().any(|one| one.place == field.place), "{}: no page has it any more", field.place);
    }
}

/// Only a phone that has been trusted for a day shows it: `phone::alerts` sends it. Nothing is typed into it.
const NOT_ON_STAGE: [&str; 1] = ["POST /m/alerts/ID/me"];

/// A form of each route that takes one was sent: also of those that are added to the portal tomorrow.
fn every_route_was_asked(run: &Run) {
    let lists = [include_str!("../../src/route.rs"), include_str!("../../src/route/phone.rs")];
    let routes: usize = lists.iter().map(|list| list.matches("post(").count()).sum();
    let sent: Vec<_> = run.routes.iter().filter(|route| route.starts_with("POST ")).collect();
    assert_eq!(sent.len() + NOT_ON_STAGE.len(), routes, "{sent:#?}");
    let shown = |route: &&String| !run.routes.contains(*route) && !NOT_ON_STAGE.contains(&route.as_str());
    let unseen: Vec<_> = run.known.keys().filter(shown).collect();
    assert!(unseen.is_empty(), "on a sample of a page, and not on the stage: {unseen:?}");
}
