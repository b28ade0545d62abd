//! Decisions on coming in: enrolment by a link, sign-in, step-up. Each step needs the proof of the one before.

use crate::actor::Actor;
use crate::authenticator::{self, Authenticator, Factor, Kind};
use crate::device::{self, Device};
use crate::digest::Digest;
use crate::enrolment::{self, Enrolment};
use crate::evidence::{Assurance, Capability, Evidence};
use crate::given::Given;
use crate::id::{AuthenticatorId, DeviceId, EnrolmentId, SessionId, UserId};
use crate::invitation;
use crate::people::{Enrol, Event, NewAuthenticator, NewDevice, People, Refusal, SignIn};
use crate::session::{self, Ending, Interface, Session};
use crate::time::Timestamp;
use crate::user::{self, Role, User};
use alloc::vec;
use alloc::vec::Vec;

pub(super) fn offer(people: &People, sha256: Digest, given: &Given) -> Result<Vec<Event>, Refusal> {
    if people.owner().is_some() {
        return Err(enrolment::Refusal::OwnerEnrolled.into());
    }
    let id = EnrolmentId::new(given.now.0, given.dice[0]);
    let offered = Enrolment { id, sha256, expires_at: given.now.plus_ms(enrolment::LIFETIME_MS) };
    Ok(vec![Event::Enrolment(enrolment::Event::Offered(offered))])
}

pub(super) fn enrol(people: &People, enrol: &Enrol, given: &Given) -> Result<Vec<Event>, Refusal> {
    let now = given.now;
    let (used, role) = link(people, enrol, now)?;
    // Whoever made the page chose the id; one that was anybody's brings nothing back to life.
    if people.authenticators.iter().any(|one| one.user == enrol.user) {
        return Err(enrolment::Refusal::LinkVoid.into());
    }
    if people.users.iter().any(|one| one.name_key == enrol.name_key) {
        return Err(enrolment::Refusal::NameTaken.into());
    }
    let first = people.owner().is_none();
    let user = User {
        id: enrol.user,
        role,
        name_sha256: enrol.name_sha256,
        name_key: enrol.name_key,
        created_at: now,
        logged_out_at: None,
    };
    let passkey = authenticator(user.id, &enrol.passkey, given);
    if !passkey.is_passkey() {
        return Err(Refusal::FactorMissing);
    }
    untaken(people, &passkey.kind)?;
    let mut device = fresh_device(user.id, &enrol.device, false, given);
    // An owner who was invited moves nothing for a day, so that the others see it: who widens alone cannot make
    // themselves a second person. What others move is only their own.
    device.first = first || !role.may_move();
    let opened = Opened {
        user: user.id,
        authenticator: passkey.id,
        assurance: Assurance::Aal2,
        windows: true,
        resistant: true,
        restricted: false,
    };
    let session = opened.session(device.id, Interface::Portal, false, enrol.session, given)?;
    let confirmed = device::Event::Confirmed {
        id: device.id,
        how: device::How::Enrolment,
        since: now,
        until: now.plus_ms(device::TRUST_MS),
    };
    Ok(vec![
        used,
        Event::User(user::Event::Created(user)),
        Event::Authenticator(authenticator::Event::Bound(passkey)),
        Event::Device(device::Event::Bound(device)),
        Event::Device(confirmed),
        Event::Session(session::Event::Begun(session)),
    ])
}

/// What a link is of, used up, and the role that it gives.
fn link(people: &People, enrol: &Enrol, now: Timestamp) -> Result<(Event, Role), Refusal> {
    if let Some(one) = invitation::open(&people.invitations, &enrol.link, now) {
        let used = invitation::Event::Used { id: one.id, user: enrol.user };
        return Ok((Event::Invitation(used), one.role));
    }
    if people.owner().is_some() {
        return Err(enrolment::Refusal::OwnerEnrolled.into());
    }
    let id = enrolment::open(people.enrolment.as_ref(), &enrol.link, now)?;
    Ok((Event::Enrolment(enrolment::Event::Used { id }), Role::Owner))
}

