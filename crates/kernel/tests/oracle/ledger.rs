//! The naive ledger: the whole history in a list, and every figure recomputed from all of it, each time.
//!
//! Written from docs/guard.md alone. It knows nothing of the kernel: a quantity and a price are counts of
//! 1e-8, a value is a count of 1e-16, a credential, an account and an instrument are places in a list.

use std::collections::BTreeMap;

pub type Units = i128;
pub const ONE: Units = 100_000_000;
pub const DAY: i64 = 86_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Market,
    Limit,
    Stop,
    StopLimit,
    Trail,
    TrailLimit,
}

/// How a trailing stop follows: so far, or so many hundredths of the market (counts of 1e-8 of one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    pub far: Units,
    pub hundredths: bool,
    /// Where it is to stand first.
    pub first: Option<Units>,
    pub offset: Units,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub account: usize,
    pub paper: usize,
    pub buy: bool,
    pub quantity: Units,
    pub form: Form,
    pub limit: Units,
    pub stop: Units,
    pub outside_hours: bool,
    pub at_close: bool,
    pub follow: Follow,
}

impl Wish {
    pub fn limit(&self) -> Option<Units> {
        (self.form == Form::Limit || self.form == Form::StopLimit).then_some(self.limit)
    }
    pub fn stop(&self) -> Option<Units> {
        match self.form {
            Form::Stop | Form::StopLimit => Some(self.stop),
            Form::Trail | Form::TrailLimit => self.follow.first,
            Form::Market | Form::Limit => None,
        }
    }
    pub fn trails(&self) -> bool {
        self.form == Form::Trail || self.form == Form::TrailLimit
    }
    /// It rests without a price in the market.
    pub fn waits(&self) -> bool {
        self.form != Form::Market && self.form != Form::Limit
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Credential(usize),
    Account(usize),
    Customer,
    Firm,
}

#[derive(Clone, Debug)]
pub enum Fact {
    Refused {
        who: usize,
        client: i32,
        number: i32,
    },
    Held {
        order: usize,
        wish: Wish,
        value: Units,
    },
    Sent {
        order: usize,
        wish: Wish,
        value: Units,
        granted: bool,
    },
    Change {
        order: usize,
        wish: Wish,
        value: Units,
        added: Units,
    },
    ChangeDone {
        order: usize,
    },
    ChangeLost {
        order: usize,
    },
    CancelAsked {
        order: usize,
    },
    CancelLost {
        order: usize,
    },
    Acknowledged {
        order: usize,
    },
    Unknown {
        order: usize,
    },
    Ended {
        order: usize,
    },
    Fill {
        name: usize,
        order: Option<usize>,
        account: usize,
        paper: usize,
        buy: bool,
        quantity: Units,
    },
    /// The venue's word on what an account holds of a paper.
    Told {
        account: usize,
        paper: usize,
        net: Units,
    },
    Engaged {
        level: Level,
        all: bool,
    },
    Released {
        level: Level,
    },
    Rearmed {
        who: usize,
    },
}

#[derive(Clone, Copy, Debug)]
pub struct Birth {
    pub who: usize,
    pub client: i32,
    pub number: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Held,
    Sent,
    Acknowledged,
    Unknown,
}

/// An open order, as the history leaves it.
#[derive(Clone, Debug)]
pub struct Open {
    pub birth: Birth,
    pub wish: Wish,
    pub value: Units,
    pub status: Status,
    pub change: Option<(Wish, Units)>,
    pub cancel_asked: bool,
    pub filled: Units,
    pub asked_at: i64,
}

impl Open {
    pub fn left(&self) -> Units {
        let changed = self.change.as_ref().map_or(0, |(wish, _)| wish.quantity);
        (self.wish.quantity.max(changed) - self.filled).max(0)
    }
    pub fn worth(&self) -> Units {
        self.value.max(self.change.as_ref().map_or(0, |(_, value)| *value))
    }
}

#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub births: Vec<Birth>,
    pub history: Vec<(i64, Fact)>,
}

