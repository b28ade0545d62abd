//! Story: what the journal says, read from the file when all is over, without the kernel's fold; and told by the week.

use super::script::Noted;
use kernel::api_credential::Event as Credential;
use kernel::event::{Event, Recorded};
use kernel::id::CredentialId;
use kernel::limits::Limits;
use kernel::time::Timestamp;
use kernel::working::Event as Order;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use store::{SqliteStore, Store};
use venue::exact;

const WEEK_MS: i64 = 7 * 86_400_000;
const PAGE: usize = 1_000;

/// Of one week and one bot.
#[derive(Debug, Default)]
struct Week {
    orders: u32,
    fills: u32,
    observed: BTreeMap<String, u32>,
    refused: BTreeMap<String, u32>,
}

#[derive(Debug, Default)]
pub struct Story {
    pub size: u64,
    /// Whose each admitted order is.
    pub of: BTreeMap<String, CredentialId>,
    pub filled: BTreeMap<String, Decimal>,
    pub ended: BTreeSet<String>,
    names: BTreeMap<CredentialId, String>,
    stated: BTreeMap<CredentialId, (bool, Vec<(Timestamp, Limits)>)>,
    account: Vec<(Timestamp, Limits)>,
    weeks: BTreeMap<(i64, String), Week>,
    by_id: BTreeMap<String, String>,
    pub switches: u32,
    pub rotations: u32,
}

/// The whole journal, each link and leaf of it checked against its head.
pub fn verified(store: &mut SqliteStore) -> Vec<Recorded> {
    let (mut verifier, mut all) = (journal::Verifier::new(), Vec::new());
    loop {
        let events = store.tail(verifier.size(), PAGE).unwrap();
        if events.is_empty() {
            break;
        }
        for stored in &events {
            verifier.record(&stored.record()).unwrap();
            if service::codec::is_ours(stored) {
                service::codec::verify(stored).unwrap();
                all.push(service::codec::decode(stored).unwrap());
            }
        }
    }
    let (verified, head) = (verifier.finish(), store.head().unwrap());
    assert_eq!((verified.size, verified.root), (head.size, head.root), "the journal and its head");
    all
}

fn count(codes: &mut BTreeMap<String, u32>, code: &str) {
    *codes.entry(code.to_owned()).or_default() += 1;
}

impl Story {
    pub fn of(recorded: &[Recorded], first: Timestamp) -> Self {
        let mut story = Self { size: recorded.len() as u64, ..Self::default() };
        for one in recorded {
            let week = one.at.since(first).div_euclid(WEEK_MS);
            match &one.event {
                Event::Credential(event) => story.credential(event, one.at),
                Event::Account(kernel::account::Event::LimitsSet { limits, .. }) => {
                    story.account.push((one.at, *limits));
                }
                Event::KillSwitch(_) => story.switches += 1,
                Event::Order(event) => story.order(event, week),
                _ => {}
            }
        }
        story
    }

    fn credential(&mut self, event: &Credential, at: Timestamp) {
        match event {
            Credential::Created(made) => {
                let bot = made.name.split('-').next().unwrap().to_owned();
                self.names.insert(made.id, bot);
                self.stated.insert(made.id, (made.observe, vec![(at, made.limits)]));
            }
            Credential::LimitsSet { id, limits } => self.stated.get_mut(id).unwrap().1.push((at, *limits)),
            Credential::Rotated { .. } => self.rotations += 1,
            _ => {}
        }
    }

    fn week(&mut self, week: i64, of: CredentialId) -> &mut Week {
        let name = self.names[&of].clone();
        self.weeks.entry((week, name)).or_default()
    }

    fn order(&mut self, event: &Order, week: i64) {
        match event {
            Order::Admitted { ask, observed, .. } => {
                let twice = self.of.insert(ask.id.to_string(), ask.credential);
                assert_eq!(twice, None, "{} is admitted twice", ask.id);
                let one = self.week(week, ask.credential);
                one.orders += 1;
                observed.iter().for_each(|reason| count(&mut one.observed, &reason.code));
            }
            Order::Refused { ask, reason } => count(&mut self.week(week, ask.credential).refused, &reason.code),
            Order::Declined { credential, reason, .. } => {
                count(&mut self.week(week, *credential).refused, &reason.code);
            }
            Order::Filled { execution } => {
                let id = execution.order.expect("nobody trades by hand").to_string();
                let twice = self.by_id.insert(execution.exec_id.clone(), id.clone());
                assert_eq!(twice, None, "{} is recorded twice", execution.exec_id);
                let of = self.of[&id];
                self.week(week, of).fills += 1;
                *self.filled.entry(id).or_default() += exact::from_quantity(execution.quantity);
            }
            Order::Ended { id, .. } => drop(self.ended.insert(id.to_string())),
            _ => {}
        }
    }

    /// What was stated at a moment, and whether it only watched.
    pub fn limits_of(&self, id: CredentialId, at: Timestamp) -> (Limits, bool) {
        let (observe, stated) = &self.stated[&id];
        let last = stated.iter().rev().find(|(since, _)| *since <= at);
        (last.map_or(Limits::NONE, |(_, limits)| *limits), *observe)
    }

    pub fn limits_of_account(&self, at: Timestamp) -> Limits {
        let last = self.account.iter().rev().find(|(since, _)| *since <= at);
        last.map_or(Limits::NONE, |(_, limits)| *limits)
    }

    pub fn fills(&self) -> usize {
        self.by_id.len()
    }

    pub fn refused(&self, code: &str) -> u32 {
        self.weeks.values().filter_map(|week| week.refused.get(code)).sum()
    }

    pub fn observed(&self) -> u32 {
        self.weeks.values().flat_map(|week| week.observed.values()).sum()
    }

    /// For the cookbook.
    pub fn tell(&self, noted: &Noted) {
        eprintln!("| week | bot | orders | fills | would have been refused | refused | TWS lost |");
        eprintln!("|---|---|---|---|---|---|---|");
        for ((number, bot), week) in &self.weeks {
            let index = usize::try_from(*number).unwrap();
            let until = noted.losses.get(index).copied().unwrap_or_default();
            let before = index.checked_sub(1).and_then(|before| noted.losses.get(before)).copied().unwrap_or_default();
            let codes = |codes: &BTreeMap<String, u32>| {
                let told: Vec<String> = codes.iter().map(|(code, times)| format!("{code} {times}")).collect();
                if told.is_empty() { "-".to_owned() } else { told.join(", ") }
            };
            let (observed, refused) = (codes(&week.observed), codes(&week.refused));
            let (orders, fills, lost) = (week.orders, week.fills, until - before);
            eprintln!("| {} | {bot} | {orders} | {fills} | {observed} | {refused} | {lost} |", number + 1);
        }
        for (name, usage) in &noted.used {
            eprintln!("{name} used at most {}", serde_json::to_string(&usage.most).unwrap());
        }
        for (name, limits) in &noted.limits {
            eprintln!("{name} is held to {}", serde_json::to_string(limits).unwrap());
        }
        let (said, reached) = noted.mistakes;
        eprintln!("mistakes: {said} orders were said, {reached} reached the TWS");
        let (size, fills) = (self.size, self.fills());
        eprintln!("journal: {size} events; {} orders, {fills} fills; {} evenings", self.of.len(), noted.evenings);
    }
}
