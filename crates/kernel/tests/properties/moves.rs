//! Moves: small numbers that a world turns into commands, so that any list of them is a history.

use crate::world::{LOCAL, World, amount, buy, quantity, sell, wide_limits};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::command::{Command, Report};
use kernel::digest::Digest;
use kernel::given::Session;
use kernel::guard::{Allowances, Limits};
use kernel::id::{CredentialId, OrderId};
use kernel::instrument::Selector;
use kernel::kill_switch::{Level, Resting};
use kernel::money::Quantity;
use kernel::order::{ClientRef, Side};
use kernel::working::{Commission, Ended, Order};
use proptest::prelude::*;

type Numbers = [u8; 4];

/// What to do, and four numbers to do it with.
#[derive(Clone, Debug)]
pub struct Move {
    pub what: u8,
    pub n: Numbers,
}

impl Arbitrary for Move {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;
    fn arbitrary_with((): ()) -> Self::Strategy {
        (0u8..100, any::<Numbers>()).prop_map(|(what, n)| Move { what, n }).boxed()
    }
}

pub struct Walk {
    pub world: World,
    credentials: [CredentialId; 2],
}

impl Walk {
    pub fn new() -> Self {
        let narrow = |limits: &mut Limits| {
            limits.approve_above = Some(amount("2000"));
            limits.day_value = Some(amount("20000"));
            limits.repeated_fills = Some(6);
        };
        let mut world = World::with(|new| {
            narrow(&mut new.limits);
            new.allowances = Allowances { market: true, stop: true, short_sale: true, ..Allowances::default() };
            new.cancel_on_disconnect = true;
        });
        let second = world.second(|new| {
            narrow(&mut new.limits);
            new.allowances = Allowances { close_any: true, ..Allowances::default() };
            new.observe = true;
        });
        let credentials = [world.bot, second];
        Self { world, credentials }
    }

    fn some(&self, n: u8) -> Option<&Order> {
        let orders = &self.world.state.book.orders;
        orders.values().nth(usize::from(n) % orders.len().max(1))
    }

    /// Time and market move first; `None` when there is nothing to do it with.
    pub fn command(&mut self, one: &Move) -> Option<(Actor, Command)> {
        let [a, b, c, d] = one.n;
        self.world.later([0, 1, 700, 2_000, 61_000, 3_600_000][usize::from(d) % 6]);
        self.world.quote_age = (d != 7).then_some(0);
        self.world.session = (d != 9).then_some(Session::Regular);
        let who = self.credentials[usize::from(a % 2)];
        match one.what {
            0..=39 => Some(self.place(who, b, c)),
            40..=49 => self.change(a, b),
            50..=75 => self.report(one.what, a, b).map(|report| (Actor::Venue, Command::Report(report))),
            76..=79 => self.cancel(who, a, b),
            80..=86 => {
                let pending = &self.world.state.book.pending;
                let id = *pending.keys().nth(usize::from(a) % pending.len().max(1))?;
                let verdict = if b < 200 { Verdict::Grant } else { Verdict::Refuse };
                Some((if c == 0 { Actor::House } else { LOCAL }, Command::Answer { id, verdict }))
            }
            _ => Some(self.authority(one.what, who, b, c)),
        }
    }

    fn place(&self, who: CredentialId, b: u8, c: u8) -> (Actor, Command) {
        let qty = i64::from(b % 30 + 1).to_string();
        let limit = ["99", "100", "101", "103", "104"][usize::from(c) % 5];
        let mut ask = if b < 150 { buy(&qty, limit) } else { sell(&qty, limit) }.by(who).client(i32::from(c % 2));
        ask = match c % 11 {
            0 => ask.market(),
            1 => ask.stop("97"),
            2 => ask.stop_limit("98", "98"),
            _ => ask,
        };
        if b == 255 {
            ask.terms.order_qty = Quantity::from_units(i64::MAX);
        }
        self.world.order(&ask)
    }

    fn change(&self, a: u8, b: u8) -> Option<(Actor, Command)> {
        let order = self.some(a)?;
        let mut terms = order.terms.clone();
        terms.order_qty = quantity(&(b % 40 + 1).to_string());
        Some((Actor::Credential(order.credential), Command::Place { client_ref: order.client_ref, terms }))
    }