impl Ledger {
    pub fn orders(&self) -> BTreeMap<usize, Open> {
        let mut open: BTreeMap<usize, Open> = BTreeMap::new();
        for (at, fact) in &self.history {
            match fact {
                Fact::Held { order, wish, value } => {
                    open.insert(*order, self.born(*order, wish, *value, Status::Held, *at));
                }
                Fact::Sent { order, wish, value, .. } => {
                    open.insert(*order, self.born(*order, wish, *value, Status::Sent, *at));
                }
                Fact::Change { order, wish, value, .. } => {
                    open.get_mut(order).unwrap().change = Some((wish.clone(), *value));
                }
                Fact::ChangeDone { order } => {
                    let it = open.get_mut(order).unwrap();
                    (it.wish, it.value) = it.change.take().unwrap();
                }
                Fact::ChangeLost { order } => open.get_mut(order).unwrap().change = None,
                Fact::CancelAsked { order } => open.get_mut(order).unwrap().cancel_asked = true,
                Fact::CancelLost { order } => open.get_mut(order).unwrap().cancel_asked = false,
                Fact::Acknowledged { order } => open.get_mut(order).unwrap().status = Status::Acknowledged,
                Fact::Unknown { order } => open.get_mut(order).unwrap().status = Status::Unknown,
                Fact::Ended { order } => {
                    open.remove(order);
                }
                Fact::Fill { order: Some(order), quantity, .. } => {
                    if let Some(it) = open.get_mut(order) {
                        it.filled += quantity;
                        it.status = Status::Acknowledged;
                    }
                }
                Fact::Fill { order: None, .. }
                | Fact::Told { .. }
                | Fact::Refused { .. }
                | Fact::Engaged { .. }
                | Fact::Released { .. }
                | Fact::Rearmed { .. } => {}
            }
            open.retain(|_, it| it.left() > 0);
        }
        open
    }

    fn born(&self, order: usize, wish: &Wish, value: Units, status: Status, at: i64) -> Open {
        Open {
            birth: self.births[order],
            wish: wish.clone(),
            value,
            status,
            change: None,
            cancel_asked: false,
            filled: 0,
            asked_at: at,
        }
    }

    /// Whether it was traded through here since the account last had none of it: then it is known what it is.
    pub fn known(&self, account: usize, paper: usize) -> bool {
        let (mut net, mut parts, mut known) = (0, BTreeMap::new(), false);
        for (_, fact) in &self.history {
            match fact {
                Fact::Told { account: on, paper: of, net: told } if (*on, *of) == (account, paper) => net = *told,
                Fact::Fill { order, account: on, paper: of, buy, quantity, .. } if (*on, *of) == (account, paper) => {
                    let change = if *buy { *quantity } else { -*quantity };
                    net += change;
                    if let Some(order) = order {
                        *parts.entry(self.births[*order].who).or_insert(0) += change;
                        known = true;
                    }
                }
                _ => {}
            }
            known &= net != 0 || parts.values().any(|part| *part != 0);
        }
        known
    }

    /// Of the account, or of one credential's part of it.
    pub fn position(&self, account: usize, paper: usize, who: Option<usize>) -> Units {
        let mut total = 0;
        for (_, fact) in &self.history {
            match fact {
                Fact::Told { account: on, paper: of, net } if (*on, *of, who) == (account, paper, None) => total = *net,
                _ => {}
            }
            if let Fact::Fill { order, account: on, paper: of, buy, quantity, .. } = fact {
                let theirs = order.map(|order| self.births[order].who);
                if *on == account && *of == paper && (who.is_none() || who == theirs) {
                    total += if *buy { *quantity } else { -*quantity };
                }
            }
        }
        total
    }

