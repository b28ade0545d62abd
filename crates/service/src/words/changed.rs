//! Changed: what a person is asked to sign before it widens anything, to the letter; every figure with what it was.

use super::asked::{Text, whose};
use super::credential::{allowed, base_currency};
use super::figures::money;
use super::names::{account_number, device as device_name, moment, user};
use kernel::api_credential::Stated;
use kernel::change::{Asked, Change};
use kernel::command::NewCredential;
use kernel::digest::Digest;
use kernel::id::{ApprovalId, CredentialId};
use kernel::instrument::{self, Selector};
use kernel::limits::Limits;
use kernel::state::State;
use kernel::user::Role;

/// Every limit there is: its name in the record, and what it is called.
pub const LIMITS: [(&str, &str); 18] = [
    ("order_value", "order value"),
    ("day_value", "value a day"),
    ("day_count", "orders a day"),
    ("open_orders", "open orders"),
    ("open_value", "open value"),
    ("order_quantity", "order quantity"),
    ("position_quantity", "position of one instrument"),
    ("leverage", "leverage, in times the account's net value"),
    ("margin_use_bps", "margin of the account's net value, in hundredths of a percent"),
    ("approve_above", "approval above"),
    ("approve_leverage_above", "approval above a leverage of"),
    ("top_above", "two approvers or a device-bound key above"),
    ("day_loss", "loss of a day"),
    ("dead_man_seconds", "dead-man timer, in seconds"),
    ("collar_bps", "price collar, in hundredths of a percent"),
    ("orders_per_second", "new orders a second"),
    ("messages_per_second", "order messages a second"),
    ("repeated_fills", "like fills in a minute"),
];

/// Of a change that waits for a signature.
pub fn change(state: &State, id: ApprovalId, asked: &Asked) -> Text {
    let (what, mut lines) = told(state, &asked.change);
    let on = asked.device.and_then(|id| state.customer.people.device(id).ok());
    let on = on.map(|device| format!(", on {}", device.label)).unwrap_or_default();
    lines.push(format!("asked by {}{on}, {}", user(state, asked.user), moment(asked.asked_at)));
    lines.push(format!("approval {id}, to be signed before {}", moment(asked.expires_at)));
    Text::of(what, &lines)
}

/// The first line, for lists and the feed.
pub fn what(state: &State, change: &Change) -> String {
    told(state, change).0
}

fn told(state: &State, change: &Change) -> (String, Vec<String>) {
    match change {
        Change::Release { level } => (
            format!("Release the kill switch of {}", whose(state, *level)),
            vec!["what it stopped may trade again, within its limits".to_owned()],
        ),
        Change::AccountLimits { id, limits, .. } => {
            let account = state.customer.account(*id).ok();
            let old = account.map(|one| one.limits).unwrap_or_default();
            let currency = account.map(|one| one.base_currency.to_string()).unwrap_or_default();
            let lines = limit_lines(&old, limits, &currency);
            (format!("Change the limits of account {}", account_number(state, *id)), lines)
        }
        Change::Restricted { id, restricted, .. } => {
            let old = state.customer.account(*id).map(|one| one.restricted.clone()).unwrap_or_default();
            let free: Vec<Selector> = old.iter().filter(|one| !restricted.contains(one)).cloned().collect();
            let lines = vec![
                format!("no longer restricted: {}", list(&free)),
                format!("restricted from then on: {}", list(restricted)),
            ];
            (format!("Lift a restriction of account {}", account_number(state, *id)), lines)
        }
        Change::CredentialLimits { id, limits, .. } => {
            let one = state.customer.credential(*id).ok();
            let old = one.map(|one| one.limits).unwrap_or_default();
            let currency = one.and_then(|one| base_currency(state, one)).unwrap_or_default();
            (format!("Change the limits of {}", named(state, *id)), limit_lines(&old, limits, &currency))
        }
        Change::Ticket { id, stated, .. } => {
            let one = state.customer.credential(*id).ok();
            let currency = one.and_then(|one| base_currency(state, one)).unwrap_or_default();
            let old = one.map(Stated::of).unwrap_or_default();
            (format!("Change what {} may do besides closing", named(state, *id)), of_ticket(&old, stated, &currency))
        }
        Change::Resume { id } => {
            let one = state.customer.credential(*id).ok();
            let currency = one.and_then(|one| base_currency(state, one)).unwrap_or_default();
            let limits = one.map(|one| one.limits).unwrap_or_default();
            let mut lines = vec!["it may trade again, within what it states:".to_owned()];
            lines.extend(stated_lines(&limits, &currency));
            (format!("Resume {}", named(state, *id)), lines)
        }
        Change::Credential(new) => (format!("Create the API credential {}", new.name), of_new(state, new)),
        Change::Push { device, sha256, host } => {
            (format!("Turn push on for {}", device_name(state, *device)), of_push(sha256, host))
        }
        Change::Invite { role, label } => (
            format!("Invite somebody as {}: {label}", role.as_str()),
            vec![may(*role).to_owned(), "by a link that is made after this, used once, within a day".to_owned()],
        ),
        Change::RemoveOwner { id } => (
            format!("Remove the owner {id}"),
            vec![
                "their sessions end, and their devices and authenticators open nothing any more".to_owned(),
                "their ticket ends, and their invitations and what they asked for are void".to_owned(),
            ],
        ),
    }
}

