//! People: the users of a customer, what they prove with, and where they are signed in.

mod command;

pub use command::{Command, Confirm, Enrol, NewAuthenticator, NewDevice, Pair, PairBy, SignIn};

use crate::attempt;
use crate::authenticator::Authenticator;
use crate::device::{Code, Device};
use crate::digest::Digest;
use crate::enrolment::Enrolment;
use crate::evidence::Capability;
use crate::id::{AuthenticatorId, DeviceId, SessionId, UserId};
use crate::invitation::{self, Invitation};
use crate::notice::{self, Notices};
use crate::pairing::{self, Pairing};
use crate::push::{self, Gone, Push};
use crate::session::Session;
use crate::time::Timestamp;
use crate::user::{Role, User};
use crate::{authenticator, device, enrolment, session, user};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    pub users: Vec<User>,
    /// The first that ever was, gone or not: nobody had invited them.
    pub first: Option<UserId>,
    pub authenticators: Vec<Authenticator>,
    pub devices: Vec<Device>,
    pub codes: Vec<Code>,
    pub pairings: Vec<Pairing>,
    pub sessions: Vec<Session>,
    pub enrolment: Option<Enrolment>,
    pub invitations: Vec<Invitation>,
    pub notices: Notices,
    pub pushes: Vec<Push>,
    pub push_gone: Vec<Gone>,
}

/// All that happens to the people of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Enrolment(enrolment::Event),
    User(user::Event),
    Authenticator(authenticator::Event),
    Device(device::Event),
    Session(session::Event),
    Notice(notice::Event),
    Push(push::Event),
    Pairing(pairing::Event),
    Invitation(invitation::Event),
    Attempt(attempt::Event),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Enrolment(enrolment::Refusal),
    Authenticator(authenticator::Refusal),
    Device(device::Refusal),
    Session(session::Refusal),
    Notice(notice::Refusal),
    Push(push::Refusal),
    User(user::Refusal),
    Invitation(invitation::Refusal),
    /// To whoever is not signed in, nothing more is said.
    NotProven,
    /// The proofs are good, and one more is needed.
    FactorMissing,
    /// By SMS one only comes in on a device that was confirmed before, and opens nothing.
    Restricted,
    /// The user's role does not go so far.
    RoleMissing {
        role: Role,
    },
    /// An owner is enrolled: what widens authority takes their signature.
    OwnerMustSign,
}

/// A live session, its user and its device: what every request of a person begins with.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    pub user: &'a User,
    pub session: &'a Session,
    pub device: &'a Device,
}

impl People {
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.iter().find(|one| one.id == id)
    }
    pub fn owner(&self) -> Option<&User> {
        self.users.iter().find(|one| one.role == Role::Owner)
    }
    pub fn device(&self, id: DeviceId) -> Result<&Device, device::Refusal> {
        self.devices.iter().find(|one| one.id == id).ok_or(device::Refusal::NotFound)
    }
    pub fn authenticator(&self, id: AuthenticatorId) -> Result<&Authenticator, authenticator::Refusal> {
        self.authenticators.iter().find(|one| one.id == id).ok_or(authenticator::Refusal::NotFound)
    }
    /// The link that this code is of: it ends with the session that it is shown in, whatever ends that; and where a device
    /// of the user is revoked or a session of theirs lowered.
    pub fn pairing(&self, code: &Digest, now: Timestamp) -> Result<&Pairing, device::Refusal> {
        let stands =
            |one: &&Pairing| one.is_open(now) && one.sha256 == *code && self.signed_in(one.session, now).is_ok();
        self.pairings.iter().find(stands).ok_or(device::Refusal::PairingVoid)
    }
    /// Those that can be used.
    pub fn active(&self, user: UserId) -> impl Iterator<Item = &Authenticator> {
        let active = move |one: &&Authenticator| one.user == user && one.state == authenticator::State::Active;
        self.authenticators.iter().filter(active)
    }

    /// A session lives if it has not ended *and* no newer epoch covers it *and* its device is still bound.
    pub fn living(&self, id: SessionId, now: Timestamp) -> Result<Signed<'_>, Refusal> {
        let unknown = session::Refusal::Unknown;
        let session = self.sessions.iter().find(|one| one.id == id).ok_or(unknown)?;
        let user = self.user(session.user).ok_or(unknown)?;
        session.alive(user.logged_out_at, now)?;
        let device = self.device(session.device)?;
        if device.state == device::State::Revoked {
            return Err(device::Refusal::Revoked.into());
        }
        Ok(Signed { user, session, device })
    }

    /// The same, on a device that was confirmed: without that nothing is shown.
    pub fn signed_in(&self, id: SessionId, now: Timestamp) -> Result<Signed<'_>, Refusal> {
        let signed = self.living(id, now)?;
        signed.device.trusted(now)?;
        Ok(signed)
    }
}

