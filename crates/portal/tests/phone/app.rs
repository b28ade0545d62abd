//! What a phone that was paired may do, when it locks, and how it ends.

use super::{Desk, MINUTE, Phone, asked, desk_code, location};
use crate::house::Answer;
use crate::house::passkey::{created, signed};
use axum::http::Request;

/// A browser may hold both sessions: neither cookie stands in for the other, under its own name or the other's.
#[tokio::test]
async fn a_phones_session_opens_no_page_of_the_portal_and_the_portals_none_of_the_phone() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    assert!(phone.cookie.starts_with("__Host-portreeve-m="), "{}", phone.cookie);
    let as_portal = phone.cookie.replace("__Host-portreeve-m=", "__Host-portreeve=");
    let as_phone = desk.cookie.replace("__Host-portreeve=", "__Host-portreeve-m=");
    for path in ["/", "/devices", "/approvals", "/orders", "/live"] {
        for cookie in [&phone.cookie, &as_portal] {
            let page = desk.house.get(path, cookie).await;
            assert_eq!((page.status, location(&page).starts_with("/sign-in")), (303, true), "{path}: {}", page.body);
        }
    }
    for path in ["/m/", "/m/settings", "/m/positions", "/m/alerts", "/m/live"] {
        for cookie in [&desk.cookie, &as_phone] {
            let page = desk.house.get(path, cookie).await;
            assert_eq!((page.status, location(&page).starts_with("/m/sign-in")), (303, true), "{path}: {}", page.body);
        }
    }
    for (path, cookie) in [("/kill", &as_portal), ("/m/kill", &as_phone)] {
        let fields = [("stops", "keep")];
        assert_eq!(desk.house.post(0, path, &fields, cookie).await.status, 303);
        assert!(desk.actor.read(|state| state.customer.kills.is_empty()), "{path}");
    }
    let both = format!("{}; {}", desk.cookie, phone.cookie.split("; ").next().unwrap());
    assert_eq!(desk.house.get("/", &both).await.status, 200);
    assert_eq!(desk.house.get("/m/", &both).await.status, 200);
}

/// design/rules.md, Sessions: idle 5 minutes, absolute 12 hours; a page that reads itself anew keeps nobody signed in.
#[tokio::test]
async fn a_phone_locks_after_five_minutes_and_after_twelve_hours_and_is_unlocked_by_a_passkey_only() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    desk.house.clock.advance_ms(4 * MINUTE);
    let by_itself = Request::get("/m/").header("cookie", &phone.cookie).header("sec-fetch-dest", "empty");
    assert_eq!(desk.house.send(7, by_itself, String::new()).await.status, 200);
    desk.house.clock.advance_ms(MINUTE);
    let locked = desk.phone(&phone, "/m/").await;
    assert_eq!((locked.status, location(&locked)), (303, "/m/sign-in?reason=idle"));
    let refused = desk.taps(&phone, "/m/kill", &[("stops", "keep")]).await;
    assert_eq!(location(&refused), "/m/sign-in?reason=idle", "a locked phone does nothing");
    let passkey = phone.passkey.as_ref().unwrap();
    let stranger = created(&asked(&desk.scanned(&desk_code(&desk).await).await, "/m/pair/made")).1;
    assert_eq!(desk.unlocks(&phone, &stranger).await.status, 401);
    let done = desk.unlocks(&phone, passkey).await;
    assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
    let session = done.cookies().split("; ").find(|one| one.starts_with("__Host-portreeve-m=")).unwrap().to_owned();
    for _ in 0..(12 * 15) {
        desk.house.clock.advance_ms(4 * MINUTE - 1);
        assert_eq!(desk.house.get("/m/", &session).await.status, 200);
    }
    desk.house.clock.advance_ms(MINUTE);
    let over = desk.house.get("/m/", &session).await;
    assert_eq!((over.status, location(&over)), (303, "/m/sign-in?reason=expired"));
}

/// A service worker passes a navigation on with nothing but its mode to say so.
#[tokio::test]
async fn whoever_opens_pages_through_the_service_worker_stays_signed_in() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    for _ in 0..3 {
        desk.house.clock.advance_ms(4 * MINUTE);
        let opened = Request::get("/m/").header("cookie", &phone.cookie).header("sec-fetch-dest", "empty");
        let page = desk.house.send(7, opened.header("sec-fetch-mode", "navigate"), String::new()).await;
        assert_eq!(page.status, 200, "{}", location(&page));
    }
}

