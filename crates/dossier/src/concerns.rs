//! Concerns: which events of a journal a subject is about. The journal is read twice: to learn, then to choose.

use crate::Subject;
use kernel::actor::Actor;
use kernel::authenticator::{self, Authenticator};
use kernel::event::{Event, Recorded};
use kernel::id::{AccountId, ApprovalId, AuthenticatorId, CorrelationId, CredentialId, OrderId, SessionId, UserId};
use kernel::kill_switch::Level;
use kernel::{account, api_credential, approval, change, enrolment, meter, people, session, user, working};
use std::collections::BTreeSet;

/// What has been learned of a subject.
#[derive(Clone, Debug)]
pub struct Concerns {
    subject: Subject,
    orders: BTreeSet<OrderId>,
    approvals: BTreeSet<ApprovalId>,
    credentials: BTreeSet<CredentialId>,
    accounts: BTreeSet<AccountId>,
    users: BTreeSet<UserId>,
    sessions: BTreeSet<SessionId>,
    authenticators: BTreeSet<AuthenticatorId>,
    correlations: BTreeSet<CorrelationId>,
    executions: BTreeSet<String>,
    /// Signatures outside of a period, by their positions: between its events all the same, where clocks differ.
    aside: Vec<(u64, ApprovalId, UserId, CorrelationId)>,
    /// First and last position of what the subject itself is.
    own: Option<(u64, u64)>,
}

impl Concerns {
    pub fn new(subject: Subject) -> Self {
        let (mut orders, mut approvals) = (BTreeSet::new(), BTreeSet::new());
        match subject {
            Subject::Order(id) => drop(orders.insert(id)),
            Subject::Approval(id) => drop(approvals.insert(id)),
            Subject::Period { .. } => {}
        }
        Self {
            subject,
            orders,
            approvals,
            credentials: BTreeSet::new(),
            accounts: BTreeSet::new(),
            users: BTreeSet::new(),
            sessions: BTreeSet::new(),
            authenticators: BTreeSet::new(),
            correlations: BTreeSet::new(),
            executions: BTreeSet::new(),
            aside: Vec::new(),
            own: None,
        }
    }

    /// The first and the last position of what the subject itself is; `None` if the journal holds nothing of it.
    pub const fn span(&self) -> Option<(u64, u64)> {
        self.own
    }

    /// The next event of the journal; `recorded` where it is ours to read.
    pub fn learn(&mut self, position: u64, at: i64, recorded: Option<&Recorded>) {
        let own = match self.subject {
            Subject::Period { from, to } => (from.0..to.0).contains(&at),
            Subject::Order(_) | Subject::Approval(_) => recorded.is_some_and(|recorded| self.is_own(recorded)),
        };
        if !own {
            if let (Subject::Period { .. }, Some((id, user, by))) = (self.subject, recorded.and_then(signed)) {
                self.aside.push((position, id, user, by));
            }
            return;
        }
        self.own = Some((self.own.map_or(position, |(first, _)| first), position));
        if let Some(recorded) = recorded {
            self.follow(recorded);
        }
    }

    /// The journal was read to its end.
    pub fn learned(&mut self) {
        let Some((first, last)) = self.own else { return };
        for (position, id, user, by) in std::mem::take(&mut self.aside) {
            // The first of two may have signed before a period, or the second after it.
            if (first..=last).contains(&position) || self.approvals.contains(&id) {
                self.answered(id, user, by);
            }
        }
    }

    /// Whether an event belongs into the dossier: the second time, in the same order.
    pub fn concerns(&mut self, position: u64, recorded: Option<&Recorded>) -> bool {
        let Some((first, last)) = self.own else { return false };
        if matches!(self.subject, Subject::Period { .. }) && (first..=last).contains(&position) {
            return true;
        }
        let Some(recorded) = recorded else { return false };
        // Where a period holds a signature, what it answers and its key are needed too, whenever they came.
        let whole = !matches!(self.subject, Subject::Period { .. });
        self.is_key(recorded)
            || self.is_approval(recorded)
            || whole && (self.is_own(recorded) || self.is_with_own(recorded))
            || whole && position <= last && self.is_around(recorded)
    }

    fn is_own(&self, recorded: &Recorded) -> bool {
        if let Event::Order(working::Event::Commissioned { commission }) = &recorded.event {
            return self.executions.contains(&commission.exec_id);
        }
        recorded.event.order().is_some_and(|id| self.orders.contains(&id)) || self.is_approval(recorded)
    }

    fn is_approval(&self, recorded: &Recorded) -> bool {
        let known = |id: &ApprovalId| self.approvals.contains(id);
        match &recorded.event {
            Event::Approval(approval::Event::Requested { id, approval }) => {
                known(id) || self.orders.contains(&approval.order)
            }
            Event::Approval(
                approval::Event::Signed { id, .. }
                | approval::Event::Settled { id, .. }
                | approval::Event::Missed { id, .. },
            ) => known(id),
            Event::Change(
                change::Event::Asked { id, .. }
                | change::Event::Signed { id, .. }
                | change::Event::Dropped { id }
                | change::Event::Missed { id, .. },
            ) => known(id),
            Event::Order(working::Event::Held { approval, .. }) => known(approval),
            _ => false,
        }
    }

