//! A house whose journal is written by hand: an order that is held and granted, a switch that is released, others'.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use dossier::{Choosing, Concerns, Files, Subject, build, choose, seal};
use journal::{Record, SigningKey, link};
use kernel::event::{Event, Recorded};
use kernel::id::{ApprovalId, OrderId};
use kernel::time::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;
use vault::base64url::encode;

pub const AT: i64 = 1_790_000_000_000;
const USER: &str = "usr_01m3250v3v000000000000000b";
const SECOND: &str = "usr_01m3250v3v000000000000001b";
pub const TWO: &str = "apr_01m3250v3v0000000000000008";
const TWICE: &str = "ord_01m3250v3v0000000000000009";
const SESSION: &str = "ses_01m3250v3v000000000000000e";
const CREDENTIAL: &str = "cred_01m3250v3v0000000000000004";
const OTHER: &str = "cred_01m3250v3v0000000000000005";
const ACCOUNT: &str = "acc_01m3250v3v0000000000000002";
pub const ORDER: &str = "ord_01m3250v3v0000000000000001";
pub const GRANTED: &str = "apr_01m3250v3v0000000000000005";
pub const RELEASED: &str = "apr_01m3250v3v0000000000000006";
pub const REFUSED: &str = "apr_01m3250v3v0000000000000007";

struct Row {
    position: u64,
    stream: &'static str,
    version: u64,
    tag: &'static str,
    at: i64,
    link: journal::Hash,
    body: Vec<u8>,
}

pub struct House {
    rows: Vec<Row>,
    passkey: EcdsaKeyPair,
    second: EcdsaKeyPair,
    pub key: SigningKey,
}

pub fn order() -> Subject {
    Subject::Order(OrderId::parse(ORDER).unwrap())
}

pub fn approval(id: &str) -> Subject {
    Subject::Approval(ApprovalId::parse(id).unwrap())
}

pub fn period(from: i64, to: i64) -> Subject {
    Subject::Period { from: Timestamp(AT + from), to: Timestamp(AT + to) }
}

