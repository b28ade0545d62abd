//! Properties of people: what holds after every step of any history of signing in, confirming, revoking and signing.

use super::moves::Move;
use super::replayed;
use crate::people::house::{DAY, HOUR, House, MINUTE, Person, digest, passkey};
use crate::world::buy;
use kernel::actor::Actor;
use kernel::authenticator::{self, Kind, State as Standing};
use kernel::change;
use kernel::command::Command;
use kernel::decide;
use kernel::device;
use kernel::digest::Digest;
use kernel::event::Event;
use kernel::evidence::{Evidence, Proof};
use kernel::id::{ApprovalId, AuthenticatorId, DeviceId, SessionId, UserId};
use kernel::kill_switch::{Level, Resting};
use kernel::people::{Command as Ask, Confirm, Event as People, NewAuthenticator, People as Known};
use kernel::session::{self, Interface, Session};
use kernel::time::Timestamp;
use kernel::user::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::{BTreeMap, BTreeSet};

fn histories() -> impl Strategy<Value = Vec<Move>> {
    proptest::collection::vec(any::<Move>(), 1..80)
}

#[derive(Clone)]
struct Walk {
    house: House,
    persons: Vec<Person>,
    /// Every session that ever was, with its user: dead ones go on asking.
    actors: Vec<Actor>,
    /// Everything that was ever shown, to be shown again.
    shown: Vec<Vec<Evidence>>,
    changes: Vec<Command>,
    codes: u8,
}

impl Walk {
    fn new() -> Self {
        let mut house = House::new();
        let persons = [Role::Owner, Role::Owner, Role::Viewer].map(|role| house.person(role)).to_vec();
        let mut walk = Self { house, persons, actors: Vec::new(), shown: Vec::new(), changes: Vec::new(), codes: 0 };
        for n in 0..3 {
            walk.house.enters_by_passkey(&mut walk.persons[n]);
            walk.actors.push(walk.persons[n].actor());
        }
        walk
    }

    fn people(&self) -> &Known {
        &self.house.world.state.customer.people
    }
    fn actor(&self, n: u8) -> Actor {
        // Mostly one of the latest.
        let back = usize::from(n % 8) * usize::from(n % 3);
        self.actors[self.actors.len().saturating_sub(1 + back)]
    }
    fn of(&self, actor: Actor) -> Person {
        let Actor::User { user, .. } = actor else { return self.persons[0] };
        *self.persons.iter().find(|one| one.user == user).unwrap()
    }
    fn some_device(&self, n: u8) -> DeviceId {
        let devices = &self.people().devices;
        devices[usize::from(n) % devices.len()].id
    }

    fn evidence(&mut self, person: &Person, n: u8) -> Vec<Evidence> {
        let count = u32::from(n / 8);
        let shown = match n % 8 {
            0 | 1 => self.house.shows(person.passkey),
            2 => vec![self.house.assertion(person.second, digest("c"), count)],
            3 | 4 => self.house.types(person),
            5 => self.house.types(person)[..1].to_vec(),
            _ => match self.shown.len() {
                0 => Vec::new(),
                all => self.shown[usize::from(n) % all].clone(),
            },
        };
        self.shown.push(shown.clone());
        shown
    }

