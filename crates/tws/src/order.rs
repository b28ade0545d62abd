//! An order as a client sends it: what the product understands, and by name what it does not.
use crate::contract::Contract;
use crate::slot::{Idle, Slot, blank, slot, unset, zero};
use crate::version::ServerVersion;
use crate::wire::{Step, Wire};
use rust_decimal::Decimal;

/// The fields of an order that the product understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// `BUY`, `SELL`, as sent.
    pub action: String,
    /// Unset when the order is by value ([`Order::cash_qty`]) or says nothing.
    pub total_quantity: Option<Decimal>,
    pub order_type: String,
    pub lmt_price: Option<Decimal>,
    /// The stop price of stop orders.
    pub aux_price: Option<Decimal>,
    pub tif: String,
    pub oca_group: String,
    pub oca_type: i32,
    pub account: String,
    /// `O`, `C` or empty.
    pub open_close: String,
    pub origin: i32,
    pub order_ref: String,
    /// False parks the order at the server until a later message releases it.
    pub transmit: bool,
    /// The order this one is attached to; 0 for none.
    pub parent_id: i32,
    /// 0 for all of it.
    pub display_size: i32,
    pub outside_rth: bool,
    pub hidden: bool,
    pub good_after_time: String,
    pub good_till_date: String,
    /// Asks for a preview; nothing is placed.
    pub what_if: bool,
    /// An order by value. Unset and zero are the same.
    pub cash_qty: Option<Decimal>,
    /// Where a trailing stop is to stand first. Unset and zero are the same, here and in the next two.
    pub trail_stop_price: Option<Decimal>,
    /// How far a trailing stop follows, in hundredths of the price; as an amount it is [`Order::aux_price`].
    pub trailing_percent: Option<Decimal>,
    /// How far beyond its stop a trailing stop-limit order has its limit.
    pub lmt_price_offset: Option<Decimal>,
}

impl Default for Order {
    fn default() -> Order {
        Order {
            action: String::new(),
            total_quantity: None,
            order_type: String::new(),
            lmt_price: None,
            aux_price: None,
            tif: String::new(),
            oca_group: String::new(),
            oca_type: 0,
            account: String::new(),
            open_close: String::new(),
            origin: 0,
            order_ref: String::new(),
            transmit: true,
            parent_id: 0,
            display_size: 0,
            outside_rth: false,
            hidden: false,
            good_after_time: String::new(),
            good_till_date: String::new(),
            what_if: false,
            cash_qty: None,
            trail_stop_price: None,
            trailing_percent: None,
            lmt_price_offset: None,
        }
    }
}

/// A field that was set and that the product does not understand, under its protocol name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    pub name: &'static str,
    pub value: String,
}

/// The message that places an order, or changes the one that has its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceOrder {
    pub order_id: i32,
    pub contract: Contract,
    pub order: Order,
    /// Not empty: the order means more than [`Order`] says and must be refused, by these names.
    pub extras: Vec<Extra>,
}

const SIZES: &[Slot] = &[zero("blockOrder"), zero("sweepToFill")];
const ALLOCATION: &[Slot] = &[blank("sharesAllocation"), zero("discretionaryAmt")];
const ADVISOR: &[Slot] = &[blank("faGroup"), blank("faMethod"), blank("faPercentage")];
const SHORT_SALE: &[Slot] =
    &[blank("modelCode"), zero("shortSaleSlot"), blank("designatedLocation"), slot("exemptCode", Idle::MinusOne, "-1")];
