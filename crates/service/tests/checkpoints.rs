//! Checkpoints on their way out: no oftener than asked for, each at least once, and none forgotten in silence.

use crate::notices::Letterbox;
use crate::world::World;
use kernel::digest::Digest;
use kernel::notice::Why;
use kernel::time::Timestamp;
use notify::{Carrier, NotSent};
use service::Checkpoints;
use service::checkpoints::{self, Dead, MOST, Place, Signed};
use service::notices::{Next, is_notice};
use std::sync::Arc;
use store::Store;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

struct Post {
    world: World,
    checkpoints: Arc<Checkpoints>,
    places: Vec<Place>,
    mail: Arc<Letterbox>,
    hook: Arc<Letterbox>,
}

fn opened(world: &mut World, places: &[Place]) -> Arc<Checkpoints> {
    let (node, places) = (Arc::clone(&world.node), places.to_vec());
    world.wait(Checkpoints::open(node, places, HOUR)).unwrap()
}

impl Post {
    fn new() -> Self {
        let mut world = World::new(true);
        let [mail, hook] = std::array::from_fn(|_| Arc::<Letterbox>::default());
        let place = |name: &str, to: &str, carrier: &Arc<Letterbox>| {
            let carrier = Arc::clone(carrier) as Arc<dyn Carrier>;
            Place { name: name.to_owned(), to: to.to_owned(), whither: Digest::of(&[to.as_bytes()]), carrier }
        };
        let places = vec![place("email", "mary@example.com", &mail), place("webhook:witness", "", &hook)];
        let checkpoints = opened(&mut world, &places);
        Self { world, checkpoints, places, mail, hook }
    }

    fn crash(self) -> Self {
        let mut world = self.world.crash();
        let checkpoints = opened(&mut world, &self.places);
        Self { world, checkpoints, ..self }
    }

    /// As the server does each minute.
    fn offer(&mut self, size: u64) {
        let at = self.now();
        let signed = Signed { size, at, note: format!("a.test/log\n{size}\n"), vkey: "a.test/log+1+A".to_owned() };
        let checkpoints = Arc::clone(&self.checkpoints);
        self.world.wait(async move { checkpoints.offer(&signed).await }).unwrap();
    }

    fn now(&self) -> Timestamp {
        use service::Clock;
        self.world.clock.now()
    }

    fn deliver(&mut self) {
        for place in self.places.clone() {
            let checkpoints = Arc::clone(&self.checkpoints);
            let send = async move { while checkpoints.send_next(&place).await.unwrap() == Next::Again {} };
            self.world.wait(send);
        }
    }

    fn dead(&mut self) -> Vec<Dead> {
        let node = Arc::clone(&self.world.node);
        self.world.wait(async move { checkpoints::dead(&node).await }).unwrap()
    }

    fn retry(&mut self, dead: &Dead) -> bool {
        let (node, id) = (Arc::clone(&self.world.node), dead.id());
        self.world.wait(async move { checkpoints::retry(&node, id).await }).unwrap()
    }

    fn waiting(&self) -> usize {
        let rows = self.world.store.clone().outbox(None).unwrap();
        assert!(rows.iter().all(is_notice), "no start takes them for the venue's");
        rows.iter().filter(|row| !checkpoints::is_dead(row)).count()
    }
}

#[test]
fn each_place_gets_what_was_signed_once_an_hour_if_the_journal_has_moved() {
    let mut post = Post::new();
    let before = Store::head(&mut post.world.store.clone()).unwrap();
    for minute in 0..150 {
        post.offer(if minute < 100 { 7 } else { 9 });
        post.deliver();
        post.world.clock.advance_ms(60_000);
    }
    let subjects = ["Checkpoint of the journal: 7 events", "Checkpoint of the journal: 9 events"];
    assert_eq!(post.mail.subjects(), subjects);
    assert_eq!(post.hook.subjects(), subjects);
    let (to, parcel) = post.mail.came.lock().unwrap()[0].clone();
    assert_eq!((to.as_str(), parcel.kind.as_str(), parcel.customer), ("mary@example.com", "journal_checkpoint", None));
    assert!(parcel.text.contains("--key a.test/log+1+A"), "{}", parcel.text);
    assert_eq!(parcel.attached.unwrap().text, "a.test/log\n7\n");
    // None of it is an event: a journal that rests stays as it is.
    assert_eq!(Store::head(&mut post.world.store.clone()).unwrap(), before);
    assert_eq!(post.waiting(), 0);
    let mut ids = [post.mail.ids(), post.hook.ids()].concat();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "each has an id of its own");
}