    /// Time goes first.
    fn command(&mut self, one: &Move) -> Option<(Actor, Command)> {
        let [a, b, c, d] = one.n;
        let ms = [0, 1, 30_000, MINUTE, MINUTE, 4 * MINUTE, 4 * MINUTE, 11 * MINUTE, HOUR, DAY, 31 * DAY];
        let later = if d < 230 { ms[usize::from(d) % 8] } else { ms[usize::from(d) % 11] };
        self.house.world.later(later);
        let actor = self.actor(a);
        let person = self.of(actor);
        let ask = match one.what {
            0..=17 => return Some((Actor::Visitor, Command::People(self.sign_in(a, b, c)))),
            18..=25 => Ask::StepUp { evidence: self.evidence(&person, b) },
            26..=35 => Ask::See,
            36..=40 => {
                let Actor::User { session, .. } = self.actor(b) else { return None };
                Ask::EndSession { id: session }
            }
            41 | 42 => Ask::LogOutEverywhere { user: self.of(self.actor(b)).user, suspend_credentials: c < 20 },
            43..=49 => {
                self.codes = self.codes.wrapping_add(1);
                Ask::OfferDeviceCode { sha256: digest(&self.codes.to_string()) }
            }
            50..=65 => self.confirm(actor, &person, b, c)?,
            66..=69 => Ask::RevokeDevice { id: self.some_device(b), not_me: c < 60 },
            70..=73 => {
                let kinds = [Kind::Password, Kind::Totp { step: None }, passkey(&format!("n{c}"), c < 128)];
                Ask::BindAuthenticator(NewAuthenticator {
                    kind: kinds[usize::from(b) % 3].clone(),
                    sealed_sha256: None,
                })
            }
            74..=76 => Ask::RemoveAuthenticator { id: self.some_authenticator(b) },
            77 => {
                return Some((
                    Actor::House,
                    Command::People(Ask::DisableAuthenticator { id: self.some_authenticator(b) }),
                ));
            }
            _ => return self.sign(one.what, actor, &person, b),
        };
        Some((actor, Command::People(ask)))
    }

    fn some_authenticator(&self, n: u8) -> AuthenticatorId {
        let all = &self.people().authenticators;
        all[usize::from(n) % all.len()].id
    }

    fn sign_in(&mut self, a: u8, b: u8, c: u8) -> Ask {
        let mut person = self.persons[usize::from(a) % 3];
        let own: Vec<DeviceId> =
            self.people().devices.iter().filter(|one| one.user == person.user).map(|one| one.id).collect();
        if let Some(id) = own.get(usize::from(c) % own.len().max(1)).filter(|_| c < 200) {
            person.device = *id;
        }
        let evidence = self.evidence(&person, b);
        let interface = Interface::ALL[[0, 0, 0, 1, 2, 2, 3][usize::from(c) % 7]];
        let mut asked = self.house.sign_in(&person, evidence, interface);
        asked.shared = c % 5 == 0;
        if c % 4 == 0 {
            asked.known = None;
        }
        Ask::SignIn(asked)
    }

    fn confirm(&mut self, actor: Actor, person: &Person, b: u8, c: u8) -> Option<Ask> {
        let waiting = |one: &&device::Device| one.user == person.user && one.state == device::State::Pending;
        let Actor::User { session, .. } = actor else { return None };
        let own = self.people().sessions.iter().find(|one| one.id == session).map(|one| one.device);
        let pending = self.people().devices.iter().find(waiting).map(|one| one.id);
        let id = if b % 5 == 0 {
            self.some_device(c)
        } else if b < 100 {
            own?
        } else {
            pending?
        };
        let by = match b % 3 {
            0 => Confirm::Code(digest(&self.codes.wrapping_sub(c % 3).to_string())),
            1 => Confirm::RecoveryCode(self.house.proof(person.codes, Proof::RecoveryCode { index: c % 4 })),
            _ => {
                let device = self.people().device(id).ok()?;
                Confirm::Tap(self.house.signs(person.passkey, &decide::device_request(device), &device.sha256))
            }
        };
        let replaces = (c < 128).then(|| self.some_device(b));
        Some(Ask::ConfirmDevice { id, by, replaces })
    }

    /// Kill switches and their releases, held orders and their grants; what was signed is signed again.
    fn sign(&mut self, what: u8, actor: Actor, person: &Person, b: u8) -> Option<(Actor, Command)> {
        let level = if b < 200 { Level::Credential(self.house.second) } else { Level::Customer };
        let key = if b % 2 == 0 { person.passkey } else { person.second };
        let command = match what {
            78..=80 => Command::Engage { level, resting: Resting::KeepProtective },
            81..=84 => Command::AskRelease { level },
            85..=89 => {
                let changes = &self.house.world.state.customer.changes;
                let (id, asked) = changes.iter().nth(usize::from(b) % changes.len().max(1))?;
                let signature = self.house.signs(key, &asked.change.digest(), &asked.nonce);
                Command::SignChange { id: *id, signature }
            }
            90 | 91 => self.changes.get(usize::from(b) % self.changes.len().max(1))?.clone(),
            92..=94 => {
                let (actor, command) = self.house.world.order(&buy("25", "100").client(i32::from(b % 2)));
                return Some((actor, command));
            }
            _ => {
                let pending = &self.house.world.state.book.pending;
                let (id, approval) = pending.iter().nth(usize::from(b) % pending.len().max(1))?;
                let signature = self.house.signs(key, &approval.request, &approval.nonce);
                Command::Grant { id: *id, signature }
            }
        };
        self.changes.push(command.clone());
        Some((actor, command))
    }
}

