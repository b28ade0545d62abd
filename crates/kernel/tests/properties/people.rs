//! Properties of people: what holds after every step of any history of signing in, confirming, revoking and signing.

use super::moves::Move;
use super::replayed;
use super::visits::Walk;
use crate::people::house::MINUTE;
use kernel::actor::Actor;
use kernel::authenticator::{self, State as Standing};
use kernel::change;
use kernel::command::Command;
use kernel::device;
use kernel::digest::Digest;
use kernel::event::Event;
use kernel::evidence::Proof;
use kernel::id::{ApprovalId, AuthenticatorId, DeviceId, SessionId, UserId};
use kernel::people::{Command as Ask, Confirm, Event as People, Pair, People as Known};
use kernel::session::{self, Interface, Session};
use kernel::time::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::{BTreeMap, BTreeSet};

fn histories() -> impl Strategy<Value = Vec<Move>> {
    proptest::collection::vec(any::<Move>(), 1..80)
}

/// What can happen once only, and what is gone for good.
#[derive(Default)]
struct Seen {
    steps: BTreeSet<(AuthenticatorId, i64)>,
    recovery: BTreeSet<(AuthenticatorId, u8)>,
    codes: BTreeSet<Digest>,
    links: BTreeSet<Digest>,
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
                    Proof::Password | Proof::SmsCode | Proof::Assertion { .. } => {}
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
        let paired = events.iter().any(|event| matches!(event, Event::People(People::Pairing(_))));
        let made = paired
            && events.iter().any(|event| match event {
                Event::People(People::Authenticator(authenticator::Event::Bound(new))) => new.is_passkey(),
                _ => false,
            });
        assert!(old.is_some() || used(false) || made, "a session began without a proof");
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
    if let Command::People(Ask::Pair(Pair { code, .. })) = &command {
        assert!(seen.links.insert(*code), "a link let two phones in");
    }
    // What a signature has used of an authenticator comes first, in the customer's stream.
    let signed = matches!(command, Command::Grant { .. } | Command::SignChange { .. });
    let used = |event: &&Event| signed && event.tag() == "authenticator.used";
    let streams: Vec<_> = events.iter().skip_while(used).map(Event::aggregate).collect();
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
        "pairing.offered",
        "pairing.used",
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
