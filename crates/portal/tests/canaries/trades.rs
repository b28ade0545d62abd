//! Trades: what there is to trade with in the house, and what came of it.

use super::stage::ACCOUNT;
use crate::house::{House, Owner, START};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::guard::Limits;
use kernel::id::CredentialId;
use kernel::money::{Amount, Currency, Price, Quantity};
use kernel::order::{self, ClientRef, Side, Terms, TimeInForce};
use service::credential::{Closed, Wanted, create};
use service::node::answer;
use venue::contract::ContractQuery;

/// With limits for the ticket that are wide enough; an account with a position, an order that rests and one that waits to be approved; one credential stands still.
pub async fn trades(house: &House, maya: &Owner) -> CredentialId {
    let usd = Currency::parse("USD").unwrap();
    let open = Command::OpenAccount { number: ACCOUNT.to_owned(), base_currency: usd, live: false };
    answer(maya.actor.submit(Actor::House, open)).await.unwrap();
    house.paper.open_account(ACCOUNT, "USD", 1_000_000.into(), START).await.unwrap();
    let amount = |text| Some(Amount::parse(text).unwrap());
    let limits = Limits {
        order_value: amount("100000"),
        day_value: amount("500000"),
        approve_above: amount("10000"),
        ..Limits::default()
    };
    let wanted = |name: &str| Wanted {
        name: name.to_owned(),
        scopes: Some(kernel::scope::Scopes::of(&kernel::scope::Scope::ALL)),
        accounts: vec![ACCOUNT.to_owned()],
        instruments: vec!["stock".to_owned()],
        limits,
        allow: vec!["market".to_owned()],
        ..Wanted::default()
    };
    let after: service::credential::AfterChange = Box::new(|_| Box::pin(async { Closed::new() }));
    let bot = create(&maya.actor, maya.by, &wanted("bot"), 1_000, &after).await.unwrap().id;
    let still = create(&maya.actor, maya.by, &wanted("still"), 1_000, &after).await.unwrap().id;
    for (number, quantity, kind) in [
        (1, "3", order::Kind::Market),
        (2, "1", order::Kind::Limit { price: Price::parse("150.00").unwrap() }),
        (3, "90", order::Kind::Market),
    ] {
        let terms = terms(house, maya, quantity, kind).await;
        let place = Command::Place { client_ref: ClientRef { client_id: 1, order_id: number }, terms };
        answer(maya.actor.submit(Actor::Credential(bot), place)).await.unwrap();
    }
    while maya.actor.read(|state| state.book.positions.is_empty()) {
        tokio::task::yield_now().await;
    }
    // It is stopped for it, and stands still anyway.
    insists(house, maya, still).await;
    let suspect = kernel::incident::Suspect::Credential(still);
    house.node.contain(&maya.actor, maya.by, suspect, kernel::incident::Why::Declared).await.unwrap();
    still
}

/// The same order again and again, refused each time: an alert waits for its answer.
async fn insists(house: &House, maya: &Owner, bot: CredentialId) {
    let terms = terms(house, maya, "100000", order::Kind::Market).await;
    for number in 4..16 {
        let place = Command::Place { client_ref: ClientRef { client_id: 1, order_id: number }, terms: terms.clone() };
        assert!(answer(maya.actor.submit(Actor::Credential(bot), place)).await.is_err());
    }
    house.node.look_at_the_clock();
    while maya.actor.read(|state| state.customer.alerts.is_empty()) {
        tokio::task::yield_now().await;
    }
}

async fn terms(house: &House, maya: &Owner, quantity: &str, kind: order::Kind) -> Terms {
    let query = ContractQuery { symbol: "AAPL".to_owned(), currency: "USD".to_owned(), ..ContractQuery::default() };
    let contract = house.node.venue().contracts(query, maya.actor.now()).await.remove(0);
    Terms {
        account: maya.actor.read(|state| state.customer.accounts[0].id),
        instrument: contract.instrument,
        side: Side::Buy,
        order_qty: Quantity::parse(quantity).unwrap(),
        kind,
        time_in_force: TimeInForce::Day,
        outside_hours: false,
        label: String::new(),
        ties: kernel::ties::Ties::default(),
    }
}
