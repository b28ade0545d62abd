//! History: what the journal says of a customer's last 90 days: counts for each day, and the latest events in words.

use crate::page::frame::Tone;
use crate::uses::Uses;
use crate::world::World;
use kernel::actor::Actor;
use kernel::approval::{self, Verdict};
use kernel::decide;
use kernel::event::{Event, Recorded};
use kernel::evidence::Proof;
use kernel::expiry::{Stage, Told};
use kernel::id::{ApprovalId, DeviceId};
use kernel::kill_switch::{self, Level};
use kernel::money::Amount;
use kernel::order::Terms;
use kernel::people;
use kernel::state::State;
use kernel::time::{Day, Timestamp};
use kernel::{api_credential, authenticator, connection, device, session, working};
use service::actor::CustomerActor;
use service::words::story;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

pub const DAYS: i64 = 90;
const PAGE: usize = 1_000;
/// How others come in is not told to everybody: more are kept than a page shows.
const NOTICES: usize = 12;
const KEPT: usize = 120;
const ANSWERED: usize = 30;
const REVOKED: usize = 30;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub sign_ins: u32,
    pub orders: u32,
    pub refusals: u32,
}

#[derive(Clone, Debug)]
pub struct Noticed {
    pub text: String,
    pub tone: Tone,
    pub at: Timestamp,
}

/// Read on from where it was left off: a page costs what has happened since the one before.
#[derive(Debug, Default)]
pub struct History {
    read: Mutex<Read>,
    reading: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug, Default)]
struct Read {
    next: u64,
    days: BTreeMap<Day, Counts>,
    latest: VecDeque<Recorded>,
    /// Whose hand it was, for each kill switch that was engaged.
    engaged: BTreeMap<Level, Actor>,
    /// What was asked, of approvals that wait or were answered lately.
    asked: BTreeMap<ApprovalId, (Terms, Amount)>,
    answered: VecDeque<Answered>,
    revoked: VecDeque<Revoked>,
    uses: Uses,
}

/// A device that was unbound.
#[derive(Clone, Copy, Debug)]
pub struct Revoked {
    pub id: DeviceId,
    pub at: Timestamp,
    pub by: Actor,
    pub not_me: bool,
}

/// An approval that was settled.
#[derive(Clone, Debug)]
pub struct Answered {
    pub id: ApprovalId,
    pub at: Timestamp,
    pub terms: Terms,
    pub value: Amount,
    pub verdict: Verdict,
    pub by: Actor,
}

/// As a page shows it: every day, the oldest first, and the newest notices first.
#[derive(Clone, Debug, Default)]
pub struct Past {
    pub days: Vec<(Day, Counts)>,
    /// The latest first.
    latest: Vec<Recorded>,
    pub uses: Uses,
}

impl Past {
    /// The latest that whoever looks may be told of.
    pub fn notices(&self, state: &State, by: &Actor, now: Timestamp) -> Vec<Noticed> {
        let may = self.latest.iter().filter(|one| decide::may_read(state, by, one, now)).take(NOTICES);
        let told = may.filter_map(|one| {
            let tone = tone(&one.event)?;
            Some(Noticed { text: story::tell(state, one).text, tone, at: one.at })
        });
        told.collect()
    }
}

impl History {
    pub async fn read(&self, world: &World, actor: &CustomerActor, now: Timestamp) -> Result<Past, String> {
        let _one_at_a_time = self.reading.lock().await;
        let mut read = self.hold().clone();
        let own = [format!("customer/{}", actor.id), format!("book/{}", actor.id), service::actor::FIRM.to_owned()];
        loop {
            let from = read.next;
            let events = world.node.with_reader(move |reader| reader.tail(from, PAGE)).await?;
            let events = events.map_err(|error| error.to_string())?;
            let Some(last) = events.last() else { break };
            read.next = last.position.saturating_add(1);
            for stored in events.iter().filter(|stored| own.contains(&stored.stream)) {
                read.see(service::codec::decode(stored).map_err(|error| error.to_string())?);
            }
            // Kept page by page: whoever gives up half-way has not read in vain.
            self.hold().clone_from(&read);
        }
        let oldest = Day(now.day().0.saturating_sub(DAYS - 1));
        read.days.retain(|day, _| *day >= oldest);
        let past = read.told(now);
        *self.hold() = read;
        Ok(past)
    }

    /// The latest first, as far as it has been read.
    pub fn answered(&self) -> Vec<Answered> {
        self.hold().answered.iter().rev().cloned().collect()
    }

    /// As far as it has been read.
    pub fn revoked(&self, id: DeviceId) -> Option<Revoked> {
        self.hold().revoked.iter().rev().find(|one| one.id == id).copied()
    }

    /// As far as it has been read.
    pub fn engaged_by(&self, state: &State) -> BTreeMap<Level, String> {
        self.hold().engaged.iter().map(|(level, actor)| (*level, story::who(state, actor))).collect()
    }

