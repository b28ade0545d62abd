//! Ask: an order as a program of the world sends it, and each way in which it is another one.

use super::{apple, price, quantity};
use kernel::id::{AccountId, CredentialId};
use kernel::instrument::Instrument;
use kernel::money::Percent;
use kernel::order::{Kind, Side, Terms, TimeInForce, Trail};

/// An order as a program sends it; without a number it takes the next one.
#[derive(Clone, Debug)]
pub struct Ask {
    pub terms: Terms,
    pub client_id: i32,
    pub number: Option<i32>,
    pub by: Option<CredentialId>,
}

fn ask(side: Side, qty: &str, kind: Kind) -> Ask {
    let terms = Terms {
        account: AccountId::new(0, 0),
        instrument: apple(),
        side,
        order_qty: quantity(qty),
        kind,
        time_in_force: TimeInForce::Day,
        outside_hours: false,
        label: String::new(),
        ties: kernel::ties::Ties::default(),
    };
    Ask { terms, client_id: 0, number: None, by: None }
}
fn trail(far: &str) -> Trail {
    match far.strip_suffix('%') {
        Some(percent) => Trail::Percent(Percent::parse(percent).unwrap()),
        None => Trail::Amount(price(far)),
    }
}
pub fn buy(qty: &str, limit: &str) -> Ask {
    ask(Side::Buy, qty, Kind::Limit { price: price(limit) })
}
pub fn sell(qty: &str, limit: &str) -> Ask {
    ask(Side::Sell, qty, Kind::Limit { price: price(limit) })
}

impl Ask {
    pub fn kind(mut self, kind: Kind) -> Self {
        self.terms.kind = kind;
        self
    }
    pub fn market(self) -> Self {
        self.kind(Kind::Market)
    }
    pub fn stop(self, stop: &str) -> Self {
        self.kind(Kind::Stop { stop_px: price(stop) })
    }
    pub fn stop_limit(self, stop: &str, limit: &str) -> Self {
        self.kind(Kind::StopLimit { stop_px: price(stop), price: price(limit) })
    }
    /// So far behind the market; `10%` is a share of it.
    pub fn trail(self, far: &str) -> Self {
        self.kind(Kind::TrailingStop { trail: trail(far), stop_px: None })
    }
    pub fn trail_limit(self, far: &str, offset: &str) -> Self {
        self.kind(Kind::TrailingStopLimit { trail: trail(far), stop_px: None, offset: price(offset) })
    }
    /// Where a trailing stop is to stand first.
    pub fn first(mut self, stop: &str) -> Self {
        if let Kind::TrailingStop { stop_px, .. } | Kind::TrailingStopLimit { stop_px, .. } = &mut self.terms.kind {
            *stop_px = Some(price(stop));
        }
        self
    }
    pub fn at_close(mut self) -> Self {
        self.terms.time_in_force = TimeInForce::AtTheClose;
        self
    }
    pub fn of(mut self, instrument: Instrument) -> Self {
        self.terms.instrument = instrument;
        self
    }
    pub fn by(mut self, credential: CredentialId) -> Self {
        self.by = Some(credential);
        self
    }
    pub fn on(mut self, account: AccountId) -> Self {
        self.terms.account = account;
        self
    }
    pub fn client(mut self, client_id: i32) -> Self {
        self.client_id = client_id;
        self
    }
    pub fn number(mut self, number: i32) -> Self {
        self.number = Some(number);
        self
    }
    pub fn outside_hours(mut self) -> Self {
        self.terms.outside_hours = true;
        self
    }
}
