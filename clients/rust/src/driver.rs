//! The scenario's words, one a line on standard input, carried out by the client's own library. Each is answered by lines
//! of fields with tabs between them, then `ok`, or `no`, a code and why.

use crate::client::Client;
use crate::client::accounts::types::{AccountGroup, AccountId, ContractId};
use crate::client::accounts::{AccountSummaryResult, AccountUpdate, PositionUpdate};
use crate::client::contracts::{Contract, ContractDetails};
use crate::client::market_data::realtime::TickTypes;
use crate::client::orders::{CancelOrder, ExecutionFilter, Executions, Order, OrderUpdate, Orders, PlaceOrder};
use crate::lines::{commission, fill, open, order, row, status};
use crate::version::{self, Subscription};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

/// What one subscription tells.
pub enum Heard<T> {
    Data(T),
    Notice(Option<i32>, i32, String),
}

/// For an answer that must come; a list has ended when nothing more does.
const PATIENCE: Duration = Duration::from_secs(15);
const MOMENT: Duration = Duration::from_millis(5);

type Answer = Result<Vec<String>, (i32, String)>;

struct Driver {
    client: Client,
    account: AccountId,
    contracts: BTreeMap<String, Contract>,
    updates: Subscription<OrderUpdate>,
    placed: Vec<(i32, Subscription<PlaceOrder>)>,
    /// Kept, because letting one go may say something to the server.
    cancels: Vec<Subscription<CancelOrder>>,
    heard: Events,
}

/// What was told of orders and not yet passed on. The library gives an order's own subscription also what was asked for by
/// a list, so lists are put together from both.
#[derive(Default)]
struct Events {
    states: Vec<String>,
    open: Vec<String>,
    fills: Vec<String>,
}

/// Port and client id; the greeting is answered first.
pub fn main() {
    let mut words = std::env::args().skip(1);
    let (port, client_id) =
        (words.next().unwrap_or_default(), words.next().and_then(|id| id.parse().ok()).unwrap_or(0));
    let mut driver = match Driver::connect(&format!("127.0.0.1:{port}"), client_id) {
        Ok(driver) => driver,
        Err(no) => return say(Err(no)),
    };
    say(driver.greeting());
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split('\t').collect();
        say(driver.carry_out(&words));
    }
    driver.client.disconnect();
}

fn say(answer: Answer) {
    let mut out = std::io::stdout().lock();
    let told = match answer {
        Ok(rows) => rows.into_iter().chain(["ok".to_owned()]).collect::<Vec<_>>().join("\n"),
        Err((code, why)) => format!("no\t{code}\t{}", why.replace(['\t', '\n'], " ")),
    };
    let _ = writeln!(out, "{told}");
    let _ = out.flush();
}

fn no(error: crate::client::Error) -> (i32, String) {
    (version::code(&error), error.to_string())
}

impl Driver {
    fn connect(address: &str, client_id: i32) -> Result<Driver, (i32, String)> {
        let client = Client::connect(address, client_id).map_err(no)?;
        let updates = client.order_update_stream().map_err(no)?;
        let account = client.managed_accounts().map_err(no)?.into_iter().next().unwrap_or_default();
        let (contracts, placed, cancels) = (BTreeMap::new(), Vec::new(), Vec::new());
        let (account, heard) = (AccountId(account), Events::default());
        Ok(Driver { client, account, contracts, updates, placed, cancels, heard })
    }

    fn greeting(&mut self) -> Answer {
        let accounts = self.client.managed_accounts().map_err(no)?;
        let mut rows = vec![row(&[&"version", &self.client.server_version()])];
        rows.extend(accounts.iter().map(|account| row(&[&"account", account])));
        Ok(rows)
    }

