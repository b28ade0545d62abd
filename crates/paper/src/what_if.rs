//! What if: what an order would do to its account at the prices of a moment; nothing is placed by it.

use crate::broker::Broker;
use crate::check;
use crate::commission::commission;
use crate::event::Given;
use crate::instrument::by_id;
use crate::order::Order;
use crate::power::{counted, power, worst_price};
use crate::reason::Reason;
use rust_decimal::Decimal;

/// In the account's base currency, but for the commission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// What positions, loans and open orders tie up, without the order and with it.
    pub required_before: Decimal,
    pub required_after: Decimal,
    pub net_liquidation: Decimal,
    /// At the worst price it could fill at.
    pub commission: Decimal,
    pub commission_currency: &'static str,
    /// Why it would not be taken.
    pub refused: Option<Reason>,
}

/// `None` for an account or an instrument that there is not, and for figures that do not fit.
pub fn what_if(broker: &Broker, order: &Order, given: &Given) -> Option<WhatIf> {
    let given = &Given { now_ms: given.now_ms.max(broker.last_at()), ..*given };
    let (account, instrument) = (broker.account(&order.account)?, by_id(order.con_id)?);
    let unfit = check::order(order).and_then(|_| check::quoted(instrument, given)).err();
    let with = (unfit.is_none() && order.parent.is_none()).then_some((order, order.quantity));
    let others = counted(broker, &order.account, with.map(|_| order));
    let before = power(account, counted(broker, &order.account, None), given)?;
    let after = power(account, others.clone().chain(with), given)?;
    let price = worst_price(order, instrument, given)?;
    let funds = || match with {
        Some(asked) => check::funds(account, others, asked, instrument, given).err(),
        None => None,
    };
    Some(WhatIf {
        required_before: before.required.round_dp(2),
        required_after: after.required.round_dp(2),
        net_liquidation: before.net_liquidation.round_dp(2),
        commission: commission(instrument, order.quantity, price, given)?,
        commission_currency: instrument.currency,
        refused: unfit.or_else(funds),
    })
}