/// A passkey is bound once, to one user: two who sign with one key are no two people.
pub(super) fn untaken(people: &People, kind: &Kind) -> Result<(), Refusal> {
    let Kind::Passkey(passkey) = kind else { return Ok(()) };
    let same = |one: &Authenticator| {
        matches!(&one.kind, Kind::Passkey(known)
            if known.credential_id == passkey.credential_id || known.public_key == passkey.public_key)
    };
    if people.authenticators.iter().any(same) { Err(authenticator::Refusal::CredentialTaken.into()) } else { Ok(()) }
}

/// The record of what is to be bound now.
pub(super) fn authenticator(user: UserId, new: &NewAuthenticator, given: &Given) -> Authenticator {
    Authenticator {
        id: AuthenticatorId::new(given.now.0, given.dice[0]),
        user,
        kind: new.kind.clone(),
        state: authenticator::State::Active,
        revision: 1,
        sealed_sha256: new.sealed_sha256,
        bound_at: given.now,
        used_at: given.now,
    }
}

pub(super) fn fresh_device(user: UserId, new: &NewDevice, shared: bool, given: &Given) -> Device {
    Device {
        id: DeviceId::new(given.now.0, given.dice[0]),
        user,
        sha256: new.sha256,
        label: new.label.chars().take(device::MAX_LABEL).collect(),
        state: device::State::Pending,
        shared,
        first: false,
        made: None,
        bound_at: given.now,
        used_at: given.now,
    }
}

/// In one sign-in or step-up.
const MAX_PROOFS: usize = 3;

/// What a set of proofs has opened.
pub(super) struct Opened {
    pub user: UserId,
    pub authenticator: AuthenticatorId,
    pub assurance: Assurance,
    /// A proof that is suspect opens no window.
    pub windows: bool,
    pub resistant: bool,
    /// One of the proofs came by SMS: whatever the others are.
    pub restricted: bool,
}

impl Opened {
    /// Where one proof is all there is: none but a passkey holds both factors.
    pub const fn by_a_passkey_alone(&self) -> bool {
        self.windows && self.resistant
    }

    pub fn session(
        &self,
        device: DeviceId,
        interface: Interface,
        shared: bool,
        sha256: Digest,
        given: &Given,
    ) -> Result<Session, Refusal> {
        let now = given.now;
        let lifetimes = interface.lifetimes(shared).ok_or(session::Refusal::InterfaceNotBuilt)?;
        let (trade_until, move_until) = match self.windows {
            true => session::windows(lifetimes, self.assurance, self.resistant, now),
            false => (now, now),
        };
        Ok(Session {
            id: SessionId::new(now.0, given.dice[0]),
            user: self.user,
            device,
            interface,
            sha256,
            authenticator: self.authenticator,
            assurance: self.assurance,
            shared,
            began_at: now,
            seen_at: now,
            trade_until,
            move_until,
            network: None,
            changed: Default::default(),
        })
    }
}

/// Checks every proof, and what they come to together: two factors, or one that holds both.
pub(super) fn prove(
    people: &People,
    user: UserId,
    shown: &[Evidence],
    given: &Given,
) -> Result<(Opened, Vec<Event>), Refusal> {
    let (mut both, mut knowledge, mut possession) = (false, false, false);
    let (mut windows, mut resistant, mut restricted, mut events) = (true, false, false, Vec::new());
    let mut opened_with = None;
    if shown.len() > MAX_PROOFS {
        return Err(Refusal::NotProven);
    }
    for (n, evidence) in shown.iter().enumerate() {
        // One check, told twice, is one.
        if shown.iter().take(n).any(|before| before.authenticator == evidence.authenticator) {
            return Err(authenticator::Refusal::EvidenceStale.into());
        }
        let known = people.authenticator(evidence.authenticator)?;
        if known.user != user {
            return Err(Refusal::NotProven);
        }
        let worth = known.check(evidence, given.now)?;
        match worth.factor {
            Factor::Both => both = true,
            Factor::Knowledge => knowledge = true,
            Factor::Possession => possession = true,
            // It recovers, and does not sign in.
            Factor::Recovery => return Err(Refusal::FactorMissing),
        }
        windows &= !worth.suspect;
        resistant |= worth.phishing_resistant;
        restricted |= worth.restricted;
        opened_with = Some(known.id);
        events.extend(known.used(evidence, given.now).into_iter().map(Event::Authenticator));
    }
    match opened_with {
        Some(authenticator) if both || (knowledge && possession) => {
            // What is restricted counts as one factor: it opens no window.
            let assurance = if restricted { Assurance::Aal1 } else { Assurance::Aal2 };
            Ok((Opened { user, authenticator, assurance, windows, resistant, restricted }, events))
        }
        Some(_) | None => Err(Refusal::FactorMissing),
    }
}

