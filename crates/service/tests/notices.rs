//! Notices on their way out: each arrives, none is lost, whatever ends, hangs or is down.

mod push;
mod removed;

use crate::world::World;
use async_trait::async_trait;
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::id::NoticeId;
use kernel::kill_switch::{Level, Resting};
use kernel::notice::{Group, Kind, Why};
use kernel::people::Command as Ask;
use kernel::time::Timestamp;
use notify::{Carrier, NotSent, Parcel};
use service::notices::{ADDRESS, Carriers, Hook, MOST, Next, is_notice};
use service::{Delivery, Sealed};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use store::Store;
use vault::seal::{Keyring, SecretKey};
use zeroize::Zeroizing;

const OPS: &str = "webhook:ops";

/// Takes what it is given, unless it was told what to say instead.
#[derive(Default)]
pub struct Letterbox {
    pub came: Mutex<Vec<(String, Parcel)>>,
    pub says: Mutex<VecDeque<NotSent>>,
    pub down: Mutex<bool>,
}

#[async_trait]
impl Carrier for Letterbox {
    async fn send(&self, to: &str, parcel: &Parcel, _: Timestamp) -> Result<(), NotSent> {
        if *self.down.lock().unwrap() {
            return Err(NotSent::Later("down".into()));
        }
        if let Some(no) = self.says.lock().unwrap().pop_front() {
            return Err(no);
        }
        self.came.lock().unwrap().push((to.to_owned(), parcel.clone()));
        Ok(())
    }
}

impl Letterbox {
    pub fn subjects(&self) -> Vec<String> {
        self.came.lock().unwrap().iter().map(|(_, parcel)| parcel.subject.clone()).collect()
    }
    pub fn ids(&self) -> Vec<String> {
        self.came.lock().unwrap().iter().map(|(_, parcel)| parcel.id.clone()).collect()
    }
}

struct Office {
    world: World,
    delivery: Arc<Delivery>,
    sealed: Arc<Sealed>,
    mail: Arc<Letterbox>,
    push: Arc<Letterbox>,
    ops: Arc<Letterbox>,
}

fn opened(
    world: &mut World,
    mail: &Arc<Letterbox>,
    push: &Arc<Letterbox>,
    ops: &Arc<Letterbox>,
) -> (Arc<Delivery>, Arc<Sealed>) {
    let ring = Keyring::new(&[SecretKey::from_bytes(Zeroizing::new(std::array::from_fn(|n| {
        u8::try_from(n * 7 + 1).unwrap()
    })))])
    .unwrap();
    let commit = world.node.commit().clone();
    let sealed = world.wait(Sealed::open(commit, ring)).unwrap();
    let carrier = Arc::clone(ops) as Arc<dyn Carrier>;
    let hooks = vec![Hook { name: "ops".into(), fills: false, carrier }];
    let carrier = |letterbox: &Arc<Letterbox>| Some(Arc::clone(letterbox) as Arc<dyn Carrier>);
    let carriers = Carriers { email: carrier(mail), push: carrier(push), hooks };
    let origin = "https://trade.example".to_owned();
    (Delivery::open(Arc::clone(&world.node), Arc::clone(&sealed), carriers, origin), sealed)
}

impl Office {
    fn new() -> Self {
        let mut world = World::new(true);
        let [mail, push, ops] = std::array::from_fn(|_| Arc::<Letterbox>::default());
        let (delivery, sealed) = opened(&mut world, &mail, &push, &ops);
        Self { world, delivery, sealed, mail, push, ops }
    }

    /// The process ends without warning; another begins.
    fn crash(self) -> Self {
        let mut world = self.world.crash();
        let (delivery, sealed) = opened(&mut world, &self.mail, &self.push, &self.ops);
        Self { world, delivery, sealed, ..self }
    }

    fn kill(&mut self) {
        let command = Command::Engage { level: Level::Customer, resting: Resting::KeepProtective };
        self.world.done(command).unwrap();
    }

    fn expand(&mut self) {
        let delivery = Arc::clone(&self.delivery);
        self.world.wait(async move { delivery.expand().await }).unwrap();
    }

    fn send(&mut self, carrier: &str) -> Next {
        let delivery = Arc::clone(&self.delivery);
        self.world.wait(async move { delivery.send_next(carrier).await }).unwrap()
    }

