//! The list of refusals: every no, with its category and its stable code.

mod of_guard;

use crate::limits::OutOfRange;
use crate::order::Malformed;
use crate::reason::{Category, Reason};
use crate::{
    account, alert, api_credential, approval, authenticator, change, customer, device, enrolment, guard, incident,
};
use crate::{invitation, kill_switch, notice, people, push, session, source, ticket, user};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Customer(customer::Refusal),
    Account(account::Refusal),
    Credential(api_credential::Refusal),
    KillSwitch(kill_switch::Refusal),
    Approval(approval::Refusal),
    Guard(guard::Refusal),
    Malformed(Malformed),
    OrderNumber(OrderNumber),
    Order(Order),
    Family(Family),
    People(people::Refusal),
    Change(change::Refusal),
    Source(source::Refusal),
    Ticket(ticket::Refusal),
    Incident(incident::Refusal),
    Alert(alert::Refusal),
    Limit(OutOfRange),
    /// The command is not for this actor.
    NotYours,
    /// It says something else than whoever asks has read.
    ChangedMeanwhile,
}

/// Why a program's number for an order was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderNumber {
    Used { next: i32 },
    OutOfRange,
}

/// Why an open order was not changed or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    NotOpen,
    CannotChangeThat,
    ChangePending,
    CancelPending,
    OutcomeUnknown,
    ChangeNeedsApproval,
    VenueLost,
}

/// Why a part of a bracket, or of a group, was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// None of its orders with that number waits here for its children.
    ParentNotWaiting,
    /// Another part of it was refused.
    Broken,
    /// It could do more than close what its parent opens.
    DoesNotClose,
    /// Its parent makes a group of its children; they have no other.
    GroupOfItsOwn,
    /// It would wait for a person while the others trade.
    NeedsApproval,
    /// Cancel it, and send another.
    ParkedNotChanged,
}

impl From<Family> for Refusal {
    fn from(refusal: Family) -> Self {
        Self::Family(refusal)
    }
}
impl From<customer::Refusal> for Refusal {
    fn from(refusal: customer::Refusal) -> Self {
        Self::Customer(refusal)
    }
}
impl From<account::Refusal> for Refusal {
    fn from(refusal: account::Refusal) -> Self {
        Self::Account(refusal)
    }
}
impl From<api_credential::Refusal> for Refusal {
    fn from(refusal: api_credential::Refusal) -> Self {
        Self::Credential(refusal)
    }
}
impl From<kill_switch::Refusal> for Refusal {
    fn from(refusal: kill_switch::Refusal) -> Self {
        Self::KillSwitch(refusal)
    }
}
impl From<approval::Refusal> for Refusal {
    fn from(refusal: approval::Refusal) -> Self {
        Self::Approval(refusal)
    }
}
impl From<guard::Refusal> for Refusal {
    fn from(refusal: guard::Refusal) -> Self {
        Self::Guard(refusal)
    }
}
impl From<Malformed> for Refusal {
    fn from(refusal: Malformed) -> Self {
        Self::Malformed(refusal)
    }
}

impl From<people::Refusal> for Refusal {
    fn from(refusal: people::Refusal) -> Self {
        Self::People(refusal)
    }
}
impl From<incident::Refusal> for Refusal {
    fn from(refusal: incident::Refusal) -> Self {
        Self::Incident(refusal)
    }
}
impl From<change::Refusal> for Refusal {
    fn from(refusal: change::Refusal) -> Self {
        Self::Change(refusal)
    }
}
impl From<source::Refusal> for Refusal {
    fn from(refusal: source::Refusal) -> Self {
        Self::Source(refusal)
    }
}

impl From<ticket::Refusal> for Refusal {
    fn from(refusal: ticket::Refusal) -> Self {
        Self::Ticket(refusal)
    }
}

impl From<OutOfRange> for Refusal {
    fn from(refusal: OutOfRange) -> Self {
        Self::Limit(refusal)
    }
}

