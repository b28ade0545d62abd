//! The list of events: everything that can have happened; the journal holds nothing else.

use crate::actor::Actor;
use crate::id::CorrelationId;
use crate::kill_switch::Level;
use crate::time::Timestamp;
use crate::{account, api_credential, approval, connection, customer, kill_switch, meter, working};
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
}

/// Which stream an event is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Customer,
    Book,
    Firm,
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
    pub fn aggregate(&self) -> Aggregate {
        match self {
            Self::Customer(_) | Self::Account(_) | Self::Credential(_) => Aggregate::Customer,
            Self::KillSwitch(kill_switch::Event::Engaged(switch)) => level(switch.level),
            Self::KillSwitch(kill_switch::Event::Released { level: released }) => level(*released),
            Self::Approval(_) | Self::Order(_) | Self::Meter(_) | Self::Connection(_) => Aggregate::Book,
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
                api_credential::Event::Used { .. } => "credential.used",
            },
            Self::KillSwitch(kill_switch::Event::Engaged(_)) => "kill_switch.engaged",
            Self::KillSwitch(kill_switch::Event::Released { .. }) => "kill_switch.released",
            Self::Approval(approval::Event::Requested { .. }) => "approval.requested",
            Self::Approval(approval::Event::Settled { .. }) => "approval.settled",
            Self::Order(event) => order_tag(event),
            Self::Meter(meter::Event::Rearmed { .. }) => "meter.rearmed",
            Self::Connection(connection::Event::Refused { .. }) => "connection.refused",
            Self::Connection(connection::Event::Read(_)) => "connection.read",
        }
    }
}

fn order_tag(event: &working::Event) -> &'static str {
    match event {
        working::Event::Held { .. } => "order.held",
        working::Event::Admitted { .. } => "order.admitted",
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
    }
}

const fn level(level: Level) -> Aggregate {
    match level {
        Level::Firm => Aggregate::Firm,
        Level::Credential(_) | Level::Account(_) | Level::Customer => Aggregate::Customer,
    }
}
