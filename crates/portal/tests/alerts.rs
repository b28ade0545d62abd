//! Alerts: what a program does far from its habits is told on the page, and answered there.

use crate::house::House;
use crate::kills::apple_in;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::id::{AlertId, CredentialId};
use kernel::order::ClientRef;
use service::actor::CustomerActor;
use service::node::answer;
use std::sync::Arc;

/// A program that sends the very same order again and again, and is refused each time.
pub(crate) async fn insists(house: &House, actor: &Arc<CustomerActor>) -> (CredentialId, AlertId) {
    let limits = serde_json::json!({ "order_value": "1000", "day_value": "5000" });
    let bot = house.bot(actor, limits, |wanted| wanted.instruments = vec!["forex".to_owned()]).await;
    for order_id in 1..13 {
        house.clock.advance_ms(40_000);
        let terms = apple_in(house, actor).await;
        let place = Command::Place { client_ref: ClientRef { client_id: 1, order_id }, terms };
        assert!(answer(actor.submit(Actor::Credential(bot), place)).await.is_err());
    }
    house.node.look_at_the_clock();
    loop {
        if let Some(id) = actor.read(|state| state.customer.alerts.first().map(|one| one.id)) {
            return (bot, id);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_alert_is_told_at_home_and_not_me_contains_it() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    assert!(house.get("/alerts", &maya.cookie).await.body.contains("There is none."));
    let (bot, id) = insists(&house, &maya.actor).await;
    assert!(house.get("/", &maya.cookie).await.body.contains("an alert waits for your word"));
    let page = house.get("/alerts", &maya.cookie).await.body;
    for words in ["refused again", "any refusals within minutes", "This was me", "This was not me", "bot"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // Whoever says that it was them shows what cannot be phished: the window has closed by now.
    let me = house.post(0, &format!("/alerts/{id}/me"), &[], &maya.cookie).await;
    assert!(me.headers["location"].to_str().unwrap().starts_with("/step-up"), "{}", me.body);
    let not_me = house.post(0, &format!("/alerts/{id}/not-me"), &[], &maya.cookie).await;
    assert!(not_me.headers["location"].to_str().unwrap().starts_with("/incidents/inc_"), "{}", not_me.body);
    let (state, incidents) =
        maya.actor.read(|state| (state.customer.credential(bot).unwrap().state, state.customer.incidents.len()));
    assert_eq!((state, incidents), (kernel::api_credential::State::Suspended, 1), "one incident, said once");
    let after = house.get("/alerts", &maya.cookie).await.body;
    assert!(after.contains("Answered lately") && !after.contains("This was not me"), "{after}");
    // Once.
    let again = house.post(0, &format!("/alerts/{id}/not-me"), &[], &maya.cookie).await;
    assert_eq!(again.status, 409);
}
