//! Asked: what a person is asked to sign about an order or a device, to the letter: the words shown, signed and kept.

use super::figures::money;
use super::names::{account_number, credential_name, moment, user};
use super::terms::terms_text;
use kernel::approval::Approval;
use kernel::id::ApprovalId;
use kernel::instrument::AssetClass;
use kernel::kill_switch::Level;
use kernel::leverage::Raised;
use kernel::money::{Amount, Leverage};
use kernel::order::{Kind, Side, Terms, TimeInForce};
use kernel::state::State;
use kernel::time::Timestamp;

/// The first line, and all lines after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub what: String,
    pub rest: String,
}

impl Text {
    pub(super) fn of(what: String, lines: &[String]) -> Self {
        Self { what, rest: lines.join("\n") }
    }

    /// What the signature covers.
    pub fn display(&self) -> String {
        format!("{}\n{}", self.what, self.rest)
    }
}

/// Of an order that is held. `None` once it has ended.
pub fn order(state: &State, id: ApprovalId, approval: &Approval) -> Option<Text> {
    let order = state.book.orders.get(&approval.order)?;
    let mut lines = vec![
        format!("on account {}, {}", account_number(state, order.terms.account), until(&order.terms)),
        instrument(&order.terms),
        value(state, &order.terms, order.charge.value, approval.asked_at),
        match state.customer.credential(approval.requester).ok().and_then(|known| known.holder) {
            Some(holder) => format!("asked by {}, at the ticket", user(state, holder)),
            None => format!("asked by the API credential {}", credential_name(state, approval.requester)),
        },
        format!("order {}, its number {}", order.id, order.client_ref.order_id),
        format!("approval {id}, to be answered before {}", moment(approval.expires_at)),
    ];
    lines.extend(approval.raised.map(|raised| raises(&raised)));
    if approval.top {
        lines.push("it takes two approvers, or a device-bound key".to_owned());
    }
    Some(Text::of(what(&order.terms), &lines))
}

/// What an order would make of its account's leverage, as the venue told the account's figures when it was asked.
pub fn raises(raised: &Raised) -> String {
    let above = money(&raised.above.to_string());
    if raised.leverage == Leverage::MAX {
        return format!("the account would hold what its net value does not bear, above {above} times it");
    }
    let leverage = money(&raised.leverage.to_string());
    format!("with all that is open the account would come to hold {leverage} times its net value, above {above}")
}

/// Of a device that waits to be confirmed.
pub fn device(device: &kernel::device::Device) -> Text {
    let lines = [format!("device {}", device.id), format!("first seen {}", moment(device.bound_at))];
    Text::of(format!("Trust the new device {}", device.label), &lines)
}

/// Which one it is, beyond doubt.
fn instrument(terms: &Terms) -> String {
    let (one, hours) = (&terms.instrument, if terms.outside_hours { ", also outside regular hours" } else { "" });
    let each =
        one.derivative.map(|derivative| format!(", each stands for {}", money(&derivative.multiplier.to_string())));
    format!("{} in {}, contract {}{}{hours}", one.name(), one.currency, one.contract_id, each.unwrap_or_default())
}

/// A price of its own bounds what an order costs; without one the words promise no bound.
fn value(state: &State, terms: &Terms, counted: Amount, asked_at: Timestamp) -> String {
    let worth = worth(state, terms, counted);
    let own_currency =
        state.customer.account(terms.account).is_ok_and(|one| one.base_currency == terms.instrument.currency);
    match terms.kind {
        // Its price is what is paid for it, and no bound of what it may cost to have sold it.
        _ if terms.instrument.class == AssetClass::Option && terms.side == Side::Sell => {
            format!("counts {worth}; where it is written it may cost more")
        }
        Kind::Limit { .. } | Kind::StopLimit { .. } if own_currency => format!("worth {worth} at the most"),
        _ => {
            format!(
                "worth about {worth} at the prices of {}; the guard counts it again when it is granted",
                moment(asked_at)
            )
        }
    }
}

pub fn whose(state: &State, level: Level) -> String {
    match level {
        Level::Firm => "the whole firm".to_owned(),
        Level::Customer => "everything".to_owned(),
        Level::Account(id) => format!("account {}", account_number(state, id)),
        Level::Credential(id) if state.customer.program(id).is_err() => credential_name(state, id),
        Level::Credential(id) => format!("API credential {}", credential_name(state, id)),
    }
}

pub fn worth(state: &State, terms: &Terms, value: Amount) -> String {
    let base = state.customer.account(terms.account).map(|account| account.base_currency.to_string());
    format!("{} {}", money(&value.to_string()), base.unwrap_or_default())
}

/// As the first line of a text.
pub fn what(terms: &Terms) -> String {
    let text = terms_text(terms);
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

const fn until(terms: &Terms) -> &'static str {
    match terms.time_in_force {
        TimeInForce::Day => "good for the day",
        TimeInForce::GoodTillCancel => "good until it is cancelled",
        TimeInForce::ImmediateOrCancel => "at once or not at all",
        TimeInForce::FillOrKill => "whole and at once, or not at all",
        TimeInForce::AtTheClose => "in the auction at the close",
    }
}
