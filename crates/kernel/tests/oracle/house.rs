//! The house of the oracle: who may do what, under which limits; the sky over it; and what was said.

use super::ledger::{Level, Units};

#[derive(Clone, Debug, Default)]
pub struct Limits {
    pub order_value: Option<Units>,
    pub quantity: Option<Units>,
    pub collar: Option<i128>,
    pub day_value: Option<Units>,
    pub day_count: Option<u32>,
    pub open_orders: Option<u32>,
    pub open_value: Option<Units>,
    pub messages: Option<u32>,
    pub orders: Option<u32>,
    pub fills: Option<u32>,
    pub approve_above: Option<Units>,
    pub position: Option<Units>,
    pub leverage: Option<Units>,
    pub margin: Option<Units>,
    pub approve_leverage: Option<Units>,
    /// Seconds that a program may send nothing.
    pub silence: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct Who {
    pub accounts: Vec<usize>,
    pub papers: Vec<usize>,
    pub limits: Limits,
    pub market: bool,
    pub stop: bool,
    pub trailing: bool,
    pub auction: bool,
    pub short: bool,
    pub writes: bool,
    pub outside_hours: bool,
    pub any: bool,
    pub cancel_on_disconnect: bool,
    pub observe: bool,
    /// A person's, not a program's; it may be suspended, and then closes all the same.
    pub ticket: bool,
    pub suspended: bool,
}

impl Who {
    pub fn closes_only(&self) -> bool {
        self.ticket && (self.suspended || self.limits.order_value.is_none() || self.limits.day_value.is_none())
    }
}

#[derive(Clone, Debug, Default)]
pub struct Account {
    pub limits: Limits,
    pub restricted: Vec<usize>,
}

/// Instruments are 0: a stock, 1: a fund in another currency, 2: a pair of currencies, 3: a future, 4: a call on the fund.
pub const FUND: usize = 1;
pub const PAIR: usize = 2;
pub const FUTURE: usize = 3;
pub const CALL: usize = 4;
/// One contract stands for so much, in the same units as quantities.
pub const MULTIPLIERS: [Units; 5] = [100_000_000, 100_000_000, 100_000_000, 200_000_001, 300_000_000];
pub const STRIKE: Units = 15_000_000_000;

#[derive(Clone, Debug)]
pub struct House {
    pub who: Vec<Who>,
    pub accounts: Vec<Account>,
}

#[derive(Clone, Debug)]
pub struct Sky {
    pub now: i64,
    pub quote: Option<(Units, Units, i64)>,
    pub rate: Option<(Units, i64)>,
    pub regular: Option<bool>,
    /// What the venue says of the account, where it says anything.
    pub figures: Option<Figures>,
}

#[derive(Clone, Debug)]
pub struct Figures {
    pub net: Units,
    pub gross: Units,
    pub margin: Option<Units>,
    pub at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// `admitted`, `held`, `changed`, or a code.
    pub word: &'static str,
    pub order: Option<usize>,
    pub value: Units,
    pub added: Units,
}

pub fn stops(level: Level, who: usize, account: usize) -> bool {
    match level {
        Level::Credential(w) => w == who,
        Level::Account(a) => a == account,
        Level::Customer | Level::Firm => true,
    }
}
