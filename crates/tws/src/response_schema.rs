//! Which number of a server's protobuf message is which field of a layout.
use crate::schema::{CONTRACT, Kind, ORDER, Row};

use Kind::{Double, Doubles, Flag, List, Long, Text, Texts, Whole, Within};

#[rustfmt::skip]
const STATE: &[Row] = &[
    (1, "status", Text), (2, "initMarginBefore", Double), (3, "maintMarginBefore", Double),
    (4, "equityWithLoanBefore", Double), (5, "initMarginChange", Double), (6, "maintMarginChange", Double),
    (7, "equityWithLoanChange", Double), (8, "initMarginAfter", Double), (9, "maintMarginAfter", Double),
    (10, "equityWithLoanAfter", Double), (11, "commission", Double), (12, "minCommission", Double),
    (13, "maxCommission", Double), (14, "commissionCurrency", Text), (28, "warningText", Text),
    (29, "completedTime", Text), (30, "completedStatus", Text),
];

#[rustfmt::skip]
const DETAILS: &[Row] = &[
    (1, "marketName", Text), (2, "minTick", Text), (3, "orderTypes", Text), (4, "validExchanges", Text),
    (5, "priceMagnifier", Whole), (6, "underConId", Whole), (7, "longName", Text), (8, "contractMonth", Text),
    (9, "industry", Text), (10, "category", Text), (11, "subcategory", Text), (12, "timeZoneId", Text),
    (13, "tradingHours", Text), (14, "liquidHours", Text), (15, "evRule", Text), (16, "evMultiplier", Double),
    (17, "secIdList", List(const { &[(1, "secIdList.tag", Text), (2, "secIdList.value", Text)] })),
    (18, "aggGroup", Whole), (19, "underSymbol", Text), (20, "underSecType", Text), (21, "marketRuleIds", Text),
    (22, "realExpirationDate", Text), (23, "stockType", Text), (24, "minSize", Text), (25, "sizeIncrement", Text),
    (26, "suggestedSizeIncrement", Text),
];

#[rustfmt::skip]
const EXECUTION: &[Row] = &[
    (1, "orderId", Whole), (2, "execId", Text), (3, "time", Text), (4, "acctNumber", Text),
    (5, "execution.exchange", Text), (6, "side", Text), (7, "shares", Text), (8, "price", Double),
    (9, "permId", Long), (10, "clientId", Whole), (11, "liquidation", Flag), (12, "cumQty", Text),
    (13, "avgPrice", Double), (14, "orderRef", Text), (15, "evRule", Text), (16, "evMultiplier", Double),
    (17, "modelCode", Text), (18, "lastLiquidity", Whole), (19, "pendingPriceRevision", Flag),
];

const SAMPLE: &[Row] = &[(1, "contract", Within(CONTRACT)), (2, "derivativeSecTypes", Texts)];
const FAMILY_CODE: &[Row] = &[(1, "accountID", Text), (2, "familyCodeStr", Text)];
#[rustfmt::skip]
const BAR: &[Row] = &[
    (1, "date", Text), (2, "open", Double), (3, "high", Double), (4, "low", Double), (5, "close", Double),
    (6, "volume", Text), (7, "WAP", Text), (8, "barCount", Whole),
];
const INCREMENT: &[Row] = &[(1, "lowEdge", Double), (2, "increment", Double)];
const REQUEST_ID: &[Row] = &[(1, "reqId", Whole)];
const NOTHING: &[Row] = &[];

/// The fields of the response with this number; `None` for what is not built.
pub(crate) fn of_response(id: u32) -> Option<&'static [Row]> {
    about_orders(id).or_else(|| about_the_account(id)).or_else(|| about_the_market(id))
}

#[rustfmt::skip]
fn about_orders(id: u32) -> Option<&'static [Row]> {
    Some(match id {
        3 => const { &[
            (1, "orderId", Whole), (2, "status", Text), (3, "filled", Text), (4, "remaining", Text),
            (5, "avgFillPrice", Double), (6, "permId", Long), (7, "parentId", Whole), (8, "lastFillPrice", Double),
            (9, "clientId", Whole), (10, "whyHeld", Text), (11, "mktCapPrice", Double),
        ] },
        4 => const { &[
            (1, "id", Whole), (2, "errorTime", Long), (3, "errorCode", Whole), (4, "errorMsg", Text),
            (5, "advancedOrderRejectJson", Text),
        ] },
        5 => const { &[
            (1, "orderId", Whole), (2, "contract", Within(CONTRACT)), (3, "order", Within(ORDER)),
            (4, "orderState", Within(STATE)),
        ] },
        9 => const { &[(1, "orderId", Whole)] },
        11 => const { &[
            (1, "reqId", Whole), (2, "contract", Within(CONTRACT)), (3, "execution", Within(EXECUTION)),
        ] },
        59 => const { &[
            (1, "execId", Text), (2, "commission", Double), (3, "currency", Text), (4, "realizedPNL", Double),
            (5, "yield", Double), (6, "yieldRedemptionDate", Text),
        ] },
        101 => const { &[
            (1, "contract", Within(CONTRACT)), (2, "order", Within(ORDER)), (3, "orderState", Within(STATE)),
        ] },
        55 => REQUEST_ID,
        53 | 102 => NOTHING,
        _ => return None,
    })
}

