//! First start: a customer, a paper account, a read-only and a trading demo credential.

use crate::upstream::Served;
use kernel::actor::Actor;
use kernel::api_credential::{Dormancy, MAX_LIFETIME_MS};
use kernel::command::{Command, NewCredential};
use kernel::guard::{Allowances, Limits};
use kernel::id::AccountId;
use kernel::instrument::{AssetClass, Selector};
use kernel::money::{Amount, Currency};
use kernel::people;
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;
use portal::Origin;
use service::actor::CustomerActor;
use service::node::answer;
use service::{No, Node};
use std::net::SocketAddr;
use std::sync::Arc;
use vault::token::Token;

pub const TRADING: &str = "demo";
pub const READING: &str = "demo-read";

/// Why the first start stopped half-way; the next one begins where it left off.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("the first start could not be recorded: {0}")]
    No(#[from] No),
    #[error("a built-in figure is malformed")]
    Figure,
}

fn amount(text: &str) -> Result<Amount, Failed> {
    Amount::parse(text).map_err(|_| Failed::Figure)
}

/// Makes what is missing; true when something was. `served` is the account where a venue has one already. Of a live one
/// nothing is made: it waits for its owner, and so does what may trade on it.
pub async fn set_up(node: &Arc<Node>, port: u16, uid: u32, served: Option<&Served>) -> Result<bool, Failed> {
    let actor = match node.actors().into_iter().next() {
        Some(actor) => actor,
        None => node.open_customer("demo").await?,
    };
    if served.is_some_and(|one| one.live) || actor.read(|state| state.customer.is_live()) {
        return Ok(false);
    }
    let mut fresh = false;
    if actor.read(|state| state.customer.accounts.is_empty()) {
        let number = served.map_or_else(|| own_number(&actor), |one| one.number.clone());
        let dollars = Currency::parse("USD").map_err(|_| Failed::Figure)?;
        let base_currency = served.and_then(|one| one.base_currency).unwrap_or(dollars);
        answer(actor.submit(Actor::House, Command::OpenAccount { number, base_currency, live: false })).await?;
        fresh = true;
    }
    let Some(account) = actor.read(|state| state.customer.accounts.first().map(|account| account.id)) else {
        return Ok(fresh);
    };
    for new in [trading(account, port, uid, actor.now())?, reading(account, port.saturating_add(1), uid)] {
        let known = actor.read(|state| state.customer.credentials.iter().any(|known| known.name == new.name));
        if !known {
            answer(actor.submit(Actor::House, Command::CreateCredential(new))).await?;
            fresh = true;
        }
    }
    Ok(fresh)
}

/// `DU` and seven digits of the customer's own id, so that no two data directories share one by chance.
fn own_number(actor: &CustomerActor) -> String {
    format!("DU{:07}", actor.id.bits() % 10_000_000)
}

fn trading(account: AccountId, port: u16, peer_uid: u32, now: Timestamp) -> Result<NewCredential, Failed> {
    Ok(NewCredential {
        name: TRADING.to_owned(),
        scopes: Scopes::of(&Scope::ALL),
        accounts: vec![account],
        instruments: vec![Selector::Class(AssetClass::Stock), Selector::Class(AssetClass::Etf)],
        port,
        peer_uid,
        secret: None,
        expires_at: Some(now.plus_ms(MAX_LIFETIME_MS - 60_000)),
        dormancy: Dormancy::default(),
        limits: Limits {
            order_value: Some(amount("25000")?),
            day_value: Some(amount("250000")?),
            approve_above: Some(amount("10000")?),
            ..Limits::default()
        },
        allowances: Allowances { market: true, ..Allowances::default() },
        cancel_on_disconnect: false,
        observe: false,
    })
}

