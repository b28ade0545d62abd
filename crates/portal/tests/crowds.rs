//! Crowds: whoever asks much, sends slowly or never reads is in nobody's way.

use crate::house::House;
use crate::proxies::proxy;
use kernel::id::{CustomerId, SessionId};
use std::net::IpAddr;
use vault::token::Token;

/// More than there are turns, and more than there are connections of plain HTTP.
const MANY: usize = 300;

fn by(client: &str) -> String {
    format!("X-Forwarded-For: {client}\r\n")
}

fn source(number: usize) -> IpAddr {
    IpAddr::from([203, 0, 113, u8::try_from(number % 250).unwrap()])
}

/// All the turns there are of one kind, as if they were worked on.
fn all<T>(take: impl Fn(IpAddr) -> Option<T>) -> Vec<T> {
    (0..1_000).filter_map(|number| take(source(number))).collect()
}

#[tokio::test]
async fn forms_that_are_never_sent_to_their_end_take_no_turn() {
    let house = House::new().await;
    let head = House::head("POST /sign-in/password", &(by("203.0.113.9") + "Content-Length: 60000\r\n"));
    let mut held = Vec::new();
    for _ in 0..100 {
        held.push(house.said(proxy(), &head).await);
    }
    assert_eq!(house.looks(proxy(), "/sign-in", &by("203.0.113.10")).await, 200);
    assert_eq!(house.looks(proxy(), "/sign-in", &by("203.0.113.9")).await, 200);
    drop(held);
}

#[tokio::test]
async fn a_session_that_does_not_live_stands_with_the_strangers() {
    let house = House::new().await;
    let owner = house.enrolled("maya").await;
    let mine = format!("Cookie: {}\r\n", owner.cookie);
    let (customer, session) = (CustomerId::new(1, 2), SessionId::new(3, 4));
    let token = Token::random().unwrap();
    let invented = format!("Cookie: __Host-portreeve={customer}.{session}.{}\r\n", token.text().as_str());
    let guessed = format!("{}.{}\r\n", mine.rsplit_once('.').unwrap().0, token.text().as_str());
    let strangers = all(|source| house.world.strangers.take(source));
    for cookie in ["", &invented, &guessed] {
        assert_eq!(house.looks(7, "/sign-in", cookie).await, 503, "{cookie}");
    }
    assert_eq!(house.looks(7, "/", &mine).await, 200);
    drop(strangers);
    let _known = all(|source| house.world.turns.take(source));
    for cookie in ["", &invented, &guessed] {
        assert_eq!(house.looks(7, "/sign-in", cookie).await, 200, "{cookie}");
    }
    assert_eq!(house.looks(7, "/", &mine).await, 503);
}

#[tokio::test]
async fn whoever_is_silent_or_never_reads_makes_room_for_whoever_comes() {
    let house = House::new().await;
    let style = portal::asset::all().iter().max_by_key(|asset| asset.bytes.len()).unwrap();
    let asks = House::head(&format!("GET {}", style.path), "").repeat(20);
    let mut held = Vec::new();
    for number in 0..MANY {
        held.push(house.said(7, if number % 2 == 0 { &asks } else { "" }).await);
    }
    assert_eq!(house.looks(8, "/sign-in", "").await, 200);
    drop(held);
}

/// A browser of ours sends a dozen.
#[tokio::test]
async fn a_request_with_more_than_64_headers_is_turned_away() {
    let house = House::new().await;
    let more = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    assert_eq!(house.looks(8, "/sign-in", &more(62)).await, 200);
    assert_eq!(house.looks(8, "/sign-in", &more(63)).await, 431);
}
