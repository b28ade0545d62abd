//! A month of two bots on one account, in front of a TWS that restarts every night: real sockets, the real adapter,
//! a journal on disk, and a clock that is turned. What the cookbook tells of it is printed here.

mod bots;
mod broker;
mod check;
mod client;
mod house;
mod plan;
mod script;
mod story;
mod turn;

use plan::{Plan, at};
use script::Month;
use std::path::Path;
use std::time::Instant;
use store::{SqliteStore, Store};
use story::Story;

/// All of it, and not only the days of the test command.
fn whole() -> bool {
    std::env::var_os("PORTREEVE_MONTH").is_some()
}

#[test]
fn two_bots_trade_on_one_account_through_nights_a_mistake_an_expiry_and_a_kill() {
    let plan = if whole() { Plan::month() } else { Plan::short() };
    let directory = std::env::temp_dir().join(format!("portreeve-month-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(played(plan, &directory));
    drop(runtime);
    std::fs::remove_dir_all(&directory).unwrap();
}

async fn played(plan: Plan, directory: &Path) {
    let begun = Instant::now();
    let mut month = Month::begin(plan, directory).await;
    month.play().await;
    let Month { house, tws, noted, slow, quick, .. } = month;
    let (book, standing) = house.actor.read(|state| (state.book.clone(), state.standing.clone()));
    house.close().await;
    let mut store = SqliteStore::open(&house::journal(directory)).unwrap();
    let recorded = story::verified(&mut store);
    let mut state = kernel::state::State::default();
    recorded.iter().for_each(|one| kernel::state::apply(&mut state, one));
    assert_eq!(state.book, book, "the book read again");
    assert_eq!(state.standing, standing, "what is used up, read again");
    let story = Story::of(&recorded, at(plan.first, 0, 0));
    let (told, events) = (tws.told(), tws.events());
    check::orders(&story, &told, &events);
    check::limits(&story, &told, &events);
    assert!(store.outbox(None).unwrap().is_empty(), "nothing waits to be sent");
    story.tell(&noted);
    let nights = u32::try_from(plan.days - 1).unwrap();
    for client in [&slow.client, &quick.client] {
        assert!(client.losses >= nights, "a bot was told 1100 {} times in {nights} nights", client.losses);
    }
    // Each of the minutes before somebody saw it, once.
    assert_eq!(noted.turned_away, script::RENEWED_AT + 1);
    assert!(story.observed() > 0 && story.fills() > 0);
    assert!(noted.mistakes.1 > 0 && noted.mistakes.1 < 60, "{:?}", noted.mistakes);
    assert_eq!((story.switches, story.rotations), (2, 1));
    assert!(story.refused("kill_switch_engaged") > 0, "the reverter has asked while the switch was engaged");
    for (name, client) in [("rebalancer", &slow.client), ("reverter", &quick.client)] {
        eprintln!("{name}: connected {} times, told 1100 {} times", client.connections, client.losses);
    }
    eprintln!("{} days in {} s", plan.days, begun.elapsed().as_secs());
}
