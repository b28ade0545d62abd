//! Decisions on what is unusual: who is to be told, what is taken away until somebody looks, and what a person says to it.

use crate::actor::Actor;
use crate::alert::{self, Alert, Answered, Sign, Subject};
use crate::event::Event;
use crate::evidence::Evidence;
use crate::given::Given;
use crate::id::{AlertId, CredentialId, UserId};
use crate::incident::{self, Suspect, Why};
use crate::kill_switch::{self, Level, Resting};
use crate::refusal::Refusal;
use crate::state::State;
use crate::time::Timestamp;
use crate::watch::{Assessed, Heat, Step, Thresholds, Whose, assess};
use crate::{api_credential, authenticator, people, session};
use alloc::vec::Vec;

/// What a subject's memory asks for now, more than was told of it already.
pub fn due(state: &State, now: Timestamp) -> Vec<(Subject, Assessed)> {
    let users = state.customer.watch.keys().map(|user| Subject::User(*user));
    let programs = state.book.flows.keys().filter(|id| state.customer.program(**id).is_ok());
    let all = users.chain(programs.map(|id| Subject::Credential(*id)));
    all.filter_map(|subject| {
        let assessed = assessed(state, subject, now)?;
        let told = alert::standing(&state.customer.alerts, subject, now).map(|one| one.step);
        (assessed.step > told).then_some((subject, assessed))
    })
    .collect()
}

/// What is left of it by now; what a person has said something to is not held against it, until the same is seen again.
pub(super) fn unanswered(alerts: &[Alert], subject: Subject, heat: &Heat, now: Timestamp) -> Heat {
    let mut heat = heat.clone();
    heat.fade(now);
    if let Some(at) = alert::answered_at(alerts, subject) {
        heat.forget_until(at);
    }
    heat
}

fn assessed(state: &State, subject: Subject, now: Timestamp) -> Option<Assessed> {
    let faded = |heat: &Heat| unanswered(&state.customer.alerts, subject, heat, now);
    let usual = Thresholds::usual();
    match subject {
        Subject::User(user) => {
            let person = state.customer.watch.get(&user)?;
            let ticket = state.customer.ticket(user).and_then(|ticket| state.book.flows.get(&ticket.id));
            let pace = ticket.map_or(0, |flow| flow.pace.bits()).max(person.pace.bits());
            let heats = [faded(&person.heat), ticket.map(|flow| faded(&flow.heat)).unwrap_or_default()];
            let (settled, usual) = (person.pace.settled(now), usual.known_for(person.pace.days(now)));
            let all = gentle(assess(Whose::Person, &heats.each_ref(), pace, &usual), settled);
            let young = settled && ticket.is_some_and(|flow| !flow.pace.settled(now));
            Some(if young { by_presence(all, &heats, &usual) } else { all })
        }
        Subject::Credential(id) => {
            let flow = state.book.flows.get(&id)?;
            let usual = usual.known_for(flow.pace.days(now));
            let all = assess(Whose::Program, &[&faded(&flow.heat)], flow.pace.bits(), &usual);
            Some(gentle(all, flow.pace.settled(now)))
        }
    }
}

/// In the first week nothing can be called unusual for sure: it is told, and nothing is taken away.
fn gentle(assessed: Assessed, settled: bool) -> Assessed {
    let step = if settled { assessed.step } else { assessed.step.map(|_| Step::Notify) };
    Assessed { step, ..assessed }
}

/// A ticket's first week only tells; how its user came in is judged all the same, or a first order would disarm it.
fn by_presence(all: Assessed, [own, _]: &[Heat; 2], usual: &Thresholds) -> Assessed {
    let asks = assess(Whose::Person, &[own], 0, usual).step.map(|step| step.min(Step::StepUp));
    Assessed { step: asks.max(all.step.map(|_| Step::Notify)), ..all }
}

/// One record of one of them, with what it takes away: whoever carries out a switch looks at one. The rest is due still.
pub(super) fn watch(state: &State, given: &Given) -> Vec<Event> {
    let mut events = Vec::new();
    for (subject, assessed) in due(state, given.now).into_iter().take(1) {
        let Some(step) = assessed.step else { continue };
        let fresh = AlertId::new(given.now.0, given.dice[0]);
        let stands = alert::standing(&state.customer.alerts, subject, given.now);
        let alert = Alert {
            id: stands.map_or(fresh, |one| one.id),
            subject,
            step,
            signs: assessed.seen.iter().map(|(signal, bits)| Sign { signal: *signal, bits: *bits }).collect(),
            raised_at: stands.map_or(given.now, |one| one.raised_at),
            answered: None,
        };
        events.push(Event::Alert(alert::Event::Raised(alert)));
        match subject {
            Subject::User(user) => events.extend(of_a_user(state, user, step, given)),
            Subject::Credential(id) => events.extend(of_a_credential(state, id, step, given)),
        }
    }
    events
}

