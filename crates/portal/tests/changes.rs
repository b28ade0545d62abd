//! Changes that widen: a form asks, the page says to the letter what will be, and a passkey signs exactly that.

use crate::house::passkey::{Passkey, asked, signed};
use crate::house::{Answer, House};
use service::actor::CustomerActor;
use std::sync::Arc;

struct Desk {
    house: House,
    actor: Arc<CustomerActor>,
    cookie: String,
    passkey: Passkey,
    /// Of an API credential that trades.
    bot: String,
}

impl Desk {
    async fn new() -> Self {
        let house = House::new().await;
        let (cookie, passkey) = house.by_link("maya").await;
        let actor = house.node.actors().pop().unwrap();
        let limits = serde_json::json!({ "order_value": "1000", "day_value": "5000", "day_count": 50 });
        let bot = format!("/credentials/{}", house.bot(&actor, limits, |_| {}).await);
        Self { bot, house, actor, cookie, passkey }
    }
    async fn get(&self, path: &str) -> Answer {
        self.house.get(path, &self.cookie).await
    }
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.house.post(0, path, fields, &self.cookie).await
    }
    /// By the form on the credential's page; where it leads.
    async fn limit(&self, control: &str, value: &str) -> String {
        let page = self.get(&self.bot).await;
        let read = page.between("name=\"read\" value=\"", "\"").pop().unwrap();
        let done =
            self.post(&format!("{}/limit", self.bot), &[("control", control), ("value", value), ("read", &read)]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        done.headers["location"].to_str().unwrap().to_owned()
    }
    /// What the page that was read asks for is signed and sent to this approval.
    async fn approve(&self, path: &str, page: &Answer) -> Answer {
        let asked = asked(page);
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(&self.passkey, &asked))];
        self.post(&format!("{path}/approve"), &fields).await
    }
    async fn says(&self, path: &str, all: &[&str]) {
        let page = self.get(path).await;
        all.iter().for_each(|text| assert!(page.body.contains(text), "{text} not in {}", page.body));
    }
}

/// WS-02: the data that counts is seen, and signed in the words that are seen.
#[tokio::test]
async fn a_limit_that_goes_up_is_signed_in_the_words_of_its_page_and_one_that_goes_down_is_not() {
    let desk = Desk::new().await;
    assert_eq!(desk.limit("day_value", "4,000").await, desk.bot, "less is done at once");
    let approval = desk.limit("day_value", "9,000.50").await;
    assert!(approval.starts_with("/approvals/"), "{approval}");
    desk.says(&desk.bot, &["value a day, now 4,000"]).await;
    let words = [
        "Change the limits of API credential bot",
        "value a day: 9,000.50 USD (now 4,000 USD)",
        "asked by the owner, on ",
        "to be signed before 2026",
        "Approve with a passkey",
    ];
    desk.says(&approval, &words).await;
    let page = desk.get(&approval).await;
    assert!(!page.body.contains("order value:"), "what stays as it is, is not told as if it changed");
    let done = desk.approve(&approval, &page).await;
    assert_eq!((done.status, done.headers["location"].to_str().unwrap()), (303, desk.bot.as_str()), "{}", done.body);
    desk.says(&desk.bot, &["value a day, now 9,000.50"]).await;
    // The journal keeps the words, the keys and the bytes that were signed.
    let shown = desk.actor.read(|state| state.customer.changes.len());
    assert_eq!(shown, 0);
    assert_eq!(desk.approve(&approval, &page).await.status, 404, "a second time there is nothing to sign");
}

/// WS-02: one signature for one operation; PSD2 RTS 5(1)(c)-(d).
#[tokio::test]
async fn a_signature_for_one_change_signs_no_other_and_none_that_was_edited() {
    let desk = Desk::new().await;
    let first = desk.limit("day_value", "9,000").await;
    let page = desk.get(&first).await;
    let second = desk.limit("day_value", "90,000").await;
    assert_ne!(first, second);
    let crossed = desk.approve(&second, &page).await;
    assert_eq!(crossed.status, 401, "{}", crossed.body);
    assert_eq!(desk.approve(&first, &page).await.status, 404, "the first question ended with the second");
    let page = desk.get(&second).await;
    // Somebody lowers it meanwhile: what it was asked over does not stand any more.
    desk.limit("day_value", "2,000").await;
    assert_eq!(desk.approve(&second, &page).await.status, 404);
    desk.says(&desk.bot, &["value a day, now 2,000"]).await;
}

