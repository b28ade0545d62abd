//! Bots: one that holds three funds over days, and one that trades one of them within the day and is flat at night.

use super::client::Client;
use rust_decimal::Decimal;
use std::collections::VecDeque;

pub const MINUTES: u32 = 390;
pub const FUNDS: [&str; 3] = ["SPY", "QQQ", "GLD"];
/// Both trade it: what one of them holds is not the other's to sell.
pub const SHARED: &str = "SPY";

/// Looks at what it holds twice a day; a bid below the market rests over night.
pub struct Rebalancer {
    pub client: Client,
    /// Sells everything, and buys nothing any more.
    pub leaves: bool,
    yesterday: [Decimal; 3],
}

const LOOKS: [u32; 2] = [30, 345];
const BID: u32 = 33;
const BID_SHARES: i64 = 5;
/// Of each fund.
const WORTH: i64 = 25_000;
/// More of what has risen since yesterday, less of what has fallen.
const TILT: i64 = 5_000;
const IMPATIENT: u32 = 5;

impl Rebalancer {
    pub fn new(client: Client) -> Self {
        Self { client, leaves: false, yesterday: [Decimal::ZERO; 3] }
    }

    pub async fn minute(&mut self, minute: u32) {
        if self.client.lost {
            return;
        }
        self.client.give_up(minute, IMPATIENT, |order| order.since != 0 && order.since != BID).await;
        if LOOKS.contains(&minute) {
            // What rests since yesterday, too.
            self.client.give_up(minute, 0, |_| true).await;
        }
        if LOOKS.iter().any(|look| minute == look + 1) {
            self.balance(minute).await;
        }
        if minute == BID
            && !self.leaves
            && let Some((_, ask)) = self.client.quote(SHARED)
        {
            let limit = ask * Decimal::new(99, 2);
            self.client.place(SHARED, BID_SHARES.into(), limit, ("GTC", minute)).await;
        }
    }

    /// One more of the second fund, whatever it has.
    pub async fn top_up(&mut self, minute: u32) {
        if let Some((_, ask)) = self.client.quote(FUNDS[1]) {
            self.client.place(FUNDS[1], Decimal::ONE, ask * Decimal::new(1_001, 3), ("DAY", minute)).await;
        }
    }

    async fn balance(&mut self, minute: u32) {
        for (index, fund) in FUNDS.into_iter().enumerate() {
            let Some((bid, ask)) = self.client.quote(fund) else { continue };
            let before = self.yesterday[index];
            let tilt = if before.is_zero() || bid == before {
                0
            } else if bid > before {
                TILT
            } else {
                -TILT
            };
            let wanted = if self.leaves { Decimal::ZERO } else { (Decimal::from(WORTH + tilt) / ask).floor() };
            let missing = wanted - self.client.held(fund);
            if minute > LOOKS[1] {
                self.yesterday[index] = bid;
            }
            if missing > Decimal::ZERO {
                self.client.place(fund, missing, ask * Decimal::new(1_001, 3), ("DAY", minute)).await;
            } else if missing < Decimal::ZERO {
                self.client.place(fund, missing, bid * Decimal::new(999, 3), ("DAY", minute)).await;
            }
        }
    }
}

/// Buys below the mean of the last half hour, sells above it, and has nothing at the end of the day.
pub struct Reverter {
    pub client: Client,
    middles: VecDeque<Decimal>,
    /// Orders that it still sends without looking, because of a mistake in it.
    pub wild: u32,
}

const SHARES: i64 = 20;
const MEAN_OF: usize = 30;
const LAST_PURCHASE: u32 = 360;
const GOES_HOME: u32 = 375;
const WAITS: u32 = 2;

impl Reverter {
    pub fn new(client: Client) -> Self {
        Self { client, middles: VecDeque::new(), wild: 0 }
    }

    /// The mistake: an order for each quote, whatever became of the last one.
    pub async fn run_wild(&mut self, minute: u32) {
        for _ in 0..self.wild.min(10) {
            self.wild -= 1;
            if let Some((_, ask)) = self.client.quote(SHARED) {
                let limit = ask + Decimal::new(i64::from(self.wild % 40), 2);
                self.client.place(SHARED, SHARES.into(), limit, ("DAY", minute)).await;
            }
        }
    }

    pub async fn minute(&mut self, minute: u32) {
        if minute == 0 {
            self.middles.clear();
        }
        let Some((bid, ask)) = self.client.quote(SHARED).filter(|_| !self.client.lost) else { return };
        let middle = (bid + ask) / Decimal::TWO;
        self.middles.push_back(middle);
        if self.middles.len() > MEAN_OF {
            self.middles.pop_front();
        }
        if !self.client.open.is_empty() {
            return self.client.give_up(minute, WAITS, |_| true).await;
        }
        let mean = self.middles.iter().sum::<Decimal>() / Decimal::from(self.middles.len());
        let held = self.client.held(SHARED);
        let (low, wide) = (mean * Decimal::new(9_994, 4), Decimal::new(10, 2));
        if held > Decimal::ZERO && (middle > mean || minute >= GOES_HOME) {
            self.client.place(SHARED, -held, bid - wide, ("DAY", minute)).await;
        } else if held.is_zero() && middle < low && self.middles.len() == MEAN_OF && minute < LAST_PURCHASE {
            self.client.place(SHARED, SHARES.into(), ask + wide, ("DAY", minute)).await;
        }
    }
}
