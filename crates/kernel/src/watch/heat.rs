//! Heat: the bits of each signal, fading; which step they ask for, and none harder than their class allows.

use crate::time::Timestamp;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One bit: twice as rare.
pub const BIT: i32 = 16;
const FADE_MS: i64 = 12 * 3_600_000;
/// Two of these halve it.
const FADES: (i32, i32) = (22, 32);

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
    pub const ALL: [Self; 29] = [
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
    ];

    /// The most bits it counts, however often it is seen.
    pub const fn cap(self) -> i32 {
        let bits = match self {
            Self::OddHour => 3,
            Self::WeakerAuthenticator | Self::CredentialClient | Self::SeldomTrades => 4,
            Self::NewNetwork | Self::Widened | Self::NewInstrument | Self::SharedComputer => 5,
            Self::NewCountry | Self::ImpossibleTravel | Self::OrderSize | Self::Refusals | Self::SessionMoved => 6,
            Self::CredentialNetwork | Self::CredentialRefused => 6,
            Self::RefusedOften => 5,
            Self::OffHours
            | Self::OneInstrument
            | Self::OrderRate
            | Self::OrderSpell
            | Self::SameRefused
            | Self::TwoNetworks
            | Self::LongSession
            | Self::NewDevice => 8,
            Self::AskedAgain | Self::ManyNetworks | Self::ManyPrograms => 12,
            Self::FailedSignIns | Self::SecretElsewhere => 20,
        };
        bits * BIT
    }

    /// What a bit of it counts, in sixteenths: signs that come together for one cause count less, and what hardly any
    /// honest user shows counts more. Tuned on made users, as docs/detection.md says.
    const fn weight(self) -> i32 {
        match self {
            Self::NewNetwork | Self::NewCountry | Self::ImpossibleTravel | Self::SessionMoved => 12,
            Self::OrderRate | Self::OrderSpell | Self::SeldomTrades | Self::RefusedOften => 12,
            Self::NewDevice | Self::NewInstrument | Self::AskedAgain => 20,
            Self::OneInstrument | Self::SameRefused | Self::LongSession => 24,
            Self::WeakerAuthenticator
            | Self::SharedComputer
            | Self::FailedSignIns
            | Self::Widened
            | Self::TwoNetworks
            | Self::OddHour
            | Self::OrderSize
            | Self::Refusals
            | Self::CredentialNetwork
            | Self::CredentialClient
            | Self::ManyNetworks
            | Self::CredentialRefused
            | Self::SecretElsewhere
            | Self::ManyPrograms
            | Self::OffHours => BIT,
        }
    }

    const fn weighed(self, bits: i32) -> i32 {
        bits.saturating_mul(self.weight()) / BIT
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
            | Self::LongSession => Class::Presence,
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
            | Self::RefusedOften => Class::Conduct,
            Self::CredentialNetwork
            | Self::CredentialClient
            | Self::ManyNetworks
            | Self::ManyPrograms
            | Self::CredentialRefused
            | Self::SecretElsewhere => Class::Possession,
        }
    }

    const fn at(self) -> usize {
        self as usize
    }
}

/// What is left of the bits of each signal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heat {
    of: [i16; 29],
    faded_at: Timestamp,
    /// When each was last seen.
    seen_at: [Timestamp; 29],
}

impl Heat {
    /// Adds what a signal is worth; it never counts more than its cap.
    pub fn add(&mut self, at: Timestamp, signal: Signal, bits: i32) {
        self.put(at, signal, signal.weighed(bits));
    }

    /// As a signal that is judged anew each time: the highest counts, not the sum.
    pub fn raise(&mut self, at: Timestamp, signal: Signal, bits: i32) {
        self.fade(at);
        let bits = signal.weighed(bits);
        self.put(at, signal, bits.saturating_sub(self.of(signal)));
        if bits > 0 {
            self.see(at, signal);
        }
    }

    fn put(&mut self, at: Timestamp, signal: Signal, bits: i32) {
        self.fade(at);
        if let Some(one) = self.of.get_mut(signal.at())
            && bits > 0
        {
            let sum = i32::from(*one).saturating_add(bits).min(signal.cap());
            *one = i16::try_from(sum).unwrap_or(i16::MAX);
            self.see(at, signal);
        }
    }

    fn see(&mut self, at: Timestamp, signal: Signal) {
        if let Some(seen) = self.seen_at.get_mut(signal.at()) {
            *seen = at;
        }
    }

    /// What was not seen since then counts nothing.
    pub fn forget_until(&mut self, at: Timestamp) {
        self.of.iter_mut().zip(&self.seen_at).filter(|(_, seen)| **seen <= at).for_each(|(one, _)| *one = 0);
    }

