//! Watching: what the events say that users and credentials do, told to the detector's memory.
//!
//! Of the customer's stream only the users' memory is made, of the book's only the credentials': each is the same,
//! however the two are read again. Networks are not in the events yet, and count as one.

use crate::actor::Actor;
use crate::authenticator;
use crate::book::Book;
use crate::customer::Customer;
use crate::device::State;
use crate::event::{Event, Recorded};
use crate::id::{CredentialId, UserId};
use crate::money::Amount;
use crate::people::Event as People;
use crate::session::{self, Session};
use crate::time::Timestamp;
use crate::watch::{Deed, Flow, Observation, Place};
use crate::{alert, api_credential, change, device, working};

/// Nothing is known of where.
const SOMEWHERE: Place = Place { network: 0, country: None };

/// `customer` and `book` hold the event already.
pub fn fold(customer: &mut Customer, book: &mut Book, recorded: &Recorded) {
    let at = recorded.at;
    match &recorded.event {
        Event::People(People::Session(session::Event::Begun(session))) => began(customer, session, at),
        Event::People(People::Device(device::Event::Bound(device))) if !device.first && !device.shared => {
            let deed = Deed::DeviceBound { place: SOMEWHERE, device: key(device.id.bits()) };
            see(customer, device.user, at, deed);
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
        | Event::Customer(_)
        | Event::Account(_)
        | Event::KillSwitch(_)
        | Event::Approval(_)
        | Event::Meter(_)
        | Event::Connection(_)
        | Event::Source(_)
        | Event::Seal(_)
        | Event::Incident(_) => {}
    }
}

const fn key(bits: u128) -> u64 {
    (bits ^ (bits >> 64)) as u64
}

fn see(customer: &mut Customer, user: UserId, at: Timestamp, deed: Deed) {
    customer.watch.entry(user).or_default().observe(&Observation { at, deed });
}

fn began(customer: &mut Customer, session: &Session, at: Timestamp) {
    let people = &customer.people;
    let pending = people.device(session.device).is_ok_and(|one| one.state == State::Pending);
    let resistant = people.authenticator(session.authenticator).is_ok_and(|one| one.is_passkey());
    if pending {
        see(customer, session.user, at, Deed::Asked { place: SOMEWHERE });
    }
    let deed = Deed::SignedIn {
        place: SOMEWHERE,
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
            (ask, charge.value, charge.added, false)
        }
        E::Refused { ask, .. } => (ask, Amount::ZERO, Amount::ZERO, true),
        E::Admitted { .. }
        | E::Declined { .. }
        | E::ReplaceAdmitted { .. }
        | E::ReplaceRefused { .. }
        | E::CancelRequested { .. }
        | E::Acknowledged { .. }
        | E::Replaced { .. }
        | E::ReplaceRejected { .. }
        | E::CancelRejected { .. }
        | E::Filled { .. }
        | E::Commissioned { .. }
        | E::Ended { .. }
        | E::MarkedUnknown { .. } => return,
    };
    let deed = Deed::Ordered {
        instrument: ask.terms.instrument.contract_id.unsigned_abs(),
        value: value.whole(),
        reduces: !added.is_positive(),
        refused,
    };
    flow(book, ask.credential, by).observe(&Observation { at, deed });
}

fn flow<'a>(book: &'a mut Book, credential: CredentialId, by: &Actor) -> &'a mut Flow {
    let new = || if matches!(by, Actor::User { .. }) { Flow::by_hand() } else { Flow::default() };
    book.flows.entry(credential).or_insert_with(new)
}
