//! Broker: the state, exactly the fold of the events; `apply` writes, never judges, cannot fail.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::event::{Event, Execution};
use crate::order::{OrderState, Status};

/// The perm id of the first order.
const FIRST_PERM_ID: i64 = 700_000_001;

/// Accounts, orders and executions of one paper broker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    accounts: BTreeMap<String, Account>,
    open: BTreeMap<i64, OrderState>,
    ended: BTreeMap<i64, OrderState>,
    perm_ids: BTreeMap<String, i64>,
    executions: Vec<Execution>,
    /// Since when an account has less than it must keep.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    calls: BTreeMap<String, i64>,
    last_perm_id: i64,
    last_at: i64,
}

impl Broker {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn account(&self, number: &str) -> Option<&Account> {
        self.accounts.get(number)
    }

    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// The order with this reference, open or ended, so that its state can be reported again.
    pub fn order(&self, reference: &str) -> Option<&OrderState> {
        let perm_id = self.perm_ids.get(reference)?;
        self.open.get(perm_id).or_else(|| self.ended.get(perm_id))
    }

    pub fn order_by_perm_id(&self, perm_id: i64) -> Option<&OrderState> {
        self.open.get(&perm_id).or_else(|| self.ended.get(&perm_id))
    }

    /// Open orders, the oldest first.
    pub fn open_orders(&self) -> impl Iterator<Item = &OrderState> + Clone {
        self.open.values()
    }

    /// Whether a part of this order's family was rejected after it.
    pub(crate) fn lost_a_child(&self, parent: &OrderState) -> bool {
        let after = self.ended.range(parent.perm_id..).map(|(_, state)| state);
        let lost = |state: &OrderState| state.status == Status::Rejected && state.is_child_of(parent);
        after.filter(|state| lost(state)).count() > 0
    }

    /// Ended orders (rejected ones too), in the order in which they were placed.
    pub fn ended_orders(&self) -> impl DoubleEndedIterator<Item = &OrderState> {
        self.ended.values()
    }

    /// Every fill ever, the oldest first.
    pub fn executions(&self) -> &[Execution] {
        &self.executions
    }

    /// Since when this account has less than it must keep.
    pub fn called_since(&self, account: &str) -> Option<i64> {
        self.calls.get(account).copied()
    }

    /// Whether the passing of time could do anything here.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
            && self.calls.is_empty()
            && !self.accounts.values().any(|account| account.owes() || account.waits_for_expiry())
    }

    /// Time of the last event; decisions never go back behind it.
    pub fn last_at(&self) -> i64 {
        self.last_at
    }

    /// When the next DAY order ends by itself.
    pub fn next_expiry(&self) -> Option<i64> {
        self.open.values().filter_map(|each| each.expires_at).min()
    }

    pub(crate) fn next_perm_id(&self) -> Option<i64> {
        if self.last_perm_id == 0 {
            return Some(FIRST_PERM_ID);
        }
        self.last_perm_id.checked_add(1)
    }

    fn place(&mut self, state: OrderState) {
        let perm_id = state.perm_id;
        self.last_perm_id = self.last_perm_id.max(perm_id);
        self.perm_ids.insert(state.order.reference.clone(), perm_id);
        self.keep(state);
    }

    fn keep(&mut self, state: OrderState) {
        if state.is_open() {
            self.open.insert(state.perm_id, state);
        } else {
            self.open.remove(&state.perm_id);
            self.ended.insert(state.perm_id, state);
        }
    }

    /// Changes an open order; an ended one is out of reach.
    fn change(&mut self, reference: &str, change: impl FnOnce(&mut OrderState)) {
        let open = self.perm_ids.get(reference).and_then(|id| self.open.get(id));
        if let Some(mut state) = open.cloned() {
            change(&mut state);
            self.keep(state);
        }
    }

    fn fill(&mut self, execution: &Execution) {
        let account = self.accounts.get(&execution.account);
        if let Some((after, _)) = account.and_then(|each| each.after_fill(execution)) {
            self.accounts.insert(execution.account.clone(), after);
        }
        self.change(&execution.reference, |state| {
            if let Some(after) = state.after_fill(execution) {
                *state = after;
            }
        });
        self.executions.push(execution.clone());
    }
}

/// Writes an event into the state. What `decide` would never return changes as little as possible.
pub fn apply(broker: &mut Broker, event: &Event) {
    broker.last_at = broker.last_at.max(event.at());
    match event {
        Event::AccountOpened { number, base_currency, .. } => {
            let account = Account::new(number, base_currency);
            broker.accounts.entry(number.clone()).or_insert(account);
        }
        Event::Deposited { account, currency, amount, .. } => {
            let known = broker.accounts.get(account);
            if let Some(after) = known.and_then(|each| each.after_cash(currency, *amount)) {
                broker.accounts.insert(account.clone(), after);
            }
        }
        Event::Accepted { order, perm_id, expires_at, at } => {
            broker.place(OrderState::placed(order.clone(), *perm_id, *expires_at, *at))
        }
        Event::Rejected { order, perm_id, reason, at } => {
            let mut state = OrderState::placed(order.clone(), *perm_id, None, *at);
            state.end(Status::Rejected, Some(*reason), *at);
            broker.place(state);
        }
        Event::Triggered { reference, .. } => {
            broker.change(reference, |state| state.status = Status::Triggered);
        }
        Event::Trailed { reference, stop, .. } => broker.change(reference, |state| state.trailed_to = Some(*stop)),
        Event::Released { reference, .. } => broker.change(reference, |state| state.parked = false),
        Event::Reduced { reference, by, .. } => broker.change(reference, |state| state.give_up(*by)),
        Event::Filled { execution } => broker.fill(execution),
        Event::Replaced { order, expires_at, .. } => broker.change(&order.reference, |state| {
            state.replace(order.clone(), *expires_at);
        }),
        Event::Cancelled { reference, reason, at } => {
            broker.change(reference, |state| state.end(Status::Cancelled, *reason, *at))
        }
        Event::Expired { reference, at } => {
            broker.change(reference, |state| state.end(Status::Expired, None, *at));
        }
        Event::MarginCalled { account, at } => {
            broker.calls.insert(account.clone(), *at);
        }
        Event::MarginMet { account, .. } => {
            broker.calls.remove(account);
        }
        Event::AccountRejected { .. }
        | Event::DepositRejected { .. }
        | Event::DuplicateReference { .. }
        | Event::ReplaceRejected { .. }
        | Event::CancelRejected { .. } => {}
    }
}