impl House {
    /// Its story, from the first event to the last; each is a second after the one before.
    pub fn new() -> Self {
        let [passkey, second] = [(); 2].map(|()| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
        let key = SigningKey::generate("portreeve.example/house", [7; 32]).unwrap();
        let mut house = Self { rows: Vec::new(), passkey, second, key };
        house.beginning();
        house.other_order(1);
        house.granted();
        house.other_order(2);
        house.released();
        house.refused();
        house.other_order(3);
        house
    }

    fn write(&mut self, stream: &'static str, actor: Value, correlation: u8, event: Value) {
        let at = AT + 1_000 * self.rows.len() as i64;
        let recorded: Recorded = serde_json::from_value(json!({
            "actor": actor, "at": at, "correlation": format!("cor_01m3250v3v00000000000000{correlation:02}"), "event": event, "v": 1,
        }))
        .unwrap();
        let body = journal::canonical::encode(&recorded).unwrap();
        let before: HashMap<&str, (u64, journal::Hash)> =
            self.rows.iter().map(|row| (row.stream, (row.version, row.link))).collect();
        let (version, prev) = before.get(stream).copied().unwrap_or((0, link::GENESIS));
        let (version, tag) = (version + 1, recorded.event.tag());
        let link = link::next(&prev, &link::Entry { stream, version, tag, at, body: &body });
        self.rows.push(Row { position: self.rows.len() as u64, stream, version, tag, at, link, body });
    }

    fn beginning(&mut self) {
        let customer = "customer/1";
        self.write(
            customer,
            json!("house"),
            1,
            json!({"customer": {"opened": {"id": "cus_01m3250v3v0000000000000001", "name": "demo"}}}),
        );
        let account = json!({"base_currency": "USD", "environment": "paper", "id": ACCOUNT, "limits": {}, "number": "DU1", "restricted": []});
        self.write(customer, json!("house"), 2, json!({"account": {"opened": account}}));
        for (id, name) in [(CREDENTIAL, "demo"), (OTHER, "other")] {
            let credential = json!({
                "accounts": [ACCOUNT], "allowances": {"close_any": false, "market": true, "outside_hours": false, "short_sale": false, "stop": false},
                "cancel_on_disconnect": false, "created_at": AT, "dormancy": {"revoke_after_ms": 1, "suspend_after_ms": 1}, "expires_at": null,
                "id": id, "instruments": [{"class": "stock"}], "last_used_at": AT, "limits": {}, "name": name, "observe": false, "peer_uid": 0,
                "port": 4101, "scopes": ["order:submit"], "secrets": [], "state": "active",
            });
            self.write(customer, json!({"local": {"uid": 0}}), 3, json!({"credential": {"created": credential}}));
        }
        let sha256 = "22".repeat(32);
        let user = json!({"created_at": AT, "id": USER, "logged_out_at": null, "name_key": sha256, "name_sha256": sha256, "role": "owner"});
        self.write(customer, json!("visitor"), 4, json!({"people": {"user": {"created": user}}}));
        let public = encode(self.passkey.public_key().as_ref());
        let passkey = json!({
            "aaguid": "", "backed_up": false, "backup_eligible": false, "credential_id": encode(b"a passkey of one"),
            "public_key": format!("es256:{public}"), "sign_count": 0,
        });
        let bound = json!({
            "bound_at": AT, "id": "aut_01m3250v3v000000000000000c", "kind": {"passkey": passkey}, "revision": 1, "sealed_sha256": null,
            "state": "active", "used_at": AT, "user": USER,
        });
        self.write(customer, json!("visitor"), 4, json!({"people": {"authenticator": {"bound": bound}}}));
    }

    fn ask(id: &str, credential: &str) -> Value {
        json!({"client_ref": {"client_id": 7, "order_id": 1}, "credential": credential, "id": id, "terms": {
            "account": ACCOUNT, "instrument": {"class": "stock", "contract_id": 265_598, "currency": "USD", "symbol": "AAPL"},
            "kind": {"ord_type": "limit", "price": "190.25"}, "label": "strategy 1", "order_qty": "500", "outside_hours": false,
            "side": "buy", "time_in_force": "day"}})
    }

    fn charge() -> Value {
        json!({"added": "0", "pace": {"messages": 1, "orders": 1, "repeated_fills": 0}, "value": "95125"})
    }

    fn market() -> Value {
        json!({"quote": null, "rate": null, "session": null})
    }

    fn other_order(&mut self, n: u8) {
        let id = format!("ord_01m3250v3v000000000000001{n}");
        let admitted = json!({"approval": null, "ask": Self::ask(&id, OTHER), "charge": Self::charge(), "market": Self::market(), "observed": null});
        self.write("book/1", json!({"credential": OTHER}), 10 + n, json!({"order": {"admitted": admitted}}));
        self.write("paper", json!("venue"), 10 + n, json!({"order": {"cancel_requested": {"id": id}}}));
    }

    fn question(&mut self, id: &str, order: &str, by: u8) {
        let ask = Self::ask(order, CREDENTIAL);
        let terms: kernel::order::Terms = serde_json::from_value(ask["terms"].clone()).unwrap();
        let at = AT + 1_000 * self.rows.len() as i64;
        let approval = json!({"asked_at": at, "expires_at": at + 120_000, "nonce": "11".repeat(32), "order": order, "request": terms.digest().to_string(), "requester": CREDENTIAL, "top": id == TWO});
        let actor = json!({"credential": CREDENTIAL});
        self.write("book/1", actor.clone(), by, json!({"approval": {"requested": {"approval": approval, "id": id}}}));
        let held = json!({"approval": id, "ask": ask, "charge": Self::charge(), "market": Self::market()});
        self.write("book/1", actor, by, json!({"order": {"held": held}}));
    }

    /// Signed as a browser signs, over this request; and the use of the key, written down.
    fn sign(&mut self, request: &kernel::digest::Digest, by: u8) -> Value {
        self.signs(request, by, USER)
    }

    fn signs(&mut self, request: &kernel::digest::Digest, by: u8, of: &str) -> Value {
        let display = "Buy 500 AAPL at 190.25 USD or better\non account DU1, „good for the day“";
        let nonce = serde_json::from_value(json!("11".repeat(32))).unwrap();
        let challenge = kernel::signature::challenge(request, display, &nonce);
        let client = json!({"type": "webauthn.get", "challenge": encode(challenge.bytes()), "origin": "https://trade.example:4443", "crossOrigin": false}).to_string();
        let digest = |bytes: &[u8]| kernel::digest::Digest::plain(bytes);
        let data = [&digest(b"trade.example").bytes()[..], &[5], &[0, 0, 0, 1]].concat();
        let message = [&data[..], digest(client.as_bytes()).bytes()].concat();
        let passkey = if of == USER { &self.passkey } else { &self.second };
        let signature = passkey.sign(&SystemRandom::new(), &message).unwrap();
        let proof = json!({"assertion": {"backed_up": false, "challenge": challenge.to_string(), "sign_count": 1, "user_verified": true}});
        let used = json!({"at": AT, "id": key_of(of), "proof": proof});
        self.write("customer/1", Self::person(), by, json!({"people": {"authenticator": {"used": used}}}));
        json!({"authenticator_data": encode(&data), "client_data": encode(client.as_bytes()), "display": display, "signature": encode(signature.as_ref())})
    }

    /// Above the top: the first of two has signed, with a key that is no day old.
    pub fn one_of_two() -> Self {
        let mut house = Self::new();
        house.comes(AT + 1);
        house.question(TWO, TWICE, 51);
        house.signed_by(USER, 52);
        house
    }

    /// And the other one, who came in with that key: by the first enrolment, or by an invitation.
    pub fn both_with_a_key_of(came: &str) -> Self {
        let mut house = Self::new();
        let mut used = json!({"id": format!("{}_01m3250v3v000000000000001d", &came[..3])});
        if came == "invitation" {
            used["user"] = json!(SECOND);
        }
        house.write("customer/1", json!("visitor"), 50, json!({ "people": { came: { "used": used } } }));
        house.comes(AT);
        house.question(TWO, TWICE, 51);
        house.signed_by(USER, 52);
        house.both()
    }

    fn comes(&mut self, bound_at: i64) {
        let sha256 = "33".repeat(32);
        let user = json!({"created_at": AT, "id": SECOND, "logged_out_at": null, "name_key": sha256, "name_sha256": sha256, "role": "owner"});
        self.write("customer/1", json!("visitor"), 50, json!({"people": {"user": {"created": user}}}));
        let public = encode(self.second.public_key().as_ref());
        let passkey = json!({
            "aaguid": "", "backed_up": false, "backup_eligible": false, "credential_id": encode(b"a passkey of two"),
            "public_key": format!("es256:{public}"), "sign_count": 0,
        });
        let bound = json!({
            "bound_at": bound_at, "id": key_of(SECOND), "kind": {"passkey": passkey}, "revision": 1, "sealed_sha256": null,
            "state": "active", "used_at": AT, "user": SECOND,
        });
        self.write("customer/1", json!("visitor"), 50, json!({"people": {"authenticator": {"bound": bound}}}));
    }

    /// And the other one: granted.
    pub fn both_of_two() -> Self {
        Self::one_of_two().both()
    }

    fn both(mut self) -> Self {
        self.signed_by(SECOND, 53);
        let settled = json!({"by": Self::person(), "id": TWO, "verdict": "grant"});
        self.write("book/1", Self::person(), 53, json!({"approval": {"settled": settled}}));
        self
    }

    fn signed_by(&mut self, user: &str, by: u8) {
        let terms: kernel::order::Terms =
            serde_json::from_value(Self::ask(TWICE, CREDENTIAL)["terms"].clone()).unwrap();
        let shown = self.signs(&terms.digest(), by, user);
        let signed =
            json!({"authenticator": key_of(user), "id": TWO, "shown": shown, "user": user, "session": SESSION});
        self.write("book/1", Self::person(), by, json!({"approval": {"signed": signed}}));
    }

    fn person() -> Value {
        json!({"user": {"session": SESSION, "user": USER}})
    }

    fn granted(&mut self) {
        self.question(GRANTED, ORDER, 20);
        let terms: kernel::order::Terms =
            serde_json::from_value(Self::ask(ORDER, CREDENTIAL)["terms"].clone()).unwrap();
        let shown = self.sign(&terms.digest(), 21);
        let signed =
            json!({"authenticator": "aut_01m3250v3v000000000000000c", "id": GRANTED, "shown": shown, "user": USER});
        self.write("book/1", Self::person(), 21, json!({"approval": {"signed": signed}}));
        self.write(
            "book/1",
            Self::person(),
            21,
            json!({"approval": {"settled": {"by": Self::person(), "id": GRANTED, "verdict": "grant"}}}),
        );
        let admitted = json!({"approval": GRANTED, "ask": Self::ask(ORDER, CREDENTIAL), "charge": Self::charge(), "market": Self::market(), "observed": null});
        self.write("book/1", Self::person(), 21, json!({"order": {"admitted": admitted}}));
        let execution = json!({"account": ACCOUNT, "at": AT, "contract_id": 265_598, "exec_id": "1.1", "order": ORDER, "price": "190", "quantity": "500", "side": "buy"});
        self.write("book/1", json!("venue"), 22, json!({"order": {"filled": {"execution": execution}}}));
        let commission = json!({"amount": "1", "currency": "USD", "exec_id": "1.1", "realized": null});
        self.write("book/1", json!("venue"), 22, json!({"order": {"commissioned": {"commission": commission}}}));
    }

    fn released(&mut self) {
        let level = json!({"credential": CREDENTIAL});
        self.write(
            "customer/1",
            Self::person(),
            30,
            json!({"kill_switch": {"engaged": {"at": AT, "level": level, "resting": "keep_protective"}}}),
        );
        let at = AT + 1_000 * self.rows.len() as i64;
        let change = json!({"release": {"level": level}});
        let asked = json!({"asked_at": at, "change": change, "expires_at": at + 600_000, "nonce": "11".repeat(32), "session": SESSION, "user": USER});
        self.write("customer/1", Self::person(), 31, json!({"change": {"asked": {"asked": asked, "id": RELEASED}}}));
        let digest = serde_json::from_value::<kernel::change::Change>(change.clone()).unwrap().digest();
        let shown = self.sign(&digest, 32);
        self.write(
            "customer/1",
            Self::person(),
            32,
            json!({"change": {"signed": {"change": change, "id": RELEASED, "shown": shown, "user": USER}}}),
        );
        self.write("customer/1", Self::person(), 32, json!({"kill_switch": {"released": {"level": level}}}));
    }

    fn refused(&mut self) {
        let order = "ord_01m3250v3v0000000000000002";
        self.question(REFUSED, order, 40);
        self.write(
            "book/1",
            Self::person(),
            41,
            json!({"approval": {"settled": {"by": Self::person(), "id": REFUSED, "verdict": "refuse"}}}),
        );
        self.write(
            "book/1",
            Self::person(),
            41,
            json!({"order": {"ended": {"how": "approval_refused", "id": order, "text": ""}}}),
        );
    }

    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.rows.iter().map(|row| Record {
            position: row.position,
            stream: row.stream,
            version: row.version,
            tag: row.tag,
            at: row.at,
            link: row.link,
            body: &row.body,
        })
    }

