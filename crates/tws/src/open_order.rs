//! An order as a server reports it: open (message 5) and completed (message 101).
use crate::contract::Contract;
use crate::order::{self, Order, unless_zero};
use crate::slot::{Idle, Slot, blank, slot, unset, zero};
use crate::version::ServerVersion;
use crate::wire::{Step, Wire};
use rust_decimal::Decimal;

/// What a server says about the state of an order, and of a preview what it would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderState {
    pub status: String,
    pub init_margin_before: Option<Decimal>,
    pub maint_margin_before: Option<Decimal>,
    pub equity_with_loan_before: Option<Decimal>,
    pub init_margin_change: Option<Decimal>,
    pub maint_margin_change: Option<Decimal>,
    pub equity_with_loan_change: Option<Decimal>,
    pub init_margin_after: Option<Decimal>,
    pub maint_margin_after: Option<Decimal>,
    pub equity_with_loan_after: Option<Decimal>,
    pub commission: Option<Decimal>,
    pub min_commission: Option<Decimal>,
    pub max_commission: Option<Decimal>,
    pub commission_currency: String,
    pub warning_text: String,
}

/// An order that a server has. `transmit` of its order is not reported and reads as true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOrder {
    pub order_id: i32,
    pub contract: Contract,
    pub order: Order,
    pub client_id: i32,
    /// Unique over the whole account, and stable.
    pub perm_id: i64,
    pub state: OrderState,
}

/// An order that a server is done with. It has no order id any more, only its permanent one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompletedOrder {
    pub contract: Contract,
    pub order: Order,
    pub perm_id: i64,
    pub filled_quantity: Decimal,
    pub status: String,
    pub completed_time: String,
    pub completed_status: String,
}

const ADVISOR: &[Slot] = &[blank("faGroup"), blank("faMethod"), blank("faPercentage")];
const SHORT_SALE: &[Slot] = &[
    blank("rule80A"),
    unset("percentOffset"),
    blank("settlingFirm"),
    zero("shortSaleSlot"),
    blank("designatedLocation"),
    slot("exemptCode", Idle::MinusOne, "-1"),
];
const STOCK_RANGE: &[Slot] = &[
    unset("startingPrice"),
    unset("stockRefPrice"),
    unset("delta"),
    unset("stockRangeLower"),
    unset("stockRangeUpper"),
];
const DEAD: &[Slot] = &[zero("eTradeOnly"), zero("firmQuoteOnly"), unset("nbboPriceCap")];
const VOLATILITY: &[Slot] = &[unset("volatility"), zero("volatilityType")];
const DELTA_NEUTRAL: Slot = blank("deltaNeutralOrderType");
const VOLATILE: &[Slot] = &[zero("continuousUpdate"), zero("referencePriceType")];
const CLEARING: &[Slot] = &[blank("clearingAccount"), blank("clearingIntent"), zero("notHeld")];
const TRIGGER: &[Slot] = &[blank("adjustedOrderType"), unset("triggerPrice")];
const ADJUSTED: &[Slot] = &[
    unset("adjustedStopPrice"),
    unset("adjustedStopLimitPrice"),
    unset("adjustedTrailingAmount"),
    zero("adjustableTrailingUnit"),
    blank("softDollarTier.name"),
    blank("softDollarTier.val"),
    blank("softDollarTier.displayName"),
];
const FLAGS: &[Slot] = &[zero("dontUseAutoPriceForHedge"), zero("isOmsContainer")];
const ADDED: &[(u32, Slot)] = &[
    (158, unset("duration")),
    (160, unset("postToAts")),
    (162, zero("autoCancelParent")),
    (170, unset("minTradeQty")),
    (170, unset("minCompeteSize")),
    (170, unset("competeAgainstBestOffset")),
    (170, unset("midOffsetAtWhole")),
    (170, unset("midOffsetAtHalf")),
];

