//! The cards: for each way in which a user or a credential is misused, what the signals count.
//!
//! Found with labels on made users, by what may only rise with a signal (docs/detection.md): they are the weights of that
//! population, whole and bounded: what may not reach an alert by itself counts nine bits at most.

use super::assess::{Whose, along};
use super::heat::BIT;
use super::signal::Signal;

/// At so many bits of a signal.
const KNOTS: [i32; 8] = [1, 2, 3, 4, 6, 8, 12, 16];
/// At so many doublings of deeds a week.
const PACES: [i32; 4] = [2, 4, 6, 8];
/// Until so many days somebody is young, and from so many on known.
const KNOWN: (i32, i32) = (4, 10);

#[derive(Clone, Copy, Debug)]
pub struct Card {
    pub name: &'static str,
    /// Quarters of a bit at each knot.
    rows: &'static [(Signal, [u8; 8])],
    /// So many fewer, by the pace.
    less: [u8; 4],
    /// So many fewer in the first days.
    young: u8,
}

impl Card {
    /// What so many bits of the signal count here.
    pub fn counts(&self, signal: Signal, kept: i32) -> i32 {
        let row = self.rows.iter().find(|(one, _)| *one == signal);
        row.map_or(0, |(_, row)| along(*row, KNOTS, kept))
    }

    pub fn less(&self, pace: i32) -> i32 {
        along(self.less, PACES, pace)
    }

    /// Of whoever is known for so many days.
    pub fn while_young(&self, days: u32) -> i32 {
        let left = (KNOWN.1 - i32::try_from(days).unwrap_or(KNOWN.1)).clamp(0, KNOWN.1 - KNOWN.0);
        i32::from(self.young) * BIT / 4 * left / (KNOWN.1 - KNOWN.0)
    }
}

pub const fn cards(whose: Whose) -> &'static [Card] {
    match whose {
        Whose::Person => &PERSON,
        Whose::Program => &PROGRAM,
    }
}

