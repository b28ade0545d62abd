//! Positions on a phone: what each account holds, and the orders and fills of today.

use super::super::frame::{self, Frame};
use super::super::orders;
use super::super::part;
use super::super::place;
use super::super::positions::{Account, Position};
use maud::{Markup, html};

#[derive(Clone, Debug, Default)]
pub struct View {
    pub accounts: Vec<Account>,
    pub orders: orders::View,
}

pub fn positions(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        h1 { "Positions" }
        @if view.accounts.is_empty() { (part::empty("No account.", "Accounts appear once the venue is connected.", None)) }
        @for account in &view.accounts { (of(account)) }
        section id="open" data-topic="orders" aria-labelledby="open-title" {
            h2 id="open-title" { "Open orders" small { (view.orders.open.len()) } }
            @if view.orders.open.is_empty() { p.quiet { "None." } }
            @else { ul.lines { @for row in &view.orders.open { li { (order(row)) } } } }
        }
        section id="ended" data-topic="orders" aria-labelledby="ended-title" {
            h2 id="ended-title" { "Fills and ends of today" small { (view.orders.ended.len()) } }
            @if view.orders.ended.is_empty() { p.quiet { "None. A day is the UTC day." } }
            @else { ul.lines { @for row in &view.orders.ended { li { (order(row)) } } } }
        }
    };
    frame::page(frame, &body)
}

fn of(account: &Account) -> Markup {
    let id = place::under("account", &account.id).replace('/', "-");
    let title = format!("{id}-title");
    html! {
        section id=(id) data-topic="positions orders" aria-labelledby=(title) {
            h2 id=(title) { "Account " (account.number) small { (account.about) } }
            p.figure { (account.net_value) small { " net value" } }
            dl.facts { @for (name, figure) in &account.figures { dt { (name) } dd { (figure) } } }
            @if account.positions.is_empty() { p.quiet { "It holds nothing." } }
            @else { ul.lines { @for position in &account.positions { li { (held(position)) } } } }
        }
    }
}

fn held(position: &Position) -> Markup {
    html! {
        div.row.between { strong { (position.quantity) " " (position.instrument) } span { (position.value) } }
        div.row.between.small.quiet { span { "at " (position.price) ", paid " (position.average) } span { (position.profit) } }
        @if !position.opened_by.is_empty() { p.small.quiet { "Opened by " (position.opened_by) } }
    }
}

fn order(row: &orders::Row) -> Markup {
    html! {
        p { strong { (row.what) } }
        div.row.between.small { (orders::badge(row.state)) span { (row.filled) @if !row.average.is_empty() { " at " (row.average) } } }
        p.small.quiet { (row.by) ", " (part::time(&row.at)) @if !row.told.is_empty() { ": " (row.told) } }
    }
}
