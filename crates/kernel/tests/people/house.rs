//! House: a customer with an owner and one user of every role, made of events; whoever is asked for signs in truly.

use crate::world::{NOON, World, amount, buy};
use kernel::account::Environment;
use kernel::actor::Actor;
use kernel::api_credential::{ApiCredential, State};
use kernel::authenticator::{self, Authenticator, Kind, Passkey};
use kernel::command::Command;
use kernel::decide::change_of;
use kernel::device::{self, Code, Device};
use kernel::digest::Digest;
use kernel::event::{Event, Recorded, VERSION};
use kernel::evidence::{Evidence, Proof};
use kernel::id::{AccountId, AuthenticatorId, CorrelationId, CredentialId, DeviceId, NoticeId, SessionId, UserId};
use kernel::network::{Country, Network, Tag};
use kernel::notice;
use kernel::pairing::{self, Pairing};
use kernel::people::{Command as Ask, Event as People, NewDevice, SignIn};
use kernel::refusal::Refusal;
use kernel::session::{self, Interface};
use kernel::signature::{Shown, Signature, challenge};
use kernel::time::Timestamp;
use kernel::user::{self, Role, User};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
const MADE: Timestamp = Timestamp(NOON.0 - 2 * DAY);

pub fn digest(text: &str) -> Digest {
    Digest::of(&[text.as_bytes()])
}

pub fn network(n: u64) -> Network {
    Network { tag: Tag::new(n), country: Country::parse("DE") }
}

pub fn passkey(name: &str, backup_eligible: bool) -> Kind {
    Kind::Passkey(Passkey {
        credential_id: name.into(),
        public_key: format!("es256:{name}"),
        aaguid: String::new(),
        backup_eligible,
        backed_up: false,
        sign_count: 0,
    })
}

/// A user with one of each authenticator, and a device that was confirmed two days ago.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub user: UserId,
    pub passkey: AuthenticatorId,
    pub second: AuthenticatorId,
    pub password: AuthenticatorId,
    pub totp: AuthenticatorId,
    pub codes: AuthenticatorId,
    pub device: DeviceId,
    pub session: SessionId,
}

impl Person {
    pub fn actor(&self) -> Actor {
        Actor::User { user: self.user, session: self.session }
    }
}

#[derive(Clone)]
pub struct House {
    pub world: World,
    /// Stopped and released by the tests: no order is its own.
    pub second: CredentialId,
    made: u128,
}

impl House {
    pub fn new() -> Self {
        let mut world = World::with(|new| new.limits.approve_above = Some(amount("2000")));
        let second = world.second(|_| {});
        Self { world, second, made: 0 }
    }

