//! API credential: what a program authenticates with, and all that it may do.

use crate::allowances::Allowances;
use crate::digest::Digest;
use crate::expiry;
use crate::id::{AccountId, CredentialId, UserId};
use crate::instrument::Selector;
use crate::limits::Limits;
use crate::scope::{Scope, Scopes};
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
pub const MAX_LIFETIME_MS: i64 = 90 * DAY_MS;
pub const ROTATION_OVERLAP_MS: i64 = DAY_MS;
pub const MAX_CREDENTIALS: usize = 64;
const MAX_NAME: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Active,
    Suspended,
    Revoked,
}

/// Unused for so long it falls back to reading, and later ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dormancy {
    pub suspend_after_ms: i64,
    pub revoke_after_ms: i64,
}

impl Default for Dormancy {
    fn default() -> Self {
        Self { suspend_after_ms: 30 * DAY_MS, revoke_after_ms: 90 * DAY_MS }
    }
}

/// The hash of a listener secret of 256 bits; the secret itself is shown once and kept nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHash {
    pub sha256: Digest,
    /// `None` while it is the current one.
    pub until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiCredential {
    pub id: CredentialId,
    pub name: String,
    pub state: State,
    pub scopes: Scopes,
    pub accounts: Vec<AccountId>,
    pub instruments: Vec<Selector>,
    /// The loopback port of its own listener.
    pub port: u16,
    /// The user id on this machine whose programs may connect.
    pub peer_uid: u32,
    pub secrets: Vec<SecretHash>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Timestamp,
    pub dormancy: Dormancy,
    pub limits: Limits,
    pub allowances: Allowances,
    pub cancel_on_disconnect: bool,
    /// The guard records what it would have refused, and lets pass.
    pub observe: bool,
    /// Of a person's ticket: whose it is. A program's has none, and says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<UserId>,
}

/// What a person's ticket may do besides closing; stating nothing takes it all back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    pub limits: Limits,
    pub instruments: Vec<Selector>,
    pub allowances: Allowances,
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Created(ApiCredential),
    /// A new secret at once; the old one lives on for the overlap.
    Rotated {
        id: CredentialId,
        sha256: Digest,
        old_until: Timestamp,
    },
    Suspended {
        id: CredentialId,
    },
    Resumed {
        id: CredentialId,
    },
    Revoked {
        id: CredentialId,
    },
    LimitsSet {
        id: CredentialId,
        limits: Limits,
    },
    /// Of a person's ticket: what it may do besides closing.
    TicketStated {
        id: CredentialId,
        stated: Stated,
    },
    /// Noted at most once a day: enough for dormancy.
    Used {
        id: CredentialId,
        at: Timestamp,
    },
    Expiry(expiry::Told),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    NotFound,
    Suspended,
    Revoked,
    Expired,
    Dormant,
    ScopeMissing {
        scope: Scope,
    },
    AccountNotAllowed,
    WrongSecret,
    WrongPeer,
    NameTaken,
    BadName,
    PortTaken,
    TooMany,
    /// `order:submit` needs accounts, instruments, limits and an expiry.
    TradingNeedsAccounts,
    TradingNeedsInstruments,
    TradingNeedsLimits,
    TradingNeedsExpiry,
    /// Of real money: there the account's own limits are what bounds it.
    ObserveNeedsAccountLimits,
    ExpiryTooFar,
    /// A person's ticket: it has no listener and no secret, and no program uses it.
    IsTicket,
}

/// Whether it may be made: a trading credential states its accounts, instruments, limits and expiry.
pub fn create(known: &[ApiCredential], new: ApiCredential, now: Timestamp) -> Result<Event, Refusal> {
    let named = (1..=MAX_NAME).contains(&new.name.len())
        && new.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.');
    if !named {
        return Err(Refusal::BadName);
    }
    let programs = || known.iter().filter(|credential| credential.holder.is_none());
    let mut living = programs().filter(|credential| credential.state != State::Revoked);
    if living.clone().any(|credential| credential.name == new.name) {
        return Err(Refusal::NameTaken);
    }
    if living.any(|credential| credential.port == new.port) {
        return Err(Refusal::PortTaken);
    }
    if programs().count() >= MAX_CREDENTIALS {
        return Err(Refusal::TooMany);
    }
    if new.expires_at.is_some_and(|at| at.since(now) > MAX_LIFETIME_MS) {
        return Err(Refusal::ExpiryTooFar);
    }
    if new.scopes.has(Scope::OrderSubmit) {
        if new.accounts.is_empty() {
            return Err(Refusal::TradingNeedsAccounts);
        }
        if new.instruments.is_empty() {
            return Err(Refusal::TradingNeedsInstruments);
        }
        if new.limits.order_value.is_none() || new.limits.day_value.is_none() {
            return Err(Refusal::TradingNeedsLimits);
        }
        new.expires_at.ok_or(Refusal::TradingNeedsExpiry)?;
    }
    Ok(Event::Created(new))
}

