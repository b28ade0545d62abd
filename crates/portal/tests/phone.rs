//! The app on a phone: how it is paired, what it may do, when it locks, and how it ends.

use crate::house::passkey::{Asked, Passkey, created, signed};
use crate::house::{Answer, House, ORIGIN, START};
use axum::http::Request;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::id::CredentialId;
use kernel::money::{Currency, Price, Quantity};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce};
use service::actor::CustomerActor;
use service::credential::{Closed, Wanted, create};
use service::node::answer;
use std::sync::Arc;
use venue::contract::ContractQuery;

const MINUTE: i64 = 60_000;

/// An owner at a desk, with a passkey that a provider keeps.
struct Desk {
    house: House,
    actor: Arc<CustomerActor>,
    cookie: String,
    passkey: Passkey,
}

/// A phone that came in.
struct Phone {
    cookie: String,
    passkey: Option<Passkey>,
}

fn location(answer: &Answer) -> &str {
    answer.headers.get("location").map_or("", |to| to.to_str().unwrap())
}

/// The forms with a passkey on a page, by where they go.
fn asked(page: &Answer, action: &str) -> Asked {
    let form = page.body.split("<form ").find(|form| form.contains(&format!("action=\"{action}\"")));
    let form = form.unwrap_or_else(|| panic!("no {action}: {}", page.body));
    let one = |open: &str| form.split(open).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let options = one("data-options=\"").replace("&quot;", "\"");
    Asked { ceremony: one("name=\"ceremony\" value=\""), options }
}

impl Desk {
    async fn new() -> Self {
        let house = House::new().await;
        let (cookie, passkey) = house.by_link("maya").await;
        let actor = house.node.actors().pop().unwrap();
        Self { house, actor, cookie, passkey }
    }
    async fn get(&self, path: &str) -> Answer {
        self.house.get(path, &self.cookie).await
    }
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.house.post(0, path, fields, &self.cookie).await
    }
    /// The code in the link that is shown now.
    async fn code(&self) -> String {
        let shown = self.post("/devices/pair", &[]).await;
        assert_eq!((shown.status, location(&shown)), (303, "/devices/pair"), "{}", shown.body);
        let page = self.get("/devices/pair").await;
        let link = page.between("<p class=\"secret\">", "<").pop().unwrap_or_else(|| panic!("{}", page.body));
        link.strip_prefix(&format!("{ORIGIN}/m/pair#")).unwrap().to_owned()
    }
    async fn scanned(&self, code: &str) -> Answer {
        self.house.post(7, "/m/pair", &[("code", code)], "").await
    }
    async fn makes(&self, code: &str) -> (Answer, Passkey) {
        let page = self.scanned(code).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let asked = asked(&page, "/m/pair/made");
        let (response, passkey) = created(&asked);
        let fields = [("code", code), ("ceremony", asked.ceremony.as_str()), ("response", &response)];
        (self.house.post(7, "/m/pair/made", &fields, "").await, passkey)
    }
    async fn paired(&self) -> Phone {
        let (done, passkey) = self.makes(&self.code().await).await;
        assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
        Phone { cookie: done.cookies(), passkey: Some(passkey) }
    }
    /// What the phone sees, asked for from its own address.
    async fn phone(&self, phone: &Phone, path: &str) -> Answer {
        self.house.get_from(7, path, &phone.cookie).await
    }
    async fn taps(&self, phone: &Phone, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.house.post(7, path, fields, &phone.cookie).await
    }
    /// Unlocked again, on the same phone.
    async fn unlocks(&self, phone: &Phone, with: &Passkey) -> Answer {
        let page = self.phone(phone, "/m/sign-in").await;
        let asked = asked(&page, "/m/sign-in");
        let cookie = format!("{}; {}", phone.cookie, page.cookies());
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(with, &asked))];
        self.house.post(7, "/m/sign-in", &fields, &cookie).await
    }
    async fn bot(&self) -> CredentialId {
        self.house.node.pump();
        let (number, base_currency) = ("DU1".to_owned(), Currency::parse("USD").unwrap());
        answer(self.actor.submit(Actor::House, Command::OpenAccount { number, base_currency })).await.unwrap();
        self.house.paper.open_account("DU1", "USD", 1_000_000.into(), START).await.unwrap();
        let limits = serde_json::json!({ "order_value": "100000", "day_value": "900000", "approve_above": "1000" });
        let wanted = Wanted {
            name: "bot".to_owned(),
            scopes: Some(kernel::scope::Scopes::of(&kernel::scope::Scope::ALL)),
            accounts: vec!["DU1".to_owned()],
            instruments: vec!["stock".to_owned()],
            limits: serde_json::from_value(limits).unwrap(),
            ..Wanted::default()
        };
        let after: service::credential::AfterChange = Box::new(|_| Box::pin(async { Closed::new() }));
        create(&self.actor, Actor::House, &wanted, 1_000, &after).await.unwrap().id
    }
    async fn places(&self, bot: CredentialId, order_id: i32, quantity: &str) {
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
        };
        let client_ref = ClientRef { client_id: 1, order_id };
        answer(self.actor.submit(Actor::Credential(bot), Command::Place { client_ref, terms })).await.unwrap();
    }
    /// An order that waits, and the path of its approval on the phone.
    async fn held(&self, bot: CredentialId, order_id: i32, quantity: &str) -> String {
        self.places(bot, order_id, quantity).await;
        let id = self.actor.read(|state| *state.book.pending.last_key_value().unwrap().0);
        format!("/m/approvals/{id}")
    }
    fn waiting(&self) -> usize {
        self.actor.read(|state| state.book.pending.len())
    }
}