impl OpenOrder {
    pub(crate) fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        wire.integer("orderId", &mut self.order_id)?;
        self.contract.report(wire)?;
        let order = &mut self.order;
        head(order, wire)?;
        wire.integer_or_zero("clientId", &mut self.client_id)?;
        wire.integer_or_zero("permId", &mut self.perm_id)?;
        middle(order, wire)?;
        wire.slot(&blank("sharesAllocation"))?;
        model(order, wire, version)?;
        wire.slot(&zero("auctionStrategy"))?;
        wire.slots(STOCK_RANGE)?;
        wire.integer_or_zero("displaySize", &mut order.display_size)?;
        wire.slot(&zero("blockOrder"))?;
        sizes(order, wire)?;
        wire.slots(DEAD)?;
        wire.integer_or_zero("parentId", &mut order.parent_id)?;
        attached(order, wire, 8, true)?;
        wire.slot(&zero("optOutSmartRouting"))?;
        clearing(wire)?;
        wire.slot(&zero("solicited"))?;
        wire.flag("whatIf", &mut order.what_if)?;
        self.state.layout(wire)?;
        randomized(order, wire)?;
        order::conditions(wire)?;
        wire.slots(TRIGGER)?;
        stop_again(order, wire)?;
        unless_zero(wire, "lmtPriceOffset", &mut order.lmt_price_offset)?;
        wire.slots(ADJUSTED)?;
        wire.optional("cashQty", &mut order.cash_qty)?;
        wire.slots(FLAGS)?;
        wire.slots(&[zero("discretionaryUpToLimitPrice"), zero("usePriceMgmtAlgo")])?;
        added(wire, version, 0)
    }
}

impl CompletedOrder {
    pub(crate) fn layout(&mut self, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
        self.contract.report(wire)?;
        let order = &mut self.order;
        head(order, wire)?;
        wire.integer_or_zero("permId", &mut self.perm_id)?;
        middle(order, wire)?;
        model(order, wire, version)?;
        wire.slots(STOCK_RANGE)?;
        wire.integer_or_zero("displaySize", &mut order.display_size)?;
        sizes(order, wire)?;
        attached(order, wire, 4, false)?;
        clearing(wire)?;
        wire.slot(&zero("solicited"))?;
        wire.text("status", &mut self.status)?;
        randomized(order, wire)?;
        order::conditions(wire)?;
        stop_again(order, wire)?;
        unless_zero(wire, "lmtPriceOffset", &mut order.lmt_price_offset)?;
        wire.optional("cashQty", &mut order.cash_qty)?;
        wire.slots(FLAGS)?;
        wire.slot(&blank("autoCancelDate"))?;
        wire.decimal("filledQuantity", &mut self.filled_quantity)?;
        wire.slots(&[
            zero("refFuturesConId"),
            zero("autoCancelParent"),
            blank("shareholder"),
            zero("imbalanceOnly"),
            zero("routeMarketableToBbo"),
            zero("parentPermId"),
        ])?;
        wire.text("completedTime", &mut self.completed_time)?;
        wire.text("completedStatus", &mut self.completed_status)?;
        added(wire, version, 170)
    }
}

impl OrderState {
    fn layout(&mut self, wire: &mut Wire<'_>) -> Step {
        wire.text("status", &mut self.status)?;
        wire.margin("initMarginBefore", &mut self.init_margin_before)?;
        wire.margin("maintMarginBefore", &mut self.maint_margin_before)?;
        wire.margin("equityWithLoanBefore", &mut self.equity_with_loan_before)?;
        wire.margin("initMarginChange", &mut self.init_margin_change)?;
        wire.margin("maintMarginChange", &mut self.maint_margin_change)?;
        wire.margin("equityWithLoanChange", &mut self.equity_with_loan_change)?;
        wire.margin("initMarginAfter", &mut self.init_margin_after)?;
        wire.margin("maintMarginAfter", &mut self.maint_margin_after)?;
        wire.margin("equityWithLoanAfter", &mut self.equity_with_loan_after)?;
        wire.optional("commission", &mut self.commission)?;
        wire.optional("minCommission", &mut self.min_commission)?;
        wire.optional("maxCommission", &mut self.max_commission)?;
        wire.text("commissionCurrency", &mut self.commission_currency)?;
        wire.text("warningText", &mut self.warning_text)
    }
}

