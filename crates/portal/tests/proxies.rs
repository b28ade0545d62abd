//! Behind a proxy: whose failures are counted where, when a header says for whom a request was sent on.

use crate::house::{House, PROXY};

/// The status of a failed attempt by somebody new, from 127.0.0.`from`.
async fn fails(house: &House, from: u8, client: &str, name: &str) -> u16 {
    let fields = [("name", name), ("password", "seven quiet herons at dusk"), ("code", "123456")];
    house.post_for(from, client, "/sign-in/password", &fields).await.status
}

pub fn proxy() -> u8 {
    match PROXY {
        std::net::IpAddr::V4(four) => four.octets()[3],
        std::net::IpAddr::V6(_) => panic!("127.0.0.x"),
    }
}

#[tokio::test]
async fn an_address_behind_a_listed_proxy_is_delayed_and_its_neighbours_are_not() {
    let house = House::new().await;
    for n in 0..5 {
        // What stands left of the address that the proxy wrote is the visitor's own invention.
        let chain = format!("198.51.100.{n}, 203.0.113.9");
        assert_eq!(fails(&house, proxy(), &chain, &format!("user {n}")).await, 401);
    }
    assert_eq!(fails(&house, proxy(), "203.0.113.9", "another").await, 429);
    assert_eq!(fails(&house, proxy(), "203.0.113.10", "another").await, 401);
}

#[tokio::test]
async fn whoever_is_no_listed_proxy_is_counted_by_its_own_address_whatever_it_says() {
    let house = House::new().await;
    for n in 0..5 {
        assert_eq!(fails(&house, 7, &format!("203.0.113.{n}"), &format!("user {n}")).await, 401);
    }
    assert_eq!(fails(&house, 7, "203.0.113.200", "another").await, 429);
    // A proxy whose word cannot be read speaks for nobody, and nothing is counted.
    for chain in ["nonsense", "", "203.0.113.9,"] {
        assert_eq!(fails(&house, proxy(), chain, "another").await, 400, "{chain}");
    }
    assert_eq!(fails(&house, proxy(), "203.0.113.9", "another").await, 401);
}
