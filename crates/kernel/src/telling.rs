//! Telling: which events are worth a notice, and whose; a pure function of the event and the state before it.

use crate::actor::Actor;
use crate::digest::Digest;
use crate::event::{Event, Recorded};
use crate::expiry::{Stage, Told};
use crate::id::UserId;
use crate::notice::{Event as OwnEvent, Kind, UNANSWERED};
use crate::people::Event as People;
use crate::push::Push;
use crate::session::Session;
use crate::state::State;
use crate::ticket::Stated;
use crate::{
    account, alert, api_credential, approval, authenticator, change, connection, day_loss, dead_man, device, invitation,
};
use crate::{kill_switch, push, session, user, working};
use alloc::vec::Vec;

/// One event that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub kind: Kind,
    /// Those who want to hear of it; of security all whom it concerns.
    pub users: Vec<UserId>,
    /// An address that was theirs until now is told too: whoever took it away may have been another.
    pub former: Option<Digest>,
    /// A device that another one has silenced or unbound hears of it, and then nothing more.
    pub silenced: Option<Push>,
}

enum Whom {
    One(UserId),
    /// Them, and every owner.
    OneAndOwners(UserId),
    /// Everyone who may answer for orders.
    Traders,
    All,
}

/// `before` does not hold the event yet.
pub fn of(before: &State, recorded: &Recorded) -> Option<Notice> {
    let (kind, whom) = match &recorded.event {
        Event::People(People::Notice(OwnEvent::GroupSet { user, .. }))
            if !before.book.told.is_wish(*user, recorded.at) =>
        {
            return None;
        }
        Event::People(event) => of_people(before, event)?,
        Event::Credential(event) => (of_credential(before, event)?, whom_of_credential(before, event)),
        Event::Account(event) => (of_account(before, event)?, Whom::All),
        Event::KillSwitch(kill_switch::Event::Engaged(_)) => (Kind::KillSwitchEngaged, Whom::All),
        Event::KillSwitch(kill_switch::Event::Released { .. }) => (Kind::KillSwitchReleased, Whom::All),
        Event::Approval(event) => (of_approval(before, event)?, Whom::Traders),
        // Nobody else can sign it, and they are told when it is on.
        Event::Change(change::Event::Asked { asked, .. }) if asked.change.is_ones_own() => return None,
        Event::Change(change::Event::Asked { .. }) if !before.book.told.is_asked(recorded.at) => return None,
        Event::Change(change::Event::Asked { .. }) => (Kind::ChangeAsked, Whom::All),
        Event::Alert(alert::Event::Raised(one)) => match one.subject {
            alert::Subject::User(user) => (Kind::Alert, Whom::OneAndOwners(user)),
            alert::Subject::Credential(_) => (Kind::Alert, Whom::All),
        },
        Event::DayLoss(day_loss::Event::Reached(_)) => (Kind::DayLoss, Whom::All),
        // Of what was released, or came back by itself.
        Event::DayLoss(day_loss::Event::Accepted(_)) => return None,
        Event::DeadMan(dead_man::Event::Reached(one))
            if before.book.told.is_silence(one.credential, recorded.at) =>
        {
            (Kind::ProgramSilent, Whom::All)
        }
        Event::Order(working::Event::Filled { .. }) => (Kind::Fill, Whom::All),
        Event::Order(working::Event::MarkedUnknown { .. }) => (Kind::OrderUnknown, Whom::All),
        Event::Order(working::Event::Declined { credential, reason: why, .. })
        | Event::Connection(connection::Event::Refused { credential, why, .. })
            if before.book.told.is_flood(*credential, why, recorded.at) =>
        {
            (Kind::ProgramRefused, Whom::All)
        }
        Event::Order(_)
        | Event::Connection(_)
        | Event::Customer(_)
        | Event::Meter(_)
        | Event::DeadMan(_)
        | Event::Alert(alert::Event::Answered { .. })
        // What was signed is told by what comes of it.
        | Event::Change(change::Event::Signed { .. } | change::Event::Dropped { .. } | change::Event::Missed { .. })
        | Event::Source(_)
        | Event::Seal(_)
        // Told by the switch that it engages.
        | Event::Restore(_)
        | Event::Incident(_) => return None,
    };
    let former = former(before, &recorded.event);
    let silenced = silenced(before, recorded);
    Some(Notice { kind, users: users(before, kind, &whom), former, silenced })
}

