//! Schema: which number of a protobuf message is which field of a layout.
//!
//! The numbers are facts of the protocol, seen in what clients write and read; the names are those of our layouts, so
//! that a field means the same in either encoding. A number that is in no table is refused.

/// How a field is written.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    /// A whole number of 32 bits, and one of 64.
    Whole,
    Long,
    Flag,
    Double,
    /// As many as there are, packed or one by one.
    Doubles,
    /// A message within, whose fields count as fields of the message around it.
    Within(&'static [Row]),
    /// Messages of one kind, and texts, as many as there are.
    List(&'static [Row]),
    Texts,
    /// Messages that are not looked into: that one is there is all that is known of it.
    Closed,
}

/// Number, name in the layout, and how it is written.
pub(crate) type Row = (u32, &'static str, Kind);

use Kind::{Closed, Double, Flag, Long, Text, Whole, Within};

#[rustfmt::skip]
pub(crate) const CONTRACT: &[Row] = &[
    (1, "conId", Whole), (2, "symbol", Text), (3, "secType", Text), (4, "lastTradeDateOrContractMonth", Text),
    (5, "strike", Double), (6, "right", Text), (7, "multiplier", Double), (8, "exchange", Text),
    (9, "primaryExchange", Text), (10, "currency", Text), (11, "localSymbol", Text), (12, "tradingClass", Text),
    (13, "secIdType", Text), (14, "secId", Text), (15, "description", Text), (16, "issuerId", Text),
    (17, "deltaNeutralContract", Closed), (18, "includeExpired", Flag), (19, "comboLegsDescrip", Text),
    (20, "comboLegs", Closed), (21, "lastTradeDate", Text),
];

const SOFT_DOLLAR_TIER: &[Row] =
    &[(1, "softDollarTier.name", Text), (2, "softDollarTier.val", Text), (3, "softDollarTier.displayName", Text)];

/// All that an order can say: what the product does not understand must be refused by its name.
#[rustfmt::skip]
pub(crate) const ORDER: &[Row] = &[
    (1, "clientId", Whole), (2, "order.orderId", Whole), (3, "permId", Long), (4, "parentId", Whole),
    (5, "action", Text), (6, "totalQuantity", Text), (7, "displaySize", Whole), (8, "orderType", Text),
    (9, "lmtPrice", Double), (10, "auxPrice", Double), (11, "tif", Text), (12, "account", Text),
    (13, "settlingFirm", Text), (14, "clearingAccount", Text), (15, "clearingIntent", Text), (16, "allOrNone", Flag),
    (17, "blockOrder", Flag), (18, "hidden", Flag), (19, "outsideRth", Flag), (20, "sweepToFill", Flag),
    (21, "percentOffset", Double), (22, "trailingPercent", Double), (23, "trailStopPrice", Double),
    (24, "minQty", Whole), (25, "goodAfterTime", Text), (26, "goodTillDate", Text), (27, "ocaGroup", Text),
    (28, "orderRef", Text), (29, "rule80A", Text), (30, "ocaType", Whole), (31, "triggerMethod", Whole),
    (32, "activeStartTime", Text), (33, "activeStopTime", Text), (34, "faGroup", Text), (35, "faMethod", Text),
    (36, "faPercentage", Text), (37, "volatility", Double), (38, "volatilityType", Whole),
    (39, "continuousUpdate", Flag), (40, "referencePriceType", Whole), (41, "deltaNeutralOrderType", Text),
    (42, "deltaNeutralAuxPrice", Double), (43, "deltaNeutralConId", Whole), (44, "deltaNeutralOpenClose", Text),
    (45, "deltaNeutralShortSale", Flag), (46, "deltaNeutralShortSaleSlot", Whole),
    (47, "deltaNeutralDesignatedLocation", Text), (48, "scaleInitLevelSize", Whole), (49, "scaleSubsLevelSize", Whole),
    (50, "scalePriceIncrement", Double), (51, "scalePriceAdjustValue", Double), (52, "scalePriceAdjustInterval", Whole),
    (53, "scaleProfitOffset", Double), (54, "scaleAutoReset", Flag), (55, "scaleInitPosition", Whole),
    (56, "scaleInitFillQty", Whole), (57, "scaleRandomPercent", Flag), (58, "scaleTable", Text),
    (59, "hedgeType", Text), (60, "hedgeParam", Text), (61, "algoStrategy", Text), (62, "algoParams", Closed),
    (63, "algoId", Text), (64, "smartComboRoutingParams", Closed), (65, "whatIf", Flag), (66, "transmit", Flag),
    (67, "overridePercentageConstraints", Flag), (68, "openClose", Text), (69, "origin", Whole),
    (70, "shortSaleSlot", Whole), (71, "designatedLocation", Text), (72, "exemptCode", Whole),
    (73, "deltaNeutralSettlingFirm", Text), (74, "deltaNeutralClearingAccount", Text),
    (75, "deltaNeutralClearingIntent", Text), (76, "discretionaryAmt", Double), (77, "optOutSmartRouting", Flag),
    (78, "startingPrice", Double), (79, "stockRefPrice", Double), (80, "delta", Double), (81, "stockRangeLower", Double),
    (82, "stockRangeUpper", Double), (83, "notHeld", Flag), (84, "orderMiscOptions", Closed), (85, "solicited", Flag),
    (86, "randomizeSize", Flag), (87, "randomizePrice", Flag), (88, "referenceContractId", Whole),
    (89, "peggedChangeAmount", Double), (90, "isPeggedChangeAmountDecrease", Flag), (91, "referenceChangeAmount", Double),
    (92, "referenceExchangeId", Text), (93, "adjustedOrderType", Text), (94, "triggerPrice", Double),
    (95, "adjustedStopPrice", Double), (96, "adjustedStopLimitPrice", Double), (97, "adjustedTrailingAmount", Double),
    (98, "adjustableTrailingUnit", Whole), (99, "lmtPriceOffset", Double), (100, "conditions", Closed),
    (101, "conditionsCancelOrder", Flag), (102, "conditionsIgnoreRth", Flag), (103, "modelCode", Text),
    (104, "extOperator", Text), (105, "softDollarTier", Within(SOFT_DOLLAR_TIER)), (106, "cashQty", Double),
    (107, "mifid2DecisionMaker", Text), (108, "mifid2DecisionAlgo", Text), (109, "mifid2ExecutionTrader", Text),
    (110, "mifid2ExecutionAlgo", Text), (111, "dontUseAutoPriceForHedge", Flag), (112, "isOmsContainer", Flag),
    (113, "discretionaryUpToLimitPrice", Flag), (114, "autoCancelDate", Text), (115, "filledQuantity", Text),
    (116, "refFuturesConId", Whole), (117, "autoCancelParent", Flag), (118, "shareholder", Text),
    (119, "imbalanceOnly", Flag), (120, "routeMarketableToBbo", Whole), (121, "parentPermId", Long),
    (122, "usePriceMgmtAlgo", Whole), (123, "duration", Whole), (124, "postToAts", Whole),
    (125, "advancedErrorOverride", Text), (126, "manualOrderTime", Text), (127, "minTradeQty", Whole),
    (128, "minCompeteSize", Whole), (129, "competeAgainstBestOffset", Double), (130, "midOffsetAtWhole", Double),
    (131, "midOffsetAtHalf", Double), (132, "customerAccount", Text), (133, "professionalCustomer", Flag),
    (134, "bondAccruedInterest", Text), (135, "includeOvernight", Flag), (136, "manualOrderIndicator", Whole),
    (137, "submitter", Text), (138, "deactivate", Flag), (139, "postOnly", Flag), (140, "allowPreOpen", Flag),
    (141, "ignoreOpenAuction", Flag), (142, "seekPriceImprovement", Whole), (143, "whatIfType", Whole),
    (144, "hedgeMaxSize", Whole), (145, "conditionsIncludeOvernight", Flag),
];

const ORDER_CANCEL: &[Row] =
    &[(1, "manualCancelOrderTime", Text), (2, "extOperator", Text), (3, "manualOrderIndicator", Whole)];

#[rustfmt::skip]
const EXECUTION_FILTER: &[Row] = &[
    (1, "clientId", Whole), (2, "acctCode", Text), (3, "time", Text), (4, "symbol", Text), (5, "secType", Text),
    (6, "exchange", Text), (7, "side", Text), (8, "lastNDays", Whole), (9, "specificDates", Closed),
];

/// Orders that a server makes of its own presets; clients send it empty.
#[rustfmt::skip]
const ATTACHED: &[Row] = &[
    (1, "attachedOrders.slOrderId", Whole), (2, "attachedOrders.slOrderType", Text),
    (3, "attachedOrders.ptOrderId", Whole), (4, "attachedOrders.ptOrderType", Text),
];

const NOTHING: &[Row] = &[];
const REQUEST_ID: &[Row] = &[(1, "reqId", Whole)];
const BY_ACCOUNT: &[Row] = &[(1, "reqId", Whole), (2, "account", Text), (3, "modelCode", Text)];

/// The fields of the request with this number; `None` for what is not built.
#[rustfmt::skip]
pub(crate) fn of_request(id: u32) -> Option<&'static [Row]> {
    Some(match id {
        1 => const { &[
            (1, "reqId", Whole), (2, "contract", Within(CONTRACT)), (3, "genericTickList", Text), (4, "snapshot", Flag),
            (5, "regulatorySnapshot", Flag), (6, "mktDataOptions", Closed),
        ] },
        3 => const { &[
            (1, "orderId", Whole), (2, "contract", Within(CONTRACT)), (3, "order", Within(ORDER)),
            (4, "attachedOrders", Within(ATTACHED)),
        ] },
        4 => const { &[(1, "orderId", Whole), (2, "orderCancel", Within(ORDER_CANCEL))] },
        6 => const { &[(1, "subscribe", Flag), (2, "acctCode", Text)] },
        7 => const { &[(1, "reqId", Whole), (2, "executionFilter", Within(EXECUTION_FILTER))] },
        8 => const { &[(1, "numIds", Whole)] },
        9 => const { &[(1, "reqId", Whole), (2, "contract", Within(CONTRACT))] },
        14 => const { &[(1, "logLevel", Whole)] },
        15 => const { &[(1, "bAutoBind", Flag)] },
        20 => const { &[
            (1, "reqId", Whole), (2, "contract", Within(CONTRACT)), (3, "endDateTime", Text),
            (4, "barSizeSetting", Text), (5, "duration", Text), (6, "useRTH", Flag), (7, "whatToShow", Text),
            (8, "formatDate", Whole), (9, "keepUpToDate", Flag), (10, "chartOptions", Closed),
        ] },
        58 => const { &[(1, "orderCancel", Within(ORDER_CANCEL))] },
        59 => const { &[(1, "marketDataType", Whole)] },
        62 => const { &[(1, "reqId", Whole), (2, "groupName", Text), (3, "tags", Text)] },
        71 => const { &[(1, "clientId", Whole), (2, "optionalCapabilities", Text)] },
        74 | 92 => BY_ACCOUNT,
        76 => const { &[(1, "reqId", Whole), (2, "account", Text), (3, "modelCode", Text), (4, "ledgerAndNLV", Flag)] },
        78 => const { &[
            (1, "reqId", Whole), (2, "underlyingSymbol", Text), (3, "futFopExchange", Text),
            (4, "underlyingSecType", Text), (5, "underlyingConId", Whole),
        ] },
        81 => const { &[(1, "reqId", Whole), (2, "pattern", Text)] },
        91 => const { &[(1, "marketRuleId", Whole)] },
        94 => const { &[(1, "reqId", Whole), (2, "account", Text), (3, "modelCode", Text), (4, "conId", Whole)] },
        99 => const { &[(1, "apiOnly", Flag)] },
        2 | 25 | 63 | 75 | 77 | 93 | 95 | 104 => REQUEST_ID,
        5 | 16 | 17 | 49 | 61 | 64 | 80 => NOTHING,
        _ => return None,
    })
}
