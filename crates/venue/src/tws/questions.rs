//! Questions: what upstream is asked for one program. Several at once, each in its turn, answered in time or told why not.

use super::keep::Chore;
use super::link::Written;
use super::{ANSWER, TwsVenue, bars, wire};
use crate::contract::{ContractQuery, NoWhatIf, Venue, WhatIf};
use crate::history::{Bar, BarsQuery, NoBars};
use kernel::order::Terms;
use kernel::time::Timestamp;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, oneshot};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

/// Upstream answers 50 questions for bars at a time; some are left for other programs of the trader's.
const MOST_BARS_ASKED: usize = 40;
const MOST_PREVIEWS_ASKED: usize = 5;
/// Bars of years take upstream a while; clients wait for a minute.
const BARS: Duration = Duration::from_secs(50);
/// Of 50 messages a second that upstream takes, at most 20 are questions: orders have the first claim.
const BETWEEN: Duration = Duration::from_millis(50);

pub(super) struct Places {
    bars: Semaphore,
    previews: Semaphore,
    turns: Mutex<Interval>,
}

impl Default for Places {
    fn default() -> Self {
        let mut turns = interval(BETWEEN);
        // Turns that nobody took are not made up for.
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (bars, previews) = (Semaphore::new(MOST_BARS_ASKED), Semaphore::new(MOST_PREVIEWS_ASKED));
        Self { bars, previews, turns: Mutex::new(turns) }
    }
}

impl Places {
    pub(super) async fn turn(&self) {
        self.turns.lock().await.tick().await;
    }
}

/// Whoever asked for bars has gone, or has waited for long enough: upstream need not go on.
struct Asking<'a> {
    venue: &'a TwsVenue,
    request_id: i32,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let unanswered = self.venue.hold().bars.give_up(self.request_id);
        if unanswered && self.venue.chores.try_send(Chore::EndBars(self.request_id)).is_err() {
            tracing::warn!("too much waits to be asked: bars that nobody wants any more are not called off");
        }
    }
}

/// The same of a preview, which cannot be called off.
struct Previewing<'a> {
    venue: &'a TwsVenue,
    number: i32,
}

impl Drop for Previewing<'_> {
    fn drop(&mut self) {
        self.venue.hold().previews.give_up(self.number);
    }
}

impl TwsVenue {
    pub(super) async fn past(&self, asked: BarsQuery, now: Timestamp) -> Result<Vec<Bar>, NoBars> {
        if asked.too_many() {
            return Err(NoBars::TooMany);
        }
        if self.reach().lost {
            return Err(NoBars::Lost);
        }
        timeout(BARS, self.past_in_turn(asked, now)).await.unwrap_or(Err(NoBars::Silent))
    }

    async fn past_in_turn(&self, asked: BarsQuery, now: Timestamp) -> Result<Vec<Bar>, NoBars> {
        let _place = self.places.bars.acquire().await;
        let unknown = || NoBars::Told("No security definition has been found for the request".to_owned());
        let known = self.hold().details.contract(asked.contract_id).map(wire::listed);
        let contract = match known {
            Some(contract) => contract,
            None => {
                // Two questions, and two turns. An order's look-up takes none: it comes before all questions.
                self.places.turn().await;
                let query = ContractQuery { contract_id: asked.contract_id, ..ContractQuery::default() };
                self.find(query, now).await.first().map(wire::listed).ok_or_else(unknown)?
            }
        };
        self.places.turn().await;
        let (request_id, answer) = {
            let mut state = self.hold();
            let request_id = state.request_id();
            (request_id, state.bars.ask(request_id, asked.show))
        };
        let _asking = Asking { venue: self, request_id };
        let question = bars::question(request_id, contract, &asked, now).ok_or(NoBars::Unreadable)?;
        if !self.ask(&[question]).await {
            return Err(NoBars::Lost);
        }
        answer.await.unwrap_or(Err(NoBars::Lost))
    }

    pub(super) async fn preview(&self, account: String, terms: Terms) -> Result<WhatIf, NoWhatIf> {
        if self.reach().lost {
            return Err(NoWhatIf::Lost);
        }
        timeout(ANSWER, self.preview_in_turn(account, terms)).await.unwrap_or(Err(NoWhatIf::Silent))
    }

    async fn preview_in_turn(&self, account: String, terms: Terms) -> Result<WhatIf, NoWhatIf> {
        let _place = self.places.previews.acquire().await;
        self.places.turn().await;
        let (_previewing, answer) = self.write_preview(&account, &terms).await?;
        answer.await.unwrap_or(Err(NoWhatIf::Lost))
    }

    /// Its number is taken while bytes are written, as an order's is: upstream wants them to rise.
    async fn write_preview(
        &self,
        account: &str,
        terms: &Terms,
    ) -> Result<(Previewing<'_>, oneshot::Receiver<Result<WhatIf, NoWhatIf>>), NoWhatIf> {
        let mut slot = self.link.lock().await;
        let link = slot.as_mut().ok_or(NoWhatIf::Lost)?;
        let (place, answer) = {
            let mut state = self.hold();
            if state.cut_off || state.unsettled {
                return Err(NoWhatIf::Lost);
            }
            let used_up = || NoWhatIf::Told("upstream's order numbers are used up".to_owned());
            let number = state.orders.number().ok_or_else(used_up)?;
            (wire::preview(number, account, terms), state.previews.ask(number)?)
        };
        let previewing = Previewing { venue: self, number: place.order_id };
        match link.write_preview(place).await {
            Ok(Written::All) => Ok((previewing, answer)),
            Ok(Written::Nothing | Written::Perhaps) => {
                *slot = None;
                self.broken.notify_one();
                Err(NoWhatIf::Lost)
            }
            Err(error) => Err(NoWhatIf::Told(error.to_string())),
        }
    }
}
