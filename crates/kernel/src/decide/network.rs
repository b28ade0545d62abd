//! Decisions on what a door saw: where a session is used from, and which sign-ins failed.

use crate::actor::Actor;
use crate::alert::{Alert, Subject};
use crate::api_credential::ApiCredential;
use crate::attempt::{self, Failed};
use crate::customer::Customer;
use crate::decide::watch::unanswered;
use crate::digest::Digest;
use crate::given::Given;
use crate::network::Network;
use crate::people::{Event, People, Refusal};
use crate::state::State;
use crate::time::Timestamp;
use crate::watch::{Heat, Signal};
use crate::{connection, session};
use alloc::vec::Vec;

/// Written down when it changes, and not faster than a session may change.
pub(super) fn note(people: &People, actor: &Actor, network: Network, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { session: id, .. } = *actor else { return Err(Refusal::NotProven) };
    let changed = people.living(id, given.now)?.session.changes_to(network, given.now);
    let event = session::Event::NetworkChanged { id, network, at: given.now };
    Ok(changed.then_some(Event::Session(event)).into_iter().collect())
}

/// Until the detector has heard as much of it as it counts: a flood is written down for no longer than that.
pub(super) fn failed(customer: &Customer, failed: Failed, given: &Given) -> Result<Vec<Event>, Refusal> {
    let user = customer.people.user(failed.user).ok_or(Refusal::NotProven)?.id;
    let heat = customer.watch.get(&user).map(|person| &person.heat);
    let heard = heard(&customer.alerts, Subject::User(user), heat, Signal::FailedSignIns, given.now);
    Ok((!heard).then_some(Event::Attempt(attempt::Event::Failed(failed))).into_iter().collect())
}

/// Of a connection: what the detector has not heard yet. All else is written down as it comes.
pub(super) fn news(state: &State, event: connection::Event, now: Timestamp) -> Option<connection::Event> {
    let connection::Event::Opened(opened) = &event else { return Some(event) };
    let wanted = state.book.flows.get(&opened.credential).is_none_or(|flow| flow.wants(now, opened.client_key()));
    wanted.then_some(event)
}

/// The right secret in another user's program. Without a secret there is nothing to have. Told until it is heard.
pub(super) fn secret_elsewhere(
    state: &State,
    known: &ApiCredential,
    (peer_uid, secret): (u32, Option<&Digest>),
    now: Timestamp,
) -> bool {
    let right = peer_uid != known.peer_uid
        && !known.secrets.is_empty()
        && secret.is_some()
        && known.opens(known.peer_uid, secret, now).is_ok();
    let flow = state.book.flows.get(&known.id);
    let subject = Subject::Credential(known.id);
    right && !heard(&state.customer.alerts, subject, flow.map(|flow| &flow.heat), Signal::SecretElsewhere, now)
}

/// Whether it counts no more than it does already. What was said of the ones before says nothing of this one.
fn heard(alerts: &[Alert], subject: Subject, heat: Option<&Heat>, signal: Signal, now: Timestamp) -> bool {
    heat.is_some_and(|heat| unanswered(alerts, subject, heat, now).of(signal) >= signal.cap())
}