    pub fn fade(&mut self, at: Timestamp) {
        let steps = at.since(self.faded_at).div_euclid(FADE_MS);
        if steps <= 0 {
            return;
        }
        for _ in 0..steps.min(40) {
            self.of.iter_mut().for_each(|one| {
                let faded = i32::from(*one) * FADES.0 / FADES.1;
                *one = i16::try_from(faded).unwrap_or(0);
            });
        }
        self.faded_at = match steps > 40 {
            true => at,
            false => self.faded_at.plus_ms(steps.saturating_mul(FADE_MS)),
        };
    }

    pub fn of(&self, signal: Signal) -> i32 {
        self.of.get(signal.at()).map_or(0, |one| i32::from(*one))
    }

    pub fn clear(&mut self) {
        self.of = [0; 29];
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The owner is told.
    Notify,
    /// The sessions fall back to *view* until an authenticator is shown.
    StepUp,
    /// Orders only reduce.
    ReduceOnly,
    /// The credential is suspended.
    Kill,
}

/// From how many bits on something is told, in sixteenths; each step beyond takes so many more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    pub notify: i32,
    pub step_up: i32,
    pub reduce_only: i32,
    pub kill: i32,
}

impl Thresholds {
    pub const fn usual() -> Self {
        Self::around(78 * BIT / 8)
    }
    /// The others keep their distance to the first.
    pub const fn around(notify: i32) -> Self {
        Self { notify, step_up: notify + 2 * BIT, reduce_only: notify + 4 * BIT, kill: notify + 8 * BIT }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessed {
    pub bits: i32,
    pub step: Option<Step>,
    /// The heaviest first.
    pub seen: Vec<(Signal, i32)>,
}

/// What a person's and a flow's heat come to. Signs that count for both halves are taken once, the higher.
pub fn assess(heats: &[&Heat], pace: i32, thresholds: &Thresholds) -> Assessed {
    let mut seen: Vec<(Signal, i32)> = Vec::new();
    let mut of = [0i32; 3];
    for signal in Signal::ALL {
        let bits = heats.iter().map(|heat| heat.of(signal)).max().unwrap_or(0);
        if bits > 0 {
            seen.push((signal, bits));
            if let Some(one) = of.get_mut(signal.class() as usize) {
                *one += bits;
            }
        }
    }
    seen.sort_by_key(|(_, bits)| -bits);
    let [presence, conduct, possession] = of;
    // Whoever does much does something odd often.
    let conduct = (conduct - pace.min(6 * BIT) * 3 / 4).max(0);
    let bits = presence + conduct + possession;
    // A step takes so much of the evidence that allows it: presence asks for a proof, conduct takes risk away, and only
    // possession, with conduct beside it, takes the credential.
    let step = if bits >= thresholds.kill && possession >= thresholds.notify / 2 {
        Some(Step::Kill)
    } else if bits >= thresholds.reduce_only && conduct + possession >= thresholds.notify / 2 {
        Some(Step::ReduceOnly)
    } else if bits >= thresholds.step_up && presence >= thresholds.notify / 2 {
        Some(Step::StepUp)
    } else {
        (bits >= thresholds.notify).then_some(Step::Notify)
    };
    Assessed { bits, step, seen }
}

/// How long an alert stands for what goes on, before the same is told anew.
pub const STANDS_MS: i64 = 7 * 86_400_000;

/// What was told last of a subject: an alert is told once, and again only when it asks for a harder step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    last: Option<(Step, Timestamp)>,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// A new alert.
    Opens(Step),
    /// The one that stands asks for more.
    Rises(Step),
}

impl Told {
    pub fn tell(&mut self, step: Option<Step>, at: Timestamp) -> Option<Telling> {
        let step = step?;
        let standing = self.last.filter(|(_, since)| at.since(*since) < STANDS_MS);
        let telling = match standing {
            None => Telling::Opens(step),
            Some((before, _)) if step > before => Telling::Rises(step),
            Some(_) => return None,
        };
        self.last = Some((step, standing.map_or(at, |(_, since)| since)));
        Some(telling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_counts_again_only_where_it_is_seen_again() {
        let (then, mut heat) = (Timestamp(1_790_000_000_000), Heat::default());
        heat.raise(then, Signal::OrderSize, 6 * BIT);
        heat.add(then, Signal::SameRefused, 2 * BIT);
        let later = then.plus_ms(60_000);
        heat.raise(later, Signal::OddHour, BIT);
        heat.forget_until(then);
        assert_eq!((heat.of(Signal::OrderSize), heat.of(Signal::SameRefused), heat.of(Signal::OddHour)), (0, 0, BIT));
        let mut again = Heat::default();
        again.raise(then, Signal::OrderSize, 6 * BIT);
        again.raise(later, Signal::OrderSize, BIT);
        again.forget_until(then);
        assert_eq!(again.of(Signal::OrderSize), 6 * BIT, "the same was seen again");
    }
}