    /// All that is due by every carrier.
    fn deliver(&mut self) {
        self.expand();
        for carrier in ["email", "push", OPS] {
            while self.send(carrier) == Next::Again {}
        }
    }

    /// An owner who is told by e-mail.
    fn owner(&mut self, address: &str) -> Actor {
        let owner = self.world.owner().1;
        self.address(owner, address);
        owner
    }

    fn address(&mut self, owner: Actor, address: &str) {
        let (sealed, stream) = (Arc::clone(&self.sealed), self.world.actor.stream().to_owned());
        let plain = address.as_bytes().to_vec();
        let (row, sha256) = self.world.wait(async move { sealed.seal(&stream, ADDRESS, &plain).await }).unwrap();
        let command = Command::People(Ask::SetEmail { sha256 });
        let answer = self.world.actor.submit_sealed(owner, command, vec![row]);
        self.world.wait(answer).unwrap().unwrap();
    }

    fn unsent(&self) -> usize {
        self.world.store.clone().outbox(None).unwrap().iter().filter(|row| is_notice(row)).count()
    }

    fn dead(&self) -> Vec<(NoticeId, Why)> {
        self.world.actor.read(|state| state.customer.people.notices.dead.iter().map(|one| (one.id, one.why)).collect())
    }
}

#[test]
fn a_notice_arrives_by_each_carrier_and_is_not_sent_again() {
    let mut office = Office::new();
    office.owner("mary@example.com");
    office.deliver();
    office.mail.came.lock().unwrap().clear();
    office.ops.came.lock().unwrap().clear();
    office.kill();
    office.deliver();
    office.deliver();
    assert_eq!(office.ops.subjects(), ["A kill switch was engaged"]);
    let (to, parcel) = office.mail.came.lock().unwrap()[0].clone();
    assert_eq!((to.as_str(), parcel.kind.as_str()), ("mary@example.com", "kill_switch_engaged"));
    assert!(parcel.text.contains("by local(0)"), "{}", parcel.text);
    let urls: Vec<&str> = parcel.links.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(urls, ["https://trade.example/activity", "https://trade.example/devices"]);
    assert_eq!(office.mail.subjects().len(), 1);
    assert!(office.unsent() == 0);
}

#[test]
fn the_address_that_was_replaced_is_told_and_the_new_one_too() {
    let mut office = Office::new();
    let owner = office.owner("mary@example.com");
    office.deliver();
    office.mail.came.lock().unwrap().clear();
    office.address(owner, "thief@example.com");
    office.deliver();
    let mut to: Vec<String> = office.mail.came.lock().unwrap().iter().map(|(to, _)| to.clone()).collect();
    to.sort();
    assert_eq!(to, ["mary@example.com", "thief@example.com"]);
    assert_eq!(office.mail.subjects()[0], "The e-mail address for notices was changed");
}

#[test]
fn a_carrier_that_is_down_for_an_hour_loses_nothing_and_holds_up_nothing_else() {
    let mut office = Office::new();
    *office.ops.down.lock().unwrap() = true;
    office.owner("mary@example.com");
    office.kill();
    for _ in 0..60 {
        office.deliver();
        office.world.clock.advance_ms(60_000);
    }
    assert!(office.ops.ids().is_empty());
    // E-mail went out all the while, and orders are decided: this one is refused, because of the kill switch.
    assert!(office.mail.subjects().contains(&"A kill switch was engaged".to_owned()));
    let mut order = office.world.place("1");
    office.world.write_all();
    assert!(order.try_recv().is_ok());
    *office.ops.down.lock().unwrap() = false;
    office.world.clock.advance_ms(3_600_000);
    office.deliver();
    let told = office.ops.subjects();
    assert_eq!(told.iter().filter(|one| *one == "A kill switch was engaged").count(), 1, "{told:?}");
    let mut ids = office.ops.ids();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), told.len(), "each of them once");
    assert!(office.unsent() == 0);
    assert_eq!(office.dead(), []);
}

#[test]
fn an_end_between_the_event_and_the_sending_loses_nothing() {
    let mut office = Office::new();
    office.kill();
    let mut office = office.crash();
    office.deliver();
    assert_eq!(office.ops.subjects(), ["A kill switch was engaged"]);
    office.kill();
    office.expand();
    let mut office = office.crash();
    office.deliver();
    let ids = office.ops.ids();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1], "two events, two notices");
}

