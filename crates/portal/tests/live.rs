//! Pages that are live: a few for each session, and all of them end with it.

use crate::house::{House, Live};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::kill_switch::{Level, Resting};
use kernel::people;
use service::node::answer;

/// Where the session is used from may be written down meanwhile, and is told like everything else.
async fn tells(live: &mut Live, what: &str) {
    while let Some(told) = live.next().await {
        if told.starts_with(what) {
            return;
        }
        assert!(told.contains("session"), "{told}");
    }
    panic!("{what} was never told");
}

#[tokio::test]
async fn of_seven_windows_the_first_gives_way_and_says_so_and_all_end_with_the_session() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    let mut open: Vec<Live> = Vec::new();
    for _ in 0..7 {
        open.push(house.live(&maya.cookie).await);
    }
    assert!(open.iter().all(|one| one.status == 200));
    let mut first = open.remove(0);
    tells(&mut first, "event: elsewhere").await;
    assert_eq!(first.next().await, None);
    let Actor::User { user, .. } = maya.by else { panic!("no user") };
    let out = people::Command::LogOutEverywhere { user, suspend_credentials: false };
    answer(maya.actor.submit(maya.by, Command::People(out))).await.unwrap();
    for mut one in open {
        tells(&mut one, "event: ended").await;
        assert_eq!(one.next().await, None);
    }
}

#[tokio::test]
async fn the_windows_of_one_session_take_no_place_of_another() {
    let house = House::new().await;
    let (maya, other) = (house.enrolled("maya").await, house.enrolled("sarah").await);
    let mut theirs = house.live(&other.cookie).await;
    let mut open: Vec<Live> = Vec::new();
    // Each that gives way ends once it is read, and its place is free then.
    for _ in 0..200 {
        open.push(house.live(&maya.cookie).await);
        if open.len() > 6 {
            tells(&mut open.remove(0), "event: elsewhere").await;
        }
    }
    assert!(open.iter().all(|one| one.status == 200));
    let Actor::User { user, .. } = other.by else { panic!("no user") };
    let out = people::Command::LogOutEverywhere { user, suspend_credentials: false };
    answer(other.actor.submit(other.by, Command::People(out))).await.unwrap();
    tells(&mut theirs, "event: ended").await;
}

/// A page is read, then something happens, then its stream is opened: nobody else would tell it.
#[tokio::test]
async fn what_happens_between_a_page_and_its_stream_is_told_first() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    let page = house.get("/", &maya.cookie).await;
    let path = page.between("data-live=\"", "\"").pop().unwrap();
    let Actor::User { user, .. } = maya.by else { panic!("no user") };
    let missed = Command::Engage { level: Level::Customer, resting: Resting::KeepProtective };
    answer(maya.actor.submit(maya.by, missed)).await.unwrap();
    let mut late = house.live_from(&path, &maya.cookie).await;
    assert!(late.next().await.unwrap().contains("kill"));
    // A page that was read afterwards has missed nothing: the first it hears is that the session ended.
    let page = house.get("/", &maya.cookie).await;
    let path = page.between("data-live=\"", "\"").pop().unwrap();
    let mut in_time = house.live_from(&path, &maya.cookie).await;
    let out = people::Command::LogOutEverywhere { user, suspend_credentials: false };
    answer(maya.actor.submit(maya.by, Command::People(out))).await.unwrap();
    assert!(in_time.next().await.unwrap().starts_with("event: ended"));
}
