//! Passkey ceremonies: reading a page costs the server nothing, and each is answered once, where it was begun.

use crate::house::passkey::{asked, signed};
use crate::house::{Answer, House};

async fn answer(house: &House, path: &str, ceremony: &str, response: &str, cookie: &str) -> Answer {
    house.post(0, path, &[("ceremony", ceremony), ("response", response)], cookie).await
}

/// More than were kept in memory once.
#[tokio::test]
async fn however_often_strangers_read_the_sign_in_page_it_still_offers_a_passkey_and_takes_it() {
    let house = House::new().await;
    let (cookies, passkey) = house.by_link("maya").await;
    let first = house.get("/sign-in", "").await;
    for _ in 0..4_200 {
        house.get_from(9, "/sign-in", "").await;
    }
    for page in [first, house.get("/sign-in", "").await] {
        let asked = asked(&page);
        let response = signed(&passkey, &asked);
        let cookie = format!("{cookies}; {}", page.cookies());
        let done = answer(&house, "/sign-in/passkey", &asked.ceremony, &response, &cookie).await;
        assert_eq!((done.status, done.headers["location"].to_str().unwrap()), (303, "/"), "{}", done.body);
    }
}

#[tokio::test]
async fn an_answer_is_taken_once_and_only_from_the_browser_and_for_the_purpose_it_was_begun_for() {
    let house = House::new().await;
    let (cookies, passkey) = house.by_link("maya").await;
    let page = house.get("/sign-in", "").await;
    let begun = asked(&page);
    let response = signed(&passkey, &begun);
    let here = format!("{cookies}; {}", page.cookies());
    let elsewhere = format!("{cookies}; {}", house.get("/sign-in", "").await.cookies());
    let sign_in =
        async |cookie: &str| answer(&house, "/sign-in/passkey", &begun.ceremony, &response, cookie).await.status;
    // From another browser, or from one that shows nothing: and that takes nothing from the one it was begun in.
    assert_eq!((sign_in(&elsewhere).await, sign_in(&cookies).await), (401, 401));
    let step_up = answer(&house, "/step-up", &begun.ceremony, &response, &here).await;
    assert_eq!(step_up.status, 401, "a sign-in steps up");
    assert_eq!(sign_in(&here).await, 303);
    assert_eq!(sign_in(&here).await, 401, "the same answer again");
    let stepping = asked(&house.get("/step-up", &cookies).await);
    let response = signed(&passkey, &stepping);
    let wrong = answer(&house, "/sign-in/passkey", &stepping.ceremony, &response, &here).await;
    assert_eq!(wrong.status, 401, "a step-up signs in");
    let right = answer(&house, "/step-up", &stepping.ceremony, &response, &cookies).await;
    assert_eq!(right.status, 303, "{}", right.body);
    assert_eq!(answer(&house, "/step-up", &stepping.ceremony, &response, &cookies).await.status, 401);
}

#[tokio::test]
async fn a_second_window_of_a_browser_does_not_void_what_the_first_began() {
    let house = House::new().await;
    let (cookies, passkey) = house.by_link("maya").await;
    let first = house.get("/sign-in", "").await;
    let begun = asked(&first);
    let second = house.get("/sign-in", &first.cookies()).await;
    assert_eq!(second.cookies(), first.cookies());
    let response = signed(&passkey, &begun);
    let cookie = format!("{cookies}; {}", second.cookies());
    assert_eq!(answer(&house, "/sign-in/passkey", &begun.ceremony, &response, &cookie).await.status, 303);
}
