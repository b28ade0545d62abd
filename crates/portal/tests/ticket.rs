//! The ticket's form: what it sends, what it keeps, and that one form sends one order.

use crate::house::{House, Owner, START};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::guard::Limits;
use kernel::id::FormId;
use kernel::instrument::{AssetClass, Selector};
use kernel::money::{Amount, Currency};
use kernel::ticket::Stated;
use service::Clock;
use service::node::answer;

async fn desk() -> (House, Owner) {
    let house = House::new().await;
    let owner = house.enrolled("maya").await;
    let (number, base_currency) = ("DU0000001".to_owned(), Currency::parse("USD").unwrap());
    answer(owner.actor.submit(Actor::House, Command::OpenAccount { number, base_currency, live: false }))
        .await
        .unwrap();
    (house, owner)
}

/// With limits that are wide enough for what follows.
async fn stated(owner: &Owner) {
    answer(owner.actor.submit(owner.by, Command::OpenTicket)).await.unwrap();
    let Actor::User { user, .. } = owner.by else { panic!("no user") };
    let id = owner.actor.read(|state| state.customer.ticket(user).unwrap().id);
    let amount = |text| Some(Amount::parse(text).unwrap());
    let stated = Stated {
        limits: Limits { order_value: amount("10000000"), day_value: amount("10000000"), ..Limits::default() },
        instruments: vec![Selector::Class(AssetClass::Stock)],
        expires_at: Some(START.plus_ms(86_400_000)),
        ..Stated::default()
    };
    answer(owner.actor.submit(Actor::House, Command::SetTicket { id, stated, read: None })).await.unwrap();
}

fn key(n: u128) -> String {
    FormId::new(START.0, n).to_string()
}

fn order<'a>(key: &'a str, quantity: &'a str, price: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("key", key),
        ("account", "DU0000001"),
        ("instrument", "AAPL/USD"),
        ("side", "buy"),
        ("type", "limit"),
        ("quantity", quantity),
        ("price", price),
        ("stop", ""),
    ]
}

fn orders(owner: &Owner) -> Vec<String> {
    owner.actor.read(|state| state.book.orders.values().map(|one| one.terms.order_qty.to_string()).collect())
}

#[tokio::test]
async fn before_limits_are_stated_a_purchase_is_refused_by_name_and_what_was_typed_is_kept() {
    let (house, owner) = desk().await;
    let key = key(1);
    let answer = house.post(1, "/ticket", &order(&key, "7", "123.45"), &owner.cookie).await;
    assert_eq!(answer.status, 409);
    for told in ["guard", "ticket_close_only", "no limits are stated for it", "value=\"7\"", "value=\"123.45\""] {
        assert!(answer.body.contains(told), "no {told}");
    }
    assert!(!answer.body.contains(&key), "the page that answers has a form of its own");
    assert_eq!(orders(&owner), Vec::<String>::new());
}

#[tokio::test]
async fn one_form_sends_one_order_whatever_is_typed_into_it_the_second_time() {
    let (house, owner) = desk().await;
    stated(&owner).await;
    let key = key(1);
    let first = house.post(1, "/ticket", &order(&key, "3", "1.00"), &owner.cookie).await;
    assert_eq!(first.status, 303, "{}", first.body);
    let to = first.headers["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/orders/ord_"), "{to}");
    for quantity in ["3", "9"] {
        let again = house.post(1, "/ticket", &order(&key, quantity, "1.00"), &owner.cookie).await;
        assert_eq!((again.status, again.headers["location"].to_str().unwrap()), (303, to.as_str()));
    }
    assert_eq!(orders(&owner), ["3"]);
}

#[tokio::test]
async fn what_no_order_can_be_made_of_is_told_and_sends_nothing() {
    let (house, owner) = desk().await;
    stated(&owner).await;
    let key = key(1);
    for (name, value, code) in [
        ("quantity", "ten", "quantity_malformed"),
        ("price", "", "price_malformed"),
        ("account", "DU9", "account_not_found"),
        ("instrument", "NOSUCH/USD", "contract_not_found"),
        ("type", "trailing", "order_type_not_understood"),
    ] {
        let mut fields = order(&key, "1", "1.00");
        fields.iter_mut().filter(|field| field.0 == name).for_each(|field| field.1 = value);
        let answer = house.post(1, "/ticket", &fields, &owner.cookie).await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.body.contains(code), "{name}: no {code}");
    }
    let unknown = house.post(1, "/ticket", &order("frm_x", "1", "1.00"), &owner.cookie).await;
    assert_eq!(unknown.status, 400);
    let stranger = house.post(1, "/ticket", &order(&key, "1", "1.00"), "").await;
    assert_eq!((stranger.status, stranger.headers["location"].to_str().unwrap()), (303, "/sign-in"));
    assert_eq!(orders(&owner), Vec::<String>::new());
}