const PRICES: &[Slot] = &[
    blank("rule80A"),
    blank("settlingFirm"),
    zero("allOrNone"),
    unset("minQty"),
    unset("percentOffset"),
    // Dead since 2014; ibapi 9.81 sends 1, all others 0.
    slot("eTradeOnly", Idle::AnyFlag, "0"),
    slot("firmQuoteOnly", Idle::AnyFlag, "0"),
    unset("nbboPriceCap"),
    zero("auctionStrategy"),
    unset("startingPrice"),
    unset("stockRefPrice"),
    unset("delta"),
    unset("stockRangeLower"),
    unset("stockRangeUpper"),
    zero("overridePercentageConstraints"),
    unset("volatility"),
    unset("volatilityType"),
];
const DELTA_NEUTRAL: Slot = slot("deltaNeutralOrderType", Idle::Text(&["None"]), "");
const DELTA_NEUTRAL_BLOCK: &[Slot] = &[
    zero("deltaNeutralConId"),
    blank("deltaNeutralSettlingFirm"),
    blank("deltaNeutralClearingAccount"),
    blank("deltaNeutralClearingIntent"),
    slot("deltaNeutralOpenClose", Idle::Text(&["?"]), ""),
    zero("deltaNeutralShortSale"),
    zero("deltaNeutralShortSaleSlot"),
    blank("deltaNeutralDesignatedLocation"),
];
const VOLATILE: &[Slot] = &[zero("continuousUpdate"), unset("referencePriceType")];
const LEVELS: &[Slot] = &[unset("scaleInitLevelSize"), unset("scaleSubsLevelSize")];
const SCALE: Slot = unset("scalePriceIncrement");
const ACTIVE: &[Slot] = &[blank("scaleTable"), blank("activeStartTime"), blank("activeStopTime")];
const CLEARING: &[Slot] = &[
    zero("optOutSmartRouting"),
    blank("clearingAccount"),
    slot("clearingIntent", Idle::Text(&["IB"]), ""),
    zero("notHeld"),
];
const OPTIONS: &[Slot] = &[blank("orderMiscOptions"), zero("solicited"), zero("randomizeSize"), zero("randomizePrice")];
/// Follows for one order type only.
pub(crate) const PEG_BENCH: &[Slot] = &[
    zero("referenceContractId"),
    zero("isPeggedChangeAmountDecrease"),
    zero("peggedChangeAmount"),
    zero("referenceChangeAmount"),
    blank("referenceExchangeId"),
];
const TRIGGER: &[Slot] = &[slot("adjustedOrderType", Idle::Text(&["None"]), ""), unset("triggerPrice")];
const ADJUSTED: &[Slot] = &[
    unset("adjustedStopPrice"),
    unset("adjustedStopLimitPrice"),
    unset("adjustedTrailingAmount"),
    zero("adjustableTrailingUnit"),
    blank("extOperator"),
    blank("softDollarTier.name"),
    blank("softDollarTier.val"),
];
const REGULATORY: &[Slot] = &[
    blank("mifid2DecisionMaker"),
    blank("mifid2DecisionAlgo"),
    blank("mifid2ExecutionTrader"),
    blank("mifid2ExecutionAlgo"),
    zero("dontUseAutoPriceForHedge"),
    zero("isOmsContainer"),
    zero("discretionaryUpToLimitPrice"),
    zero("usePriceMgmtAlgo"),
];
/// Fields that later versions add at the end, with the version each came in.
const ADDED: &[(u32, Slot)] = &[
    (158, unset("duration")),
    (160, unset("postToAts")),
    (162, zero("autoCancelParent")),
    (166, blank("advancedErrorOverride")),
    (169, blank("manualOrderTime")),
];

impl PlaceOrder {
    /// The whole message after its number. See section 1.5 of the protocol notes for the order.
    pub(crate) fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        wire.integer("orderId", &mut self.order_id)?;
        self.contract.request(wire)?;
        self.contract.sec_id(wire)?;
        let order = &mut self.order;
        order.head(wire)?;
        if self.contract.sec_type == "BAG" {
            combo_legs(wire)?;
        }
        order.body(wire, version)?;
        attached(order, wire)?;
        order.tail(wire, version)?;
        // Whose order it was and its name for life, as a client learned them from a report: who sends it now, and the
        // number of the request, alone say which order is meant.
        wire.ignore(&["clientId", "permId"]);
        pegged(wire, version, &self.contract, &self.order.order_type)
    }
}

impl Order {
    fn head(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.text("action", &mut self.action)?;
        wire.optional("totalQuantity", &mut self.total_quantity)?;
        wire.text("orderType", &mut self.order_type)?;
        wire.optional("lmtPrice", &mut self.lmt_price)?;
        wire.optional("auxPrice", &mut self.aux_price)?;
        wire.text("tif", &mut self.tif)?;
        wire.text("ocaGroup", &mut self.oca_group)?;
        wire.text("account", &mut self.account)?;
        wire.text("openClose", &mut self.open_close)?;
        wire.integer_or_zero("origin", &mut self.origin)?;
        wire.text("orderRef", &mut self.order_ref)?;
        wire.flag("transmit", &mut self.transmit)?;
        wire.integer_or_zero("parentId", &mut self.parent_id)?;
        wire.slots(SIZES)?;
        wire.integer_or_zero("displaySize", &mut self.display_size)?;
        wire.slot(&zero("triggerMethod"))?;
        wire.flag("outsideRth", &mut self.outside_rth)?;
        wire.flag("hidden", &mut self.hidden)
    }

    fn body(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        wire.slots(ALLOCATION)?;
        wire.text("goodAfterTime", &mut self.good_after_time)?;
        wire.text("goodTillDate", &mut self.good_till_date)?;
        wire.slots(ADVISOR)?;
        if !version.since(177) {
            wire.slot(&blank("faProfile"))?;
        }
        wire.slots(SHORT_SALE)?;
        wire.integer_or_zero("ocaType", &mut self.oca_type)?;
        wire.slots(PRICES)
    }

    fn tail(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        wire.flag("whatIf", &mut self.what_if)?;
        wire.slots(OPTIONS)?;
        if is_peg_bench(&self.order_type) {
            wire.note("orderType", &self.order_type);
            wire.slots(PEG_BENCH)?;
        }
        conditions(wire)?;
        wire.slots(TRIGGER)?;
        unless_zero(wire, "lmtPriceOffset", &mut self.lmt_price_offset)?;
        wire.slots(ADJUSTED)?;
        unless_zero(wire, "cashQty", &mut self.cash_qty)?;
        wire.slots(REGULATORY)?;
        for (since, slot) in ADDED {
            if version.since(*since) {
                wire.slot(slot)?;
            }
        }
        Ok(())
    }
}

