//! Holdings: what the venue says is held, where what was traded here does not explain it.

use crate::actor::CustomerActor;
use kernel::command::Report;
use kernel::id::AccountId;
use kernel::instrument::AssetClass;
use kernel::money::Quantity;
use kernel::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use venue::exact;

/// A fill and the venue's word on the position come apart by seconds, and a fill can be missed until the fills are asked
/// for again. What differs for so long, moves on neither side and is explained by no fill was held before, or moved.
const STANDS_MS: i64 = 15_000;
/// Written down at one look; the others follow a second later.
const MOST: usize = 50;

/// By account and contract: what the venue says, what is known here, and since when it has been so.
pub(super) type Differences = BTreeMap<(AccountId, i64), (Quantity, Quantity, Timestamp)>;

impl CustomerActor {
    /// While a venue does not tell, nothing stands: it is waited for anew.
    pub(super) fn told_otherwise(&self, now: Timestamp) -> Vec<Report> {
        let inner = self.hold();
        let mut before = self.tick.differences.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut standing, mut found) = (Differences::new(), Vec::new());
        // A fill that waits to be written again is in the venue's word already.
        if inner.line_broken {
            before.clear();
            return found;
        }
        for account in &inner.state.customer.accounts {
            let Some(holdings) = self.shared.venue.holdings(&account.number, now) else { continue };
            let positions = &inner.state.book.positions;
            let ours = positions.range((account.id, i64::MIN)..=(account.id, i64::MAX)).map(|((_, id), _)| *id);
            let contracts: BTreeSet<i64> = holdings.told.keys().copied().chain(ours).collect();
            for contract_id in contracts.difference(&holdings.moving).copied() {
                let key = (account.id, contract_id);
                let known = positions.get(&key);
                // Of a pair of currencies a broker tells the balances, and no position.
                let pair = |known: &kernel::book::Position| {
                    known.instrument.as_ref().is_some_and(|instrument| instrument.class == AssetClass::Forex)
                };
                let net = match holdings.told.get(&contract_id) {
                    Some(told) => exact::quantity(*told).ok(),
                    None => holdings.whole.then_some(Quantity::ZERO),
                };
                let (Some(net), false) = (net, known.is_some_and(pair)) else { continue };
                let was = known.map_or(Quantity::ZERO, |known| known.net);
                if net == was {
                    continue;
                }
                let so = before.get(&key).filter(|(told, knew, _)| (*told, *knew) == (net, was));
                let since = so.map_or(now, |(_, _, since)| *since);
                standing.insert(key, (net, was, since));
                let listed = holdings.fills_listed > since;
                if now.since(since) >= STANDS_MS && listed && found.len() < MOST {
                    found.push(Report::PositionTold { account: account.id, contract_id, net, was });
                }
            }
        }
        *before = standing;
        found
    }
}
