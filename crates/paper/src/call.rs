//! Call: what happens to an account that has less than its positions take to be kept.
//!
//! Its owner has a minute to bring more, to close something, or to see the market come back. Then its orders are
//! cancelled and the broker closes: of what trades now, the position that takes most to be kept, with as much as the
//! market shows, step by step until the account has enough. A balance in another currency is not closed by force.

use rust_decimal::Decimal;

use crate::account::Account;
use crate::broker::Broker;
use crate::calendar::{Session, session};
use crate::event::{Event, Given};
use crate::fill::Draft;
use crate::instrument::by_id;
use crate::margin::{figures, kept, value_of};
use crate::order::{Kind, Order, OrderState, Side, Tif};
use crate::reason::Reason;

/// How long an account may have too little.
pub const GRACE_MS: i64 = 60_000;
/// What the broker's own orders are labelled with; their references begin with it, too.
pub const LABEL: &str = "liquidation";

pub(crate) fn look(draft: &mut Draft, broker: &Broker, number: &str, given: &Given) {
    let Some(account) = draft.account(number).cloned() else { return };
    let at = given.now_ms;
    let since = broker.called_since(number);
    // What does not fit in figures is left alone: it cannot be judged.
    let excess = figures(&account, std::iter::empty(), given).and_then(|figures| figures.excess());
    let short = account.owes() && excess.is_some_and(|excess| excess < Decimal::ZERO);
    match since {
        None if short => draft.events.push(Event::MarginCalled { account: number.to_owned(), at }),
        Some(_) if !short => draft.events.push(Event::MarginMet { account: number.to_owned(), at }),
        Some(since) if at.saturating_sub(since) >= GRACE_MS => close(draft, broker, &account, given),
        Some(_) | None => {}
    }
}

fn close(draft: &mut Draft, broker: &Broker, account: &Account, given: &Given) {
    for mut state in draft.open_orders(&account.number) {
        draft.cancel(&mut state, Reason::MarginCall);
    }
    let Some((con_id, quantity)) = heaviest(account, given) else { return };
    let Some(perm_id) = broker.next_perm_id().and_then(|next| next.checked_add(draft.placed)) else { return };
    let order = Order {
        reference: format!("{LABEL} {perm_id}"),
        account: account.number.clone(),
        con_id,
        side: if quantity.is_sign_negative() { Side::Buy } else { Side::Sell },
        quantity: quantity.abs(),
        kind: Kind::Market,
        // What this step does not take is asked for again at the next, by what is held then.
        tif: Tif::Ioc,
        label: LABEL.to_owned(),
        outside_hours: false,
        parent: None,
        parked: false,
        group: None,
    };
    draft.placed = draft.placed.saturating_add(1);
    let at = given.now_ms;
    draft.events.push(Event::Accepted { order: order.clone(), perm_id, expires_at: None, at });
    draft.meet_quote(OrderState::placed(order, perm_id, None, at));
}

/// Of what trades now, the position that takes most to be kept.
fn heaviest(account: &Account, given: &Given) -> Option<(u32, Decimal)> {
    let weighed = account.positions.iter().filter_map(|(con_id, position)| {
        let instrument = by_id(*con_id)?;
        let trades = session(instrument, given.now_ms, given.hours) == Session::Regular
            && given.market.touch(instrument, given.now_ms).is_some();
        let weight = kept(value_of(account, instrument, position.quantity, given)?)?;
        (trades && !position.quantity.is_zero()).then_some((weight, *con_id, position.quantity))
    });
    weighed.max_by_key(|(weight, con_id, _)| (*weight, *con_id)).map(|(_, con_id, quantity)| (con_id, quantity))
}
