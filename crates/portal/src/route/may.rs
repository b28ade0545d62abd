//! May: what an API credential can do, what it cannot, and the most it could trade in a day, in plain words.

use kernel::guard::{Allowances, Limits};
use kernel::money::{Amount, Leverage, Quantity};
use kernel::scope::{Scope, Scopes};
use service::words::figures::money;

/// What a credential has, or would have.
#[derive(Clone, Debug)]
pub struct Authority {
    pub scopes: Scopes,
    pub accounts: Vec<String>,
    pub instruments: Vec<String>,
    pub limits: Limits,
    pub allow: Allowances,
    pub observe: bool,
    /// Of its accounts.
    pub currency: String,
}

/// The words of a page: can, cannot, the most a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub can: Vec<String>,
    pub cannot: Vec<String>,
    pub most_per_day: String,
}

/// Each allowance: what can be done with it, and what cannot without it.
type Allowance = (fn(&Allowances) -> bool, &'static str, &'static str);
const EACH: [Allowance; 8] = [
    (|allow| allow.market, "Place market orders", "Place market orders, but to reduce a position"),
    (|allow| allow.stop, "Place stop orders", "Place stop orders, but to reduce a position"),
    (|allow| allow.trailing, "Place trailing stops", "Place trailing stops, but to reduce a position"),
    (|allow| allow.auction, "Place orders at the close", "Place orders at the close, but to reduce a position"),
    (|allow| allow.short_sale, "Sell short", "Sell short"),
    (|allow| allow.option_writing, "Write options", "Write options"),
    (|allow| allow.outside_hours, "Trade outside regular hours", "Trade outside regular hours"),
    (|allow| allow.close_any, "Close what others have opened", "Close what another API credential has opened"),
];

const NEVER: [&str; 3] = [
    "Move money, change its own limits, or sign in as a person",
    "Be used from another machine, or by another user of this one",
    "Trade while a kill switch over it is engaged, but to reduce a position",
];

pub fn words(of: &Authority) -> Words {
    let trades = of.scopes.has(Scope::OrderSubmit);
    let [never @ .., while_killed] = NEVER;
    let (mut can, mut cannot) = (Vec::new(), Vec::new());
    let accounts = if of.accounts.is_empty() { "no account".to_owned() } else { of.accounts.join(", ") };
    let mut say = |on: bool, yes: String, no: String| if on { can.push(yes) } else { cannot.push(no) };
    let (account, market) = (of.scopes.has(Scope::AccountRead), of.scopes.has(Scope::MarketRead));
    say(account, format!("See positions, cash and orders of {accounts}"), "See positions, cash or orders".to_owned());
    say(market, "See market data".to_owned(), "See market data".to_owned());
    if trades {
        let what = if of.instruments.is_empty() { "nothing".to_owned() } else { of.instruments.join(", ") };
        say(true, format!("Place limit and stop-limit orders in {what} on {accounts}"), String::new());
        for (on, yes, no) in EACH {
            say(on(&of.allow), yes.to_owned(), no.to_owned());
        }
    }
    let cancels = of.scopes.has(Scope::OrderCancel);
    say(cancels, "Cancel its own orders".to_owned(), "Cancel orders".to_owned());
    if trades {
        can.extend(bounds(of));
        cannot.push("Trade anything else, or in any other account".to_owned());
        cannot.push(while_killed.to_owned());
    } else {
        cannot.push("Place any order".to_owned());
    }
    cannot.extend(never.iter().map(|line| (*line).to_owned()));
    Words { can, cannot, most_per_day: most(of, trades) }
}

