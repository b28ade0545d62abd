//! Sending: one row at a time, until the carrier has it, its address wants none, or a day has passed.

use super::Delivery;
use super::backoff::{GIVEN_UP_AFTER_MS, wait_ms};
use super::expand::read;
use super::rows::{Row, place};
use crate::actor::CustomerActor;
use crate::clock::dice;
use crate::codec;
use crate::node::answer;
use crate::sealed::SealedError;
use crate::words::notice::words;
use kernel::actor::Actor as By;
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::event::{Event, Recorded};
use kernel::notice::{Dead, Kind, Why};
use kernel::people;
use kernel::push::{self, Hint};
use kernel::time::Timestamp;
use kernel::{approval, change};
use notify::{Link, NotSent, Parcel};
use store::OutboxChange;
use zeroize::Zeroizing;

/// What an e-mail address is sealed as.
pub const ADDRESS: &str = "email address";
/// What a browser's push service and keys are sealed as.
pub const SUBSCRIPTION: &str = "push subscription";

#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// There may be more.
    Again,
    /// The earliest that was tried is tried again then.
    At(Timestamp),
    Nothing,
}

enum Failure {
    /// At once when it is due, or not before so long.
    Later(String, i64),
    Never(Why, String),
    /// And nothing else will ever arrive there: what this sealed row says.
    Gone(String, Option<Digest>),
}

impl Delivery {
    /// Sends the first that is due. When the node ends between the carrier's yes and the record of it, it is sent again
    /// under the same id.
    pub async fn send_next(&self, carrier: &str) -> Result<Next, String> {
        let row = {
            let _turn = self.turn.lock().await;
            let rows: Vec<Row> = self.rows(&place(carrier)).await?.iter().filter_map(read).collect();
            match self.due(&rows) {
                Ok(row) => row,
                Err(next) => return Ok(next),
            }
        };
        // In its hands, whatever becomes of the attempt.
        let _held = Held { delivery: self, row: &row };
        let sent = self.send(&row).await;
        self.settle(&row, sent).await?;
        Ok(Next::Again)
    }

    fn due(&self, rows: &[Row]) -> Result<Row, Next> {
        let now = self.node.clock().now();
        let mut tried = self.tried();
        let free: Vec<&Row> = rows.iter().filter(|row| !tried.sending.contains(&row.id)).collect();
        let at = |row: &Row| tried.waits.get(&row.id).map_or(row.since.min(now), |(_, at)| *at);
        let Some(first) = free.into_iter().min_by_key(|row| at(row)) else { return Err(Next::Nothing) };
        if at(first) > now {
            return Err(Next::At(at(first)));
        }
        tried.sending.push(first.id);
        Ok(first.clone())
    }

    async fn send(&self, row: &Row) -> Result<(), Failure> {
        let gone = |why: &str| Failure::Never(Why::Unreadable, why.to_owned());
        let carrier = self.carriers.named(&row.carrier).ok_or_else(|| gone("there is no such carrier any more"))?;
        let actor = self.node.actor(row.customer).ok_or_else(|| gone("there is no such customer"))?;
        if is_of_nobody(&actor, row) {
            return Ok(());
        }
        let recorded = self.event(row).await?;
        let words = actor.read(|state| words(state, &recorded, row.kind, row.more));
        let link = |words: &str, page: &str| Link { words: words.to_owned(), url: format!("{}{page}", self.origin) };
        let mut links = vec![link("Look in the portal", words.page)];
        links.extend(words.not_me.map(|page| link("This was not me", page)));
        let (now, until) = (self.node.clock().now(), until(&recorded.event));
        let parcel = Parcel {
            id: row.id.to_string(),
            at: recorded.at,
            until: until.filter(|until| now < *until),
            kind: said(row, until, now),
            customer: Some(row.customer.to_string()),
            subject: words.subject,
            text: words.text,
            links,
            attached: None,
        };
        let (to, sha256) = self.address(&actor, row).await?;
        let to = core::str::from_utf8(&to).map_err(|_| gone("the address is not text"))?;
        carrier.send(to, &parcel, now).await.map_err(|not| {
            // Servers like to repeat whom they refuse.
            let clean = |why: String| if to.is_empty() { why } else { why.replace(to, "the address") };
            match not {
                NotSent::Later(why) => Failure::Later(clean(why), 0),
                NotSent::Wait { why, ms } => Failure::Later(clean(why), ms),
                NotSent::Never(why) => Failure::Never(Why::Refused, clean(why)),
                NotSent::Gone(why) => Failure::Gone(clean(why), sha256),
            }
        })
    }

    /// And the sealed row that says so.
    async fn address(&self, actor: &CustomerActor, row: &Row) -> Result<(Zeroizing<Vec<u8>>, Option<Digest>), Failure> {
        let gone = |why: String| Failure::Never(Why::Unreadable, why);
        let (what, sha256) = match (&row.email, row.device.zip(row.last), row.device) {
            (Some(email), ..) => (ADDRESS, *email),
            (None, Some((_, last)), _) => (SUBSCRIPTION, last),
            (None, None, Some(device)) => {
                let push = actor.read(|state| push::on(&state.customer.people.pushes, device).copied());
                (SUBSCRIPTION, push.ok_or_else(|| gone("push is off on that device".to_owned()))?.sha256)
            }
            (None, None, None) => return Ok((Zeroizing::new(Vec::new()), None)),
        };
        let text = self.sealed.unseal(actor.stream(), what, &sha256).await.map_err(|error| match error {
            SealedError::Store(why) => Failure::Later(why, 0),
            other => gone(other.to_string()),
        })?;
        Ok((text, Some(sha256)))
    }

