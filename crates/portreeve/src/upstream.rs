//! Upstream: the TWS that is stood in front of, which of its accounts is served, and when a live one opens.

use crate::serve::Failed;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::money::Currency;
use service::actor::CustomerActor;
use service::node::answer;
use service::{Clock, Node};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use venue::Venue;
use venue::tws::TwsVenue;

/// How often it is looked whether an owner is enrolled, and whether the venue has told of the account.
const LOOK: Duration = Duration::from_millis(250);
/// What was refused or not recorded once is not asked for at each look.
const AGAIN: Duration = Duration::from_secs(60);
/// For so many looks the start waits for what a paper account is kept in.
const LOOKS: u32 = 20;

/// An account as the venue has it.
#[derive(Clone, Debug)]
pub struct Served {
    pub number: String,
    pub live: bool,
    /// What it is kept in, where the venue has said it.
    pub base_currency: Option<Currency>,
}

/// A TWS, and the account of it that is served.
pub async fn connect(
    address: SocketAddr,
    account: Option<&str>,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<dyn Venue>, Vec<Served>), Failed> {
    let now = Arc::clone(&clock);
    let connected = TwsVenue::connect(address, account.map(str::to_owned), move || now.now()).await;
    let venue = connected.map_err(|error| Failed::Venue(error.to_string()))?;
    let numbers = account.map_or_else(|| venue.accounts(), |named| vec![named.to_owned()]);
    venue.serve(numbers.clone());
    let mut served = Vec::new();
    for number in numbers {
        let live = TwsVenue::is_live(&number);
        let base_currency = base_currency(venue.as_ref(), &number, clock.as_ref(), if live { 0 } else { LOOKS }).await;
        served.push(Served { number, live, base_currency });
    }
    Ok((venue, served))
}

async fn base_currency(venue: &dyn Venue, number: &str, clock: &dyn Clock, looks: u32) -> Option<Currency> {
    let known = || Currency::parse(&venue.account(number, clock.now())?.base_currency).ok();
    for _ in 0..looks {
        if let Some(known) = known() {
            return Some(known);
        }
        tokio::time::sleep(LOOK).await;
    }
    known()
}

/// A data directory belongs to the accounts it was made with: orders for others would be rejected one by one. Only
/// where a live account waits for its owner there is none yet.
pub fn belongs(node: &Node, served: &[Served]) -> Result<(), Failed> {
    let accounts = node.actors().into_iter().flat_map(|actor| actor.read(|state| state.customer.accounts.clone()));
    let own: Vec<String> = accounts.map(|account| account.number).collect();
    let has = |number: &String| served.iter().any(|one| one.number == *number);
    let waits = own.is_empty() && served.iter().any(|one| one.live);
    if served.is_empty() || waits || own.iter().any(has) {
        return Ok(());
    }
    let upstream: Vec<&str> = served.iter().map(|one| one.number.as_str()).collect();
    let (own, upstream) = (own.join(", "), upstream.join(", "));
    let why = format!("it has the accounts {upstream}, this data directory has {own}: start with another --data");
    Err(Failed::Venue(why))
}

/// The live account that is not open yet.
pub fn waiting(node: &Node, served: &[Served]) -> Option<Served> {
    let known = |number: &str| {
        let has = |actor: Arc<CustomerActor>| {
            actor.read(|state| state.customer.accounts.iter().any(|account| account.number == number))
        };
        node.actors().into_iter().any(has)
    };
    served.iter().find(|one| one.live && !known(&one.number)).cloned()
}

/// Real money waits for somebody who can sign for it. From then on nobody but an owner says what may trade.
pub async fn open_once_owned(node: Arc<Node>, account: Served) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(actor) = node.actors().into_iter().next() else { continue };
        if actor.read(|state| state.customer.people.owner().is_none()) {
            continue;
        }
        let Some(base_currency) = base_currency(node.venue(), &account.number, node.clock(), 0).await else { continue };
        let open = Command::OpenAccount { number: account.number.clone(), base_currency, live: true };
        match answer(actor.submit(Actor::House, open)).await {
            Ok(_) => {
                tracing::info!("the live account is open");
                return;
            }
            Err(no) => {
                tracing::error!(%no, "the live account could not be opened: it is tried again in a minute");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}