/// What can happen once only, and what is gone for good.
#[derive(Default)]
struct Seen {
    steps: BTreeSet<(AuthenticatorId, i64)>,
    recovery: BTreeSet<(AuthenticatorId, u8)>,
    codes: BTreeSet<Digest>,
    signed: BTreeSet<ApprovalId>,
    granted: BTreeSet<ApprovalId>,
    ended: BTreeSet<SessionId>,
    revoked: BTreeSet<DeviceId>,
    gone: BTreeSet<AuthenticatorId>,
    out: BTreeMap<UserId, Timestamp>,
}

impl Seen {
    /// Worked out here from the record alone: idle and absolute minutes, as the rules page has them.
    fn over(&self, one: &Session, now: Timestamp) -> bool {
        let (idle, absolute) = match one.interface {
            Interface::Portal => (15, 720),
            Interface::Mobile => (5, 720),
            Interface::Desktop => (60, 1_440),
            Interface::Api => (0, 0),
        };
        let absolute = if one.shared { 10 } else { absolute };
        self.ended.contains(&one.id)
            || self.revoked.contains(&one.device)
            || self.out.get(&one.user).is_some_and(|at| one.began_at <= *at)
            || now.since(one.began_at) >= absolute * MINUTE
            || now.since(one.seen_at) >= idle * MINUTE
    }

    fn takes(&mut self, event: &Event) {
        match event {
            Event::People(People::Authenticator(event)) => self.authenticator(event),
            Event::People(People::Device(device::Event::Revoked { id, .. })) => {
                self.revoked.insert(*id);
            }
            Event::People(People::Device(device::Event::Confirmed { id, .. })) => {
                assert!(!self.revoked.contains(id), "a revoked device was confirmed");
            }
            Event::People(People::Device(device::Event::Used { id, .. })) => assert!(!self.revoked.contains(id)),
            Event::People(People::Session(session::Event::Ended { id, .. })) => {
                self.ended.insert(*id);
            }
            Event::People(People::User(kernel::user::Event::LoggedOutEverywhere { id, at })) => {
                self.out.insert(*id, *at);
            }
            Event::Change(change::Event::Signed { id, .. }) => assert!(self.signed.insert(*id), "signed twice"),
            Event::Approval(kernel::approval::Event::Signed { id, .. }) => {
                assert!(self.granted.insert(*id), "granted twice");
            }
            _ => {}
        }
    }

    fn authenticator(&mut self, event: &authenticator::Event) {
        match event {
            authenticator::Event::Used { id, proof, .. } => {
                assert!(!self.gone.contains(id), "a removed or disabled authenticator proved something");
                match proof {
                    Proof::Totp { step } => assert!(self.steps.insert((*id, *step)), "a step was used twice"),
                    Proof::RecoveryCode { index } => assert!(self.recovery.insert((*id, *index)), "a code, twice"),
                    Proof::Password | Proof::Assertion { .. } => {}
                }
            }
            authenticator::Event::Removed { id } | authenticator::Event::Disabled { id } => {
                self.gone.insert(*id);
            }
            authenticator::Event::Bound(_) | authenticator::Event::CounterFellBack { .. } => {}
        }
    }

    fn stays_gone(&self, people: &Known, now: Timestamp) {
        for one in &people.authenticators {
            assert!(!self.gone.contains(&one.id) || one.state != Standing::Active, "an authenticator came alive");
        }
        for one in &people.devices {
            assert!(!self.revoked.contains(&one.id) || one.trusted(now).is_err(), "a revoked device came alive");
        }
        for one in &people.sessions {
            assert!(!self.over(one, now) || people.living(one.id, now).is_err(), "a session came alive: {one:?}");
        }
        for user in &people.users {
            assert!(device::places(&people.devices, user.id, now).count() <= device::MAX_TRUSTED);
        }
    }
}