fn bounds(of: &Authority) -> Vec<String> {
    let worth = |amount: Amount| format!("{} {}", money(&amount.to_string()), of.currency);
    let limits = &of.limits;
    let mut all = Vec::new();
    if of.observe {
        all.push("Go beyond its own limits: observe mode tells what they would refuse, and lets it pass".to_owned());
    }
    all.extend(limits.order_value.map(|most| format!("Place one order of up to {}", worth(most))));
    let held = |most: Quantity| format!("Hold up to {} of one instrument, long or short", money(&most.to_string()));
    all.extend(limits.position_quantity.map(held));
    let times = |most: Leverage| money(&most.to_string());
    let bears =
        |most| format!("Bring its account to at most {} times its net value, with all that is open", times(most));
    all.extend(limits.leverage.map(bears));
    let margin = |most| format!("Let margin take at most {most} hundredths of a percent of its account's net value");
    all.extend(limits.margin_use_bps.map(margin));
    all.extend(limits.day_count.map(|most| format!("Place up to {most} orders a day")));
    if limits.order_value.is_some() || limits.day_value.is_some() {
        all.push("Close its positions beyond those values: they never stand in the way of less risk".to_owned());
    }
    all.extend(limits.approve_above.map(|most| format!("Above {} only with a person's approval", worth(most))));
    let raises = |most| format!("Above a leverage of {} only with a person's approval", times(most));
    all.extend(limits.approve_leverage_above.map(raises));
    let two = |most| format!("Above {} only with two approvers, or with a device-bound key", worth(most));
    all.extend(limits.top_above.map(two));
    let loss = |most| format!("Go on until its account has lost {} in a day; then it is stopped", worth(most));
    all.extend(limits.day_loss.map(loss));
    let silence = |most| format!("Be silent for {most} s; then its orders that could add risk are cancelled");
    all.extend(limits.dead_man_seconds.map(silence));
    all
}

fn most(of: &Authority, trades: bool) -> String {
    if !trades {
        return "nothing".to_owned();
    }
    if of.observe {
        return "not bounded by itself: observe mode lets pass what its limits would refuse".to_owned();
    }
    let stated = of.limits.day_value.map(|most| format!("{} {}", money(&most.to_string()), of.currency));
    stated.unwrap_or_else(|| "nothing: it states no value a day".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn reader() -> Authority {
        Authority {
            scopes: Scopes::read_only(),
            accounts: vec!["DU1".to_owned()],
            instruments: Vec::new(),
            limits: Limits::default(),
            allow: Allowances::default(),
            observe: false,
            currency: "USD".to_owned(),
        }
    }

    fn trader() -> Authority {
        let limits = Limits {
            order_value: Some(Amount::parse("25000").unwrap()),
            day_value: Some(Amount::parse("250000").unwrap()),
            ..Limits::default()
        };
        let instruments = vec!["stock".to_owned()];
        Authority { scopes: Scopes::of(&Scope::ALL), instruments, limits, ..reader() }
    }

    #[test]
    fn one_that_reads_can_trade_nothing_and_says_so() {
        let words = words(&reader());
        assert_eq!(words.most_per_day, "nothing");
        assert!(words.cannot.contains(&"Place any order".to_owned()));
        assert!(!words.can.iter().any(|line| line.starts_with("Place")));
    }

    #[test]
    fn every_allowance_is_told_as_a_can_or_as_a_cannot() {
        let none = words(&trader());
        let all = words(&Authority { allow: Allowances::ALL, ..trader() });
        for (_, yes, no) in EACH {
            assert!(none.cannot.contains(&no.to_owned()) && !none.can.contains(&yes.to_owned()), "{no}");
            assert!(all.can.contains(&yes.to_owned()) && !all.cannot.contains(&no.to_owned()), "{yes}");
        }
    }

    #[test]
    fn the_most_a_day_is_what_it_states_and_observe_mode_states_nothing() {
        assert_eq!(words(&trader()).most_per_day, "250,000 USD");
        let observing = words(&Authority { observe: true, ..trader() });
        assert!(observing.most_per_day.starts_with("not bounded"));
        let silent = words(&Authority { limits: Limits::default(), ..trader() });
        assert!(silent.most_per_day.starts_with("nothing"));
    }
}