fn silenced(before: &State, recorded: &Recorded) -> Option<Push> {
    let people = &before.customer.people;
    let Event::People(
        People::Push(push::Event::Off { device, why: push::Why::Asked, .. })
        | People::Device(device::Event::Revoked { id: device, .. }),
    ) = &recorded.event
    else {
        return None;
    };
    // What it does itself it knows; its browser has forgotten the push service by then.
    let itself = |one: &Session| matches!(recorded.actor, Actor::User { session, .. } if session == one.id);
    let elsewhere = !people.sessions.iter().any(|one| itself(one) && one.device == *device);
    push::on(&people.pushes, *device).copied().filter(|_| elsewhere)
}

fn former(before: &State, event: &Event) -> Option<Digest> {
    if let Event::People(People::User(user::Event::Removed { id })) = event {
        return before.customer.people.notices.email(*id);
    }
    let Event::People(People::Notice(event)) = event else { return None };
    match event {
        OwnEvent::EmailSet { former, .. } => *former,
        OwnEvent::EmailRemoved { former, .. } => Some(*former),
        OwnEvent::GroupSet { .. } | OwnEvent::Dead(_) | OwnEvent::Retried { .. } => None,
    }
}

fn users(state: &State, kind: Kind, whom: &Whom) -> Vec<UserId> {
    let people = &state.customer.people;
    let wants = |user: UserId| kind.group().is_none_or(|group| people.notices.wants(user, group));
    let all = people.users.iter().filter(|user| match whom {
        Whom::One(id) => user.id == *id,
        Whom::OneAndOwners(id) => user.id == *id || user.role.may_move(),
        Whom::Traders => user.role.may_trade(),
        Whom::All => true,
    });
    all.map(|user| user.id).filter(|user| wants(*user)).collect()
}

fn of_people(before: &State, event: &People) -> Option<(Kind, Whom)> {
    let people = &before.customer.people;
    let of = |id| people.authenticator(id).map(|one| Whom::One(one.user)).ok();
    let on = |id| people.device(id).map(|one| Whom::One(one.user)).ok();
    Some(match event {
        People::Session(session::Event::Begun(session)) => {
            let pending = people.device(session.device).is_ok_and(|one| one.state == device::State::Pending);
            (if pending { Kind::NewDevice } else { Kind::SignIn }, Whom::One(session.user))
        }
        People::Device(device::Event::Confirmed { id, .. }) => (Kind::DeviceConfirmed, on(*id)?),
        People::Device(device::Event::Revoked { id, .. }) => (Kind::DeviceRevoked, on(*id)?),
        // By a passkey somebody signs: whose it is matters to whoever counts two of them.
        People::Authenticator(authenticator::Event::Bound(one)) if one.is_passkey() => {
            (Kind::AuthenticatorBound, Whom::OneAndOwners(one.user))
        }
        People::Authenticator(authenticator::Event::Bound(one)) => (Kind::AuthenticatorBound, Whom::One(one.user)),
        People::Authenticator(authenticator::Event::Removed { id }) => (Kind::AuthenticatorRemoved, of(*id)?),
        People::Authenticator(authenticator::Event::Disabled { id }) => (Kind::AuthenticatorDisabled, of(*id)?),
        People::Authenticator(authenticator::Event::CounterFellBack { id, .. }) => {
            (Kind::AuthenticatorCopied, of(*id)?)
        }
        People::User(user::Event::Created(_)) => (Kind::UserEnrolled, Whom::All),
        People::User(user::Event::LoggedOutEverywhere { id, .. }) => (Kind::LoggedOutEverywhere, Whom::One(*id)),
        People::User(user::Event::Removed { .. }) => (Kind::UserRemoved, Whom::All),
        People::Invitation(invitation::Event::Made(_) | invitation::Event::LinkMade { .. }) => {
            (Kind::UserInvited, Whom::All)
        }
        People::Notice(OwnEvent::EmailSet { user, .. } | OwnEvent::EmailRemoved { user, .. }) => {
            (Kind::EmailChanged, Whom::One(*user))
        }
        People::Notice(OwnEvent::GroupSet { user, .. })
        | People::Push(push::Event::On(push::Push { user, .. }) | push::Event::Off { user, .. }) => {
            (Kind::NoticesChanged, Whom::One(*user))
        }
        // Of what cannot be delivered nothing can be delivered.
        People::Notice(OwnEvent::Dead(_) | OwnEvent::Retried { .. })
        | People::Session(_)
        // Told with the sign-in that brings it.
        | People::Device(device::Event::Bound(_) | device::Event::CodeOffered(_) | device::Event::Used { .. })
        | People::Authenticator(authenticator::Event::Used { .. })
        | People::Pairing(_)
        // The detector hears of it, and tells.
        | People::Attempt(_)
        // Told by the user who came, or is not worth it.
        | People::Invitation(invitation::Event::Revoked { .. } | invitation::Event::Used { .. })
        | People::Enrolment(_) => return None,
    })
}

