//! Derived: orders for a future and for an option, and who may trade and write them.

use super::things::{account, charge, credential, currency, order, price, quantity, terms};
use kernel::account as accounts;
use kernel::actor::Actor;
use kernel::allowances::Allowances;
use kernel::api_credential as credentials;
use kernel::event::Event;
use kernel::given::Market;
use kernel::instrument::{AssetClass, Derivative, Instrument, Right, Selector, Struck};
use kernel::order::{ClientRef, Kind, Side, Terms};
use kernel::working::{self, Ask};

fn instrument(class: AssetClass, option: Option<Struck>) -> Instrument {
    let multiplier = quantity(if option.is_some() { "100" } else { "50" });
    let derivative = Some(Derivative { multiplier, expiry: 20_261_218, option });
    Instrument { contract_id: 9_301_116, symbol: "SPY".to_owned(), class, currency: currency("USD"), derivative }
}

pub fn all() -> Vec<(Actor, Event)> {
    let struck = |right| Some(Struck { right, strike: price("587.5") });
    let each = [
        (1, instrument(AssetClass::Future, None)),
        (2, instrument(AssetClass::Option, struck(Right::Call))),
        (3, instrument(AssetClass::Option, struck(Right::Put))),
    ];
    let admitted = each.map(|(number, instrument)| {
        let terms = Terms { instrument, side: Side::Buy, ..terms(Kind::Limit { price: price("12.25") }) };
        let client_ref = ClientRef { client_id: 7, order_id: 900 + number };
        let ask = Ask { id: order(number), credential: credential(), client_ref, terms };
        let (charge, market) = (charge(false), Market::default());
        let event = working::Event::Admitted { ask, charge, approval: None, market, observed: None };
        (Actor::Credential(credential()), Event::Order(event))
    });
    let restricted = vec![Selector::Class(AssetClass::Future), Selector::Class(AssetClass::Option)];
    let listed = Event::Account(accounts::Event::RestrictedSet { id: account(), restricted });
    let allowances = Allowances { option_writing: true, ..Allowances::NONE };
    let writes = kernel::api_credential::ApiCredential { allowances, ..super::things::bare_credential() };
    let created = Event::Credential(credentials::Event::Created(writes));
    admitted.into_iter().chain([(Actor::House, listed), (Actor::House, created)]).collect()
}
