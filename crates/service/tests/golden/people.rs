//! One of every event about people and what they sign, and the actors that came with them.

use super::things::*;
use kernel::actor::Actor;
use kernel::api_credential::Dormancy;
use kernel::approval::{self, Verdict};
use kernel::authenticator::{self, Authenticator, Kind, Passkey};
use kernel::change::{self, Asked, Change};
use kernel::command::NewCredential;
use kernel::device::{self, Code, Device, How};
use kernel::enrolment::{self, Enrolment};
use kernel::event::Event;
use kernel::evidence::{Assurance, Proof};
use kernel::guard::Allowances;
use kernel::id::{AuthenticatorId, DeviceId, EnrolmentId, IncidentId, NoticeId, SessionId, UserId};
use kernel::incident::{self, Incident, Suspect, Why};
use kernel::instrument::{AssetClass, Selector};
use kernel::kill_switch::Level;
use kernel::notice;
use kernel::people::Event as People;
use kernel::push;
use kernel::scope::{Scope, Scopes};
use kernel::session::{self, Ending, Interface, Session};
use kernel::signature::Shown;
use kernel::ticket::Stated;
use kernel::user::{self, Role, User};

pub fn user() -> UserId {
    UserId::new(now().0, 11)
}
pub fn authenticator() -> AuthenticatorId {
    AuthenticatorId::new(now().0, 12)
}
pub fn device() -> DeviceId {
    DeviceId::new(now().0, 13)
}
pub fn session() -> SessionId {
    SessionId::new(now().0, 14)
}
pub fn person() -> Actor {
    Actor::User { user: user(), session: session() }
}

pub fn all() -> Vec<(Actor, Event)> {
    let mut all = Vec::new();
    let mut add = |actor: Actor, events: Vec<People>| {
        all.extend(events.into_iter().map(|event| (actor, Event::People(event))));
    };
    add(Actor::Local { uid: 1_000 }, enrolments());
    add(Actor::Visitor, users());
    add(person(), authenticators());
    add(Actor::House, vec![People::Authenticator(authenticator::Event::Disabled { id: authenticator() })]);
    add(person(), devices());
    add(Actor::Visitor, sessions());
    all.extend(signed().into_iter().map(|event| (person(), event)));
    all
}

fn enrolments() -> Vec<People> {
    let id = EnrolmentId::new(now().0, 10);
    let offered = Enrolment { id, sha256: digest("link"), expires_at: now().plus_ms(enrolment::LIFETIME_MS) };
    vec![People::Enrolment(enrolment::Event::Offered(offered)), People::Enrolment(enrolment::Event::Used { id })]
}

fn users() -> Vec<People> {
    let of = |role, logged_out_at| {
        let (name_sha256, name_key) = (digest("name"), digest("name key"));
        let user = User { id: user(), role, name_sha256, name_key, created_at: now(), logged_out_at };
        People::User(user::Event::Created(user))
    };
    let mut all: Vec<People> = Role::ALL.into_iter().map(|role| of(role, None)).collect();
    all.push(of(Role::Viewer, Some(now().plus_ms(1))));
    all.push(People::User(user::Event::LoggedOutEverywhere { id: user(), at: now() }));
    all
}

fn passkey(backup_eligible: bool) -> Kind {
    Kind::Passkey(Passkey {
        credential_id: "AQIDBAUGBwgJ-_".to_owned(),
        public_key: "es256:BAECAwQF".to_owned(),
        aaguid: "00000000-0000-0000-0000-000000000000".to_owned(),
        backup_eligible,
        backed_up: backup_eligible,
        sign_count: if backup_eligible { 0 } else { u32::MAX },
    })
}