    fn hold(&self) -> std::sync::MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read {
    fn see(&mut self, recorded: Recorded) {
        self.uses.see(&recorded);
        let counts = self.days.entry(recorded.at.day()).or_default();
        match &recorded.event {
            Event::People(people::Event::Session(session::Event::Begun(_))) => counts.sign_ins += 1,
            Event::Order(working::Event::Admitted { .. }) => counts.orders += 1,
            Event::Order(
                working::Event::Refused { .. }
                | working::Event::Declined { .. }
                | working::Event::ReplaceRefused { .. },
            )
            | Event::Connection(connection::Event::Refused { .. }) => counts.refusals += 1,
            Event::Order(working::Event::Held { ask, charge, approval, .. }) => {
                counts.orders += 1;
                self.asked.insert(*approval, (ask.terms.clone(), charge.value));
            }
            Event::Approval(approval::Event::Settled { id, verdict, by }) => {
                self.settled(*id, *verdict, *by, recorded.at);
            }
            Event::KillSwitch(kill_switch::Event::Engaged(switch)) => {
                self.engaged.insert(switch.level, recorded.actor);
            }
            Event::People(people::Event::Device(device::Event::Revoked { id, not_me })) => {
                let (id, at, by, not_me) = (*id, recorded.at, recorded.actor, *not_me);
                self.revoked.push_back(Revoked { id, at, by, not_me });
                if self.revoked.len() > REVOKED {
                    self.revoked.pop_front();
                }
            }
            _ => {}
        }
        if tone(&recorded.event).is_some() {
            self.latest.push_back(recorded);
            if self.latest.len() > KEPT {
                self.latest.pop_front();
            }
        }
    }

    fn settled(&mut self, id: ApprovalId, verdict: Verdict, by: Actor, at: Timestamp) {
        let Some((terms, value)) = self.asked.remove(&id) else { return };
        self.answered.push_back(Answered { id, at, terms, value, verdict, by });
        if self.answered.len() > ANSWERED {
            self.answered.pop_front();
        }
    }

    fn told(&self, now: Timestamp) -> Past {
        let today = now.day().0;
        let day = |back: i64| Day(today.saturating_sub(back));
        let days = (0..DAYS).rev().map(day).map(|day| (day, self.days.get(&day).copied().unwrap_or_default()));
        Past { days: days.collect(), latest: self.latest.iter().rev().cloned().collect(), uses: self.uses.clone() }
    }
}

/// Sign-ins, bindings, refusals and switches are told to people; what moves all day long is not.
pub const fn tone(event: &Event) -> Option<Tone> {
    match event {
        Event::People(people::Event::Session(session::Event::Begun(_) | session::Event::Ended { .. })) => {
            Some(Tone::Good)
        }
        // Restricted: each use is told at once (NI-13).
        Event::People(people::Event::Authenticator(authenticator::Event::Used { proof: Proof::SmsCode, .. })) => {
            Some(Tone::Bad)
        }
        Event::People(people::Event::Authenticator(authenticator::Event::Used { .. })) => None,
        Event::People(people::Event::Authenticator(
            authenticator::Event::CounterFellBack { .. } | authenticator::Event::Disabled { .. },
        )) => Some(Tone::Bad),
        Event::People(people::Event::Device(device::Event::Revoked { not_me: true, .. })) => Some(Tone::Bad),
        Event::People(people::Event::Device(device::Event::Used { .. })) => None,
        Event::People(people::Event::Session(_)) => None,
        Event::People(people::Event::Attempt(_)) => Some(Tone::Bad),
        Event::Credential(api_credential::Event::Expiry(Told { stage: Stage::Over, .. })) => Some(Tone::Bad),
        Event::People(_) | Event::Change(_) | Event::Credential(_) | Event::Account(_) => Some(Tone::Wait),
        Event::KillSwitch(kill_switch::Event::Engaged(_)) | Event::Connection(connection::Event::Refused { .. }) => {
            Some(Tone::Bad)
        }
        Event::KillSwitch(kill_switch::Event::Released { .. }) | Event::Approval(_) => Some(Tone::Wait),
        Event::Order(
            working::Event::Refused { .. } | working::Event::Declined { .. } | working::Event::MarkedUnknown { .. },
        ) => Some(Tone::Bad),
        Event::Incident(kernel::incident::Event::Opened(_))
        | Event::DayLoss(_)
        | Event::DeadMan(_)
        | Event::Restore(_)
        | Event::Alert(kernel::alert::Event::Raised(_)) => Some(Tone::Bad),
        Event::Alert(kernel::alert::Event::Answered { .. }) => Some(Tone::Wait),
        Event::Incident(kernel::incident::Event::Closed { .. }) | Event::Seal(_) => Some(Tone::Wait),
        Event::Customer(_) | Event::Order(_) | Event::Meter(_) | Event::Connection(_) | Event::Source(_) => None,
    }
}