/// NI-22: shown to whoever is signed in, in the move window; used in the append that lets the phone in.
#[tokio::test]
async fn a_phone_is_paired_by_the_link_once_and_the_desk_sees_which_it_was() {
    let desk = Desk::new().await;
    let code = desk.code().await;
    assert!(code.len() >= 22, "{code}");
    assert!(desk.get("/devices/pair").await.body.contains(&code), "looked at again it is another");
    let (done, _) = desk.makes(&code).await;
    assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
    let phone = Phone { cookie: done.cookies(), passkey: None };
    let first = desk.phone(&phone, "/m/").await;
    assert!(first.body.contains("Waiting for you") && first.body.contains("action=\"/m/kill\""), "{}", first.body);
    let page = desk.get("/devices/pair").await;
    assert!(page.body.contains("Paired: A browser") && page.body.contains("This was not me"), "{}", page.body);
    assert!(!page.body.contains(&code), "the link is still there");
    let again = desk.scanned(&code).await;
    assert_eq!(again.status, 403, "{}", again.body);
    let journal = desk.get("/activity").await;
    assert!(journal.body.contains("the link to pair a phone was used") && !journal.body.contains(&code));
}

#[tokio::test]
async fn a_passkey_that_is_there_already_pairs_too_and_nobody_elses_does() {
    let desk = Desk::new().await;
    let code = desk.code().await;
    let page = desk.scanned(&code).await;
    let asked = asked(&page, "/m/pair/shown");
    let stranger = created(&self::asked(&page, "/m/pair/made")).1;
    let send = async |response: &str| {
        let fields = [("code", code.as_str()), ("ceremony", &asked.ceremony), ("response", response)];
        desk.house.post(7, "/m/pair/shown", &fields, "").await
    };
    let no = send(&signed(&stranger, &asked)).await;
    assert_eq!((no.status, no.cookies()), (400, String::new()), "{}", no.body);
    let done = send(&signed(&desk.passkey, &asked)).await;
    assert_eq!((done.status, location(&done)), (303, "/m/"), "{}", done.body);
    let keys = desk.actor.read(|state| state.customer.people.authenticators.len());
    assert_eq!(keys, 1, "no passkey was bound");
}

#[tokio::test]
async fn what_a_sign_in_asked_for_pairs_no_phone_and_another_links_ceremony_neither() {
    let desk = Desk::new().await;
    let page = desk.house.get("/m/sign-in", "").await;
    let theirs = asked(&page, "/m/sign-in");
    let first = desk.code().await;
    let old = asked(&desk.scanned(&first).await, "/m/pair/shown");
    let code = desk.code().await;
    for asked in [theirs, old] {
        let response = signed(&desk.passkey, &asked);
        let fields = [("code", code.as_str()), ("ceremony", asked.ceremony.as_str()), ("response", &response)];
        let no = desk.house.post(7, "/m/pair/shown", &fields, "").await;
        assert_eq!((no.status, no.cookies()), (400, String::new()), "{}", no.body);
    }
}

