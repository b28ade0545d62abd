//! What a program has read, in a trader's words; found by the protocol's own name of the message.

const READINGS: &[(&str, &str)] = &[
    ("REQ_MKT_DATA", "quotes"),
    ("CANCEL_MKT_DATA", "end of quotes"),
    ("REQ_HISTORICAL_DATA", "past prices"),
    ("CANCEL_HISTORICAL_DATA", "end of past prices"),
    ("REQ_OPEN_ORDERS", "own open orders"),
    ("REQ_ALL_OPEN_ORDERS", "all open orders"),
    ("REQ_AUTO_OPEN_ORDERS", "orders of other programs, as they come"),
    ("REQ_COMPLETED_ORDERS", "completed orders"),
    ("REQ_EXECUTIONS", "executions"),
    ("REQ_IDS", "next order number"),
    ("REQ_CONTRACT_DATA", "instrument"),
    ("REQ_MATCHING_SYMBOLS", "search for an instrument"),
    ("REQ_SEC_DEF_OPT_PARAMS", "option chain"),
    ("REQ_MARKET_RULE", "price steps"),
    ("REQ_MARKET_DATA_TYPE", "kind of quotes"),
    ("REQ_CURRENT_TIME", "time"),
    ("REQ_MANAGED_ACCTS", "list of accounts"),
    ("REQ_FAMILY_CODES", "family of accounts"),
    ("REQ_USER_INFO", "user"),
    ("REQ_ACCT_DATA", "account and portfolio"),
    ("REQ_ACCOUNT_UPDATES_MULTI", "account values"),
    ("CANCEL_ACCOUNT_UPDATES_MULTI", "end of account values"),
    ("REQ_ACCOUNT_SUMMARY", "account summary"),
    ("CANCEL_ACCOUNT_SUMMARY", "end of account summary"),
    ("REQ_POSITIONS", "positions"),
    ("CANCEL_POSITIONS", "end of positions"),
    ("REQ_POSITIONS_MULTI", "positions of one account"),
    ("CANCEL_POSITIONS_MULTI", "end of positions of one account"),
    ("REQ_PNL", "profit and loss"),
    ("CANCEL_PNL", "end of profit and loss"),
    ("REQ_PNL_SINGLE", "profit and loss of one position"),
    ("CANCEL_PNL_SINGLE", "end of profit and loss of one position"),
    ("PLACE_ORDER_WHAT_IF", "preview of an order"),
    ("SET_SERVER_LOGLEVEL", "level of the log"),
];

/// `REQ_POSITIONS` is `positions`; a name that nobody wrote words for stays as it is.
pub fn reading(message: &str) -> &str {
    READINGS.iter().find(|(name, _)| *name == message).map_or(message, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_that_is_answered_to_a_reader_has_words_of_its_own() {
        let page = include_str!("../../../docs/messages.md");
        let mut seen = 0;
        for line in page.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let ["", _, name, scope, what, ""] = cells.as_slice() else { continue };
            // Orders are told as orders, and the first message is the connection itself.
            if !what.starts_with("answered") || scope.contains("order:") || *name == "START_API" {
                continue;
            }
            let words = reading(name);
            assert_ne!(words, *name, "no words for it");
            assert_eq!(READINGS.iter().filter(|(_, same)| *same == words).count(), 1, "{words}");
            seen += 1;
        }
        // A preview comes as an order, and is counted by a name of its own.
        assert_eq!(seen + 1, READINGS.len(), "as many as the page has");
    }

    #[test]
    fn a_message_without_words_keeps_its_name() {
        assert_eq!(reading("REQ_SOMETHING_NEW"), "REQ_SOMETHING_NEW");
    }
}
