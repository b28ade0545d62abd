//! Properties: what holds after every step of any history, checked on random ones.

mod moves;
mod people;
mod plain;
mod quiet;
mod signed;
mod sources;
mod visits;

use kernel::actor::Actor;
use kernel::api_credential;
use kernel::approval::{Event as Approval, Verdict};
use kernel::bounds::Bounds;
use kernel::command::Command;
use kernel::event::{Event, Recorded};
use kernel::id::{ApprovalId, CredentialId};
use kernel::kill_switch;
use kernel::order::{Side, Terms};
use kernel::state::{self, State};
use kernel::working::{Ask, Event as Order};
use moves::{Move, Walk};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::BTreeSet;

fn histories() -> impl Strategy<Value = Vec<Move>> {
    proptest::collection::vec(any::<Move>(), 1..90)
}

fn replayed(log: &[Recorded]) -> State {
    let mut state = State::default();
    log.iter().for_each(|recorded| state::apply(&mut state, recorded));
    state
}

/// The largest change of position that the account's open orders on this side and this one could make.
fn could_increase(state: &State, credential: CredentialId, terms: &Terms, ask: &Ask) -> bool {
    let (_, net) = state.book.position(terms.account, terms.instrument.contract_id, credential);
    let mut most = i128::from(terms.order_qty.units());
    for order in state.book.orders.values().filter(|order| order.id != ask.id) {
        let same = order.terms.account == terms.account && order.terms.instrument == terms.instrument;
        if same && order.terms.side == terms.side {
            most += i128::from(order.remaining().units());
        }
    }
    let net = i128::from(net.units());
    match terms.side {
        Side::Buy => net + most > 0,
        Side::Sell => net - most < 0,
    }
}

/// Invariants 6 and 8, of one admission, seen from the state before it.
fn admitted_rightly(before: &State, ask: &Ask, approval: Option<ApprovalId>, value: kernel::money::Amount) {
    let credential = before.customer.credential(ask.credential).unwrap();
    let account = before.customer.account(ask.terms.account).unwrap();
    assert!(credential.accounts.contains(&account.id), "an order on an account that is not the credential's");
    assert_eq!(credential.state, api_credential::State::Active);
    let kills = [&before.customer.kills, &before.firm.kills];
    if kills.iter().any(|kills| kill_switch::stops(kills, credential.id, account.id).is_some()) {
        assert!(!could_increase(before, credential.id, &ask.terms, ask), "a kill switch admitted {ask:?}");
    }
    let threshold = [credential.limits.approve_above, account.limits.approve_above].into_iter().flatten().min();
    if threshold.is_some_and(|threshold| value > threshold) {
        let pending = approval.and_then(|id| before.book.pending.get(&id)).expect("a large order needs its approval");
        assert_eq!((pending.order, pending.requester), (ask.id, ask.credential));
        assert_eq!(pending.request, ask.terms.digest(), "the approval is for other terms");
    }
}

fn bounds_are_what_the_records_say(state: &State) {
    for record in &state.customer.credentials {
        assert_eq!(state.standing.credentials.get(record.id).unwrap().bounds, Bounds::of_credential(record));
    }
    for record in &state.customer.accounts {
        assert_eq!(state.standing.accounts.get(record.id).unwrap().bounds, Bounds::of_account(record));
    }
}

#[derive(Default)]
struct Seen {
    settled: BTreeSet<ApprovalId>,
    used: BTreeSet<ApprovalId>,
    revoked: BTreeSet<CredentialId>,
}

