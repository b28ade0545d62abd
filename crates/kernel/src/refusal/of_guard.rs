//! The guard's refusals: their codes, and the figures behind them.

use crate::guard;
use crate::leverage;
use alloc::string::ToString;

pub(super) const fn code(refusal: guard::Refusal) -> &'static str {
    use guard::Refusal as R;
    match refusal {
        R::KillSwitch => "kill_switch_engaged",
        R::CloseOnly { .. } => "ticket_close_only",
        R::Uncovers => "uncovers_written_option",
        R::RepeatedExecution => "repeated_execution",
        R::MessageRate { .. } => "message_rate",
        R::OrderRate { .. } => "order_rate",
        R::InstrumentNotAllowed => "instrument_not_allowed",
        R::InstrumentRestricted => "instrument_restricted",
        R::OrderTypeNotAllowed => "order_type_not_allowed",
        R::NotYoursToClose { .. } => "not_yours_to_close",
        R::ShortSale { .. } => "short_sale",
        R::OptionWriting { .. } => "option_writing",
        R::OutsideHours => "outside_hours",
        R::NoClose => "no_close_to_come",
        R::OrderQuantity { .. } => "order_quantity",
        R::PositionQuantity { .. } => "position_quantity",
        R::NoFreshQuote => "no_fresh_quote",
        R::PriceCollar { .. } => "price_collar",
        R::OrderValueNotStated => "order_value_not_stated",
        R::OrderValue { .. } => "order_value",
        R::DayValueNotStated => "day_value_not_stated",
        R::DayValue { .. } => "day_value",
        R::DayCount { .. } => "day_count",
        R::OpenOrders { .. } => "open_orders",
        R::OpenValue { .. } => "open_value",
        R::Strained { why: leverage::Refusal::NoFreshFigures } => "no_fresh_account",
        R::Strained { why: leverage::Refusal::Leverage { .. } } => "leverage",
        R::Strained { why: leverage::Refusal::MarginUse { .. } } => "margin_use",
        R::Duplicate => "duplicate_order",
        R::CrossesOwnOrder => "crosses_own_order",
        R::TooLarge | R::Strained { why: leverage::Refusal::TooLarge } => "number_too_large",
        R::BelowFilled { .. } => "quantity_below_filled",
    }
}

pub(super) fn facts(refusal: guard::Refusal, fact: &mut impl FnMut(&str, &dyn ToString)) {
    use guard::Refusal as R;
    match refusal {
        R::OrderValue { value, limit } => {
            fact("value", &value);
            fact("limit", &limit);
        }
        R::DayValue { used, value, limit } | R::OpenValue { used, value, limit } => {
            fact("used", &used);
            fact("value", &value);
            fact("limit", &limit);
        }
        R::MessageRate { per_second } | R::OrderRate { per_second } => fact("per_second", &per_second),
        R::DayCount { limit } | R::OpenOrders { limit } => fact("limit", &limit),
        R::OrderQuantity { limit } => fact("limit", &limit),
        R::PositionQuantity { position, limit } => {
            fact("position", &position);
            fact("limit", &limit);
        }
        R::Strained { why } => strained(why, fact),
        R::PriceCollar { bound } => fact("bound", &bound),
        R::NotYoursToClose { own } => fact("own", &own),
        R::ShortSale { position } | R::OptionWriting { position } => fact("position", &position),
        R::BelowFilled { filled } => fact("filled", &filled),
        R::CloseOnly { why } => fact("why", &why.as_str()),
        R::KillSwitch
        | R::Uncovers
        | R::RepeatedExecution
        | R::InstrumentNotAllowed
        | R::InstrumentRestricted
        | R::OrderTypeNotAllowed
        | R::OutsideHours
        | R::NoClose
        | R::NoFreshQuote
        | R::OrderValueNotStated
        | R::DayValueNotStated
        | R::Duplicate
        | R::CrossesOwnOrder
        | R::TooLarge => {}
    }
}

fn strained(refusal: leverage::Refusal, fact: &mut impl FnMut(&str, &dyn ToString)) {
    match refusal {
        leverage::Refusal::Leverage { value, net, limit } => {
            fact("value", &value);
            fact("net", &net);
            fact("limit", &limit);
        }
        leverage::Refusal::MarginUse { value, net, limit } => {
            fact("value", &value);
            fact("net", &net);
            fact("limit", &limit);
        }
        leverage::Refusal::NoFreshFigures | leverage::Refusal::TooLarge => {}
    }
}
