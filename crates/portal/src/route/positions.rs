//! `/positions`: what each account holds and is worth, as the venue says.

use crate::page::Nav;
use crate::page::positions::{self, Account, Position, View};
use crate::person::Person;
use crate::route::framed;
use crate::world::Shared;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kernel::account::{self, Environment};
use kernel::book;
use kernel::id::AccountId;
use rust_decimal::Decimal;
use service::actor::CustomerActor;
use service::words::figures::money;
use service::words::names::credential_name;
use std::collections::BTreeMap;
use venue::contract::{AccountView, PositionView};

/// By contract: what it is called, and whose parts there are.
type Known = BTreeMap<i64, Held>;

struct Held {
    instrument: Option<String>,
    net: String,
    parts: String,
}

pub async fn page(State(world): State<Shared>, person: Person) -> Response {
    let view = View { accounts: held(&world, &person) };
    let frame = framed::inside(&world, &person, Nav::Positions, "Positions", Vec::new()).await;
    positions::positions(&frame, &view).into_response()
}

/// What each account holds now.
pub fn held(world: &Shared, person: &Person) -> Vec<Account> {
    let now = person.actor.now();
    let accounts = person.actor.read(|state| state.customer.accounts.clone());
    let all = accounts.iter().map(|one| {
        let seen = world.node.venue().account(&one.number, now);
        of(one, &known(&person.actor, one.id), seen)
    });
    all.collect()
}

fn known(actor: &CustomerActor, account: AccountId) -> Known {
    actor.read(|state| {
        let own = state.book.positions.iter().filter(|((of, _), _)| *of == account);
        let part = |position: &book::Position| {
            let each = position.parts.iter();
            let told = each.map(|(id, part)| format!("{} {}", credential_name(state, *id), money(&part.to_string())));
            told.collect::<Vec<_>>().join(", ")
        };
        own.map(|((_, contract), position)| {
            let instrument = position.instrument.as_ref().map(|one| format!("{}/{}", one.name(), one.currency));
            (*contract, Held { instrument, net: money(&position.net.to_string()), parts: part(position) })
        })
        .collect()
    })
}

fn of(account: &account::Account, known: &Known, seen: Option<AccountView>) -> Account {
    let environment = match account.environment {
        Environment::Paper => "paper",
        Environment::Live => "live",
    };
    let base = account.base_currency;
    let blank = || Account {
        id: account.number.clone(),
        number: account.number.clone(),
        about: format!("{environment}, {base}"),
        net_value: "unknown".to_owned(),
        figures: Vec::new(),
        positions: known.iter().map(|(contract, held)| by_book(*contract, held)).collect(),
    };
    let Some(seen) = seen else {
        let about = format!("{environment}, {base}; the venue does not tell of it now");
        return Account { about, ..blank() };
    };
    let figure = |name: &str, value: Decimal| (name.to_owned(), format!("{} {base}", cents(value)));
    let mut figures = vec![figure("Cash", seen.total_cash), figure("Buying power", seen.buying_power)];
    figures.extend(seen.daily_pnl.map(|today| figure("Profit today", today)));
    figures.push(figure("Unrealised profit", seen.unrealized_pnl));
    if seen.cash.len() > 1 {
        figures.extend(seen.cash.iter().map(|(currency, sum)| (format!("of it {currency}"), cents(*sum))));
    }
    let held = seen.positions.iter().filter(|one| !one.quantity.is_zero());
    Account {
        net_value: format!("{} {base}", cents(seen.net_liquidation)),
        figures,
        positions: held.map(|one| by_venue(one, known)).collect(),
        ..blank()
    }
}

fn by_venue(one: &PositionView, known: &Known) -> Position {
    let held = known.get(&one.contract_id);
    Position {
        instrument: named(one.contract_id, held),
        name: String::new(),
        quantity: money(&one.quantity.normalize().to_string()),
        average: price(one.average_cost),
        price: price(one.market_price),
        value: cents(one.market_value),
        profit: signed(one.unrealized_pnl),
        opened_by: held.map(|held| held.parts.clone()).unwrap_or_default(),
        contract: one.contract_id,
    }
}

/// Where the venue says nothing, what our own record holds; without a price there is no value.
fn by_book(contract: i64, held: &Held) -> Position {
    let unknown = || "unknown".to_owned();
    Position {
        instrument: named(contract, Some(held)),
        name: String::new(),
        quantity: held.net.clone(),
        average: unknown(),
        price: unknown(),
        value: unknown(),
        profit: unknown(),
        opened_by: held.parts.clone(),
        contract,
    }
}

fn named(contract: i64, held: Option<&Held>) -> String {
    held.and_then(|held| held.instrument.clone()).unwrap_or_else(|| format!("#{contract}"))
}

pub fn cents(value: Decimal) -> String {
    money(&format!("{:.2}", value.round_dp(2).normalize()))
}

/// At least cents, at most what a currency pair is quoted in.
pub fn price(value: Decimal) -> String {
    let plain = value.round_dp(5).normalize();
    if plain.scale() < 2 { money(&format!("{plain:.2}")) } else { money(&plain.to_string()) }
}

fn signed(value: Decimal) -> String {
    let told = cents(value);
    if value.round_dp(2) > Decimal::ZERO { format!("+{told}") } else { told }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_cents_and_a_profit_its_sign() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(cents(number("1234567.891")), "1,234,567.89");
        assert_eq!(cents(number("5")), "5.00");
        assert_eq!(price(number("227.4")), "227.40");
        assert_eq!(price(number("1.084375")), "1.08438");
        assert_eq!(price(number("100")), "100.00");
        assert_eq!(signed(number("12.3")), "+12.30");
        assert_eq!(signed(number("-1204")), "-1,204.00");
    }
}
