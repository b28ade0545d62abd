//! Rust ibapi 2.12, the last that speaks text.

pub use ibapi_text as client;

pub mod version {
    use crate::client::Error;
    use crate::client::client::blocking::Client;
    pub use crate::client::client::blocking::Subscription;
    use crate::client::contracts::{Contract, OptionChain, SecurityType};
    use crate::client::market_data::TradingHours;
    use crate::client::market_data::historical::WhatToShow;
    use crate::client::orders::PlaceOrder;
    use crate::driver::Heard;
    use crate::lines::{bar, span};

    /// The next of what a subscription tells in time.
    pub fn hear<T>(told: &mut impl Iterator<Item = T>) -> Option<Heard<T>> {
        told.next().map(Heard::Data)
    }

    pub fn bars(client: &Client, contract: &Contract, size: &str, duration: &str) -> Result<Vec<String>, Error> {
        let (size, duration) = span(size, duration);
        let (show, hours) = (WhatToShow::Trades, TradingHours::Extended);
        let told = client.historical_data(contract, None, duration, size, show, hours)?;
        let one = |one: &crate::client::market_data::historical::Bar| {
            bar(one.date.unix_timestamp(), [one.open, one.high, one.low, one.close, one.volume])
        };
        Ok(told.bars.iter().map(one).collect())
    }

    pub fn option_chains(client: &Client, symbol: &str, con_id: i32) -> Result<Subscription<OptionChain>, Error> {
        client.option_chain(symbol, "", SecurityType::Stock, con_id)
    }

    pub fn code(error: &Error) -> i32 {
        if let Error::Message(code, _) = error { *code } else { 0 }
    }

    pub fn notice_of_order(told: &PlaceOrder) -> Option<(i32, String)> {
        if let PlaceOrder::Message(notice) = told { Some((notice.code, notice.message.clone())) } else { None }
    }
}

mod driver;
mod lines;

fn main() {
    driver::main();
}