impl Signed<'_> {
    /// Role, device and window together.
    pub fn may(&self, needs: Capability, now: Timestamp) -> Result<(), Refusal> {
        self.device.trusted(now)?;
        let role = self.user.role;
        let reaches = match needs {
            Capability::View => true,
            Capability::Trade => role.may_trade(),
            Capability::Move => role.may_move(),
        };
        if !reaches {
            return Err(Refusal::RoleMissing { role });
        }
        if needs == Capability::Move {
            self.device.may_move(now)?;
        }
        Ok(self.session.may(needs, now)?)
    }

    /// What the session may do now, all told.
    pub fn capability(&self, now: Timestamp) -> Capability {
        let may = |needs: &&Capability| self.may(**needs, now).is_ok();
        Capability::ALL.iter().rev().find(may).copied().unwrap_or(Capability::View)
    }
}

/// Writes, never judges.
pub fn apply(people: &mut People, event: &Event) {
    match event {
        Event::Enrolment(event) => enrolment::apply(&mut people.enrolment, event),
        Event::User(event) => {
            user::apply(&mut people.users, event);
            match event {
                user::Event::Created(one) => people.first = people.first.or(Some(one.id)),
                // A code or a link that was shown to whoever is out now opens nothing.
                user::Event::LoggedOutEverywhere { id, .. } => {
                    people.codes.retain(|code| code.user != *id);
                    people.invitations.iter_mut().filter(|one| one.by == *id).for_each(|one| one.link = None);
                }
                user::Event::Removed { id } => forget(people, *id),
            }
        }
        Event::Authenticator(event) => authenticator::apply(&mut people.authenticators, event),
        Event::Device(event) => {
            device::apply(&mut people.devices, &mut people.codes, event);
            if let device::Event::Revoked { id, .. } = event {
                push::forget(&mut people.pushes, *id);
                people.push_gone.retain(|one| one.device != *id);
                let user = people.devices.iter().find(|one| one.id == *id).map(|one| one.user);
                pairing::void(&mut people.pairings, user);
                // The link may have been made on it, and nobody knows where it went.
                people.invitations.iter_mut().filter(|one| Some(one.by) == user).for_each(|one| one.link = None);
            }
        }
        Event::Session(event) => {
            // Whoever shows an authenticator again shows another link.
            if let session::Event::Lowered { id } = event {
                let user = people.sessions.iter().find(|one| one.id == *id).map(|one| one.user);
                pairing::void(&mut people.pairings, user);
            }
            session::apply(&mut people.sessions, event);
        }
        Event::Notice(event) => notice::apply(&mut people.notices, event),
        Event::Push(event) => push::apply(&mut people.pushes, &mut people.push_gone, event),
        Event::Pairing(event) => pairing::apply(&mut people.pairings, event),
        Event::Invitation(event) => invitation::apply(&mut people.invitations, event),
        // For the detector alone.
        Event::Attempt(attempt::Event::Failed(_)) => {}
    }
}

/// Whoever was removed: nothing of theirs opens anything. Devices and authenticators stay on record (NI-20).
fn forget(people: &mut People, user: UserId) {
    people.sessions.retain(|one| one.user != user);
    people.codes.retain(|one| one.user != user);
    people.invitations.retain(|one| one.by != user);
    people.notices.contacts.retain(|one| one.user != user);
    people.pushes.retain(|one| one.user != user);
    people.push_gone.retain(|one| one.user != user);
    people.pairings.retain(|one| one.user != user);
    people.devices.iter_mut().filter(|one| one.user == user).for_each(|one| one.state = device::State::Revoked);
    let theirs = people.authenticators.iter_mut().filter(|one| one.user == user);
    theirs.for_each(|one| one.state = authenticator::State::Removed);
}

impl From<enrolment::Refusal> for Refusal {
    fn from(refusal: enrolment::Refusal) -> Self {
        Self::Enrolment(refusal)
    }
}
impl From<authenticator::Refusal> for Refusal {
    fn from(refusal: authenticator::Refusal) -> Self {
        Self::Authenticator(refusal)
    }
}
impl From<device::Refusal> for Refusal {
    fn from(refusal: device::Refusal) -> Self {
        Self::Device(refusal)
    }
}
impl From<session::Refusal> for Refusal {
    fn from(refusal: session::Refusal) -> Self {
        Self::Session(refusal)
    }
}
impl From<user::Refusal> for Refusal {
    fn from(refusal: user::Refusal) -> Self {
        Self::User(refusal)
    }
}
impl From<invitation::Refusal> for Refusal {
    fn from(refusal: invitation::Refusal) -> Self {
        Self::Invitation(refusal)
    }
}
impl From<notice::Refusal> for Refusal {
    fn from(refusal: notice::Refusal) -> Self {
        Self::Notice(refusal)
    }
}
impl From<push::Refusal> for Refusal {
    fn from(refusal: push::Refusal) -> Self {
        Self::Push(refusal)
    }
}
