//! Framed: what surrounds every page: who is signed in, what their session may do, and which kill switches are engaged.

use crate::page::{Capability, Engaged, Frame, Moment, Nav, Notice, Role, SignedIn};
use crate::person::Waiting;
use crate::world::World;
use kernel::actor::Actor as By;
use kernel::evidence;
use kernel::id::UserId;
use kernel::kill_switch::{self, Level};
use kernel::restore::Restored;
use kernel::session::Interface;
use kernel::state::State;
use kernel::time::Timestamp;
use kernel::user;
use service::words::asked::whose;
use service::words::names::moment;
use service::words::story;
use std::collections::BTreeMap;

/// Of a page outside the gate.
pub fn outside(world: &World, nonce: &str, title: &str) -> Frame {
    Frame {
        title: title.to_owned(),
        venue: world.venue.clone(),
        nonce: nonce.to_owned(),
        origin: world.origin.as_str().to_owned(),
        ..Frame::default()
    }
}

/// The same, of the app on a phone.
pub fn on_a_phone(world: &World, nonce: &str, title: &str) -> Frame {
    Frame { phone: true, ..outside(world, nonce, title) }
}

/// As they call themselves; by id where that cannot be read.
pub async fn name_of(world: &World, person: &Waiting, user: UserId) -> String {
    match world.name(&person.actor, user).await {
        Ok(name) => name.to_string(),
        Err(error) => {
            tracing::error!(%error, "the name of a user cannot be read");
            user.to_string()
        }
    }
}

/// Of a page inside it.
pub async fn inside(world: &World, person: &Waiting, nav: Nav, title: &str, notices: Vec<Notice>) -> Frame {
    let name = name_of(world, person, person.user).await;
    let (now, unrecorded) = (person.actor.now(), person.actor.unrecorded());
    person.actor.read(|state| Frame {
        signed_in: signed_in(state, person, name, now),
        current: Some(nav),
        kills: kills(state, &world.history.engaged_by(state), &unrecorded),
        pending_approvals: waiting(state, now),
        notices,
        told: person.told,
        venue: if state.customer.is_live() { format!("{}, LIVE money", world.venue) } else { world.venue.clone() },
        phone: person.interface == Interface::Mobile,
        ..outside(world, &person.nonce, title)
    })
}

fn signed_in(state: &State, person: &Waiting, name: String, now: Timestamp) -> Option<SignedIn> {
    let signed = state.customer.people.living(person.session, now).ok()?;
    let capability = match signed.capability(now) {
        evidence::Capability::View => Capability::View,
        evidence::Capability::Trade => Capability::Trade { until: told(signed.session.trade_until) },
        evidence::Capability::Move => Capability::Move { until: told(signed.session.move_until) },
    };
    Some(SignedIn { name, role: role(signed.user.role), capability })
}

pub const fn role(of: user::Role) -> Role {
    match of {
        user::Role::Owner => Role::Owner,
        user::Role::Trader => Role::Trader,
        user::Role::Advisor => Role::Advisor,
        user::Role::Viewer => Role::Viewer,
    }
}

pub fn told(at: Timestamp) -> Moment {
    Moment::of(&moment(at))
}

fn waiting(state: &State, now: Timestamp) -> u32 {
    let orders = state.book.pending.values().filter(|one| now < one.expires_at).count();
    let changes = state.customer.changes.values().filter(|one| now < one.expires_at).count();
    u32::try_from(orders.saturating_add(changes)).unwrap_or(u32::MAX)
}

/// The widest first.
fn kills(state: &State, by: &BTreeMap<Level, String>, unrecorded: &[(By, kill_switch::Engaged)]) -> Vec<Engaged> {
    let mut all: Vec<&kill_switch::Engaged> = state.firm.kills.iter().chain(&state.customer.kills).collect();
    // It acts already, and is written down as soon as that can be done.
    all.extend(unrecorded.iter().map(|(_, switch)| switch).filter(|one| !state.customer.kills.contains(one)));
    all.sort_by_key(|one| match one.level {
        Level::Firm => 0,
        Level::Customer => 1,
        Level::Account(_) => 2,
        Level::Credential(_) => 3,
    });
    let told_of = |one: &&kill_switch::Engaged| Engaged {
        what: whose(state, one.level),
        everything: matches!(one.level, Level::Firm | Level::Customer),
        since: told(one.at),
        by: match unrecorded.iter().find(|(_, switch)| switch.level == one.level) {
            Some((actor, _)) => format!("{}, and it acts, but is not recorded yet", story::who(state, actor)),
            None => {
                let by = by.get(&one.level).cloned().unwrap_or_else(|| "whoever the activity names".to_owned());
                by + &restored(state, one)
            }
        },
    };
    all.iter().map(told_of).collect()
}

/// Where a restore has engaged it: of which moment the backup is.
fn restored(state: &State, switch: &kill_switch::Engaged) -> String {
    let restored = state.firm.restored.filter(|one| switch.level == Level::Firm && switch.at == one.at);
    let told = |one: Restored| format!(", as the journal was restored from a backup of {}", moment(one.made_at));
    restored.map_or_else(String::new, told)
}
