//! Steps: the questions in their order, and what of the answers may be shown to anybody.

use super::peer::Peer;
use super::{Outcome, Step};
use service::{Clock, SystemClock};
use tws::history::HistoryQuery;
use tws::{Contract, ExecutionFilter, Order, PlaceOrder, Request, Response};
use venue::tws::rejects;

pub(super) const EVERY: [&str; 16] = [
    "connect",
    "accounts",
    "time",
    "contract",
    "quote",
    "bars",
    "account values",
    "positions",
    "what-if",
    "place",
    "change",
    "cancel",
    "open orders",
    "executions",
    "completed orders",
    "latency",
];
/// Our own word, on the order that is placed and cancelled.
const REFERENCE: &str = "portreeve-check";
/// So far below the bid, in hundredths, that it rests.
const AWAY: u64 = 95;

type Told = Result<(String, u64), String>;

fn note(steps: &mut Vec<Step>, step: &'static str, told: Told) -> bool {
    let (outcome, said, ms) = match told {
        Ok((said, ms)) => (Outcome::Ok, said, Some(ms)),
        Err(said) => (Outcome::Failed, said, None),
    };
    steps.push(Step { step, outcome, said, ms });
    outcome == Outcome::Ok
}

fn skip(steps: &mut Vec<Step>, names: &[&'static str], why: &str) {
    steps.extend(names.iter().map(|step| Step { step, outcome: Outcome::NotTried, said: why.to_owned(), ms: None }));
}

pub(super) fn all(peer: &mut Peer, symbol: &str, steps: &mut Vec<Step>) {
    let ms = u64::try_from(peer.connected_in.as_millis()).unwrap_or(u64::MAX);
    note(steps, "connect", Ok((format!("server version {}", peer.version.get()), ms)));
    let live = peer.accounts.iter().filter(|account| !account.starts_with("DU")).count();
    let kind = if live == 0 { "paper" } else { "live" };
    note(steps, "accounts", Ok((format!("{} ({kind})", peer.accounts.len()), ms)));
    note(steps, "time", time(peer));
    let contract = contract(peer, symbol);
    let found = contract.as_ref().ok().map(|(contract, _)| contract.clone());
    note(steps, "contract", contract.map(|(_, ms)| (format!("one contract of {symbol}"), ms)));
    let bid = found.as_ref().map(|contract| quote(peer, contract));
    let priced = match bid {
        Some(told) => {
            let priced = told.as_ref().ok().map(|(bid, _)| bid.clone());
            note(steps, "quote", told.map(|(_, ms)| ("a bid is told".to_owned(), ms)));
            priced
        }
        None => None,
    };
    match &found {
        Some(contract) => {
            note(steps, "bars", bars(peer, contract));
        }
        None => skip(steps, &["bars"], "without a contract there is nothing to ask about"),
    }
    note(steps, "account values", values(peer));
    note(steps, "positions", positions(peer));
    if live > 0 {
        skip(steps, &["what-if", "place", "change", "cancel"], "a live login: this check places orders on paper only");
    } else if let (Some(contract), Some(bid)) = (found, priced) {
        trade(peer, &contract, &bid, steps);
    } else {
        let why = "without a contract and a bid no price is far away";
        skip(steps, &["what-if", "place", "change", "cancel"], why);
    }
    note(steps, "open orders", listed(peer, &Request::ReqOpenOrders, |told| matches!(told, Response::OpenOrderEnd)));
    let request_id = peer.request_id();
    let executions = Request::ReqExecutions { request_id, filter: ExecutionFilter::default() };
    note(steps, "executions", listed(peer, &executions, |told| matches!(told, Response::ExecutionDetailsEnd { .. })));
    let completed = Request::ReqCompletedOrders { api_only: false };
    note(steps, "completed orders", listed(peer, &completed, |told| matches!(told, Response::CompletedOrdersEnd)));
    let slowest = steps.iter().filter_map(|step| step.ms.map(|ms| (ms, step.step))).max();
    let (ms, step) = slowest.unwrap_or_default();
    note(steps, "latency", Ok((format!("the slowest answer was that of {step:?}"), ms)));
}

fn time(peer: &mut Peer) -> Told {
    peer.ask(&Request::ReqCurrentTime)?;
    let (theirs, ms) = peer.until(|told| match told {
        Response::CurrentTime { epoch_seconds } => Some(*epoch_seconds),
        _ => None,
    })?;
    let ahead = theirs.saturating_sub(SystemClock.now().0.div_euclid(1_000));
    let said = format!("{ahead} s ahead of this machine's clock");
    if ahead.saturating_abs() > 5 { Err(said) } else { Ok((said, ms)) }
}

fn refusal(code: i32) -> String {
    format!("it says no, with code {code}")
}

fn contract(peer: &mut Peer, symbol: &str) -> Result<(Contract, u64), String> {
    let request_id = peer.request_id();
    let text = str::to_owned;
    let contract = Contract {
        symbol: text(symbol),
        sec_type: text("STK"),
        exchange: text("SMART"),
        currency: text("USD"),
        ..Contract::default()
    };
    peer.ask(&Request::ReqContractDetails { request_id, contract })?;
    let (found, ms) = peer.until(|told| match told {
        Response::ContractDetails(details) if details.request_id == request_id => Some(Ok(details.contract.clone())),
        Response::Error { request_id: id, code, .. } if *id == request_id => Some(Err(refusal(*code))),
        _ => None,
    })?;
    Ok((Contract { exchange: text("SMART"), ..found? }, ms))
}

/// The bid, as it was told: it goes into an order and into no report.
fn quote(peer: &mut Peer, contract: &Contract) -> Result<(String, u64), String> {
    let request_id = peer.request_id();
    let (contract, generic_ticks) = (contract.clone(), String::new());
    let (snapshot, regulatory_snapshot) = (true, false);
    peer.ask(&Request::ReqMarketData { request_id, contract, generic_ticks, snapshot, regulatory_snapshot })?;
    let (bid, ms) = peer.until(|told| match told {
        Response::TickPrice { request_id: id, tick_type: 1, price, .. } if *id == request_id => {
            Some(Ok(price.to_string()))
        }
        // The last two are remarks on delayed data, which is told under other types.
        Response::Error { request_id: id, code, .. } if *id == request_id && ![10_167, 2_119].contains(code) => {
            Some(Err(refusal(*code)))
        }
        Response::TickSnapshotEnd { request_id: id } if *id == request_id => Some(Err("no bid is told".to_owned())),
        _ => None,
    })?;
    Ok((bid?, ms))
}

fn values(peer: &mut Peer) -> Told {
    let account = peer.accounts.first().cloned().unwrap_or_default();
    peer.ask(&Request::ReqAccountUpdates { subscribe: true, account: account.clone() })?;
    let (_, ms) = peer.until(|told| matches!(told, Response::AccountDownloadEnd { .. }).then_some(()))?;
    peer.ask(&Request::ReqAccountUpdates { subscribe: false, account })?;
    Ok(("told to the end".to_owned(), ms))
}

fn positions(peer: &mut Peer) -> Told {
    peer.ask(&Request::ReqPositions)?;
    let (_, ms) = peer.until(|told| matches!(told, Response::PositionEnd).then_some(()))?;
    peer.ask(&Request::CancelPositions)?;
    Ok(("told to the end".to_owned(), ms))
}

/// How much is listed is the account's own matter.
fn listed(peer: &mut Peer, question: &Request, ends: impl Fn(&Response) -> bool) -> Told {
    peer.ask(question)?;
    let (_, ms) = peer.until(|told| ends(told).then_some(()))?;
    Ok(("told to the end".to_owned(), ms))
}

/// In cents, some way below what is bid now.
fn below(bid: &str, hundredths: u64) -> Option<u64> {
    let (whole, rest) = bid.split_once('.').unwrap_or((bid, ""));
    let cents: String = rest.chars().chain("00".chars()).take(2).collect();
    let all = whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(cents.parse().ok()?)?;
    all.checked_mul(hundredths).map(|all| all / 100).filter(|cents| *cents > 0)
}

/// A question first: a venue that makes an order of it is given none.
fn trade(peer: &mut Peer, contract: &Contract, bid: &str, steps: &mut Vec<Step>) {
    let Some((cents, changed)) = below(bid, AWAY).zip(below(bid, AWAY - 1)) else {
        note(steps, "what-if", Err("the bid is no price".to_owned()));
        return skip(steps, &["place", "change", "cancel"], "nothing was placed");
    };
    let asked = what_if(peer, contract, cents);
    if note(steps, "what-if", asked) {
        orders(peer, contract, (cents, changed), steps);
    } else {
        skip(steps, &["place", "change", "cancel"], "the preview before them was not answered as one");
    }
}

pub(super) fn orders(peer: &mut Peer, contract: &Contract, (cents, changed): (u64, u64), steps: &mut Vec<Step>) {
    let number = peer.order_number();
    let placed = place(peer, number, contract, (cents, false)).and_then(|_| rests(peer, number));
    if note(steps, "place", placed) {
        let told = place(peer, number, contract, (changed, false));
        note(steps, "change", told.and_then(|asked| changed_order(peer, number, &asked)));
    } else {
        skip(steps, &["change"], "the order is not seen to rest");
    }
    // Whatever was said of it: once it was written it may rest there.
    note(steps, "cancel", cancel(peer, number));
}

/// Answered as a preview, with a margin; whatever else comes of it, an order may have been made of it.
fn what_if(peer: &mut Peer, contract: &Contract, cents: u64) -> Told {
    let number = peer.order_number();
    let asked = place(peer, number, contract, (cents, true));
    let told = asked.and_then(|_| {
        peer.until(|told| match told {
            Response::OpenOrder(told) if told.order_id == number && !told.order.what_if => Some(Ok(false)),
            Response::OpenOrder(told) if told.order_id == number => told.state.init_margin_after.map(|_| Ok(true)),
            other => no_to(other, number).map(Err),
        })
    });
    let why = match told {
        Ok((Ok(true), ms)) => return Ok(("a margin is told".to_owned(), ms)),
        Ok((Ok(false), _)) => "an order was made of it".to_owned(),
        Ok((Err(why), _)) | Err(why) => why,
    };
    let (gone, _) = cancel(peer, number).map_err(|unconfirmed| format!("{why}; {unconfirmed}"))?;
    Err(format!("{why}; cancelled: {gone}"))
}

/// How many there are depends on the day; that they are told and lie in order does not.
fn bars(peer: &mut Peer, contract: &Contract) -> Told {
    let request_id = peer.request_id();
    let text = str::to_owned;
    peer.ask(&Request::ReqHistoricalData(Box::new(HistoryQuery {
        request_id,
        contract: contract.clone(),
        bar_size: text("1 day"),
        duration: text("1 W"),
        regular_hours: true,
        show: text("TRADES"),
        format: 2,
        ..HistoryQuery::default()
    })))?;
    let (bars, ms) = peer.until(|told| match told {
        Response::HistoricalData { request_id: id, bars, .. } if *id == request_id => Some(Ok(bars.clone())),
        Response::Error { request_id: id, code, .. } if *id == request_id && !(2_100..2_200).contains(code) => {
            Some(Err(refusal(*code)))
        }
        _ => None,
    })?;
    let bars = bars?;
    let in_order = bars.is_sorted_by(|one, next| one.date < next.date);
    let days = in_order && bars.iter().all(|bar| bar.date.len() == 8 && bar.low <= bar.high);
    if days && !bars.is_empty() {
        Ok(("days of a week are told".to_owned(), ms))
    } else {
        Err("they are no days".to_owned())
    }
}

/// The order as it was asked for, at so many cents, or what it would do.
fn place(peer: &mut Peer, number: i32, contract: &Contract, (cents, what_if): (u64, bool)) -> Result<Order, String> {
    let limit = format!("{}.{:02}", cents / 100, cents % 100);
    let order = Order {
        action: "BUY".to_owned(),
        total_quantity: "1".parse().ok(),
        order_type: "LMT".to_owned(),
        lmt_price: limit.parse().ok(),
        tif: "DAY".to_owned(),
        account: peer.accounts.first().cloned().unwrap_or_default(),
        order_ref: REFERENCE.to_owned(),
        what_if,
        ..Order::default()
    };
    let (contract, asked) = (contract.clone(), order.clone());
    let place = PlaceOrder { order_id: number, contract, order, extras: Vec::new() };
    peer.ask(&Request::PlaceOrder(Box::new(place))).map(|()| asked)
}

/// Other codes are remarks, and end nothing.
fn no_to(told: &Response, number: i32) -> Option<String> {
    match told {
        Response::Error { request_id, code, .. } if *request_id == number && rejects(*code) => Some(refusal(*code)),
        _ => None,
    }
}

fn rests(peer: &mut Peer, number: i32) -> Told {
    let (word, ms) = peer.until(|told| match told {
        Response::OrderStatus(status) if status.order_id == number => match status.status.as_str() {
            "Submitted" => Some(Ok("Submitted")),
            "PreSubmitted" => Some(Ok("PreSubmitted")),
            "Filled" => Some(Err("it was filled, far below the bid".to_owned())),
            "Cancelled" | "ApiCancelled" => Some(Err("it was cancelled by somebody else".to_owned())),
            _ => None,
        },
        other => no_to(other, number).map(Err),
    })?;
    Ok((word?.to_owned(), ms))
}

/// What is told of the order before its change is no answer.
fn changed_order(peer: &mut Peer, number: i32, asked: &Order) -> Told {
    let (changed, ms) = peer.until(|told| match told {
        Response::OpenOrder(order) if order.order_id == number && order.order.lmt_price == asked.lmt_price => {
            Some(Ok(()))
        }
        other => no_to(other, number).map(Err),
    })?;
    changed?;
    Ok(("its new terms are told".to_owned(), ms))
}

fn cancel(peer: &mut Peer, number: i32) -> Told {
    let unconfirmed = |why: String| {
        format!("{why}: that it is gone was not confirmed; look in TWS for an order of one share, and cancel it there")
    };
    let asked = peer.ask(&Request::CancelOrder { order_id: number, manual_time: String::new() });
    let told = asked.and_then(|()| {
        peer.until(|told| match told {
            Response::OrderStatus(status) if status.order_id == number => match status.status.as_str() {
                "Cancelled" | "ApiCancelled" => Some(Ok("Cancelled")),
                "Filled" => Some(Err("it was filled".to_owned())),
                _ => None,
            },
            Response::Error { request_id, code, .. } if *request_id == number => match code {
                202 => Some(Ok("Cancelled")),
                // It knows no such order, or none that works any more.
                135 | 10_147 => Some(Ok("nothing rests there")),
                161 | 10_148 => Some(Err(refusal(*code))),
                _ => None,
            },
            _ => None,
        })
    });
    match told {
        Ok((Ok(word), ms)) => Ok((word.to_owned(), ms)),
        Ok((Err(why), _)) | Err(why) => Err(unconfirmed(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_below_the_bid_is_a_whole_number_of_cents() {
        assert_eq!(below("230.05", 95), Some(21_854));
        assert_eq!(below("230", 95), Some(21_850));
        assert_eq!(below("0.5", 95), Some(47));
        assert_eq!(below("-1", 95), None);
        assert_eq!(below("230.055", 100), Some(23_005));
        assert_eq!(below("NaN", 95), None);
    }
}