fn reading(account: AccountId, port: u16, peer_uid: u32) -> NewCredential {
    NewCredential {
        name: READING.to_owned(),
        scopes: Scopes::read_only(),
        accounts: vec![account],
        instruments: Vec::new(),
        port,
        peer_uid,
        secret: None,
        expires_at: None,
        dormancy: Dormancy::default(),
        limits: Limits::default(),
        allowances: Allowances::default(),
        cancel_on_disconnect: false,
        observe: false,
    }
}

/// A one-time link for the first owner, where there is none yet.
pub async fn link(actor: &Arc<CustomerActor>, origin: &str) -> Result<Option<String>, Failed> {
    if actor.read(|state| state.customer.people.owner().is_some()) {
        return Ok(None);
    }
    let token = Token::random().map_err(|_| No::NotRecorded { why: "no randomness to be had".to_owned() })?;
    let offer = Command::People(people::Command::OfferEnrolment { sha256: token.sha256() });
    answer(actor.submit(Actor::House, offer)).await?;
    Ok(Some(format!("{origin}/enrol/{}", token.text().as_str())))
}

/// What a start says whose portal's port is taken.
pub fn no_portal(listens: SocketAddr, origin: &str) -> String {
    let port = listens.port();
    format!(
        "The portal is not open: {listens} cannot be listened on; another program may have\n\
         port {port} on this machine. Do not open {origin}:\n\
         it is not ours. Free the port, or choose another one with --portal ADDRESS:PORT,\n\
         and start again. Who has it: ss -ltnp 'sport = :{port}'"
    )
}

/// What a start says whose local CA cannot be used.
pub fn closed_portal(why: &str) -> String {
    format!(
        "The portal is not open: {why}.\n\
         Programs trade, and portreeve kill stops them. Put the file right, and start again."
    )
}

/// What is told of a CA that was made: what a person needs to install it, and to see that it is the right one.
pub fn local_ca(name: &str, certificate: &str, sha256: &str) -> String {
    let (front, back) = sha256.split_at_checked(sha256.len().div_ceil(2)).unwrap_or((sha256, ""));
    format!(
        "The portal's certificate is signed by a CA that was made here, good for {name}\n\
         alone. Install it in each browser and phone (again: portreeve portal ca):\n\n  \
         {certificate}\n  SHA-256 {front}\n          {back}\n"
    )
}

/// Passkeys do not move: whoever has them under the old name must be told where they work.
pub fn another_name(before: &str, now: &str) -> String {
    format!(
        "The owner enrolled at {before}: passkeys that were made there work there only, not at\n\
         {now}. To use them, take the portal's origin back in the configuration."
    )
}

/// What a first start says of it.
pub fn invitation(link: &str, origin: &Origin) -> String {
    let name = match origin.is_localhost() {
        true => String::new(),
        false => format!("Your passkey will belong to {}; that name must lead here.\n", origin.host()),
    };
    format!(
        "Become its owner: open this link in a browser on this machine. It works once,\n\
         for 30 minutes (another one: portreeve owner enrol).\n{name}\n  {link}\n"
    )
}

/// Whether what is printed goes into a log that others read, and stays there: started by systemd, with no terminal.
pub fn is_logged(terminal: bool, variable: impl Fn(&str) -> bool) -> bool {
    !terminal && (variable("JOURNAL_STREAM") || variable("INVOCATION_ID"))
}

/// What a first start says in the place of the link, where it would go into a log.
pub fn invitation_elsewhere() -> &'static str {
    "Become its owner: ask for the one-time link on this machine, as the user this runs as:\n\
     portreeve owner enrol. It is not printed here: this goes into a log.\n"
}

