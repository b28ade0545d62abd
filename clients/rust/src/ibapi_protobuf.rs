//! Rust ibapi 5.5, which speaks protobuf and nothing else.

pub use ibapi as client;

pub mod version {
    use crate::client::Client;
    use crate::client::Error;
    use crate::client::contracts::{Contract, OptionChain, SecurityType};
    use crate::client::market_data::TradingHours;
    use crate::client::market_data::historical::{Bar, BarTimestamp, WhatToShow};
    pub use crate::client::subscriptions::Subscription;
    use crate::client::subscriptions::SubscriptionItem;
    use crate::driver::Heard;
    use crate::lines::{bar, span};

    /// The next of what a subscription tells in time.
    pub fn hear<T>(told: &mut impl Iterator<Item = Result<SubscriptionItem<T>, Error>>) -> Option<Heard<T>> {
        Some(match told.next()? {
            Ok(SubscriptionItem::Data(data)) => Heard::Data(data),
            Ok(SubscriptionItem::Notice(notice)) => Heard::Notice(notice.request_id, notice.code, notice.message),
            Err(Error::Notice(notice)) => Heard::Notice(notice.request_id, notice.code, notice.message),
            Err(_) => return None,
        })
    }

    pub fn bars(client: &Client, contract: &Contract, size: &str, duration: &str) -> Result<Vec<String>, Error> {
        let (size, duration) = span(size, duration);
        let asked = client.historical_data(contract, size).duration(duration);
        let told = asked.what_to_show(WhatToShow::Trades).trading_hours(TradingHours::Extended).fetch()?;
        let one = |one: &Bar| {
            let at = match one.date {
                BarTimestamp::Date(day) => day.midnight().assume_utc().unix_timestamp(),
                BarTimestamp::DateTime(at) => at.unix_timestamp(),
            };
            bar(at, [one.open, one.high, one.low, one.close, one.volume])
        };
        Ok(told.bars.iter().map(one).collect())
    }

    pub fn option_chains(client: &Client, symbol: &str, con_id: i32) -> Result<Subscription<OptionChain>, Error> {
        client.option_chain(symbol, SecurityType::Stock, con_id).subscribe()
    }

    pub fn code(error: &Error) -> i32 {
        if let Error::Notice(notice) = error { notice.code } else { 0 }
    }

    pub fn notice_of_order(_: &crate::client::orders::PlaceOrder) -> Option<(i32, String)> {
        None
    }
}

mod driver;
mod lines;

fn main() {
    driver::main();
}
