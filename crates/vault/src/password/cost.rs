//! The cost of an Argon2id hash: configurable upward only, and never absurd.

use std::fmt;

/// Memory, passes and lanes of one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an Argon2id hash takes from {least} to {most}", least = Cost::LEAST, most = Cost::MOST)]
pub struct BadCost;

impl Cost {
    /// NI-05: what OWASP asks for at least.
    pub const LEAST: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };
    /// A stored hash that asks for more would stop the house.
    pub const MOST: Self = Self { memory_kib: 262_144, passes: 16, lanes: 4 };

    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, BadCost> {
        let within = (Self::LEAST.memory_kib..=Self::MOST.memory_kib).contains(&memory_kib)
            && (Self::LEAST.passes..=Self::MOST.passes).contains(&passes)
            && (Self::LEAST.lanes..=Self::MOST.lanes).contains(&lanes);
        if within { Ok(Self { memory_kib, passes, lanes }) } else { Err(BadCost) }
    }
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }
    pub const fn passes(self) -> u32 {
        self.passes
    }
    pub const fn lanes(self) -> u32 {
        self.lanes
    }
    /// Is any part of it below the other's?
    pub(crate) const fn is_below(self, other: Self) -> bool {
        self.memory_kib < other.memory_kib || self.passes < other.passes || self.lanes < other.lanes
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self::LEAST
    }
}

/// As a PHC string has it.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory_kib, self.passes, self.lanes)
    }
}
