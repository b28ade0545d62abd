//! What waits for a signature: the words and what a signature over them commits to, who asks from where, why it is not
//! simply done, and how much of the account it is.

use crate::page::approvals::Who;
use crate::page::part::Moment;
use crate::person::Person;
use crate::route::framed;
use crate::world::World;
use kernel::api_credential::ApiCredential;
use kernel::approval::Approval;
use kernel::change::Asked as Changing;
use kernel::digest::Digest;
use kernel::id::{AccountId, ApprovalId, CredentialId, DeviceId};
use kernel::money::Amount;
use kernel::signature::challenge;
use kernel::state::State;
use kernel::time::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use service::words::asked::{self, Text};
use service::words::changed;
use service::words::figures::money;
use service::words::names::{credential_name, user as user_name};
use vault::webauthn::Purpose;

/// Read once, from our own record.
pub(super) struct Waits {
    pub(super) text: Text,
    pub(super) value: String,
    pub(super) request: Digest,
    pub(super) nonce: Digest,
    pub(super) expires: Moment,
    pub(super) asks: Asks,
    pub(super) who: Who,
    /// Why it is not simply done.
    pub(super) why: String,
    /// Of an order: what it counts, and in which account.
    counts: Option<(AccountId, Amount)>,
}

pub(super) enum Asks {
    Program(CredentialId),
    /// A person's own order.
    AtTicket(CredentialId),
    Person(Box<Changing>),
}

impl Waits {
    pub(super) fn challenge(&self) -> Purpose {
        Purpose::Approval(*challenge(&self.request, &self.text.display(), &self.nonce).bytes())
    }

    /// Who would be stopped by "this was not me"; whoever asked in this very session was nobody else.
    pub(super) fn suspect(&self, person: &Person) -> Option<String> {
        match &self.asks {
            Asks::Program(_) | Asks::AtTicket(_) => Some(self.who.name.clone()),
            Asks::Person(change) => (change.session != person.session).then(|| self.who.name.clone()),
        }
    }

    /// Beside the words, and not among those that are signed: the venue says what the account is worth, and says
    /// something else a second later.
    pub(super) fn share(&self, world: &World, person: &Person) -> Option<String> {
        let (id, counts) = self.counts?;
        let account = person.actor.read(|state| state.customer.account(id).ok().cloned())?;
        let seen = world.node.venue().account(&account.number, person.actor.now())?;
        if seen.base_currency != account.base_currency.to_string() {
            return None;
        }
        share(counts.to_string().parse().ok()?, seen.net_liquidation, &seen.base_currency)
    }
}

/// Rounded up: it is never less than what is told.
fn share(counts: Decimal, worth: Decimal, base: &str) -> Option<String> {
    if worth <= Decimal::ZERO {
        return Some(format!("all of it: the account is worth {} {base} now", money(&worth.round_dp(2).to_string())));
    }
    let percent = counts.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(worth)?;
    let percent = percent.round_dp_with_strategy(1, RoundingStrategy::AwayFromZero);
    let worth = money(&format!("{:.2}", worth.round_dp(2)));
    Some(format!("{percent} % of the account's net value now, {worth} {base} as the venue tells it"))
}

pub(super) fn waits(state: &State, id: ApprovalId, now: Timestamp) -> Option<Waits> {
    if let Some(approval) = state.book.pending.get(&id).filter(|one| now < one.expires_at) {
        return order(state, id, approval);
    }
    let change = state.customer.changes.get(&id).filter(|one| now < one.expires_at)?;
    let role = state.customer.people.user(change.user).map(|user| user.role.as_str());
    let at = |device: DeviceId| state.customer.people.device(device).map(|one| one.label.clone()).ok();
    let who = Who {
        name: format!("the {}", role.unwrap_or("user")),
        kind: "user".to_owned(),
        from: on("the portal", change.device.and_then(at)),
        since: framed::told(change.asked_at),
    };
    Some(Waits {
        text: changed::change(state, id, change),
        value: String::new(),
        request: change.change.digest(),
        nonce: change.nonce,
        expires: framed::told(change.expires_at),
        asks: Asks::Person(Box::new(change.clone())),
        who,
        why: "it lets more happen than now: that takes a signature".to_owned(),
        counts: None,
    })
}