/// What comes with a role, in the words that are signed.
pub const fn may(role: Role) -> &'static str {
    match role {
        Role::Owner => "they may do all that an owner may: limits, API credentials, users, orders, approvals",
        Role::Trader => {
            "they may see everything, approve orders, stop everything, and trade at a ticket of their own: \
             one that is fresh may close every position"
        }
        Role::Advisor => "advisors are not built yet",
        Role::Viewer => "they may see everything, and do nothing",
    }
}

/// Two questions of one device differ in their words, as they do in where they lead.
fn of_push(sha256: &Digest, host: &str) -> Vec<String> {
    let fingerprint: String = sha256.to_string().chars().take(8).collect();
    vec![
        "its browser is told that something waits, of security, of alerts, and of fills where you want them".to_owned(),
        "never what: no order, no figure, no name leaves this server".to_owned(),
        format!("by the push service {host}, which learns when, and that it is from here"),
        format!("where to, as this browser has just said it: {fingerprint}"),
    ]
}

fn named(state: &State, id: CredentialId) -> String {
    whose(state, kernel::kill_switch::Level::Credential(id))
}

/// Every member of what is made: nothing that could be different stays unsaid.
fn of_new(state: &State, new: &NewCredential) -> Vec<String> {
    let accounts: Vec<String> = new.accounts.iter().map(|id| account_number(state, *id)).collect();
    let known = new.accounts.iter().filter_map(|id| state.customer.account(*id).ok());
    let mut currencies: Vec<String> = known.map(|one| one.base_currency.to_string()).collect();
    currencies.dedup();
    // Where the accounts differ, a figure is of each one's own.
    let currency = if currencies.len() == 1 { currencies.concat() } else { String::new() };
    let scopes: Vec<&str> = new.scopes.list().iter().map(|scope| scope.as_str()).collect();
    let mut lines = vec![
        format!("it may: {}", scopes.join(", ")),
        format!("on accounts: {}", if accounts.is_empty() { "none".to_owned() } else { accounts.join(", ") }),
        format!("in: {}", list(&new.instruments)),
        format!("allowed by name: {}", words(&allowed(new.allowances))),
    ];
    lines.extend(stated_lines(&new.limits, &currency));
    lines.push(format!("until {}", new.expires_at.map_or_else(|| "it is revoked".to_owned(), moment)));
    let days = |ms: i64| ms / 86_400_000;
    let (falls, ends) = (days(new.dormancy.suspend_after_ms), days(new.dormancy.revoke_after_ms));
    lines.push(format!("unused for {falls} days it only reads, for {ends} days it ends"));
    let secret = if new.secret.is_some() { "with a secret" } else { "without a secret" };
    lines.push(format!("listens at 127.0.0.1:{} for user id {}, {secret}", new.port, new.peer_uid));
    if new.observe {
        // It is real money, or it would not be signed.
        lines.push("observe mode for 7 days: within the account's limits its own are told, and not held".to_owned());
    }
    if !new.cancel_on_disconnect {
        lines.push("its orders stay when it disconnects".to_owned());
    }
    lines
}

fn of_ticket(old: &Stated, new: &Stated, currency: &str) -> Vec<String> {
    let mut lines = limit_lines(&old.limits, &new.limits, currency);
    let mut differs = |name: &str, then: String, now: String| {
        if then != now {
            lines.push(format!("{name}: {then} (now {now})"));
        }
    };
    let ends = |stated: &Stated| stated.expires_at.map_or_else(|| "not stated".to_owned(), moment);
    differs("instruments", list(&new.instruments), list(&old.instruments));
    differs("allowed by name", words(&allowed(new.allowances)), words(&allowed(old.allowances)));
    differs("until", ends(new), ends(old));
    lines
}

/// Those that become others, with what they are now.
fn limit_lines(old: &Limits, new: &Limits, currency: &str) -> Vec<String> {
    let (old, new) = (figures(old, currency), figures(new, currency));
    let both = LIMITS.iter().zip(old).zip(new);
    both.filter(|((_, old), new)| old != new)
        .map(|(((_, label), old), new)| format!("{label}: {new} (now {old})"))
        .collect()
}

fn stated_lines(limits: &Limits, currency: &str) -> Vec<String> {
    let figures = figures(limits, currency).into_iter().zip(LIMITS);
    figures
        .filter(|(figure, _)| figure != NOT_STATED)
        .map(|(figure, (_, label))| format!("{label}: {figure}"))
        .collect()
}

const NOT_STATED: &str = "not stated";

/// In the order of `LIMITS`, as people read them and to the last digit.
fn figures(limits: &Limits, currency: &str) -> Vec<String> {
    let stated = serde_json::to_value(limits).unwrap_or_default();
    let figure = |name: &str| match stated.get(name) {
        Some(serde_json::Value::String(text)) if name.ends_with("_quantity") => money(text),
        Some(serde_json::Value::String(text)) if name.contains("leverage") => format!("{} times", money(text)),
        Some(serde_json::Value::String(text)) => format!("{} {currency}", money(text)).trim_end().to_owned(),
        Some(other) => other.to_string(),
        None => NOT_STATED.to_owned(),
    };
    LIMITS.iter().map(|(name, _)| figure(name)).collect()
}

fn list(all: &[Selector]) -> String {
    if all.is_empty() { "none".to_owned() } else { instrument::texts(all).join(", ") }
}

fn words(all: &[&str]) -> String {
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ").replace('_', " ") }
}