#[test]
fn a_restart_neither_sends_it_again_nor_forgets_when_the_last_one_was() {
    let mut post = Post::new();
    post.offer(7);
    // Not sent yet: it is sent after the end.
    let mut post = post.crash();
    post.deliver();
    assert_eq!(post.mail.subjects().len(), 1);
    let mut post = post.crash();
    post.world.clock.advance_ms(HOUR - 1);
    post.offer(8);
    post.deliver();
    assert_eq!(post.mail.subjects().len(), 1);
    post.world.clock.advance_ms(1);
    post.offer(8);
    post.deliver();
    assert_eq!(post.mail.subjects().len(), 2);
}

#[test]
fn another_address_gets_one_at_once() {
    let mut post = Post::new();
    post.offer(7);
    post.deliver();
    post.places[0].whither = Digest::of(&[b"john@example.com"]);
    let mut post = post.crash();
    post.offer(7);
    post.offer(7);
    post.deliver();
    assert_eq!((post.mail.subjects().len(), post.hook.subjects().len()), (2, 1));
}

#[test]
fn an_end_between_the_carriers_yes_and_its_record_sends_it_again_under_the_same_id() {
    let mut post = Post::new();
    post.offer(7);
    let (checkpoints, place) = (Arc::clone(&post.checkpoints), post.places[0].clone());
    let mut sending: std::pin::Pin<Box<dyn Future<Output = _>>> =
        Box::pin(async move { checkpoints.send_next(&place).await });
    while post.mail.ids().is_empty() {
        assert!(crate::world::poll(&mut sending).is_none());
        if post.mail.ids().is_empty() {
            post.world.steps.step();
        }
    }
    drop(sending);
    let mut post = post.crash();
    post.deliver();
    let ids = post.mail.ids();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

#[test]
fn a_place_that_is_down_is_told_holds_up_no_other_and_gets_the_newest_of_many() {
    let mut post = Post::new();
    *post.mail.down.lock().unwrap() = true;
    for hour in 0..22 {
        post.offer(hour + 1);
        post.deliver();
        post.world.clock.advance_ms(HOUR);
    }
    assert_eq!(post.hook.subjects().len(), 22);
    let standing = post.checkpoints.standing();
    assert_eq!(standing, [("email".to_owned(), true), ("webhook:witness".to_owned(), false)]);
    assert_eq!(post.waiting(), MOST);
    *post.mail.down.lock().unwrap() = false;
    post.deliver();
    let came = post.mail.subjects();
    assert_eq!(came.len(), MOST);
    assert!(came.contains(&"Checkpoint of the journal: 1 events".to_owned()), "{came:?}");
    assert!(came.contains(&"Checkpoint of the journal: 22 events".to_owned()), "{came:?}");
    assert_eq!(post.checkpoints.standing()[0], ("email".to_owned(), false));
}

#[test]
fn what_is_refused_for_good_or_late_by_a_day_is_listed_and_can_be_tried_once_more() {
    let mut post = Post::new();
    post.hook.says.lock().unwrap().push_back(NotSent::Never("410".into()));
    *post.mail.down.lock().unwrap() = true;
    post.offer(7);
    post.deliver();
    post.world.clock.advance_ms(DAY);
    post.deliver();
    let mut post = post.crash();
    let dead = post.dead();
    let told: Vec<_> = dead.iter().map(|one| (one.carrier(), one.size(), one.why)).collect();
    assert_eq!(told, [("webhook:witness", 7, Why::Refused), ("email", 7, Why::Late)]);
    assert_eq!(post.waiting(), 0);
    *post.mail.down.lock().unwrap() = false;
    assert!(post.retry(&dead[1]));
    assert!(!post.retry(&dead[1]), "it waits, and is not given up");
    post.deliver();
    assert_eq!(post.mail.ids(), [dead[1].id().to_string()]);
    assert_eq!(post.dead().len(), 1);
}

#[test]
fn what_was_given_up_is_kept_as_far_as_the_latest_fifty() {
    let mut post = Post::new();
    for size in 1..=55 {
        post.hook.says.lock().unwrap().push_back(NotSent::Never("410".into()));
        post.offer(size);
        post.deliver();
        post.world.clock.advance_ms(HOUR);
    }
    let sizes: Vec<u64> = post.dead().iter().map(Dead::size).collect();
    assert_eq!(sizes, (6..=55).collect::<Vec<_>>());
}

#[test]
fn what_waits_for_a_place_that_is_none_any_more_is_let_go() {
    let mut post = Post::new();
    post.offer(7);
    post.places.remove(0);
    let mut post = post.crash();
    assert_eq!(post.waiting(), 1);
    post.deliver();
    assert_eq!((post.mail.subjects().len(), post.hook.subjects().len()), (0, 1));
}
