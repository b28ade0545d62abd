//! Handing out: an event that is told becomes one row for each carrier and address; a flood is counted, not sent.

use super::rows::{EMAIL, NOTIFY, PUSH, Row, STREAM, To, Told, of_hook, place};
use super::{Delivery, MOST};
use crate::clock::dice;
use crate::commit::{Failed, Room};
use kernel::digest::Digest;
use kernel::id::{DeviceId, UserId};
use kernel::notice::Kind;
use kernel::push::Hint;
use store::{Append, OutboxChange, OutboxRow};
use tokio::sync::oneshot;

impl Delivery {
    /// All that waits. What is half done when the node ends is done again: each row goes with those it becomes.
    pub async fn expand(&self) -> Result<(), String> {
        let _turn = self.turn.lock().await;
        let waiting = self.rows(NOTIFY).await?;
        if waiting.is_empty() {
            self.ready.send_modify(|times| *times = times.wrapping_add(1));
            return Ok(());
        }
        let mut unsent: Vec<Row> = Vec::new();
        for carrier in self.carriers.names() {
            unsent.extend(self.rows(&place(&carrier)).await?.iter().filter_map(read));
        }
        for row in waiting {
            let Ok(told) = serde_json::from_slice::<Told>(&row.body) else {
                tracing::error!(id = %row.id, "a notice cannot be read");
                self.change(vec![OutboxChange::Void { ids: vec![row.id] }]).await?;
                continue;
            };
            let mut changes = vec![OutboxChange::Done { id: row.id }];
            for one in self.addressed(&told) {
                self.put(&mut unsent, one, &mut changes)?;
            }
            self.change(changes).await?;
        }
        self.ready.send_modify(|times| *times = times.wrapping_add(1));
        Ok(())
    }

    /// One for each carrier and address.
    fn addressed(&self, told: &Told) -> Vec<Row> {
        let mut all = Vec::new();
        let emails: Vec<(UserId, Digest)> = self.node.actor(told.customer).map_or_else(Vec::new, |actor| {
            actor.read(|state| {
                let notices = &state.customer.people.notices;
                told.users.iter().filter_map(|user| Some((*user, notices.email(*user)?))).collect()
            })
        });
        if self.carriers.email.is_some() {
            let former =
                told.users.first().zip(told.former).filter(|former| emails.iter().all(|(_, one)| *one != former.1));
            let former = former.map(|(user, email)| (*user, email));
            let each = emails.into_iter().chain(former);
            all.extend(each.map(|(user, email)| Row::of(told, EMAIL, To::Email(user, email))));
        }
        if self.carriers.push.is_some() && Hint::of(told.kind).is_some() {
            all.extend(
                self.devices(told).into_iter().map(|(user, device)| Row::of(told, PUSH, To::Push(user, device))),
            );
            all.extend(
                told.silenced
                    .map(|was| Row { last: Some(was.sha256), ..Row::of(told, PUSH, To::Push(was.user, was.device)) }),
            );
        }
        let hooks = self.carriers.hooks.iter().filter(|hook| hook.fills || told.kind != Kind::Fill);
        all.extend(hooks.map(|hook| Row::of(told, &of_hook(&hook.name), To::Hook)));
        all
    }

    /// On which push is on, and that are trusted still.
    fn devices(&self, told: &Told) -> Vec<(UserId, DeviceId)> {
        let Some(actor) = self.node.actor(told.customer) else { return Vec::new() };
        let now = actor.now();
        actor.read(|state| {
            let people = &state.customer.people;
            let wanted = people.pushes.iter().filter(|one| told.users.contains(&one.user));
            let trusted = |id: DeviceId| people.device(id).is_ok_and(|device| device.trusted(now).is_ok());
            let silenced = |id: DeviceId| told.silenced.is_some_and(|was| was.device == id);
            wanted
                .filter(|one| trusted(one.device) && !silenced(one.device))
                .map(|one| (one.user, one.device))
                .collect()
        })
    }

    /// Beyond what one address may have waiting, the newest that is in nobody's hands stands for the others too.
    fn put(&self, unsent: &mut Vec<Row>, one: Row, changes: &mut Vec<OutboxChange>) -> Result<(), String> {
        let same = |other: &&mut Row| {
            let address = other.carrier == one.carrier && other.device == one.device;
            address && other.customer == one.customer && other.user == one.user
        };
        let sending = self.tried().sending.clone();
        let waiting = unsent.iter_mut().filter(same).count();
        let last = unsent.iter_mut().rev().filter(same).find(|other| !sending.contains(&other.id));
        let row = match last {
            Some(last) if waiting >= MOST => {
                last.more = last.more.saturating_add(1);
                changes.push(OutboxChange::Void { ids: vec![Row::name(last.id)] });
                last.clone()
            }
            _ => {
                unsent.push(one.clone());
                one
            }
        };
        let body = serde_json::to_vec(&row).map_err(|error| error.to_string())?;
        changes.push(OutboxChange::Put { id: Row::name(row.id), venue: place(&row.carrier), body });
        Ok(())
    }

    pub(super) async fn rows(&self, place: &str) -> Result<Vec<OutboxRow>, String> {
        let place = place.to_owned();
        let read = self.node.with_store(move |store| store.outbox(Some(&place))).await?;
        read.map_err(|error| error.to_string())
    }

    /// In one transaction, or not at all.
    pub(super) async fn change(&self, outbox: Vec<OutboxChange>) -> Result<(), String> {
        let id = dice().map_err(|error| error.to_string())?.to_be_bytes();
        let append = Append { id, stream: STREAM.to_owned(), outbox, ..Append::default() };
        let (reply, answer) = oneshot::channel();
        let done =
            Box::new(move |_: &mut dyn store::Store, result: Result<_, Failed>| drop(reply.send(result.map(drop))));
        if !self.node.commit().append(append, Room::Ordinary, done) {
            return Err("the commit thread has ended".to_owned());
        }
        match answer.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Failed::Store(why))) => Err(why),
            Ok(Err(Failed::Conflict)) => Err("others change it at once".to_owned()),
            Err(_) => Err("the commit thread has ended".to_owned()),
        }
    }
}

pub(super) fn read(row: &OutboxRow) -> Option<Row> {
    serde_json::from_slice(&row.body).ok()
}