#[test]
fn an_end_between_the_carriers_yes_and_its_record_sends_it_again_under_the_same_id() {
    let mut office = Office::new();
    office.kill();
    office.expand();
    let delivery = Arc::clone(&office.delivery);
    let mut sending: std::pin::Pin<Box<dyn Future<Output = _>>> =
        Box::pin(async move { delivery.send_next(OPS).await });
    while office.ops.ids().is_empty() {
        assert!(crate::world::poll(&mut sending).is_none());
        if office.ops.ids().is_empty() {
            office.world.steps.step();
        }
    }
    drop(sending);
    let mut office = office.crash();
    office.deliver();
    let ids = office.ops.ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn what_is_refused_for_good_or_late_by_a_day_is_given_up_by_name_and_can_be_tried_once_more() {
    let mut office = Office::new();
    office.ops.says.lock().unwrap().push_back(NotSent::Never("gone".into()));
    office.kill();
    office.deliver();
    let dead = office.dead();
    assert_eq!(dead.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Why::Refused]);
    assert!(office.unsent() == 0);
    // Once more, after an end, and the carrier is down for more than a day.
    let mut office = office.crash();
    assert_eq!(office.dead(), dead);
    office.world.done(Command::People(Ask::RetryNotice { id: dead[0].0 })).unwrap();
    assert_eq!(office.dead(), []);
    *office.ops.down.lock().unwrap() = true;
    for _ in 0..26 {
        office.deliver();
        office.world.clock.advance_ms(3_600_000);
    }
    assert_eq!(office.dead(), [(dead[0].0, Why::Late)]);
    *office.ops.down.lock().unwrap() = false;
    office.world.done(Command::People(Ask::RetryNotice { id: dead[0].0 })).unwrap();
    office.deliver();
    assert_eq!(office.ops.ids(), [dead[0].0.to_string()]);
    assert!(office.unsent() == 0);
}

#[test]
fn what_floods_is_counted_and_never_more_than_so_many_wait() {
    let mut office = Office::new();
    *office.ops.down.lock().unwrap() = true;
    let (engage, release) = (
        Command::Engage { level: Level::Customer, resting: Resting::KeepProtective },
        Command::Release { level: Level::Customer },
    );
    for _ in 0..MOST {
        office.world.done(engage.clone()).unwrap();
        office.world.done(release.clone()).unwrap();
        office.deliver();
    }
    assert_eq!(office.unsent(), MOST);
    *office.ops.down.lock().unwrap() = false;
    office.world.clock.advance_ms(3_600_000);
    office.deliver();
    let told = office.ops.subjects();
    assert_eq!(told.len(), MOST);
    let more = told.iter().filter_map(|one| one.split("(and ").nth(1)?.split(' ').next()?.parse::<usize>().ok());
    assert_eq!(more.sum::<usize>(), MOST, "{told:?}");
}

#[test]
fn of_fills_nobody_hears_who_has_not_asked_for_it() {
    let mut office = Office::new();
    let owner = office.owner("mary@example.com");
    office.deliver();
    let fills = |office: &mut Office, exec_id: &str| {
        office.mail.came.lock().unwrap().clear();
        drop(office.world.place("1"));
        office.world.write_all();
        let id = office.world.open().last().copied();
        office.world.fill(id, exec_id);
        office.world.write_all();
        office.deliver();
        office.mail.came.lock().unwrap().iter().filter(|(_, parcel)| parcel.kind == "fill").count()
    };
    assert_eq!(fills(&mut office, "x1"), 0);
    let ask = Command::People(Ask::SetNotices { group: Group::Fills, on: true });
    let answer = office.world.actor.submit(owner, ask);
    office.world.wait(answer).unwrap().unwrap();
    assert_eq!(fills(&mut office, "x2"), 1);
    let text = office.mail.came.lock().unwrap()[0].1.text.clone();
    assert!(!text.contains("90") && !text.contains("bought"), "no order's terms: {text}");
    assert!(office.ops.came.lock().unwrap().iter().all(|(_, parcel)| parcel.kind != "fill"));
    assert_eq!(Kind::Fill.group(), Some(Group::Fills));
}
