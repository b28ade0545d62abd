//! Orders of programs by number: what a message means for the broker, and which number is whose.

use crate::orders;
use crate::refuse::reason;
use kernel::id::AccountId;
use kernel::instrument::Instrument;
use kernel::reason::{Category, Reason};
use kernel::ties::Ties;
use tws::PlaceOrder;
use venue::paper::{self, Broker, Command, OrderState};

/// The order's name at the broker: the program's number and its number for the order.
pub(super) fn reference(client_id: i32, order_id: i32) -> String {
    format!("{client_id}:{order_id}")
}

/// Whose order it is. Orders that came on another way have no such name.
pub(super) fn numbers(reference: &str) -> Option<(i32, i32)> {
    let (client_id, order_id) = reference.split_once(':')?;
    Some((client_id.parse().ok()?, order_id.parse().ok()?))
}

/// One above the highest number that this client id has used.
pub(super) fn next_number(broker: &Broker, client_id: i32) -> i32 {
    let all = broker.open_orders().chain(broker.ended_orders());
    let own = all.filter_map(|state| numbers(&state.order.reference)).filter(|(client, _)| *client == client_id);
    own.map(|(_, number)| number).max().unwrap_or(0).saturating_add(1)
}

/// What a message that places or changes an order comes to.
#[derive(Debug)]
pub(super) enum Meant {
    Do(Command),
    /// The number belongs to an order that has ended.
    Used,
    NoContract,
    /// Not understood, and no order by this number is open.
    Declined(Reason),
    /// Not understood: the open order stays what it is.
    Unchanged(Box<OrderState>, Reason),
}

pub(super) fn meant(
    broker: &Broker,
    account: &str,
    client_id: i32,
    place: &PlaceOrder,
    instrument: Option<Instrument>,
) -> Meant {
    let reference = reference(client_id, place.order_id);
    let known = broker.order(&reference);
    if known.is_some_and(|known| !known.is_open()) {
        return Meant::Used;
    }
    let no = |why| match known {
        Some(known) => Meant::Unchanged(Box::new(known.clone()), why),
        None => Meant::Declined(why),
    };
    if !place.order.account.is_empty() && place.order.account != account {
        return no(reason(Category::Entitlement, "account_not_allowed", &[]));
    }
    let Some(instrument) = instrument else { return Meant::NoContract };
    // This broker knows accounts by their numbers; the identifier in the terms is not read again.
    let terms = match orders::terms(place, AccountId::new(0, 0), instrument) {
        Ok(terms) => terms,
        Err(why) => return no(why),
    };
    match paper::order(reference.clone(), account, &terms).map(|order| bound(order, client_id, &terms.ties)) {
        Some(order) if known.is_some() => Meant::Do(Command::Replace { reference, order }),
        Some(order) => Meant::Do(Command::Submit(order)),
        None => Meant::NoContract,
    }
}

/// To others of its program. The children of one order are a group by themselves.
fn bound(order: paper::Order, client_id: i32, ties: &Ties) -> paper::Order {
    let parent = ties.parent.map(|parent| reference(client_id, parent));
    let named = ties.group.as_ref();
    let named = named.map(|group| paper::Group { name: group.name.clone(), cancels: paper::cancels(group.fills) });
    let group = parent.clone().map(|name| paper::Group { name, cancels: false }).or(named);
    paper::Order { parent, parked: ties.parked, group, ..order }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_numbers_back() {
        assert_eq!(numbers(&reference(7, 42)), Some((7, 42)));
        assert_eq!(numbers(&reference(-1, i32::MAX)), Some((-1, i32::MAX)));
        assert_eq!(numbers("ord_00000000000000000000000000"), None);
        assert_eq!(numbers("7:"), None);
    }
}