/// Invariant 11: a window opens, or opens wider, only by proofs of this very decision.
fn rose_only_by_proof(before: &Known, after: &Known, events: &[Event], now: Timestamp) {
    let used = |resistant: bool| {
        events.iter().any(|event| match event {
            Event::People(People::Authenticator(authenticator::Event::Used { proof, .. })) => {
                !resistant || matches!(proof, Proof::Assertion { user_verified: true, .. })
            }
            _ => false,
        })
    };
    for one in &after.sessions {
        let old = before.sessions.iter().find(|old| old.id == one.id);
        let (trade, moves) = old.map_or((now, now), |old| (old.trade_until, old.move_until));
        assert!(one.trade_until <= trade.max(now) || used(false), "trade without a proof");
        assert!(one.move_until <= moves.max(now) || used(true), "move without a proof that cannot be phished");
        assert!(old.is_none_or(|old| old.assurance == one.assurance && old.user == one.user));
        assert!(old.is_some() || used(false), "a session began without a proof");
    }
}

fn step(walk: &mut Walk, one: &Move, seen: &mut Seen) {
    let Some((actor, command)) = walk.command(one) else { return };
    let (before, now) = (walk.people().clone(), walk.house.world.now);
    let decided = walk.house.world.decide(actor, &command);
    assert_eq!(decided, walk.house.world.act(actor, command.clone()), "the same input, another decision");
    let Ok(events) = decided else { return seen.stays_gone(walk.people(), now) };
    if let (Actor::User { user, session }, false) = (actor, events.is_empty()) {
        let own = before.sessions.iter().find(|one| one.id == session);
        let own = own.expect("a session that is not there got something");
        assert!(own.user == user && !seen.over(own, now), "a session that is over got something: {events:?}");
    }
    if let Command::People(Ask::ConfirmDevice { by: Confirm::Code(sha256), .. }) = &command {
        assert!(seen.codes.insert(*sha256), "a code confirmed two devices");
    }
    let streams: Vec<_> = events.iter().map(Event::aggregate).collect();
    assert!(streams.windows(2).all(|pair| pair[0] == pair[1]), "{events:?} in two streams");
    rose_only_by_proof(&before, walk.people(), &events, now);
    events.iter().for_each(|event| seen.takes(event));
    for event in &events {
        if let Event::People(People::Session(session::Event::Begun(begun))) = event {
            walk.actors.push(Actor::User { user: begun.user, session: begun.id });
        }
    }
    seen.stays_gone(walk.people(), now);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn people_keep_the_invariants_at_every_step_of_any_history(moves in histories()) {
        let (mut walk, mut seen) = (Walk::new(), Seen::default());
        for one in &moves {
            step(&mut walk, one, &mut seen);
        }
        prop_assert_eq!(&replayed(&walk.house.world.log), &walk.house.world.state);
    }
}

#[test]
fn histories_of_people_reach_what_they_are_about() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut tags = BTreeSet::new();
    for _ in 0..600 {
        let moves = histories().new_tree(&mut runner).unwrap().current();
        let (mut walk, mut seen) = (Walk::new(), Seen::default());
        let made = walk.house.world.log.len();
        for one in &moves {
            step(&mut walk, one, &mut seen);
        }
        tags.extend(walk.house.world.log[made..].iter().map(|recorded| recorded.event.tag()));
        tags.extend(seen.recovery.iter().map(|_| "a recovery code"));
        tags.extend(seen.codes.iter().map(|_| "a device code"));
    }
    let expected = [
        "a device code",
        "a recovery code",
        "approval.signed",
        "authenticator.bound",
        "authenticator.counter_fell_back",
        "authenticator.disabled",
        "authenticator.removed",
        "authenticator.used",
        "change.asked",
        "change.signed",
        "device.bound",
        "device.code_offered",
        "device.confirmed",
        "device.revoked",
        "device.used",
        "session.begun",
        "session.ended",
        "session.lowered",
        "session.seen",
        "session.stepped_up",
        "user.logged_out_everywhere",
    ];
    let missing: Vec<&&str> = expected.iter().filter(|tag| !tags.contains(**tag)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}
