//! Decide: reads the state and says what should be recorded, or why not. The only entry.

mod allowed;
mod authority;
mod change;
mod dead_man;
mod device;
mod expiry;
mod family;
mod incident;
mod invitation;
mod look;
mod loss;
mod network;
mod notice;
mod pairing;
mod person;
mod place;
mod push;
pub mod question;
mod report;
mod restored;
mod restrict;
mod signed;
mod ticket;
mod top;
mod watch;

pub use allowed::{Need, allowed, need};
pub use change::{alone_from, change_of, may_ask, may_sign};
pub use dead_man::{minded, silence_due};
pub use device::request as device_request;
pub use expiry::expiries_due;
pub use invitation::may_remove;
pub use look::{may_look, may_look_at, may_read};
pub use loss::{loss_due, watched};
pub use ticket::{may_grant, preview};
use top::Weight;
pub use top::{Outlook, outlook};
pub use watch::due;

use crate::actor::Actor;
use crate::command::Command;
use crate::digest::Digest;
use crate::event::Event;
use crate::given::Given;
use crate::id::CredentialId;
use crate::refusal::Refusal;
use crate::state::State;
use crate::time::Timestamp;
use crate::{connection, customer, people, working};
use alloc::string::ToString;
use alloc::vec::Vec;

/// All events of one decision belong to one stream; before them may come what a signature has used of an authenticator,
/// which is the customer's.
pub fn decide(state: &State, actor: &Actor, command: &Command, given: &Given) -> Result<Vec<Event>, Refusal> {
    allowed::allowed(state, actor, command, given.now)?;
    match command {
        Command::Place { client_ref, terms } => place::place(state, actor, *client_ref, terms, given),
        Command::PlaceAtTicket { form, terms, closes } => ticket::place(state, actor, (*form, *closes), terms, given),
        Command::OpenTicket => authority::open_ticket(state, actor, given),
        Command::Answer { id, .. } if state.customer.changes.contains_key(id) => change::answer(actor, *id),
        Command::Answer { id, verdict } => place::answer(state, *actor, *id, (*verdict, Weight::One), given),
        Command::Cancel { client_ref } => restrict::cancel(state, actor, *client_ref, given),
        Command::Decline { client_ref, reason } => restrict::decline(state, actor, *client_ref, reason),
        Command::CancelAll => restrict::cancel_all(state, actor, given),
        Command::CancelOrder { id } => restrict::cancel_order(state, *id),
        Command::Grant { id, signature } => signed::grant(state, actor, *id, signature, given),
        Command::AskChange(asked) => change::ask(state, actor, asked, given),
        Command::SignChange { id, signature } => change::sign(state, actor, *id, signature, given),
        Command::MissSignature { id } if state.customer.changes.contains_key(id) => {
            change::missed(state, actor, *id, given)
        }
        Command::MissSignature { id } => signed::missed(state, actor, *id, given),
        Command::OpenIncident { suspect, why } => incident::open(state, actor, *suspect, *why, given),
        Command::CloseIncident { id } => incident::close(state, *id, given),
        Command::Mark { account, result } => Ok(loss::mark(state, *account, *result, given)),
        Command::Silence { credential, client_id, silent_ms } => {
            Ok(dead_man::silence(state, (*credential, *client_id), *silent_ms))
        }
        Command::TellExpiries => Ok(expiry::tell(state, given.now)),
        Command::Watch => Ok(watch::watch(state, given)),
        Command::AnswerAlert { id, mine, shown } => watch::answer(state, actor, *id, (*mine, shown), given),
        Command::People(asked) => people(state, actor, asked, given),
        Command::Restore(asked) => Ok(restored::restored(state, asked, given)),
        Command::Expire => Ok(restrict::expire(state, given.now)),
        Command::Enforce { voided } => Ok(restrict::enforce(state, voided)),
        Command::Disconnected { credential, client_id } => Ok(restrict::disconnected(state, *credential, *client_id)),
        Command::Connection(seen) => {
            let event = connection::decide(&state.customer.credentials, actor, seen).ok_or(Refusal::NotYours)?;
            Ok(network::news(state, event, given.now).map(Event::Connection).into_iter().collect())
        }
        Command::Report(report) => Ok(report::report(state, report)),
        Command::UseCredential { id, peer_uid, secret } => {
            let event = authority::connect(state, actor, *id, (*peer_uid, secret.as_ref()), given)?;
            Ok(event.into_iter().collect())
        }
        Command::OpenCustomer { .. }
        | Command::OpenAccount { .. }
        | Command::SetAccountLimits { .. }
        | Command::SetRestricted { .. }
        | Command::CreateCredential(_)
        | Command::RotateCredential { .. }
        | Command::SuspendCredential { .. }
        | Command::ResumeCredential { .. }
        | Command::RevokeCredential { .. }
        | Command::SetCredentialLimits { .. }
        | Command::SetTicket { .. }
        | Command::Rearm { .. }
        | Command::Engage { .. }
        | Command::Release { .. } => authorised(state, command, given),
    }
}