impl ApiCredential {
    /// Whether it lives at `now`: read from the record and the clock, at every message.
    pub fn alive(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.state {
            State::Revoked => return Err(Refusal::Revoked),
            State::Suspended => return Err(Refusal::Suspended),
            State::Active => {}
        }
        if self.expires_at.is_some_and(|at| now >= at) {
            return Err(Refusal::Expired);
        }
        if now.since(self.last_used_at) >= self.dormancy.revoke_after_ms {
            return Err(Refusal::Dormant);
        }
        Ok(())
    }

    /// Whether it may do this now; dormancy leaves only what reads.
    pub fn may(&self, scope: Scope, now: Timestamp) -> Result<(), Refusal> {
        self.alive(now)?;
        if !self.scopes.has(scope) {
            return Err(Refusal::ScopeMissing { scope });
        }
        if self.dormant(now) && !Scopes::read_only().has(scope) {
            return Err(Refusal::Dormant);
        }
        Ok(())
    }

    /// Unused for so long that it only reads, until it is resumed: to connect again is no use of it.
    pub const fn dormant(&self, now: Timestamp) -> bool {
        now.since(self.last_used_at) >= self.dormancy.suspend_after_ms
    }

    /// A person's ticket is for every account of the customer.
    pub fn may_use(&self, account: AccountId) -> Result<(), Refusal> {
        if self.holder.is_some() || self.accounts.contains(&account) { Ok(()) } else { Err(Refusal::AccountNotAllowed) }
    }

    /// Whether what a program showed opens this listener: the peer's user id and, where one is set, the secret.
    pub fn opens(&self, peer_uid: u32, shown: Option<&Digest>, now: Timestamp) -> Result<(), Refusal> {
        if peer_uid != self.peer_uid {
            return Err(Refusal::WrongPeer);
        }
        if self.secrets.is_empty() {
            return Ok(());
        }
        let valid = |secret: &SecretHash| secret.until.is_none_or(|until| now < until);
        // All are compared, in full, so that the time taken tells nothing.
        let mut opened = false;
        for secret in self.secrets.iter().filter(|secret| valid(secret)) {
            let differs = shown.map_or(1, |shown| {
                shown.bytes().iter().zip(secret.sha256.bytes()).fold(0u8, |acc, (a, b)| acc | (a ^ b))
            });
            opened |= differs == 0;
        }
        if opened { Ok(()) } else { Err(Refusal::WrongSecret) }
    }
}

/// A use worth noting: the first of a UTC day.
pub fn used(credential: &ApiCredential, now: Timestamp) -> Option<Event> {
    (credential.last_used_at.day() < now.day() && !credential.dormant(now))
        .then_some(Event::Used { id: credential.id, at: now })
}

/// Writes, never judges.
pub fn apply(credentials: &mut Vec<ApiCredential>, event: &Event) {
    let id = match event {
        Event::Created(credential) => {
            // As with accounts: no room for more than there are.
            credentials.reserve_exact(1);
            credentials.push(credential.clone());
            return;
        }
        Event::Rotated { id, .. }
        | Event::Suspended { id }
        | Event::Resumed { id }
        | Event::Revoked { id }
        | Event::LimitsSet { id, .. }
        | Event::TicketStated { id, .. }
        | Event::Used { id, .. }
        | Event::Expiry(expiry::Told { id, .. }) => *id,
    };
    let Some(credential) = credentials.iter_mut().find(|credential| credential.id == id) else {
        return;
    };
    match event {
        Event::Created(_) | Event::Expiry(_) => {}
        Event::Rotated { sha256, old_until, .. } => {
            for old in credential.secrets.iter_mut().filter(|old| old.until.is_none_or(|until| until > *old_until)) {
                old.until = Some(*old_until);
            }
            credential.secrets.push(SecretHash { sha256: *sha256, until: None });
            // Ended ones beyond the last few are of no use; the journal keeps them all.
            let spare = credential.secrets.len().saturating_sub(4);
            credential.secrets.drain(..spare);
        }
        Event::Suspended { .. } => credential.state = State::Suspended,
        Event::Resumed { .. } => credential.state = State::Active,
        Event::Revoked { .. } => credential.state = State::Revoked,
        Event::LimitsSet { limits, .. } => credential.limits = *limits,
        Event::TicketStated { stated, .. } => {
            (credential.limits, credential.allowances) = (stated.limits, stated.allowances);
            (credential.instruments, credential.expires_at) = (stated.instruments.clone(), stated.expires_at);
        }
        Event::Used { at, .. } => credential.last_used_at = *at,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::type_complexity)]