fn order(state: &State, id: ApprovalId, approval: &Approval) -> Option<Waits> {
    let order = state.book.orders.get(&approval.order)?;
    let credential = state.customer.credential(approval.requester).ok()?;
    let value = asked::worth(state, &order.terms, order.charge.value);
    let since = framed::told(approval.asked_at);
    let label = |device: DeviceId| state.customer.people.device(device).map(|one| one.label.clone()).ok();
    let (asks, who) = match credential.holder {
        Some(holder) => {
            let from = on("the ticket of the portal", approval.asked_on.and_then(label));
            let who = Who { name: user_name(state, holder), kind: "user".to_owned(), from, since };
            (Asks::AtTicket(credential.id), who)
        }
        None => {
            let (user, port) = (credential.peer_uid, credential.port);
            let from = format!("this machine, user id {user}, by its own listener at 127.0.0.1:{port}");
            let name = credential_name(state, credential.id);
            (Asks::Program(credential.id), Who { name, kind: "API credential".to_owned(), from, since })
        }
    };
    Some(Waits {
        text: asked::order(state, id, approval)?,
        value,
        request: approval.request,
        nonce: approval.nonce,
        expires: framed::told(approval.expires_at),
        asks,
        who,
        why: why(state, credential, (order.terms.account, order.charge.value), approval),
        counts: Some((order.terms.account, order.charge.value)),
    })
}

fn on(place: &str, device: Option<String>) -> String {
    device.map_or_else(|| place.to_owned(), |device| format!("{place}, on {device}"))
}

/// The figure is the one that stands now: one that was changed since the question voids nothing, and is the one that
/// the next order meets.
fn why(
    state: &State,
    credential: &ApiCredential,
    (account, value): (AccountId, Amount),
    approval: &Approval,
) -> String {
    let top = approval.top;
    let account = state.customer.account(account).ok();
    let base = account.map(|one| one.base_currency.to_string()).unwrap_or_default();
    let both = [Some(&credential.limits), account.map(|one| &one.limits)];
    let figures = both.into_iter().flatten().filter_map(|one| if top { one.top_above } else { one.held_above() });
    let figure = figures.min();
    // For its leverage alone: its value is not above anything.
    if let Some(raised) = approval.raised.filter(|_| !top && figure.is_none_or(|figure| value <= figure)) {
        return asked::raises(&raised);
    }
    let above = figure.map(|figure| format!(", {} {base}", money(&figure.to_string()))).unwrap_or_default();
    match (top, credential.holder.is_some()) {
        (true, _) => format!("its value is above what one approver may grant{above}: it takes two, or a security key"),
        (false, true) => format!("its value is above what may be traded without an approval{above}"),
        (false, false) => {
            format!("its value is above what this API credential may trade without an approval{above}")
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_told_smaller_than_it_is() {
        let told = |counts: &str, worth: &str| share(counts.parse().unwrap(), worth.parse().unwrap(), "USD").unwrap();
        assert_eq!(
            told("22104", "1000000"),
            "2.3 % of the account's net value now, 1,000,000.00 USD as the venue tells it"
        );
        assert_eq!(
            told("0.01", "1000000"),
            "0.1 % of the account's net value now, 1,000,000.00 USD as the venue tells it"
        );
        assert_eq!(
            told("3000", "2000.456"),
            "150.0 % of the account's net value now, 2,000.46 USD as the venue tells it"
        );
        assert_eq!(told("1", "-5"), "all of it: the account is worth -5 USD now");
        assert_eq!(share(Decimal::MAX, "0.001".parse().unwrap(), "USD"), None, "no figure is better than a wrong one");
    }
}
