//! A new device where five are trusted already, and the codes without which the only one is all there is.

use crate::house::{Answer, House, Owner};

const PASSWORD: &str = "seven quiet herons at dusk";

/// A browser that has shown name, password and code, and waits to be confirmed.
async fn newcomer(house: &House, maya: &Owner) -> String {
    house.clock.advance_ms(30_000);
    let answer = house.sign_in(9, "maya", PASSWORD, &house.code(maya)).await;
    assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (303, "/device"), "{}", answer.body);
    answer.cookies()
}

/// The page on which the owner is asked about the device that waits.
async fn asked(house: &House, maya: &Owner) -> Answer {
    let list = house.get("/devices", &maya.cookie).await;
    let waits = list.between("<a class=\"button go\" href=\"/devices/", "\"").pop();
    let waits = waits.unwrap_or_else(|| panic!("nothing waits: {}", list.body));
    house.get(&format!("/devices/{waits}"), &maya.cookie).await
}

fn code(page: &Answer) -> String {
    page.between("<span class=\"secret\">", "<").pop().unwrap_or_else(|| panic!("no code: {}", page.body))
}

fn choices(page: &Answer) -> Vec<String> {
    page.between("name=\"replace\" value=\"", "\"")
}

async fn type_code(house: &House, cookie: &str, code: &str) -> Answer {
    house.post(9, "/device", &[("code", code)], cookie).await
}

/// The owner's own, and four more that were confirmed with a code each.
async fn five_trusted(house: &House, maya: &Owner) {
    for _ in 0..4 {
        let cookie = newcomer(house, maya).await;
        let answer = type_code(house, &cookie, &code(&asked(house, maya).await)).await;
        assert_eq!((answer.status, &answer.headers["location"]), (303, &"/".parse().unwrap()), "{}", answer.body);
    }
}

async fn recovery_codes(house: &House, maya: &Owner) -> Vec<String> {
    let page = house.post(1, "/authenticators/codes", &[], &maya.cookie).await;
    let codes = page.between("<ol class=\"codes\">", "</ol>").pop().unwrap_or_else(|| panic!("{}", page.body));
    codes.split("<li>").skip(1).filter_map(|one| one.split('<').next()).map(str::to_owned).collect()
}

async fn where_is(house: &House, cookie: &str) -> String {
    let answer = house.get("/", cookie).await;
    answer.headers.get("location").map_or_else(String::new, |place| place.to_str().unwrap().to_owned())
}

/// design/rules.md, Devices: the sixth asks which to replace, whatever confirms it.
#[tokio::test]
async fn the_sixth_device_asks_which_it_replaces_after_a_code_and_after_a_recovery_code() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    let recovery = recovery_codes(&house, &maya).await;
    assert_eq!(recovery.len(), 10);
    five_trusted(&house, &maya).await;
    for by_recovery in [false, true] {
        let sixth = newcomer(&house, &maya).await;
        let before = house.get("/device", &sixth).await;
        assert!(choices(&before).is_empty(), "which devices there are is told before any code");
        let shown = asked(&house, &maya).await;
        assert_eq!(choices(&shown).len(), 5);
        let right = if by_recovery { recovery[0].clone() } else { code(&shown) };
        let page = type_code(&house, &sixth, &right).await;
        assert_eq!((page.status, choices(&page).len()), (200, 5), "{}", page.body);
        assert_eq!(where_is(&house, &sixth).await, "/device", "it came in without a choice");
        // Looked at again the question is still there; a device of nobody's is no answer to it.
        assert_eq!(choices(&house.get("/device", &sixth).await).len(), 5);
        let nobody = house.post(9, "/device", &[("replace", "dev_00000000000000000000000000")], &sixth).await;
        assert_eq!((nobody.status, choices(&nobody).len()), (200, 5));
        let leaves = choices(&page).pop().unwrap();
        let done = house.post(9, "/device", &[("replace", &leaves)], &sixth).await;
        assert_eq!((done.status, &done.headers["location"]), (303, &"/".parse().unwrap()), "{}", done.body);
        assert_eq!(where_is(&house, &sixth).await, "");
        let devices = house.get("/devices", &maya.cookie).await;
        assert!(devices.body.contains("5 of 5 trusted"), "{}", devices.body);
    }
}

#[tokio::test]
async fn whose_place_it_takes_is_no_answer_where_no_code_was_right() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    five_trusted(&house, &maya).await;
    let shown = asked_after(&house, &maya).await;
    let (sixth, leaves) = (shown.0, choices(&shown.1).pop().unwrap());
    for fields in [vec![("replace", leaves.as_str())], vec![("code", "0000-0000"), ("replace", leaves.as_str())]] {
        let page = house.post(9, "/device", &fields, &sixth).await;
        assert_eq!(page.status, 403, "{}", page.body);
        assert!(page.body.contains("device_code_void") && choices(&page).is_empty(), "{}", page.body);
    }
    assert_eq!(where_is(&house, &sixth).await, "/device");
}

async fn asked_after(house: &House, maya: &Owner) -> (String, Answer) {
    let sixth = newcomer(house, maya).await;
    (sixth, asked(house, maya).await)
}

/// Losing the only trusted device locks an owner out who has no recovery codes: it is said until there are some.
#[tokio::test]
async fn enrolment_ends_with_recovery_codes_and_home_asks_for_them_until_there_are_some() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    let done = house.get("/enrolled", &maya.cookie).await;
    assert!(done.body.contains("action=\"/authenticators/codes\""), "{}", done.body);
    assert!(done.body.contains("What skipping costs"), "{}", done.body);
    let home = |cookie: String| {
        let house = &house;
        async move { house.get("/", &cookie).await.body }
    };
    assert!(home(maya.cookie.clone()).await.contains("there are no recovery codes"));
    assert_eq!(recovery_codes(&house, &maya).await.len(), 10);
    assert!(!home(maya.cookie.clone()).await.contains("there are no recovery codes"));
}
