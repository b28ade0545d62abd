//! How a phone is paired, and by whom it is not.

use super::{Desk, MINUTE, Phone, asked, desk_code, location};
use crate::house::passkey::{created, signed};

/// NI-22: shown to whoever is signed in, in the move window; used in the append that lets the phone in.
#[tokio::test]
async fn a_phone_is_paired_by_the_link_once_and_the_desk_sees_which_it_was() {
    let desk = Desk::new().await;
    let code = desk.code().await;
    assert!(code.len() >= 22, "{code}");
    assert!(desk.get("/devices/pair").await.body.contains(&code), "looked at again it is another");
    let (done, _) = desk.makes(&code).await;
    assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
    let phone = Phone { cookie: done.cookies(), passkey: None };
    let first = desk.phone(&phone, "/m/").await;
    assert!(first.body.contains("Waiting for you") && first.body.contains("action=\"/m/kill\""), "{}", first.body);
    let page = desk.get("/devices/pair").await;
    assert!(page.body.contains("Paired: A browser") && page.body.contains("This was not me"), "{}", page.body);
    assert!(!page.body.contains(&code), "the link is still there");
    let again = desk.scanned(&code).await;
    assert_eq!(again.status, 403, "{}", again.body);
    let journal = desk.get("/activity").await;
    assert!(journal.body.contains("the link to pair a phone was used") && !journal.body.contains(&code));
}

#[tokio::test]
async fn a_passkey_that_is_there_already_pairs_too_and_nobody_elses_does() {
    let desk = Desk::new().await;
    let code = desk.code().await;
    let page = desk.scanned(&code).await;
    let asked = asked(&page, "/m/pair/shown");
    let stranger = created(&super::asked(&page, "/m/pair/made")).1;
    let send = async |response: &str| {
        let fields = [("code", code.as_str()), ("ceremony", &asked.ceremony), ("response", response)];
        desk.house.post(7, "/m/pair/shown", &fields, "").await
    };
    let no = send(&signed(&stranger, &asked)).await;
    assert_eq!((no.status, no.cookies()), (400, String::new()), "{}", no.body);
    let done = send(&signed(&desk.passkey, &asked)).await;
    assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
    let keys = desk.actor.read(|state| state.customer.people.authenticators.len());
    assert_eq!(keys, 1, "no passkey was bound");
}

#[tokio::test]
async fn what_a_sign_in_asked_for_pairs_no_phone_and_another_links_ceremony_neither() {
    let desk = Desk::new().await;
    let page = desk.house.get("/m/sign-in", "").await;
    let theirs = asked(&page, "/m/sign-in");
    let first = desk.code().await;
    let old = asked(&desk.scanned(&first).await, "/m/pair/shown");
    let code = desk.code().await;
    for asked in [theirs, old] {
        let response = signed(&desk.passkey, &asked);
        let fields = [("code", code.as_str()), ("ceremony", asked.ceremony.as_str()), ("response", &response)];
        let no = desk.house.post(7, "/m/pair/shown", &fields, "").await;
        assert_eq!((no.status, no.cookies()), (400, String::new()), "{}", no.body);
    }
}

/// Wrong, used, too old, of a session that is over, and none: the same bytes; guesses are delayed where they come from.
#[tokio::test]
async fn every_link_that_opens_nothing_is_answered_alike_and_guesses_are_throttled() {
    let desk = Desk::new().await;
    let used = desk.code().await;
    desk.makes(&used).await;
    let replaced = desk.code().await;
    let late = desk.code().await;
    desk.house.clock.advance_ms(10 * MINUTE);
    let mut answers = Vec::new();
    for (n, code) in (20..).zip([used.as_str(), &replaced, &late, "x", "", &"A".repeat(43)]) {
        let answer = desk.house.post(n, "/m/pair", &[("code", code)], "").await;
        assert_eq!(answer.status, 403, "{code}: {}", answer.body);
        answers.push(answer.plain());
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]));
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(desk.house.post(30, "/m/pair", &[("code", &"B".repeat(43))], "").await.status);
    }
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429, 429]);
    // Elsewhere the real one is taken all the same: nobody keeps a phone out by guessing.
    let code = desk_code(&desk).await;
    assert_eq!(desk.house.post(30, "/m/pair", &[("code", &code)], "").await.status, 429);
    assert_eq!(desk.scanned(&code).await.status, 200);
}

