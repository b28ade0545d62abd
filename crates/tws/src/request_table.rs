//! Every message a client can send: its number, name, access class, and where its id stands.

/// What a message may do, and so what a caller needs to be allowed to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Part of every connection: start, order ids, the server's clock.
    Session,
    /// Reads the account: orders, executions, positions, balances.
    Account,
    /// Reads contracts or market data.
    Market,
    /// May add risk.
    Trade,
    /// Can only take risk away.
    Reduce,
    /// Changes how the server or another program behaves.
    Config,
    /// Refused for every caller.
    Deny,
}

/// A line of the table. `id_field` is the index of the order or request id among the fields.
#[derive(Clone, Copy, Debug)]
struct Line {
    id: u32,
    name: &'static str,
    class: Class,
    id_field: Option<usize>,
}

const fn line(id: u32, name: &'static str, class: Class, id_field: usize) -> Line {
    let id_field = if id_field == 0 { None } else { Some(id_field) };
    Line { id, name, class, id_field }
}

use Class::{Account, Config, Deny, Market, Reduce, Session, Trade};

/// Index 0 is the message number itself, so 0 as the last entry says "has no id of its own".
const TABLE: &[Line] = &[
    line(1, "REQ_MKT_DATA", Market, 2),
    line(2, "CANCEL_MKT_DATA", Market, 2),
    line(3, "PLACE_ORDER", Trade, 1),
    line(4, "CANCEL_ORDER", Reduce, 2),
    line(5, "REQ_OPEN_ORDERS", Account, 0),
    line(6, "REQ_ACCT_DATA", Account, 0),
    line(7, "REQ_EXECUTIONS", Account, 2),
    line(8, "REQ_IDS", Session, 0),
    line(9, "REQ_CONTRACT_DATA", Market, 2),
    line(10, "REQ_MKT_DEPTH", Market, 2),
    line(11, "CANCEL_MKT_DEPTH", Market, 2),
    line(12, "REQ_NEWS_BULLETINS", Market, 0),
    line(13, "CANCEL_NEWS_BULLETINS", Market, 0),
    line(14, "SET_SERVER_LOGLEVEL", Config, 0),
    line(15, "REQ_AUTO_OPEN_ORDERS", Config, 0),
    line(16, "REQ_ALL_OPEN_ORDERS", Account, 0),
    line(17, "REQ_MANAGED_ACCTS", Account, 0),
    line(18, "REQ_FA", Account, 0),
    line(19, "REPLACE_FA", Config, 4),
    line(20, "REQ_HISTORICAL_DATA", Market, 1),
    line(21, "EXERCISE_OPTIONS", Trade, 2),
    line(22, "REQ_SCANNER_SUBSCRIPTION", Market, 1),
    line(23, "CANCEL_SCANNER_SUBSCRIPTION", Market, 2),
    line(24, "REQ_SCANNER_PARAMETERS", Market, 0),
    line(25, "CANCEL_HISTORICAL_DATA", Market, 2),
    line(49, "REQ_CURRENT_TIME", Session, 0),
    line(50, "REQ_REAL_TIME_BARS", Market, 2),
    line(51, "CANCEL_REAL_TIME_BARS", Market, 2),
    line(52, "REQ_FUNDAMENTAL_DATA", Market, 2),
    line(53, "CANCEL_FUNDAMENTAL_DATA", Market, 2),
    line(54, "REQ_CALC_IMPLIED_VOLAT", Market, 2),
    line(55, "REQ_CALC_OPTION_PRICE", Market, 2),
    line(56, "CANCEL_CALC_IMPLIED_VOLAT", Market, 2),
    line(57, "CANCEL_CALC_OPTION_PRICE", Market, 2),
    line(58, "REQ_GLOBAL_CANCEL", Reduce, 0),
    line(59, "REQ_MARKET_DATA_TYPE", Market, 0),
    line(61, "REQ_POSITIONS", Account, 0),
    line(62, "REQ_ACCOUNT_SUMMARY", Account, 2),
    line(63, "CANCEL_ACCOUNT_SUMMARY", Account, 2),
    line(64, "CANCEL_POSITIONS", Account, 0),
    line(65, "VERIFY_REQUEST", Deny, 0),
    line(66, "VERIFY_MESSAGE", Deny, 0),
    line(67, "QUERY_DISPLAY_GROUPS", Config, 2),
    line(68, "SUBSCRIBE_TO_GROUP_EVENTS", Config, 2),
    line(69, "UPDATE_DISPLAY_GROUP", Config, 2),
    line(70, "UNSUBSCRIBE_FROM_GROUP_EVENTS", Config, 2),
    line(71, "START_API", Session, 0),
    line(72, "VERIFY_AND_AUTH_REQUEST", Deny, 0),
    line(73, "VERIFY_AND_AUTH_MESSAGE", Deny, 0),
    line(74, "REQ_POSITIONS_MULTI", Account, 2),
    line(75, "CANCEL_POSITIONS_MULTI", Account, 2),
    line(76, "REQ_ACCOUNT_UPDATES_MULTI", Account, 2),
    line(77, "CANCEL_ACCOUNT_UPDATES_MULTI", Account, 2),
    line(78, "REQ_SEC_DEF_OPT_PARAMS", Market, 1),
    line(79, "REQ_SOFT_DOLLAR_TIERS", Account, 1),
    line(80, "REQ_FAMILY_CODES", Account, 0),
    line(81, "REQ_MATCHING_SYMBOLS", Market, 1),
    line(82, "REQ_MKT_DEPTH_EXCHANGES", Market, 0),
    line(83, "REQ_SMART_COMPONENTS", Market, 1),
    line(84, "REQ_NEWS_ARTICLE", Market, 1),
    line(85, "REQ_NEWS_PROVIDERS", Market, 0),
    line(86, "REQ_HISTORICAL_NEWS", Market, 1),
    line(87, "REQ_HEAD_TIMESTAMP", Market, 1),
    line(88, "REQ_HISTOGRAM_DATA", Market, 1),
    line(89, "CANCEL_HISTOGRAM_DATA", Market, 1),
    line(90, "CANCEL_HEAD_TIMESTAMP", Market, 1),
    line(91, "REQ_MARKET_RULE", Market, 0),
    line(92, "REQ_PNL", Account, 1),
    line(93, "CANCEL_PNL", Account, 1),
    line(94, "REQ_PNL_SINGLE", Account, 1),
    line(95, "CANCEL_PNL_SINGLE", Account, 1),
    line(96, "REQ_HISTORICAL_TICKS", Market, 1),
    line(97, "REQ_TICK_BY_TICK_DATA", Market, 1),
    line(98, "CANCEL_TICK_BY_TICK_DATA", Market, 1),
    line(99, "REQ_COMPLETED_ORDERS", Account, 0),
    line(100, "REQ_WSH_META_DATA", Market, 1),
    line(101, "CANCEL_WSH_META_DATA", Market, 1),
    line(102, "REQ_WSH_EVENT_DATA", Market, 1),
    line(103, "CANCEL_WSH_EVENT_DATA", Market, 1),
    line(104, "REQ_USER_INFO", Account, 1),
    line(105, "REQ_CURRENT_TIME_IN_MILLIS", Session, 0),
    line(106, "CANCEL_CONTRACT_DATA", Market, 1),
    line(107, "CANCEL_HISTORICAL_TICKS", Market, 1),
    // Discloses addresses that the server trusts.
    line(108, "REQ_CONFIG", Config, 1),
    // Can switch off read-only mode and the server's own precautions.
    line(109, "UPDATE_CONFIG", Deny, 1),
];

fn find(id: u32) -> Option<&'static Line> {
    TABLE.iter().find(|line| line.id == id)
}

/// The access class of a message; what is unknown is denied.
pub fn class(id: u32) -> Class {
    find(id).map_or(Class::Deny, |line| line.class)
}

/// The protocol's own name of a message.
pub fn name(id: u32) -> Option<&'static str> {
    find(id).map(|line| line.name)
}

/// Where among the fields the order or request id stands.
pub(crate) fn id_field(id: u32) -> Option<usize> {
    find(id).and_then(|line| line.id_field)
}

/// The number of every message in the table.
pub fn ids() -> impl Iterator<Item = u32> {
    TABLE.iter().map(|line| line.id)
}
