//! Expiry: what is held of a contract after its last moment is settled in cash: a future at its index, an option at what
//! it would have brought. It is written down as an order of the broker's own that fills at that price.

use crate::broker::Broker;
use crate::event::Given;
use crate::fill::Draft;
use crate::instrument::{Instrument, by_id};
use crate::order::{Order, OrderState, Side};

/// What these orders are labelled with; their references begin with it, too.
pub const LABEL: &str = "expiry";

pub(crate) fn look(draft: &mut Draft, broker: &Broker, number: &str, given: &Given) {
    let Some(account) = draft.account(number).cloned() else { return };
    for (con_id, position) in account.held() {
        let Some(instrument) = by_id(*con_id).filter(|instrument| instrument.has_expired(given.now_ms)) else {
            continue;
        };
        let side = if position.quantity.is_sign_negative() { Side::Buy } else { Side::Sell };
        settle(draft, broker, number, (instrument, side, position.quantity.abs()), given);
    }
}

fn settle(
    draft: &mut Draft,
    broker: &Broker,
    account: &str,
    (instrument, side, quantity): (&Instrument, Side, rust_decimal::Decimal),
    given: &Given,
) -> Option<()> {
    let price = given.market.settlement(instrument.derivative.as_ref()?)?;
    let perm_id = broker.next_perm_id()?.checked_add(draft.placed)?;
    let order = Order::by_the_broker(LABEL, perm_id, account, instrument.con_id, (side, quantity));
    if draft.settle(&OrderState::placed(order, perm_id, None, given.now_ms), instrument, price) {
        draft.placed = draft.placed.saturating_add(1);
    }
    Some(())
}
