//! Push: off until it was signed on the phone, off at once, and where it goes is nobody's to see.

use super::{Desk, Phone, asked, location};
use crate::house::Answer;
use crate::house::passkey::signed;
use crate::house::push::{AUTH, ENDPOINT, P256DH};
use kernel::actor::Actor;
use kernel::change::Change;
use kernel::command::Command;
use kernel::people;
use service::node::answer;
use service::notices::SUBSCRIPTION;

impl Desk {
    async fn subscribes(&self, phone: &Phone, endpoint: &str, p256dh: &str, auth: &str) -> Answer {
        self.taps(phone, "/m/push", &[("endpoint", endpoint), ("p256dh", p256dh), ("auth", auth)]).await
    }
    /// Asked for, and the path of the page on which it is signed.
    async fn asks(&self, phone: &Phone) -> String {
        let asked = self.subscribes(phone, ENDPOINT, P256DH, AUTH).await;
        assert_eq!(asked.status, 303, "{}", asked.body);
        location(&asked).to_owned()
    }
    async fn signs(&self, phone: &Phone, path: &str) -> Answer {
        let page = self.phone(phone, path).await;
        assert!(page.body.contains("Turn push on for"), "{}", page.body);
        assert!(page.body.contains("by the push service push.example,"), "{}", page.body);
        let action = format!("{path}/approve");
        let asked = asked(&page, &action);
        let response = signed(phone.passkey.as_ref().unwrap(), &asked);
        self.taps(phone, &action, &[("ceremony", &asked.ceremony), ("response", &response)]).await
    }
    fn ringing(&self) -> usize {
        self.actor.read(|state| state.customer.people.pushes.len())
    }
}

#[tokio::test]
async fn push_is_off_until_it_is_signed_on_the_phone_and_off_at_once() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let settings = desk.phone(&phone, "/m/settings").await;
    let key = desk.house.world.push.as_ref().unwrap().public_key().unwrap().to_owned();
    assert!(settings.body.contains(&format!("data-push=\"{key}\"")), "{}", settings.body);
    let path = desk.asks(&phone).await;
    assert_eq!(desk.ringing(), 0, "asked for is not on");
    assert!(desk.phone(&phone, "/m/settings").await.body.contains(&path), "and may be signed later");
    let done = desk.signs(&phone, &path).await;
    assert_eq!((done.status, location(&done)), (303, "/m/settings"), "{}", done.body);
    assert_eq!(desk.ringing(), 1);
    let device = desk.actor.read(|state| state.customer.people.pushes[0].device.to_string());
    assert!(desk.phone(&phone, "/m/settings").await.body.contains("data-push-off"));
    // At the portal too, where the phone is out of reach.
    assert!(desk.get("/notices").await.body.contains(&device));
    assert_eq!(desk.post("/notices/push/off", &[("device", &device)]).await.status, 303);
    assert_eq!(desk.ringing(), 0);
    let again = desk.post("/notices/push/off", &[("device", &device)]).await;
    assert!(again.status >= 400 && again.body.contains("push_not_on"), "{}", again.body);
    let path = desk.asks(&phone).await;
    desk.signs(&phone, &path).await;
    assert_eq!(desk.taps(&phone, "/m/push/off", &[("device", &device)]).await.status, 303);
    assert_eq!(desk.ringing(), 0);
}

#[tokio::test]
async fn the_desk_cannot_sign_for_the_phone_and_a_phone_that_is_unbound_rings_no_more() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let path = desk.asks(&phone).await;
    let page = desk.get(&path.replace("/m/", "/")).await;
    assert!(page.body.contains("turned on at the device itself"), "{}", page.body);
    desk.signs(&phone, &path).await;
    let device = desk.actor.read(|state| state.customer.people.pushes[0].device);
    assert_eq!(desk.post(&format!("/devices/{device}/revoke"), &[]).await.status, 303);
    assert_eq!(desk.ringing(), 0);
}

#[tokio::test]
async fn where_its_push_service_has_ended_it_the_phone_and_the_desk_say_so_until_it_is_on_again() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let path = desk.asks(&phone).await;
    desk.signs(&phone, &path).await;
    let on = desk.phone(&phone, "/m/settings").await.body;
    assert!(on.contains("data-push-lost") && !on.contains("has said that nothing arrives"), "{on}");
    let device = desk.actor.read(|state| state.customer.people.pushes[0].device);
    let gone = Command::People(people::Command::TurnPushOff { device, only: None });
    answer(desk.actor.submit(Actor::House, gone)).await.unwrap();
    let ended = desk.phone(&phone, "/m/settings").await.body;
    assert!(ended.contains("has said that nothing arrives here any more"), "{ended}");
    assert!(desk.get("/notices").await.body.contains("nothing arrives there any more"));
    let path = desk.asks(&phone).await;
    desk.signs(&phone, &path).await;
    assert!(!desk.phone(&phone, "/m/settings").await.body.contains("has said that nothing arrives"));
    assert!(!desk.get("/notices").await.body.contains("nothing arrives there any more"));
}

#[tokio::test]
async fn an_address_that_is_not_a_push_services_is_refused_by_name() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    for endpoint in
        ["", "https://evil.test/x", "https://127.0.0.1/x", "http://push.example/x", "https://push.example:22/"]
    {
        let refused = desk.subscribes(&phone, endpoint, P256DH, AUTH).await;
        assert_eq!(refused.status, 400, "{endpoint}");
        assert!(refused.body.contains("push_malformed"), "{}", refused.body);
        assert!(endpoint.is_empty() || !refused.body.contains(endpoint), "{endpoint}");
    }
    assert_eq!(desk.subscribes(&phone, ENDPOINT, "AAAA", AUTH).await.status, 400);
    assert!(desk.actor.read(|state| state.customer.changes.is_empty()));
    let stranger =
        desk.house.post(7, "/m/push", &[("endpoint", ENDPOINT), ("p256dh", P256DH), ("auth", AUTH)], "").await;
    assert!(location(&stranger).starts_with("/m/sign-in"));
}

/// Sealed: the question says the hash of the row, and the row is the browser's own words.
#[tokio::test]
async fn what_a_browser_said_is_sealed_and_on_no_page() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let path = desk.asks(&phone).await;
    let asked = desk.actor.read(|state| state.customer.changes.values().next().unwrap().change.clone());
    let Change::Push { sha256, .. } = asked else { panic!("{asked:?}") };
    let kept = desk.house.sealed.unseal(desk.actor.stream(), SUBSCRIPTION, &sha256).await.unwrap();
    let kept = std::str::from_utf8(&kept).unwrap().to_owned();
    assert!(kept.contains(ENDPOINT) && kept.contains(AUTH) && kept.contains(P256DH));
    desk.signs(&phone, &path).await;
    for page in [desk.phone(&phone, "/m/settings").await, desk.get("/notices").await, desk.get("/activity").await] {
        assert!(page.status == 200 && !page.body.contains("c4n4ry") && !page.body.contains(AUTH), "{}", page.body);
    }
}
