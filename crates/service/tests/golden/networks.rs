//! Networks: where a session is and was, a sign-in that failed, a program that connected, and a secret in other hands.

use super::people::user;
use super::things::{credential, now};
use kernel::actor::Actor;
use kernel::alert::{self, Alert, Sign, Subject};
use kernel::attempt::{self, Failed};
use kernel::connection::{self, Opened};
use kernel::digest::Digest;
use kernel::event::Event;
use kernel::evidence::Assurance;
use kernel::id::{AlertId, AuthenticatorId, DeviceId, SessionId};
use kernel::network::{Country, Network, Tag};
use kernel::people::Event as People;
use kernel::reason::{Category, Reason};
use kernel::session::{self, Interface, Session};
use kernel::watch::{Signal, Step};

pub fn all() -> Vec<(Actor, Event)> {
    let network = |country| Network { tag: Tag::new(0x00ab_cdef_0123_4567), country: Country::parse(country) };
    let (id, at) = (SessionId::new(now().0, 21), now());
    let begun = Session {
        id,
        user: user(),
        device: DeviceId::new(now().0, 22),
        interface: Interface::Portal,
        sha256: Digest::plain(b"session"),
        authenticator: AuthenticatorId::new(now().0, 23),
        assurance: Assurance::Aal2,
        shared: false,
        began_at: at,
        seen_at: at,
        trade_until: at,
        move_until: at,
        network: Some(network("DE")),
        changed: Default::default(),
    };
    let changed = |network| session::Event::NetworkChanged { id, network, at };
    let failed = |network, known, second| {
        let failed = Failed { user: user(), network, known, second };
        (Actor::House, Event::People(People::Attempt(attempt::Event::Failed(failed))))
    };
    let person = Actor::User { user: user(), session: id };
    let why = Reason {
        category: Category::Identity,
        code: "peer_wrong".to_owned(),
        facts: vec![("peer_uid".to_owned(), "1001".to_owned())],
    };
    let (credential, program) = (credential(), Actor::Credential(credential()));
    let opened = Opened { credential, client: "v100..178".to_owned(), peer_uid: 1_000 };
    let alert = Alert {
        id: AlertId::new(now().0, 24),
        subject: Subject::Credential(credential),
        step: Step::Kill,
        signs: vec![Sign { signal: Signal::SecretElsewhere, bits: 320 }],
        raised_at: at,
        answered: None,
    };
    vec![
        (Actor::Visitor, Event::People(People::Session(session::Event::Begun(begun)))),
        (person, Event::People(People::Session(changed(network("NZ"))))),
        (person, Event::People(People::Session(changed(network(""))))),
        failed(Some(network("NZ")), false, true),
        failed(None, true, false),
        (program, Event::Connection(connection::Event::Opened(opened))),
        (program, Event::Connection(connection::Event::Refused { credential, why, secret_elsewhere: true })),
        (Actor::House, Event::Alert(alert::Event::Raised(alert))),
    ]
}