/// What a person stated for their own ticket runs out for them.
fn whom_of_credential(before: &State, event: &api_credential::Event) -> Whom {
    let api_credential::Event::Expiry(told) = event else { return Whom::All };
    let holder = before.customer.credential(told.id).ok().and_then(|one| one.holder);
    holder.map_or(Whom::All, Whom::OneAndOwners)
}

/// Narrower limits are nobody's worry.
fn of_credential(before: &State, event: &api_credential::Event) -> Option<Kind> {
    use api_credential::Event as E;
    let known = |id| before.customer.credential(id).ok();
    match event {
        E::Created(_) => Some(Kind::CredentialCreated),
        E::Rotated { .. } => Some(Kind::CredentialRotated),
        E::Suspended { .. } => Some(Kind::CredentialSuspended),
        E::Resumed { .. } => Some(Kind::CredentialResumed),
        E::Revoked { .. } => Some(Kind::CredentialRevoked),
        E::Expiry(Told { stage: Stage::Soon, .. }) => Some(Kind::CredentialExpiring),
        E::Expiry(Told { stage: Stage::Over, .. }) => Some(Kind::CredentialExpired),
        E::LimitsSet { id, limits } => {
            let old = known(*id).map(|one| one.limits).unwrap_or_default();
            (!limits.no_wider_than(&old)).then_some(Kind::LimitsRaised)
        }
        E::TicketStated { id, stated } => {
            let old = known(*id).map(Stated::of).unwrap_or_default();
            (!stated.no_wider_than(&old)).then_some(Kind::LimitsRaised)
        }
        E::Used { .. } => None,
    }
}

fn of_account(before: &State, event: &account::Event) -> Option<Kind> {
    let raised = match event {
        account::Event::Opened(_) => false,
        account::Event::LimitsSet { id, limits } => {
            let old = before.customer.account(*id).map(|one| one.limits).unwrap_or_default();
            !limits.no_wider_than(&old)
        }
        account::Event::RestrictedSet { id, restricted } => {
            let old = before.customer.account(*id).map(|one| one.restricted.as_slice()).unwrap_or_default();
            !old.iter().all(|one| restricted.contains(one))
        }
    };
    raised.then_some(Kind::LimitsRaised)
}

fn of_approval(before: &State, event: &approval::Event) -> Option<Kind> {
    match event {
        approval::Event::Requested { .. } if before.book.told.unanswered < UNANSWERED => Some(Kind::ApprovalAsked),
        approval::Event::Requested { .. } => {
            (before.book.told.unanswered == UNANSWERED).then_some(Kind::ApprovalsUnanswered)
        }
        approval::Event::Settled { .. } => Some(Kind::ApprovalSettled),
        approval::Event::Signed { .. } | approval::Event::Missed { .. } => None,
    }
}