#[tokio::test]
async fn resuming_is_signed_and_suspending_is_not() {
    let desk = Desk::new().await;
    let act = async |verb: &str| {
        let done = desk.post(&format!("{}/{verb}", desk.bot), &[]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        done.headers["location"].to_str().unwrap().to_owned()
    };
    assert_eq!(act("suspend").await, desk.bot);
    let approval = act("resume").await;
    desk.says(&approval, &["Resume API credential bot", "it may trade again", "value a day: 5,000 USD"]).await;
    let refused = desk.post(&format!("{approval}/refuse"), &[]).await;
    assert_eq!(refused.status, 303);
    desk.says(&desk.bot, &["suspended"]).await;
    let approval = act("resume").await;
    let done = desk.approve(&approval, &desk.get(&approval).await).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let state = desk.actor.read(|state| state.customer.programs().next().unwrap().state);
    assert_eq!(state, kernel::api_credential::State::Active);
}

#[tokio::test]
async fn limits_of_the_ticket_are_signed_and_taken_back_by_one_tap() {
    let desk = Desk::new().await;
    let values = || {
        desk.actor.read(|state| {
            let own = state.customer.credentials.iter().find(|one| one.holder.is_some()).unwrap();
            (own.limits.order_value.map(|one| one.to_string()), own.allowances.market, own.allowances.close_any)
        })
    };
    let read = || async {
        let page = desk.get("/ticket/limits").await;
        page.between("name=\"read\" value=\"", "\"").pop().unwrap()
    };
    let first = read().await;
    let fields = [
        ("go", "state"),
        ("read", first.as_str()),
        ("order_value", "1,000"),
        ("day_value", "5,000"),
        ("approve_above", ""),
        ("instruments", "stock, #265598"),
        ("expires", "2026-10-01"),
        ("market", "yes"),
    ];
    let said = desk.post("/ticket/limits", &fields).await;
    let approval = said.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(values(), (None, false, true), "only asked for");
    let words = [
        "Change what the owner&#39;s ticket may do besides closing",
        "order value: 1,000 USD (now not stated)",
        "instruments: stock, #265598 (now none)",
        "allowed by name: market, close any (now close any)",
    ];
    let page = desk.get(&approval).await;
    for word in words {
        let plain = page.body.replace("&#x27;", "&#39;").replace('\'', "&#39;");
        assert!(plain.contains(word), "{word} not in {}", page.body);
    }
    assert_eq!(desk.approve(&approval, &page).await.status, 303);
    assert_eq!(values(), (Some("1000".to_owned()), true, true));
    // Another page that had read the same is told; what it typed stays, and it has read now what stands.
    let mut late = fields;
    late[2].1 = "1,500";
    let said = desk.post("/ticket/limits", &late).await;
    assert_eq!(said.status, 409, "{}", said.body);
    assert!(said.body.contains("changed_meanwhile") && said.body.contains("value=\"1,500\""), "{}", said.body);
    let now = read().await;
    assert!(now != first && said.body.contains(&now));
    late[1].1 = &now;
    late[6].1 = "2027-10-01";
    let said = desk.post("/ticket/limits", &late).await;
    assert!(said.status == 403 && said.body.contains("expiry_too_far"), "{}", said.status);
    // Without what was read it is not a form of ours; to take it back it needs none.
    let bare: Vec<_> = fields.into_iter().filter(|field| field.0 != "read").collect();
    assert_eq!(desk.post("/ticket/limits", &bare).await.status, 422);
    let said = desk.post("/ticket/limits", &[("go", "close")]).await;
    assert_eq!((said.status, values()), (303, (None, false, true)));
}

#[tokio::test]
async fn a_limit_of_an_account_is_stated_signed_and_lowered_again() {
    let desk = Desk::new().await;
    let limit = async |control: &str, value: &str| {
        let page = desk.get("/limits/DU1").await;
        let read = page.between("name=\"read\" value=\"", "\"").pop().unwrap();
        let done = desk.post("/limits/DU1/limit", &[("control", control), ("value", value), ("read", &read)]).await;
        (done.status, done.headers.get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default())
    };
    // What was not stated did not bind: stated, it narrows at once, but for a value, which says what is allowed.
    assert_eq!(limit("day_count", "10").await, (303, "/limits/DU1".to_owned()));
    let (_, approval) = limit("day_count", "20").await;
    desk.says(&approval, &["Change the limits of account DU1", "orders a day: 20 (now 10)"]).await;
    let done = desk.approve(&approval, &desk.get(&approval).await).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let stated = || desk.actor.read(|state| state.customer.accounts[0].limits.day_count);
    assert_eq!(stated(), Some(20));
    assert_eq!(limit("day_count", "5").await.0, 303);
    assert_eq!(stated(), Some(5));
    assert_eq!(limit("day_count", "many").await.0, 422);
    assert_eq!(desk.get("/limits/DU9").await.status, 404);
}

/// WS-02: to sign in and to sign for something look different, and neither proof is good for the other.
#[tokio::test]
async fn what_was_signed_to_come_in_approves_nothing_and_an_approval_lets_nobody_in() {
    let desk = Desk::new().await;
    let visitor = desk.house.get("/sign-in", "").await;
    let (visit, to_come_in) = (visitor.cookies(), asked(&visitor));
    let approval = desk.limit("day_value", "9,000").await;
    let page = desk.get(&approval).await;
    let to_approve = asked(&page);
    assert!(visitor.body.contains("Sign in with a passkey") && !visitor.body.contains("Approve with a passkey"));
    assert!(page.body.contains("Approve with a passkey") && !page.body.contains("Sign in with a passkey"));
    let answer = |asked: &crate::house::passkey::Asked| (asked.ceremony.clone(), signed(&desk.passkey, asked));
    let sends = async |path: String, (ceremony, response): (String, String), cookie: &str| {
        let fields = [("ceremony", ceremony.as_str()), ("response", response.as_str())];
        desk.house.post(0, &path, &fields, cookie).await
    };
    let crossed = sends(format!("{approval}/approve"), answer(&to_come_in), &desk.cookie).await;
    assert_eq!(crossed.status, 401, "{}", crossed.body);
    let crossed = sends("/sign-in/passkey".to_owned(), answer(&to_approve), &visit).await;
    assert_eq!(crossed.status, 401, "{}", crossed.body);
    // Nor is the answer of the one under the ceremony of the other.
    let mixed = (to_approve.ceremony.clone(), answer(&to_come_in).1);
    assert_eq!(sends(format!("{approval}/approve"), mixed, &desk.cookie).await.status, 401);
    // Each where it belongs.
    let page = desk.get(&approval).await;
    assert_eq!(desk.approve(&approval, &page).await.status, 303);
    let visitor = desk.house.get("/sign-in", "").await;
    let came_in = sends("/sign-in/passkey".to_owned(), answer(&asked(&visitor)), &visitor.cookies()).await;
    assert_eq!(came_in.status, 303, "{}", came_in.body);
}

/// WS-02 (attempts capped), PSD2 RTS 4(3)(a)-(b): every wrong one is told in the same words, and the fifth is the last.
#[tokio::test]
async fn after_five_signatures_that_are_none_there_is_nothing_left_to_sign() {
    let desk = Desk::new().await;
    let approval = desk.limit("order_value", "2,000").await;
    for n in 1..=5 {
        let page = desk.get(&approval).await;
        let mut asked = asked(&page);
        // Signed for another challenge, under no ceremony of ours, or not JSON at all.
        match n % 3 {
            0 => asked.options = asked.options.replace("\"challenge\":\"", "\"challenge\":\"A"),
            1 => asked.ceremony.push('A'),
            _ => {}
        }
        let response = if n % 3 == 2 { "{}".to_owned() } else { signed(&desk.passkey, &asked) };
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", response.as_str())];
        let said = desk.post(&format!("{approval}/approve"), &fields).await;
        assert_eq!(said.status, if n < 5 { 401 } else { 404 }, "{n}: {} {}", said.status, said.body);
        assert!(n == 5 || said.body.contains("not_proven"), "{}", said.body);
    }
    assert_eq!(desk.get(&approval).await.status, 404);
    desk.says(&desk.bot, &["order value, now 1,000"]).await;
}
