//! A kill switch that acts although it could not be written down says so; what repeated execution disarmed is armed again.

use crate::house::House;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::money::Quantity;
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce};
use service::node::answer;
use venue::contract::{ContractQuery, Venue};

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

/// Control 10: the same order filled again and again stops its program, until a person has looked.
#[tokio::test]
async fn a_program_that_repeats_itself_is_armed_again_by_hand_and_in_the_move_window_only() {
    let house = House::new().await;
    house.node.pump();
    let maya = house.enrolled("maya").await;
    let limits = serde_json::json!({ "order_value": "1000", "day_value": "5000", "repeated_fills": 1 });
    let bot = house.bot(&maya.actor, limits, |wanted| wanted.allow = vec!["market".to_owned()]).await;
    let disarmed =
        || maya.actor.read(|state| state.standing.credentials.get(bot).is_some_and(|row| row.meter.disarmed.is_some()));
    let repeats = async |order_id: i32| {
        let place =
            Command::Place { client_ref: ClientRef { client_id: 1, order_id }, terms: apple(&house, &maya).await };
        answer(maya.actor.submit(Actor::Credential(bot), place)).await.unwrap();
        while maya.actor.read(|state| !state.book.orders.is_empty()) {
            tokio::task::yield_now().await;
        }
        house.clock.advance_ms(3_000);
    };
    repeats(1).await;
    let fields = [("level", "credential"), ("target", &bot.to_string())];
    let arm = async || {
        let done = house.post(0, "/release", &fields, &maya.cookie).await;
        let to = done.headers.get("location").unwrap_or_else(|| panic!("{}", done.body));
        (to.to_str().unwrap().split('?').next().unwrap().to_owned(), disarmed())
    };
    assert!(disarmed());
    let page = house.get("/limits", &maya.cookie).await;
    assert!(page.body.contains("bot, disarmed"), "{}", page.body);
    assert_eq!(arm().await, ("/limits".to_owned(), false));
    repeats(2).await;
    assert!(disarmed());
    house.clock.advance_ms(5 * 60_000);
    assert_eq!(arm().await, ("/step-up".to_owned(), true));
}

pub(crate) async fn apple(house: &House, maya: &crate::house::Owner) -> Terms {
    apple_in(house, &maya.actor).await
}

pub(crate) async fn apple_in(house: &House, actor: &service::actor::CustomerActor) -> Terms {
    let query = ContractQuery { symbol: "AAPL".to_owned(), currency: "USD".to_owned(), ..ContractQuery::default() };
    Terms {
        account: actor.read(|state| state.customer.accounts[0].id),
        instrument: house.venue.contracts(query, actor.now()).await.remove(0).instrument,
        side: Side::Buy,
        order_qty: Quantity::parse("1").unwrap(),
        kind: Kind::Market,
        time_in_force: TimeInForce::Day,
        outside_hours: false,
        label: String::new(),
        ties: kernel::ties::Ties::default(),
    }
}