    async fn event(&self, row: &Row) -> Result<Recorded, Failure> {
        let (stream, before) = (row.stream.clone(), row.version.saturating_sub(1));
        let read = self.node.with_store(move |store| store.load(&stream, before, 1)).await;
        let events =
            read.and_then(|read| read.map_err(|error| error.to_string())).map_err(|why| Failure::Later(why, 0))?;
        let unreadable = |why: String| Failure::Never(Why::Unreadable, why);
        let stored = events.first().ok_or_else(|| unreadable("the event is not there".to_owned()))?;
        codec::decode(stored).map_err(|error| unreadable(error.to_string()))
    }

    async fn settle(&self, row: &Row, sent: Result<(), Failure>) -> Result<(), String> {
        let now = self.node.clock().now();
        let mut over = None;
        let (why, told) = match sent {
            Ok(()) => {
                self.tried().waits.remove(&row.id);
                // Nobody who has read the row before may find it in no hands afterwards.
                let _turn = self.turn.lock().await;
                return self.change(vec![OutboxChange::Void { ids: vec![Row::name(row.id)] }]).await;
            }
            Err(Failure::Never(why, told)) => (why, told),
            Err(Failure::Gone(told, only)) => {
                over = row.device.map(|device| (device, only));
                (Why::Refused, told)
            }
            Err(Failure::Later(told, _)) if now.since(row.since) >= GIVEN_UP_AFTER_MS => (Why::Late, told),
            Err(Failure::Later(told, least_ms)) => return self.put_off(row, now, (&told, least_ms)),
        };
        tracing::error!(id = %row.id, carrier = row.carrier, why = told, "a notice is given up");
        let Some(actor) = self.node.actor(row.customer) else {
            return self.change(vec![OutboxChange::Void { ids: vec![Row::name(row.id)] }]).await;
        };
        // The event takes the row out of the outbox, in one transaction.
        let Row { id, stream, version, kind, user, carrier, email, device, more, .. } = row.clone();
        let dead = Dead { id, stream, version, kind, user, carrier, email, device, more, why, at: now };
        let command = Command::People(people::Command::GiveUpNotice(dead));
        let _turn = self.turn.lock().await;
        if let Err(no) = answer(actor.submit(By::House, command)).await {
            return self.put_off(row, now, (&no.to_string(), 0));
        }
        self.tried().waits.remove(&row.id);
        // Where the node ends before this, the next push is told the same.
        // Where it was turned on anew meanwhile, that one stays.
        if let Some((device, only)) = over {
            let off = Command::People(people::Command::TurnPushOff { device, only });
            if let Err(no) = answer(actor.submit(By::House, off)).await {
                tracing::warn!(%no, %device, "push stays on where nothing arrives");
            }
        }
        Ok(())
    }

    fn put_off(&self, row: &Row, now: Timestamp, (why, least_ms): (&str, i64)) -> Result<(), String> {
        let dice = dice().map_err(|error| error.to_string())?;
        let mut tried = self.tried();
        let (failures, at) = tried.waits.entry(row.id).or_insert((0, now));
        *failures = failures.saturating_add(1);
        *at = now.plus_ms(wait_ms(*failures, dice).max(least_ms));
        tracing::warn!(id = %row.id, carrier = row.carrier, failures = *failures, why, "a notice was not sent");
        Ok(())
    }
}

/// Whoever was removed is told of that, and of nothing else any more: what still waits for them goes as if it were sent.
fn is_of_nobody(actor: &CustomerActor, row: &Row) -> bool {
    let gone = |user| actor.read(|state| state.customer.people.user(user).is_none());
    row.kind != Kind::UserRemoved && row.user.is_some_and(gone)
}

/// Of a question: when nobody needs to hear of it any more.
const fn until(event: &Event) -> Option<Timestamp> {
    match event {
        Event::Approval(approval::Event::Requested { approval, .. }) => Some(approval.expires_at),
        Event::Change(change::Event::Asked { asked, .. }) => Some(asked.expires_at),
        _ => None,
    }
}

/// The word of its kind; by push one of four, and of a question that is over by now none that says it waits.
fn said(row: &Row, until: Option<Timestamp>, now: Timestamp) -> String {
    let hint = Hint::of(row.kind).filter(|_| row.device.is_some());
    match hint {
        None => crate::words::names::word(&row.kind),
        Some(Hint::Approval) if until.is_none_or(|until| now >= until) => Hint::Alert.as_str().to_owned(),
        Some(hint) => hint.as_str().to_owned(),
    }
}

struct Held<'a> {
    delivery: &'a Delivery,
    row: &'a Row,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.delivery.tried().sending.retain(|id| *id != self.row.id);
    }
}
