//! The table at which both guards sit: every command goes to the kernel and to the oracle, and must agree.

use super::house::{House, Limits, Said, Sky, Who, stops};
use super::ledger::{Birth, Fact, Form, Ledger, Level, Open, Status, Units, Wish};
use super::papers::{papers, selector};
use super::seat;
use super::verdict::{self, least};
use crate::world::{LOCAL, World, wide};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::command::{Command, Report};
use kernel::dead_man;
use kernel::event::Event;
use kernel::given::{Figures, Session};
use kernel::guard::{Allowances, Limits as KernelLimits};
use kernel::id::{AccountId, CredentialId, OrderId};
use kernel::kill_switch::{Level as KernelLevel, Resting};
use kernel::meter::Charge;
use kernel::money::{Amount, Leverage, Percent, Price, Quantity, Rate};
use kernel::order::{ClientRef, Kind, Side, Terms, TimeInForce, Trail};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use kernel::working::{Ended, Event as Order};

pub struct Table {
    pub world: World,
    pub house: House,
    pub ledger: Ledger,
    pub credentials: Vec<CredentialId>,
    accounts: Vec<AccountId>,
    orders: Vec<OrderId>,
    /// Printed when the two do not agree.
    pub story: String,
}

pub(super) fn small(units: Units) -> i64 {
    i64::try_from(units).unwrap()
}

fn limits(of: &Limits) -> KernelLimits {
    KernelLimits {
        order_value: of.order_value.map(Amount::from_units),
        order_quantity: of.quantity.map(|units| Quantity::from_units(small(units))),
        collar_bps: of.collar.map(|bps| u32::try_from(bps).unwrap()),
        day_value: of.day_value.map(Amount::from_units),
        day_count: of.day_count,
        open_orders: of.open_orders,
        open_value: of.open_value.map(Amount::from_units),
        messages_per_second: of.messages,
        orders_per_second: of.orders,
        repeated_fills: of.fills,
        approve_above: of.approve_above.map(Amount::from_units),
        top_above: None,
        day_loss: None,
        leverage: of.leverage.map(|units| Leverage::from_units(small(units))),
        margin_use_bps: of.margin.map(|bps| u32::try_from(bps).unwrap()),
        approve_leverage_above: of.approve_leverage.map(|units| Leverage::from_units(small(units))),
        position_quantity: of.position.map(|units| Quantity::from_units(small(units))),
        dead_man_seconds: of.silence.map(|seconds| u32::try_from(seconds).unwrap()),
    }
}

impl Table {
    pub fn new(house: House) -> Self {
        let mut world = World::new();
        let accounts: Vec<AccountId> =
            [("DU2", "USD"), ("DU3", "EUR")].map(|(n, base)| world.open_account(n, base)).into();
        for (id, account) in accounts.iter().zip(&house.accounts) {
            world.must(Command::SetAccountLimits { id: *id, limits: limits(&account.limits), read: None });
            let restricted = account.restricted.iter().map(|paper| selector(*paper)).collect();
            world.must(Command::SetRestricted { id: *id, restricted });
        }
        let mut credentials = Vec::new();
        for (n, who) in house.who.iter().enumerate() {
            credentials.push(match who.ticket {
                true => {
                    seat::ticket(&mut world, who, &limits(&who.limits), who.papers.iter().map(|one| selector(*one)))
                }
                false => credential(&mut world, n, who, &accounts),
            });
        }
        Self {
            world,
            house,
            ledger: Ledger::default(),
            credentials,
            accounts,
            orders: Vec::new(),
            story: String::new(),
        }
    }

    pub fn note(&mut self, fact: Fact) {
        self.ledger.history.push((self.world.now.0, fact));
    }
    pub fn open(&self) -> Vec<(usize, Open)> {
        self.ledger.orders().into_iter().collect()
    }

    fn look(&mut self, sky: &Sky) {
        assert_eq!(self.world.now, Timestamp(sky.now));
        if let Some((bid, ask, _)) = sky.quote {
            (self.world.bid, self.world.ask) = (Price::from_units(small(bid)), Price::from_units(small(ask)));
        }
        self.world.quote_age = sky.quote.map(|(_, _, at)| sky.now - at);
        self.world.rate = Rate::from_units(sky.rate.map_or(0, |(rate, _)| small(rate)));
        self.world.rate_age = sky.rate.map(|(_, at)| sky.now - at);
        self.world.figures = sky.figures.as_ref().map(|told| Figures {
            net_liquidation: Amount::from_units(told.net),
            gross_position_value: Amount::from_units(told.gross),
            initial_margin: told.margin.map(Amount::from_units),
            at: Timestamp(told.at),
        });
        self.world.session = sky.regular.map(|regular| if regular { Session::Regular } else { Session::Closed });
    }