    /// Written down by the same decision as an answer that was signed: the use of the key, and what was done by it.
    fn is_with_own(&self, recorded: &Recorded) -> bool {
        self.correlations.contains(&recorded.correlation)
    }

    /// The key of whoever signed, and whether they came in with it, as the first of all.
    fn is_key(&mut self, recorded: &Recorded) -> bool {
        if let Event::People(people::Event::Enrolment(enrolment::Event::Used { .. })) = &recorded.event {
            return !self.users.is_empty();
        }
        if let Event::People(people::Event::User(user::Event::Created(user))) = &recorded.event {
            return self.users.contains(&user.id);
        }
        let Event::People(people::Event::Authenticator(event)) = &recorded.event else { return false };
        match event {
            authenticator::Event::Bound(one) => {
                let theirs = self.users.contains(&one.user) && Authenticator::is_passkey(one);
                if theirs {
                    self.authenticators.insert(one.id);
                }
                theirs
            }
            authenticator::Event::Disabled { id } | authenticator::Event::Removed { id } => {
                self.authenticators.contains(id)
            }
            authenticator::Event::Used { .. } | authenticator::Event::CounterFellBack { .. } => {
                self.is_with_own(recorded)
            }
        }
    }

    /// Under what it was decided: whose credential, on which account, within which limits, past which kill switch.
    fn is_around(&self, recorded: &Recorded) -> bool {
        let ours = |id: &CredentialId| self.credentials.contains(id);
        match &recorded.event {
            Event::Customer(_) => true,
            Event::Account(event) => self.accounts.contains(&account_of(event)),
            Event::Credential(event) => ours(&credential_of(event)),
            Event::Meter(meter::Event::Rearmed { credential }) => ours(credential),
            Event::KillSwitch(event) => match event.level() {
                Level::Customer | Level::Firm => true,
                Level::Account(id) => self.accounts.contains(&id),
                Level::Credential(id) => ours(&id),
            },
            Event::People(people::Event::Session(session::Event::Begun(session))) => {
                self.sessions.contains(&session.id)
            }
            _ => false,
        }
    }

    fn answered(&mut self, id: ApprovalId, user: UserId, by: CorrelationId) {
        self.approvals.insert(id);
        self.users.insert(user);
        self.correlations.insert(by);
    }

    /// From what is ours to what goes with it.
    fn follow(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Order(
                working::Event::Held { ask, .. }
                | working::Event::Admitted { ask, .. }
                | working::Event::Refused { ask, .. },
            ) => {
                if let Event::Order(working::Event::Held { approval, .. }) = &recorded.event {
                    self.approvals.insert(*approval);
                }
                self.credentials.insert(ask.credential);
                self.accounts.insert(ask.terms.account);
                // A period stays a period: the whole life of its orders is a dossier of each.
                if matches!(self.subject, Subject::Approval(_)) {
                    self.orders.insert(ask.id);
                }
            }
            Event::Approval(approval::Event::Requested { id, approval }) => {
                self.approvals.insert(*id);
                if matches!(self.subject, Subject::Approval(_)) {
                    self.orders.insert(approval.order);
                }
            }
            Event::Order(working::Event::Filled { execution }) => {
                self.executions.insert(execution.exec_id.clone());
            }
            _ => {}
        }
        if let Some((id, user, by)) = signed(recorded) {
            self.answered(id, user, by);
        }
        if let Actor::User { user, session } = recorded.actor {
            self.users.insert(user);
            self.sessions.insert(session);
        }
    }
}

fn signed(recorded: &Recorded) -> Option<(ApprovalId, UserId, CorrelationId)> {
    match &recorded.event {
        Event::Approval(approval::Event::Signed { id, user, .. })
        | Event::Change(change::Event::Signed { id, user, .. }) => Some((*id, *user, recorded.correlation)),
        _ => None,
    }
}

const fn account_of(event: &account::Event) -> AccountId {
    match event {
        account::Event::Opened(account) => account.id,
        account::Event::LimitsSet { id, .. } | account::Event::RestrictedSet { id, .. } => *id,
    }
}

const fn credential_of(event: &api_credential::Event) -> CredentialId {
    use api_credential::Event as E;
    match event {
        E::Created(one) => one.id,
        E::Rotated { id, .. }
        | E::Suspended { id }
        | E::Resumed { id }
        | E::Revoked { id }
        | E::LimitsSet { id, .. }
        | E::TicketStated { id, .. }
        | E::Used { id, .. }
        | E::Expiry(kernel::expiry::Told { id, .. }) => *id,
    }
}
