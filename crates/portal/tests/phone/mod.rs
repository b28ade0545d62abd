//! The app on a phone, and an owner at a desk beside it.

mod alerts;
mod app;
mod pairing;
mod push;

use crate::house::passkey::{Asked, Passkey, created, signed};
use crate::house::{Answer, House, ORIGIN};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::id::CredentialId;
use kernel::money::{Price, Quantity};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce};
use service::actor::CustomerActor;
use service::node::answer;
use std::sync::Arc;
use venue::contract::ContractQuery;

pub const MINUTE: i64 = 60_000;

/// An owner at a desk, with a passkey that a provider keeps.
pub struct Desk {
    pub house: House,
    pub actor: Arc<CustomerActor>,
    pub cookie: String,
    pub passkey: Passkey,
}

/// A phone that came in.
pub struct Phone {
    pub cookie: String,
    pub passkey: Option<Passkey>,
}

pub fn location(answer: &Answer) -> &str {
    answer.headers.get("location").map_or("", |to| to.to_str().unwrap())
}

/// The forms with a passkey on a page, by where they go.
pub fn asked(page: &Answer, action: &str) -> Asked {
    let form = page.body.split("<form ").find(|form| form.contains(&format!("action=\"{action}\"")));
    let form = form.unwrap_or_else(|| panic!("no {action}: {}", page.body));
    let one = |open: &str| form.split(open).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let options = one("data-options=\"").replace("&quot;", "\"");
    Asked { ceremony: one("name=\"ceremony\" value=\""), options }
}

impl Desk {
    pub async fn new() -> Self {
        let house = House::new().await;
        let (cookie, passkey) = house.by_link("maya").await;
        let actor = house.node.actors().pop().unwrap();
        Self { house, actor, cookie, passkey }
    }
    pub async fn get(&self, path: &str) -> Answer {
        self.house.get(path, &self.cookie).await
    }
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.house.post(0, path, fields, &self.cookie).await
    }
    /// The code in the link that is shown now.
    pub async fn code(&self) -> String {
        let shown = self.post("/devices/pair", &[]).await;
        assert_eq!((shown.status, location(&shown)), (303, "/devices/pair"), "{}", shown.body);
        let page = self.get("/devices/pair").await;
        let link = page.between("<p class=\"secret\">", "<").pop().unwrap_or_else(|| panic!("{}", page.body));
        link.strip_prefix(&format!("{ORIGIN}/m/pair#")).unwrap().to_owned()
    }
    pub async fn scanned(&self, code: &str) -> Answer {
        self.house.post(7, "/m/pair", &[("code", code)], "").await
    }
    pub async fn makes(&self, code: &str) -> (Answer, Passkey) {
        let page = self.scanned(code).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let asked = asked(&page, "/m/pair/made");
        let (response, passkey) = created(&asked);
        let fields = [("code", code), ("ceremony", asked.ceremony.as_str()), ("response", &response)];
        (self.house.post(7, "/m/pair/made", &fields, "").await, passkey)
    }
    pub async fn paired(&self) -> Phone {
        let (done, passkey) = self.makes(&self.code().await).await;
        assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
        Phone { cookie: done.cookies(), passkey: Some(passkey) }
    }
    /// What the phone sees, asked for from its own address.
    pub async fn phone(&self, phone: &Phone, path: &str) -> Answer {
        self.house.get_from(7, path, &phone.cookie).await
    }
    pub async fn taps(&self, phone: &Phone, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.house.post(7, path, fields, &phone.cookie).await
    }
    /// Unlocked again, on the same phone.
    pub async fn unlocks(&self, phone: &Phone, with: &Passkey) -> Answer {
        let page = self.phone(phone, "/m/sign-in").await;
        let asked = asked(&page, "/m/sign-in");
        let cookie = format!("{}; {}", phone.cookie, page.cookies());
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(with, &asked))];
        self.house.post(7, "/m/sign-in", &fields, &cookie).await
    }
    pub async fn bot(&self) -> CredentialId {
        self.house.node.pump();
        let limits = serde_json::json!({ "order_value": "100000", "day_value": "900000", "approve_above": "1000" });
        self.house.bot(&self.actor, limits, |_| {}).await
    }
    pub async fn places(&self, bot: CredentialId, order_id: i32, quantity: &str) {
        let query = ContractQuery { symbol: "AAPL".to_owned(), currency: "USD".to_owned(), ..ContractQuery::default() };
        let contract = self.house.node.venue().contracts(query, self.actor.now()).await.remove(0);
        let terms = Terms {
            account: self.actor.read(|state| state.customer.accounts[0].id),
            instrument: contract.instrument,
            side: Side::Buy,
            order_qty: Quantity::parse(quantity).unwrap(),
            kind: Kind::Limit { price: Price::parse("227.00").unwrap() },
            time_in_force: TimeInForce::Day,
            outside_hours: false,
            label: String::new(),
            ties: kernel::ties::Ties::default(),
        };
        let client_ref = ClientRef { client_id: 1, order_id };
        answer(self.actor.submit(Actor::Credential(bot), Command::Place { client_ref, terms })).await.unwrap();
    }
    /// An order that waits, and the path of its approval on the phone.
    pub async fn held(&self, bot: CredentialId, order_id: i32, quantity: &str) -> String {
        self.places(bot, order_id, quantity).await;
        let id = self.actor.read(|state| *state.book.pending.last_key_value().unwrap().0);
        format!("/m/approvals/{id}")
    }
    pub fn waiting(&self) -> usize {
        self.actor.read(|state| state.book.pending.len())
    }
}

/// Another link, in a move window that is opened anew.
pub async fn desk_code(desk: &Desk) -> String {
    let step_up = desk.get("/step-up?want=move&next=/").await;
    let asked = asked(&step_up, "/step-up");
    let response = signed(&desk.passkey, &asked);
    let fields = [("ceremony", asked.ceremony.as_str()), ("response", &response), ("next", "/"), ("want", "move")];
    assert_eq!(desk.post("/step-up", &fields).await.status, 303);
    desk.code().await
}
