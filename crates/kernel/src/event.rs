//! The list of events: everything that can have happened; the journal holds nothing else.

use crate::actor::Actor;
use crate::expiry::{Stage, Told};
use crate::id::{CorrelationId, OrderId};
use crate::kill_switch::Level;
use crate::time::Timestamp;
use crate::{
    account, alert, api_credential, approval, attempt, authenticator, change, connection, customer, day_loss, dead_man,
    device, enrolment, incident, invitation,
};
use crate::{kill_switch, meter, notice, pairing, people, push, restore, seal, session, source, user, working};
use serde::{Deserialize, Serialize};

/// The version of the shapes below; older ones are brought up when they are read.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Customer(customer::Event),
    Account(account::Event),
    Credential(api_credential::Event),
    KillSwitch(kill_switch::Event),
    Approval(approval::Event),
    Order(working::Event),
    Meter(meter::Event),
    Connection(connection::Event),
    People(people::Event),
    Change(change::Event),
    Source(source::Event),
    Seal(seal::Event),
    Incident(incident::Event),
    Alert(alert::Event),
    DayLoss(day_loss::Event),
    DeadMan(dead_man::Event),
    Restore(restore::Event),
}

/// Which stream an event is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Customer,
    Book,
    Firm,
    /// One for each user, name or address that somebody tries to come in by.
    Source,
}

/// An event as it is written: with when, by whom and in answer to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    pub at: Timestamp,
    pub actor: Actor,
    pub correlation: CorrelationId,
    pub event: Event,
    pub v: u32,
}

impl Event {
    /// The order that it is about.
    pub const fn order(&self) -> Option<OrderId> {
        match self {
            Self::Order(event) => event.order(),
            Self::Approval(approval::Event::Requested { approval, .. }) => Some(approval.order),
            Self::Approval(
                approval::Event::Signed { .. } | approval::Event::Settled { .. } | approval::Event::Missed { .. },
            )
            | Self::Customer(_)
            | Self::Account(_)
            | Self::Alert(_)
            | Self::DayLoss(_)
            | Self::DeadMan(_)
            | Self::Credential(_)
            | Self::KillSwitch(_)
            | Self::Meter(_)
            | Self::Connection(_)
            | Self::People(_)
            | Self::Change(_)
            | Self::Source(_)
            | Self::Seal(_)
            | Self::Restore(_)
            | Self::Incident(_) => None,
        }
    }

    pub fn aggregate(&self) -> Aggregate {
        match self {
            Self::Customer(_)
            | Self::Account(_)
            | Self::Credential(_)
            | Self::People(_)
            | Self::Incident(_)
            | Self::Alert(_)
            | Self::DayLoss(_) => Aggregate::Customer,
            // What it rests on is written where what it did is.
            Self::Change(change::Event::Signed { change: change::Change::Release { level: released }, .. }) => {
                level(*released)
            }
            Self::Change(_) => Aggregate::Customer,
            Self::KillSwitch(kill_switch::Event::Engaged(switch)) => level(switch.level),
            Self::KillSwitch(kill_switch::Event::Released { level: released }) => level(*released),
            Self::Approval(_) | Self::Order(_) | Self::Meter(_) | Self::Connection(_) | Self::DeadMan(_) => {
                Aggregate::Book
            }
            Self::Source(_) => Aggregate::Source,
            Self::Seal(_) | Self::Restore(_) => Aggregate::Firm,
        }
    }

    /// The name it goes by in lists and filters.
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Customer(customer::Event::Opened { .. }) => "customer.opened",
            Self::Account(event) => match event {
                account::Event::Opened(_) => "account.opened",
                account::Event::LimitsSet { .. } => "account.limits_set",
                account::Event::RestrictedSet { .. } => "account.restricted_set",
            },
            Self::Credential(event) => match event {
                api_credential::Event::Created(_) => "credential.created",
                api_credential::Event::Rotated { .. } => "credential.rotated",
                api_credential::Event::Suspended { .. } => "credential.suspended",
                api_credential::Event::Resumed { .. } => "credential.resumed",
                api_credential::Event::Revoked { .. } => "credential.revoked",
                api_credential::Event::LimitsSet { .. } => "credential.limits_set",
                api_credential::Event::TicketStated { .. } => "credential.ticket_stated",
                api_credential::Event::Used { .. } => "credential.used",
                api_credential::Event::Expiry(Told { stage: Stage::Soon, .. }) => "credential.expiring",
                api_credential::Event::Expiry(Told { stage: Stage::Over, .. }) => "credential.expired",
            },
            Self::KillSwitch(kill_switch::Event::Engaged(_)) => "kill_switch.engaged",
            Self::KillSwitch(kill_switch::Event::Released { .. }) => "kill_switch.released",
            Self::Approval(approval::Event::Requested { .. }) => "approval.requested",
            Self::Approval(approval::Event::Signed { .. }) => "approval.signed",
            Self::Approval(approval::Event::Settled { .. }) => "approval.settled",
            Self::Approval(approval::Event::Missed { .. }) => "approval.missed",
            Self::Order(event) => order_tag(event),
            Self::Meter(meter::Event::Rearmed { .. }) => "meter.rearmed",
            Self::Connection(connection::Event::Refused { .. }) => "connection.refused",
            Self::Connection(connection::Event::Opened(_)) => "connection.opened",
            Self::Connection(connection::Event::Read(_)) => "connection.read",
            Self::People(event) => people_tag(event),
            Self::Change(change::Event::Asked { .. }) => "change.asked",
            Self::Change(change::Event::Signed { .. }) => "change.signed",
            Self::Change(change::Event::Dropped { .. }) => "change.dropped",
            Self::Change(change::Event::Missed { .. }) => "change.missed",
            Self::Source(source::Event::Failed { .. }) => "source.failed",
            Self::Source(source::Event::Succeeded { .. }) => "source.succeeded",
            Self::Source(source::Event::Disabled { .. }) => "source.disabled",
            Self::Seal(seal::Event::Rotated { .. }) => "seal.rotated",
            Self::Incident(incident::Event::Opened(_)) => "incident.opened",
            Self::Incident(incident::Event::Closed { .. }) => "incident.closed",
            Self::Alert(alert::Event::Raised(_)) => "alert.raised",
            Self::Alert(alert::Event::Answered { .. }) => "alert.answered",
            Self::DayLoss(day_loss::Event::Reached(_)) => "day_loss.reached",
            Self::DayLoss(day_loss::Event::Accepted(_)) => "day_loss.accepted",
            Self::DeadMan(dead_man::Event::Reached(_)) => "dead_man.reached",
            Self::Restore(restore::Event::Restored(_)) => "journal.restored",
        }
    }
}

