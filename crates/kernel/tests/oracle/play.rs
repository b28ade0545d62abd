//! Play: one random history of commands, reports and time, in the light of its theme.

use super::dice::Dice;
use super::house::{CALL, FUND, FUTURE, Figures, PAIR, Sky};
use super::ledger::{DAY, Fact, Follow, Form, Level, ONE, Open, Status, Units, Wish};
use super::table::Table;
use super::theme::{self, Theme};
use kernel::actor::Actor;
use kernel::command::{Command, Report};
use kernel::order::ClientRef;

struct Play {
    dice: Dice,
    theme: Theme,
    table: Table,
    last: Option<(usize, Wish)>,
    mid: Units,
    fills: usize,
}

/// All that the guard said of orders, changes and grants.
pub fn history(theme: Theme, seed: u64, steps: usize) -> Vec<&'static str> {
    let mut dice = Dice(seed);
    let table = Table::new(theme::house(theme, &mut dice));
    let mut play = Play { dice, theme, table, last: None, mid: 100 * ONE, fills: 0 };
    let mut said = Vec::new();
    for step in 0..steps {
        play.time();
        play.table.story = format!("theme {theme:?}, seed {seed}, step {step}");
        said.extend(play.step());
    }
    said
}

impl Play {
    fn time(&mut self) {
        let hurry = matches!(self.theme, Theme::Orders | Theme::Duplicates);
        let ms = match self.dice.below(100) {
            0..=97 if self.theme == Theme::Messages => self.dice.one(&[0, 0, 0, 1, 100, 333, 500, 999]),
            0..=97 if hurry => self.dice.one(&[0, 0, 1, 100, 300, 499, 500, 999, 1_000, 1_999, 2_000]),
            0..=29 => self.dice.one(&[0, 1, 999, 1_000, 1_001]),
            30..=89 => self.dice.one(&[1_999, 2_000, 2_001, 3_000]),
            90..=97 => self.dice.one(&[59_999, 60_000, 119_999, 120_000]),
            other => {
                let midnight = DAY - self.table.world.now.0.rem_euclid(DAY);
                if other == 98 && midnight > 1 { midnight - 1 } else { midnight }
            }
        };
        self.table.world.later(ms);
        if self.dice.percent(10) {
            self.mid = self.dice.one(&[99, 100, 100, 101]) * ONE;
        }
    }

    fn sky(&mut self, paper: usize, account: usize) -> Sky {
        let now = self.table.world.now.0;
        let stale = if self.theme == Theme::Stale { 40 } else { 2 };
        let (spread, odd) = (self.dice.one(&[0, 0, 0, ONE / 50]), if self.dice.percent(5) { 7 } else { 0 });
        let age = |dice: &mut Dice| match dice.below(100) {
            n if n < stale => dice.one(&[None, Some(5_001), Some(5_000), Some(60_000), Some(5_001)]),
            _ => Some(dice.one(&[0, 1, 4_999, 5_000])),
        };
        let quote = age(&mut self.dice).map(|age| (self.mid + odd, self.mid + odd + spread, now - age));
        let quote =
            quote.map(|(bid, ask, at)| if self.dice.below(500) < 4 { (ask + 1, ask, at) } else { (bid, ask, at) });
        // The fund and the call on it are in euros, the second account too.
        let same = (paper == FUND || paper == CALL) == (account == 1);
        let other = self.dice.one(&[110_000_000, 112_345_678, 90_909_091]);
        let rate = age(&mut self.dice).map(|age| (if same { ONE } else { other }, now - age));
        let closed = if self.theme == Theme::Hours { 50 } else { 2 };
        let regular = match self.dice.below(100) {
            n if n < closed => self.dice.one(&[Some(false), None]),
            _ => Some(true),
        };
        Sky { now, quote, rate, regular, figures: self.figures() }
    }

    fn figures(&mut self) -> Option<Figures> {
        let stale = if self.theme == Theme::Leverage { 33 } else { 9 };
        let (now, dice) = (self.table.world.now.0, &mut self.dice);
        let age = match dice.below(100) {
            n if n < stale => dice.one(&[None, Some(240_001), Some(240_000), Some(900_000)]),
            _ => Some(dice.one(&[0, 1, 239_999, 240_000])),
        };
        let worth = [5_000, 8_000, 8_000, 12_000, 20_000, if dice.percent(20) { 0 } else { 12_000 }];
        let gross = dice.between(0, 6) * 1_000 * ONE * ONE + dice.one(&[0, 0, 1]);
        let net = dice.one(&worth) * ONE * ONE - dice.one(&[0, 0, 1]);
        let margin = (!dice.percent(3)).then_some(gross / 2);
        age.map(|age| Figures { net, gross, margin, at: now - age })
    }

