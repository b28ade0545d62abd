//! Positions: what each account holds, its cash, and a way to close.

use super::frame::{self, Frame};
use super::part::{self, Head};
use super::place;
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub accounts: Vec<Account>,
}

#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    /// `DU1234567`.
    pub number: String,
    /// `paper, USD, served by …`.
    pub about: String,
    pub net_value: String,
    /// Name and figure: cash, buying power, profit today.
    pub figures: Vec<(String, String)>,
    pub positions: Vec<Position>,
}

#[derive(Clone, Debug)]
pub struct Position {
    /// As the ticket takes it: `AAPL/USD`.
    pub instrument: String,
    pub name: String,
    pub quantity: String,
    pub average: String,
    pub price: String,
    pub value: String,
    /// With its sign: `+1,204.00`.
    pub profit: String,
    /// Which credential opened which part.
    pub opened_by: String,
    /// Of one name there may be two.
    pub contract: i64,
}

pub fn positions(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Positions" }
        @if view.accounts.is_empty() { (part::empty("No account.", "Accounts appear once the venue is connected.", None)) }
        @for account in &view.accounts { (of(account)) }
    };
    frame::page(frame, &body)
}

fn of(account: &Account) -> Markup {
    let id = place::under("account", &account.id).replace('/', "-");
    let title = format!("{id}-title");
    html! {
        section id=(id) data-topic="positions orders" aria-labelledby=(title) {
            h2 id=(title) { "Account " (account.number) small { (account.about) } }
            div.row.between {
                p.figure { (account.net_value) small { " net value" } }
                dl.facts { @for (name, figure) in &account.figures { dt { (name) } dd { (figure) } } }
            }
            @if account.positions.is_empty() { (part::empty("No position.", "What the account holds appears here with the first fill.", None)) }
            @else { (part::table("What it holds, at the latest price", &[
                Head("Instrument", false), Head("Quantity", true), Head("Average price", true), Head("Price", true),
                Head("Value", true), Head("Profit", true), Head("Opened by", false), Head("", false),
            ], &account.positions.iter().map(|position| row(account, position)).collect::<Vec<_>>())) }
        }
    }
}

fn row(account: &Account, position: &Position) -> Vec<Markup> {
    vec![
        html! { (position.instrument) @if !position.name.is_empty() { small { (position.name) } } },
        html! { (position.quantity) },
        html! { (position.average) },
        html! { (position.price) },
        html! { (position.value) },
        html! { (position.profit) },
        html! { (position.opened_by) },
        html! {
            form.line method="get" action=(place::TICKET) {
                input type="hidden" name="close" value="yes";
                input type="hidden" name="instrument" value={ "#" (position.contract) };
                input type="hidden" name="account" value=(account.id);
                button type="submit" { "Close" span.hear { " " (position.instrument) " in " (account.number) } }
            }
        },
    ]
}
