//! Watching: what the events say that users and credentials do, told to the detector's memory.
//!
//! Of the customer's stream only the users' memory is made, of the book's only the credentials': each is the same,
//! however the two are read again.

use crate::actor::Actor;
use crate::book::Book;
use crate::customer::Customer;
use crate::device::State;
use crate::event::{Event, Recorded};
use crate::id::{CredentialId, OrderId, SessionId, UserId};
use crate::money::Amount;
use crate::network::Network;
use crate::order::Terms;
use crate::people::Event as People;
use crate::reason::Reason;
use crate::session::{self, Session};
use crate::ties::Ties;
use crate::time::Timestamp;
use crate::watch::{Asked, Deed, Flow, Observation, Place};
use crate::working::Ended;
use crate::{alert, api_credential, attempt, authenticator, change, connection, device, working};
use alloc::string::String;

/// `customer` and `book` hold the event already.
pub fn fold(customer: &mut Customer, book: &mut Book, recorded: &Recorded) {
    let at = recorded.at;
    match &recorded.event {
        Event::People(People::Session(session::Event::Begun(session))) => began(customer, session, at),
        Event::People(People::Device(device::Event::Bound(device))) if !device.first && !device.shared => {
            let deed = Deed::DeviceBound { place: Place::default(), device: key(device.id.bits()) };
            see(customer, device.user, at, deed);
        }
        Event::People(People::Session(session::Event::NetworkChanged { id, network, .. })) => {
            in_use(customer, *id, network.place(), at);
        }
        // Where it is used from was said before.
        Event::People(People::Session(session::Event::Seen { id, .. })) => in_use(customer, *id, Place::default(), at),
        Event::People(People::Attempt(attempt::Event::Failed(failed))) => {
            let (place, known, second) = (place(failed.network), failed.known, failed.second);
            see(customer, failed.user, at, Deed::Failed { place, known, second });
        }
        Event::Connection(connection::Event::Opened(opened)) => {
            let deed = Deed::Connected { place: of_uid(opened.peer_uid), client: opened.client_key() };
            flow(book, opened.credential, &recorded.actor).observe(&Observation { at, deed });
        }
        Event::Connection(connection::Event::Refused { credential, why, secret_elsewhere }) => {
            if let Some(deed) = turned_away(why, *secret_elsewhere) {
                flow(book, *credential, &recorded.actor).observe(&Observation { at, deed });
            }
        }
        Event::People(People::Authenticator(authenticator::Event::Bound(_)))
        | Event::Credential(api_credential::Event::Created(_))
        | Event::Change(change::Event::Signed { .. }) => {
            if let Actor::User { user, session } = recorded.actor {
                see(customer, user, at, Deed::Widened { session: key(session.bits()) });
            }
        }
        Event::Alert(alert::Event::Answered { subject: alert::Subject::User(user), .. }) => {
            if let Some(person) = customer.watch.get_mut(user) {
                person.forgive();
            }
        }
        Event::Order(event) => ordered(book, &recorded.actor, event, at),
        Event::People(_)
        | Event::Credential(_)
        | Event::Change(_)
        | Event::Alert(_)
        | Event::DayLoss(_)
        | Event::DeadMan(_)
        | Event::Customer(_)
        | Event::Account(_)
        | Event::KillSwitch(_)
        | Event::Approval(_)
        | Event::Meter(_)
        | Event::Connection(connection::Event::Read(_))
        | Event::Source(_)
        | Event::Seal(_)
        | Event::Restore(_)
        | Event::Incident(_) => {}
    }
}

fn place(network: Option<Network>) -> Place {
    network.map(|network| network.place()).unwrap_or_default()
}

/// Listeners are on loopback: what tells two homes of a credential apart is whose program it is.
fn of_uid(uid: u32) -> Place {
    Place { network: Some(u64::from(uid)), country: None }
}

