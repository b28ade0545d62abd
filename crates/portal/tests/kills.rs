//! A kill switch that acts although it could not be written down is shown as engaged, and says so.

use crate::house::House;

#[tokio::test]
async fn a_kill_that_acts_and_is_not_recorded_is_on_every_page_and_cannot_be_released() {
    let house = House::new().await;
    let maya = house.enrolled("maya").await;
    let before = house.get("/limits", &maya.cookie).await;
    assert!(!before.body.contains("not recorded"), "{}", before.body);
    house.disk_is_full();
    let fields = [("level", "customer"), ("target", ""), ("stops", "keep"), ("next", "/")];
    let killed = house.post(0, "/kill", &fields, &maya.cookie).await;
    assert!(killed.status == 303 || killed.status == 503, "{} {}", killed.status, killed.body);
    let after = house.get("/limits", &maya.cookie).await;
    assert!(after.body.contains("it acts, but is not recorded yet"), "{}", after.body);
    assert!(!after.body.contains("action=\"/release\""), "it can be released: {}", after.body);
    for page in ["/", "/orders", "/activity"] {
        let shown = house.get(page, &maya.cookie).await;
        assert!(shown.body.contains("ngaged"), "{page}: {}", shown.body);
    }
}