    pub fn act(&mut self, actor: Actor, command: Ask) -> Result<Vec<Event>, &'static str> {
        self.ask(actor, Command::People(command))
    }
    pub fn ask(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, &'static str> {
        self.world.act(actor, command).map_err(|refusal: Refusal| refusal.code())
    }
    /// Asks for what widens and signs it, with a passkey of their own; what does not is simply done.
    pub fn widens(&mut self, by: &Person, command: Command) -> Result<Vec<Event>, &'static str> {
        let Some(change) = change_of(&self.world.state, &command) else { return self.ask(by.actor(), command) };
        self.ask(by.actor(), Command::AskChange(change))?;
        let (id, asked) = self.world.state.customer.changes.last_key_value().unwrap();
        let signature = self.signs(by.passkey, &asked.change.digest(), &asked.nonce);
        let sign = Command::SignChange { id: *id, signature };
        self.ask(by.actor(), sign)
    }
    pub fn record(&mut self, event: Event) {
        let (actor, correlation) = (Actor::House, CorrelationId::new(0, 0));
        let recorded = Recorded { at: self.world.now, actor, correlation, event, v: VERSION };
        kernel::state::apply(&mut self.world.state, &recorded);
        self.world.log.push(recorded);
    }
    pub fn happened(&mut self, event: People) {
        self.record(Event::People(event));
    }
    fn number(&mut self) -> u128 {
        self.made += 1;
        self.made
    }

    pub fn bind(&mut self, user: UserId, kind: Kind) -> AuthenticatorId {
        let id = AuthenticatorId::new(MADE.0, self.number());
        let (state, bound_at, used_at) = (authenticator::State::Active, MADE, MADE);
        let one = Authenticator { id, user, kind, state, revision: 1, sealed_sha256: None, bound_at, used_at };
        self.happened(People::Authenticator(authenticator::Event::Bound(one)));
        id
    }
    pub fn device(&mut self, user: UserId, state: device::State, edit: impl FnOnce(&mut Device)) -> DeviceId {
        let n = self.number();
        let mut device = Device {
            id: DeviceId::new(MADE.0, n),
            user,
            sha256: digest(&format!("device {n}")),
            label: "Firefox".into(),
            state,
            shared: false,
            first: false,
            made: None,
            bound_at: MADE,
            used_at: self.world.now,
        };
        edit(&mut device);
        let id = device.id;
        self.happened(People::Device(device::Event::Bound(device)));
        id
    }
    pub fn trusted_since(&mut self, user: UserId, since: Timestamp) -> DeviceId {
        self.device(user, device::State::Validated { since, until: since.plus_ms(device::TRUST_MS) }, |_| {})
    }

    /// Not signed in yet: the session is one that there is not.
    pub fn person(&mut self, role: Role) -> Person {
        let n = self.number();
        let user = UserId::new(MADE.0, n);
        let (name_sha256, name_key) = (digest("name"), digest(&format!("key {n}")));
        let created = User { id: user, role, name_sha256, name_key, created_at: MADE, logged_out_at: None };
        self.happened(People::User(user::Event::Created(created)));
        Person {
            user,
            passkey: self.bind(user, passkey(&format!("a{n}"), true)),
            second: self.bind(user, passkey(&format!("b{n}"), false)),
            password: self.bind(user, Kind::Password),
            totp: self.bind(user, Kind::Totp { step: None }),
            codes: self.bind(user, Kind::RecoveryCodes { left: (0..10).collect() }),
            device: self.trusted_since(user, MADE),
            session: SessionId::new(0, n),
        }
    }

    pub fn proof(&self, authenticator: AuthenticatorId, proof: Proof) -> Evidence {
        Evidence { authenticator, revision: 1, at: self.world.now, proof }
    }
    pub fn assertion(&self, authenticator: AuthenticatorId, challenge: Digest, sign_count: u32) -> Evidence {
        let proof = Proof::Assertion { challenge, user_verified: true, backed_up: false, sign_count };
        self.proof(authenticator, proof)
    }
    pub fn shows(&self, authenticator: AuthenticatorId) -> Vec<Evidence> {
        vec![self.assertion(authenticator, digest("sign in"), 0)]
    }
    pub fn types(&self, person: &Person) -> Vec<Evidence> {
        let step = self.world.now.0 / 30_000;
        vec![self.proof(person.password, Proof::Password), self.proof(person.totp, Proof::Totp { step })]
    }
    /// The password, and a code that came to a number of theirs.
    pub fn types_sms(&mut self, person: &Person) -> Vec<Evidence> {
        let number = self.bind(person.user, Kind::Sms);
        vec![self.proof(person.password, Proof::Password), self.proof(number, Proof::SmsCode)]
    }
    pub fn signs(&self, authenticator: AuthenticatorId, request: &Digest, nonce: &Digest) -> Signature {
        let display = "BUY 30 AAPL".to_owned();
        let evidence = self.assertion(authenticator, challenge(request, &display, nonce), 0);
        let [client_data, authenticator_data, signature] = ["c", "a", "s"].map(str::to_owned);
        Signature { evidence, shown: Shown { display, client_data, authenticator_data, signature } }
    }

    pub fn sign_in(&self, person: &Person, evidence: Vec<Evidence>, interface: Interface) -> SignIn {
        let known = self.world.state.customer.people.device(person.device).ok().map(|one| (one.id, one.sha256));
        let fresh = NewDevice { sha256: digest("fresh"), label: "New".into() };
        SignIn {
            user: person.user,
            evidence,
            interface,
            known,
            fresh,
            shared: false,
            session: digest("session"),
            network: None,
        }
    }
    /// Signs in, and stays: later acts are done as them.
    pub fn enters(&mut self, person: &mut Person, asked: SignIn) -> Result<(), &'static str> {
        self.act(Actor::Visitor, Ask::SignIn(asked))?;
        let begun = self.world.state.customer.people.sessions.last().unwrap();
        (person.session, person.device) = (begun.id, begun.device);
        Ok(())
    }
    pub fn enters_by_passkey(&mut self, person: &mut Person) {
        let asked = self.sign_in(person, self.shows(person.passkey), Interface::Portal);
        self.enters(person, asked).unwrap();
    }
    /// A notice to the user that could not be delivered, and an address that others can.
    pub fn undelivered(&mut self, user: UserId) -> notice::Dead {
        let email = digest("an address");
        self.happened(People::Notice(notice::Event::EmailSet { user, sha256: email, former: None }));
        let dead = notice::Dead {
            id: NoticeId::new(self.world.now.0, 1),
            stream: "customer/x".into(),
            version: 1,
            kind: notice::Kind::SignIn,
            user: Some(user),
            carrier: "email".into(),
            email: Some(email),
            device: None,
            more: 0,
            why: notice::Why::Late,
            at: self.world.now,
        };
        self.happened(People::Notice(notice::Event::Dead(dead.clone())));
        dead
    }
    /// Push is on, on the person's device.
    pub fn pushes(&mut self, person: &Person) {
        let Person { user, device, .. } = *person;
        let push = kernel::push::Push { user, device, sha256: digest("where to"), since: self.world.now };
        self.happened(People::Push(kernel::push::Event::On(push)));
    }
    pub fn lower(&mut self, person: &Person) {
        self.happened(People::Session(session::Event::Lowered { id: person.session }));
    }
    pub fn code(&mut self, user: UserId, text: &str) {
        let expires_at = self.world.now.plus_ms(device::CODE_LIFETIME_MS);
        self.happened(People::Device(device::Event::CodeOffered(Code { user, sha256: digest(text), expires_at })));
    }
    /// A link is shown in their session; gives what its code is told as.
    pub fn pairing(&mut self, by: &Person, text: &str) -> Digest {
        let (user, session, sha256, expires_at) =
            (by.user, by.session, digest(text), self.world.now.plus_ms(pairing::LIFETIME_MS));
        let offered = Pairing { user, session, sha256, replaces: None, expires_at, device: None };
        self.happened(People::Pairing(pairing::Event::Offered(offered)));
        sha256
    }
    /// A ticket of this user, with limits too wide to matter; `edit` takes them away.
    pub fn ticket(&mut self, user: UserId, edit: impl FnOnce(&mut ApiCredential)) -> CredentialId {
        let n = self.number();
        let mut record = kernel::ticket::open(CredentialId::new(MADE.0, n), user, MADE);
        let wide = crate::world::wide(&[], "", 0);
        (record.limits, record.instruments, record.expires_at) = (wide.limits, wide.instruments, wide.expires_at);
        edit(&mut record);
        let id = record.id;
        self.record(Event::Credential(kernel::api_credential::Event::Created(record)));
        id
    }

    /// A credential that waits to be resumed.
    pub fn suspended(&mut self) -> CredentialId {
        let mut record = self.world.state.customer.credential(self.second).unwrap().clone();
        record.id = CredentialId::new(MADE.0, self.number());
        (record.name, record.port, record.state) = ("suspended".into(), 4_299, State::Suspended);
        let id = record.id;
        self.record(Event::Credential(kernel::api_credential::Event::Created(record)));
        id
    }

    /// One with real money behind it. No command opens such yet.
    pub fn live_account(&mut self) -> AccountId {
        let mut account = self.world.state.customer.account(self.world.account).unwrap().clone();
        account.id = AccountId::new(MADE.0, self.number());
        (account.number, account.environment) = ("U1".into(), Environment::Live);
        let id = account.id;
        self.record(Event::Account(kernel::account::Event::Opened(account)));
        id
    }

    /// An order that waits for its approval.
    pub fn held(&mut self) -> kernel::id::ApprovalId {
        self.world.hold(buy("30", "100")).1
    }
}
