//! Fills: executions and their commissions, each told once however often upstream tells it.

use super::wire;
use crate::exact;
use crate::report::{Report, What};
use kernel::id::OrderId;
use kernel::money::Currency;
use kernel::order::Side;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, VecDeque};
use tws::Execution;

/// Executions that are remembered: more than a day's.
const MOST: usize = 100_000;

#[derive(Clone, Debug)]
struct Fill {
    filled: Report,
    commission: Option<Report>,
}

#[derive(Debug, Default)]
pub(super) struct Fills {
    known: BTreeMap<String, Fill>,
    arrived: VecDeque<String>,
}

impl Fills {
    pub(super) fn execution(&mut self, told: &Execution, order: Option<OrderId>, now: Timestamp) -> Vec<Report> {
        let Some(filled) = report(told, order, now) else {
            tracing::error!(exec_id = %told.exec_id, "a fill of the venue cannot be read: positions need a look");
            return Vec::new();
        };
        if let Some(known) = self.known.get(&told.exec_id) {
            if !same(&known.filled, &filled) {
                tracing::error!(exec_id = %told.exec_id, "the venue tells two fills under one number: the first stands");
            }
            return Vec::new();
        }
        if let Some(corrected) = self.corrects(&told.exec_id) {
            tracing::error!(exec_id = %told.exec_id, %corrected, "the venue corrects a fill: positions need a look");
            return Vec::new();
        }
        self.known.insert(told.exec_id.clone(), Fill { filled: filled.clone(), commission: None });
        self.arrived.push_back(told.exec_id.clone());
        while self.arrived.len() > MOST {
            if let Some(oldest) = self.arrived.pop_front() {
                self.known.remove(&oldest);
            }
        }
        vec![filled]
    }

    /// A correction has the same number but for its last part; counted as a fill it would count twice.
    fn corrects(&self, exec_id: &str) -> Option<&String> {
        let (base, _) = exec_id.rsplit_once('.').filter(|(base, _)| base.split('.').count() == 3)?;
        let from = format!("{base}.");
        self.known.range(from.clone()..).map(|(known, _)| known).next().filter(|known| known.starts_with(&from))
    }

    pub(super) fn commission(
        &mut self,
        exec_id: &str,
        commission: Decimal,
        currency: &str,
        realized: Option<Decimal>,
    ) -> Vec<Report> {
        let Some(fill) = self.known.get_mut(exec_id).filter(|fill| fill.commission.is_none()) else {
            return Vec::new();
        };
        let (Ok(amount), Ok(currency)) = (exact::amount(commission), Currency::parse(currency)) else {
            tracing::error!(exec_id, "a commission of the venue cannot be read");
            return Vec::new();
        };
        let realized = realized.and_then(|realized| exact::amount(realized).ok());
        let what = What::Commissioned { exec_id: exec_id.to_owned(), amount, currency, realized };
        let report = Report { what, ..fill.filled.clone() };
        fill.commission = Some(report.clone());
        vec![report]
    }

    /// What one order came to, as far as it was told.
    pub(super) fn quantity(&self, id: OrderId) -> Option<Decimal> {
        let own = self.known.values().filter(|fill| fill.filled.order == Some(id));
        let mut quantities = own.filter_map(|fill| {
            let What::Filled { quantity, .. } = &fill.filled.what else { return None };
            Some(exact::from_quantity(*quantity))
        });
        quantities.try_fold(Decimal::ZERO, |sum, each| sum.checked_add(each))
    }

    /// All fills of one order, with their commissions.
    pub(super) fn of(&self, id: OrderId) -> impl Iterator<Item = Report> {
        let own = self.known.values().filter(move |fill| fill.filled.order == Some(id));
        own.flat_map(|fill| [Some(fill.filled.clone()), fill.commission.clone()]).flatten()
    }
}

/// The time may be told in another zone, and the order is learned late: neither makes it another fill.
fn same(one: &Report, other: &Report) -> bool {
    match (&one.what, &other.what) {
        (
            What::Filled { contract_id, side, quantity, price, .. },
            What::Filled { contract_id: c, side: s, quantity: q, price: p, .. },
        ) => one.account == other.account && (contract_id, side, quantity, price) == (c, s, q, p),
        _ => false,
    }
}

fn report(told: &Execution, order: Option<OrderId>, now: Timestamp) -> Option<Report> {
    let what = What::Filled {
        exec_id: told.exec_id.clone(),
        contract_id: i64::from(told.contract.con_id),
        side: match told.side.as_str() {
            "BOT" => Side::Buy,
            "SLD" => Side::Sell,
            _ => return None,
        },
        quantity: exact::quantity(told.shares).ok().filter(|quantity| quantity.is_positive())?,
        price: exact::price(told.price).ok().filter(|price| price.is_positive())?,
        at: wire::time(&told.time).unwrap_or(now),
    };
    Some(Report { account: told.account.clone(), order, what })
}