    fn agree(&mut self, what: &str, ours: (&str, Option<(Units, Units)>), said: &Said) -> &'static str {
        let counted = (said.word == "admitted" || said.word == "changed" || said.word == "held")
            .then_some((said.value, said.added));
        assert_eq!(ours, (said.word, counted), "the kernel (left) and the oracle differ on {what}\n{}", self.story);
        said.word
    }

    pub fn place(&mut self, who: usize, (client, number): (i32, i32), wish: &Wish, sky: &Sky) -> &'static str {
        self.look(sky);
        let said = verdict::place(&self.house, &self.ledger, who, (client, number), wish, sky);
        let terms = self.terms(wish);
        let decided = if self.house.who[who].ticket {
            let (person, form) = seat::comes(&mut self.world, self.credentials[who]);
            self.world.act(person, Command::PlaceAtTicket { form, terms, closes: false })
        } else {
            let client_ref = ClientRef { client_id: client, order_id: number };
            self.world.act(Actor::Credential(self.credentials[who]), Command::Place { client_ref, terms })
        };
        let (word, id, charge) = outcome(&decided);
        let counted = charge.map(|charge| (charge.value.units(), charge.added.units()));
        self.agree(&format!("{who} {client}/{number} {wish:?} {sky:?}"), (word, counted), &said);
        if said.word != "admitted" && said.word != "held" && said.word != "changed" {
            self.note(Fact::Refused { who, client, number });
            return said.word;
        }
        let order = said.order.unwrap_or(self.orders.len());
        if order == self.orders.len() {
            self.orders.push(id.unwrap());
            self.ledger.births.push(Birth { who, client, number });
        }
        let (wish, value, added) = (wish.clone(), said.value, said.added);
        self.note(match said.word {
            "held" => Fact::Held { order, wish, value },
            "changed" => Fact::Change { order, wish, value, added },
            _ => Fact::Sent { order, wish, value, granted: false },
        });
        said.word
    }

    /// A person answers a held order; `None` where there is nothing to answer.
    pub fn answer(&mut self, order: usize, grant: bool, sky: &Sky) -> Option<&'static str> {
        self.look(sky);
        let held = self.ledger.orders().remove(&order).filter(|open| open.status == Status::Held)?;
        let id = self.world.state.book.orders[&self.orders[order]].approval.unwrap();
        let said = verdict::grant(&self.house, &self.ledger, order, sky);
        let verdict = if grant { Verdict::Grant } else { Verdict::Refuse };
        let decided = self.world.act(LOCAL, Command::Answer { id, verdict });
        if !grant {
            let word = decided.as_ref().map_or_else(Refusal::code, |_| "refused");
            let expected = if said.word == "approval_not_pending" { said.word } else { "refused" };
            assert_eq!(word, expected, "{}", self.story);
            if word == "refused" {
                self.note(Fact::Ended { order });
            }
            return None;
        }
        let (word, _, charge) = outcome(&decided);
        let counted = charge.map(|charge| (charge.value.units(), charge.added.units()));
        self.agree(&format!("the grant of {held:?} {sky:?}"), (word, counted), &said);
        match said.word {
            "approval_not_pending" => return None,
            "admitted" => self.note(Fact::Sent { order, wish: held.wish, value: said.value, granted: true }),
            _ => self.note(Fact::Ended { order }),
        }
        Some(said.word)
    }

    fn terms(&self, wish: &Wish) -> Terms {
        let (price, stop_px) = (Price::from_units(small(wish.limit)), Price::from_units(small(wish.stop)));
        let (far, first) = (small(wish.follow.far), wish.follow.first.map(|first| Price::from_units(small(first))));
        let trail = match wish.follow.hundredths {
            true => Trail::Percent(Percent::from_units(far)),
            false => Trail::Amount(Price::from_units(far)),
        };
        let offset = Price::from_units(small(wish.follow.offset));
        Terms {
            account: self.accounts[wish.account],
            instrument: papers()[wish.paper].clone(),
            side: if wish.buy { Side::Buy } else { Side::Sell },
            order_qty: Quantity::from_units(small(wish.quantity)),
            kind: match wish.form {
                Form::Market => Kind::Market,
                Form::Limit => Kind::Limit { price },
                Form::Stop => Kind::Stop { stop_px },
                Form::StopLimit => Kind::StopLimit { stop_px, price },
                Form::Trail => Kind::TrailingStop { trail, stop_px: first },
                Form::TrailLimit => Kind::TrailingStopLimit { trail, stop_px: first, offset },
            },
            time_in_force: if wish.at_close { TimeInForce::AtTheClose } else { TimeInForce::Day },
            outside_hours: wish.outside_hours,
            label: String::new(),
            ties: kernel::ties::Ties::default(),
        }
    }

    /// What takes away: the oracle names the orders, the kernel must touch those and no other.
    pub fn take_away(&mut self, actor: Actor, command: Command, expected: &dyn Fn(usize, &Open) -> bool) {
        let story = format!("{command:?}\n{}", self.story);
        let events = self.world.act(actor, command).unwrap();
        let mut touched: Vec<(usize, bool)> = Vec::new();
        let mut announced = None;
        for event in events {
            let (id, over) = match event {
                Event::Order(Order::CancelRequested { id }) => (id, false),
                Event::Order(Order::Ended { id, .. }) => (id, true),
                Event::Approval(_) => continue,
                Event::DeadMan(dead_man::Event::Reached(reached)) => {
                    announced = usize::try_from(reached.orders).ok();
                    continue;
                }
                other => panic!("{other:?} takes nothing away"),
            };
            touched.push((self.orders.iter().position(|known| *known == id).unwrap(), over));
        }
        let open = self.open();
        let wanted: Vec<(usize, bool)> = open
            .iter()
            .filter(|(order, it)| expected(*order, it) && !it.cancel_asked)
            .map(|(order, it)| (*order, it.status == Status::Held))
            .collect();
        touched.sort_unstable();
        assert_eq!(touched, wanted, "the kernel (left) and the oracle take away different orders: {story}");
        assert!(announced.is_none_or(|many| many == wanted.len()), "{announced:?}: {story}");
        for (order, over) in wanted {
            self.note(if over { Fact::Ended { order } } else { Fact::CancelAsked { order } });
        }
    }

    /// Control 18 on what rests: stopped, and not kept because it only reduces.
    pub fn enforce(&mut self) {
        let (ledger, house) = (self.ledger.clone(), self.house.clone());
        let (open, engaged) = (self.open(), ledger.engaged());
        self.take_away(Actor::House, Command::Enforce { voided: Vec::new() }, &|order, it| {
            let mut on = engaged.iter().filter(|(level, _)| stops(*level, it.birth.who, it.wish.account)).peekable();
            on.peek().is_some() && (on.any(|(_, all)| *all) || !kept(&house, &ledger, &open, (order, it)))
        });
    }

    /// Control 17 on what rests: longer than the timer of its credential, or of its account, and not kept.
    pub fn silence(&mut self, who: usize, client: i32, ms: i64) {
        let (ledger, house, open) = (self.ledger.clone(), self.house.clone(), self.open());
        let command = Command::Silence { credential: self.credentials[who], client_id: client, silent_ms: ms };
        self.take_away(Actor::House, command, &|order, it| {
            let own = (it.birth.who, it.birth.client) == (who, client) && !house.who[who].ticket;
            let timer = least(house.who[who].limits.silence, house.accounts[it.wish.account].limits.silence);
            own && timer.is_some_and(|most| ms > most * 1_000) && !kept(&house, &ledger, &open, (order, it))
        });
    }

    pub fn switch(&mut self, level: Level, all: Option<bool>) {
        let kernel = match level {
            Level::Credential(who) => KernelLevel::Credential(self.credentials[who]),
            Level::Account(account) => KernelLevel::Account(self.accounts[account]),
            Level::Customer => KernelLevel::Customer,
            Level::Firm => KernelLevel::Firm,
        };
        match all {
            Some(all) => {
                let resting = if all { Resting::CancelAll } else { Resting::KeepProtective };
                self.world.must(Command::Engage { level: kernel, resting });
                self.note(Fact::Engaged { level, all });
            }
            None => {
                let known = self.ledger.engaged().iter().any(|(on, _)| *on == level);
                let released = self.world.act(LOCAL, Command::Release { level: kernel });
                assert_eq!(released.is_ok(), known, "{}", self.story);
                self.note(Fact::Released { level });
            }
        }
    }

    pub fn id(&self, order: usize) -> OrderId {
        self.orders[order]
    }
    pub fn report(&mut self, report: Report, fact: Fact) {
        self.world.report(report);
        self.note(fact);
    }

    /// Told again under a name that is known, it changes nothing.
    pub fn fill(&mut self, name: usize, order: Option<usize>, wish: &Wish, quantity: Units) {
        let side = if wish.buy { Side::Buy } else { Side::Sell };
        let mut execution =
            self.world.execution(order.map(|order| self.orders[order]), side, Quantity::from_units(small(quantity)));
        execution.exec_id = format!("x{name}");
        execution.account = self.accounts[wish.account];
        execution.contract_id = papers()[wish.paper].contract_id;
        let events = self.world.report(Report::Filled(execution));
        assert_eq!(events.is_empty(), self.ledger.knows_fill(name), "{}", self.story);
        if !events.is_empty() {
            let (account, paper, buy) = (wish.account, wish.paper, wish.buy);
            self.note(Fact::Fill { name, order, account, paper, buy, quantity });
        }
    }

    /// What the account holds by the venue's word; one that was looked at beside something else changes nothing.
    pub fn told(&mut self, wish: &Wish, net: Units, beside: Units) {
        let (account, contract_id) = (self.accounts[wish.account], papers()[wish.paper].contract_id);
        let known = self.ledger.position(wish.account, wish.paper, None);
        let of = |units| Quantity::from_units(small(units));
        let events =
            self.world.report(Report::PositionTold { account, contract_id, net: of(net), was: of(known + beside) });
        assert_eq!(events.is_empty(), beside != 0 || net == known, "{}", self.story);
        if !events.is_empty() {
            self.note(Fact::Told { account: wish.account, paper: wish.paper, net });
        }
    }

    pub fn ended(&mut self, order: usize) {
        let id = self.orders[order];
        self.report(Report::Ended { id, how: Ended::Cancelled, text: String::new() }, Fact::Ended { order });
    }
}

