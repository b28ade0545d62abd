//! Scope: what a credential or session may do.

use alloc::vec::Vec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    #[serde(rename = "account:read")]
    AccountRead,
    #[serde(rename = "market:read")]
    MarketRead,
    #[serde(rename = "order:submit")]
    OrderSubmit,
    #[serde(rename = "order:cancel")]
    OrderCancel,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::AccountRead, Self::MarketRead, Self::OrderSubmit, Self::OrderCancel];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountRead => "account:read",
            Self::MarketRead => "market:read",
            Self::OrderSubmit => "order:submit",
            Self::OrderCancel => "order:cancel",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
    const fn bit(self) -> u8 {
        match self {
            Self::AccountRead => 1,
            Self::MarketRead => 2,
            Self::OrderSubmit => 4,
            Self::OrderCancel => 8,
        }
    }
}

/// A set of scopes; empty allows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |bits, scope| bits | scope.bit()))
    }
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
    /// What a read-only credential has, and what dormancy leaves.
    pub fn read_only() -> Self {
        Self::of(&[Scope::AccountRead, Scope::MarketRead])
    }
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).collect()
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list().serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&Vec::<Scope>::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_allows_no_order() {
        assert!(!Scopes::read_only().has(Scope::OrderSubmit));
        assert!(!Scopes::read_only().has(Scope::OrderCancel));
        assert!(!Scopes::default().has(Scope::AccountRead));
    }

    #[test]
    fn every_scope_has_its_own_word() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
            assert_eq!(Scopes::of(&[scope]).list(), [scope]);
        }
    }
}