/// A number of which clients say zero where they mean nothing.
pub(crate) fn unless_zero(wire: &mut Wire<'_>, name: &'static str, value: &mut Option<Decimal>) -> Step {
    wire.optional(name, value)?;
    *value = value.filter(|value| !value.is_zero());
    Ok(())
}

pub(crate) fn is_peg_bench(order_type: &str) -> bool {
    matches!(order_type, "PEG BENCH" | "PEGBENCH")
}

fn combo_legs(wire: &mut Wire<'_>) -> Step {
    wire.note("secType", "BAG");
    wire.skip_list("comboLegs", 8)?;
    wire.skip_list("orderComboLegs", 1)?;
    wire.skip_list("smartComboRoutingParams", 2)?;
    Ok(())
}

/// What hangs on an order: delta-neutral, scale and hedge orders, algorithms.
fn attached(order: &mut Order, wire: &mut Wire<'_>) -> Step {
    let hedged = !wire.slot(&DELTA_NEUTRAL)?.is_empty();
    wire.slot(&unset("deltaNeutralAuxPrice"))?;
    if hedged {
        wire.slots(DELTA_NEUTRAL_BLOCK)?;
    }
    wire.slots(VOLATILE)?;
    unless_zero(wire, "trailStopPrice", &mut order.trail_stop_price)?;
    unless_zero(wire, "trailingPercent", &mut order.trailing_percent)?;
    wire.slots(LEVELS)?;
    scale_block(wire)?;
    wire.slots(ACTIVE)?;
    if !wire.slot(&blank("hedgeType"))?.is_empty() {
        wire.skip("hedgeParam", 1)?;
    }
    wire.slots(CLEARING)?;
    contract_block(wire)?;
    if !wire.slot(&blank("algoStrategy"))?.is_empty() {
        wire.skip_list("algoParams", 2)?;
    }
    wire.slot(&blank("algoId"))?;
    Ok(())
}

/// Seven fields follow an increment above zero.
pub(crate) fn scale_block(wire: &mut Wire<'_>) -> Step {
    let increment = wire.slot(&SCALE)?;
    let increment = crate::number::decimal("scalePriceIncrement", &increment)?;
    if increment.is_some_and(|increment| increment > Decimal::ZERO) {
        wire.skip("scale", 7)?;
    }
    Ok(())
}

/// Three fields follow when a delta-neutral contract is present.
pub(crate) fn contract_block(wire: &mut Wire<'_>) -> Step {
    let mut present = false;
    wire.flag("deltaNeutralContract", &mut present)?;
    if present {
        wire.note("deltaNeutralContract", "1");
        wire.skip("deltaNeutralContract", 3)?;
    }
    Ok(())
}

/// Conditions: a count, each with fields by its kind, then two flags for all of them.
pub(crate) fn conditions(wire: &mut Wire<'_>) -> Step {
    let count = wire.unused_list("conditions", 4)?;
    if count == 0 {
        return Ok(());
    }
    for _ in 0..count {
        let mut kind = 0_i32;
        wire.integer("conditionType", &mut kind)?;
        let fields = match kind {
            1 => 6,     // price
            3 | 4 => 3, // time, margin
            5 => 4,     // execution
            6 | 7 => 5, // volume, change in percent
            _ => {
                return Err(crate::DecodeErrorKind::NotBuilt { field: "conditionType", value: kind.to_string() });
            }
        };
        wire.skip("conditions", fields)?;
    }
    wire.skip("conditionsIgnoreRth", 1)?;
    wire.skip("conditionsCancelOrder", 1)
}

/// Fields that only some venues and order types have, from 170 on.
fn pegged(wire: &mut Wire<'_>, version: ServerVersion, contract: &Contract, order_type: &str) -> Step {
    if !version.since(170) {
        return Ok(());
    }
    if contract.exchange == "IBKRATS" {
        wire.note("exchange", "IBKRATS");
        wire.slot(&unset("minTradeQty"))?;
    }
    let offsets = match order_type {
        "PEG BEST" | "PEGBEST" => {
            wire.note("orderType", order_type);
            wire.slot(&unset("minCompeteSize"))?;
            let infinite: &[&str] = &["Infinite", "Infinity", "inf"];
            let offset = slot("competeAgainstBestOffset", Idle::Text(infinite), "");
            infinite.contains(&wire.slot(&offset)?.as_ref())
        }
        "PEG MID" | "PEGMID" => {
            wire.note("orderType", order_type);
            true
        }
        _ => false,
    };
    if offsets {
        wire.slots(&[unset("midOffsetAtWhole"), unset("midOffsetAtHalf")])?;
    }
    Ok(())
}