/// It only reduces, stops first, then the older: the credential's part (or it may close any) and the account's net.
fn kept(house: &House, ledger: &Ledger, open: &[(usize, Open)], (order, it): (usize, &Open)) -> bool {
    let rank = |order: usize, it: &Open| (!it.wish.waits(), order);
    let fits = |whose: Option<usize>| {
        let position = ledger.position(it.wish.account, it.wish.paper, whose);
        let before = open.iter().filter(|(other, o)| {
            whose.is_none_or(|who| o.birth.who == who)
                && (o.wish.account, o.wish.paper, o.wish.buy) == (it.wish.account, it.wish.paper, it.wish.buy)
                && rank(*other, o) <= rank(order, it)
        });
        let against = if it.wish.buy { position < 0 } else { position > 0 };
        against && before.map(|(_, o)| o.left()).sum::<Units>() <= position.abs()
    };
    fits((!house.who[it.birth.who].any).then_some(it.birth.who)) && fits(None)
}

fn outcome(decided: &Result<Vec<Event>, Refusal>) -> (&str, Option<OrderId>, Option<Charge>) {
    let events = match decided {
        Ok(events) => events,
        Err(refusal) => return (refusal.code(), None, None),
    };
    match events.last() {
        Some(Event::Order(Order::Admitted { ask, charge, .. })) => ("admitted", Some(ask.id), Some(*charge)),
        Some(Event::Order(Order::Held { ask, charge, .. })) => ("held", Some(ask.id), Some(*charge)),
        Some(Event::Order(Order::ReplaceAdmitted { id, charge, .. })) => ("changed", Some(*id), Some(*charge)),
        Some(Event::Order(Order::Ended { how: Ended::RefusedWhenGranted, text, .. })) => (text, None, None),
        other => panic!("{other:?}"),
    }
}

pub fn allowances(who: &Who) -> Allowances {
    Allowances {
        market: who.market,
        stop: who.stop,
        short_sale: who.short,
        option_writing: who.writes,
        outside_hours: who.outside_hours,
        close_any: who.any,
        trailing: who.trailing,
        auction: who.auction,
    }
}

fn credential(world: &mut World, n: usize, who: &Who, accounts: &[AccountId]) -> CredentialId {
    let accounts: Vec<AccountId> = who.accounts.iter().map(|account| accounts[*account]).collect();
    let mut new = wide(&accounts, &format!("who{n}"), 5_000 + u16::try_from(n).unwrap());
    new.instruments = who.papers.iter().map(|paper| selector(*paper)).collect();
    new.allowances = allowances(who);
    (new.cancel_on_disconnect, new.observe) = (who.cancel_on_disconnect, who.observe);
    let id = world.create(new);
    // Limits that state nothing cannot be given at creation; they can be taken away later.
    world.must(Command::SetCredentialLimits { id, limits: limits(&who.limits), read: None });
    id
}
