//! The cards: for each way in which a user or a credential is misused, what the signals count.
//!
//! Found with labels on made users, by a logistic regression that may only rise with a signal (docs/detection.md): they
//! are the weights of that population, made whole and then bounded: what may not reach an alert by itself counts eight
//! bits at most.

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
            (Signal::NewCountry, [2, 2, 6, 9, 9, 9, 9, 9]),
            (Signal::ImpossibleTravel, [2, 2, 6, 9, 9, 9, 9, 9]),
            (Signal::NewDevice, [23, 23, 25, 29, 34, 34, 34, 34]),
            (Signal::WeakerAuthenticator, [10, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::FailedSignIns, [0, 10, 12, 12, 12, 12, 12, 12]),
            (Signal::AskedAgain, [13, 16, 36, 48, 48, 48, 48, 48]),
            (Signal::Widened, [2, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::OddHour, [1, 3, 4, 4, 4, 4, 4, 4]),
            (Signal::OneInstrument, [9, 15, 23, 23, 34, 34, 34, 34]),
            (Signal::OrderRate, [0, 0, 0, 2, 2, 2, 2, 2]),
            (Signal::OrderSpell, [0, 0, 3, 10, 15, 20, 32, 32]),
            (Signal::OrderSitting, [0, 0, 0, 0, 0, 0, 0, 5]),
            (Signal::FreshOrders, [1, 6, 12, 22, 24, 24, 26, 33]),
            (Signal::NewDays, [0, 1, 5, 7, 7, 7, 7, 7]),
            (Signal::NewRefused, [0, 5, 5, 6, 9, 9, 9, 9]),
            (Signal::BoughtAgain, [6, 6, 6, 6, 6, 6, 6, 6]),
        ],
        less: [0, 9, 15, 15],
        young: 12,
    },
    // Passwords and codes are tried.
    Card {
        name: "sign-ins are tried",
        rows: &[
            (Signal::WeakerAuthenticator, [11, 11, 11, 11, 11, 11, 11, 11]),
            (Signal::FailedSignIns, [8, 18, 31, 45, 55, 56, 62, 80]),
            (Signal::Widened, [2, 2, 2, 2, 2, 2, 2, 2]),
        ],
        less: [1, 2, 2, 2],
        young: 4,
    },
    // What is done with a device of theirs that somebody else holds.
    Card {
        name: "the phone is elsewhere",
        rows: &[
            (Signal::NewNetwork, [10, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::OddHour, [4, 13, 21, 23, 23, 23, 23, 23]),
            (Signal::NewInstrument, [0, 7, 7, 7, 7, 7, 7, 7]),
            (Signal::OneInstrument, [11, 13, 17, 21, 34, 34, 34, 34]),
            (Signal::OrderSize, [3, 3, 3, 3, 3, 3, 3, 3]),
            (Signal::OrderRate, [0, 2, 2, 7, 13, 19, 31, 31]),
            (Signal::OrderSpell, [0, 0, 3, 3, 10, 17, 17, 17]),
            (Signal::RefusedOften, [4, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::OrderSitting, [0, 4, 4, 4, 5, 5, 5, 5]),
            (Signal::FreshOrders, [0, 5, 14, 24, 34, 34, 34, 34]),
            (Signal::NewDays, [0, 0, 4, 4, 4, 4, 4, 4]),
            (Signal::NewRefused, [0, 0, 3, 5, 14, 17, 17, 17]),
            (Signal::BoughtAgain, [6, 6, 6, 6, 6, 6, 6, 6]),
        ],
        less: [6, 26, 34, 34],
        young: 32,
    },
    // What is done at a shared computer, after they left.
    Card {
        name: "a computer that others use",
        rows: &[
            (Signal::SharedComputer, [7, 15, 24, 34, 34, 34, 34, 34]),
            (Signal::OddHour, [0, 0, 4, 4, 4, 4, 4, 4]),
            (Signal::NewInstrument, [5, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::OneInstrument, [8, 8, 12, 12, 12, 12, 12, 12]),
            (Signal::OrderRate, [2, 3, 3, 3, 3, 3, 3, 3]),
            (Signal::SeldomTrades, [0, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::FreshOrders, [1, 1, 7, 10, 10, 10, 10, 10]),
            (Signal::NewRefused, [0, 0, 0, 6, 6, 6, 6, 6]),
            (Signal::SharedInUse, [0, 0, 0, 0, 12, 12, 12, 12]),
            (Signal::BoughtAgain, [2, 2, 2, 2, 2, 2, 2, 2]),
        ],
        less: [4, 14, 17, 17],
        young: 13,
    },
    // A session that is used by somebody beside its owner, or after them.
    Card {
        name: "a session that others use",
        rows: &[
            (Signal::SessionMoved, [9, 18, 26, 26, 26, 26, 26, 26]),
            (Signal::TwoNetworks, [10, 20, 30, 34, 34, 34, 34, 34]),
            (Signal::NewInstrument, [2, 9, 9, 9, 9, 9, 9, 9]),
            (Signal::OrderRate, [0, 0, 6, 10, 10, 10, 10, 10]),
            (Signal::LongSession, [34, 34, 34, 34, 34, 34, 34, 34]),
            (Signal::OrderSitting, [0, 5, 5, 6, 7, 7, 7, 7]),
            (Signal::FreshOrders, [0, 0, 1, 2, 2, 2, 2, 2]),
            (Signal::BoughtAgain, [4, 7, 7, 7, 7, 7, 7, 7]),
        ],
        less: [13, 24, 28, 28],
        young: 14,
    },
    // Nothing is new but the orders.
    Card {
        name: "orders of somebody else",
        rows: &[
            (Signal::OneInstrument, [7, 7, 8, 12, 17, 24, 34, 34]),
            (Signal::OrderSize, [0, 0, 0, 2, 4, 8, 12, 16]),
            (Signal::Refusals, [0, 0, 0, 2, 4, 6, 8, 8]),
            (Signal::SameRefused, [22, 34, 34, 34, 34, 34, 34, 34]),
            (Signal::SeldomTrades, [2, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::OrderSpell, [0, 2, 5, 5, 7, 11, 11, 11]),
            (Signal::RefusedOften, [4, 7, 7, 7, 14, 21, 21, 21]),
            (Signal::OrderSitting, [4, 8, 15, 17, 20, 20, 23, 23]),
            (Signal::FreshOrders, [0, 7, 13, 20, 26, 26, 26, 26]),
            (Signal::NewDays, [2, 2, 6, 6, 6, 6, 6, 6]),
            (Signal::NewRefused, [0, 0, 0, 0, 3, 3, 3, 3]),
            (Signal::BoughtAgain, [2, 4, 11, 16, 19, 24, 26, 29]),
        ],
        less: [6, 28, 36, 36],
        young: 32,
    },
];

const PROGRAM: [Card; 3] = [
    // Tried from many sides.
    Card {
        name: "the secret is spread",
        rows: &[
            (Signal::NewInstrument, [0, 1, 5, 5, 5, 5, 5, 5]),
            (Signal::CredentialClient, [12, 13, 20, 20, 20, 20, 20, 20]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [18, 34, 48, 48, 48, 48, 48, 48]),
            (Signal::OrderSitting, [0, 0, 2, 2, 2, 2, 2, 2]),
            (Signal::FreshOrders, [0, 0, 1, 5, 7, 11, 11, 11]),
        ],
        less: [0, 0, 0, 0],
        young: 0,
    },
    // What a program does that somebody else commands.
    Card {
        name: "a program that is not itself",
        rows: &[
            (Signal::NewInstrument, [5, 7, 7, 7, 7, 7, 7, 7]),
            (Signal::OneInstrument, [7, 7, 7, 9, 13, 13, 13, 13]),
            (Signal::OrderSize, [0, 0, 0, 5, 5, 5, 5, 5]),
            (Signal::OrderRate, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::CredentialClient, [4, 4, 4, 8, 8, 8, 8, 8]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::OffHours, [3, 6, 15, 16, 34, 34, 34, 34]),
            (Signal::RefusedOften, [5, 5, 5, 6, 10, 10, 10, 10]),
            (Signal::FreshOrders, [3, 8, 8, 9, 13, 13, 19, 19]),
            (Signal::NewDays, [0, 0, 0, 2, 7, 15, 15, 15]),
            (Signal::NewRefused, [6, 6, 6, 6, 8, 12, 15, 15]),
        ],
        less: [0, 0, 8, 19],
        young: 0,
    },
    // Where it connects from.
    Card {
        name: "a program from elsewhere",
        rows: &[
            (Signal::NewInstrument, [2, 5, 7, 7, 7, 7, 7, 7]),
            (Signal::OneInstrument, [6, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::OrderSize, [0, 0, 0, 4, 4, 4, 4, 4]),
            (Signal::OrderRate, [2, 2, 2, 3, 3, 3, 3, 3]),
            (Signal::CredentialNetwork, [12, 12, 12, 24, 30, 30, 30, 30]),
            (Signal::CredentialClient, [11, 11, 12, 15, 15, 15, 15, 15]),
            (Signal::ManyNetworks, [13, 18, 19, 19, 19, 19, 19, 19]),
            (Signal::CredentialRefused, [2, 4, 6, 8, 12, 16, 16, 16]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [7, 8, 8, 8, 8, 8, 8, 8]),
            (Signal::OffHours, [2, 3, 12, 17, 29, 29, 29, 29]),
            (Signal::RefusedOften, [4, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::FreshOrders, [0, 3, 3, 8, 13, 13, 13, 13]),
            (Signal::NewDays, [0, 0, 1, 5, 6, 15, 15, 15]),
            (Signal::NewRefused, [7, 7, 7, 7, 7, 8, 8, 8]),
            (Signal::BoughtAgain, [3, 3, 3, 3, 3, 3, 3, 3]),
        ],
        less: [0, 1, 6, 15],
        young: 0,
    },
];
