//! Alerts on the phone: both answers, each by itself; what is locked says why.

use super::{Desk, Phone, asked, location};
use crate::alerts::insists;
use crate::house::passkey::signed;
use kernel::api_credential::State;
use kernel::device::MOVE_AFTER_MS;

/// Paired a day ago, and unlocked now.
async fn trusted(desk: &Desk) -> Phone {
    let phone = desk.paired().await;
    desk.house.clock.advance_ms(MOVE_AFTER_MS);
    let again = desk.unlocks(&phone, phone.passkey.as_ref().unwrap()).await;
    assert_eq!((again.status, location(&again)), (303, "/m/"), "{}", again.body);
    let device = phone.cookie.split("; ").find(|one| one.starts_with("__Host-portreeve-device=")).unwrap();
    Phone { cookie: format!("{}; {device}", again.cookies()), ..phone }
}

fn open(desk: &Desk) -> usize {
    desk.actor.read(|state| kernel::alert::open(&state.customer.alerts).count())
}

#[tokio::test]
async fn this_was_me_is_said_by_a_passkey_for_this_one_answer() {
    let desk = Desk::new().await;
    let phone = trusted(&desk).await;
    let (_, id) = insists(&desk.house, &desk.actor).await;
    // The program took its time: the phone has locked meanwhile.
    let again = desk.unlocks(&phone, phone.passkey.as_ref().unwrap()).await;
    let device = phone.cookie.split("; ").find(|one| one.starts_with("__Host-portreeve-device=")).unwrap().to_owned();
    let phone = Phone { cookie: format!("{}; {device}", again.cookies()), ..phone };
    assert!(desk.phone(&phone, "/m/").await.body.contains("An alert waits for your word."));
    let page = desk.phone(&phone, "/m/alerts").await;
    for words in ["bot", "refused again", "This was not me", "This was me"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let action = format!("/m/alerts/{id}/me");
    // Of another ceremony, and of no ceremony: not taken, and nothing is closed.
    let other = asked(&page, &action);
    let forged = signed(&desk.passkey, &other);
    let none = desk.taps(&phone, &action, &[("ceremony", ""), ("response", "")]).await;
    let elsewhere =
        desk.house.post(0, &action, &[("ceremony", &other.ceremony), ("response", &forged)], &desk.cookie).await;
    assert_eq!((none.status, open(&desk)), (401, 1), "{}", none.body);
    assert!(location(&elsewhere).starts_with("/m/sign-in"), "a session of the portal says nothing on the phone");
    let asked = asked(&desk.phone(&phone, "/m/alerts").await, &action);
    let response = signed(phone.passkey.as_ref().unwrap(), &asked);
    let fields = [("ceremony", asked.ceremony.as_str()), ("response", response.as_str())];
    let done = desk.taps(&phone, &action, &fields).await;
    assert_eq!((done.status, location(&done), open(&desk)), (303, "/m/alerts", 0), "{}", done.body);
    let again = desk.taps(&phone, &action, &fields).await;
    assert_eq!(again.status, 401, "a ceremony is answered once: {}", again.body);
    assert!(!desk.phone(&phone, "/m/").await.body.contains("An alert waits for your word."));
}

#[tokio::test]
async fn this_was_not_me_takes_one_tap_also_on_a_phone_that_is_new() {
    let desk = Desk::new().await;
    let (bot, id) = insists(&desk.house, &desk.actor).await;
    super::desk_code(&desk).await;
    let phone = desk.paired().await;
    let page = desk.phone(&phone, "/m/alerts").await.body;
    assert!(
        page.contains("confirmed less than a day ago") && !page.contains(&format!("/m/alerts/{id}/me\"")),
        "{page}"
    );
    let done = desk.taps(&phone, &format!("/m/alerts/{id}/not-me"), &[]).await;
    assert_eq!((done.status, location(&done), open(&desk)), (303, "/m/", 0), "{}", done.body);
    let state = desk.actor.read(|state| state.customer.credential(bot).unwrap().state);
    assert_eq!(state, State::Suspended);
    assert!(desk.phone(&phone, "/m/").await.body.contains("Open incidents"));
    let again = desk.taps(&phone, &format!("/m/alerts/{id}/not-me"), &[]).await;
    assert!(again.status == 409 && again.body.contains("alert_not_open"), "{}", again.body);
}
