//! Two browsers that change the limits of one API credential at once: the second is told, and what it typed stays.

use crate::house::{Answer, House, Owner};

async fn trader(house: &House, maya: &Owner) -> String {
    let limits = serde_json::json!({ "order_value": "1000", "day_value": "5000", "day_count": 50 });
    format!("/credentials/{}", house.bot(&maya.actor, limits, |_| {}).await)
}

fn read(page: &Answer) -> String {
    page.between("name=\"read\" value=\"", "\"").pop().unwrap_or_else(|| panic!("{}", page.body))
}

#[tokio::test]
async fn the_later_of_two_changes_is_refused_and_keeps_what_was_typed() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    let path = trader(&house, &maya).await;
    let seen = read(&house.get(&path, &maya.cookie).await);
    let change = async |control: &str, value: &str, read: &str| {
        let fields = [("control", control), ("value", value), ("read", read)];
        house.post(0, &format!("{path}/limit"), &fields, &maya.cookie).await
    };
    assert_eq!(change("day_value", "4,000", &seen).await.status, 303);
    let late = change("day_value", "4,500", &seen).await;
    assert_eq!(late.status, 409);
    assert!(late.body.contains("changed_meanwhile") && late.body.contains("value=\"4,500\""), "{}", late.body);
    assert!(late.body.contains("value a day, now 4,000"), "{}", late.body);
    let again = change("day_value", "3,500", &read(&late)).await;
    assert_eq!(again.status, 303, "{}", again.body);
    let told = house.get(&path, &maya.cookie).await;
    assert!(told.body.contains("value a day, now 3,500"), "{}", told.body);
    // Without what was read it is not a form of ours.
    let bare = house.post(0, &format!("{path}/limit"), &[("control", "day_value"), ("value", "1")], &maya.cookie).await;
    assert_eq!(bare.status, 422);
}