/// What to do next, in plain words.
pub fn welcome(account: &str, port: u16, data: &str, upstream: Option<SocketAddr>) -> String {
    let orders = match upstream {
        None => "It is play money: no broker is involved.".to_owned(),
        Some(address) => format!("Orders go to tws://{address}."),
    };
    let (trading, reading) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{}", port.saturating_add(1)));
    let width = trading.len().max(reading.len());
    format!(
        r#"Portreeve is at the gate. Everything is paper: account {account}.
{orders}

  {trading:width$}  trading demo: stocks and ETFs, an order up to 25,000 USD,
  {none:width$}  250,000 USD a day, above 10,000 USD a person must approve
  {reading:width$}  read-only demo

Trade through it from Python (pip install ib_async):

  from ib_async import IB, Stock, MarketOrder
  ib = IB()
  ib.connect("127.0.0.1", {port}, clientId=1)
  contract = Stock("AAPL", "SMART", "USD")
  ib.qualifyContracts(contract)
  trade = ib.placeOrder(contract, MarketOrder("BUY", 10))
  while not trade.isDone():
      ib.waitOnUpdate()
  print(trade.orderStatus.status, trade.orderStatus.avgFillPrice)

Approve an order that is held:    portreeve approval list
                                  portreeve approval grant ID
Stop everything it can still do:  portreeve kill --credential demo
See what happened:                portreeve journal tail

Data: {data}
Stop: Ctrl-C
"#,
        none = "",
    )
}

/// What a start says while a live account waits for its owner.
pub fn live_waits(account: &str, data: &str, upstream: SocketAddr) -> String {
    format!(
        "Portreeve is at the gate of {account}, a LIVE account: real money.\n\
         Orders go to tws://{upstream}. Nothing may trade yet.\n\n\
         1. Become its owner, by the link below. The account opens once you are.\n\
         2. Pair your phone, or enrol another device. What widens on a live account is asked\n   \
            for on one device and signed on another, which has been trusted for a day.\n\
         3. Create API credentials in the portal. None is made by itself.\n\n\
         Stop everything it can still do:  portreeve kill --customer\n\n\
         Data: {data}\n\
         Stop: Ctrl-C\n"
    )
}

/// What a start says of a credential whose port it could not have.
pub fn unreached(name: &str, port: u16, why: &str) -> String {
    format!(
        "The credential {name} cannot be reached: 127.0.0.1:{port} cannot be listened on ({why}).\n\
         It is tried again, at least once a minute. Who has the port: ss -ltnp 'sport = :{port}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_for_a_terminal_or_whoever_has_asked_and_not_for_a_log() {
        let set = |names: &'static [&'static str]| move |name: &str| names.contains(&name);
        assert!(is_logged(false, set(&["JOURNAL_STREAM"])) && is_logged(false, set(&["INVOCATION_ID"])));
        assert!(!is_logged(false, set(&[])), "a test or a script reads it from a pipe");
        assert!(!is_logged(true, set(&["JOURNAL_STREAM", "INVOCATION_ID"])), "somebody looks");
        assert!(
            !invitation_elsewhere().contains("/enrol/") && invitation_elsewhere().contains("portreeve owner enrol")
        );
        assert!(invitation_elsewhere().lines().all(|line| line.chars().count() <= 100));
    }

    #[test]
    fn what_is_said_of_a_live_account_fits_a_terminal() {
        let text = live_waits("U1234567890123", "/data", SocketAddr::from(([127, 0, 0, 1], 7_496)));
        assert!(text.lines().all(|line| line.chars().count() <= 90), "{text}");
        assert!(text.contains("real money") && !text.contains("paper"), "{text}");
    }

    #[test]
    fn the_welcome_fits_a_terminal_and_stands_in_columns_whatever_the_ports() {
        let venue = SocketAddr::from(([127, 0, 0, 1], 45_678));
        for (port, upstream) in [(4_100, None), (9_999, None), (45_678, Some(venue)), (65_535, None)] {
            let text = welcome("DU12345678901234", port, "/data", upstream);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            let column = |word: &str| text.lines().find_map(|line| line.find(word));
            assert!(column("trading demo:").is_some(), "{text}");
            assert_eq!(column("trading demo:"), column("250,000 USD a day"), "{text}");
            assert_eq!(column("trading demo:"), column("read-only demo"), "{text}");
        }
    }
}
