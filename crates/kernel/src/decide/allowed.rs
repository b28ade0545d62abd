//! Who may ask for what: one line for each command, for every door.

use crate::actor::Actor;
use crate::alert::{self, Alert, Subject};
use crate::approval::Verdict;
use crate::change::Change;
use crate::command::Command;
use crate::decide::change::change_of;
use crate::evidence::Capability;
use crate::id::{SessionId, UserId};
use crate::people::{self, Signed};
use crate::refusal::Refusal;
use crate::state::State;
use crate::time::Timestamp;

/// What a command takes of whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Judged where it is decided: a program's own orders, a venue's reports, the clock.
    Own,
    /// Whoever is not signed in yet.
    Visitor,
    /// A session that lives, even on a device that waits to be confirmed.
    Session,
    /// A session on a confirmed device.
    View,
    /// A person's own orders: a role that may place, and the *trade* window.
    Trade,
    /// Takes risk or authority away: by a person who may trade, or at the machine.
    Restrict,
    /// Gives more: a person's *move* window; at the machine only before an owner is enrolled.
    Widen,
    /// A person's signature; at the machine only before an owner is enrolled.
    Sign,
    /// Only the house itself.
    House,
}

pub fn need(state: &State, command: &Command) -> Need {
    match command {
        Command::Place { .. }
        | Command::Decline { .. }
        | Command::Cancel { .. }
        | Command::CancelAll
        | Command::UseCredential { .. }
        | Command::Expire
        | Command::Enforce { .. }
        | Command::Disconnected { .. }
        | Command::Connection(_)
        | Command::Report(_) => Need::Own,
        Command::CancelOrder { .. }
        | Command::Engage { .. }
        | Command::SuspendCredential { .. }
        | Command::RevokeCredential { .. }
        | Command::Answer { verdict: Verdict::Refuse | Verdict::TimeOut | Verdict::Void, .. } => Need::Restrict,
        Command::Answer { verdict: Verdict::Grant, .. } => Need::Sign,
        // What widens is a change to be signed; what narrows is not.
        Command::SetAccountLimits { .. }
        | Command::SetRestricted { .. }
        | Command::SetCredentialLimits { .. }
        | Command::SetTicket { .. } => match change_of(state, command) {
            Some(_) => Need::Sign,
            None => Need::Restrict,
        },
        Command::Release { .. } | Command::ResumeCredential { .. } => Need::Sign,
        Command::CreateCredential(_) if change_of(state, command).is_some() => Need::Sign,
        Command::OpenTicket | Command::PlaceAtTicket { .. } => Need::Trade,
        Command::OpenCustomer { .. }
        | Command::OpenAccount { .. }
        | Command::CreateCredential(_)
        | Command::RotateCredential { .. }
        | Command::Rearm { .. } => Need::Widen,
        // Their own, whatever the role; the signature is what it takes.
        Command::AskChange(Change::Push { .. }) => Need::View,
        Command::AskChange(_) | Command::OpenIncident { .. } | Command::AnswerAlert { mine: false, .. } => {
            Need::Restrict
        }
        // Whoever came in by theft would say so too: it takes what cannot be phished, shown with it or before it.
        Command::AnswerAlert { mine: true, shown, .. } if !shown.is_empty() => Need::View,
        Command::AnswerAlert { mine: true, .. } => Need::Widen,
        Command::Watch | Command::Mark { .. } | Command::Silence { .. } => Need::House,
        Command::TellExpiries | Command::Restore(_) => Need::House,
        // It says that all is well again: by whoever may release what it stopped.
        Command::CloseIncident { .. } => Need::Widen,
        Command::Grant { .. } | Command::SignChange { .. } | Command::MissSignature { .. } => Need::View,
        // So does whoever is put out of what they may sign.
        Command::People(people::Command::RemoveUser { .. }) if change_of(state, command).is_some() => Need::Sign,
        Command::People(command) => of_people(command),
    }
}

const fn of_people(command: &people::Command) -> Need {
    use people::Command as C;
    match command {
        C::OfferEnrolment { .. } => Need::Widen,
        C::Enrol(_) | C::SignIn(_) | C::Pair(_) => Need::Visitor,
        C::See | C::NoteNetwork { .. } | C::EndSession { .. } | C::ConfirmDevice { .. } => Need::Session,
        C::StepUp { .. }
        | C::LogOutEverywhere { .. }
        | C::RevokeDevice { .. }
        | C::OfferDeviceCode { .. }
        | C::SetNotices { .. }
        | C::TurnPushOff { .. } => Need::View,
        C::BindAuthenticator(_)
        | C::RemoveAuthenticator { .. }
        | C::SetEmail { .. }
        | C::RemoveEmail
        | C::OfferPairing { .. } => Need::Widen,
        C::DisableAuthenticator { .. } | C::GiveUpNotice(_) | C::NoteFailure(_) => Need::House,
        C::RetryNotice { .. } | C::RevokeInvitation { .. } => Need::Restrict,
        C::MakeInvitationLink { .. } | C::RemoveUser { .. } => Need::Widen,
    }
}

