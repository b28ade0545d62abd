//! `/notices`: an address that answered, wishes, and what did not arrive; a code confirms the address and nothing else.

use crate::house::{Answer, House, Owner};
use kernel::notice::Group;
use service::words::notice::{ACTIVITY, APPROVALS, DEVICES};

const EMAIL: &str = "maya@example.com";

fn ceremony(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("name=\"ceremony\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn code(house: &House) -> String {
    let letters = house.mail.0.lock().unwrap();
    letters.last().unwrap().1.text[..6].to_owned()
}

async fn begins(house: &House, owner: &Owner, email: &str) -> Answer {
    house.post(1, "/notices/email/begin", &[("email", email)], &owner.cookie).await
}

async fn types(house: &House, owner: &Owner, ceremony: &str, code: &str) -> Answer {
    house.post(1, "/notices/email", &[("ceremony", ceremony), ("code", code)], &owner.cookie).await
}

fn has_email(owner: &Owner) -> bool {
    owner.actor.read(|state| state.customer.people.notices.contacts.iter().any(|one| one.email.is_some()))
}

#[tokio::test]
async fn an_address_is_told_from_when_its_code_came_back_and_is_shown_by_its_beginning() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    let asked = begins(&house, &maya, EMAIL).await;
    assert_eq!((asked.status, house.mail.0.lock().unwrap()[0].0.as_str()), (200, EMAIL));
    assert!(!has_email(&maya));
    let (named, code) = (ceremony(&asked), code(&house));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(types(&house, &maya, &named, wrong).await.status, 400);
    assert_eq!(types(&house, &maya, &named, &code).await.status, 303);
    assert!(has_email(&maya));
    assert_eq!(types(&house, &maya, &named, &code).await.status, 409, "a code is good once");
    let page = house.get("/notices", &maya.cookie).await;
    assert!(page.body.contains("m…@example.com") && !page.body.contains(EMAIL), "{}", page.plain());
    assert_eq!(house.post(1, "/notices/test", &[], &maya.cookie).await.status, 200);
    assert_eq!(house.mail.0.lock().unwrap().last().unwrap().1.subject, "A test of notices");
    assert_eq!(house.post(1, "/notices/email/remove", &[], &maya.cookie).await.status, 303);
    assert!(!has_email(&maya));
}

/// NI-12: e-mail is no second channel.
#[tokio::test]
async fn the_code_of_an_address_opens_no_other_door() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    let asked = begins(&house, &maya, EMAIL).await;
    let (named, code) = (ceremony(&asked), code(&house));
    let fields = [("ceremony", named.as_str()), ("code", code.as_str())];
    for door in ["/sign-in/sms/code", "/authenticators/sms"] {
        assert!(house.post(1, door, &fields, &maya.cookie).await.status >= 400, "{door}");
    }
    assert!(!has_email(&maya));
}

#[tokio::test]
async fn an_address_that_is_none_or_cannot_be_reached_is_refused_by_name_and_five_are_tried_in_an_hour() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    for email in ["maya", "maya@localhost", "maya@example.com\nBcc: x@example.com", ""] {
        let refused = begins(&house, &maya, email).await;
        assert_eq!(refused.status, 400, "{email}");
        assert!(refused.body.contains("email_malformed"), "{}", refused.plain());
    }
    let down = begins(&house, &maya, "down@example.com").await;
    assert!(down.status == 503 && !down.body.contains("down@"), "{}", down.plain());
    for n in 0..5 {
        let status = begins(&house, &maya, EMAIL).await.status;
        assert_eq!(status, if n < 4 { 200 } else { 429 });
    }
}

#[tokio::test]
async fn what_one_is_told_besides_security_is_ones_own_wish() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    let wants = |group| {
        maya.actor.read(|state| {
            let people = &state.customer.people;
            people.notices.wants(people.users[0].id, group)
        })
    };
    let set = async |group: &str, on: &str| {
        house.post(1, "/notices/group", &[("group", group), ("on", on)], &maya.cookie).await.status
    };
    assert_eq!((set("approvals", "no").await, set("fills", "yes").await), (303, 303));
    assert_eq!(Group::ALL.map(wants), [false, true]);
    assert!(set("security", "no").await >= 400);
    let stranger = house.post(1, "/notices/group", &[("group", "fills"), ("on", "no")], "").await;
    assert!(stranger.status >= 300 && wants(Group::Fills));
}

#[tokio::test]
async fn each_page_that_a_notice_leads_to_is_there() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    for page in [APPROVALS, ACTIVITY, DEVICES] {
        assert_eq!(house.get(page, &maya.cookie).await.status, 200, "{page}");
    }
}