    fn carry_out(&mut self, words: &[&str]) -> Answer {
        match words {
            ["details", symbol] => self.details(symbol),
            ["summary"] => self.summary(),
            ["updates"] => self.account_updates(),
            ["positions"] => self.positions(),
            ["profit", con_id] => self.profit(con_id),
            ["quotes", symbol, count] => self.quotes(symbol, count.parse().unwrap_or(0)),
            ["bars", symbol, size, duration] => {
                Ok(version::bars(&self.client, &self.contract(symbol), size, duration).map_err(no)?)
            }
            ["option chains", symbol, con_id] => self.option_chains(symbol, con_id.parse().unwrap_or(0)),
            ["place", id, symbol, side, quantity, kind, price, tied] => {
                self.place(id, symbol, order(side, quantity, kind, price, tied))
            }
            ["what if", symbol, side, quantity, kind, price] => {
                self.what_if(symbol, order(side, quantity, kind, price, ""))
            }
            ["cancel", id] => self.cancel(id.parse().unwrap_or(0)),
            ["global cancel"] => self.client.global_cancel().map(|()| Vec::new()).map_err(no),
            ["events"] => {
                self.listen();
                Ok(std::mem::take(&mut self.heard.states))
            }
            ["open"] => self.open(),
            ["completed"] => self.completed(),
            ["executions"] => self.executions(),
            other => Err((0, format!("no such word: {other:?}"))),
        }
    }

    fn contract(&self, symbol: &str) -> Contract {
        self.contracts.get(symbol).cloned().unwrap_or_else(|| Contract::stock(symbol).build())
    }

    fn details(&mut self, symbol: &str) -> Answer {
        let found: Vec<ContractDetails> = self.client.contract_details(&Contract::stock(symbol).build()).map_err(no)?;
        if let [one] = found.as_slice() {
            self.contracts.insert(symbol.to_owned(), one.contract.clone());
        }
        let line = |one: &ContractDetails| {
            let contract = &one.contract;
            row(&[&contract.contract_id, &contract.symbol, &contract.currency, &one.min_tick])
        };
        Ok(found.iter().map(line).collect())
    }

    fn summary(&self) -> Answer {
        let tags = ["NetLiquidation", "TotalCashValue", "BuyingPower"];
        let all = self.client.account_summary(&AccountGroup("All".to_owned()), &tags).map_err(no)?;
        let mut rows = Vec::new();
        while let Some(heard) = version::hear(&mut all.timeout_iter(PATIENCE)) {
            match heard {
                Heard::Data(AccountSummaryResult::Summary(one)) => rows.push(row(&[&one.tag, &one.value])),
                Heard::Data(AccountSummaryResult::End) => return Ok(rows),
                Heard::Notice(_, code, text) => return Err((code, text)),
            }
        }
        Err((0, "the summary has no end".to_owned()))
    }

    fn account_updates(&self) -> Answer {
        let all = self.client.account_updates(&self.account).map_err(no)?;
        let mut rows = Vec::new();
        while let Some(heard) = version::hear(&mut all.timeout_iter(PATIENCE)) {
            match heard {
                Heard::Data(AccountUpdate::AccountValue(one)) => rows.push(row(&[&one.key, &one.value])),
                Heard::Data(AccountUpdate::End) => return Ok(rows),
                Heard::Data(_) => {}
                Heard::Notice(_, code, text) => return Err((code, text)),
            }
        }
        Err((0, "the account has no end".to_owned()))
    }

    fn positions(&self) -> Answer {
        let all = self.client.positions().map_err(no)?;
        let mut rows = Vec::new();
        while let Some(heard) = version::hear(&mut all.timeout_iter(PATIENCE)) {
            match heard {
                Heard::Data(PositionUpdate::Position(one)) => {
                    rows.push(row(&[&one.contract.contract_id, &one.position]));
                }
                Heard::Data(PositionUpdate::PositionEnd) => return Ok(rows),
                Heard::Notice(_, code, text) => return Err((code, text)),
            }
        }
        Err((0, "the positions have no end".to_owned()))
    }