fn authenticators() -> Vec<People> {
    let id = authenticator();
    let bound = |kind, state, sealed_sha256| {
        let (bound_at, used_at) = (now(), now().plus_ms(2));
        let one = Authenticator { id, user: user(), kind, state, revision: 1, sealed_sha256, bound_at, used_at };
        authenticator::Event::Bound(one)
    };
    let used = |proof| authenticator::Event::Used { id, at: now(), proof };
    let assertion = |user_verified, sign_count| Proof::Assertion {
        challenge: digest("challenge"),
        user_verified,
        backed_up: !user_verified,
        sign_count,
    };
    use authenticator::State;
    let all = vec![
        bound(passkey(true), State::Active, None),
        bound(passkey(false), State::Removed, None),
        bound(Kind::Password, State::Active, Some(digest("password"))),
        bound(Kind::Totp { step: None }, State::Disabled, Some(digest("totp"))),
        bound(Kind::Totp { step: Some(59_666_670) }, State::Active, Some(digest("totp"))),
        bound(Kind::RecoveryCodes { left: vec![0, 9, 255] }, State::Active, Some(digest("codes"))),
        used(assertion(true, u32::MAX)),
        used(assertion(false, 0)),
        used(Proof::Password),
        used(Proof::Totp { step: -1 }),
        used(Proof::RecoveryCode { index: 9 }),
        authenticator::Event::CounterFellBack { id, stored: u32::MAX, shown: 0 },
        authenticator::Event::Removed { id },
    ];
    all.into_iter().map(People::Authenticator).collect()
}

/// Added later: restricted.
pub fn by_sms() -> Vec<(Actor, Event)> {
    let (sealed_sha256, (bound_at, used_at)) = (Some(digest("number")), (now(), now()));
    let (id, user) = (authenticator(), user());
    let (kind, state, revision) = (Kind::Sms, authenticator::State::Active, 1);
    let bound = Authenticator { id, user, kind, state, revision, sealed_sha256, bound_at, used_at };
    let used = authenticator::Event::Used { id, at: now(), proof: Proof::SmsCode };
    let all = [authenticator::Event::Bound(bound), used];
    all.into_iter().map(|event| (Actor::Visitor, Event::People(People::Authenticator(event)))).collect()
}

fn devices() -> Vec<People> {
    let id = device();
    let (since, until) = (now(), now().plus_ms(device::TRUST_MS));
    let bound = |state, shared, first| {
        device::Event::Bound(Device {
            id,
            user: user(),
            sha256: digest("device"),
            label: "Firefox \u{2014} M\u{e4}rz \"1\"".to_owned(),
            state,
            shared,
            first,
            made: None,
            bound_at: now(),
            used_at: now(),
        })
    };
    let confirmed = |how| device::Event::Confirmed { id, how, since, until };
    let code = Code { user: user(), sha256: digest("code"), expires_at: now().plus_ms(device::CODE_LIFETIME_MS) };
    let all = vec![
        bound(device::State::Pending, false, false),
        bound(device::State::Validated { since, until }, false, true),
        bound(device::State::Revoked, true, false),
        device::Event::CodeOffered(code),
        confirmed(How::Enrolment),
        confirmed(How::Tap { on: DeviceId::new(now().0, 15) }),
        confirmed(How::Code),
        confirmed(How::RecoveryCode),
        device::Event::Used { id, at: now() },
        device::Event::Revoked { id, not_me: false },
        device::Event::Revoked { id, not_me: true },
    ];
    all.into_iter().map(People::Device).collect()
}

fn sessions() -> Vec<People> {
    let id = session();
    let begun = |(n, interface): (i64, Interface)| {
        session::Event::Begun(Session {
            id,
            user: user(),
            device: device(),
            interface,
            sha256: digest("session"),
            authenticator: authenticator(),
            assurance: if n == 0 { Assurance::Aal1 } else { Assurance::Aal2 },
            shared: n % 2 == 1,
            began_at: now(),
            seen_at: now().plus_ms(n),
            trade_until: now().plus_ms(2 * n),
            move_until: now().plus_ms(3 * n),
            network: None,
            changed: Default::default(),
        })
    };
    let mut all: Vec<session::Event> = (0..).zip(Interface::ALL).map(begun).collect();
    all.push(session::Event::Seen { id, at: now() });
    let (trade_until, move_until) = (now().plus_ms(900_000), now());
    all.push(session::Event::SteppedUp { id, authenticator: authenticator(), trade_until, move_until });
    all.push(session::Event::Lowered { id });
    all.extend([Ending::LoggedOut, Ending::Ended, Ending::GaveWay].map(|why| session::Event::Ended { id, why }));
    all.into_iter().map(People::Session).collect()
}

