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
            (Signal::NewNetwork, [5, 5, 8, 9, 9, 9, 9, 9]),
            (Signal::NewCountry, [0, 3, 7, 9, 12, 12, 12, 12]),
            (Signal::ImpossibleTravel, [0, 3, 7, 9, 12, 12, 12, 12]),
            (Signal::NewDevice, [16, 16, 29, 36, 36, 36, 36, 36]),
            (Signal::WeakerAuthenticator, [6, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::FailedSignIns, [0, 0, 0, 1, 2, 3, 4, 4]),
            (Signal::AskedAgain, [13, 16, 36, 48, 48, 48, 48, 48]),
            (Signal::Widened, [0, 0, 0, 9, 9, 9, 9, 9]),
            (Signal::SessionMoved, [0, 0, 0, 0, 6, 6, 6, 6]),
            (Signal::OddHour, [0, 3, 3, 4, 6, 6, 6, 6]),
            (Signal::OneInstrument, [7, 7, 7, 7, 19, 22, 23, 23]),
            (Signal::OrderSpell, [0, 0, 0, 6, 6, 6, 12, 12]),
            (Signal::FreshOrders, [0, 0, 0, 0, 3, 3, 3, 11]),
            (Signal::NewDays, [0, 0, 0, 2, 2, 5, 15, 15]),
            (Signal::NewRefused, [1, 1, 1, 5, 5, 5, 5, 5]),
        ],
        less: [3, 7, 9, 11],
        young: 0,
    },
    // Passwords and codes are tried.
    Card {
        name: "sign-ins are tried",
        rows: &[
            (Signal::NewDevice, [3, 6, 10, 17, 22, 26, 27, 27]),
            (Signal::WeakerAuthenticator, [9, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::FailedSignIns, [3, 7, 15, 25, 42, 57, 74, 80]),
            (Signal::AskedAgain, [4, 9, 12, 15, 18, 19, 21, 21]),
            (Signal::Widened, [2, 2, 3, 4, 4, 4, 4, 4]),
            (Signal::OddHour, [0, 1, 4, 4, 4, 4, 4, 4]),
            (Signal::FreshOrders, [0, 1, 4, 6, 8, 9, 9, 10]),
            (Signal::NewDays, [0, 3, 8, 11, 11, 11, 11, 11]),
        ],
        less: [10, 14, 16, 16],
        young: 0,
    },
    // What is done with a device of theirs that somebody else holds.
    Card {
        name: "the phone is elsewhere",
        rows: &[
            (Signal::NewNetwork, [2, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::NewDevice, [7, 7, 7, 11, 18, 30, 30, 30]),
            (Signal::WeakerAuthenticator, [0, 0, 0, 5, 5, 5, 5, 5]),
            (Signal::Widened, [3, 3, 4, 4, 4, 4, 4, 4]),
            (Signal::OddHour, [2, 5, 12, 12, 12, 16, 16, 16]),
            (Signal::NewInstrument, [7, 9, 10, 10, 10, 10, 10, 10]),
            (Signal::OneInstrument, [11, 14, 20, 20, 29, 36, 36, 36]),
            (Signal::OrderSize, [4, 4, 4, 10, 10, 10, 10, 10]),
            (Signal::OrderRate, [0, 4, 5, 7, 9, 11, 23, 23]),
            (Signal::OrderSpell, [0, 4, 4, 6, 7, 7, 7, 7]),
            (Signal::RefusedOften, [1, 2, 2, 2, 6, 10, 11, 11]),
            (Signal::LongSession, [11, 27, 36, 36, 36, 36, 36, 36]),
            (Signal::OrderSitting, [0, 2, 2, 2, 2, 2, 5, 5]),
            (Signal::FreshOrders, [4, 9, 15, 22, 26, 30, 30, 30]),
            (Signal::NewDays, [0, 0, 4, 4, 4, 4, 4, 4]),
            (Signal::NewRefused, [1, 2, 5, 5, 7, 10, 10, 10]),
            (Signal::BoughtAgain, [6, 6, 6, 6, 6, 6, 6, 6]),
        ],
        less: [2, 14, 18, 21],
        young: 32,
    },
    // What is done at a shared computer, after they left.
    Card {
        name: "a computer that others use",
        rows: &[
            (Signal::SharedComputer, [10, 22, 34, 36, 36, 36, 36, 36]),
            (Signal::OddHour, [0, 5, 6, 7, 9, 9, 12, 12]),
            (Signal::OneInstrument, [6, 7, 16, 18, 18, 18, 19, 19]),
            (Signal::OrderRate, [1, 5, 5, 5, 5, 6, 9, 10]),
            (Signal::SeldomTrades, [2, 3, 6, 6, 6, 6, 6, 6]),
            (Signal::FreshOrders, [2, 4, 4, 13, 13, 13, 13, 13]),
            (Signal::NewRefused, [2, 2, 6, 6, 6, 6, 6, 6]),
            (Signal::SharedInUse, [0, 0, 0, 0, 8, 8, 8, 8]),
        ],
        less: [8, 11, 14, 17],
        young: 7,
    },
    // A session that is used by somebody beside its owner, or after them.
    Card {
        name: "a session that others use",
        rows: &[
            (Signal::NewCountry, [0, 0, 0, 3, 3, 4, 4, 4]),
            (Signal::ImpossibleTravel, [0, 0, 0, 3, 3, 4, 4, 4]),
            (Signal::NewDevice, [0, 0, 1, 2, 3, 3, 3, 3]),
            (Signal::SessionMoved, [8, 19, 25, 25, 31, 31, 31, 31]),
            (Signal::TwoNetworks, [30, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::OneInstrument, [2, 2, 2, 5, 7, 7, 7, 7]),
            (Signal::OrderRate, [1, 7, 7, 11, 11, 14, 18, 18]),
            (Signal::SeldomTrades, [0, 0, 0, 5, 6, 6, 6, 6]),
            (Signal::LongSession, [36, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::NewDays, [1, 1, 5, 5, 11, 13, 13, 13]),
        ],
        less: [8, 16, 17, 17],
        young: 7,
    },
    // Nothing is new but the orders.
    Card {
        name: "orders of somebody else",
        rows: &[
            (Signal::NewNetwork, [0, 0, 4, 6, 6, 6, 6, 6]),
            (Signal::NewCountry, [0, 0, 0, 0, 3, 3, 3, 3]),
            (Signal::ImpossibleTravel, [0, 0, 0, 0, 3, 3, 3, 3]),
            (Signal::NewDevice, [6, 7, 10, 12, 17, 24, 24, 24]),
            (Signal::SharedComputer, [4, 9, 13, 18, 21, 21, 21, 21]),
            (Signal::Widened, [5, 5, 6, 7, 7, 7, 7, 7]),
            (Signal::SessionMoved, [0, 0, 0, 3, 13, 13, 13, 13]),
            (Signal::OddHour, [0, 4, 5, 5, 5, 5, 5, 5]),
            (Signal::OneInstrument, [10, 10, 11, 27, 36, 36, 36, 36]),
            (Signal::OrderSize, [0, 0, 1, 2, 4, 8, 12, 16]),
            (Signal::OrderRate, [0, 0, 0, 0, 4, 4, 5, 5]),
            (Signal::Refusals, [3, 7, 10, 13, 15, 17, 19, 19]),
            (Signal::SameRefused, [36, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::OrderSpell, [3, 3, 4, 5, 12, 18, 24, 27]),
            (Signal::RefusedOften, [4, 9, 10, 10, 20, 36, 36, 36]),
            (Signal::LongSession, [18, 36, 36, 36, 36, 36, 36, 36]),
            (Signal::OrderSitting, [5, 9, 18, 18, 19, 19, 19, 19]),
            (Signal::FreshOrders, [2, 12, 15, 22, 22, 22, 24, 34]),
            (Signal::NewDays, [1, 3, 9, 14, 14, 17, 17, 17]),
            (Signal::NewRefused, [0, 0, 0, 0, 2, 2, 11, 11]),
            (Signal::SharedInUse, [1, 1, 5, 5, 5, 5, 5, 5]),
            (Signal::BoughtAgain, [8, 8, 8, 12, 15, 17, 17, 26]),
        ],
        less: [2, 32, 40, 40],
        young: 23,
    },
];

const PROGRAM: [Card; 3] = [
    // Tried from many sides.
    Card {
        name: "the secret is spread",
        rows: &[
            (Signal::CredentialClient, [10, 10, 16, 16, 16, 16, 16, 16]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [19, 36, 48, 48, 48, 48, 48, 48]),
            (Signal::FreshOrders, [0, 0, 0, 2, 3, 5, 5, 5]),
        ],
        less: [2, 4, 5, 7],
        young: 0,
    },
    // What a program does that somebody else commands.
    Card {
        name: "a program that is not itself",
        rows: &[
            (Signal::OneInstrument, [4, 10, 10, 12, 18, 18, 19, 19]),
            (Signal::OrderSize, [0, 0, 0, 5, 7, 9, 10, 10]),
            (Signal::OrderRate, [3, 6, 8, 11, 11, 11, 11, 11]),
            (Signal::CredentialNetwork, [5, 6, 6, 8, 8, 8, 8, 8]),
            (Signal::CredentialClient, [1, 5, 7, 8, 8, 8, 8, 8]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::OffHours, [4, 12, 13, 13, 28, 36, 36, 36]),
            (Signal::RefusedOften, [2, 7, 8, 11, 14, 16, 16, 16]),
            (Signal::FreshOrders, [2, 13, 13, 15, 17, 17, 20, 20]),
            (Signal::NewDays, [0, 0, 1, 3, 3, 19, 34, 36]),
        ],
        less: [0, 0, 8, 17],
        young: 0,
    },
    // Where it connects from.
    Card {
        name: "a program from elsewhere",
        rows: &[
            (Signal::NewInstrument, [0, 6, 8, 8, 8, 8, 8, 8]),
            (Signal::OneInstrument, [2, 4, 5, 5, 5, 6, 6, 6]),
            (Signal::OrderSize, [0, 0, 0, 6, 16, 16, 16, 16]),
            (Signal::SameRefused, [6, 15, 15, 15, 15, 15, 15, 15]),
            (Signal::CredentialNetwork, [1, 1, 1, 24, 35, 35, 35, 35]),
            (Signal::CredentialClient, [2, 2, 10, 15, 15, 15, 15, 15]),
            (Signal::ManyNetworks, [18, 28, 33, 33, 33, 33, 33, 33]),
            (Signal::CredentialRefused, [2, 4, 6, 8, 12, 16, 16, 16]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [7, 8, 8, 8, 8, 8, 8, 8]),
            (Signal::OffHours, [2, 4, 4, 4, 8, 12, 16, 16]),
            (Signal::RefusedOften, [4, 4, 4, 4, 7, 7, 7, 7]),
            (Signal::FreshOrders, [0, 3, 3, 3, 7, 8, 8, 8]),
            (Signal::NewDays, [0, 0, 0, 0, 18, 22, 24, 24]),
            (Signal::NewRefused, [4, 8, 8, 8, 8, 8, 14, 14]),
        ],
        less: [1, 1, 1, 5],
        young: 0,
    },
];