fn step(walk: &mut Walk, one: &Move, seen: &mut Seen) {
    let Some((actor, command)) = walk.command(one) else {
        return;
    };
    let before = walk.world.state.clone();
    if let (Actor::Credential(id), Command::Place { terms, .. }) = (actor, &command) {
        quiet::answers_alike(walk, id, terms, false);
    }
    let decided = walk.world.decide(actor, &command);
    assert_eq!(decided, walk.world.decide(actor, &command), "the same input, another decision");
    assert_eq!(decided, walk.world.act(actor, command.clone()));
    let events = decided.unwrap_or_default();
    // What a signature has used of an authenticator comes first, in the customer's stream.
    let used = |event: &Event| event.tag() == "authenticator.used";
    let rest = &events[events.iter().take_while(|event| used(event)).count()..];
    assert!(rest.iter().all(|event| event.aggregate() == rest[0].aggregate()), "{events:?} in two streams");
    if let (Actor::Credential(id), Command::Place { .. } | Command::Cancel { .. } | Command::CancelAll) =
        (actor, &command)
    {
        assert!(!seen.revoked.contains(&id) || events.is_empty(), "a revoked credential acted: {events:?}");
    }
    for event in &events {
        match event {
            Event::Order(Order::Admitted { ask, charge, approval, .. }) => {
                assert!(!seen.revoked.contains(&ask.credential));
                admitted_rightly(&before, ask, *approval, charge.value);
                if let Some(id) = approval {
                    assert!(seen.used.insert(*id), "an approval admitted two orders");
                }
            }
            Event::Order(Order::ReplaceAdmitted { id, terms, charge, .. }) => {
                let order = &before.book.orders[id];
                let (credential, client_ref) = (order.credential, order.client_ref);
                let ask = Ask { id: *id, credential, client_ref, terms: terms.clone() };
                // A change is never approved: it must not be large.
                let mut rest = ask.clone();
                rest.terms.order_qty = terms.order_qty.checked_sub(order.filled).unwrap();
                admitted_rightly(&before, &rest, None, charge.value);
            }
            Event::Approval(Approval::Settled { id, verdict, by }) => {
                assert!(seen.settled.insert(*id), "an approval was settled twice");
                assert!(*verdict != Verdict::Grant || matches!(by, Actor::Local { .. }), "{by:?} granted");
            }
            Event::Credential(api_credential::Event::Revoked { id }) => {
                seen.revoked.insert(*id);
            }
            _ => {}
        }
    }
    bounds_are_what_the_records_say(&walk.world.state);
    quiet::rows_say_what_the_records_say(&walk.world.state);
    for id in &seen.revoked {
        let credential = walk.world.state.customer.credential(*id).unwrap();
        assert_eq!(
            credential.alive(walk.world.now),
            Err(api_credential::Refusal::Revoked),
            "what was revoked came alive"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_step_of_any_history_keeps_the_invariants(moves in histories()) {
        let (mut walk, mut seen) = (Walk::new(), Seen::default());
        for one in &moves {
            step(&mut walk, one, &mut seen);
        }
    }

    #[test]
    fn a_replay_of_the_events_gives_the_state_and_its_decisions(moves in histories()) {
        let mut walk = Walk::new();
        for one in &moves {
            if let Some((actor, command)) = walk.command(one) {
                let mut again = walk.world.clone();
                again.state = replayed(&walk.world.log);
                prop_assert_eq!(&again.state, &walk.world.state);
                prop_assert_eq!(again.decide(actor, &command), walk.world.act(actor, command));
            }
        }
    }

    #[test]
    fn what_is_recorded_is_read_back_exactly(moves in histories()) {
        let mut walk = Walk::new();
        for one in &moves {
            if let Some((actor, command)) = walk.command(one) {
                let _ = walk.world.act(actor, command);
            }
        }
        for recorded in &walk.world.log {
            let text = serde_json::to_string(recorded).unwrap();
            let back: Recorded = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, recorded);
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        }
    }
}

#[test]
fn random_histories_reach_what_they_are_about() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut tags = BTreeSet::new();
    for _ in 0..300 {
        let moves = histories().new_tree(&mut runner).unwrap().current();
        let mut walk = Walk::new();
        for one in &moves {
            if let Some((actor, command)) = walk.command(one) {
                let _ = walk.world.act(actor, command);
            }
        }
        tags.extend(walk.world.log.iter().map(|recorded| recorded.event.tag()));
    }
    let expected = [
        "account.limits_set",
        "account.opened",
        "account.restricted_set",
        "approval.requested",
        "approval.settled",
        "credential.created",
        "credential.limits_set",
        "credential.resumed",
        "credential.revoked",
        "credential.rotated",
        "credential.suspended",
        "credential.used",
        "customer.opened",
        "kill_switch.engaged",
        "kill_switch.released",
        "meter.rearmed",
        "order.acknowledged",
        "order.admitted",
        "order.cancel_rejected",
        "order.cancel_requested",
        "order.commissioned",
        "order.ended",
        "order.filled",
        "order.held",
        "order.marked_unknown",
        "order.refused",
        "order.replace_admitted",
        "order.replace_refused",
        "order.replace_rejected",
        "order.replaced",
    ];
    let missing: Vec<&&str> = expected.iter().filter(|tag| !tags.contains(**tag)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}