    fn wish(&mut self, who: usize) -> Wish {
        let again = if self.theme == Theme::Duplicates { 60 } else { 2 };
        if let Some((_, wish)) = self.last.clone().filter(|(last, _)| *last == who)
            && self.dice.percent(again)
        {
            return wish;
        }
        let (theme, dice) = (self.theme, &mut self.dice);
        let closing = matches!(theme, Theme::Short | Theme::Attribution | Theme::Writing);
        let selling = match (theme, who) {
            (Theme::Crossing, _) => 50,
            // One opens what the others would close.
            (Theme::Attribution, 0) => 10,
            (Theme::Attribution, _) => 80,
            (Theme::Short, _) => 60,
            (Theme::Writing, _) => 80,
            _ => 25,
        };
        let buy = !dice.percent(selling);
        let tens = dice.between(1, 8) * 10 * ONE;
        let quantity = match dice.below(100) {
            0..=59 => tens,
            60..=69 => tens + 1,
            70..=79 => tens - 1,
            80..=98 => dice.between(1, 90 * ONE),
            _ => dice.one(&[0, -ONE]),
        };
        let form = match dice.below(100) {
            n if n < if theme == Theme::Types { 60 } else { 18 } => {
                dice.one(&[Form::Market, Form::Stop, Form::Trail, Form::TrailLimit])
            }
            95.. => Form::StopLimit,
            _ => Form::Limit,
        };
        let account = usize::from(!closing && dice.percent(25));
        let paper = match dice.below(100) {
            0..=94 if theme == Theme::Writing => CALL,
            0..=59 => 0,
            60..=74 => FUND,
            _ if closing => 0,
            _ => dice.one(&[PAIR, PAIR, FUTURE, CALL]),
        };
        let stop = self.mid * dice.one(&[95, 99, 100, 101, 105]) / 100;
        let wide = dice.percent(if theme == Theme::Collar { 60 } else { 6 });
        let (limit, towards) = if wide {
            let bps = dice.one(&[0, 10, 50, 100, 300, 400]);
            let from = if form == Form::StopLimit { stop } else { self.mid };
            (from * (10_000 + if buy { bps } else { -bps }) / 10_000, dice.between(-1, 1))
        } else if theme == Theme::Crossing {
            (self.mid, dice.one(&[-ONE, -1, 0, 0, 1, ONE]))
        } else {
            (self.mid + if buy { -ONE } else { ONE }, dice.one(&[0, 0, 0, -1, 1]))
        };
        let outside_hours = dice.percent(if theme == Theme::Hours { 25 } else { 1 });
        let at_close = dice.percent(if theme == Theme::Types { 20 } else { 3 })
            && (form == Form::Market || form == Form::Limit || dice.percent(10));
        let hundredths = dice.percent(50);
        let follow = Follow {
            far: dice.one(&[1, ONE, 2 * ONE, 5 * ONE, 0, 99 * ONE, 100 * ONE, 33_333_333]),
            hundredths,
            first: dice.percent(40).then_some(stop),
            offset: dice.one(&[0, 1, ONE, 3 * ONE, 4 * ONE, -1]),
        };
        Wish { account, paper, buy, quantity, form, limit: limit + towards, stop, outside_hours, at_close, follow }
    }