pub(crate) mod tests {
    use super::*;
    use crate::instrument::AssetClass;
    use crate::money::Amount;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    pub(crate) fn trading(now: Timestamp) -> ApiCredential {
        ApiCredential {
            id: CredentialId::new(1, 1),
            name: "bot".into(),
            state: State::Active,
            scopes: Scopes::of(&Scope::ALL),
            accounts: [AccountId::new(1, 1)].into(),
            instruments: [Selector::Class(AssetClass::Stock)].into(),
            port: 4_100,
            peer_uid: 1_000,
            secrets: Vec::new(),
            created_at: now,
            expires_at: Some(now.plus_ms(MAX_LIFETIME_MS)),
            last_used_at: now,
            dormancy: Dormancy::default(),
            limits: Limits {
                order_value: Some(Amount::parse("25000").unwrap()),
                day_value: Some(Amount::parse("250000").unwrap()),
                ..Limits::default()
            },
            allowances: Allowances::default(),
            cancel_on_disconnect: false,
            observe: false,
            holder: None,
        }
    }

    #[test]
    fn a_trading_credential_states_what_binds_it() {
        let cases: [(fn(&mut ApiCredential), Refusal); 8] = [
            (|c| c.accounts.clear(), Refusal::TradingNeedsAccounts),
            (|c| c.instruments.clear(), Refusal::TradingNeedsInstruments),
            (|c| c.limits.order_value = None, Refusal::TradingNeedsLimits),
            (|c| c.limits.day_value = None, Refusal::TradingNeedsLimits),
            (|c| c.expires_at = None, Refusal::TradingNeedsExpiry),
            (|c| c.expires_at = c.expires_at.map(|at| at.plus_ms(1)), Refusal::ExpiryTooFar),
            (|c| c.name = "a b".into(), Refusal::BadName),
            (|c| c.name.clear(), Refusal::BadName),
        ];
        for (edit, refusal) in cases {
            let mut credential = trading(NOW);
            edit(&mut credential);
            assert_eq!(create(&[], credential, NOW), Err(refusal));
        }
        assert!(create(&[], trading(NOW), NOW).is_ok());
    }

    #[test]
    fn a_name_and_a_port_belong_to_one_living_credential() {
        let mut old = trading(NOW);
        assert_eq!(create(&[old.clone()], trading(NOW), NOW), Err(Refusal::NameTaken));
        old.name = "other".into();
        assert_eq!(create(&[old.clone()], trading(NOW), NOW), Err(Refusal::PortTaken));
        old.state = State::Revoked;
        assert!(create(&[old], trading(NOW), NOW).is_ok());
    }

    #[test]
    fn it_lives_until_its_last_millisecond() {
        let mut credential = trading(NOW);
        credential.expires_at = Some(NOW.plus_ms(1));
        assert_eq!(credential.alive(NOW), Ok(()));
        assert_eq!(credential.alive(NOW.plus_ms(1)), Err(Refusal::Expired));
        credential.state = State::Suspended;
        assert_eq!(credential.alive(NOW), Err(Refusal::Suspended));
    }

    #[test]
    fn dormancy_first_leaves_reading_and_then_nothing() {
        let mut credential = trading(NOW);
        credential.expires_at = None;
        let later = NOW.plus_ms(30 * DAY_MS);
        assert_eq!(credential.may(Scope::OrderSubmit, later.minus_ms(1)), Ok(()));
        assert_eq!(credential.may(Scope::OrderSubmit, later), Err(Refusal::Dormant));
        assert_eq!(credential.may(Scope::AccountRead, later), Ok(()));
        assert_eq!(credential.may(Scope::AccountRead, NOW.plus_ms(90 * DAY_MS)), Err(Refusal::Dormant));
    }

    #[test]
    fn a_rotated_secret_overlaps_and_then_ends() {
        let (old, new) = (Digest::of(&[b"old"]), Digest::of(&[b"new"]));
        let mut all = [trading(NOW)].to_vec();
        all[0].secrets.push(SecretHash { sha256: old, until: None });
        let until = NOW.plus_ms(ROTATION_OVERLAP_MS);
        let id = all[0].id;
        apply(&mut all, &Event::Rotated { id, sha256: new, old_until: until });
        assert_eq!(all[0].opens(1_000, Some(&old), until.minus_ms(1)), Ok(()));
        assert_eq!(all[0].opens(1_000, Some(&old), until), Err(Refusal::WrongSecret));
        assert_eq!(all[0].opens(1_000, Some(&new), until), Ok(()));
        assert_eq!(all[0].opens(1_000, None, NOW), Err(Refusal::WrongSecret));
        assert_eq!(all[0].opens(0, Some(&new), NOW), Err(Refusal::WrongPeer));
    }
}