/// Of what was shown, not of a credential that is suspended or over.
fn turned_away(why: &Reason, secret_elsewhere: bool) -> Option<Deed> {
    if secret_elsewhere {
        return Some(Deed::SecretElsewhere);
    }
    let uid = why.facts.iter().find(|(name, _)| name == "peer_uid").and_then(|(_, uid)| uid.parse().ok());
    let shown = why.code == "secret_wrong" || why.code == "peer_wrong";
    shown.then(|| Deed::ConnectRefused { place: uid.map(of_uid).unwrap_or_default() })
}

const fn key(bits: u128) -> u64 {
    (bits ^ (bits >> 64)) as u64
}

fn see(customer: &mut Customer, user: UserId, at: Timestamp, deed: Deed) {
    customer.watch.entry(user).or_default().observe(&Observation { at, deed });
}

fn in_use(customer: &mut Customer, id: SessionId, place: Place, at: Timestamp) {
    let session = customer.people.sessions.iter().find(|one| one.id == id);
    if let Some(user) = session.map(|one| one.user) {
        see(customer, user, at, Deed::InUse { place, session: key(id.bits()) });
    }
}

fn began(customer: &mut Customer, session: &Session, at: Timestamp) {
    let (people, place) = (&customer.people, place(session.network));
    let pending = people.device(session.device).is_ok_and(|one| one.state == State::Pending);
    let resistant = people.authenticator(session.authenticator).is_ok_and(|one| one.is_passkey());
    if pending {
        see(customer, session.user, at, Deed::Asked { place });
    }
    let deed = Deed::SignedIn {
        place,
        device: key(session.device.bits()),
        session: key(session.id.bits()),
        resistant,
        shared: session.shared,
    };
    see(customer, session.user, at, deed);
}

/// What was asked for once: held, admitted without having been held, or refused.
fn ordered(book: &mut Book, by: &Actor, event: &working::Event, at: Timestamp) {
    use working::Event as E;
    let (ask, value, added, refused) = match event {
        E::Held { ask, charge, .. } | E::Admitted { ask, charge, approval: None, .. } => {
            (ask, Some(charge.value), charge.added, false)
        }
        // What it would have been worth was not worked out.
        E::Refused { ask, .. } => (ask, None, Amount::ZERO, true),
        E::Ended { id, how: Ended::Rejected, .. } => return rejected(book, *id, at),
        E::Admitted { .. }
        | E::Declined { .. }
        | E::ReplaceAdmitted { .. }
        | E::ReplaceRefused { .. }
        | E::Released { .. }
        | E::CancelRequested { .. }
        | E::Acknowledged { .. }
        | E::Replaced { .. }
        | E::ReplaceRejected { .. }
        | E::CancelRejected { .. }
        | E::Filled { .. }
        | E::Commissioned { .. }
        | E::Ended { .. }
        | E::MarkedUnknown { .. }
        | E::PositionTold { .. } => return,
    };
    let deed = Deed::Ordered {
        instrument: ask.terms.instrument.contract_id.unsigned_abs(),
        value: value.map(Amount::whole),
        reduces: !added.is_positive(),
        refused: refused.then(|| asked(&ask.terms)),
    };
    flow(book, ask.credential, by).observe(&Observation { at, deed });
}

fn rejected(book: &mut Book, id: OrderId, at: Timestamp) {
    let ended = book.day.ended.last().map(|(order, _)| order).filter(|order| order.id == id);
    let Some((credential, asked)) = ended.map(|order| (order.credential, asked(&order.terms))) else { return };
    if let Some(flow) = book.flows.get_mut(&credential) {
        flow.observe(&Observation { at, deed: Deed::Rejected { asked } });
    }
}

/// Another label does not make it another order, nor do the numbers and names that tie it to others.
fn asked(terms: &Terms) -> Asked {
    let bare = Terms { label: String::new(), ties: Ties::default(), ..terms.clone() };
    Asked(bare.digest().key())
}

fn flow<'a>(book: &'a mut Book, credential: CredentialId, by: &Actor) -> &'a mut Flow {
    let new = || if matches!(by, Actor::User { .. }) { Flow::by_hand() } else { Flow::default() };
    book.flows.entry(credential).or_insert_with(new)
}