impl Refusal {
    pub const fn category(&self) -> Category {
        match self {
            Self::Customer(_) | Self::Account(_) | Self::NotYours => Category::Entitlement,
            Self::Credential(refusal) => credential_category(*refusal),
            Self::People(refusal) => people_category(*refusal),
            Self::Source(source::Refusal::Throttled { .. }) => Category::Identity,
            Self::Change(_)
            | Self::KillSwitch(_)
            | Self::Approval(_)
            | Self::Guard(_)
            | Self::Malformed(_)
            | Self::OrderNumber(_)
            | Self::Order(_)
            | Self::Family(_)
            | Self::ChangedMeanwhile
            | Self::Limit(_)
            | Self::Incident(_)
            | Self::Alert(_)
            | Self::Ticket(_) => Category::Guard,
        }
    }

    pub const fn code(&self) -> &'static str {
        match self {
            Self::Customer(customer::Refusal::AlreadyOpen) => "customer_already_open",
            Self::Customer(customer::Refusal::NotOpen) => "customer_not_open",
            Self::Account(account::Refusal::NumberTaken) => "account_number_taken",
            Self::Account(account::Refusal::BadNumber) => "account_number_malformed",
            Self::Account(account::Refusal::LiveNeedsOwner) => "live_account_needs_owner",
            Self::Account(account::Refusal::NotFound) => "account_not_found",
            Self::Credential(refusal) => credential_code(*refusal),
            Self::KillSwitch(kill_switch::Refusal::NotEngaged) => "kill_switch_not_engaged",
            Self::Approval(approval::Refusal::TooManyPending) => "too_many_approvals_pending",
            Self::Approval(approval::Refusal::NotPending) => "approval_not_pending",
            Self::Approval(approval::Refusal::OwnRequest) => "approval_own_request",
            Self::Approval(approval::Refusal::OtherDevice) => "approval_other_device",
            Self::Approval(approval::Refusal::SignedAlready) => "approval_signed_already",
            Self::Approval(approval::Refusal::OutOfReach) => "approval_out_of_reach",
            Self::Approval(approval::Refusal::TakesTwo) => "approval_takes_two",
            Self::Guard(refusal) => of_guard::code(*refusal),
            Self::Family(refusal) => family_code(*refusal),
            Self::Malformed(Malformed::Quantity) => "quantity_malformed",
            Self::Malformed(Malformed::Price) => "price_malformed",
            Self::Malformed(Malformed::Label) => "label_malformed",
            Self::Malformed(Malformed::Combination) => "order_fields_do_not_go_together",
            Self::OrderNumber(OrderNumber::Used { .. }) => "order_number_used",
            Self::OrderNumber(OrderNumber::OutOfRange) => "order_number_out_of_range",
            Self::Order(Order::NotOpen) => "order_not_open",
            Self::Order(Order::CannotChangeThat) => "change_not_possible",
            Self::Order(Order::ChangePending) => "change_pending",
            Self::Order(Order::CancelPending) => "cancel_pending",
            Self::Order(Order::OutcomeUnknown) => "order_outcome_unknown",
            Self::Order(Order::ChangeNeedsApproval) => "change_needs_approval",
            Self::Order(Order::VenueLost) => "venue_lost",
            Self::Ticket(ticket::Refusal::NotOpen) => "ticket_not_open",
            Self::Ticket(ticket::Refusal::FormSent { .. }) => "ticket_form_sent",
            Self::Ticket(ticket::Refusal::FormTooOld) => "ticket_form_too_old",
            Self::Ticket(ticket::Refusal::NoTimer) => "ticket_has_no_timer",
            Self::Limit(_) => "limit_out_of_range",
            Self::NotYours => "not_yours",
            Self::ChangedMeanwhile => "changed_meanwhile",
            Self::People(refusal) => people_code(*refusal),
            Self::Change(change::Refusal::NotPending) => "change_not_pending",
            Self::Change(change::Refusal::TooManyPending) => "too_many_changes_pending",
            Self::Change(change::Refusal::AloneTooSoon { .. }) => "alone_too_soon",
            Self::Change(change::Refusal::SecondAuthenticator) => "second_authenticator_needed",
            Self::Source(source::Refusal::Throttled { .. }) => "throttled",
            Self::Incident(incident::Refusal::NotOpen) => "incident_not_open",
            Self::Alert(alert::Refusal::NotOpen) => "alert_not_open",
        }
    }

    pub fn reason(&self) -> Reason {
        Reason { category: self.category(), code: self.code().into(), facts: self.facts() }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let mut facts = Vec::new();
        let mut fact = |name: &str, value: &dyn ToString| facts.push((name.into(), value.to_string()));
        match self {
            Self::Guard(refusal) => of_guard::facts(*refusal, &mut fact),
            Self::Credential(api_credential::Refusal::ScopeMissing { scope }) => fact("scope", &scope.as_str()),
            Self::OrderNumber(OrderNumber::Used { next }) => fact("next", next),
            Self::People(people::Refusal::RoleMissing { role }) => fact("role", &role.as_str()),
            Self::People(people::Refusal::Session(session::Refusal::StepUp { needs })) => {
                fact("needs", &needs.as_str());
            }
            Self::Change(change::Refusal::AloneTooSoon { at }) => fact("at", &at.0),
            Self::Ticket(ticket::Refusal::FormSent { order }) => fact("order", order),
            Self::Source(source::Refusal::Throttled { until }) => fact("until", &until.0),
            Self::Limit(OutOfRange { limit, least, most }) => {
                fact("limit", limit);
                fact("least", least);
                fact("most", most);
            }
            Self::Customer(_)
            | Self::Account(_)
            | Self::Credential(_)
            | Self::KillSwitch(_)
            | Self::Approval(_)
            | Self::Malformed(_)
            | Self::OrderNumber(OrderNumber::OutOfRange)
            | Self::Order(_)
            | Self::Family(_)
            | Self::People(_)
            | Self::Change(_)
            | Self::ChangedMeanwhile => {}
            Self::Ticket(_) | Self::Incident(_) | Self::Alert(_) | Self::NotYours => {}
        }
        facts
    }
}