pub(super) fn sign_in(people: &People, sign_in: &SignIn, given: &Given) -> Result<Vec<Event>, Refusal> {
    let now = given.now;
    let user = people.user(sign_in.user).ok_or(Refusal::NotProven)?.id;
    let (opened, mut events) = prove(people, user, &sign_in.evidence, given)?;
    let trusted = sign_in.known.and_then(|(id, sha256)| {
        people.device(id).ok().filter(|one| one.user == user && one.sha256 == sha256 && one.trusted(now).is_ok())
    });
    // Somebody else's is confirmed for one session: the next one begins anew.
    let device = match trusted.filter(|one| !one.shared && !sign_in.shared) {
        Some(known) => {
            events.push(Event::Device(device::Event::Used { id: known.id, at: now }));
            known.id
        }
        None if opened.restricted => return Err(Refusal::Restricted),
        None if sign_in.interface == Interface::Mobile => return Err(device::Refusal::NotPaired.into()),
        None => {
            events.extend(oldest_pending(people, user));
            let fresh = fresh_device(user, &sign_in.fresh, sign_in.shared, given);
            let id = fresh.id;
            events.push(Event::Device(device::Event::Bound(fresh)));
            id
        }
    };
    events.extend(oldest_session(people, user, given));
    let mut session = opened.session(device, sign_in.interface, sign_in.shared, sign_in.session, given)?;
    session.network = sign_in.network;
    events.push(Event::Session(session::Event::Begun(session)));
    Ok(events)
}

/// Gives way to the next one that waits.
fn oldest_pending(people: &People, user: UserId) -> Option<Event> {
    let waits = |one: &&Device| one.user == user && one.state == device::State::Pending;
    let mut waiting = people.devices.iter().filter(waits);
    let oldest = waiting.next()?.id;
    (waiting.count() + 1 >= device::MAX_PENDING)
        .then_some(Event::Device(device::Event::Revoked { id: oldest, not_me: false }))
}

pub(super) fn oldest_session(people: &People, user: UserId, given: &Given) -> Option<Event> {
    let mut living = people.sessions.iter().filter(|one| one.user == user && people.living(one.id, given.now).is_ok());
    let oldest = living.next()?.id;
    (living.count() + 1 >= session::MAX_PER_USER)
        .then_some(Event::Session(session::Event::Ended { id: oldest, why: Ending::GaveWay }))
}

/// Shown again: the windows of this session open.
pub(super) fn step_up(
    people: &People,
    actor: &Actor,
    shown: &[Evidence],
    up_to: Capability,
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotProven) };
    let signed = people.signed_in(session, given.now)?;
    let (opened, mut events) = prove(people, user, shown, given)?;
    if opened.restricted {
        return Err(Refusal::Restricted);
    }
    if !opened.windows {
        return Err(authenticator::Refusal::EvidenceStale.into());
    }
    let interface = signed.session.interface;
    let lifetimes = interface.lifetimes(signed.session.shared).ok_or(session::Refusal::InterfaceNotBuilt)?;
    let reaches = opened.resistant && up_to == Capability::Move;
    let (opens, move_until) = session::windows(lifetimes, opened.assurance, reaches, given.now);
    let trade_until = if up_to == Capability::View { given.now } else { opens };
    let authenticator = opened.authenticator;
    events.push(Event::Session(session::Event::SteppedUp { id: session, authenticator, trade_until, move_until }));
    Ok(events)
}

/// Written down at most once a minute.
pub(super) fn see(people: &People, actor: &Actor, given: &Given) -> Result<Vec<Event>, Refusal> {
    let Actor::User { session, .. } = *actor else { return Err(Refusal::NotProven) };
    let signed = people.living(session, given.now)?;
    let due = given.now.since(signed.session.seen_at) >= session::SEEN_EVERY_MS;
    Ok(due.then_some(Event::Session(session::Event::Seen { id: session, at: given.now })).into_iter().collect())
}
