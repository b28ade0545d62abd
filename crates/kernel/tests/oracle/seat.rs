//! The seat of the oracle's person: a trader who is signed in whenever they place, and their ticket.

use super::house::Who;
use super::table::allowances;
use crate::world::World;
use kernel::actor::Actor;
use kernel::api_credential::{self, State};
use kernel::device::{self, Device};
use kernel::digest::Digest;
use kernel::event::{Event, Recorded, VERSION};
use kernel::evidence::Assurance;
use kernel::guard::Limits;
use kernel::id::{AuthenticatorId, CorrelationId, CredentialId, DeviceId, FormId, SessionId, UserId};
use kernel::instrument::Selector;
use kernel::people::Event as People;
use kernel::session::{self, Interface, Session};
use kernel::user::{self, Role, User};

const YEAR_MS: i64 = 365 * 86_400_000;

fn id() -> (UserId, DeviceId) {
    (UserId::new(1, 1), DeviceId::new(1, 1))
}

fn happens(world: &mut World, event: Event) {
    let recorded =
        Recorded { at: world.now, actor: Actor::House, correlation: CorrelationId::new(0, 0), event, v: VERSION };
    kernel::state::apply(&mut world.state, &recorded);
    world.log.push(recorded);
}

/// No owner: what is held is answered at the machine.
pub fn ticket(world: &mut World, who: &Who, limits: &Limits, list: impl Iterator<Item = Selector>) -> CredentialId {
    let ((user, device), now, digest) = (id(), world.now, Digest::plain(b"x"));
    let person = User {
        id: user,
        role: Role::Trader,
        name_sha256: digest,
        name_key: digest,
        created_at: now,
        logged_out_at: None,
    };
    happens(world, Event::People(People::User(user::Event::Created(person))));
    let bound = Device {
        id: device,
        user,
        sha256: digest,
        label: String::new(),
        state: device::State::Validated { since: now, until: now.plus_ms(YEAR_MS) },
        shared: false,
        first: true,
        made: None,
        bound_at: now,
        used_at: now.plus_ms(YEAR_MS),
    };
    happens(world, Event::People(People::Device(device::Event::Bound(bound))));
    let mut record = kernel::ticket::open(CredentialId::new(now.0, 9), user, now);
    (record.limits, record.allowances) = (*limits, allowances(who));
    (record.instruments, record.expires_at) = (list.collect(), Some(now.plus_ms(YEAR_MS)));
    record.state = if who.suspended { State::Suspended } else { State::Active };
    happens(world, Event::Credential(api_credential::Event::Created(record)));
    CredentialId::new(now.0, 9)
}

/// Signs in, and holds a form that nobody has sent.
pub fn comes(world: &mut World, ticket: CredentialId) -> (Actor, FormId) {
    let ((user, device), now) = (id(), world.now);
    assert!(world.state.customer.credential(ticket).is_ok());
    let session = SessionId::new(now.0, world.log.len() as u128);
    let begun = Session {
        id: session,
        user,
        device,
        interface: Interface::Portal,
        sha256: Digest::plain(b"s"),
        authenticator: AuthenticatorId::new(1, 1),
        assurance: Assurance::Aal2,
        shared: false,
        began_at: now,
        seen_at: now,
        trade_until: now.plus_ms(1),
        move_until: now,
        network: None,
        changed: Default::default(),
    };
    happens(world, Event::People(People::Session(session::Event::Begun(begun))));
    (Actor::User { user, session }, FormId::new(now.0, world.log.len() as u128))
}