/// Whether `actor` may ask for it now; why not, so that a door can say why something is locked.
pub fn allowed(state: &State, actor: &Actor, command: &Command, now: Timestamp) -> Result<(), Refusal> {
    let need = need(state, command);
    if need == Need::Own {
        return of_the_house(actor, command);
    }
    match actor {
        Actor::House => Ok(()),
        // Told there that whoever asks cannot answer.
        Actor::Credential(_) | Actor::Venue if matches!(command, Command::Answer { .. }) => Ok(()),
        Actor::Credential(_) | Actor::Venue => Err(Refusal::NotYours),
        Actor::Visitor if need == Need::Visitor => Ok(()),
        Actor::Visitor => Err(Refusal::NotYours),
        Actor::Local { .. } => at_the_machine(state, command, need),
        Actor::User { session, .. } => by_a_person(state, actor, *session, command, need, now),
    }
}

/// Facts, the clock and what follows from them come from nobody at a door; the rest is judged where it is decided.
const fn of_the_house(actor: &Actor, command: &Command) -> Result<(), Refusal> {
    match (command, actor) {
        (_, Actor::House) | (Command::Report(_), Actor::Venue) => Ok(()),
        (Command::Report(_) | Command::Expire | Command::Enforce { .. } | Command::Disconnected { .. }, _) => {
            Err(Refusal::NotYours)
        }
        (_, Actor::Credential(_) | Actor::User { .. } | Actor::Visitor | Actor::Local { .. } | Actor::Venue) => Ok(()),
    }
}

/// Once an owner is enrolled the local socket only restricts: a program of the same user could call it too.
fn at_the_machine(state: &State, command: &Command, need: Need) -> Result<(), Refusal> {
    use people::Command as C;
    if let Command::People(C::EndSession { .. } | C::LogOutEverywhere { .. } | C::RevokeDevice { .. }) = command {
        return Ok(());
    }
    match need {
        Need::Restrict => Ok(()),
        Need::Widen | Need::Sign if state.customer.people.owner().is_some() => {
            Err(people::Refusal::OwnerMustSign.into())
        }
        Need::Widen | Need::Sign => Ok(()),
        Need::Own | Need::Visitor | Need::Session | Need::View | Need::Trade | Need::House => Err(Refusal::NotYours),
    }
}

fn by_a_person(
    state: &State,
    actor: &Actor,
    session: SessionId,
    command: &Command,
    need: Need,
    now: Timestamp,
) -> Result<(), Refusal> {
    let people = &state.customer.people;
    let own = |signed: &Signed<'_>| *actor == Actor::User { user: signed.user.id, session };
    if need == Need::Session {
        let signed = people.living(session, now)?;
        return if own(&signed) { Ok(()) } else { Err(Refusal::NotYours) };
    }
    let signed = people.signed_in(session, now)?;
    if !own(&signed) {
        return Err(Refusal::NotYours);
    }
    match need {
        Need::View if is_of_another_device(command, &signed) => ones_own(&signed, now),
        Need::View => Ok(()),
        Need::Trade if !signed.user.role.may_place() => {
            Err(people::Refusal::RoleMissing { role: signed.user.role }.into())
        }
        Need::Trade => Ok(signed.may(Capability::Trade, now)?),
        Need::Restrict if signed.user.role.may_trade() => Ok(()),
        Need::Restrict if is_own_question(state, signed.user.id, command) => Ok(()),
        Need::Restrict => Err(people::Refusal::RoleMissing { role: signed.user.role }.into()),
        Need::Widen if is_own_alert(state, signed.user.id, command) => ones_own(&signed, now),
        Need::Widen => may_widen(&signed, command, now),
        // What is signed says so: `Grant`, `SignChange`.
        Need::Sign => Err(people::Refusal::FactorMissing.into()),
        Need::Own | Need::Visitor | Need::Session | Need::House => Err(Refusal::NotYours),
    }
}

/// A no to what one has asked for oneself, whatever the role.
fn is_own_question(state: &State, user: UserId, command: &Command) -> bool {
    let Command::Answer { id, .. } = command else { return false };
    state.customer.changes.get(id).is_some_and(|asked| asked.user == user && asked.change.is_ones_own())
}

/// That it was oneself: whatever the role, nobody else knows.
fn is_own_alert(state: &State, user: UserId, command: &Command) -> bool {
    let Command::AnswerAlert { id, mine: true, .. } = command else { return false };
    let own = |one: &Alert| one.id == *id && one.subject == Subject::User(user);
    alert::open(&state.customer.alerts).any(own)
}

/// One's own authenticators, phone and address take the *move* window, whatever the role; everything else also the role.
fn may_widen(signed: &Signed<'_>, command: &Command, now: Timestamp) -> Result<(), Refusal> {
    use people::Command as C;
    let own = matches!(
        command,
        Command::People(
            C::BindAuthenticator(_)
                | C::RemoveAuthenticator { .. }
                | C::SetEmail { .. }
                | C::RemoveEmail
                | C::OfferPairing { .. }
        )
    );
    if !own {
        return Ok(signed.may(Capability::Move, now)?);
    }
    ones_own(signed, now)
}

fn ones_own(signed: &Signed<'_>, now: Timestamp) -> Result<(), Refusal> {
    signed.device.may_move(now).map_err(people::Refusal::from)?;
    Ok(signed.session.may(Capability::Move, now).map_err(people::Refusal::from)?)
}

/// Turned off elsewhere than where it rings: whoever wants to be unseen begins with that.
fn is_of_another_device(command: &Command, signed: &Signed<'_>) -> bool {
    matches!(command, Command::People(people::Command::TurnPushOff { device, .. }) if *device != signed.device.id)
}