    pub fn events(&self) -> Vec<Recorded> {
        self.records().filter_map(|record| choose::read(&record).unwrap()).collect()
    }

    /// A checkpoint of its beginning, as it would have been kept.
    pub fn checkpoint(&self, size: usize) -> (journal::Checkpoint, String) {
        let mut frontier = journal::Frontier::new();
        self.rows.iter().take(size).for_each(|row| frontier.push(journal::tree::leaf(&row.link)));
        let checkpoint = self.key.checkpoint(size as u64, frontier.root());
        let note = self.key.sign(&checkpoint).unwrap();
        (checkpoint, note)
    }

    pub fn export(&self, subject: Subject) -> Files {
        self.export_since(subject, None)
    }

    pub fn export_since(&self, subject: Subject, earlier: Option<usize>) -> Files {
        let mut concerns = Concerns::new(subject);
        self.records().for_each(|one| concerns.learn(one.position, one.at, choose::read(&one).unwrap().as_ref()));
        concerns.learned();
        assert!(concerns.span().is_some(), "{subject}");
        let mut choosing = Choosing::new(concerns, earlier.map(|size| self.checkpoint(size)));
        self.records().for_each(|one| drop(choosing.next(&one).unwrap()));
        let kept = choosing.finish().unwrap();
        let chosen = kept.chosen(subject, Timestamp(AT));
        let mut files = build(&chosen, &self.key).unwrap();
        files.insert("index.html".to_owned(), b"<p>to be read".to_vec());
        files.insert("README.txt".to_owned(), b"how to verify\n".to_vec());
        seal(files, &chosen, &self.key).unwrap()
    }
}

fn key_of(user: &str) -> &'static str {
    if user == USER { "aut_01m3250v3v000000000000000c" } else { "aut_01m3250v3v000000000000001c" }
}

/// The tags of a dossier's events.
pub fn tags(files: &Files) -> Vec<String> {
    let lines = std::str::from_utf8(&files["events.jsonl"]).unwrap().lines();
    lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["tag"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn its_story_is_told_in_events_of_ours() {
    let house = House::new();
    let tags: Vec<&str> = house.events().iter().map(|one| one.event.tag()).collect();
    assert!(tags.contains(&"user.created") && tags.len() + 3 == house.rows.len(), "{tags:?}");
    assert!(!house.events().iter().any(|one| matches!(one.event, Event::Source(_))));
}