fn head(order: &mut Order, wire: &mut Wire<'_>) -> Step {
    wire.text("action", &mut order.action)?;
    // An order by value has no quantity; readers of whole numbers want a zero there.
    let mut quantity = order.total_quantity.unwrap_or_default();
    wire.decimal_or_zero("totalQuantity", &mut quantity)?;
    order.total_quantity = Some(quantity);
    wire.text("orderType", &mut order.order_type)?;
    wire.optional("lmtPrice", &mut order.lmt_price)?;
    wire.optional("auxPrice", &mut order.aux_price)?;
    wire.text("tif", &mut order.tif)?;
    wire.text("ocaGroup", &mut order.oca_group)?;
    wire.text("account", &mut order.account)?;
    wire.text("openClose", &mut order.open_close)?;
    wire.integer_or_zero("origin", &mut order.origin)?;
    wire.text("orderRef", &mut order.order_ref)
}

fn middle(order: &mut Order, wire: &mut Wire<'_>) -> Step {
    wire.flag("outsideRth", &mut order.outside_rth)?;
    wire.flag("hidden", &mut order.hidden)?;
    wire.slot(&zero("discretionaryAmt"))?;
    wire.text("goodAfterTime", &mut order.good_after_time)
}

fn model(order: &mut Order, wire: &mut Wire<'_>, version: ServerVersion) -> Step {
    wire.slots(ADVISOR)?;
    if !version.since(177) {
        wire.slot(&blank("faProfile"))?;
    }
    wire.slot(&blank("modelCode"))?;
    wire.text("goodTillDate", &mut order.good_till_date)?;
    wire.slots(SHORT_SALE)
}

/// Told a second time, as it stands now.
fn stop_again(order: &mut Order, wire: &mut Wire<'_>) -> Step {
    let mut now = order.trail_stop_price;
    unless_zero(wire, "trailStopPrice", &mut now)?;
    order.trail_stop_price = now.or(order.trail_stop_price);
    Ok(())
}

fn sizes(order: &mut Order, wire: &mut Wire<'_>) -> Step {
    wire.slots(&[zero("sweepToFill"), zero("allOrNone"), unset("minQty")])?;
    wire.integer_or_zero("ocaType", &mut order.oca_type)
}

/// From the trigger method to the hedge. A completed order leaves out some of it: its
/// delta-neutral block is shorter, and it has no basis points.
fn attached(order: &mut Order, wire: &mut Wire<'_>, delta_neutral_fields: usize, basis_points: bool) -> Step {
    wire.slot(&zero("triggerMethod"))?;
    wire.slots(VOLATILITY)?;
    let hedged = !wire.slot(&DELTA_NEUTRAL)?.is_empty();
    wire.slot(&unset("deltaNeutralAuxPrice"))?;
    if hedged {
        wire.skip("deltaNeutral", delta_neutral_fields)?;
    }
    wire.slots(VOLATILE)?;
    unless_zero(wire, "trailStopPrice", &mut order.trail_stop_price)?;
    unless_zero(wire, "trailingPercent", &mut order.trailing_percent)?;
    if basis_points {
        wire.slots(&[unset("basisPoints"), unset("basisPointsType")])?;
    }
    wire.slot(&blank("comboLegsDescrip"))?;
    wire.skip_list("comboLegs", 8)?;
    wire.skip_list("orderComboLegs", 1)?;
    wire.skip_list("smartComboRoutingParams", 2)?;
    wire.slots(&[unset("scaleInitLevelSize"), unset("scaleSubsLevelSize")])?;
    order::scale_block(wire)?;
    if !wire.slot(&blank("hedgeType"))?.is_empty() {
        wire.skip("hedgeParam", 1)?;
    }
    Ok(())
}

fn clearing(wire: &mut Wire<'_>) -> Step {
    wire.slots(CLEARING)?;
    order::contract_block(wire)?;
    if !wire.slot(&blank("algoStrategy"))?.is_empty() {
        wire.skip_list("algoParams", 2)?;
    }
    Ok(())
}

fn randomized(order: &Order, wire: &mut Wire<'_>) -> Step {
    wire.slots(&[zero("randomizeSize"), zero("randomizePrice")])?;
    if order::is_peg_bench(&order.order_type) {
        wire.slots(order::PEG_BENCH)?;
    }
    Ok(())
}

fn added(wire: &mut Wire<'_>, version: ServerVersion, from: u32) -> Step {
    for (since, slot) in ADDED {
        if version.since(*since) && *since >= from {
            wire.slot(slot)?;
        }
    }
    Ok(())
}