const fn credential_category(refusal: api_credential::Refusal) -> Category {
    use api_credential::Refusal as R;
    match refusal {
        R::WrongSecret | R::WrongPeer | R::NotFound => Category::Identity,
        R::Suspended | R::Revoked | R::Expired | R::Dormant => Category::DeviceSession,
        R::ScopeMissing { .. }
        | R::AccountNotAllowed
        | R::NameTaken
        | R::BadName
        | R::PortTaken
        | R::TooMany
        | R::TradingNeedsAccounts
        | R::TradingNeedsInstruments
        | R::TradingNeedsLimits
        | R::TradingNeedsExpiry
        | R::ObserveNeedsAccountLimits
        | R::ExpiryTooFar
        | R::IsTicket => Category::Entitlement,
    }
}

const fn credential_code(refusal: api_credential::Refusal) -> &'static str {
    use api_credential::Refusal as R;
    match refusal {
        R::NotFound => "credential_not_found",
        R::Suspended => "credential_suspended",
        R::Revoked => "credential_revoked",
        R::Expired => "credential_expired",
        R::Dormant => "credential_dormant",
        R::ScopeMissing { .. } => "scope_missing",
        R::AccountNotAllowed => "account_not_allowed",
        R::WrongSecret => "secret_wrong",
        R::WrongPeer => "peer_wrong",
        R::NameTaken => "credential_name_taken",
        R::BadName => "credential_name_malformed",
        R::PortTaken => "listener_taken",
        R::TooMany => "too_many_credentials",
        R::TradingNeedsAccounts => "trading_needs_accounts",
        R::TradingNeedsInstruments => "trading_needs_instruments",
        R::TradingNeedsLimits => "trading_needs_limits",
        R::TradingNeedsExpiry => "trading_needs_expiry",
        R::ObserveNeedsAccountLimits => "observe_needs_account_limits",
        R::ExpiryTooFar => "expiry_too_far",
        R::IsTicket => "credential_is_ticket",
    }
}

const fn family_code(refusal: Family) -> &'static str {
    match refusal {
        Family::ParentNotWaiting => "parent_not_waiting",
        Family::Broken => "family_broken",
        Family::DoesNotClose => "child_does_not_close",
        Family::GroupOfItsOwn => "group_of_a_child",
        Family::NeedsApproval => "approval_not_in_a_group",
        Family::ParkedNotChanged => "parked_order_not_changed",
    }
}