const PERSON: [Card; 6] = [
    // A device, an authenticator or a country that is new, and what is done then.
    Card {
        name: "a stranger comes in",
        rows: &[
            (Signal::NewNetwork, [5, 6, 8, 9, 9, 9, 9, 9]),
            (Signal::NewCountry, [1, 3, 7, 9, 12, 12, 12, 12]),
            (Signal::ImpossibleTravel, [1, 3, 7, 9, 12, 12, 12, 12]),
            (Signal::NewDevice, [18, 18, 32, 36, 36, 36, 36, 36]),
            (Signal::WeakerAuthenticator, [6, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::FailedSignIns, [0, 0, 0, 1, 2, 3, 4, 4]),
            (Signal::AskedAgain, [40, 48, 48, 48, 48, 48, 48, 48]),
            (Signal::Widened, [0, 0, 0, 9, 9, 9, 9, 9]),
            (Signal::SessionMoved, [0, 0, 0, 0, 7, 7, 7, 7]),
            (Signal::OddHour, [0, 4, 4, 4, 6, 6, 6, 6]),
            (Signal::NewInstrument, [0, 1, 3, 3, 3, 3, 3, 3]),
            (Signal::OneInstrument, [5, 5, 5, 5, 16, 18, 19, 19]),
            (Signal::OrderRate, [0, 0, 0, 0, 0, 0, 1, 1]),
            (Signal::OrderSpell, [0, 0, 0, 6, 7, 7, 14, 14]),
            (Signal::LongSession, [0, 0, 0, 1, 1, 1, 1, 1]),
            (Signal::FreshOrders, [0, 0, 2, 2, 4, 4, 4, 12]),
            (Signal::NewDays, [0, 0, 0, 0, 0, 3, 12, 12]),
            (Signal::NewRefused, [0, 0, 0, 5, 5, 5, 6, 6]),
            (Signal::SharedInUse, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::BoughtAgain, [2, 2, 2, 2, 2, 2, 2, 2]),
        ],
        less: [3, 7, 9, 11],
        young: 0,
    },
    // Passwords and codes are tried.
    Card {
        name: "sign-ins are tried",
        rows: &[
            (Signal::NewNetwork, [1, 1, 1, 1, 1, 1, 1, 1]),
            (Signal::NewCountry, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::ImpossibleTravel, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::NewDevice, [3, 6, 10, 16, 21, 25, 26, 26]),
            (Signal::WeakerAuthenticator, [10, 11, 11, 11, 11, 11, 11, 11]),
            (Signal::FailedSignIns, [3, 8, 16, 26, 42, 55, 71, 80]),
            (Signal::AskedAgain, [4, 9, 12, 15, 18, 19, 21, 21]),
            (Signal::Widened, [3, 3, 3, 4, 4, 4, 4, 4]),
            (Signal::OddHour, [0, 2, 5, 5, 5, 5, 5, 5]),
            (Signal::OneInstrument, [0, 1, 1, 1, 1, 1, 1, 1]),
            (Signal::OrderRate, [3, 3, 3, 3, 3, 3, 3, 3]),
            (Signal::RefusedOften, [0, 0, 0, 1, 1, 1, 1, 1]),
            (Signal::FreshOrders, [0, 0, 2, 4, 6, 7, 7, 8]),
            (Signal::NewDays, [0, 2, 6, 8, 8, 8, 8, 8]),
        ],
        less: [10, 14, 16, 16],
        young: 0,
    },
    // What is done with a device of theirs that somebody else holds.
    Card {
        name: "the phone is elsewhere",
        rows: &[
            (Signal::NewNetwork, [3, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::NewDevice, [7, 7, 7, 11, 16, 21, 21, 21]),
            (Signal::WeakerAuthenticator, [0, 0, 0, 5, 5, 5, 5, 5]),
            (Signal::FailedSignIns, [0, 1, 1, 1, 1, 1, 1, 1]),
            (Signal::Widened, [4, 4, 5, 5, 5, 5, 5, 5]),
            (Signal::OddHour, [1, 5, 12, 12, 12, 17, 17, 17]),
            (Signal::NewInstrument, [7, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::OneInstrument, [11, 14, 20, 20, 29, 36, 36, 36]),
            (Signal::OrderSize, [4, 4, 4, 10, 10, 10, 10, 10]),
            (Signal::OrderRate, [0, 5, 6, 7, 9, 10, 23, 23]),
            (Signal::OrderSpell, [0, 4, 4, 7, 7, 7, 7, 7]),
            (Signal::RefusedOften, [1, 2, 2, 2, 6, 9, 10, 10]),
            (Signal::LongSession, [3, 9, 16, 22, 27, 32, 33, 33]),
            (Signal::OrderSitting, [0, 2, 2, 2, 2, 2, 4, 4]),
            (Signal::FreshOrders, [4, 9, 16, 23, 27, 31, 31, 31]),
            (Signal::NewDays, [0, 0, 4, 4, 5, 5, 5, 5]),
            (Signal::NewRefused, [1, 2, 6, 6, 9, 11, 11, 11]),
            (Signal::BoughtAgain, [6, 6, 6, 6, 6, 6, 6, 6]),
        ],
        less: [3, 15, 19, 21],
        young: 32,
    },
    // What is done at a shared computer, after they left.
    Card {
        name: "a computer that others use",
        rows: &[
            (Signal::NewNetwork, [0, 0, 1, 1, 1, 1, 1, 1]),
            (Signal::NewDevice, [2, 3, 3, 3, 3, 3, 3, 3]),
            (Signal::WeakerAuthenticator, [0, 0, 0, 1, 1, 1, 1, 1]),
            (Signal::SharedComputer, [10, 21, 33, 36, 36, 36, 36, 36]),
            (Signal::Widened, [1, 1, 1, 1, 1, 1, 1, 1]),
            (Signal::OddHour, [0, 5, 6, 7, 8, 9, 12, 12]),
            (Signal::NewInstrument, [1, 3, 3, 3, 3, 3, 3, 3]),
            (Signal::OneInstrument, [6, 6, 15, 17, 18, 18, 19, 19]),
            (Signal::OrderRate, [1, 5, 5, 5, 5, 5, 7, 8]),
            (Signal::SeldomTrades, [1, 3, 5, 5, 5, 5, 5, 5]),
            (Signal::OrderSpell, [1, 1, 1, 2, 2, 2, 2, 2]),
            (Signal::LongSession, [0, 0, 1, 1, 1, 1, 1, 1]),
            (Signal::FreshOrders, [1, 2, 2, 10, 10, 10, 10, 10]),
            (Signal::NewDays, [0, 0, 0, 0, 0, 3, 3, 3]),
            (Signal::NewRefused, [2, 2, 4, 4, 4, 4, 4, 4]),
            (Signal::SharedInUse, [0, 0, 0, 0, 8, 8, 8, 8]),
        ],
        less: [8, 11, 13, 16],
        young: 7,
    },
    // A session that is used by somebody beside its owner, or after them.
    Card {
        name: "a session that others use",
        rows: &[
            (Signal::NewNetwork, [0, 0, 3, 3, 3, 3, 3, 3]),
            (Signal::NewCountry, [0, 0, 0, 2, 3, 4, 4, 4]),
            (Signal::ImpossibleTravel, [0, 0, 0, 2, 3, 4, 4, 4]),
            (Signal::NewDevice, [0, 0, 2, 3, 5, 5, 5, 5]),
            (Signal::SharedComputer, [0, 0, 0, 0, 1, 1, 1, 1]),
            (Signal::SessionMoved, [8, 19, 25, 25, 31, 31, 31, 31]),
            (Signal::TwoNetworks, [24, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::OddHour, [0, 0, 1, 1, 1, 1, 1, 1]),
            (Signal::NewInstrument, [1, 2, 3, 3, 3, 3, 3, 3]),
            (Signal::OneInstrument, [1, 1, 1, 4, 6, 6, 6, 6]),
            (Signal::OrderSize, [2, 2, 2, 3, 3, 3, 3, 3]),
            (Signal::OrderRate, [0, 4, 4, 9, 9, 9, 9, 9]),
            (Signal::SeldomTrades, [0, 0, 0, 5, 6, 6, 6, 6]),
            (Signal::RefusedOften, [0, 0, 1, 1, 1, 1, 1, 1]),
            (Signal::LongSession, [36, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::OrderSitting, [1, 1, 1, 1, 2, 2, 2, 2]),
            (Signal::FreshOrders, [0, 0, 0, 0, 0, 0, 0, 1]),
            (Signal::NewDays, [0, 0, 4, 4, 8, 10, 10, 10]),
            (Signal::NewRefused, [1, 1, 1, 1, 1, 1, 1, 1]),
            (Signal::SharedInUse, [0, 0, 0, 1, 2, 3, 3, 3]),
            (Signal::BoughtAgain, [2, 3, 3, 3, 3, 3, 3, 3]),
        ],
        less: [8, 17, 18, 18],
        young: 9,
    },
    // Nothing is new but the orders.
    Card {
        name: "orders of somebody else",
        rows: &[
            (Signal::NewNetwork, [0, 0, 4, 6, 6, 6, 6, 6]),
            (Signal::NewCountry, [0, 0, 0, 0, 4, 4, 4, 4]),
            (Signal::ImpossibleTravel, [0, 0, 0, 0, 4, 4, 4, 4]),
            (Signal::NewDevice, [5, 7, 10, 13, 18, 26, 26, 26]),
            (Signal::SharedComputer, [4, 8, 12, 16, 20, 20, 20, 20]),
            (Signal::Widened, [5, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::SessionMoved, [0, 0, 0, 3, 10, 10, 10, 10]),
            (Signal::OddHour, [0, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::NewInstrument, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::OneInstrument, [10, 10, 11, 25, 36, 36, 36, 36]),
            (Signal::OrderSize, [0, 0, 0, 2, 4, 8, 12, 16]),
            (Signal::OrderRate, [0, 0, 0, 0, 5, 5, 5, 5]),
            (Signal::Refusals, [2, 5, 7, 10, 12, 14, 16, 16]),
            (Signal::SameRefused, [36, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::SeldomTrades, [1, 1, 1, 1, 1, 1, 1, 1]),
            (Signal::OrderSpell, [2, 2, 4, 5, 10, 16, 22, 25]),
            (Signal::RefusedOften, [4, 9, 10, 10, 20, 34, 36, 36]),
            (Signal::LongSession, [22, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::OrderSitting, [5, 9, 17, 17, 18, 18, 18, 18]),
            (Signal::FreshOrders, [2, 11, 14, 21, 21, 21, 22, 32]),
            (Signal::NewDays, [0, 2, 8, 13, 13, 15, 15, 15]),
            (Signal::NewRefused, [0, 0, 0, 0, 2, 2, 11, 11]),
            (Signal::SharedInUse, [1, 1, 4, 4, 4, 5, 5, 5]),
            (Signal::BoughtAgain, [8, 8, 8, 12, 15, 17, 17, 25]),
        ],
        less: [2, 31, 38, 38],
        young: 23,
    },
];

const PROGRAM: [Card; 3] = [
    // Tried from many sides.
    Card {
        name: "the secret is spread",
        rows: &[
            (Signal::NewInstrument, [0, 0, 3, 3, 3, 3, 3, 3]),
            (Signal::OneInstrument, [0, 0, 0, 0, 1, 2, 2, 3]),
            (Signal::OrderSize, [0, 0, 0, 1, 2, 2, 2, 2]),
            (Signal::SameRefused, [0, 1, 1, 1, 1, 1, 1, 1]),
            (Signal::CredentialClient, [10, 10, 16, 16, 16, 16, 16, 16]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [19, 36, 48, 48, 48, 48, 48, 48]),
            (Signal::OffHours, [0, 0, 1, 1, 1, 1, 1, 1]),
            (Signal::OrderSitting, [0, 0, 1, 1, 1, 1, 1, 1]),
            (Signal::FreshOrders, [0, 0, 0, 2, 3, 5, 5, 5]),
            (Signal::NewRefused, [0, 0, 0, 0, 0, 1, 1, 1]),
            (Signal::BoughtAgain, [0, 0, 0, 0, 0, 1, 1, 1]),
        ],
        less: [2, 4, 5, 7],
        young: 0,
    },
    // What a program does that somebody else commands.
    Card {
        name: "a program that is not itself",
        rows: &[
            (Signal::OneInstrument, [4, 10, 10, 12, 19, 19, 19, 19]),
            (Signal::OrderSize, [0, 0, 0, 4, 8, 10, 11, 11]),
            (Signal::OrderRate, [3, 4, 8, 11, 11, 11, 11, 11]),
            (Signal::CredentialNetwork, [6, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::CredentialClient, [1, 5, 6, 8, 8, 8, 8, 8]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::OffHours, [5, 12, 13, 13, 27, 36, 36, 36]),
            (Signal::RefusedOften, [1, 4, 6, 9, 12, 14, 14, 14]),
            (Signal::FreshOrders, [2, 14, 14, 15, 17, 17, 20, 20]),
            (Signal::NewDays, [0, 0, 2, 3, 3, 20, 32, 36]),
            (Signal::NewRefused, [0, 0, 1, 3, 3, 3, 3, 3]),
        ],
        less: [0, 0, 7, 16],
        young: 0,
    },
    // Where it connects from.
    Card {
        name: "a program from elsewhere",
        rows: &[
            (Signal::NewInstrument, [0, 7, 10, 10, 10, 10, 10, 10]),
            (Signal::OneInstrument, [2, 5, 6, 6, 6, 6, 6, 6]),
            (Signal::OrderSize, [0, 0, 0, 6, 11, 12, 12, 12]),
            (Signal::OrderRate, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::SameRefused, [6, 13, 14, 15, 15, 15, 15, 15]),
            (Signal::CredentialNetwork, [2, 2, 2, 24, 33, 33, 33, 33]),
            (Signal::CredentialClient, [2, 2, 10, 15, 15, 15, 15, 15]),
            (Signal::ManyNetworks, [17, 26, 30, 30, 30, 30, 30, 30]),
            (Signal::CredentialRefused, [2, 4, 6, 8, 12, 16, 16, 16]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [7, 8, 8, 8, 8, 8, 8, 8]),
            (Signal::OffHours, [1, 2, 2, 2, 10, 11, 12, 12]),
            (Signal::RefusedOften, [4, 4, 4, 4, 5, 5, 5, 5]),
            (Signal::FreshOrders, [0, 2, 2, 2, 5, 6, 6, 7]),
            (Signal::NewDays, [0, 0, 0, 0, 16, 23, 25, 25]),
            (Signal::NewRefused, [4, 7, 7, 7, 7, 7, 12, 15]),
        ],
        less: [1, 1, 1, 4],
        young: 0,
    },
];
