//! Networks: what the portal sees of where people come from reaches the detector, and no address reaches the journal.

use crate::house::{House, Owner};
use crate::proxies::proxy;
use kernel::alert::Alert;
use kernel::watch::{Signal, Step};
use std::time::Duration;

const PASSWORD: &str = "seven quiet herons at dusk";

/// Until the clock has been looked at often enough.
async fn told(house: &House, maya: &Owner) -> Alert {
    let waits = async {
        loop {
            house.node.look_at_the_clock();
            let alert = maya.actor.read(|state| state.customer.alerts.first().cloned());
            let durable = house.store.journal().iter().any(|one| one.tag == "alert.raised");
            if let Some(alert) = alert.filter(|_| durable) {
                return alert;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits).await.unwrap()
}

fn signals(alert: &Alert) -> Vec<Signal> {
    alert.signs.iter().map(|sign| sign.signal).collect()
}

#[tokio::test]
async fn a_cookie_that_is_used_here_and_elsewhere_in_turn_is_told_and_no_address_is_written_down() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    // Also by a page that only reads itself anew; 192.0.2.x is one network.
    for from in [0, 7, 0, 9, 0, 7, 0] {
        house.clock.advance_ms(2_000);
        assert_eq!(house.get_from(from, "/", &maya.cookie).await.status, 200);
    }
    let alert = told(&house, &maya).await;
    assert!(signals(&alert).contains(&Signal::TwoNetworks), "{alert:?}");
    assert_eq!(alert.step, Step::Notify, "in the first week it is told, and nothing is taken away");
    let page = house.get("/alerts", &maya.cookie).await.body;
    assert!(page.contains("ession used from two networks in turn"), "{page}");
    let journal = house.store.journal();
    let changes = journal.iter().filter(|one| one.tag == "session.network_changed").count();
    assert_eq!(changes, 7, "one record of each change");
    for one in &journal {
        let text = String::from_utf8_lossy(&one.body);
        assert!(["192.0.2", "127.0.0.1"].iter().all(|address| !text.contains(address)), "{text}");
    }
    // The very same page again adds nothing.
    house.get("/", &maya.cookie).await;
    let again = house.store.journal().iter().filter(|one| one.tag == "session.network_changed").count();
    assert_eq!(again, changes);
}

#[tokio::test]
async fn passwords_that_are_tried_from_elsewhere_are_told_to_whom_they_would_belong() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    for (client, password) in [("203.0.113.9", "a long wrong password"), ("198.51.100.9", PASSWORD)] {
        for name in ["maya", "nobody at all"] {
            let wrong = if house.code(&maya) == "000000" { "000001" } else { "000000" };
            let fields = [("name", name), ("password", password), ("code", wrong)];
            assert_eq!(house.post_for(proxy(), client, "/sign-in/password", &fields).await.status, 401);
        }
    }
    let alert = told(&house, &maya).await;
    assert_eq!(signals(&alert).first(), Some(&Signal::FailedSignIns), "{alert:?}");
    let journal = house.store.journal();
    let failed: Vec<String> = journal
        .iter()
        .filter(|one| one.tag == "attempt.failed")
        .map(|one| String::from_utf8_lossy(&one.body).into_owned())
        .collect();
    assert_eq!(failed.len(), 2, "of somebody there is, and of nobody else: {failed:?}");
    assert!(failed[0].contains("\"second\":false") && failed[1].contains("\"second\":true"), "{failed:?}");
    for text in &failed {
        assert!(["203.0", "198.51", "herons", "wrong"].iter().all(|word| !text.contains(word)), "{text}");
    }
}