pub fn shown() -> Shown {
    Shown {
        display: "BUY 500 AAPL \u{2014} \"limit\" 100.25\n".to_owned(),
        client_data: "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0".to_owned(),
        authenticator_data: "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAQ".to_owned(),
        signature: "MEUCIQ".to_owned(),
    }
}

/// One of every kind that states something.
fn changes() -> Vec<Change> {
    let over = digest("over");
    let stated = Stated {
        limits: every_limit(),
        instruments: vec![Selector::Class(AssetClass::Stock), Selector::Contract(265_598)],
        allowances: Allowances { market: true, close_any: true, ..Allowances::default() },
        expires_at: Some(now()),
    };
    let new = NewCredential {
        name: "live".to_owned(),
        scopes: Scopes::of(&Scope::ALL),
        accounts: vec![account()],
        instruments: stated.instruments.clone(),
        port: 4_104,
        peer_uid: 1_000,
        secret: Some(digest("secret")),
        expires_at: Some(now()),
        dormancy: Dormancy::default(),
        limits: every_limit(),
        allowances: stated.allowances,
        cancel_on_disconnect: true,
        observe: true,
    };
    vec![
        Change::AccountLimits { id: account(), limits: every_limit(), over },
        Change::Restricted { id: account(), restricted: Vec::new(), over },
        Change::CredentialLimits { id: credential(), limits: every_limit(), over },
        Change::Ticket { id: credential(), stated: Box::new(stated), over },
        Change::Resume { id: credential() },
        Change::Credential(Box::new(new)),
    ]
}

/// What widens, asked for and signed: these came later.
pub fn widened() -> Vec<(Actor, Event)> {
    let (id, user, mut all) = (approval(), user(), Vec::new());
    for change in changes() {
        let (asked_at, expires_at) = (now(), now().plus_ms(change::LIFETIME_MS));
        let (nonce, session, device) = (digest("nonce"), session(), Some(device()));
        let asked = Asked { change: change.clone(), nonce, user, session, device, asked_at, expires_at, missed: 0 };
        all.push(Event::Change(change::Event::Asked { id, asked }));
        all.push(Event::Change(change::Event::Signed { id, change, user, shown: shown() }));
    }
    all.into_iter().map(|event| (person(), event)).collect()
}

fn signed() -> Vec<Event> {
    let (id, user) = (approval(), user());
    let levels = [Level::Credential(credential()), Level::Account(account()), Level::Customer, Level::Firm];
    let mut all = Vec::new();
    for level in levels {
        let change = Change::Release { level };
        let (asked_at, expires_at) = (now(), now().plus_ms(change::LIFETIME_MS));
        let (nonce, session, device) = (digest("nonce"), session(), None);
        let asked = Asked { change: change.clone(), nonce, user, session, device, asked_at, expires_at, missed: 0 };
        all.push(Event::Change(change::Event::Asked { id, asked }));
        all.push(Event::Change(change::Event::Signed { id, change, user, shown: shown() }));
    }
    all.push(Event::Change(change::Event::Dropped { id }));
    let authenticator = authenticator();
    all.push(Event::Approval(approval::Event::Signed { id, user, authenticator, shown: shown(), session: None }));
    all.push(Event::Approval(approval::Event::Settled { id, verdict: Verdict::Grant, by: person() }));
    all
}

pub fn notices() -> Vec<(Actor, Event)> {
    use notice::{Dead, Group, Kind, Why};
    let (user, id, first) = (user(), NoticeId::new(now().0, 15), digest("an address"));
    let own = [
        notice::Event::EmailSet { user, sha256: first, former: None },
        notice::Event::EmailSet { user, sha256: digest("another"), former: Some(first) },
        notice::Event::EmailRemoved { user, former: first },
        notice::Event::GroupSet { user, group: Group::Approvals, on: false },
        notice::Event::GroupSet { user, group: Group::Fills, on: true },
        notice::Event::Retried { id },
    ];
    let mut all: Vec<(Actor, Event)> = own.into_iter().map(|event| (person(), told(event))).collect();
    let dead = |why, kind, user: Option<UserId>| Dead {
        id,
        stream: "customer/cus_1".to_owned(),
        version: 7,
        kind,
        user,
        carrier: if user.is_some() { "email".to_owned() } else { "webhook:ops".to_owned() },
        email: user.map(|_| first),
        device: None,
        more: u32::from(user.is_none()),
        why,
        at: now(),
    };
    let whys = [Why::Refused, Why::Late, Why::Unreadable];
    let dead = KINDS.iter().zip(whys.iter().cycle()).map(|(kind, why)| dead(*why, *kind, Some(user))).chain([dead(
        Why::Late,
        Kind::SignIn,
        None,
    )]);
    all.extend(dead.map(|dead| (Actor::House, told(notice::Event::Dead(dead)))));
    all
}