    fn profit(&self, con_id: &str) -> Answer {
        let whole = self.client.pnl(&self.account, None).map_err(no)?;
        let con_id = ContractId(con_id.parse().unwrap_or(0));
        let one = self.client.pnl_single(&self.account, con_id, None).map_err(no)?;
        match (version::hear(&mut whole.timeout_iter(PATIENCE)), version::hear(&mut one.timeout_iter(PATIENCE))) {
            (Some(Heard::Data(whole)), Some(Heard::Data(one))) => Ok(vec![row(&[&whole.daily_pnl, &one.position])]),
            _ => Err((0, "no profit and loss was told".to_owned())),
        }
    }

    /// So many different pairs of bid and ask of a stream; none at all is a snapshot, read to its end.
    fn quotes(&self, symbol: &str, count: usize) -> Answer {
        let contract = self.contract(symbol);
        let asked = self.client.market_data(&contract);
        let ticks = if count == 0 { asked.snapshot().subscribe() } else { asked.subscribe() }.map_err(no)?;
        let (mut now, mut rows) = ((None, None), Vec::new());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let (kind, price) = match version::hear(&mut ticks.timeout_iter(PATIENCE)) {
                Some(Heard::Data(TickTypes::Price(tick))) => (format!("{:?}", tick.tick_type), tick.price),
                Some(Heard::Data(TickTypes::PriceSize(tick))) => (format!("{:?}", tick.price_tick_type), tick.price),
                Some(Heard::Data(TickTypes::SnapshotEnd)) | None => break,
                Some(Heard::Data(_) | Heard::Notice(..)) => continue,
            };
            match kind.as_str() {
                "Bid" => now.0 = Some(price),
                "Ask" => now.1 = Some(price),
                _ => continue,
            }
            if let (Some(bid), Some(ask)) = now {
                let pair = row(&[&bid, &ask]);
                if rows.last() != Some(&pair) {
                    rows.push(pair);
                }
            }
            if count > 0 && rows.len() >= count {
                break;
            }
        }
        Ok(rows)
    }

    /// The multiplier, days and strikes of each; their end is told long before one stops waiting for it.
    fn option_chains(&self, symbol: &str, con_id: i32) -> Answer {
        let all = version::option_chains(&self.client, symbol, con_id).map_err(no)?;
        let (begun, mut rows) = (Instant::now(), Vec::new());
        while let Some(heard) = version::hear(&mut all.timeout_iter(PATIENCE)) {
            match heard {
                Heard::Data(one) => {
                    let strikes: Vec<String> = one.strikes.iter().map(f64::to_string).collect();
                    rows.push(row(&[&one.multiplier, &one.expirations.join(" "), &strikes.join(" ")]));
                }
                Heard::Notice(_, code, text) => return Err((code, text)),
            }
        }
        if begun.elapsed() < PATIENCE { Ok(rows) } else { Err((0, "the option chains have no end".to_owned())) }
    }

    /// The margin it would take, and the commission.
    fn what_if(&mut self, symbol: &str, order: Order) -> Answer {
        let id = self.client.next_order_id();
        let asked = Order { what_if: true, ..order };
        let told = self.client.place_order(id, &self.contract(symbol), &asked).map_err(no)?;
        while let Some(heard) = version::hear(&mut told.timeout_iter(PATIENCE)) {
            match heard {
                Heard::Data(PlaceOrder::OpenOrder(one)) if one.order.what_if => {
                    let (state, none) = (&one.order_state, 0.0);
                    let margin = state.initial_margin_change.unwrap_or(none);
                    return Ok(vec![row(&[&margin, &state.commission.unwrap_or(none)])]);
                }
                Heard::Notice(_, code, text) => return Err((code, text)),
                Heard::Data(_) => {}
            }
        }
        Err((0, "no preview came".to_owned()))
    }

    fn place(&mut self, id: &str, symbol: &str, order: Order) -> Answer {
        let id = id.parse().unwrap_or_else(|_| self.client.next_order_id());
        let told = self.client.place_order(id, &self.contract(symbol), &order).map_err(no)?;
        self.placed.push((id, told));
        Ok(vec![row(&[&id])])
    }

    fn cancel(&mut self, id: i32) -> Answer {
        self.cancels.push(self.client.cancel_order(id, "").map_err(no)?);
        Ok(Vec::new())
    }

    /// What happened to orders since it was listened last.
    fn listen(&mut self) {
        let events = &mut self.heard;
        for (id, told) in &self.placed {
            while let Some(heard) = version::hear(&mut told.timeout_iter(MOMENT)) {
                match heard {
                    Heard::Data(PlaceOrder::OrderStatus(one)) => events.states.push(status(&one)),
                    Heard::Data(PlaceOrder::OpenOrder(one)) => events.open.push(open(&one)),
                    Heard::Data(PlaceOrder::ExecutionData(one)) => events.fills.push(fill(&one)),
                    Heard::Data(PlaceOrder::CommissionReport(one)) => events.fills.push(commission(&one)),
                    #[allow(unreachable_patterns)] // only one of the two releases has another
                    Heard::Data(other) => {
                        if let Some((code, text)) = version::notice_of_order(&other) {
                            events.states.push(row(&[&"error", id, &code, &text]));
                        }
                    }
                    Heard::Notice(_, code, text) => events.states.push(row(&[&"error", id, &code, &text])),
                }
            }
        }
        while let Some(heard) = version::hear(&mut self.updates.timeout_iter(MOMENT)) {
            match heard {
                Heard::Data(OrderUpdate::OrderStatus(one)) => events.states.push(status(&one)),
                Heard::Data(OrderUpdate::OpenOrder(one)) => events.open.push(open(&one)),
                Heard::Data(OrderUpdate::ExecutionData(one)) => events.fills.push(fill(&one)),
                Heard::Data(OrderUpdate::CommissionReport(one)) => events.fills.push(commission(&one)),
                Heard::Notice(Some(id), code, text) => events.states.push(row(&[&"error", &id, &code, &text])),
                #[allow(unreachable_patterns)]
                Heard::Data(_) | Heard::Notice(..) => {}
            }
        }
    }

    fn open(&mut self) -> Answer {
        // What came before this question is no answer to it.
        self.listen();
        self.heard.open.clear();
        let all = self.client.open_orders().map_err(no)?;
        while let Some(heard) = version::hear(&mut all.timeout_iter(PATIENCE)) {
            match heard {
                Heard::Data(Orders::OrderData(one)) => self.heard.open.push(open(&one)),
                Heard::Data(Orders::OrderStatus(one)) => self.heard.states.push(status(&one)),
                #[allow(unreachable_patterns)]
                Heard::Data(_) | Heard::Notice(..) => {}
            }
        }
        self.listen();
        Ok(std::mem::take(&mut self.heard.open))
    }

    fn completed(&self) -> Answer {
        let all = self.client.completed_orders(false).map_err(no)?;
        let mut rows = Vec::new();
        while let Some(heard) = version::hear(&mut all.timeout_iter(PATIENCE)) {
            if let Heard::Data(Orders::OrderData(one)) = heard {
                rows.push(row(&[&one.order.perm_id, &one.order_state.status]));
            }
        }
        Ok(rows)
    }

    fn executions(&mut self) -> Answer {
        self.listen();
        self.heard.fills.clear();
        let all = self.client.executions(ExecutionFilter::default()).map_err(no)?;
        while let Some(heard) = version::hear(&mut all.timeout_iter(PATIENCE)) {
            match heard {
                Heard::Data(Executions::ExecutionData(one)) => self.heard.fills.push(fill(&one)),
                Heard::Data(Executions::CommissionReport(one)) => self.heard.fills.push(commission(&one)),
                #[allow(unreachable_patterns)]
                Heard::Data(_) | Heard::Notice(..) => {}
            }
        }
        self.listen();
        Ok(std::mem::take(&mut self.heard.fills))
    }
}