fn people_tag(event: &people::Event) -> &'static str {
    use people::Event as E;
    match event {
        E::Enrolment(enrolment::Event::Offered(_)) => "enrolment.offered",
        E::Enrolment(enrolment::Event::Used { .. }) => "enrolment.used",
        E::User(user::Event::Created(_)) => "user.created",
        E::User(user::Event::LoggedOutEverywhere { .. }) => "user.logged_out_everywhere",
        E::Authenticator(authenticator::Event::Bound(_)) => "authenticator.bound",
        E::Authenticator(authenticator::Event::Used { .. }) => "authenticator.used",
        E::Authenticator(authenticator::Event::CounterFellBack { .. }) => "authenticator.counter_fell_back",
        E::Authenticator(authenticator::Event::Disabled { .. }) => "authenticator.disabled",
        E::Authenticator(authenticator::Event::Removed { .. }) => "authenticator.removed",
        E::Device(device::Event::Bound(_)) => "device.bound",
        E::Device(device::Event::CodeOffered(_)) => "device.code_offered",
        E::Device(device::Event::Confirmed { .. }) => "device.confirmed",
        E::Device(device::Event::Used { .. }) => "device.used",
        E::Device(device::Event::Revoked { .. }) => "device.revoked",
        E::Session(session::Event::Begun(_)) => "session.begun",
        E::Session(session::Event::Seen { .. }) => "session.seen",
        E::Session(session::Event::NetworkChanged { .. }) => "session.network_changed",
        E::Attempt(attempt::Event::Failed(_)) => "attempt.failed",
        E::Session(session::Event::SteppedUp { .. }) => "session.stepped_up",
        E::Session(session::Event::Lowered { .. }) => "session.lowered",
        E::Session(session::Event::Ended { .. }) => "session.ended",
        E::Pairing(pairing::Event::Offered(_)) => "pairing.offered",
        E::Pairing(pairing::Event::Used { .. }) => "pairing.used",
        E::Notice(notice::Event::EmailSet { .. }) => "notice.email_set",
        E::Notice(notice::Event::EmailRemoved { .. }) => "notice.email_removed",
        E::Notice(notice::Event::GroupSet { .. }) => "notice.group_set",
        E::Notice(notice::Event::Dead(_)) => "notice.dead",
        E::Notice(notice::Event::Retried { .. }) => "notice.retried",
        E::Push(push::Event::On(_)) => "push.on",
        E::Push(push::Event::Off { .. }) => "push.off",
        E::User(user::Event::Removed { .. }) => "user.removed",
        E::Invitation(invitation::Event::Made(_)) => "invitation.made",
        E::Invitation(invitation::Event::LinkMade { .. }) => "invitation.link_made",
        E::Invitation(invitation::Event::Revoked { .. }) => "invitation.revoked",
        E::Invitation(invitation::Event::Used { .. }) => "invitation.used",
    }
}

fn order_tag(event: &working::Event) -> &'static str {
    match event {
        working::Event::Held { .. } => "order.held",
        working::Event::Admitted { .. } => "order.admitted",
        working::Event::Released { .. } => "order.released",
        working::Event::Refused { .. } => "order.refused",
        working::Event::Declined { .. } => "order.declined",
        working::Event::ReplaceAdmitted { .. } => "order.replace_admitted",
        working::Event::ReplaceRefused { .. } => "order.replace_refused",
        working::Event::CancelRequested { .. } => "order.cancel_requested",
        working::Event::Acknowledged { .. } => "order.acknowledged",
        working::Event::Replaced { .. } => "order.replaced",
        working::Event::ReplaceRejected { .. } => "order.replace_rejected",
        working::Event::CancelRejected { .. } => "order.cancel_rejected",
        working::Event::Filled { .. } => "order.filled",
        working::Event::Commissioned { .. } => "order.commissioned",
        working::Event::Ended { .. } => "order.ended",
        working::Event::MarkedUnknown { .. } => "order.marked_unknown",
        working::Event::PositionTold { .. } => "position.told",
    }
}

const fn level(level: Level) -> Aggregate {
    match level {
        Level::Firm => Aggregate::Firm,
        Level::Credential(_) | Level::Account(_) | Level::Customer => Aggregate::Customer,
    }
}