#[tokio::test]
async fn a_passkey_alone_signs_in_on_no_phone_that_was_not_paired_and_the_answer_tells_nobody_which_it_was() {
    let desk = Desk::new().await;
    let stranger = created(&asked(&desk.scanned(&desk.code().await).await, "/m/pair/made")).1;
    let nowhere = Phone { cookie: String::new(), passkey: None };
    let (unknown, unpaired) = (desk.unlocks(&nowhere, &stranger).await, desk.unlocks(&nowhere, &desk.passkey).await);
    assert_eq!((unknown.status, unpaired.status), (401, 401));
    assert_eq!(unknown.plain(), unpaired.plain());
    assert_eq!(desk.actor.read(|state| state.customer.people.devices.len()), 1, "nothing waits to be confirmed");
}

#[tokio::test]
async fn what_waits_is_approved_and_refused_on_a_phone_and_is_void_or_over_there_too() {
    let desk = Desk::new().await;
    let bot = desk.bot().await;
    let phone = desk.paired().await;
    let passkey = phone.passkey.as_ref().unwrap();
    let approve = async |path: &str, page: &Answer| {
        let asked = asked(page, &format!("{path}/approve"));
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(passkey, &asked))];
        desk.taps(&phone, &format!("{path}/approve"), &fields).await
    };
    let path = desk.held(bot, 1, "10").await;
    let first = desk.phone(&phone, "/m/").await;
    for word in ["Buy 10 AAPL", "2,270", "bot", &path] {
        assert!(first.body.contains(word), "no {word}: {}", first.body);
    }
    let page = desk.phone(&phone, &path).await;
    assert!(page.body.contains("Exactly this will happen"), "{}", page.body);
    let done = approve(&path, &page).await;
    assert_eq!((done.status, location(&done)), (303, path.as_str()), "{}", done.body);
    assert!(desk.phone(&phone, &path).await.body.contains("approved"));
    // Signed, and sent again: once is once.
    assert_eq!(approve(&path, &page).await.status, 200);

    let path = desk.held(bot, 2, "11").await;
    let done = desk.taps(&phone, &format!("{path}/refuse"), &[]).await;
    assert_eq!((done.status, location(&done), desk.waiting()), (303, "/m/", 0), "{}", done.body);

    // A change of the order asks anew: what was signed is for nothing.
    let path = desk.held(bot, 3, "12").await;
    let page = desk.phone(&phone, &path).await;
    desk.places(bot, 3, "13").await;
    let done = approve(&path, &page).await;
    assert!(done.status != 303 && done.body.contains("approval_not_pending"), "{} {}", done.status, done.body);

    // Without an answer it is refused, to the second.
    desk.house.clock.advance_ms(60_000);
    let path = desk.held(bot, 4, "14").await;
    let page = desk.phone(&phone, &path).await;
    desk.house.clock.advance_ms(120_000);
    let done = approve(&path, &page).await;
    assert!(done.status != 303 && done.body.contains("approval_not_pending"), "{} {}", done.status, done.body);
}

#[tokio::test]
async fn this_was_not_me_on_a_phone_stops_the_program_and_the_first_screen_says_so() {
    let desk = Desk::new().await;
    let bot = desk.bot().await;
    let phone = desk.paired().await;
    let path = desk.held(bot, 1, "10").await;
    let done = desk.taps(&phone, &format!("{path}/not-me"), &[]).await;
    assert_eq!((done.status, location(&done), desk.waiting()), (303, "/m/", 0), "{}", done.body);
    let first = desk.phone(&phone, "/m/").await;
    assert!(first.body.contains("Kill switch engaged: API credential bot"), "{}", first.body);
    assert!(first.body.contains("Open incidents") && first.body.contains("Nothing waits"), "{}", first.body);
}

#[tokio::test]
async fn everything_is_stopped_by_one_press_and_the_phone_cannot_release_it() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let done = desk.taps(&phone, "/m/kill", &[("stops", "keep")]).await;
    assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
    let first = desk.phone(&phone, "/m/").await;
    assert!(first.body.contains("Everything is stopped") && !first.body.contains("data-hold"), "{}", first.body);
    assert!(!first.body.contains("/release"), "{}", first.body);
}