/// A proof is asked for; beyond that their ticket only reduces.
fn of_a_user(state: &State, user: UserId, step: Step, given: &Given) -> Vec<Event> {
    let people = &state.customer.people;
    let mut events = Vec::new();
    if step >= Step::StepUp {
        let theirs = people.sessions.iter().filter(|one| one.user == user);
        let living = theirs.filter(|one| people.living(one.id, given.now).is_ok());
        let lowered = living.map(|one| session::Event::Lowered { id: one.id });
        events.extend(lowered.map(|event| Event::People(people::Event::Session(event))));
    }
    if step >= Step::ReduceOnly
        && let Some(ticket) = state.customer.ticket(user)
    {
        events.extend(stopped(state, Level::Credential(ticket.id), given));
    }
    events
}

fn of_a_credential(state: &State, id: CredentialId, step: Step, given: &Given) -> Vec<Event> {
    let mut events = Vec::new();
    if step >= Step::ReduceOnly {
        events.extend(stopped(state, Level::Credential(id), given));
    }
    let active = |one: &&api_credential::ApiCredential| one.state == api_credential::State::Active;
    if step >= Step::Kill && state.customer.credential(id).ok().filter(active).is_some() {
        events.push(Event::Credential(api_credential::Event::Suspended { id }));
    }
    events
}

/// What only reduces goes on, and what protects stays.
pub(super) fn stopped(state: &State, level: Level, given: &Given) -> Option<Event> {
    let stops = || Event::KillSwitch(kill_switch::engage(level, Resting::KeepProtective, given.now));
    (!is_stopped(state, level)).then(stops)
}

pub(super) fn is_stopped(state: &State, level: Level) -> bool {
    state.customer.kills.iter().any(|switch| switch.level == level)
}

/// "This was me" closes it; "this was not me" contains whoever it was, in the same record.
pub(super) fn answer(
    state: &State,
    actor: &Actor,
    id: AlertId,
    (mine, shown): (bool, &[Evidence]),
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let found = alert::open(&state.customer.alerts).find(|one| one.id == id);
    let subject = found.ok_or(Refusal::Alert(alert::Refusal::NotOpen))?.subject;
    let answered = Answered { at: given.now, mine };
    let mut events = Vec::new();
    if mine && !shown.is_empty() {
        events = proven(state, actor, subject, shown, given)?;
    }
    if !mine {
        let suspect = Suspect::from(subject);
        // Whoever has contained them already does not stop them twice.
        if incident::open(&state.customer.incidents, suspect).is_none() {
            events = super::incident::open(state, actor, suspect, Why::NotMe { approval: None }, given)?;
        }
    }
    events.push(Event::Alert(alert::Event::Answered { id, subject, answered }));
    Ok(events)
}

/// All that the move window would take, for one answer: who, on which device, and what cannot be phished.
fn proven(
    state: &State,
    actor: &Actor,
    subject: Subject,
    shown: &[Evidence],
    given: &Given,
) -> Result<Vec<Event>, Refusal> {
    let Actor::User { user, session } = *actor else { return Err(Refusal::NotYours) };
    let people = &state.customer.people;
    let signed = people.signed_in(session, given.now)?;
    let role = signed.user.role;
    // Whoever came in as one user does not speak for another, nor for a program: that takes who may move.
    if !role.may_move() && subject != Subject::User(user) {
        return Err(people::Refusal::RoleMissing { role }.into());
    }
    signed.device.may_move(given.now).map_err(people::Refusal::from)?;
    let (opened, events) = super::person::prove(people, user, shown, given)?;
    if !opened.windows {
        return Err(people::Refusal::from(authenticator::Refusal::EvidenceStale).into());
    }
    if opened.restricted || !opened.resistant {
        return Err(people::Refusal::FactorMissing.into());
    }
    Ok(events.into_iter().map(Event::People).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Signal;

    #[test]
    fn a_first_order_at_a_ticket_does_not_disarm_what_is_known_of_its_user() {
        let (now, usual) = (Timestamp(1_790_000_000_000), Thresholds::usual());
        let mut heats = [Heat::default(), Heat::default()];
        heats[0].add(now, Signal::NewDevice, 6 * 16);
        heats[0].add(now, Signal::WeakerAuthenticator, 6 * 16);
        heats[0].add(now, Signal::NewCountry, 6 * 16);
        heats[1].add(now, Signal::OrderSize, 6 * 16);
        let all = || assess(Whose::Person, &heats.each_ref(), 0, &usual);
        assert!(gentle(all(), false).step == Some(Step::Notify), "so it was");
        assert_eq!(by_presence(all(), &heats, &usual).step, Some(Step::StepUp));
        // Orders of the first week alone: told, and nothing more.
        heats[0] = Heat::default();
        heats[1].add(now, Signal::SameRefused, 6 * 16);
        heats[1].add(now, Signal::OrderRate, 6 * 16);
        heats[1].add(now, Signal::OneInstrument, 8 * 16);
        let all = assess(Whose::Person, &heats.each_ref(), 0, &usual);
        assert!(all.step > Some(Step::Notify), "{all:?}");
        assert_eq!(by_presence(all, &heats, &usual).step, Some(Step::Notify));
    }
}