    /// What was sent on the day of `now`: value and count, of the orders that `counts` (who, account).
    pub fn day(&self, now: i64, counts: impl Fn(usize, usize) -> bool) -> (Units, u32) {
        let (mut value, mut count) = (0, 0);
        for (at, fact) in self.history.iter().filter(|(at, _)| at.div_euclid(DAY) == now.div_euclid(DAY)) {
            let _ = at;
            match fact {
                Fact::Sent { order, wish, value: added, .. } if counts(self.births[*order].who, wish.account) => {
                    value += added;
                    count += 1;
                }
                Fact::Change { order, wish, added, .. } if counts(self.births[*order].who, wish.account) => {
                    value += added;
                }
                _ => {}
            }
        }
        (value, count)
    }

    /// When the credential took a token, anywhere or on one account: of messages, or of new orders only.
    pub fn tokens(&self, who: usize, on: Option<usize>, new_orders_only: bool) -> Vec<i64> {
        let took = |fact: &Fact| match fact {
            Fact::Held { order, wish, .. } | Fact::Sent { order, wish, granted: false, .. } => {
                self.births[*order].who == who && on.is_none_or(|on| wish.account == on)
            }
            Fact::Change { order, wish, .. } => {
                self.births[*order].who == who && on.is_none_or(|on| wish.account == on) && !new_orders_only
            }
            _ => false,
        };
        self.history.iter().filter(|(_, fact)| took(fact)).map(|(at, _)| *at).collect()
    }

    /// What the credential asked for, with success, less than two seconds ago.
    pub fn just_asked(&self, who: usize, now: i64) -> Vec<&Wish> {
        let mut wishes = Vec::new();
        for (at, fact) in &self.history {
            match fact {
                Fact::Held { order, wish, .. } | Fact::Sent { order, wish, granted: false, .. }
                    if self.births[*order].who == who && now - at < 2_000 =>
                {
                    wishes.push(wish);
                }
                _ => {}
            }
        }
        wishes
    }

    /// Whether `most` fills of one instrument and side fell within less than a minute, since it was last re-armed.
    pub fn disarmed(&self, who: usize, most: impl Fn(usize) -> u32) -> bool {
        let mut fills: Vec<(i64, usize, bool)> = Vec::new();
        let mut disarmed = false;
        for (at, fact) in &self.history {
            match fact {
                Fact::Fill { order: Some(order), account, paper, buy, .. } if self.births[*order].who == who => {
                    fills.push((*at, *paper, *buy));
                    let alike = |(then, p, b): &&(i64, usize, bool)| at - then < 60_000 && p == paper && b == buy;
                    disarmed |= fills.iter().filter(alike).count() >= most(*account) as usize;
                }
                Fact::Rearmed { who: rearmed } if *rearmed == who => {
                    fills.clear();
                    disarmed = false;
                }
                _ => {}
            }
        }
        disarmed
    }

    pub fn engaged(&self) -> Vec<(Level, bool)> {
        let mut engaged: Vec<(Level, bool)> = Vec::new();
        for (_, fact) in &self.history {
            match fact {
                Fact::Engaged { level, all } => engaged.push((*level, *all)),
                Fact::Released { level } => engaged.retain(|(known, _)| known != level),
                _ => {}
            }
        }
        engaged
    }

    pub fn highest_number(&self, who: usize, client: i32) -> i32 {
        let births = self.births.iter().map(|birth| (birth.who, birth.client, birth.number));
        let refused = self.history.iter().filter_map(|(_, fact)| match fact {
            Fact::Refused { who, client, number } => Some((*who, *client, *number)),
            _ => None,
        });
        let used =
            births.chain(refused).filter(|(w, c, n)| *w == who && *c == client && (1..=2_000_000_000).contains(n));
        used.map(|(_, _, number)| number).max().unwrap_or(0)
    }

    pub fn knows_fill(&self, name: usize) -> bool {
        self.history.iter().any(|(_, fact)| matches!(fact, Fact::Fill { name: known, .. } if *known == name))
    }
}
