//! Leverage: what an account may bear as it is stated, the figures it was judged by, and what a person is asked about.

use super::things::{account, amount, approval, charge, credential, digest, now, order, price, terms};
use kernel::account as accounts;
use kernel::actor::Actor;
use kernel::approval::{self, Approval};
use kernel::event::Event;
use kernel::given::{Figures, Market};
use kernel::leverage::Raised;
use kernel::limits::Limits;
use kernel::money::Leverage;
use kernel::order::{ClientRef, Kind};
use kernel::working::{self, Ask};

fn times(text: &str) -> Option<Leverage> {
    Leverage::parse(text).ok()
}

pub fn all() -> Vec<(Actor, Event)> {
    let limits = Limits {
        leverage: times("1.5"),
        margin_use_bps: Some(7_500),
        approve_leverage_above: times("1.00000001"),
        ..Limits::NONE
    };
    let stated = Event::Account(accounts::Event::LimitsSet { id: account(), limits });
    let told = |initial_margin| {
        let (net_liquidation, gross_position_value) = (amount("100000.25"), amount("0"));
        let at = now().minus_ms(1_250);
        Market {
            figures: Some(Figures { net_liquidation, gross_position_value, initial_margin, at }),
            ..Market::default()
        }
    };
    let client_ref = ClientRef { client_id: 7, order_id: 40 };
    let terms = terms(Kind::Limit { price: price("100.25") });
    let ask = Ask { id: order(40), credential: credential(), client_ref, terms };
    let (id, charge, market) = (approval(), charge(false), told(Some(amount("50000.125"))));
    let held = working::Event::Held { ask: ask.clone(), charge, approval: id, market };
    let (market, observed) = (told(None), None);
    let admitted = working::Event::Admitted { ask, charge, approval: Some(id), market, observed };
    let asked = Approval {
        order: order(40),
        request: digest("request"),
        nonce: digest("nonce"),
        requester: credential(),
        asked_at: now(),
        expires_at: now().plus_ms(approval::ORDER_LIFETIME_MS),
        asked_on: None,
        closes: false,
        missed: 0,
        top: false,
        raised: times("1.25").zip(times("1.00000001")).map(|(leverage, above)| Raised { leverage, above }),
        first: None,
    };
    let program = Actor::Credential(credential());
    vec![
        (Actor::House, stated),
        (program, Event::Approval(approval::Event::Requested { id, approval: asked })),
        (program, Event::Order(held)),
        (program, Event::Order(admitted)),
    ]
}
