//! Signals: what can be seen of a user or a flow, how many bits are kept of it, and what it is evidence of.

use super::heat::BIT;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    NewNetwork,
    NewCountry,
    ImpossibleTravel,
    NewDevice,
    WeakerAuthenticator,
    SharedComputer,
    FailedSignIns,
    AskedAgain,
    Widened,
    SessionMoved,
    TwoNetworks,
    OddHour,
    NewInstrument,
    OneInstrument,
    OrderSize,
    OrderRate,
    Refusals,
    SameRefused,
    CredentialNetwork,
    CredentialClient,
    ManyNetworks,
    CredentialRefused,
    SecretElsewhere,
    SeldomTrades,
    OrderSpell,
    ManyPrograms,
    OffHours,
    RefusedOften,
    LongSession,
    OrderSitting,
    FreshOrders,
    NewDays,
    NewRefused,
    SharedInUse,
    BoughtAgain,
}

/// What a signal is evidence of, and so how far it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Somebody may have come in as the user: a proof asks them.
    Presence,
    /// What is done is unusual: risk is taken away, nothing else.
    Conduct,
    /// A secret is in hands that the owner did not give it to.
    Possession,
}

impl Signal {
    pub const COUNT: usize = 35;
    pub const ALL: [Self; Self::COUNT] = [
        Self::NewNetwork,
        Self::NewCountry,
        Self::ImpossibleTravel,
        Self::NewDevice,
        Self::WeakerAuthenticator,
        Self::SharedComputer,
        Self::FailedSignIns,
        Self::AskedAgain,
        Self::Widened,
        Self::SessionMoved,
        Self::TwoNetworks,
        Self::OddHour,
        Self::NewInstrument,
        Self::OneInstrument,
        Self::OrderSize,
        Self::OrderRate,
        Self::Refusals,
        Self::SameRefused,
        Self::CredentialNetwork,
        Self::CredentialClient,
        Self::ManyNetworks,
        Self::CredentialRefused,
        Self::SecretElsewhere,
        Self::SeldomTrades,
        Self::OrderSpell,
        Self::ManyPrograms,
        Self::OffHours,
        Self::RefusedOften,
        Self::LongSession,
        Self::OrderSitting,
        Self::FreshOrders,
        Self::NewDays,
        Self::NewRefused,
        Self::SharedInUse,
        Self::BoughtAgain,
    ];

    /// The most bits that are kept of it, however often it is seen. What it counts is in `cards`.
    pub const fn cap(self) -> i32 {
        match self {
            Self::FailedSignIns | Self::SecretElsewhere => 20 * BIT,
            Self::NewNetwork
            | Self::NewCountry
            | Self::ImpossibleTravel
            | Self::NewDevice
            | Self::WeakerAuthenticator
            | Self::SharedComputer
            | Self::AskedAgain
            | Self::Widened
            | Self::SessionMoved
            | Self::TwoNetworks
            | Self::OddHour
            | Self::NewInstrument
            | Self::OneInstrument
            | Self::OrderSize
            | Self::OrderRate
            | Self::Refusals
            | Self::SameRefused
            | Self::CredentialNetwork
            | Self::CredentialClient
            | Self::ManyNetworks
            | Self::CredentialRefused
            | Self::SeldomTrades
            | Self::OrderSpell
            | Self::ManyPrograms
            | Self::OffHours
            | Self::RefusedOften
            | Self::LongSession
            | Self::OrderSitting
            | Self::FreshOrders
            | Self::NewDays
            | Self::NewRefused
            | Self::SharedInUse
            | Self::BoughtAgain => 16 * BIT,
        }
    }

    pub const fn class(self) -> Class {
        match self {
            Self::NewNetwork
            | Self::NewCountry
            | Self::ImpossibleTravel
            | Self::NewDevice
            | Self::WeakerAuthenticator
            | Self::SharedComputer
            | Self::FailedSignIns
            | Self::AskedAgain
            | Self::Widened
            | Self::SessionMoved
            | Self::TwoNetworks
            | Self::LongSession
            | Self::SharedInUse => Class::Presence,
            Self::OddHour
            | Self::NewInstrument
            | Self::OneInstrument
            | Self::OrderSize
            | Self::OrderRate
            | Self::Refusals
            | Self::SameRefused
            | Self::SeldomTrades
            | Self::OrderSpell
            | Self::OffHours
            | Self::RefusedOften
            | Self::OrderSitting
            | Self::FreshOrders
            | Self::NewDays
            | Self::NewRefused
            | Self::BoughtAgain => Class::Conduct,
            Self::CredentialNetwork
            | Self::CredentialClient
            | Self::ManyNetworks
            | Self::ManyPrograms
            | Self::CredentialRefused
            | Self::SecretElsewhere => Class::Possession,
        }
    }

    /// The secret itself is in other hands, or used from where its program never was.
    pub(super) const fn is_elsewhere(self) -> bool {
        matches!(self, Self::SecretElsewhere | Self::CredentialNetwork | Self::ManyNetworks)
    }

    pub(super) const fn at(self) -> usize {
        self as usize
    }
}