    fn report(&mut self, what: u8, a: u8, b: u8) -> Option<Report> {
        if what == 50 {
            let execution = &self.world.state.book.day.executions.get(usize::from(a) % 3)?.execution;
            let (exec_id, amount) = (execution.exec_id.clone(), amount("1.25"));
            let commission = Commission { exec_id, amount, currency: crate::world::currency("USD"), realized: None };
            return Some(Report::Commissioned(commission));
        }
        if what == 51 && b.is_multiple_of(5) {
            let (account, contract_id) = self.world.state.book.positions.keys().next().copied()?;
            let was = self.world.state.book.positions.get(&(account, contract_id))?.net;
            return Some(Report::PositionTold { account, contract_id, net: quantity(&(b % 7).to_string()), was });
        }
        if what == 51 {
            let side = if b < 128 { Side::Buy } else { Side::Sell };
            // One in four belongs to an order that nobody knows.
            let order = b.is_multiple_of(4).then(|| OrderId::new(1, u128::from(a)));
            return Some(Report::Filled(self.world.execution(order, side, quantity("3"))));
        }
        let order = self.some(a).filter(|order| order.status != kernel::working::Status::Held)?;
        let (id, side, left) = (order.id, order.terms.side, order.remaining());
        let text = String::new();
        Some(match what {
            52..=56 => Report::Acknowledged { id, venue_ref: format!("v{b}") },
            57..=63 => {
                let part = Quantity::from_units((left.units() / i64::from(b % 3 + 1)).max(1));
                Report::Filled(self.world.execution(Some(id), side, part))
            }
            64..=66 => Report::Replaced { id },
            67..=68 => Report::ReplaceRejected { id, text },
            69..=70 => Report::CancelRejected { id, text },
            71 => Report::Unknown { id },
            _ => Report::Ended { id, how: Ended::Cancelled, text },
        })
    }

    fn cancel(&self, who: CredentialId, a: u8, b: u8) -> Option<(Actor, Command)> {
        let program = Actor::Credential(who);
        Some(match b % 5 {
            0 => (program, Command::CancelAll),
            1 => (LOCAL, Command::CancelOrder { id: self.some(a)?.id }),
            2 => (Actor::House, Command::Disconnected { credential: who, client_id: Some(i32::from(a % 2)) }),
            3 => {
                let silent_ms = i64::from(a) * 100;
                (Actor::House, Command::Silence { credential: who, client_id: i32::from(a % 2), silent_ms })
            }
            _ => {
                let ClientRef { client_id, order_id } = self.some(a)?.client_ref;
                (program, Command::Cancel { client_ref: ClientRef { client_id, order_id } })
            }
        })
    }

    fn authority(&self, what: u8, id: CredentialId, b: u8, c: u8) -> (Actor, Command) {
        let account = self.world.account;
        let level = [Level::Credential(id), Level::Account(account), Level::Customer, Level::Firm][usize::from(b) % 4];
        let command = match what {
            87 | 88 => {
                let resting = if c < 50 { Resting::CancelAll } else { Resting::KeepProtective };
                Command::Engage { level, resting }
            }
            89..=91 => {
                let known = self.world.state.customer.kills.first().or(self.world.state.firm.kills.first());
                Command::Release { level: known.map_or(level, |switch| switch.level) }
            }
            92 => Command::Enforce { voided: self.some(b).map(|order| order.id).into_iter().collect() },
            93 => Command::Expire,
            94 => Command::Rearm { credential: id },
            95 => {
                let approve_above = Some(amount(["500", "1000", "2000", "3000"][usize::from(b) % 4]));
                let limits = Limits { approve_above, ..wide_limits() };
                Command::SetCredentialLimits { id, limits, read: None }
            }
            96 if b < 128 => {
                Command::SetRestricted { id: account, restricted: vec![Selector::Contract(i64::from(c % 3))] }
            }
            96 => {
                let collar_bps = Some(u32::from(c));
                Command::SetAccountLimits {
                    id: account,
                    limits: Limits { collar_bps, ..Limits::default() },
                    read: None,
                }
            }
            97 if b < 90 => Command::SuspendCredential { id },
            97 if b < 240 => Command::ResumeCredential { id },
            97 => Command::RevokeCredential { id },
            98 if b < 128 => Command::UseCredential { id, peer_uid: 1_000, secret: None },
            98 => Command::RotateCredential { id, sha256: Digest::of(&[&[c]]) },
            _ => Command::OpenAccount {
                number: format!("DU{}", 100 + u32::from(c)),
                base_currency: crate::world::currency("EUR"),
                live: b.is_multiple_of(2),
            },
        };
        let actor = match what {
            98 if b < 128 => Actor::Credential(id),
            92 | 93 => Actor::House,
            _ => LOCAL,
        };
        (actor, command)
    }
}