/// Added later: a device that is told by push, and one notice that did not arrive there.
pub fn pushes() -> Vec<(Actor, Event)> {
    use push::{Event as E, Push, Why};
    let (id, user, device, sha256) = (approval(), user(), device(), digest("where to"));
    let (asked_at, expires_at) = (now(), now().plus_ms(change::LIFETIME_MS));
    // As it was signed before the words named the push service.
    let change = Change::Push { device, sha256, host: String::new() };
    let (nonce, session, asked_on) = (digest("nonce"), session(), Some(device));
    let asked =
        Asked { change: change.clone(), nonce, user, session, device: asked_on, asked_at, expires_at, missed: 0 };
    let mut all = vec![
        (person(), Event::Change(change::Event::Asked { id, asked })),
        (person(), Event::Change(change::Event::Signed { id, change, user, shown: shown() })),
    ];
    let own = [
        E::On(Push { user, device, sha256, since: now() }),
        E::Off { user, device, why: Why::Asked },
        E::Off { user, device, why: Why::Gone },
    ];
    all.extend(own.into_iter().map(|event| (person(), Event::People(People::Push(event)))));
    let dead = notice::Dead {
        id: NoticeId::new(now().0, 16),
        stream: "customer/cus_1".to_owned(),
        version: 8,
        kind: notice::Kind::SignIn,
        user: Some(user),
        carrier: "push".to_owned(),
        email: None,
        device: Some(device),
        more: 0,
        why: notice::Why::Refused,
        at: now(),
    };
    all.push((Actor::House, told(notice::Event::Dead(dead))));
    all
}

fn told(event: notice::Event) -> Event {
    Event::People(People::Notice(event))
}

const KINDS: [notice::Kind; 27] = {
    use notice::Kind as K;
    [
        K::SignIn,
        K::NewDevice,
        K::DeviceConfirmed,
        K::DeviceRevoked,
        K::AuthenticatorBound,
        K::AuthenticatorRemoved,
        K::AuthenticatorDisabled,
        K::AuthenticatorCopied,
        K::LoggedOutEverywhere,
        K::UserEnrolled,
        K::EmailChanged,
        K::NoticesChanged,
        K::KillSwitchEngaged,
        K::KillSwitchReleased,
        K::CredentialCreated,
        K::CredentialRotated,
        K::CredentialSuspended,
        K::CredentialResumed,
        K::CredentialRevoked,
        K::LimitsRaised,
        K::ProgramRefused,
        K::OrderUnknown,
        K::ChangeAsked,
        K::ApprovalAsked,
        K::ApprovalsUnanswered,
        K::ApprovalSettled,
        K::Fill,
    ]
};

pub fn incidents() -> Vec<(Actor, Event)> {
    let id = IncidentId::new(now().0, 16);
    let opened = |suspect, why, closed_at| {
        Event::Incident(incident::Event::Opened(Incident { id, suspect, why, opened_at: now(), closed_at }))
    };
    vec![
        (person(), opened(Suspect::User(user()), Why::NotMe { approval: Some(approval()) }, None)),
        (person(), opened(Suspect::Credential(credential()), Why::NotMe { approval: None }, Some(now()))),
        (Actor::Local { uid: 1_000 }, opened(Suspect::User(user()), Why::Declared, None)),
        (person(), Event::Incident(incident::Event::Closed { id, at: now() })),
    ]
}

/// What was brought as a signature and is none.
pub fn missed() -> Vec<(Actor, Event)> {
    let (id, user) = (approval(), user());
    let both =
        [Event::Approval(approval::Event::Missed { id, user }), Event::Change(change::Event::Missed { id, user })];
    both.into_iter().map(|event| (person(), event)).collect()
}