#[tokio::test]
async fn an_owner_who_says_that_it_was_somebody_else_puts_the_phone_and_its_passkey_out() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let page = desk.get("/devices/pair").await;
    let not_me = page.between("action=\"/devices/dev_", "/not-me\"").pop().unwrap();
    let done = desk.post(&format!("/devices/dev_{not_me}/not-me"), &[]).await;
    assert!(location(&done).starts_with("/incidents/"), "{} {}", done.status, done.body);
    let out = desk.taps(&phone, "/m/kill", &[("stops", "keep")]).await;
    assert_eq!(location(&out), "/m/sign-in?reason=ended");
    let fresh = Phone { cookie: String::new(), passkey: None };
    assert_eq!(desk.unlocks(&fresh, phone.passkey.as_ref().unwrap()).await.status, 401);
    let active = desk.actor.read(|state| {
        let all = state.customer.people.authenticators.iter();
        all.filter(|one| one.state == kernel::authenticator::State::Active).count()
    });
    assert_eq!(active, 1, "the passkey that was made there still signs in");
}

/// One browser is one device: what is asked in one of its sessions is not signed "on another" in the other.
#[tokio::test]
async fn the_browser_that_shows_the_link_is_refused_and_what_another_browser_was_before_goes() {
    let desk = Desk::new().await;
    let makes = async |code: &str, cookie: &str| {
        let page = desk.scanned(code).await;
        assert!(page.body.contains("<strong>maya</strong>"), "whom it lets in: {}", page.body);
        let asked = asked(&page, "/m/pair/made");
        let fields = [("code", code), ("ceremony", asked.ceremony.as_str()), ("response", &created(&asked).0)];
        desk.house.post(7, "/m/pair/made", &fields, cookie).await
    };
    let code = desk.code().await;
    let no = makes(&code, &desk.cookie).await;
    assert!(no.status == 403 && no.body.contains("pairing_same_device"), "{} {}", no.status, no.body);
    let phone = desk.paired().await;
    let done = makes(&desk.code().await, &phone.cookie).await;
    assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
    assert!(desk.phone(&phone, "/m/").await.body.contains("This phone was wiped"), "what it was is still there");
    let again = Phone { cookie: done.cookies(), passkey: None };
    assert_eq!(desk.phone(&again, "/m/").await.status, 200);
}

#[tokio::test]
async fn a_link_is_drawn_only_while_the_move_window_is_open() {
    let desk = Desk::new().await;
    let code = desk.code().await;
    desk.house.clock.advance_ms(5 * MINUTE - 1);
    assert!(desk.get("/devices/pair").await.body.contains(&code));
    desk.house.clock.advance_ms(1);
    assert!(!desk.get("/devices/pair").await.body.contains(&code));
}

#[tokio::test]
async fn where_five_are_trusted_the_desk_says_whose_place_the_phone_takes() {
    let desk = Desk::new().await;
    for _ in 0..4 {
        desk.paired().await;
    }
    let full = desk.post("/devices/pair", &[]).await;
    assert!(full.status == 403 && full.body.contains("too_many_devices"), "{}", full.body);
    let choices = full.between("name=\"replace\" value=\"", "\"");
    assert_eq!(choices.len(), 4, "the desk itself stays");
    let shown = desk.post("/devices/pair", &[("replace", &choices[0])]).await;
    assert_eq!(location(&shown), "/devices/pair", "{}", shown.body);
    let page = desk.get("/devices/pair").await;
    let code = page.between("/m/pair#", "<").pop().unwrap();
    let (done, _) = desk.makes(&code).await;
    assert_eq!(location(&done), "/m/", "{}", done.body);
    assert!(desk.get("/devices").await.body.contains("5 of 5 trusted"));
}
