//! A quiet account: an order on it is answered from the credential's row as from all of the state.

use super::histories;
use super::moves::Walk;
use kernel::account::Account;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::decide::question::{Asking, Who, question};
use kernel::guard::{self, Limits};
use kernel::id::{AccountId, CredentialId};
use kernel::order::Terms;
use kernel::state::State;
use proptest::strategy::{Strategy, ValueTree};

/// What a row should say, from the records alone.
fn quiet(state: &State) -> Option<AccountId> {
    let engaged = state.customer.kills.len() + state.firm.kills.len() > 0;
    let open = state.book.orders.len() + state.book.positions.len() > 0;
    let silent = |account: &&Account| account.limits == Limits::default() && account.restricted.is_empty();
    state.customer.accounts.first().filter(silent).filter(|_| !engaged && !open).map(|account| account.id)
}

pub fn rows_say_what_the_records_say(state: &State) {
    for record in &state.customer.credentials {
        let said = quiet(state).filter(|_| !record.limits.levered() && record.limits.position_quantity.is_none());
        assert_eq!(state.standing.credentials.get(record.id).unwrap().quiet, said);
    }
}

/// Whether the order is one on a quiet account; if so, both ways are asked, and answer alike.
pub fn answers_alike(walk: &Walk, credential: CredentialId, terms: &Terms, approved: bool) -> bool {
    let (state, given) = (&walk.world.state, walk.world.given());
    let Ok(who) = Who::find(state, credential, terms.account) else { return false };
    let all = Who { account: state.standing.accounts.get(terms.account), ..who };
    let (ticket, market, now) = (None, &given.market, given.now);
    let (replaces, changes, group, closes_parent) = (None, None, None, false);
    let asking = Asking { terms, replaces, changes, approved, ticket, group, closes_parent, market, now };
    let (mut none, mut some) = (None, None);
    let (row, whole) = (question(state, &who, &asking, &mut none), question(state, &all, &asking, &mut some));
    assert_eq!(guard::decide(&row), guard::decide(&whole), "{terms:?}");
    who.account.is_none()
}

#[test]
fn random_histories_ask_on_quiet_accounts_and_on_others() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut on_quiet, mut on_others, mut admitted) = (0, 0, 0);
    for _ in 0..300 {
        let moves = histories().new_tree(&mut runner).unwrap().current();
        let mut walk = Walk::new();
        for one in &moves {
            let Some((actor, command)) = walk.command(one) else { continue };
            let mut asked_on_quiet = false;
            if let (Actor::Credential(id), Command::Place { terms, .. }) = (actor, &command) {
                asked_on_quiet = [false, true].map(|approved| answers_alike(&walk, id, terms, approved))[0];
                (on_quiet, on_others) =
                    (on_quiet + usize::from(asked_on_quiet), on_others + usize::from(!asked_on_quiet));
            }
            let decided = walk.world.act(actor, command);
            admitted += usize::from(asked_on_quiet && decided.is_ok());
            rows_say_what_the_records_say(&walk.world.state);
        }
    }
    assert!(on_quiet >= 100 && on_others >= 100 && admitted >= 50, "{on_quiet} {on_others} {admitted}");
}