/// Wrong, used, too old, of a session that is over, and none: the same bytes; guesses are delayed where they come from.
#[tokio::test]
async fn every_link_that_opens_nothing_is_answered_alike_and_guesses_are_throttled() {
    let desk = Desk::new().await;
    let used = desk.code().await;
    desk.makes(&used).await;
    let replaced = desk.code().await;
    let late = desk.code().await;
    desk.house.clock.advance_ms(10 * MINUTE);
    let mut answers = Vec::new();
    for (n, code) in (20..).zip([used.as_str(), &replaced, &late, "x", "", &"A".repeat(43)]) {
        let answer = desk.house.post(n, "/m/pair", &[("code", code)], "").await;
        assert_eq!(answer.status, 403, "{code}: {}", answer.body);
        answers.push(answer.plain());
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]));
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(desk.house.post(30, "/m/pair", &[("code", &"B".repeat(43))], "").await.status);
    }
    assert_eq!(statuses, [403, 403, 403, 403, 403, 429, 429]);
    // Elsewhere the real one is taken all the same: nobody keeps a phone out by guessing.
    let (cookies, passkey) = (desk.cookie.clone(), &desk.passkey);
    let step_up = desk.house.get("/step-up?want=move&next=/", &cookies).await;
    let asked = self::asked(&step_up, "/step-up");
    let response = signed(passkey, &asked);
    let fields = [("ceremony", asked.ceremony.as_str()), ("response", &response), ("next", "/"), ("want", "move")];
    assert_eq!(desk.post("/step-up", &fields).await.status, 303);
    let code = desk.code().await;
    assert_eq!(desk.house.post(30, "/m/pair", &[("code", &code)], "").await.status, 429);
    assert_eq!(desk.scanned(&code).await.status, 200);
}

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

/// Another link, in a move window that is opened anew.
async fn desk_code(desk: &Desk) -> String {
    let step_up = desk.get("/step-up?want=move&next=/").await;
    let asked = asked(&step_up, "/step-up");
    let response = signed(&desk.passkey, &asked);
    let fields = [("ceremony", asked.ceremony.as_str()), ("response", &response), ("next", "/"), ("want", "move")];
    assert_eq!(desk.post("/step-up", &fields).await.status, 303);
    desk.code().await
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

#[tokio::test]
async fn an_owner_who_says_that_it_was_somebody_else_puts_the_phone_and_its_passkey_out() {
    let desk = Desk::new().await;
    let phone = desk.paired().await;
    let page = desk.get("/devices/pair").await;
    let not_me = page.between("action=\"/devices/dev_", "/not-me\"").pop().unwrap();
    let done = desk.post(&format!("/devices/dev_{not_me}/not-me"), &[]).await;
    assert!(location(&done).starts_with("/incidents/"), "{} {}", done.status, done.body);
    let out = desk.taps(&phone, "/m/kill", &[("stops", "keep")]).await;
    assert_eq!(location(&out), "/m/sign-in?reason=ended");
    let fresh = Phone { cookie: String::new(), passkey: None };
    assert_eq!(desk.unlocks(&fresh, phone.passkey.as_ref().unwrap()).await.status, 401);
    let active = desk.actor.read(|state| {
        let all = state.customer.people.authenticators.iter();
        all.filter(|one| one.state == kernel::authenticator::State::Active).count()
    });
    assert_eq!(active, 1, "the passkey that was made there still signs in");
}

#[tokio::test]
async fn where_five_are_trusted_the_desk_says_whose_place_the_phone_takes() {
    let desk = Desk::new().await;
    for _ in 0..4 {
        desk.paired().await;
    }
    let full = desk.post("/devices/pair", &[]).await;
    assert!(full.status == 403 && full.body.contains("too_many_devices"), "{}", full.body);
    let choices = full.between("name=\"replace\" value=\"", "\"");
    assert_eq!(choices.len(), 4, "the desk itself stays");
    let shown = desk.post("/devices/pair", &[("replace", &choices[0])]).await;
    assert_eq!(location(&shown), "/devices/pair", "{}", shown.body);
    let page = desk.get("/devices/pair").await;
    let code = page.between("/m/pair#", "<").pop().unwrap();
    let (done, _) = desk.makes(&code).await;
    assert_eq!(location(&done), "/m/", "{}", done.body);
    assert!(desk.get("/devices").await.body.contains("5 of 5 trusted"));
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
    let (one, other) = (desk.paired().await, desk.paired().await);
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
