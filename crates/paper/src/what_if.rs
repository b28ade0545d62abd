//! What if: what an order would do to its account at the prices of a moment; nothing is placed by it.

use crate::account::Account;
use crate::broker::Broker;
use crate::check;
use crate::commission::commission;
use crate::event::{Execution, Given};
use crate::instrument::{Instrument, by_id};
use crate::margin::{Figures, counted, figures, worst_price};
use crate::order::Order;
use crate::reason::Reason;
use rust_decimal::Decimal;

/// A figure without the order and with it, in the account's base currency, to the cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub before: Decimal,
    pub after: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// With the order these are as they would be once it is filled, at the mark.
    pub initial: Change,
    pub maintenance: Change,
    /// It pays the commission.
    pub equity: Change,
    /// At the worst price.
    pub commission: Decimal,
    pub commission_currency: &'static str,
    /// Why it would not be taken.
    pub refused: Option<Reason>,
}

/// `None` for an account or an instrument that there is not, and for figures that do not fit.
pub fn what_if(broker: &Broker, order: &Order, given: &Given) -> Option<WhatIf> {
    let given = &Given { now_ms: given.now_ms.max(broker.last_at()), ..*given };
    let (account, instrument) = (broker.account(&order.account)?, by_id(order.con_id)?);
    let listed = || check::listed(instrument, given.now_ms);
    let unfit = check::order(order).and_then(|_| listed()).and_then(|()| check::quoted(instrument, given)).err();
    let with = (unfit.is_none() && order.parent.is_none()).then_some((order, order.quantity));
    let others = counted(broker, &order.account, with.map(|_| order));
    let before = figures(account, counted(broker, &order.account, None), given)?;
    let price = worst_price(order, instrument, given)?;
    let fee = commission(instrument, order.quantity, price, given)?;
    let filled = match with {
        Some(_) => figures(&filled(account, order, instrument, fee, given)?, others.clone(), given)?,
        None => before.clone(),
    };
    let funds = || match with {
        Some(asked) => check::funds(account, others, asked, instrument, given).err(),
        None => None,
    };
    let change =
        |of: fn(&Figures) -> Decimal| Change { before: of(&before).round_dp(2), after: of(&filled).round_dp(2) };
    Some(WhatIf {
        initial: change(|figures| figures.initial),
        maintenance: change(|figures| figures.maintenance),
        equity: change(|figures| figures.net_liquidation),
        commission: fee,
        commission_currency: instrument.currency,
        refused: unfit.or_else(funds),
    })
}

/// The account with the order filled at the mark.
fn filled(account: &Account, order: &Order, instrument: &Instrument, fee: Decimal, given: &Given) -> Option<Account> {
    let touch = given.market.mark(instrument, given.now_ms);
    // Of a currency the mark is the middle: its rate.
    let middle = touch.bid.checked_add(touch.ask)?.checked_div(Decimal::TWO)?;
    let execution = Execution {
        exec_id: String::new(),
        reference: String::new(),
        account: order.account.clone(),
        con_id: order.con_id,
        side: order.side,
        quantity: order.quantity,
        price: if instrument.is_forex() { middle } else { touch.last },
        commission: fee,
        commission_currency: instrument.currency.to_owned(),
        realized_pnl: None,
        at: given.now_ms,
    };
    account.after_fill(&execution).map(|(after, _)| after)
}