fn people(state: &State, actor: &Actor, asked: &people::Command, given: &Given) -> Result<Vec<Event>, Refusal> {
    use people::Command as C;
    let people = &state.customer.people;
    let events = match asked {
        C::OfferEnrolment { sha256 } => person::offer(people, *sha256, given),
        C::Enrol(enrol) => person::enrol(people, enrol, given),
        C::SignIn(sign_in) => person::sign_in(people, sign_in, given),
        C::StepUp { evidence, up_to } => person::step_up(people, actor, evidence, *up_to, given),
        C::See => person::see(people, actor, given),
        C::NoteNetwork { network } => network::note(people, actor, *network, given),
        C::NoteFailure(failed) => network::failed(&state.customer, *failed, given),
        C::EndSession { id } => device::end(people, actor, *id, given),
        C::OfferDeviceCode { sha256 } => device::offer_code(people, actor, *sha256, given),
        C::ConfirmDevice { id, by, replaces } => device::confirm(people, actor, *id, by, *replaces, given),
        C::OfferPairing { sha256, replaces } => pairing::offer(people, actor, *sha256, *replaces, given),
        C::Pair(asked) => pairing::pair(people, asked, given),
        C::BindAuthenticator(new) => device::bind(people, actor, new, given),
        C::RemoveAuthenticator { id } => device::remove(people, actor, *id),
        C::DisableAuthenticator { id } => device::disable(people, *id),
        C::SetEmail { sha256 } => notice::set_email(people, actor, *sha256),
        C::RemoveEmail => notice::remove_email(people, actor),
        C::SetNotices { group, on } => notice::set_group(people, actor, *group, *on),
        C::GiveUpNotice(dead) => Ok(notice::give_up(dead)),
        C::RetryNotice { id } => notice::retry(people, *id),
        C::TurnPushOff { device, only } => push::turn_off(people, actor, *device, only.as_ref()),
        C::MakeInvitationLink { id, sha256 } => invitation::link(people, actor, *id, *sha256, given),
        C::RevokeInvitation { id } => invitation::revoke(people, *id, given),
        C::LogOutEverywhere { user, suspend_credentials } => {
            return Ok(device::log_out_everywhere(state, actor, *user, *suspend_credentials, given)?);
        }
        C::RemoveUser { id } => return Ok(invitation::remove(state, *id)?),
        C::RevokeDevice { id, not_me } => return Ok(device::revoke(state, actor, *id, *not_me, given)?),
    };
    Ok(events?.into_iter().map(Event::People).collect())
}