#[tokio::test]
async fn a_phone_that_was_unbound_is_wiped_at_its_next_contact_and_shown_the_receipt_once() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let id = desk.actor.read(|state| state.customer.people.devices.last().unwrap().id);
    assert_eq!(desk.post(&format!("/devices/{id}/wipe"), &[]).await.status, 303);
    // What its app sends by itself leads to the page; the page is the contact.
    let sent = desk.taps(&phone, "/m/kill", &[("stops", "keep")]).await;
    assert_eq!((location(&sent), sent.headers.get("clear-site-data")), ("/m/sign-in?reason=device", None));
    let asks = |mode: &str| {
        let from = Request::get("/m/").header("cookie", &phone.cookie).header("sec-fetch-dest", "empty");
        from.header("sec-fetch-mode", mode)
    };
    let fetched = desk.house.send(7, asks("cors"), String::new()).await;
    assert_eq!(location(&fetched), "/m/sign-in?reason=device", "what a page fetches by itself");
    let passed_on = desk.house.send(7, asks("navigate"), String::new()).await;
    assert!(passed_on.body.contains("This phone was wiped"), "through its service worker: {}", passed_on.body);
    let wiped = desk.phone(&phone, "/m/").await;
    assert_eq!(wiped.status, 200);
    for word in ["This phone was wiped", "the owner", "Its service worker", "data-wipe"] {
        assert!(wiped.body.contains(word), "no {word}: {}", wiped.body);
    }
    assert_eq!(wiped.headers["clear-site-data"], "\"cache\", \"storage\"");
    let cleared = wiped.cookies();
    for name in ["__Host-portreeve-m=", "__Host-portreeve-device=", "__Host-portreeve="] {
        assert!(cleared.contains(name), "{cleared}");
    }
    let once = desk.house.get("/m/", "").await;
    assert_eq!((once.status, location(&once)), (303, "/m/sign-in"));
}

/// The shell is style, scripts, icons and the page for being offline: no page of anyone, and no data.
#[tokio::test]
async fn the_worker_keeps_the_shell_only_and_only_the_app_may_have_one() {
    let desk = Desk::new().await;
    let worker = desk.house.get("/m/sw.js", "").await;
    let kept = worker.between("\"kept\":[", "]").remove(0);
    for path in kept.split(',').map(|one| one.trim_matches('"')) {
        assert!(path.starts_with("/assets/"), "{path}");
        assert!(portal::asset::find(path).is_some(), "{path}");
    }
    let policy = |answer: &Answer| answer.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy(&desk.house.get("/m/sign-in", "").await).ends_with("worker-src 'self'"));
    for path in ["/", "/sign-in", "/origins"] {
        assert!(!policy(&desk.get(path).await).contains("worker-src"), "{path}");
    }
    let manifest = desk.house.get("/m/manifest.webmanifest", "").await;
    let manifest: serde_json::Value = serde_json::from_str(&manifest.body).unwrap();
    assert_eq!((manifest["scope"].as_str(), manifest["start_url"].as_str()), (Some("/m/"), Some("/m/")));
    for icon in manifest["icons"].as_array().unwrap() {
        assert!(portal::asset::find(icon["src"].as_str().unwrap()).is_some(), "{icon}");
    }
}

#[tokio::test]
async fn a_phone_unbinds_other_devices_and_itself_and_signs_out() {
    let desk = Desk::new().await;
    let one = desk.paired().await;
    desk.house.clock.advance_ms(1);
    let other = desk.paired().await;
    // For a day it unbinds what came later, and not the desk that was there before it.
    let first = desk.actor.read(|state| state.customer.people.devices[0].id);
    let no = desk.taps(&one, &format!("/m/devices/{first}/revoke"), &[]).await;
    assert!(no.status == 403 && no.body.contains("device_too_new"), "{} {}", no.status, no.body);
    let settings = desk.phone(&one, "/m/settings").await;
    let listed = settings.between("action=\"/m/devices/", "/revoke\"");
    assert_eq!(listed.len(), 3, "{}", settings.body);
    let last = desk.actor.read(|state| state.customer.people.devices.last().unwrap().id);
    let done = desk.taps(&one, &format!("/m/devices/{last}/revoke"), &[]).await;
    assert_eq!(location(&done), "/m/settings", "{}", done.body);
    assert!(desk.phone(&other, "/m/").await.body.contains("This phone was wiped"));
    let out = desk.taps(&one, "/m/sign-out", &[]).await;
    assert_eq!(location(&out), "/m/sign-in?reason=out");
    assert_eq!(location(&desk.phone(&one, "/m/").await), "/m/sign-in?reason=ended");
    let again = desk.unlocks(&one, one.passkey.as_ref().unwrap()).await;
    let one = Phone { cookie: format!("{}; {}", again.cookies(), one.cookie.split("; ").nth(1).unwrap()), ..one };
    let own = desk.actor.read(|state| state.customer.people.sessions.last().unwrap().device);
    let gone = desk.taps(&one, &format!("/m/devices/{own}/revoke"), &[]).await;
    assert_eq!(location(&gone), "/m/");
    assert!(desk.phone(&one, "/m/").await.body.contains("This phone was wiped"));
}