#[tokio::test]
async fn once_the_trade_window_is_shut_nothing_is_sent_and_the_page_leads_back_to_what_was_typed() {
    let (house, owner) = desk().await;
    stated(&owner).await;
    house.clock.advance_ms(14 * 60_000);
    answer(owner.actor.submit(owner.by, Command::People(kernel::people::Command::See))).await.unwrap();
    house.clock.advance_ms(60_000);
    let key = FormId::new(START.0 + 14 * 60_000, 1).to_string();
    let answer = house.post(1, "/ticket", &order(&key, "3", "1.00"), &owner.cookie).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(answer.body.contains("step_up_needed") && answer.body.contains("quantity%3D3"));
    assert_eq!(orders(&owner), Vec::<String>::new());
}

#[tokio::test]
async fn a_form_that_closes_opens_nothing_although_the_ticket_may() {
    let (house, owner) = desk().await;
    stated(&owner).await;
    let (closing, opening) = (key(1), key(2));
    let mut fields = order(&closing, "1", "1.00");
    fields.push(("close", "yes"));
    let answer = house.post(1, "/ticket", &fields, &owner.cookie).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert!(answer.body.contains("ticket_close_only"), "{}", answer.body);
    assert_eq!(orders(&owner), Vec::<String>::new());
    let answer = house.post(1, "/ticket", &order(&opening, "1", "1.00"), &owner.cookie).await;
    assert_eq!((answer.status, orders(&owner)), (303, vec!["1".to_owned()]));
}

/// It may have been recorded all the same: only the same form, sent again, finds out.
#[tokio::test]
async fn what_could_not_be_recorded_is_asked_for_by_the_same_form_again() {
    let (house, owner) = desk().await;
    stated(&owner).await;
    let key = key(1);
    // Where they come from is written down by then.
    house.get_from(1, "/", &owner.cookie).await;
    while !house.store.journal().iter().any(|one| one.tag == "session.network_changed") {
        tokio::task::yield_now().await;
    }
    house.disk_is_full();
    let answer = house.post(1, "/ticket", &order(&key, "3", "1.00"), &owner.cookie).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.body.contains(&format!("value=\"{key}\"")), "{}", answer.body);
    let again = house.post(1, "/ticket", &order(&key, "3", "1.00"), &owner.cookie).await;
    assert_eq!((again.status, orders(&owner)), (303, vec!["3".to_owned()]), "{}", again.body);
}

/// Lines are few, and a program may need the one that a look would take.
#[tokio::test]
async fn whoever_only_looks_takes_no_line_of_market_data() {
    let (house, owner) = desk().await;
    let asked = || house.venue.taken();
    asked();
    let page = house.get("/ticket?instrument=AAPL/USD", &owner.cookie).await;
    assert_eq!(page.status, 200);
    assert_eq!(asked(), ["look_up", "watch"], "who may trade");
    house.clock.advance_ms(14 * 60_000);
    answer(owner.actor.submit(owner.by, Command::People(kernel::people::Command::See))).await.unwrap();
    house.clock.advance_ms(2 * 60_000);
    for path in ["/ticket?instrument=AAPL/USD", "/ticket?instrument=MSFT/USD"] {
        assert_eq!(house.get(path, &owner.cookie).await.status, 200);
        assert_eq!(asked(), ["look_up"], "{path}");
    }
    let key = FormId::new(house.clock.now().0, 1).to_string();
    let refused = house.post(1, "/ticket", &order(&key, "3", "1.00"), &owner.cookie).await;
    assert_eq!(refused.status, 403);
    assert!(asked().iter().all(|one| one == "look_up"), "{:?}", refused.body);
}
