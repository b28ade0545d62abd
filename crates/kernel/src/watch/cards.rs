//! The cards: for each way in which a user or a credential is misused, what the signals count.
//!
//! Found with labels on made users, by a logistic regression that may only rise with a signal (docs/detection.md): they
//! are the weights of that population, made whole and then bounded: what may not reach an alert by itself counts eight
//! bits at most.

use super::assess::{Whose, along};
use super::signal::Signal;

/// At so many bits of a signal.
const KNOTS: [i32; 8] = [1, 2, 3, 4, 6, 8, 12, 16];
/// At so many doublings of deeds a week.
const PACES: [i32; 4] = [2, 4, 6, 8];

#[derive(Clone, Copy, Debug)]
pub struct Card {
    pub name: &'static str,
    /// Quarters of a bit at each knot.
    rows: &'static [(Signal, [u8; 8])],
    /// So many fewer, by the pace.
    less: [u8; 4],
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
            (Signal::NewCountry, [0, 0, 4, 10, 12, 12, 12, 12]),
            (Signal::ImpossibleTravel, [0, 0, 4, 10, 12, 12, 12, 12]),
            (Signal::NewDevice, [26, 26, 30, 30, 34, 34, 34, 34]),
            (Signal::WeakerAuthenticator, [9, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::FailedSignIns, [1, 12, 16, 19, 19, 19, 19, 20]),
            (Signal::AskedAgain, [0, 4, 31, 48, 48, 48, 48, 48]),
            (Signal::Widened, [5, 5, 5, 8, 8, 8, 8, 8]),
            (Signal::OddHour, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::OneInstrument, [15, 20, 25, 28, 34, 34, 34, 34]),
            (Signal::OrderRate, [1, 1, 3, 3, 4, 9, 9, 9]),
            (Signal::OrderSpell, [1, 1, 7, 9, 15, 22, 32, 34]),
            (Signal::OrderSitting, [0, 0, 0, 0, 0, 0, 1, 2]),
            (Signal::FreshOrders, [1, 3, 10, 14, 16, 16, 16, 16]),
            (Signal::NewDays, [0, 0, 2, 2, 2, 2, 2, 2]),
            (Signal::NewRefused, [6, 6, 6, 6, 10, 11, 11, 11]),
        ],
        less: [0, 8, 9, 9],
    },
    // Passwords and codes are tried.
    Card {
        name: "sign-ins are tried",
        rows: &[
            (Signal::WeakerAuthenticator, [5, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::FailedSignIns, [8, 20, 34, 46, 46, 52, 61, 75]),
            (Signal::OneInstrument, [6, 8, 8, 8, 8, 8, 8, 8]),
        ],
        less: [1, 2, 2, 2],
    },
    // What is done with a device of theirs that somebody else holds.
    Card {
        name: "the phone is elsewhere",
        rows: &[
            (Signal::NewNetwork, [11, 12, 12, 12, 12, 12, 12, 12]),
            (Signal::OddHour, [12, 15, 15, 15, 15, 15, 15, 15]),
            (Signal::NewInstrument, [0, 3, 3, 3, 3, 3, 3, 3]),
            (Signal::OneInstrument, [14, 19, 26, 30, 34, 34, 34, 34]),
            (Signal::OrderRate, [0, 6, 6, 10, 18, 22, 28, 28]),
            (Signal::SeldomTrades, [0, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::OrderSpell, [1, 1, 10, 10, 13, 24, 28, 28]),
            (Signal::RefusedOften, [1, 4, 4, 4, 6, 6, 6, 6]),
            (Signal::OrderSitting, [0, 0, 0, 0, 1, 1, 4, 4]),
            (Signal::FreshOrders, [0, 4, 9, 14, 20, 20, 22, 34]),
            (Signal::NewRefused, [0, 0, 1, 7, 10, 15, 15, 15]),
        ],
        less: [5, 20, 22, 22],
    },
    // What is done at a shared computer, after they left.
    Card {
        name: "a computer that others use",
        rows: &[
            (Signal::SharedComputer, [9, 18, 29, 34, 34, 34, 34, 34]),
            (Signal::OddHour, [2, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::NewInstrument, [4, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::OneInstrument, [9, 9, 14, 16, 16, 16, 16, 16]),
            (Signal::OrderRate, [3, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::SeldomTrades, [1, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::OrderSpell, [0, 0, 0, 2, 2, 2, 2, 2]),
            (Signal::FreshOrders, [2, 2, 4, 8, 10, 10, 10, 10]),
            (Signal::NewRefused, [0, 0, 0, 5, 5, 5, 5, 5]),
        ],
        less: [6, 12, 14, 14],
    },
    // A session that is used by somebody beside its owner, or after them.
    Card {
        name: "a session that others use",
        rows: &[
            (Signal::NewCountry, [0, 0, 0, 2, 2, 2, 2, 2]),
            (Signal::ImpossibleTravel, [0, 0, 0, 2, 2, 2, 2, 2]),
            (Signal::SessionMoved, [7, 19, 23, 23, 23, 23, 23, 23]),
            (Signal::TwoNetworks, [7, 14, 22, 29, 34, 34, 34, 34]),
            (Signal::NewInstrument, [1, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::OneInstrument, [7, 8, 9, 11, 11, 11, 11, 11]),
            (Signal::OrderRate, [0, 0, 5, 8, 8, 9, 9, 9]),
            (Signal::SeldomTrades, [0, 3, 3, 3, 3, 3, 3, 3]),
            (Signal::OrderSpell, [1, 2, 3, 5, 5, 5, 5, 5]),
            (Signal::LongSession, [30, 34, 34, 34, 34, 34, 34, 34]),
            (Signal::OrderSitting, [1, 2, 2, 5, 6, 8, 13, 13]),
            (Signal::FreshOrders, [0, 0, 2, 6, 6, 6, 6, 6]),
            (Signal::NewRefused, [0, 0, 2, 4, 6, 8, 8, 8]),
        ],
        less: [9, 16, 19, 20],
    },
    // Nothing is new but the orders.
    Card {
        name: "orders of somebody else",
        rows: &[
            (Signal::Widened, [2, 2, 2, 2, 2, 2, 2, 2]),
            (Signal::OneInstrument, [15, 18, 24, 34, 34, 34, 34, 34]),
            (Signal::OrderSize, [0, 0, 0, 2, 4, 8, 12, 16]),
            (Signal::OrderRate, [0, 0, 2, 2, 5, 5, 5, 5]),
            (Signal::Refusals, [0, 0, 0, 2, 4, 6, 8, 8]),
            (Signal::SameRefused, [20, 34, 34, 34, 34, 34, 34, 34]),
            (Signal::SeldomTrades, [5, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::OrderSpell, [0, 3, 7, 7, 9, 16, 22, 22]),
            (Signal::RefusedOften, [4, 8, 8, 8, 23, 24, 24, 24]),
            (Signal::OrderSitting, [11, 11, 13, 17, 18, 18, 21, 21]),
            (Signal::FreshOrders, [0, 0, 3, 8, 9, 9, 9, 13]),
        ],
        less: [4, 19, 19, 19],
    },
];

const PROGRAM: [Card; 3] = [
    // Tried from many sides.
    Card {
        name: "the secret is spread",
        rows: &[
            (Signal::NewInstrument, [0, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::OneInstrument, [3, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::OrderRate, [4, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::CredentialClient, [9, 13, 15, 17, 17, 17, 17, 17]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [21, 34, 34, 41, 48, 48, 48, 48]),
            (Signal::OffHours, [6, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::RefusedOften, [6, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::FreshOrders, [1, 1, 1, 5, 10, 10, 11, 11]),
            (Signal::NewDays, [0, 0, 0, 1, 4, 4, 4, 4]),
            (Signal::NewRefused, [2, 2, 2, 2, 2, 2, 2, 2]),
        ],
        less: [0, 0, 0, 4],
    },
    // What a program does that somebody else commands.
    Card {
        name: "a program that is not itself",
        rows: &[
            (Signal::OneInstrument, [5, 8, 12, 14, 16, 16, 16, 16]),
            (Signal::OrderSize, [0, 0, 0, 6, 7, 7, 7, 7]),
            (Signal::OrderRate, [2, 4, 4, 4, 4, 4, 4, 4]),
            (Signal::CredentialClient, [10, 10, 10, 15, 15, 15, 15, 15]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::OffHours, [15, 15, 19, 19, 19, 19, 19, 19]),
            (Signal::RefusedOften, [3, 3, 8, 8, 14, 14, 14, 15]),
            (Signal::FreshOrders, [2, 11, 12, 12, 14, 14, 18, 18]),
            (Signal::NewDays, [0, 0, 0, 0, 5, 21, 21, 21]),
            (Signal::NewRefused, [6, 6, 6, 6, 9, 10, 14, 14]),
        ],
        less: [0, 0, 2, 13],
    },
    // Where it connects from.
    Card {
        name: "a program from elsewhere",
        rows: &[
            (Signal::NewInstrument, [0, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::OneInstrument, [3, 7, 7, 9, 9, 9, 9, 9]),
            (Signal::OrderSize, [0, 0, 0, 4, 4, 4, 4, 4]),
            (Signal::OrderRate, [3, 5, 5, 5, 5, 5, 5, 5]),
            (Signal::CredentialNetwork, [8, 8, 8, 25, 29, 29, 29, 29]),
            (Signal::CredentialClient, [12, 12, 12, 16, 16, 16, 16, 16]),
            (Signal::ManyNetworks, [11, 16, 18, 18, 18, 18, 18, 18]),
            (Signal::CredentialRefused, [2, 4, 6, 8, 12, 16, 16, 16]),
            (Signal::SecretElsewhere, [4, 8, 12, 16, 24, 32, 48, 72]),
            (Signal::ManyPrograms, [6, 6, 6, 6, 6, 6, 6, 6]),
            (Signal::OffHours, [10, 10, 10, 10, 10, 10, 10, 10]),
            (Signal::RefusedOften, [5, 5, 6, 6, 6, 6, 6, 6]),
            (Signal::FreshOrders, [0, 4, 4, 8, 10, 10, 11, 11]),
            (Signal::NewDays, [0, 0, 0, 2, 7, 18, 24, 24]),
            (Signal::NewRefused, [5, 5, 5, 5, 6, 7, 7, 7]),
        ],
        less: [0, 0, 1, 9],
    },
];