    fn step(&mut self) -> Option<&'static str> {
        let switching = if self.theme == Theme::Kill { 7 } else { 1 };
        let answering = if self.theme == Theme::Approval { 20 } else { 0 };
        let filling = if self.theme == Theme::Repeated { 8 } else { 0 };
        match self.dice.below(100) {
            n if n < switching => self.switch(),
            n if n < 7 + filling => self.some_open(Self::report),
            7..=11 => self.some_open(Self::fill),
            12..=13 => self.odd_fill(),
            14..=17 => self.some_open(Self::cancel),
            18..=23 => return self.change(),
            n if n < 28 + answering => return self.answer(),
            98.. => self.house_keeping(),
            _ => return self.place(),
        }
        None
    }

    fn place(&mut self) -> Option<&'static str> {
        let alone = matches!(self.theme, Theme::Messages | Theme::Orders | Theme::Duplicates);
        let who = if alone && self.dice.percent(80) { 0 } else { self.dice.below(3) };
        let person = self.table.house.who[who].ticket;
        let client = if person { 0 } else { i32::try_from(self.dice.below(2)).unwrap() };
        let mut wish = self.wish(who);
        let allowed = &self.table.house.who[who].accounts;
        if !allowed.contains(&wish.account) && !self.dice.percent(3) {
            wish.account = 0;
        }
        let next = self.table.ledger.highest_number(who, client) + 1;
        let number = match self.dice.below(200) {
            _ if person => next,
            0 => 0,
            1 => i32::MAX,
            2 => next - 1,
            3 => next + 5,
            _ => next,
        };
        let sky = self.sky(wish.paper, wish.account);
        self.last = Some((who, wish.clone()));
        let said = self.table.place(who, (client, number), &wish, &sky);
        // What is not about open orders is better seen without them.
        let resting = matches!(
            self.theme,
            Theme::OpenOrders | Theme::OpenValue | Theme::Crossing | Theme::Anything | Theme::Leverage
        );
        if said == "admitted" && !resting && self.dice.percent(80) {
            let (order, open) = self.table.open().pop()?;
            let quantity = open.left();
            self.filled(order, &open, quantity);
        }
        Some(said)
    }

    fn some_open(&mut self, act: fn(&mut Self, usize, &Open)) {
        let open = self.table.open();
        if !open.is_empty() {
            let (order, it) = &open[self.dice.below(open.len())];
            act(self, *order, it);
        }
    }

    fn change(&mut self) -> Option<&'static str> {
        let open = self.table.open();
        if open.is_empty() {
            return self.place();
        }
        let (_, it) = self.dice.one(&open);
        // A person changes nothing: they cancel, and place anew.
        if self.table.house.who[it.birth.who].ticket {
            return self.place();
        }
        let mut wish = it.wish.clone();
        match self.dice.below(10) {
            0..=3 => {
                wish.quantity =
                    self.dice.one(&[it.filled, it.filled + 1, wish.quantity + 10 * ONE, wish.quantity - ONE])
            }
            4..=6 => wish.quantity = self.dice.between(1, 9) * 10 * ONE,
            7 => wish.limit += self.dice.one(&[-ONE, ONE, 1]),
            8 => wish.follow.far += self.dice.one(&[ONE, 1]),
            _ => wish.paper = (wish.paper + 1) % 5,
        }
        let sky = self.sky(wish.paper, wish.account);
        Some(self.table.place(it.birth.who, (it.birth.client, it.birth.number), &wish, &sky))
    }

    fn answer(&mut self) -> Option<&'static str> {
        let mut open = self.table.open();
        open.retain(|(_, it)| it.status == Status::Held);
        if open.is_empty() {
            return self.place();
        }
        let (order, it) = self.dice.one(&open);
        let sky = self.sky(it.wish.paper, it.wish.account);
        let grant = self.dice.percent(80);
        self.table.answer(order, grant, &sky)
    }

    fn filled(&mut self, order: usize, open: &Open, quantity: Units) {
        self.fills += 1;
        self.table.fill(self.fills, Some(order), &open.wish, quantity);
    }
    fn fill(&mut self, order: usize, open: &Open) {
        if open.status != Status::Held {
            let part = self.dice.one(&[open.left(), (open.left() + 1) / 2, 1]);
            self.filled(order, open, part);
        }
    }

    /// A person's own trade at the venue, or the venue's word on what is held; a late fill of an order that ended, or one
    /// told twice.
    fn odd_fill(&mut self) {
        let wish = self.wish(0);
        match self.dice.below(4) {
            3 => {
                let net = self.dice.one(&[0, ONE, -ONE, wish.quantity, -wish.quantity]);
                let beside = self.dice.one(&[0, 0, 0, 1]);
                self.table.told(&wish, net, beside);
            }
            0 => {
                self.fills += 1;
                self.table.fill(self.fills, None, &wish, wish.quantity.abs() + 1);
            }
            1 if self.fills > 0 => {
                let name = self.fills - self.dice.below(self.fills.min(10));
                self.table.fill(name, None, &wish, ONE);
            }
            _ => {
                let since = self.table.world.now.0 - DAY / 2;
                let over = self.table.ledger.history.iter().rev().find_map(|(at, fact)| match fact {
                    Fact::Ended { order } if *at > since => Some(*order),
                    _ => None,
                });
                let sent = over.and_then(|order| {
                    self.table.ledger.history.iter().find_map(|(_, fact)| match fact {
                        Fact::Sent { order: sent, wish, .. } if *sent == order => Some((order, wish.clone())),
                        _ => None,
                    })
                });
                if let Some((order, wish)) = sent {
                    self.fills += 1;
                    self.table.fill(self.fills, Some(order), &wish, ONE);
                }
            }
        }
    }

    fn report(&mut self, order: usize, open: &Open) {
        let id = self.table.id(order);
        let text = String::new;
        match (self.dice.below(6), open.status) {
            (_, Status::Held) => {}
            (0 | 1, _) if open.change.is_some() => {
                self.table.report(Report::Replaced { id }, Fact::ChangeDone { order });
            }
            (2, _) if open.change.is_some() => {
                self.table.report(Report::ReplaceRejected { id, text: text() }, Fact::ChangeLost { order });
            }
            (3, _) if open.cancel_asked => {
                self.table.report(Report::CancelRejected { id, text: text() }, Fact::CancelLost { order });
            }
            (4, Status::Sent) => self.table.report(Report::Unknown { id }, Fact::Unknown { order }),
            (4 | 5, _) => self.table.ended(order),
            (_, _) => {
                let report = Report::Acknowledged { id, venue_ref: "v".into() };
                self.table.report(report, Fact::Acknowledged { order });
            }
        }
    }

    /// By its program, with all of that program's, or by a person; or its program is silent, or its connection ends.
    fn cancel(&mut self, order: usize, open: &Open) {
        let (who, client) = (open.birth.who, open.birth.client);
        let program = Actor::Credential(self.table.credentials[who]);
        let credential = self.table.credentials[who];
        let programs = !self.table.house.who[who].ticket;
        match self.dice.below(7) {
            0..=2 if programs => {
                let client_ref = ClientRef { client_id: client, order_id: open.birth.number };
                self.table.take_away(program, Command::Cancel { client_ref }, &|other, _| other == order);
            }
            3 if programs => self.table.take_away(program, Command::CancelAll, &|_, it| it.birth.who == who),
            0..=4 => {
                let id = self.table.id(order);
                self.table.take_away(crate::world::LOCAL, Command::CancelOrder { id }, &|other, _| other == order);
            }
            5 => {
                let ms = self.dice.one(&[4_999, 5_000, 5_001, 60_000, 60_001]);
                self.table.silence(who, client, ms);
            }
            _ => {
                let wanted = self.table.house.who[who].cancel_on_disconnect;
                let all = self.dice.percent(50);
                let client_id = (!all).then_some(client);
                let mine = move |it: &Open| it.birth.who == who && (all || it.birth.client == client);
                let command = Command::Disconnected { credential, client_id };
                self.table.take_away(Actor::House, command, &|_, it| wanted && mine(it));
            }
        }
    }

    fn switch(&mut self) {
        let level = match self.dice.below(6) {
            0 | 1 => Level::Credential(self.dice.below(3)),
            2 | 3 => Level::Account(self.dice.below(2)),
            4 => Level::Customer,
            _ => Level::Firm,
        };
        if self.dice.percent(50) {
            let all = self.dice.percent(30);
            self.table.switch(level, Some(all));
            if self.dice.percent(60) {
                self.table.enforce();
            }
        } else {
            let engaged = self.table.ledger.engaged();
            let level = if engaged.is_empty() { level } else { self.dice.one(&engaged).0 };
            self.table.switch(level, None);
        }
    }

    fn house_keeping(&mut self) {
        let now = self.table.world.now.0;
        if self.dice.percent(50) {
            let due = move |_: usize, it: &Open| it.status == Status::Held && now >= it.asked_at + 120_000;
            self.table.take_away(Actor::House, Command::Expire, &due);
        } else {
            let who = self.dice.below(3);
            self.table.world.must(Command::Rearm { credential: self.table.credentials[who] });
            self.table.note(Fact::Rearmed { who });
        }
    }
}