fn authorised(state: &State, command: &Command, given: &Given) -> Result<Vec<Event>, Refusal> {
    let event = match command {
        Command::OpenCustomer { id, name } => Event::Customer(customer::open(&state.customer, *id, name.clone())?),
        Command::OpenAccount { number, base_currency, live } => {
            authority::open_account(state, number, (*base_currency, *live), given)?
        }
        Command::SetAccountLimits { id, limits, read } => {
            authority::set_account_limits(state, *id, *limits, read.as_ref())?
        }
        Command::SetRestricted { id, restricted } => authority::set_restricted(state, *id, restricted)?,
        Command::CreateCredential(new) => authority::create(state, new, given)?,
        Command::RotateCredential { id, sha256 } => authority::rotate(state, *id, *sha256, given)?,
        Command::SuspendCredential { id } => authority::suspend(state, *id)?,
        Command::ResumeCredential { id } => authority::resume(state, *id)?,
        Command::RevokeCredential { id } => authority::revoke(state, *id)?,
        Command::SetCredentialLimits { id, limits, read } => authority::set_limits(state, *id, *limits, read.as_ref())?,
        Command::SetTicket { id, stated, read } => authority::set_ticket(state, *id, (stated, read.as_ref()), given)?,
        Command::Rearm { credential } => authority::rearm(state, *credential)?,
        Command::Engage { level, resting } => authority::engage(state, *level, *resting, given)?,
        Command::Release { level } => authority::release(state, *level)?,
        Command::UseCredential { .. }
        | Command::Place { .. }
        | Command::OpenTicket
        | Command::PlaceAtTicket { .. }
        | Command::Cancel { .. }
        | Command::Decline { .. }
        | Command::CancelAll
        | Command::CancelOrder { .. }
        | Command::Answer { .. }
        | Command::Grant { .. }
        | Command::AskChange(_)
        | Command::SignChange { .. }
        | Command::MissSignature { .. }
        | Command::OpenIncident { .. }
        | Command::CloseIncident { .. }
        | Command::Mark { .. }
        | Command::Silence { .. }
        | Command::TellExpiries
        | Command::Watch
        | Command::Restore(_)
        | Command::AnswerAlert { .. }
        | Command::People(_)
        | Command::Expire
        | Command::Enforce { .. }
        | Command::Disconnected { .. }
        | Command::Connection(_)
        | Command::Report(_) => return Err(Refusal::NotYours),
    };
    Ok([event].into())
}

/// What to record of a refusal that matters: an order that was asked for and not taken, a program that was turned
/// away at its listener.
pub fn refused(state: &State, actor: &Actor, command: &Command, refusal: &Refusal, given: &Given) -> Option<Event> {
    if let Command::UseCredential { id, peer_uid, secret } = command {
        return turned_away(state, *id, (*peer_uid, secret.as_ref()), refusal, given.now);
    }
    let (Command::Place { client_ref, terms }, Actor::Credential(credential)) = (command, actor) else {
        return ticket::refused(state, actor, command, refusal, given)
            .or_else(|| signed::copied(state, actor, command, given.now));
    };
    let reason = refusal.reason();
    let open = state.book.orders.values().find(|o| o.credential == *credential && o.client_ref == *client_ref);
    Some(Event::Order(match open {
        Some(order) => working::Event::ReplaceRefused { id: order.id, reason },
        None => working::Event::Refused {
            ask: working::Ask {
                id: crate::id::OrderId::new(given.now.0, given.dice[0]),
                credential: *credential,
                client_ref: *client_ref,
                terms: terms.clone(),
            },
            reason,
        },
    }))
}

/// Whose program it was is told, what it showed is not.
fn turned_away(
    state: &State,
    credential: CredentialId,
    shown: (u32, Option<&Digest>),
    refusal: &Refusal,
    now: Timestamp,
) -> Option<Event> {
    let known = state.customer.credential(credential).ok()?;
    let mut why = refusal.reason();
    why.facts.push(("peer_uid".into(), shown.0.to_string()));
    let secret_elsewhere = network::secret_elsewhere(state, known, shown, now);
    Some(Event::Connection(connection::Event::Refused { credential, why, secret_elsewhere }))
}