#[rustfmt::skip]
fn about_the_account(id: u32) -> Option<&'static [Row]> {
    Some(match id {
        6 => const { &[(1, "key", Text), (2, "value", Text), (3, "currency", Text), (4, "accountName", Text)] },
        7 => const { &[
            (1, "contract", Within(CONTRACT)), (2, "position", Text), (3, "marketPrice", Double),
            (4, "marketValue", Double), (5, "averageCost", Double), (6, "unrealizedPNL", Double),
            (7, "realizedPNL", Double), (8, "accountName", Text),
        ] },
        8 => const { &[(1, "timeStamp", Text)] },
        15 => const { &[(1, "accountsList", Text)] },
        54 => const { &[(1, "account", Text)] },
        61 => const { &[
            (1, "account", Text), (2, "contract", Within(CONTRACT)), (3, "position", Text), (4, "avgCost", Double),
        ] },
        63 => const { &[
            (1, "reqId", Whole), (2, "account", Text), (3, "tag", Text), (4, "value", Text), (5, "currency", Text),
        ] },
        71 => const { &[
            (1, "reqId", Whole), (2, "account", Text), (3, "contract", Within(CONTRACT)), (4, "position", Text),
            (5, "avgCost", Double), (6, "modelCode", Text),
        ] },
        73 => const { &[
            (1, "reqId", Whole), (2, "account", Text), (3, "modelCode", Text), (4, "key", Text), (5, "value", Text),
            (6, "currency", Text),
        ] },
        78 => const { &[(1, "familyCodes", List(FAMILY_CODE))] },
        94 => const { &[
            (1, "reqId", Whole), (2, "dailyPnL", Double), (3, "unrealizedPnL", Double), (4, "realizedPnL", Double),
        ] },
        95 => const { &[
            (1, "reqId", Whole), (2, "pos", Text), (3, "dailyPnL", Double), (4, "unrealizedPnL", Double),
            (5, "realizedPnL", Double), (6, "value", Double),
        ] },
        107 => const { &[(1, "reqId", Whole), (2, "whiteBrandingId", Text)] },
        64 | 72 | 74 => REQUEST_ID,
        62 => NOTHING,
        _ => return None,
    })
}

#[rustfmt::skip]
fn about_the_market(id: u32) -> Option<&'static [Row]> {
    Some(match id {
        1 => const { &[
            (1, "reqId", Whole), (2, "tickType", Whole), (3, "price", Double), (4, "size", Text),
            (5, "attrMask", Whole),
        ] },
        2 => const { &[(1, "reqId", Whole), (2, "tickType", Whole), (3, "size", Text)] },
        10 => const { &[
            (1, "reqId", Whole), (2, "contract", Within(CONTRACT)), (3, "contractDetails", Within(DETAILS)),
        ] },
        17 => const { &[(1, "reqId", Whole), (2, "historicalDataBars", List(BAR))] },
        108 => const { &[(1, "reqId", Whole), (2, "startDateStr", Text), (3, "endDateStr", Text)] },
        45 => const { &[(1, "reqId", Whole), (2, "tickType", Whole), (3, "value", Double)] },
        46 => const { &[(1, "reqId", Whole), (2, "tickType", Whole), (3, "value", Text)] },
        49 => const { &[(1, "time", Long)] },
        58 => const { &[(1, "reqId", Whole), (2, "marketDataType", Whole)] },
        75 => const { &[
            (1, "reqId", Whole), (2, "exchange", Text), (3, "underlyingConId", Whole), (4, "tradingClass", Text),
            (5, "multiplier", Text), (6, "expirations", Texts), (7, "strikes", Doubles),
        ] },
        79 => const { &[(1, "reqId", Whole), (2, "symbolSamples", List(SAMPLE))] },
        81 => const { &[
            (1, "reqId", Whole), (2, "minTick", Text), (3, "bboExchange", Text), (4, "snapshotPermissions", Whole),
        ] },
        93 => const { &[(1, "marketRuleId", Whole), (2, "priceIncrements", List(INCREMENT))] },
        52 | 57 | 76 => REQUEST_ID,
        _ => return None,
    })
}
