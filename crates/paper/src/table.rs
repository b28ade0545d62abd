//! Table: the instruments of the paper broker. Rows are added, never renumbered and never removed.
//!
//! Contract ids are our own choice, except Apple's, which is the well-known one.

use rust_decimal::Decimal;

use crate::calendar::Calendar;
use crate::instrument::{Class, Instrument};

/// A listed share or fund: id, symbol, class, primary exchange, name, price in ticks of 10^-scale.
pub(crate) const fn listed(
    con_id: u32,
    (symbol, class, long_name): (&'static str, Class, &'static str),
    (primary_exchange, currency, calendar): (&'static str, &'static str, Calendar),
    (ticks, tick, scale): (u32, u32, u32),
) -> Instrument {
    Instrument {
        con_id,
        symbol,
        local_symbol: symbol,
        class,
        exchange: "SMART",
        primary_exchange,
        currency,
        min_tick: Decimal::from_parts(tick, 0, 0, false, scale),
        size_increment: Decimal::ONE,
        long_name,
        calendar,
        time_zone: calendar.time_zone(),
        hours: calendar.words(),
        base_price: Decimal::from_parts(ticks * tick, 0, 0, false, scale),
        base_ticks: ticks as i64,
        derivative: None,
    }
}

/// A currency pair on IDEALPRO.
const fn pair(
    con_id: u32,
    (symbol, currency, local_symbol): (&'static str, &'static str, &'static str),
    long_name: &'static str,
    price: (u32, u32, u32),
) -> Instrument {
    let mut row = listed(con_id, (symbol, Class::Forex, long_name), ("IDEALPRO", currency, Calendar::Forex), price);
    row.local_symbol = local_symbol;
    row.exchange = "IDEALPRO";
    row
}

const NASDAQ: (&str, &str, Calendar) = ("NASDAQ", "USD", Calendar::NewYork);
const NYSE: (&str, &str, Calendar) = ("NYSE", "USD", Calendar::NewYork);
const ARCA: (&str, &str, Calendar) = ("ARCA", "USD", Calendar::NewYork);
const XETRA: (&str, &str, Calendar) = ("IBIS", "EUR", Calendar::Frankfurt);
const AEB: (&str, &str, Calendar) = ("AEB", "EUR", Calendar::Amsterdam);
const LSE: (&str, &str, Calendar) = ("LSE", "GBP", Calendar::London);
const LSE_ETF: (&str, &str, Calendar) = ("LSEETF", "GBP", Calendar::London);

/// The pair whose mid is computed from the next two, so that no triangle pays.
pub const EUR_GBP: u32 = 9_000_104;
pub const EUR_USD: u32 = 9_000_101;
pub const GBP_USD: u32 = 9_000_102;

use Class::{Etf, Stock};

pub static TABLE: [Instrument; 26] = [
    listed(265_598, ("AAPL", Stock, "APPLE INC"), NASDAQ, (23_000, 1, 2)),
    listed(9_000_001, ("MSFT", Stock, "MICROSOFT CORP"), NASDAQ, (45_000, 1, 2)),
    listed(9_000_002, ("NVDA", Stock, "NVIDIA CORP"), NASDAQ, (14_000, 1, 2)),
    listed(9_000_003, ("AMZN", Stock, "AMAZON.COM INC"), NASDAQ, (20_500, 1, 2)),
    listed(9_000_004, ("GOOGL", Stock, "ALPHABET INC-CL A"), NASDAQ, (18_000, 1, 2)),
    listed(9_000_005, ("META", Stock, "META PLATFORMS INC-CLASS A"), NASDAQ, (59_000, 1, 2)),
    listed(9_000_006, ("TSLA", Stock, "TESLA INC"), NASDAQ, (33_000, 1, 2)),
    listed(9_000_007, ("JPM", Stock, "JPMORGAN CHASE & CO"), NYSE, (24_500, 1, 2)),
    listed(9_000_008, ("KO", Stock, "COCA-COLA CO/THE"), NYSE, (6_400, 1, 2)),
    listed(9_000_009, ("IBM", Stock, "INTL BUSINESS MACHINES CORP"), NYSE, (22_500, 1, 2)),
    listed(9_000_010, ("SPY", Etf, "SPDR S&P 500 ETF TRUST"), ARCA, (59_000, 1, 2)),
    listed(9_000_011, ("QQQ", Etf, "INVESCO QQQ TRUST SERIES 1"), NASDAQ, (51_000, 1, 2)),
    listed(9_000_012, ("IWM", Etf, "ISHARES RUSSELL 2000 ETF"), ARCA, (23_500, 1, 2)),
    listed(9_000_013, ("GLD", Etf, "SPDR GOLD SHARES"), ARCA, (25_000, 1, 2)),
    listed(9_000_014, ("SAP", Stock, "SAP SE"), XETRA, (11_300, 2, 2)),
    listed(9_000_015, ("SIE", Stock, "SIEMENS AG-REG"), XETRA, (9_400, 2, 2)),
    listed(9_000_016, ("VOW3", Stock, "VOLKSWAGEN AG-PREF"), XETRA, (4_300, 2, 2)),
    listed(9_000_017, ("ASML", Stock, "ASML HOLDING NV"), AEB, (6_500, 10, 2)),
    listed(9_000_018, ("VOD", Stock, "VODAFONE GROUP PLC"), LSE, (3_770, 2, 4)),
    listed(9_000_019, ("HSBA", Stock, "HSBC HOLDINGS PLC"), LSE, (7_200, 1, 3)),
    listed(9_000_020, ("AZN", Stock, "ASTRAZENECA PLC"), LSE, (5_250, 2, 2)),
    listed(9_000_021, ("VUSA", Etf, "VANGUARD S&P 500 UCITS ETF"), LSE_ETF, (8_600, 1, 2)),
    pair(EUR_USD, ("EUR", "USD", "EUR.USD"), "European Monetary Union Euro", (21_700, 5, 5)),
    pair(GBP_USD, ("GBP", "USD", "GBP.USD"), "British pound", (25_400, 5, 5)),
    pair(9_000_103, ("USD", "JPY", "USD.JPY"), "United States dollar", (30_200, 5, 3)),
    pair(EUR_GBP, ("EUR", "GBP", "EUR.GBP"), "European Monetary Union Euro", (17_087, 5, 5)),
];