const fn people_category(refusal: people::Refusal) -> Category {
    use people::Refusal as R;
    match refusal {
        R::Enrolment(_) | R::Authenticator(_) | R::NotProven | R::FactorMissing | R::Restricted => Category::Identity,
        R::Device(_) | R::Session(_) | R::Push(_) => Category::DeviceSession,
        R::Notice(_) | R::User(_) | R::Invitation(_) => Category::Entitlement,
        R::RoleMissing { .. } | R::OwnerMustSign => Category::Entitlement,
    }
}

const fn people_code(refusal: people::Refusal) -> &'static str {
    use people::Refusal as R;
    match refusal {
        R::Enrolment(enrolment::Refusal::OwnerEnrolled) => "owner_enrolled",
        R::Enrolment(enrolment::Refusal::LinkVoid) => "enrolment_link_void",
        R::Enrolment(enrolment::Refusal::NameTaken) => "name_taken",
        R::Authenticator(refusal) => authenticator_code(refusal),
        R::Device(device::Refusal::NotFound) => "device_not_found",
        R::Device(device::Refusal::Pending) => "device_pending",
        R::Device(device::Refusal::Revoked) => "device_revoked",
        R::Device(device::Refusal::TrustExpired) => "device_trust_expired",
        R::Device(device::Refusal::TooMany) => "too_many_devices",
        R::Device(device::Refusal::CodeVoid) => "device_code_void",
        R::Device(device::Refusal::PairingVoid) => "pairing_void",
        R::Device(device::Refusal::NotPaired) => "device_not_paired",
        R::Device(device::Refusal::PairsItself) => "pairing_same_device",
        R::Device(device::Refusal::TooNewToMove) => "device_too_new",
        R::Device(device::Refusal::Shared) => "device_shared",
        R::Session(session::Refusal::Unknown) => "session_unknown",
        R::Session(session::Refusal::Idle) => "session_idle",
        R::Session(session::Refusal::Expired) => "session_expired",
        R::Session(session::Refusal::LoggedOutEverywhere) => "session_logged_out",
        R::Session(session::Refusal::StepUp { .. }) => "step_up_needed",
        R::Session(session::Refusal::InterfaceNotBuilt) => "interface_not_built",
        R::Notice(notice::Refusal::NotFound) => "notice_not_found",
        R::Notice(notice::Refusal::NoEmail) => "no_email",
        R::Push(push::Refusal::NotOn) => "push_not_on",
        R::Push(push::Refusal::OtherDevice) => "push_other_device",
        R::Push(push::Refusal::SharedDevice) => "push_shared_device",
        R::Push(push::Refusal::NotAHost) => "push_malformed",
        R::User(user::Refusal::NotFound) => "user_not_found",
        R::User(user::Refusal::LastOwner) => "last_owner",
        R::Invitation(invitation::Refusal::NotFound) => "invitation_not_found",
        R::Invitation(invitation::Refusal::NotYours) => "invitation_of_another",
        R::Invitation(invitation::Refusal::RoleNotBuilt) => "role_not_built",
        R::Invitation(invitation::Refusal::BadLabel) => "invitation_label_malformed",
        R::Invitation(invitation::Refusal::TooMany) => "too_many_users",
        R::NotProven => "not_proven",
        R::FactorMissing => "factor_missing",
        R::Restricted => "sms_restricted",
        R::RoleMissing { .. } => "role_missing",
        R::OwnerMustSign => "owner_must_sign",
    }
}

const fn authenticator_code(refusal: authenticator::Refusal) -> &'static str {
    use authenticator::Refusal as R;
    match refusal {
        R::NotFound => "authenticator_not_found",
        R::Disabled => "authenticator_disabled",
        R::EvidenceStale => "evidence_stale",
        R::NotVerified => "user_not_verified",
        R::WrongChallenge => "challenge_wrong",
        R::TooMany => "too_many_authenticators",
        R::LastOne => "last_authenticator",
        R::CredentialTaken => "passkey_taken",
    }
}
