//! Preview: what the bare broker says of an order that is only asked about. Nothing is placed by it.

use super::asking::Asking;
use crate::orders;
use crate::refuse::{REJECTED, error};
use crate::what_if;
use kernel::id::AccountId;
use kernel::instrument::Instrument;
use kernel::order::ClientRef;
use tws::{PlaceOrder, Response};
use venue::Venue;

impl Asking {
    pub(super) async fn what_if(&self, place: &PlaceOrder, instrument: Option<Instrument>) -> Vec<Response> {
        let no = |why: String| vec![error(place.order_id, REJECTED, format!("Order rejected - reason: {why}"))];
        let Some(instrument) = instrument else { return vec![super::asking::no_contract(place.order_id)] };
        // This broker knows accounts by their numbers; the identifier in the terms is not read.
        let terms = match orders::asked(place, AccountId::new(0, 0), instrument.clone()) {
            Ok(terms) => terms,
            Err(why) => return no(super::asking::words(&why)),
        };
        let client_ref = ClientRef { client_id: self.client_id, order_id: place.order_id };
        match self.bare.broker.what_if(self.bare.account.clone(), terms, self.now()).await {
            Ok(model) => vec![what_if::told(place, client_ref, &instrument, model, false)],
            Err(why) => no(why.to_string()),
        }
    }
}
